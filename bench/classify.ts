/**
 * `npm run bench:classify [-- FILE]`: what it costs to tell why a server refused, for honest answers and for hostile ones,
 * beside the least that anybody would do in the same run: lower-case the words, and look for one phrase in them.
 */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { defaultFile, fromSample, readSamples } from '../scripts/check-responses.ts';
import { type Answer, classify, clean } from '../src/mail/refusals/index.ts';
import { imapDialogues } from '../test/support/dialogues-imap.ts';
import { smtpDialogues } from '../test/support/dialogues-smtp.ts';
import { table } from './table.ts';

const target = { medianMicros: 50 };
const megabyte = 2 ** 20;

const file = resolve(process.argv[2] ?? defaultFile);
const auth = (text: string): Answer => ({ protocol: 'imap', phase: 'auth', host: 'mail.example.dk', text });
const filled = (unit: string) => unit.repeat(Math.ceil(megabyte / unit.length)).slice(0, megabyte);

const kinds: [string, Answer[]][] = [
  existsSync(file)
    ? ['labelled answers', readSamples(file).map(fromSample)]
    : ['answers of the dialogues', [...dialogues('imap'), ...dialogues('smtp')]],
  ['a line of 1 MB', [auth(`NO ${filled('a')}`)]],
  ['1 MB of words that nearly fit', [auth(`NO ${filled('account has been is not the user was too many login ')}`)]],
  ['1 MB of blanks', [auth(`NO login${filled(' ')}failed`)]],
  ['1 MB of base64', [auth(`NO ${filled('UGFzc3dvcmQ6')}`)]],
  ['1 MB of terminal escapes', [auth(`NO ${filled('\x1b[31m\x1b]0;title\x07\u202e')}`)]],
  ['1 MB of addresses', [auth(`NO ${filled('kim@example.dk <kim@example.dk> ')}`)]],
  ['1 MB of accents', [auth(`NO ${filled('åé\u0301ßø')}`)]],
  ['1 MB of links', [auth(`NO ${filled('https://accounts.google.com/signin?a=b ')}`)]],
  ['30,000 refusing lines', [{ ...auth(''), lines: Array.from({ length: 30_000 }, () => '* NO try again later') }]],
];

const rows = kinds.map(([kind, answers]) => {
  const costs = { classify: micros(answers, classify), clean: micros(answers, cleaned), least: micros(answers, least) };
  return { kind, ...costs };
});
const figure = (value: number) => value.toFixed(value < 100 ? 1 : 0);
console.log(
  table(
    ['µs an answer', 'median', 'p99', 'worst', 'cleaning', 'the least', 'ratio'],
    rows.map(({ kind, classify: { median, p99, worst }, clean: cleaning, least: baseline }) => [
      kind,
      ...[median, p99, worst, cleaning.median, baseline.median, median / baseline.median].map(figure),
    ]),
  ),
);
const { median } = rows[0]!.classify;
console.log(`  ${kinds[0]![0]}: ${figure(median)} µs, and less than ${target.medianMicros} is promised`);
if (median >= target.medianMicros) process.exitCode = 1;

function cleaned({ text, lines, errorMessage }: Answer) {
  return clean(lines?.slice(0, 20).join(' ') ?? text ?? errorMessage ?? '');
}

/** What a program does that only wants to know whether the password was refused. */
function least({ text, lines, errorMessage }: Answer) {
  return /authentication ?failed/.test((lines?.[0] ?? text ?? errorMessage ?? '').toLowerCase());
}

/** The cost of each call, timed by itself, so that the worst one shows. */
function micros(answers: readonly Answer[], what: (answer: Answer) => unknown) {
  const times: number[] = [];
  for (const limitMs of [100, 300]) {
    times.length = 0; // the first turn only compiles
    for (const until = performance.now() + limitMs; performance.now() < until || times.length < 20; ) {
      for (const answer of answers) {
        const began = process.hrtime.bigint();
        what(answer);
        times.push(Number(process.hrtime.bigint() - began) / 1_000);
      }
    }
  }
  times.sort((one, other) => one - other);
  const at = (share: number) => times[Math.min(times.length - 1, Math.floor(share * times.length))]!;
  return { median: at(0.5), p99: at(0.99), worst: at(1) };
}

function dialogues(protocol: 'imap' | 'smtp'): Answer[] {
  const all = protocol === 'imap' ? imapDialogues : smtpDialogues;
  return all.map(({ host, greeting, says }) => ({ protocol, phase: 'auth', host, greeting, lines: [says].flat() }));
}
