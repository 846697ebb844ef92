import assert from 'node:assert/strict';
import { createHash, randomBytes, randomInt } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { inspect } from 'node:util';
import { CompactEncrypt, CompactSign, exportJWK, generateKeyPair, type JWK } from 'jose';
import { parseKeyRing } from '../src/secrets/key-ring.ts';
import { seal, type ToSeal } from '../src/secrets/seal.ts';
import { SealError } from '../src/secrets/seal-error.ts';
import { acceptSealed, type Expected } from '../src/secrets/sealing.ts';
import { generateSealingKey, SealingKeys } from '../src/secrets/sealing-keys.ts';
import { openSecret } from '../src/secrets/stored-secret.ts';

const canary = 'canary-7f3a-hunter2';
const ring = parseKeyRing(`k:${randomBytes(32).toString('base64')}`);
const now = new Date();
const nowSeconds = Math.floor(+now / 1000);
const stored = await generateSealingKey(ring, now);
const store = { list: async () => [stored], insertIfNewestIs: async () => false, remove: async () => {} };
const keys = new SealingKeys({ ring, store, now: () => now });
const { publicJwk } = stored;

const at = {
  ownerId: 'account-1',
  column: 'accounts.imap_secret',
  host: 'imap.example.dk',
  username: 'kim@example.dk',
};
const expected: Expected = {
  tenantId: 'acme',
  userId: '42',
  email: 'kim@example.dk',
  use: 'both',
  kind: 'password',
  hosts: ['imap.example.dk', 'smtp.example.dk'],
};
const toSeal: ToSeal = {
  tenantId: 'acme',
  userId: '42',
  email: 'kim@example.dk',
  password: canary,
  hosts: ['imap.example.dk', 'smtp.example.dk'],
};
const plaintext = { ...toSeal, use: 'both', exp: nowSeconds + 600 };

/** A JWE as some other program might make it: any plaintext, any header, any key. */
async function jweOf(
  text: unknown,
  { header = {}, key, options }: { header?: Record<string, unknown>; key?: CryptoKeyLike; options?: object } = {},
): Promise<string> {
  const bytes = text instanceof Uint8Array ? text : Buffer.from(typeof text === 'string' ? text : JSON.stringify(text));
  return new CompactEncrypt(bytes)
    .setProtectedHeader({ alg: 'ECDH-ES', enc: 'A256GCM', kid: stored.kid, ...header })
    .encrypt((key ?? publicJwk) as JWK, options);
}
type CryptoKeyLike = JWK | Uint8Array | object;

/** The same header with some members changed; nobody can authenticate that, so only the header rules are shown by it. */
async function withHeader(change: (header: Record<string, unknown>) => unknown): Promise<string> {
  const [header, ...rest] = (await seal(toSeal, publicJwk)).split('.');
  const changed = change(JSON.parse(Buffer.from(header!, 'base64url').toString()));
  return [Buffer.from(JSON.stringify(changed)).toString('base64url'), ...rest].join('.');
}

const accept = (
  jwe: string,
  changes: Partial<Expected> = {},
  when = now,
  place: Parameters<typeof acceptSealed>[2]['at'] = at,
) => acceptSealed(jwe, { ...expected, ...changes }, { keys, ring, at: place, now: when });

async function refuses(accepting: Promise<unknown>, message: RegExp, reason = 'credentials.seal_invalid') {
  await assert.rejects(accepting, (error) => {
    assert.ok(error instanceof SealError, inspect(error));
    assert.match(error.message, message);
    assert.equal(error.reason, reason);
    const shown = inspect(error, { showHidden: true, depth: 9 });
    assert.ok(!shown.includes(canary) && !shown.includes('canary'), shown);
    return true;
  });
}

describe('a sealed secret', () => {
  it('is taken as ciphertext that opens at its own door', async () => {
    const jwe = await seal(toSeal, publicJwk);
    const accepted = await accept(jwe);
    assert.ok(!inspect(accepted, { showHidden: true, depth: 9 }).includes(canary));
    assert.equal(openSecret(ring, accepted.encrypted, at).secret.reveal(), canary);
    assert.deepEqual(
      { ...accepted, encrypted: '', exp: 0 },
      {
        encrypted: '',
        kind: 'password',
        use: 'both',
        hosts: toSeal.hosts,
        jweHash: createHash('sha256').update(jwe).digest('base64url'),
        exp: 0,
      },
    );
    assert.ok(Math.abs(+accepted.exp - +now - 3_600_000) < 60_000);
  });

  it('may be a refresh token, name no hosts, be addressed in another case, and hold fields of a later version', async () => {
    const { hosts: _, ...noHosts } = toSeal;
    const anywhere = await accept(await seal(noHosts, publicJwk), { hosts: [], email: 'KIM@Example.dk' });
    assert.equal(anywhere.hosts, undefined);
    const { password: _password, ...rest } = plaintext;
    const token = await accept(await jweOf({ ...rest, refreshToken: canary, future: 1 }), { kind: 'refreshToken' });
    assert.equal(token.kind, 'refreshToken');
    assert.equal(openSecret(ring, token.encrypted, at).secret.reveal(), canary);
  });

  it('is as good in both places of a JWK set and from a key without a kid', async () => {
    await accept(await seal(toSeal, await keys.jwks()));
    const { kid: _, ...bare } = publicJwk;
    await accept(await seal(toSeal, bare));
    const rsa = { kty: 'RSA', n: 'AQAB', e: 'AQAB' };
    await accept(await seal(toSeal, { keys: [rsa, publicJwk] }));
  });

  for (const [use, need, fits] of [
    ['both', 'both', true],
    ['both', 'imap', true],
    ['both', 'smtp', true],
    ['imap', 'imap', true],
    ['smtp', 'smtp', true],
    ['imap', 'both', false],
    ['imap', 'smtp', false],
    ['smtp', 'imap', false],
    ['smtp', 'both', false],
  ] as const)
    it(`sealed for ${use} is ${fits ? 'taken' : 'refused'} when the order needs ${need}`, async () => {
      const accepting = accept(await seal({ ...toSeal, use }, publicJwk), { use: need });
      if (fits) assert.equal((await accepting).use, use);
      else await refuses(accepting, new RegExp(`^sealed for use with ${use} only; the order needs ${need}$`));
    });

  for (const [what, changes, message] of [
    ['another tenant', { tenantId: 'Acme' }, /^sealed for another tenant$/],
    ['another user', { userId: '43' }, /^sealed for another user$/],
    ['another address', { email: 'kim@example.com' }, /^sealed for another e-mail address$/],
    ['another kind of secret', { kind: 'refreshToken' }, /^the order says refreshToken/],
    ['another host', { hosts: ['smtp.example.dk', 'imap.evil.example'] }, /^host imap\.evil\.example is not in hosts$/],
    ['a host below a sealed one', { hosts: ['x.imap.example.dk'] }, /is not in hosts$/],
  ] as const)
    it(`is refused in an order for ${what}`, async () => {
      await refuses(accept(await seal(toSeal, publicJwk), changes), message);
    });

  it('compares hosts by name, not by spelling', async () => {
    await accept(await seal(toSeal, publicJwk), { hosts: ['IMAP.example.dk.', 'smtp.EXAMPLE.dk'] });
  });

  it('must name hosts when the order does, and is never bound to another', async () => {
    const { hosts: _, ...noHosts } = toSeal;
    await refuses(accept(await seal(noHosts, publicJwk)), /^hosts is missing, and the order names imap\.example\.dk$/);
    const elsewhere = { ...at, host: 'imap.evil.example' };
    await refuses(
      accept(await seal(toSeal, publicJwk), { hosts: [] }, now, elsewhere),
      /imap\.evil\.example is not in/,
    );
  });

  it('expires, and never lives longer than 24 hours', async () => {
    const expires = (exp: number) => jweOf({ ...plaintext, exp });
    await refuses(accept(await expires(nowSeconds - 1)), /^expired at \d{4}-/);
    await refuses(accept(await expires(nowSeconds + 60), {}, new Date((nowSeconds + 60) * 1000)), /^expired at/);
    await refuses(accept(await expires(nowSeconds + 86_402)), /is more than 24 h ahead of/);
    await accept(await expires(nowSeconds + 86_400));
    await accept(await expires(nowSeconds + 2));
    for (const exp of [1.5, -1, 1e300, '1', null]) await refuses(accept(await jweOf({ ...plaintext, exp })), /^exp: /);
  });

  for (const [what, text, message] of [
    ['no JSON', `{"password":"${canary}`, /^the sealed text is not JSON in UTF-8$/],
    [
      'another encoding than UTF-8',
      Buffer.from(JSON.stringify({ ...plaintext, password: 'pæsswørd' }), 'latin1'),
      /^the sealed text is not JSON in UTF-8$/,
    ],
    ['a bare password', canary, /^the sealed text is not JSON in UTF-8$/],
    ['a JSON string', JSON.stringify(canary), /expected object/],
    ['an array', [canary], /expected object/],
    ['no secret', { ...plaintext, password: undefined }, /exactly one of password and refreshToken/],
    ['two secrets', { ...plaintext, refreshToken: canary }, /exactly one of password and refreshToken/],
    ['an empty password', { ...plaintext, password: '' }, /^password: /],
    ['a password that is a number', { ...plaintext, password: 1 }, /^password: /],
    ['a line break', { ...plaintext, password: `${canary}\r\n` }, /^password: holds a line break or NUL$/],
    ['a NUL', { ...plaintext, password: `kim\0${canary}` }, /^password: holds a line break or NUL$/],
    ['no user', { ...plaintext, userId: undefined }, /^userId: /],
    ['a wrong use', { ...plaintext, use: canary }, /^use: /],
    ['hosts that are no list', { ...plaintext, hosts: canary }, /^hosts: /],
    ['an empty list of hosts', { ...plaintext, hosts: [] }, /^hosts: /],
    ['several faults at once', { ...plaintext, tenantId: 1, exp: canary }, /^tenantId: .*; exp: /],
  ] as const)
    it(`is refused when it holds ${what}, without quoting it`, async () => {
      await refuses(accept(await jweOf(text)), message);
    });
});

describe('a JWE of another make', () => {
  it('is refused before any key is used when its algorithms are not ours', async () => {
    const untouched = { privateKeyFor: async () => assert.fail('a key was asked for') };
    const rsa = await generateKeyPair('RSA-OAEP');
    const key256 = randomBytes(32);
    const others: [string, RegExp][] = [
      [await jweOf(plaintext, { header: { alg: 'dir' }, key: key256 }), /^alg must be ECDH-ES$/],
      [await jweOf(plaintext, { header: { alg: 'RSA-OAEP' }, key: rsa.publicKey }), /^alg must be ECDH-ES$/],
      [await jweOf(plaintext, { header: { alg: 'A256KW' }, key: key256 }), /^alg must be ECDH-ES$/],
      [await jweOf(plaintext, { header: { alg: 'PBES2-HS512+A256KW' }, key: key256 }), /^alg must be ECDH-ES$/],
      [
        await jweOf(plaintext, { header: { alg: 'ECDH-ES+A256KW' }, key: { ...publicJwk, alg: 'ECDH-ES+A256KW' } }),
        /^alg/,
      ],
      [await jweOf(plaintext, { header: { enc: 'A128GCM' } }), /^enc must be A256GCM$/],
      [await jweOf(plaintext, { header: { enc: 'A256CBC-HS512' } }), /^enc must be A256GCM$/],
      [await jweOf(plaintext, { header: { zip: 'DEF' } }), /^zip is not allowed$/],
      [
        await jweOf(plaintext, { header: { crit: ['x'], x: 1 }, options: { crit: { x: true } } }),
        /^crit is not allowed$/,
      ],
      [await jweOf(plaintext, { header: { kid: undefined } }), /^kid is missing$/],
      [await withHeader((header) => ({ ...header, alg: 'none' })), /^alg/],
      [await withHeader((header) => ({ ...header, alg: ['ECDH-ES'] })), /^alg/],
      [await withHeader((header) => ({ ...header, alg: undefined })), /^alg/],
      [await withHeader((header) => ({ ...header, zip: null })), /^zip/],
      [await withHeader((header) => ({ ...header, crit: [] })), /^crit/],
      [await withHeader((header) => ({ ...header, kid: 7 })), /^kid/],
      [await withHeader((header) => ({ ...header, kid: '' })), /^kid/],
      [await withHeader((header) => ({ ...header, epk: undefined })), /^epk/],
      [await withHeader((header) => ({ ...header, epk: { kty: 'EC', crv: 'P-384' } })), /^epk/],
      [await withHeader((header) => ({ ...header, epk: 'P-256' })), /^epk/],
    ];
    for (const [jwe, message] of others)
      await refuses(acceptSealed(jwe, expected, { keys: untouched, ring, at, now }), message);
  });

  it('is refused when it was made on another curve, or with a point that is on none', async () => {
    const p384 = await exportJWK((await generateKeyPair('ECDH-ES', { crv: 'P-384', extractable: true })).publicKey);
    await refuses(accept(await jweOf(plaintext, { key: p384 })), /^epk must be a P-256 key$/);
    const x25519 = await exportJWK((await generateKeyPair('ECDH-ES', { crv: 'X25519', extractable: true })).publicKey);
    await refuses(accept(await jweOf(plaintext, { key: x25519 })), /^epk must be a P-256 key$/);
    const zero = Buffer.alloc(32).toString('base64url');
    for (const point of [
      { x: zero, y: zero },
      { x: 'AA', y: 'AA' },
      { x: randomBytes(32).toString('base64url') },
      { d: zero },
    ])
      await refuses(
        accept(await withHeader((header) => ({ ...header, epk: { ...(header.epk as object), ...point } }))),
        /^does not open/,
      );
  });

  it('is refused when its key is unknown, or is not the one it names', async () => {
    const other = await generateSealingKey(ring, now);
    await refuses(accept(await seal(toSeal, other.publicJwk)), /^sealed to a key that is not accepted/);
    await refuses(accept(await seal(toSeal, { ...other.publicJwk, kid: stored.kid })), /^does not open/);
  });

  it('is told apart from what is no JWE at all', async () => {
    for (const text of [canary, '', '.', '....', 'null.a.b.c.d', `bnVsbA....`, `W10.a.b.c.d`, `${canary}.a.b.c.d`])
      await refuses(accept(text), /^not a compact JWE$/, 'credentials.not_sealed');
    const { privateKey } = await generateKeyPair('ES256');
    const jws = await new CompactSign(Buffer.from(canary)).setProtectedHeader({ alg: 'ES256' }).sign(privateKey);
    await refuses(accept(jws), /^has 3 parts; a compact JWE has 5$/);
  });

  it('may be 8 KiB long and no longer', async () => {
    const sized = async (length: number) => {
      for (const cty of ['a', 'aa', 'aaa']) // base64url leaves out every fourth length; another header shifts the gap
        for (let pad = Math.floor((length * 3) / 4) - 500; ; pad++) {
          const jwe = await jweOf({ ...plaintext, pad: 'x'.repeat(pad) }, { header: { cty } });
          if (jwe.length === length) return jwe;
          if (jwe.length > length) break;
        }
      return assert.fail('no such length');
    };
    await accept(await sized(8192));
    await refuses(accept(await sized(8193)), /^longer than 8 KiB$/);
    await refuses(accept('x'.repeat(8193)), /^longer than 8 KiB$/);
    await assert.rejects(seal({ ...toSeal, password: 'x'.repeat(6000) }, publicJwk), /over 8 KiB/);
  });
});

describe('a sealed secret that was altered', () => {
  it('never opens, whichever character was changed', async () => {
    const jwe = await seal(toSeal, publicJwk);
    for (let at = 0; at < jwe.length; at++) {
      const character = 'ABCDwxyz0189-_'.replace(jwe[at]!, '').charAt(randomInt(13));
      await refuses(accept(jwe.slice(0, at) + character + jwe.slice(at + 1)), /./, reasonAt(jwe, at, character));
    }
  });

  it('never opens cut short, added to, or with parts of another', async () => {
    const [one, other] = [await seal(toSeal, publicJwk), await seal(toSeal, publicJwk)];
    for (let length = 0; length < one.length; length++) await assert.rejects(accept(one.slice(0, length)), SealError);
    for (const more of ['A', 'AAAA', '.', '=', ' ', '\n']) await assert.rejects(accept(one + more), SealError);
    for (const part of [0, 2, 3, 4]) {
      const mixed = one.split('.');
      mixed[part] = other.split('.')[part]!;
      await assert.rejects(accept(mixed.join('.')), SealError);
    }
  });

  it('has no second spelling that would pass for a seal never seen', async () => {
    const jwe = await seal(toSeal, publicJwk);
    const last = jwe.at(-1)!; // a tag is 16 bytes, so four bits of its last character mean nothing
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
    const twin = jwe.slice(0, -1) + alphabet[alphabet.indexOf(last) + 1];
    assert.deepEqual(Buffer.from(twin.split('.')[4]!, 'base64url'), Buffer.from(jwe.split('.')[4]!, 'base64url'));
    await refuses(accept(twin), /canonical/);
    await refuses(accept(`${jwe}==`), /canonical/);
  });
});

/** A change in the first part may leave it without a JSON object: then nothing tells a JWE from any other text. */
function reasonAt(jwe: string, at: number, character: string): SealError['reason'] {
  const header = (jwe.slice(0, at) + character + jwe.slice(at + 1)).split('.')[0]!;
  try {
    return typeof JSON.parse(Buffer.from(header, 'base64url').toString()) === 'object'
      ? 'credentials.seal_invalid'
      : 'credentials.not_sealed';
  } catch {
    return 'credentials.not_sealed';
  }
}

describe('seal', () => {
  it('takes nothing but a P-256 key, and never sends the private half anywhere', async () => {
    const { privateKey } = await generateKeyPair('ECDH-ES', { crv: 'P-256', extractable: true });
    const pair = await exportJWK(privateKey);
    const [header] = (await seal(toSeal, pair)).split('.');
    assert.ok(!Buffer.from(header!, 'base64url').toString().includes(pair.d!));
    await assert.rejects(seal(toSeal, { keys: [] }), /no P-256 key/);
    await assert.rejects(seal(toSeal, { kty: 'OKP', crv: 'X25519', x: 'AA' }), /no P-256 key/);
  });

  it('needs nothing but jose, so that a CRM can use it alone', () => {
    const source = readFileSync(new URL('../src/secrets/seal.ts', import.meta.url), 'utf8');
    assert.deepEqual(
      [...source.matchAll(/(?:from|import)\s*\(?'([^']+)'/g)].map(([, name]) => name),
      ['jose'],
    );
  });

  it('refuses a life of more than 24 hours', async () => {
    for (const expiresInSeconds of [0, -1, 86_401, Number.NaN])
      await assert.rejects(seal({ ...toSeal, expiresInSeconds }, publicJwk), RangeError);
  });
});
