import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { calculateJwkThumbprint, type JWK } from 'jose';
import { openDatabase } from '../src/db/database.ts';
import { sealingKeyStore } from '../src/db/sealing-key-store.ts';
import { parseKeyRing } from '../src/secrets/key-ring.ts';
import { generateSealingKey, SealingKeys } from '../src/secrets/sealing-keys.ts';
import { startHttp, type TestHttp } from './support/http.ts';
import { quietLog } from './support/quiet-log.ts';
import { useServers } from './support/servers.ts';

let http: TestHttp;
before(async () => {
  http = await startHttp();
});
after(() => http.stop());

describe('the key to seal to', () => {
  it('is served to everybody, named by its thumbprint, without its private half, for a short time', async () => {
    const answer = await fetch(new URL('/.well-known/jwks.json', http.address));
    const { keys } = (await answer.json()) as { keys: JWK[] };
    assert.equal(keys.length, 1);
    assert.equal(keys[0]!.kid, await calculateJwkThumbprint(keys[0]!));
    assert.ok(!('d' in keys[0]!));
    assert.match(answer.headers.get('cache-control') ?? '', /^public, max-age=\d{1,3}$/);
  });

  it('is one pair, however many processes start together on an empty database', async () => {
    const servers = await useServers();
    const { url } = await servers.freshDatabase();
    const ring = parseKeyRing(`k:${randomBytes(32).toString('base64')}`);
    const databases = Array.from({ length: 5 }, () => openDatabase({ url, log: quietLog().log }));
    const served = await Promise.all(
      databases.map(({ db }) => new SealingKeys({ ring, store: sealingKeyStore(db), now: () => new Date() }).jwks()),
    );
    const kids = new Set(served.flatMap(({ keys }) => keys.map(({ kid }) => kid)));
    assert.equal(kids.size, 1);
    const store = sealingKeyStore(databases[0]!.db);
    assert.equal((await store.list()).length, 1);

    const [kid] = kids;
    const next = await generateSealingKey(ring, new Date());
    const outcomes = await Promise.all(
      databases.map(async ({ db }, index) => {
        const key = index === 0 ? next : await generateSealingKey(ring, new Date());
        return sealingKeyStore(db).insertIfNewestIs(kid!, key);
      }),
    );
    assert.equal(outcomes.filter(Boolean).length, 1, 'one of those who replace it together does');
    assert.equal(await store.insertIfNewestIs('another', next), false);
    await store.remove([kid!]);
    assert.deepEqual(
      (await store.list()).map((key) => key.kid === kid),
      [false],
    );
    await store.remove([]);
    for (const database of databases) await database.close();
  });
});
