import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { type Answer, classify, type Phase } from '../src/mail/refusals/index.ts';

/** One labelled answer of a server, as the responses file holds it. */
export interface Sample {
  id: string;
  provider: string;
  host: string | null;
  protocol: 'imap' | 'smtp' | 'oauth' | 'socket' | 'dns';
  phase: string;
  response: string;
  code: string | null;
  label: string;
  also: string[];
  permanent: boolean;
  mechanism?: string;
}

/** The answer as the daemon would have seen it: a socket row is an error of Node, all others are a server's lines. */
export function fromSample(row: Sample): Answer {
  const base = {
    phase: row.phase as Phase,
    host: row.host ?? undefined,
    provider: row.provider,
    mechanism: row.mechanism,
  };
  if (row.protocol === 'socket' || row.protocol === 'dns') {
    const protocol = /:(?:993|143)\b|port: (?:993|143)\b|imap/i.test(row.response) ? 'imap' : 'smtp';
    return { ...base, protocol, errorCode: row.code ?? undefined, errorMessage: row.response };
  }
  return { ...base, protocol: row.protocol, code: row.code ?? undefined, text: row.response };
}

/** How the classifier does on a labelled file. */
export interface Score {
  total: number;
  right: number;
  wrongPermanent: number;
  lines: string[];
}

/** Classify every row, and say which are wrong and where the wrong ones went. */
export function check(rows: readonly Sample[]): Score {
  const score: Score = { total: rows.length, right: 0, wrongPermanent: 0, lines: [] };
  const confusion = new Map<string, Map<string, number>>();
  const misses: string[] = [];
  for (const row of rows) {
    const verdict = classify(fromSample(row));
    const right = verdict.reason === row.label || row.also.includes(verdict.reason);
    const wrongPermanent = verdict.permanent && !row.permanent;
    if (right) score.right += 1;
    if (wrongPermanent) score.wrongPermanent += 1;
    // A label in `also` is as good as the first one, so it stands on the diagonal.
    const got = right ? row.label : verdict.reason;
    const counts = confusion.get(row.label) ?? new Map<string, number>();
    confusion.set(row.label, counts.set(got, (counts.get(got) ?? 0) + 1));
    if (!right || wrongPermanent) {
      const what = wrongPermanent ? 'PERMANENT' : 'miss';
      misses.push(
        `${what} ${row.id}: wanted ${row.label}, got ${verdict.reason} by ${verdict.rule}: ${shown(row.response)}`,
      );
    }
  }
  score.lines.push('wanted                        right  of  taken for', ...table(confusion), '', ...misses);
  score.lines.push(`right ${score.right} of ${score.total}, wrong permanent ${score.wrongPermanent}`);
  return score;
}

/** What one response costs once the patterns are compiled: CPU time, since a busy machine would blur the clock. */
export function microsEach(rows: readonly Sample[], rounds = 100): number {
  const answers = rows.map(fromSample);
  const round = () => answers.forEach((answer) => void classify(answer));
  for (let warm = 0; warm < rounds / 2; warm += 1) round();
  const began = process.cpuUsage();
  for (let counted = 0; counted < rounds; counted += 1) round();
  const { user, system } = process.cpuUsage(began);
  return (user + system) / rounds / Math.max(1, answers.length);
}

function table(confusion: ReadonlyMap<string, ReadonlyMap<string, number>>): string[] {
  return [...confusion]
    .sort(([a], [b]) => a.localeCompare(b))
    .map(([wanted, counts]) => {
      const total = [...counts.values()].reduce((sum, count) => sum + count, 0);
      const others = [...counts].filter(([got]) => got !== wanted).map(([got, count]) => `${got} ${count}`);
      return `${wanted.padEnd(28)} ${String(counts.get(wanted) ?? 0).padStart(6)} ${String(total).padStart(3)}  ${others.join(', ')}`;
    });
}

const shown = (text: string): string => JSON.stringify(text.length > 160 ? `${text.slice(0, 160)}…` : text);

/** Read a file of labelled answers, one JSON object a line. */
export function readSamples(path: string): Sample[] {
  return readFileSync(path, 'utf8')
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => JSON.parse(line) as Sample);
}

/** Where the labelled answers lie when no file is named. */
export const defaultFile = resolve(import.meta.dirname, '../../shared/data/responses.jsonl');

if (import.meta.main) {
  const file = resolve(process.argv[2] ?? defaultFile);
  try {
    const rows = readSamples(file);
    const { lines } = check(rows);
    console.log(lines.slice(0, -1).join('\n'));
    console.log(`${microsEach(rows).toFixed(1)} µs of CPU a response`);
    console.log(lines.at(-1));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    console.error(`There is no file ${file}. Name one: npm run check:responses -- FILE`);
    process.exitCode = 1;
  }
}
