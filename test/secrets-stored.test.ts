import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { format, inspect } from 'node:util';
import { serialize } from 'node:v8';
import { KeyRingError, keyIdOf, parseKeyRing } from '../src/secrets/key-ring.ts';
import { SealError } from '../src/secrets/seal-error.ts';
import { Secret } from '../src/secrets/secret.ts';
import { bindSecret, openSecret, storeSecret, WrongDoorError } from '../src/secrets/stored-secret.ts';

const canary = 'canary-7f3a-hunter2';
const ring = parseKeyRing(`k:${randomBytes(32).toString('base64')}`);
const order = { ownerId: 'order-1', column: 'orders.secret' };
const door = { host: 'imap.example.dk', username: 'kim@example.dk' };
const bound = { ownerId: 'account-1', column: 'accounts.imap_secret', ...door };
const password = { kind: 'password', value: new Secret(canary) } as const;

describe('a secret in clear', () => {
  it('shows itself only when it is asked by name', () => {
    const secret = new Secret(canary);
    const wrapped = { login: { user: 'kim', pass: secret }, list: [secret] };
    const ways = [
      String(secret),
      `${secret}`,
      `${[secret]}`,
      JSON.stringify(wrapped),
      inspect(wrapped, { showHidden: true, depth: 9, getters: true }),
      inspect(wrapped, { customInspect: false, showHidden: true, depth: 9 }),
      format('%s %o %O %j %d', secret, secret, secret, secret, secret),
      inspect(new Error('x', { cause: secret })),
      JSON.stringify({ ...secret }),
      JSON.stringify(Object.getOwnPropertyDescriptors(secret)),
      serialize(structuredClone(wrapped)).toString('latin1'),
    ];
    for (const [index, way] of ways.entries()) assert.ok(!way.includes('canary'), `way ${index}: ${way}`);
    assert.equal(ways[0], '[secret]');
    assert.equal(secret.reveal(), canary);
  });
});

describe('a stored secret', () => {
  it('opens at its own door, by any spelling of the host', () => {
    const ciphertext = storeSecret(ring, password, bound);
    for (const host of ['imap.example.dk', 'IMAP.example.DK', 'imap.example.dk.']) {
      const { kind, secret } = openSecret(ring, ciphertext, { ...bound, host });
      assert.deepEqual([kind, secret.reveal()], ['password', canary]);
    }
  });

  it('opens at no other door, for no other owner and in no other column', () => {
    const ciphertext = storeSecret(ring, password, bound);
    for (const other of [{ host: 'imap.evil.example' }, { username: 'bo@example.dk' }, { username: 'Kim@example.dk' }])
      assert.throws(() => openSecret(ring, ciphertext, { ...bound, ...other }), WrongDoorError);
    for (const other of [{ ownerId: 'account-2' }, { column: 'accounts.smtp_secret' }])
      assert.throws(() => openSecret(ring, ciphertext, { ...bound, ...other }), KeyRingError);
  });

  it('waits for its door until the servers are known', () => {
    const waiting = storeSecret(ring, password, order);
    assert.throws(() => openSecret(ring, waiting, { ...order, ...door }), WrongDoorError);
    const ciphertext = bindSecret(ring, waiting, order, bound);
    assert.equal(openSecret(ring, ciphertext, bound).secret.reveal(), canary);
  });

  it('serves two doors when one password is for both servers', () => {
    const waiting = storeSecret(ring, { ...password, hosts: ['imap.example.dk', 'SMTP.example.dk'] }, order);
    const smtp = { ...bound, column: 'accounts.smtp_secret', host: 'smtp.example.dk' };
    assert.equal(openSecret(ring, bindSecret(ring, waiting, order, bound), bound).secret.reveal(), canary);
    assert.equal(openSecret(ring, bindSecret(ring, waiting, order, smtp), smtp).secret.reveal(), canary);
  });

  it('is never bound to a host that was not sealed, however late the host is known', () => {
    const waiting = storeSecret(ring, { ...password, hosts: ['imap.example.dk'] }, order);
    assert.throws(
      () => bindSecret(ring, waiting, order, { ...bound, host: 'imap.evil.example' }),
      (error) => {
        assert.ok(error instanceof SealError);
        assert.equal(error.reason, 'credentials.seal_invalid');
        assert.equal(error.message, 'host imap.evil.example is not in the sealed hosts');
        return true;
      },
    );
    assert.throws(() => storeSecret(ring, { ...password, hosts: ['smtp.example.dk'] }, bound), SealError);
  });

  it('moves to another place with its door, and never to another door', () => {
    const attempt = { ...bound, ownerId: 'attempt-1' };
    const ciphertext = storeSecret(ring, password, attempt);
    assert.equal(openSecret(ring, bindSecret(ring, ciphertext, attempt, bound), bound).secret.reveal(), canary);
    for (const other of [{ host: 'imap.evil.example' }, { username: 'bo@example.dk' }])
      assert.throws(() => bindSecret(ring, ciphertext, attempt, { ...bound, ...other }), WrongDoorError);
  });

  it('is never quoted by an error, even when something else stands in its place', () => {
    const { ownerId, column } = bound;
    for (const text of [canary, JSON.stringify({ password: canary }), JSON.stringify({ kind: canary })]) {
      const ciphertext = ring.encrypt(text, { ownerId, column });
      assert.throws(
        () => openSecret(ring, ciphertext, bound),
        (error) => !inspect(error).includes('canary'),
      );
    }
  });

  it('rotates without anybody knowing its door', () => {
    const key = `old:${randomBytes(32).toString('base64')}`;
    const both = parseKeyRing(`new:${randomBytes(32).toString('base64')},${key}`);
    const rotated = both.rotate(storeSecret(parseKeyRing(key), password, bound), {
      ownerId: bound.ownerId,
      column: bound.column,
    });
    assert.equal(keyIdOf(rotated), 'new');
    assert.equal(openSecret(both, rotated, bound).secret.reveal(), canary);
  });
});

describe('the code', () => {
  it('opens and reveals secrets in src/mail only', () => {
    const sources = readdirSync(new URL('../src', import.meta.url), { recursive: true, encoding: 'utf8' });
    const outside = sources.filter((path) => path.endsWith('.ts') && !/^(mail|secrets)\//.test(path));
    for (const path of outside) {
      const source = readFileSync(new URL(`../src/${path}`, import.meta.url), 'utf8');
      assert.doesNotMatch(source, /\bopenSecret\b|\.reveal\(/, `src/${path}`);
    }
  });
});
