import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { describe, it } from 'node:test';
import { changePayload } from '../src/queues/orders.ts';

const who = { tenantId: 'acme', userId: '1' };
const messageIds = [randomUUID()];
const parse = (change: object) => changePayload.safeParse({ ...who, messageIds, ...change });
const refusedFields = (change: object) => parse(change).error?.issues.map(({ path }) => path.join('.'));

describe('an order to change messages', () => {
  it('takes system flags in any case and keywords as they are', () => {
    const { data } = parse({ addFlags: ['\\seen', '$Forwarded', 'NonJunk', 'a/b'], removeFlags: ['\\FLAGGED'] });
    assert.deepEqual(data?.addFlags, ['\\Seen', '$Forwarded', 'NonJunk', 'a/b']);
    assert.deepEqual(data?.removeFlags, ['\\Flagged']);
  });

  it('takes no flag of the server, none that deletes, and nothing that could end a command', () => {
    for (const flag of [
      '\\Recent',
      '\\Deleted',
      '\\*',
      '\\Unknown',
      '',
      'a b',
      'a\r\nb',
      'a)',
      '(a',
      '{1}',
      'a"',
      'a]',
      'å',
      '%',
    ]) {
      assert.deepEqual(refusedFields({ addFlags: [flag] }), ['addFlags.0'], flag);
    }
  });

  it('asks for something, and for nothing that contradicts itself', () => {
    assert.deepEqual(refusedFields({}), ['']);
    assert.deepEqual(refusedFields({ moveTo: 'Archive', delete: 'trash' }), ['delete']);
    assert.deepEqual(refusedFields({ addFlags: ['$A'], removeFlags: ['$a'] }), ['removeFlags']);
    assert.deepEqual(refusedFields({ delete: 'now' }), ['delete']);
    assert.ok(parse({ delete: 'permanently', addFlags: ['\\Seen'] }).success);
  });

  it('names at most a thousand messages by their ids', () => {
    const ids = Array.from({ length: 1_001 }, () => randomUUID());
    assert.deepEqual(refusedFields({ delete: 'trash', messageIds: ids }), ['messageIds']);
    assert.deepEqual(refusedFields({ delete: 'trash', messageIds: [] }), ['messageIds']);
    assert.deepEqual(refusedFields({ delete: 'trash', messageIds: ['1'] }), ['messageIds.0']);
    assert.ok(parse({ delete: 'trash', messageIds: ids.slice(1) }).success);
  });
});
