import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import type { JWK } from 'jose';
import postgres from 'postgres';
import { secretPlace } from '../src/accounts/secrets.ts';
import { readConfig } from '../src/config.ts';
import { openDatabase } from '../src/db/database.ts';
import { createDoor } from '../src/mail/addresses.ts';
import { createOAuthClient } from '../src/mail/oauth/client.ts';
import { createOAuthFetch } from '../src/mail/oauth/fetch.ts';
import { openGrants } from '../src/mail/oauth/grants.ts';
import { openProviders } from '../src/mail/oauth/providers.ts';
import { readTls } from '../src/mail/tls.ts';
import { parseKeyRing } from '../src/secrets/key-ring.ts';
import { seal } from '../src/secrets/seal.ts';
import { bindSecret, openSecret } from '../src/secrets/stored-secret.ts';
import { type Crm, startCrm } from './support/crm.ts';
import { type Daemon, startDaemon } from './support/daemon.ts';
import type { OwnMailServer } from './support/mail-server.ts';
import type { MailUser } from './support/mail-user.ts';
import { type Browser, openBrowser } from './support/oauth-browser.ts';
import { startTestProvider, type TestProvider } from './support/oauth-provider.ts';
import { freePort } from './support/ports.ts';
import { freshName, type Servers, useServers } from './support/servers.ts';

let servers: Servers;
let provider: TestProvider;
let mailServer: OwnMailServer;
let daemon: Daemon;
let crm: Crm;
let sql: postgres.Sql;

before(async () => {
  servers = await useServers();
  const http = `127.0.0.1:${await freePort()}`;
  provider = await startTestProvider(servers, { redirectUri: `http://${http}/oauth/callback` });
  mailServer = await servers.ownMailServer({ dovecotExtra: provider.dovecotExtra });
  const { ports } = mailServer;
  daemon = await startDaemon({
    env: {
      POSTBUD_HTTP: http,
      POSTBUD_PUBLIC_URL: `http://${http}`,
      POSTBUD_OAUTH_TEST_CLIENT_ID: provider.clientId,
      POSTBUD_OAUTH_TEST_CLIENT_SECRET: provider.clientSecret,
      POSTBUD_OAUTH_TEST_ISSUER: provider.issuer,
      POSTBUD_OAUTH_TEST_DOMAINS: 'postbud.test',
      POSTBUD_OAUTH_TEST_IMAP: `localhost:${ports.imaps}/tls`,
      POSTBUD_OAUTH_TEST_SMTP: `localhost:${ports.smtps}/tls`,
    },
  });
  crm = await startCrm(daemon);
  sql = postgres(daemon.env.DATABASE_URL!, { max: 1 });
});
after(async () => {
  await sql?.end();
  await crm?.close();
  await daemon?.stop();
  await mailServer?.stop();
  await provider?.close();
});

/** A user whose CRM asked for a mailbox, before anything was clicked. */
async function asking(options: { returnUrl?: string; userId?: string } = {}) {
  const ada = await mailServer.addUser();
  const { userId = freshName('user'), returnUrl } = options;
  provider.person = ada.address;
  const payload = { tenantId: crm.tenantId, userId, email: ada.address, ...(returnUrl && { returnUrl }) };
  const result = await (await crm.add('connect-account', payload)).result();
  assert.equal(result.outcome, 'authorization-required', JSON.stringify(result));
  return { ada, userId, payload, url: result.authorizationUrl as string, accountId: result.accountId as string };
}

/** The way from the link to where the provider sends the browser back to. */
async function toCallback(browser: Browser, url: string) {
  const begun = await browser.post(url);
  assert.equal(begun.status, 303, begun.text);
  const back = await browser.follow(begun, `${daemon.url}/oauth/callback`);
  assert.ok(back.location, `${back.status} ${back.url} ${back.text.slice(0, 300)}`);
  return back.location;
}

/** Wait for a fact. */
async function eventually(isSo: () => Promise<boolean>) {
  for (const deadline = performance.now() + 10_000; !(await isSo()); await delay(20)) {
    assert.ok(performance.now() < deadline, 'it did not become so within 10 s');
  }
}

const heard = (userId: string, type: string) =>
  crm.events.next((event) => event.type === `postbud.${type}` && event.userid === userId);

/** What an account's row holds for IMAP, and where it opens. */
async function imapSecretOf(accountId: string) {
  const [row] = await sql<{ secret: string; imap: { host: string; username: string } }[]>`
    select imap_secret as secret, imap from accounts where id = ${accountId}`;
  const { host, username } = row!.imap;
  return { ciphertext: row!.secret, at: { ...secretPlace('accounts', accountId, 'imap'), host, username } };
}

async function connected(
  options: { userId?: string } = {},
): Promise<{ ada: MailUser; userId: string; accountId: string }> {
  const { ada, userId, url, accountId } = await asking(options);
  const browser = openBrowser(servers.caFile);
  const end = await browser.get(await toCallback(browser, url));
  assert.match(end.text, /is connected/);
  await heard(userId, 'mailbox.sync_completed');
  return { ada, userId, accountId };
}

describe('a login at a provider', () => {
  it('leads from the link over the provider to a mailbox that is watched and sends', async () => {
    const returnUrl = `${daemon.url}/docs?from=crm`;
    const { ada, userId, url, accountId } = await asking({ returnUrl });
    const wanted = await heard(userId, 'account.authorization_required');
    assert.equal(wanted.data.authorizationUrl, url);
    assert.equal(wanted.data.provider, 'test');
    assert.equal((await crm.account(userId)).state, 'authorizing');

    const browser = openBrowser(servers.caFile);
    const page = await browser.get(url);
    assert.equal(page.status, 200);
    assert.ok(page.text.includes(ada.address) && page.text.includes(crm.tenantId));
    assert.match(page.headers.get('content-security-policy') ?? '', /frame-ancestors 'none'/);
    assert.equal(browser.cookies.get(new URL(url).host)?.size ?? 0, 0, 'to look changes nothing');

    const begun = await browser.post(url);
    const asked = new URL(begun.location!);
    assert.equal(asked.searchParams.get('login_hint'), ada.address);
    assert.equal(asked.searchParams.get('code_challenge_method'), 'S256');
    const back = await browser.follow(begun, `${daemon.url}/oauth/callback`);
    const end = await browser.get(back.location!);
    assert.equal(end.status, 303, end.text);
    const at = new URL(end.location!);
    assert.equal(at.searchParams.get('outcome'), 'connected');
    assert.equal(at.searchParams.get('accountId'), accountId);
    assert.equal(at.searchParams.get('from'), 'crm');

    const event = await heard(userId, 'account.connected');
    assert.equal(event.subject, accountId);
    assert.equal(event.data.provider, 'test');
    await heard(userId, 'mailbox.sync_completed');
    await ada.deliver({ subject: 'by token' });
    assert.equal((await heard(userId, 'message.received')).data.subject, 'by token');
    const order = { tenantId: crm.tenantId, userId, idempotencyKey: 'one', to: [{ address: ada.address }], text: 'hi' };
    const sent = await (await crm.add('send-message', order)).result();
    assert.equal(sent.status, 'sent', JSON.stringify(sent));
    assert.equal(provider.renewals(), 0, 'the token that came with the login serves for all of it');

    const again = await browser.get(back.location!);
    assert.equal(again.status, 409);
    assert.match(again.text, /used already/);
  });

  it('is not lost when the browser loads the callback again while it is at work', async () => {
    const { userId, url } = await asking();
    const browser = openBrowser(servers.caFile);
    const callback = await toCallback(browser, url);
    provider.renewalTakesMs = 1_500;
    try {
      const jar = browser.cookies.get(new URL(url).host)!;
      const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ');
      const leaving = new AbortController();
      const first = fetch(callback, { headers: { cookie }, signal: leaving.signal }).catch(() => 'left');
      await eventually(async () => {
        const [row] = await sql`select step from oauth_attempts where id = ${url.split('/').at(-1)!}`;
        return row!.step === 'exchanging';
      });
      leaving.abort();
      assert.equal(await first, 'left');
      const again = await browser.get(callback);
      assert.equal(again.status, 200, again.text);
      assert.match(again.text, /is connected/);
    } finally {
      provider.renewalTakesMs = 0;
    }
    await heard(userId, 'account.connected');
    const later = await browser.get(callback);
    assert.equal(later.status, 409, 'what has ended is not told twice');
  });

  it('names the CRM as its tenant calls it', async () => {
    const path = `/v1/tenants/${crm.tenantId}`;
    const put = (name: string) =>
      daemon.fetch(path, {
        method: 'PUT',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ name }),
      });
    const { url } = await asking();
    assert.equal((await put('Holm & Søn')).status, 200);
    try {
      const { text } = await openBrowser(servers.caFile).get(url);
      assert.ok(text.includes('<strong>Holm &amp; Søn</strong>') && !text.includes(crm.tenantId), text);
    } finally {
      await put('');
    }
  });

  it('is not begun by a form of another site', async () => {
    const { url } = await asking();
    const browser = openBrowser(servers.caFile);
    assert.equal((await browser.post(url, {}, { 'sec-fetch-site': 'cross-site' })).status, 403);
    assert.equal((await browser.post(url, {}, { origin: 'https://elsewhere.test' })).status, 403);
    assert.equal((await browser.post(url, {}, {})).status, 403);
  });

  it('is ended only by the browser that began it', async () => {
    const { url, userId } = await asking();
    const callback = await toCallback(openBrowser(servers.caFile), url);
    const other = await openBrowser(servers.caFile).get(callback);
    assert.equal(other.status, 403);
    assert.match(other.text, /another browser/);
    assert.equal((await crm.account(userId)).state, 'authorizing');
  });

  it('tells the CRM when the user says no', async () => {
    const { url, userId } = await asking({ returnUrl: `${daemon.url}/docs` });
    provider.person = { denied: true };
    const browser = openBrowser(servers.caFile);
    const end = await browser.get(await toCallback(browser, url));
    const at = new URL(end.location!);
    assert.deepEqual([at.searchParams.get('outcome'), at.searchParams.get('reason')], ['refused', 'oauth.denied']);
    const { data } = await heard(userId, 'account.refused');
    assert.equal(data.reason, 'oauth.denied');
    assert.equal(data.protocol, 'oauth');
    assert.equal((await crm.account(userId)).state, 'needs-settings');
  });

  it('goes nowhere that the tenant did not allow', async () => {
    const { url } = await asking({ returnUrl: 'https://elsewhere.test/inbox' });
    const browser = openBrowser(servers.caFile);
    const end = await browser.get(await toCallback(browser, url));
    assert.equal(end.status, 200);
    assert.match(end.text, /is connected/);
  });

  it('saves nothing when the CRM has ordered something newer, and says so', async () => {
    const { url, userId, payload } = await asking();
    const browser = openBrowser(servers.caFile);
    const callback = await toCallback(browser, url);
    await (await crm.add('disconnect-account', { tenantId: payload.tenantId, userId })).result();
    const end = await browser.get(callback);
    assert.equal(end.status, 409);
    assert.match(end.text, /newer/);
    assert.equal((await daemon.fetch(`/v1/accounts/${crm.tenantId}/${userId}`)).status, 404);
  });
});

describe('a login that nobody ends', () => {
  it('expires, and the CRM hears of it', async () => {
    const { url, userId } = await asking();
    await sql`update oauth_attempts set expires_at = now() where id = ${url.split('/').at(-1)!}`;
    assert.equal((await heard(userId, 'account.refused')).data.reason, 'oauth.expired');
    assert.equal((await crm.account(userId)).state, 'needs-settings');
    const late = await openBrowser(servers.caFile).get(url);
    assert.equal(late.status, 410);
    assert.match(late.text, /has expired/);
  });
});

describe('somebody else than the one who was asked for', () => {
  it('is connected when the user confirms it, under the own name', async () => {
    const { url, userId } = await asking();
    const bo = await mailServer.addUser();
    provider.person = bo.address;
    const browser = openBrowser(servers.caFile);
    const page = await browser.get(await toCallback(browser, url));
    assert.equal(page.status, 200);
    assert.ok(page.text.includes(bo.address));
    const confirm = new URL(/action="([^"]+)"/.exec(page.text)![1]!, daemon.url).href;
    assert.equal((await openBrowser(servers.caFile).post(confirm, { answer: 'yes' })).status, 403);
    const end = await browser.post(confirm, { answer: 'yes' });
    assert.match(end.text, /is connected/);
    await heard(userId, 'account.connected');
    assert.equal((await crm.account(userId)).imap.username, bo.address);
  });

  it('is refused when the user says no', async () => {
    const { url, userId } = await asking();
    provider.person = (await mailServer.addUser()).address;
    const browser = openBrowser(servers.caFile);
    const page = await browser.get(await toCallback(browser, url));
    await browser.post(new URL(/action="([^"]+)"/.exec(page.text)![1]!, daemon.url).href, { answer: 'no' });
    assert.equal((await heard(userId, 'account.refused')).data.reason, 'oauth.identity_mismatch');
  });
});

describe('tokens', () => {
  it('are renewed before the next login when their time is over', async () => {
    provider.accessSeconds = 2;
    const { ada, userId } = await connected();
    const before = provider.renewals();
    await new Promise((resolve) => setTimeout(resolve, 2_100));
    provider.accessSeconds = 3_600;
    await ada.disconnect();
    await ada.deliver({ subject: 'after the token' });
    assert.equal((await heard(userId, 'message.received')).data.subject, 'after the token');
    assert.equal(provider.renewals(), before + 1);
  });

  it('are renewed once when the server refuses one that should still serve', async () => {
    const { ada, userId } = await connected();
    const before = provider.renewals();
    await provider.revoke('access');
    await ada.disconnect();
    await ada.deliver({ subject: 'after the refusal' });
    assert.equal((await heard(userId, 'message.received')).data.subject, 'after the refusal');
    assert.equal(provider.renewals(), before + 1);
    assert.deepEqual(
      crm.events.of((event) => event.userid === userId && event.type.endsWith('auth_failed')),
      [],
    );
  });

  it('are renewed by one process at a time, and the others take what it got', async () => {
    const { accountId } = await connected();
    const stored = await imapSecretOf(accountId);
    await sql`update oauth_grants set access_until = now() where owner_id = ${accountId}`;
    const before = provider.renewals();
    provider.renewalTakesMs = 300;
    const ring = parseKeyRing(daemon.env.POSTBUD_KEYS!);
    const config = readConfig(daemon.env);
    const fetch = createOAuthFetch({ door: createDoor(config), tls: readTls(config) });
    // As two processes are: nothing in common but the database.
    const processes = [1, 2].map(() => {
      const database = openDatabase({ url: daemon.env.DATABASE_URL!, log: { warn() {} } });
      const providers = openProviders(config.oauth);
      return {
        database,
        grants: openGrants({ db: database.db, ring, providers, client: createOAuthClient({ fetch }) }),
      };
    });
    const logins = processes.flatMap(({ grants }) => [1, 2, 3].map(() => grants.loginOf(stored)));
    await Promise.all(logins.map((login) => login.prepare!(AbortSignal.timeout(10_000))));
    provider.renewalTakesMs = 0;
    assert.equal(provider.renewals(), before + 1);
    assert.equal(new Set(logins.map((login) => login.reveal())).size, 1);
    const { at, ciphertext } = stored;
    const former = processes[0]!.grants.loginOf({ at, ciphertext: bindSecret(ring, ciphertext, at, at) });
    await assert.rejects(former.prepare!(AbortSignal.timeout(10_000)), /session\.expired/, 'a row that was replaced');
    await Promise.all(processes.map(({ database }) => database.close()));
  });

  it('come from a refresh token that the CRM has, too', async () => {
    const { ada, accountId } = await connected();
    const { ciphertext, at } = await imapSecretOf(accountId);
    const token = openSecret(parseKeyRing(daemon.env.POSTBUD_KEYS!), ciphertext, at).secret.reveal();
    const userId = freshName('user');
    const about = { tenantId: crm.tenantId, userId, email: ada.address };
    const keys = (await (await daemon.fetch('/.well-known/jwks.json')).json()) as { keys: JWK[] };
    const sealed = await seal({ ...about, refreshToken: token }, keys);
    const credentials = { kind: 'oauth2', provider: 'test', sealed };
    const result = await (await crm.add('connect-account', { ...about, credentials })).result();
    assert.equal(result.outcome, 'connected', JSON.stringify(result));
    await heard(userId, 'mailbox.sync_completed');
    assert.ok(!JSON.stringify([daemon.logs, crm.events.all]).includes(token), 'no log line and no event has a token');
    const [grants] = await sql`select count(*)::int as n from oauth_grants where owner_id = ${result.accountId}`;
    assert.equal(grants!.n, 1);
    await (await crm.add('disconnect-account', { tenantId: crm.tenantId, userId })).result();
    const [left] = await sql`select count(*)::int as n from oauth_grants where owner_id = ${result.accountId}`;
    assert.equal(left!.n, 0);
    const other = { ...about, userId: freshName('user') };
    const nowhere = { kind: 'oauth2', provider: 'nobody', sealed: await seal({ ...other, refreshToken: 'x' }, keys) };
    const refused = await crm.add('connect-account', { ...other, credentials: nowhere });
    assert.equal((await refused.result()).reason, 'oauth.client_invalid');
  });

  it('that were taken back end in auth.token_revoked, until the owner logs in anew', async () => {
    const { ada, userId, accountId } = await connected();
    await provider.revoke('all');
    await ada.disconnect();
    const { data } = await heard(userId, 'account.auth_failed');
    assert.equal(data.reason, 'auth.token_revoked');
    assert.equal(data.protocol, 'oauth');
    assert.equal((await crm.account(userId)).state, 'auth-failed');

    const order = await crm.add('connect-account', { tenantId: crm.tenantId, userId, email: ada.address });
    const wanted = await order.result();
    assert.deepEqual([wanted.outcome, wanted.accountId], ['authorization-required', accountId]);
    const browser = openBrowser(servers.caFile);
    assert.match((await browser.get(await toCallback(browser, wanted.authorizationUrl))).text, /is connected/);
    await ada.deliver({ subject: 'after a new login' });
    const received = await heard(userId, 'message.received');
    assert.deepEqual([received.data.subject, received.subject], ['after a new login', accountId]);
  });
});
