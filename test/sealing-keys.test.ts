import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { describe, it } from 'node:test';
import { inspect } from 'node:util';
import { calculateJwkThumbprint, exportJWK } from 'jose';
import { KeyRingError, parseKeyRing } from '../src/secrets/key-ring.ts';
import {
  generateSealingKey,
  privateKeyPlace,
  type SealingKeyStore,
  SealingKeys,
  type StoredSealingKey,
  withAcceptance,
} from '../src/secrets/sealing-keys.ts';

const day = 24 * 60 * 60 * 1000;
const ring = parseKeyRing(`k:${randomBytes(32).toString('base64')}`);
const start = Date.parse('2026-11-22T10:00:00Z');

function memoryStore(rows: StoredSealingKey[] = []): SealingKeyStore & { rows: StoredSealingKey[] } {
  return {
    rows,
    list: async () => [...rows],
    async insertIfNewestIs(kid, key) {
      if ((rows.toSorted((a, b) => +b.createdAt - +a.createdAt)[0]?.kid ?? null) !== kid) return false;
      rows.push(key);
      return true;
    },
    async remove(kids) {
      rows.splice(0, rows.length, ...rows.filter(({ kid }) => !kids.includes(kid)));
    },
  };
}

function keysAt(clock: { now: number }, store = memoryStore()) {
  return { store, keys: new SealingKeys({ ring, store, now: () => new Date(clock.now) }) };
}

describe('the sealing keys', () => {
  it('begin with one pair, however many processes start together', async () => {
    const store = memoryStore();
    const served = await Promise.all([1, 2, 3].map(() => keysAt({ now: start }, store).keys.jwks()));
    assert.equal(store.rows.length, 1);
    for (const set of served) assert.deepEqual(set, { keys: [store.rows[0]!.publicJwk] });
  });

  it('are served as public P-256 keys named by their thumbprint', async () => {
    const { keys } = await keysAt({ now: start }).keys.jwks();
    const jwk = keys[0]!;
    assert.deepEqual(Object.keys(jwk).sort(), ['alg', 'crv', 'kid', 'kty', 'use', 'x', 'y']);
    assert.deepEqual([jwk.kty, jwk.crv, jwk.use, jwk.alg], ['EC', 'P-256', 'enc', 'ECDH-ES']);
    assert.equal(jwk.kid, await calculateJwkThumbprint(jwk));
  });

  it('rest with their private half encrypted for their own row, and cannot be exported once opened', async () => {
    const key = await generateSealingKey(ring, new Date(start));
    const { d } = JSON.parse(ring.decrypt(key.privateKey, privateKeyPlace(key.kid)));
    assert.ok(d && !inspect(key, { depth: 9 }).includes(d));
    assert.throws(() => ring.decrypt(key.privateKey, privateKeyPlace('another')), KeyRingError);
    const opened = await keysAt({ now: start }, memoryStore([key])).keys.privateKeyFor(key.kid);
    await assert.rejects(exportJWK(opened!));
  });

  it('are taken for 30 days after they were replaced, then forgotten; only the newest is served', async () => {
    const clock = { now: start };
    const { keys, store } = keysAt(clock);
    const first = (await keys.jwks()).keys[0]!.kid!;
    clock.now = start + 400 * day;
    await keys.replace();
    const second = (await keys.jwks()).keys.map(({ kid }) => kid!);
    assert.equal(second.length, 1);
    assert.notEqual(second[0], first);
    clock.now += 30 * day;
    assert.ok(await keys.privateKeyFor(first));
    clock.now += 1;
    assert.equal(await keys.privateKeyFor(first), null);
    assert.ok(await keys.privateKeyFor(second[0]!));
    await keys.forgetOld();
    assert.deepEqual(
      store.rows.map(({ kid }) => kid),
      second,
    );
  });

  it('are replaced in order even when the last one came from a clock that is ahead', async () => {
    const store = memoryStore();
    const before = (await keysAt({ now: start + 5_000 }, store).keys.jwks()).keys[0]!.kid;
    const { keys } = keysAt({ now: start }, store);
    await keys.replace();
    assert.notEqual((await keys.jwks()).keys[0]!.kid, before);
  });

  it('are found by a process that did not make them', async () => {
    const store = memoryStore();
    const [one, other] = [keysAt({ now: start }, store).keys, keysAt({ now: start }, store).keys];
    await one.jwks();
    await other.replace();
    assert.ok(await one.privateKeyFor((await other.jwks()).keys[0]!.kid!));
    assert.equal(await one.privateKeyFor('unknown'), null);
  });

  it('are not served when the key ring cannot open them: nobody could read what is sealed to them', async () => {
    const elsewhere = parseKeyRing(`other:${randomBytes(32).toString('base64')}`);
    const store = memoryStore([await generateSealingKey(elsewhere, new Date(start))]);
    await assert.rejects(keysAt({ now: start }, store).keys.jwks(), /"other", which POSTBUD_KEYS does not hold/);
  });

  it('count the 30 days from the next newer key, whatever the order they are listed in', () => {
    const key = (kid: string, days: number) => ({ kid, createdAt: new Date(start + days * day) });
    const listed = [key('b', 10), key('c', 50), key('a', 0)];
    const states = withAcceptance(listed, new Date(start + 60 * day)).map(({ key: { kid }, accepted }) => [
      kid,
      accepted,
    ]);
    assert.deepEqual(states, [
      ['c', true],
      ['b', true],
      ['a', false],
    ]);
  });
});
