import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createDiscovery, type Discovered } from '../src/mail/discovery/index.ts';
import { inventedRows } from '../test/support/discovery-invented.ts';
import {
  databaseHost,
  databaseUrl,
  isKnowable,
  type Row,
  type RowWorld,
  verdictOn,
  worldOf,
} from '../test/support/discovery-rows.ts';
import { type Actors, makeWorld, startActors } from '../test/support/discovery-world.ts';

const hopMs = 100;
const atOnce = 6;
const limits = { share: 0.97, p95Ms: 2_000, blackHoleMs: 10_000, questions: 24 };
/** Nothing of it may be seen on any wire. */
const localPart = 'kim.holm-7431';

type Run = { row: Row; tookMs: number; questions: number; why: string | null; outcome: Discovered };

/** The real discovery in the world of one row. */
async function discoverIn(
  actors: Actors,
  { zone, doors }: Pick<RowWorld, 'zone' | 'doors'>,
  domain: string,
  options: { table: boolean; everything?: 'silent'; holes?: boolean },
) {
  const { table, ...rest } = options;
  const world = await makeWorld(actors, { zone, doors, ...rest });
  try {
    const { discover } = createDiscovery({
      allowHosts: ['127.0.0.0/8'],
      dnsServers: [world.dns.address],
      autoconfigUrl: databaseUrl,
      tls: actors.tls,
      connect: world.connect,
      table,
    });
    const began = performance.now();
    const outcome = await discover(`${localPart}@${domain}`, { signal: AbortSignal.timeout(30_000) });
    const tookMs = performance.now() - began;
    return { outcome, tookMs, questions: new Set(world.dns.questions).size };
  } finally {
    await world.close();
  }
}

async function runAll(actors: Actors, rows: readonly Row[], table: boolean): Promise<Run[]> {
  const runs: Run[] = [];
  const waiting = [...rows];
  const worker = async () => {
    for (let row = waiting.shift(); row; row = waiting.shift()) {
      const got = await discoverIn(actors, worldOf(row), row.domain, { table });
      runs.push({ row, ...got, why: verdictOn(row, got.outcome) });
    }
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  return rows.map((row) => runs.find((run) => run.row === row)!);
}

/** Internets in which nobody answers, each in its own way. */
const blackHoles: [string, Parameters<typeof discoverIn>[1], { everything?: 'silent'; holes?: boolean }][] = [
  ['DNS is silent', { zone: {}, doors: {} }, { everything: 'silent' }],
  [
    'every host swallows connections',
    { zone: { '*.hole.test': { A: ['127.0.0.1'] }, 'hole.test': { A: ['127.0.0.1'] } }, doors: {} },
    { holes: true },
  ],
  [
    'every host accepts and says nothing',
    {
      zone: { '*.hole.test': { A: ['127.0.0.1'] }, 'hole.test': { A: ['127.0.0.1'], MX: [[10, 'mx.hole.test']] } },
      doors: Object.fromEntries([443, 993, 143, 465, 587, 995].map((port) => [`*:${port}`, 'mute'])),
    },
    {},
  ],
  [
    'only the web hosts are silent',
    {
      zone: { 'hole.test': { A: ['127.0.0.1'] }, 'autoconfig.hole.test': { A: ['127.0.0.1'] } },
      doors: { '*:443': 'mute' },
    },
    {},
  ],
  [
    'a known exchanger whose servers are silent',
    {
      zone: {
        'hole.test': { MX: [[10, 'mx.one.com']] },
        'imap.one.com': { A: ['127.0.0.1'] },
        'send.one.com': { A: ['127.0.0.1'] },
      },
      doors: {},
    },
    { holes: true },
  ],
];

function timesOf(runs: readonly { tookMs: number }[]): { p50: number; p95: number; max: number } {
  const sorted = runs.map(({ tookMs }) => tookMs).sort((one, other) => one - other);
  const at = (share: number) => Math.round(sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0);
  return { p50: at(0.5), p95: at(0.95), max: at(1) };
}

/** Say how a set of rows went, and give the right ones and all that could be known. */
function report(title: string, runs: readonly Run[], table: boolean) {
  const apart = runs.filter(({ row, why }) => why !== null && !isKnowable(row, { table }));
  const counted = runs.filter((run) => !apart.includes(run));
  const misses = counted.filter(({ why }) => why !== null);
  const { p50, p95, max } = timesOf(runs);
  const questions = Math.max(0, ...runs.map((run) => run.questions));
  console.log(`\n${title}: ${counted.length - misses.length} of ${counted.length}`);
  for (const { row, why } of misses) console.log(`  miss ${row.domain}: ${why}`);
  for (const { row, questions } of runs.filter((run) => run.questions > limits.questions)) {
    console.log(`  too many DNS questions for ${row.domain}: ${questions}`);
  }
  if (apart.length > 0) {
    const names = apart.map(({ row }) => row.domain).join(' ');
    console.log(`  apart, for nothing leads to them: ${apart.length} (${names})`);
  }
  console.log(`  time p50 ${p50} ms, p95 ${p95} ms, max ${max} ms; DNS questions at most ${questions}`);
  return { right: counted.length - misses.length, counted: counted.length, p95, questions };
}

/** Anything in what the servers heard that has no place in a discovery. */
function leaksIn(heard: readonly string[]): string[] {
  const allowed = /^(a\d (STARTTLS|LOGOUT)|EHLO \[127\.0\.0\.1\]|STARTTLS|QUIT|GET )/;
  return heard.filter((line) => line.includes(localPart) || /%40|emailaddress/i.test(line) || !allowed.test(line));
}

async function check(rows: readonly Row[]): Promise<boolean> {
  const dir = mkdtempSync(join(tmpdir(), 'postbud-check-'));
  const worlds = [...rows, ...inventedRows].map(worldOf);
  const actors = await startActors({ dir, hopMs });
  try {
    await actors.prepare([databaseHost, ...worlds.flatMap(({ names }) => names)]);
    for (const [path, page] of worlds.flatMap(({ pages }) => pages)) actors.pages.set(path, page);
    for (const key of new Set(worlds.flatMap(({ notUnderstood }) => notUnderstood))) {
      console.log(`A record of the file is not understood and left out: ${key}`);
    }
    const other = rows.filter((row) => isKnowable(row, { table: false }));
    const reports = [
      report('The file without the own table', await runAll(actors, other, false), false),
      report('Invented domains without the own table', await runAll(actors, inventedRows, false), false),
    ];
    const main = report('The file', await runAll(actors, rows, true), true);

    console.log('\nNobody answers:');
    let longest = 0;
    for (const [what, world, options] of blackHoles) {
      const { outcome, tookMs } = await discoverIn(actors, world, 'hole.test', { table: false, ...options });
      longest = Math.max(longest, tookMs);
      console.log(`  ${what}: ${Math.round(tookMs)} ms, ${outcome.notFound?.reason ?? 'found something'}`);
    }
    const leaks = leaksIn(actors.heard);
    console.log(`\nOf ${actors.heard.length} lines that servers heard, ${leaks.length} had no place in a discovery.`);
    for (const line of leaks.slice(0, 5)) console.log(`  ${line}`);
    const questions = Math.max(main.questions, ...reports.map((one) => one.questions));
    console.log(`right ${main.right} of ${main.counted}`);
    return (
      main.right >= limits.share * main.counted &&
      main.p95 < limits.p95Ms &&
      longest < limits.blackHoleMs &&
      questions <= limits.questions &&
      leaks.length === 0
    );
  } finally {
    actors.close();
    rmSync(dir, { recursive: true, force: true });
  }
}

/** Read a providers file, one JSON object a line. */
function readRows(path: string): Row[] {
  const lines = readFileSync(path, 'utf8').split('\n');
  return lines.filter((line) => line.trim() !== '').map((line) => JSON.parse(line) as Row);
}

if (import.meta.main) {
  const file = resolve(process.argv[2] ?? resolve(import.meta.dirname, '../../shared/data/providers.jsonl'));
  if (!existsSync(file)) {
    console.error(`There is no file ${file}. Name one: npm run check:discovery -- FILE`);
    process.exitCode = 1;
  } else if (!(await check(readRows(file)))) process.exitCode = 1;
}
