import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { sql } from 'drizzle-orm';
import { closeSetupLinks, countSetupTry, openSetupLink, useSetupLink } from '../src/db/setup-link-store.ts';
import { startHttp, type TestHttp } from './support/http.ts';
import { freshName } from './support/servers.ts';

const publicUrl = 'https://post.example';
const minutes = 60_000;
let http: TestHttp;
before(async () => {
  http = await startHttp({ publicUrl });
});
after(() => http.stop());

async function ask(method: string, path: string, body: unknown) {
  const headers = { 'content-type': 'application/json' };
  const answer = await http.ask(path, { method, headers, body: JSON.stringify(body) });
  // biome-ignore lint/suspicious/noExplicitAny: tests look at single fields
  return { status: answer.status, body: (await answer.json()) as any };
}
const link = (wanted: object = {}) =>
  ask('POST', '/v1/setup-links', { tenantId: freshName('acme'), userId: '42', ...wanted });
const tokenOf = async (wanted: object = {}) => (await link(wanted)).body.url.split('/').at(-1) as string;

describe('a setup link', () => {
  it('leads to the dialog, and keeps what the CRM knows under a digest of its token', async () => {
    const tenantId = freshName('acme');
    await ask('PUT', `/v1/tenants/${tenantId}`, { locale: 'da', returnOrigins: ['https://crm.example'] });
    const returnUrl = 'https://crm.example/inbox?x=1';
    const wanted = {
      tenantId,
      email: 'kim@example.dk',
      primaryEmail: 'kim@example.dk',
      mailClient: 'other',
      returnUrl,
    };
    const { status, body } = await link(wanted);
    assert.equal(status, 201);
    const [, token] = /^https:\/\/post\.example\/setup\/([A-Za-z0-9_-]{43})$/.exec(body.url) ?? [];
    assert.ok(token, body.url);
    const opened = await openSetupLink(http.db, token);
    const { email, primaryEmail, mailClient, locale, purpose } = opened.link!;
    assert.deepEqual(
      [opened.state, email, primaryEmail, mailClient, locale, purpose, opened.link!.returnUrl],
      ['fresh', 'kim@example.dk', 'kim@example.dk', 'other', 'da', 'any', returnUrl],
    );
    const rows = await http.db.execute(sql`select l::text as row from setup_links as l`);
    assert.ok(!JSON.stringify(rows).includes(token));
  });

  it('is not used up by who only looks at it, and has 15 minutes from its first use', async () => {
    const token = await tokenOf();
    for (let n = 0; n < 3; n += 1) assert.equal((await openSetupLink(http.db, token)).state, 'fresh');
    const used = await useSetupLink(http.db, token);
    assert.equal(used.state, 'in-use');
    const leftMs = used.link!.expiresAt.getTime() - Date.now();
    assert.ok(leftMs > 14 * minutes && leftMs <= 15.1 * minutes, String(leftMs));
    const again = await useSetupLink(http.db, token);
    assert.deepEqual([again.state, again.link!.expiresAt], ['in-use', used.link!.expiresAt]);
    assert.equal((await openSetupLink(http.db, token)).state, 'in-use');
  });

  it('is over after its time: it can be used no more, and says whose it was', async () => {
    const token = await tokenOf({ locale: 'sv' });
    const { link: used } = await useSetupLink(http.db, token);
    await http.db.execute(sql`update setup_links set expires_at = now() where id = ${used!.id}`);
    for (const opened of [await openSetupLink(http.db, token), await useSetupLink(http.db, token)]) {
      assert.deepEqual([opened.state, opened.link?.locale], ['expired', 'sv']);
    }
  });

  it('is closed with all others of its user, and of no other, once the mailbox is connected', async () => {
    const tenantId = freshName('acme');
    const [first, second, foreign] = [
      await tokenOf({ tenantId }),
      await tokenOf({ tenantId, purpose: 'manage' }),
      await tokenOf({ tenantId, userId: '43' }),
    ];
    assert.equal(await closeSetupLinks(http.db, { tenantId, userId: '42' }), 2);
    assert.equal(await closeSetupLinks(http.db, { tenantId, userId: '42' }), 0);
    for (const token of [first, second]) {
      assert.equal((await openSetupLink(http.db, token)).state, 'closed');
      assert.equal((await useSetupLink(http.db, token)).state, 'closed');
    }
    assert.equal((await openSetupLink(http.db, foreign)).state, 'fresh');
  });

  it('is unknown with any other token', async () => {
    const token = await tokenOf();
    for (const wrong of ['', 'x', `${token}x`, token.toLowerCase(), `${token.slice(0, -1)}=`]) {
      assert.deepEqual(await openSetupLink(http.db, wrong), { state: 'unknown' });
      assert.deepEqual(await useSetupLink(http.db, wrong), { state: 'unknown' });
    }
  });

  it('counts how often somebody tried to connect with it, also side by side', async () => {
    const opened = await openSetupLink(http.db, await tokenOf());
    const counts = await Promise.all(Array.from({ length: 5 }, () => countSetupTry(http.db, opened.link!.id)));
    assert.deepEqual(counts.sort(), [1, 2, 3, 4, 5]);
  });

  it('is refused with a way back that the tenant did not allow', async () => {
    const wrong = [
      'https://evil.example/',
      'http://crm.example/',
      'https://crm.example:8443/',
      'https://crm.example@evil.example/',
      'javascript:alert(1)//https://crm.example/',
      'data:text/html,<script>alert(1)</script>',
      'blob:https://crm.example/x',
      '//crm.example/',
    ];
    for (const returnUrl of wrong) {
      const { status, body } = await link({ returnUrl });
      assert.deepEqual([status, body.errors?.[0]?.field], [400, 'returnUrl'], returnUrl);
    }
    assert.equal((await link({ returnUrl: `${publicUrl}/docs` })).status, 201);
    const connect = { tenantId: 'acme', userId: '1', email: 'kim@example.dk', returnUrl: 'https://evil.example/' };
    const refused = await ask('POST', '/v1/accounts', connect);
    assert.deepEqual([refused.status, refused.body.errors?.[0]?.field], [400, 'returnUrl']);
  });
});
