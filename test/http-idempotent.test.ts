import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { sql } from 'drizzle-orm';
import { makeOnce } from '../src/db/kept-answer-store.ts';
import { trimOld } from '../src/db/trim.ts';
import { parseKeyRing } from '../src/secrets/key-ring.ts';
import { startHttp, type TestHttp } from './support/http.ts';
import { freshName } from './support/servers.ts';

let http: TestHttp;
before(async () => {
  http = await startHttp();
});
after(() => http.stop());

/** Ask for something to be made, with a key and a token. */
async function make(path: string, key: string, body: object, token = http.adminToken) {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json', 'idempotency-key': key };
  const answer = await fetch(new URL(path, http.address), { method: 'POST', headers, body: JSON.stringify(body) });
  // biome-ignore lint/suspicious/noExplicitAny: tests look at single fields
  return { status: answer.status, body: (await answer.json()) as any };
}
const count = async (table: string, tenantId: string) => {
  const [row] = await http.db.execute<{ n: number }>(
    sql`select count(*)::int as n from ${sql.identifier(table)} where tenant_id = ${tenantId}`,
  );
  return row!.n;
};
const opens = async (token: string, tenantId: string) =>
  (
    await fetch(new URL(`/v1/accounts?tenantId=${tenantId}`, http.address), {
      headers: { authorization: `Bearer ${token}` },
    })
  ).status;

const makers = [
  {
    path: '/v1/tokens',
    table: 'tokens',
    body: { scopes: ['accounts'], name: 'CRM' },
    other: { scopes: ['accounts', 'send'] },
  },
  {
    path: '/v1/setup-links',
    table: 'setup_links',
    body: { userId: '42', email: 'kim@example.dk' },
    other: { userId: '43', email: 'kim@example.dk' },
  },
];

for (const { path, table, body, other } of makers) {
  describe(`POST ${path} with an Idempotency-Key`, () => {
    it('makes one thing, and answers every repeat with it', async () => {
      const tenantId = freshName('acme');
      const first = await make(path, 'key-1', { tenantId, ...body });
      assert.equal(first.status, 201);
      for (let n = 0; n < 3; n += 1) assert.deepEqual(await make(path, 'key-1', { tenantId, ...body }), first);
      assert.equal(await count(table, tenantId), 1);
      const another = await make(path, 'key-2', { tenantId, ...body });
      assert.equal(another.status, 201);
      assert.notDeepEqual(another.body, first.body);
      assert.equal(await count(table, tenantId), 2);
    });

    it('refuses the key for other content, and makes nothing', async () => {
      const tenantId = freshName('acme');
      await make(path, 'key-1', { tenantId, ...body });
      const refused = await make(path, 'key-1', { tenantId, ...body, ...other });
      assert.deepEqual([refused.status, refused.body.type], [422, '/docs#key-reused']);
      assert.equal(await count(table, tenantId), 1);
    });

    it('makes one thing for many at once', async () => {
      const tenantId = freshName('acme');
      const all = await Promise.all(Array.from({ length: 12 }, () => make(path, 'key-1', { tenantId, ...body })));
      for (const one of all) assert.deepEqual(one, all[0]);
      assert.equal(all[0]!.status, 201);
      assert.equal(await count(table, tenantId), 1);
    });

    it("keeps tenants' keys apart, and a tenant's from the installation's", async () => {
      const [acme, other] = [freshName('acme'), freshName('other')];
      const token = (await make('/v1/tokens', 'all', { tenantId: acme, scopes: ['accounts', 'ops'] })).body.token;
      const mine = await make(path, 'key-1', { tenantId: acme, ...body }, token);
      const theirs = await make(path, 'key-1', { tenantId: other, ...body });
      const ours = await make(path, 'key-1', { tenantId: acme, ...body });
      assert.deepEqual([mine.status, theirs.status, ours.status], [201, 201, 201]);
      assert.equal(new Set([mine, theirs, ours].map(({ body }) => body.token ?? body.url)).size, 3);
      assert.deepEqual(await make(path, 'key-1', { tenantId: acme, ...body }, token), mine);
      assert.equal((await make(path, 'key-1', { tenantId: other, ...body }, token)).status, 403);
    });

    it('begins anew after a day', async () => {
      const tenantId = freshName('acme');
      const first = await make(path, 'key-1', { tenantId, ...body });
      await http.db.execute(sql`update kept_answers set created_at = now() - interval '25 hours'`);
      const later = await make(path, 'key-1', { tenantId, ...body });
      assert.equal(later.status, 201);
      assert.notDeepEqual(later.body, first.body);
      await http.db.execute(sql`update kept_answers set created_at = now() - interval '25 hours'`);
      assert.ok((await trimOld(http.db, { eventDays: 30 })).keptAnswers > 0);
      assert.deepEqual([...(await http.db.execute(sql`select 1 from kept_answers`))], []);
    });
  });
}

describe('what is shown again', () => {
  it('opens what it opened, and stands nowhere', async () => {
    const tenantId = freshName('acme');
    const body = { tenantId, scopes: ['accounts'] };
    await make('/v1/tokens', 'key-1', body);
    const { token } = (await make('/v1/tokens', 'key-1', body)).body;
    assert.match(token, /^pbt_[A-Za-z0-9_-]{43}$/);
    assert.equal(await opens(token, tenantId), 200);
    const link = await make('/v1/setup-links', 'key-1', { tenantId, userId: '1' });
    const again = await make('/v1/setup-links', 'key-1', { tenantId, userId: '1' });
    const url = again.body.url as string;
    assert.equal(url, link.body.url);
    const page = await fetch(url.replace(/^http:\/\/[^/]+/, http.address));
    assert.equal(page.status, 200);
    const rows = await http.db.execute(sql`
      select t::text as row from tokens t union all select k::text from kept_answers k union all select l::text from setup_links l`);
    const stored = JSON.stringify(rows);
    for (const secret of [token.slice(8), url.split('/').at(-1)!]) assert.ok(!stored.includes(secret));
    assert.ok(!stored.includes('key-1'), 'the key itself is not stored');
  });

  it('is refused once it cannot be shown, for the key ring is another one', async () => {
    const ring = () => parseKeyRing(`k:${randomBytes(32).toString('base64')}`);
    const keyed = { operation: 'test', caller: 'tenant', tenantId: freshName('acme'), key: 'k', content: { a: 1 } };
    const db = http.db;
    const before = ring();
    let made = 0;
    const makeIt = async () => {
      made += 1;
      return { n: made };
    };
    const first = await makeOnce({ db, ring: before }, keyed, makeIt);
    assert.deepEqual(await makeOnce({ db, ring: before }, keyed, makeIt), first);
    assert.deepEqual(await makeOnce({ db, ring: ring() }, keyed, makeIt), { refused: 'secret-gone' });
    assert.equal(made, 1);
  });

  it('leaves its key free when making it failed', async () => {
    const keyed = { operation: 'test', caller: 'tenant', tenantId: freshName('acme'), key: 'k', content: {} };
    const parts = { db: http.db, ring: http.sealing.ring };
    const failing = makeOnce(parts, keyed, async () => {
      throw new Error('no room');
    });
    await assert.rejects(failing, /no room/);
    assert.ok('answer' in (await makeOnce(parts, keyed, async () => ({ n: 1 }))));
  });
});
