import assert from 'node:assert/strict';
import { randomBytes, randomInt } from 'node:crypto';
import { describe, it } from 'node:test';
import { inspect } from 'node:util';
import { doorKey } from '../src/secrets/door.ts';
import { KeyRingError, keyIdOf, parseKeyRing } from '../src/secrets/key-ring.ts';
import { rotateColumn } from '../src/secrets/rotation.ts';

const canary = 'canary-7f3a-hunter2';
const entry = (id: string) => `${id}:${randomBytes(32).toString('base64')}`;
const [oldKey, newKey] = [entry('2025'), entry('2026')];
const ring = parseKeyRing(newKey);
const place = { ownerId: 'account-1', column: 'accounts.imap_secret' };
const fault = (expected: string) => (error: unknown) => {
  assert.ok(error instanceof KeyRingError);
  assert.equal(error.fault, expected);
  assert.ok(!inspect(error).includes(canary));
  return true;
};

describe('the key ring', () => {
  it('gives back what it encrypted, whatever the text', () => {
    for (const text of ['', canary, 'pässwörd \u{1f511}\n\0', 'x'.repeat(100_000)])
      assert.equal(ring.decrypt(ring.encrypt(text, place), place), text);
  });

  it('never writes the same ciphertext twice, nor the text into it', () => {
    const written = new Set(Array.from({ length: 200 }, () => ring.encrypt(canary, place)));
    assert.equal(written.size, 200);
    for (const one of written) assert.match(one, /^v1\.2026\.[A-Za-z0-9_-]+$/);
  });

  it('opens nothing in another row or column', () => {
    const ciphertext = ring.encrypt(canary, place);
    for (const other of [
      { ...place, ownerId: 'account-2' },
      { ...place, column: 'accounts.smtp_secret' },
      { ownerId: place.column, column: place.ownerId },
      { ownerId: 'account-1","accounts', column: 'imap_secret' },
    ])
      assert.throws(() => ring.decrypt(ciphertext, other), fault('not-authentic'));
  });

  it('opens nothing after any one character was changed', () => {
    const ciphertext = ring.encrypt(canary, place);
    for (let at = 0; at < ciphertext.length; at++)
      for (const character of ['A', 'B', 'z', '9', '-', '.', '=', '\n', 'é']) {
        if (ciphertext[at] === character) continue;
        const altered = ciphertext.slice(0, at) + character + ciphertext.slice(at + 1);
        assert.throws(() => ring.decrypt(altered, place), KeyRingError, `character ${at} -> ${character}`);
      }
  });

  it('opens nothing after any bit was flipped, at either end cut off, or added to', () => {
    const ciphertext = ring.encrypt(canary, place);
    const prefix = ciphertext.slice(0, ring.currentPrefix.length);
    const bytes = Buffer.from(ciphertext.slice(prefix.length), 'base64url');
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const altered = Buffer.from(bytes);
      altered[bit >> 3]! ^= 1 << (bit & 7);
      assert.throws(() => ring.decrypt(prefix + altered.toString('base64url'), place), fault('not-authentic'));
    }
    for (let length = 0; length < ciphertext.length; length++)
      assert.throws(() => ring.decrypt(ciphertext.slice(0, length), place), KeyRingError);
    for (const more of ['A', 'AA', 'AAAA', '=', ' ', '\n'])
      assert.throws(() => ring.decrypt(ciphertext + more, place), KeyRingError);
  });

  it('has one spelling for each ciphertext: the unused bits of the last character are not free', () => {
    for (const text of ['', 'a', 'ab']) {
      const ciphertext = ring.encrypt(text, place);
      for (const last of 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_')
        if (last !== ciphertext.at(-1))
          assert.throws(() => ring.decrypt(ciphertext.slice(0, -1) + last, place), KeyRingError);
    }
  });

  it('opens nothing under another name of its key', () => {
    const key = randomBytes(32).toString('base64');
    const renamed = parseKeyRing(`a:${key}`).encrypt(canary, place).replace('v1.a.', 'v1.b.');
    assert.throws(() => parseKeyRing(`b:${key}`).decrypt(renamed, place), fault('not-authentic'));
  });

  it('opens no garbage', () => {
    for (let round = 0; round < 2_000; round++) {
      const garbage = `v1.2026.${randomBytes(randomInt(0, 120)).toString('base64url')}`;
      assert.throws(() => ring.decrypt(garbage, place), KeyRingError);
      assert.throws(() => ring.decrypt(randomBytes(randomInt(0, 60)).toString('latin1'), place), fault('malformed'));
    }
  });

  it('says which key is missing', () => {
    const ciphertext = parseKeyRing(oldKey).encrypt(canary, place);
    assert.throws(() => ring.decrypt(ciphertext, place), fault('unknown-key'));
    assert.throws(() => ring.decrypt(ciphertext, place), /"2025"/);
  });

  it('does not open what another key of the same id encrypted', () => {
    const ciphertext = parseKeyRing(entry('2026')).encrypt(canary, place);
    assert.throws(() => ring.decrypt(ciphertext, place), fault('not-authentic'));
  });

  it('shows no key when it is printed', () => {
    const shown = inspect(ring, { showHidden: true, depth: 9 }) + JSON.stringify(ring) + String(ring);
    assert.ok(!shown.includes(newKey.slice(5, 20)));
    assert.ok(!shown.includes(Buffer.from(newKey.slice(5), 'base64').toString('hex').slice(0, 10)));
  });
});

describe('rotation', () => {
  const before = parseKeyRing(oldKey);
  const during = parseKeyRing(`${newKey}, ${oldKey}`);

  it('moves a secret to the first key, after which the old key may go', () => {
    const ciphertext = before.encrypt(canary, place);
    assert.equal(keyIdOf(ciphertext), '2025');
    assert.ok(during.needsRotation(ciphertext));
    const rotated = during.rotate(ciphertext, place);
    assert.equal(keyIdOf(rotated), '2026');
    assert.ok(rotated.startsWith(during.currentPrefix));
    assert.equal(ring.decrypt(rotated, place), canary);
    assert.equal(during.rotate(rotated, place), rotated);
  });

  it('renews a column page by page, past rows that do not open and rows that change meanwhile', async () => {
    const column = place.column;
    const rows = new Map<string, string>();
    for (const ownerId of ['a', 'b', 'd', 'e']) rows.set(ownerId, before.encrypt(ownerId, { ownerId, column }));
    rows.set('c', before.encrypt('c', { ownerId: 'another', column }));
    rows.set('f', during.encrypt('f', { ownerId: 'f', column }));
    const store = {
      column,
      page: async (after: string | null) =>
        [...rows.keys()]
          .sort()
          .filter((ownerId) => after === null || ownerId > after)
          .slice(0, 2)
          .map((ownerId) => ({ ownerId, ciphertext: rows.get(ownerId)! })),
      replace: async (ownerId: string, old: string, renewed: string) => {
        if (ownerId === 'e') rows.set('e', during.encrypt('newer', { ownerId, column }));
        if (rows.get(ownerId) !== old) return false;
        rows.set(ownerId, renewed);
        return true;
      },
    };
    assert.deepEqual(await rotateColumn(during, store), { rows: 6, renewed: 3, unreadable: ['c'] });
    assert.equal(ring.decrypt(rows.get('e')!, { ownerId: 'e', column }), 'newer');
    assert.equal(ring.decrypt(rows.get('d')!, { ownerId: 'd', column }), 'd');
    assert.deepEqual(await rotateColumn(during, store), { rows: 6, renewed: 0, unreadable: ['c'] });
    rows.set('a', before.encrypt('a', { ownerId: 'a', column }));
    const replace = async () => Promise.reject(new Error('the database is gone'));
    await assert.rejects(rotateColumn(during, { ...store, replace }), /the database is gone/);
  });
});

describe('POSTBUD_KEYS', () => {
  const good = randomBytes(32).toString('base64');

  it('takes one key or several, with spaces, in either base64 alphabet', () => {
    assert.equal(parseKeyRing(` k2:${good} , ${oldKey}`).currentId, 'k2');
    const bytes = Buffer.alloc(32, 'ÿþ>?');
    const one = parseKeyRing(`k:${bytes.toString('base64')}`);
    const other = parseKeyRing(`k:${bytes.toString('base64url')}`);
    assert.equal(other.decrypt(one.encrypt(canary, place), place), canary);
  });

  for (const [what, setting, expected] of [
    ['nothing', '', /^entry 1 of 1 is empty/],
    ['a comma too many', `a:${good},`, /^entry 2 of 2 is empty/],
    ['a key without an id', good, /^entry 1 of 1 has no colon/],
    ['an empty id', `:${good}`, /^entry 1 of 1 has a bad id/],
    ['a bad id', `a.b:${good}`, /^entry 1 of 1 has a bad id/],
    ['id and key exchanged', `${good}:a`, /^entry 1 of 1 has a bad id/],
    ['a short key', `${oldKey},b:${randomBytes(16).toString('base64')}`, /^entry 2 of 2 holds 16 bytes/],
    ['a key in hex', `b:${randomBytes(32).toString('hex')}`, /^entry 1 of 1 holds 48 bytes/],
    ['no key', 'b:', /^entry 1 of 1 is not base64/],
    ['something that is not base64', `b:${good.slice(0, -3)}*`, /^entry 1 of 1 is not base64/],
    ['an id twice', `a:${good},${entry('a')}`, /^entry 2 of 2 has the id/],
    ['a key twice', `a:${good},b:${good}`, /^entry 2 of 2 has the key/],
  ] as const)
    it(`refuses ${what}, by its number and without printing it`, () => {
      assert.throws(
        () => parseKeyRing(setting),
        (error: Error) => {
          assert.match(error.message, expected);
          assert.ok(!inspect(error).includes(good.slice(0, 12)));
          return true;
        },
      );
    });
});

describe('the key of a door', () => {
  const door = { host: 'imap.example.dk', username: 'kim@example.dk' };

  it('stays the same when a key is put in front, and starts over when the last one goes', () => {
    const before = doorKey(parseKeyRing(oldKey), door);
    assert.equal(doorKey(parseKeyRing(`${newKey},${oldKey}`), door), before);
    assert.equal(doorKey(parseKeyRing(`${entry('2027')},${newKey},${oldKey}`), door), before);
    assert.notEqual(doorKey(ring, door), before);
  });

  it('is one for every spelling of host and user name, and another for every other door', () => {
    const key = doorKey(ring, door);
    for (const same of [
      { ...door, host: 'IMAP.Example.DK.' },
      { ...door, username: 'Kim@Example.dk' },
    ])
      assert.equal(doorKey(ring, same), key);
    for (const other of [
      { ...door, host: 'smtp.example.dk' },
      { ...door, username: 'bo@example.dk' },
      { host: door.username, username: door.host },
    ])
      assert.notEqual(doorKey(ring, other), key);
    assert.equal(
      doorKey(ring, { host: 'bücher.example', username: 'a' }),
      doorKey(ring, { host: 'xn--bcher-kva.example', username: 'a' }),
    );
    assert.ok(!key.includes('kim'));
  });
});
