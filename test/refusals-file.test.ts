import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, it } from 'node:test';
import { promisify } from 'node:util';
import { check, defaultFile, fromSample, readSamples } from '../scripts/check-responses.ts';
import { classify, isReason } from '../src/mail/refusals/index.ts';

const absent = existsSync(defaultFile) ? false : `there is no ${defaultFile}`;
const run = promisify(execFile);

describe('the file of labelled answers', { skip: absent }, () => {
  it('is read at least 97 % right, and no temporary fault is called permanent', () => {
    const score = check(readSamples(defaultFile));
    assert.ok(score.right >= 0.97 * score.total, score.lines.at(-1));
    assert.equal(score.wrongPermanent, 0, score.lines.filter((line) => line.startsWith('PERMANENT')).join('\n'));
  });

  it('is read nearly as well by the words and the host alone', () => {
    const rows = readSamples(defaultFile);
    const right = rows.filter((row) => {
      const { reason } = classify({ ...fromSample(row), provider: undefined, code: undefined });
      return reason === row.label || row.also.includes(reason);
    });
    assert.ok(right.length >= 0.95 * rows.length, `${right.length} of ${rows.length}`);
  });
});

/** Answers of servers that the rules were not written from, kept so that a change which unlearns one is seen. */
const ownFile = resolve(import.meta.dirname, 'data/answers.jsonl');

describe('our own list of answers', () => {
  const rows = readSamples(ownFile);

  it('has what it takes to count: hundreds of rows, each id once', () => {
    assert.ok(rows.length >= 200, `${rows.length} rows`);
    assert.equal(new Set(rows.map(({ id }) => id)).size, rows.length);
    for (const { id, label, also } of rows) for (const reason of [label, ...also]) assert.ok(isReason(reason), id);
  });

  it('is read at least 97 % right, and no temporary fault is called permanent', () => {
    const score = check(rows);
    assert.ok(score.right >= 0.97 * score.total, score.lines.join('\n'));
    assert.equal(score.wrongPermanent, 0, score.lines.filter((line) => line.startsWith('PERMANENT')).join('\n'));
  });
});

describe('npm run check:responses', () => {
  it('ends with the score', { skip: absent }, async () => {
    const { stdout } = await run(process.execPath, ['scripts/check-responses.ts']);
    assert.match(stdout.trimEnd().split('\n').at(-1) ?? '', /^right \d+ of \d+, wrong permanent 0$/);
  });

  it('says which file it did not find', async () => {
    await assert.rejects(run(process.execPath, ['scripts/check-responses.ts', '/nowhere/answers.jsonl']), (error) => {
      const { code, stderr } = error as { code: number; stderr: string };
      assert.equal(code, 1);
      assert.match(stderr, /There is no file \/nowhere\/answers\.jsonl/);
      return true;
    });
  });
});
