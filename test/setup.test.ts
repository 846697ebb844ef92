import assert from 'node:assert/strict';
import { createHash, randomUUIDv7 } from 'node:crypto';
import { request } from 'node:http';
import { after, before, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import type { Queue } from 'bullmq';
import { eq, sql } from 'drizzle-orm';
import { closeSetupLinks } from '../src/db/setup-link-store.ts';
import { accounts } from '../src/db/tables.ts';
import { saveTenantSettings, tenantSettings } from '../src/db/tenant-settings.ts';
import { writeState } from '../src/http/setup/state.ts';
import { type Dialogs, startDialogs } from './support/setup.ts';

describe('a set-up link', () => {
  let dialogs: Dialogs;
  before(async () => {
    dialogs = await startDialogs();
  });
  after(() => dialogs.stop());

  const stateIn = (page: string) => /name="state" value="([^"]+)"/.exec(page)?.[1] ?? '';
  const get = (url: string, headers: Record<string, string> = {}) => fetch(url, { headers, redirect: 'manual' });
  const post = (url: string, fields: Record<string, string>, headers: Record<string, string> = {}) =>
    fetch(url, { method: 'POST', body: new URLSearchParams(fields), headers, redirect: 'manual' });
  /** Open a link and post its first form. */
  async function typeAddress(url: string, email: string, headers: Record<string, string> = {}) {
    const state = stateIn(await (await get(url)).text());
    return post(`${url}/address`, { state, email }, headers);
  }

  it('is one request of a few kilobytes, private, and under a policy without inline code', async () => {
    const { url } = await dialogs.link();
    const answer = await get(url);
    const page = await answer.text();
    assert.equal(answer.status, 200);
    assert.ok(page.length < 20_000, `${page.length} bytes`);
    assert.ok(!/<script|<link rel="stylesheet"| style="| on\w+="/.test(page));
    const policy = answer.headers.get('content-security-policy')!;
    assert.doesNotMatch(policy, /unsafe|script-src/);
    assert.match(policy, /default-src 'none'.*frame-ancestors 'self'$/);
    const [, style = ''] = /<style>(.*?)<\/style>/s.exec(page)!;
    assert.ok(policy.includes(createHash('sha256').update(style).digest('base64')));
    assert.equal(answer.headers.get('referrer-policy'), 'no-referrer');
    assert.equal(answer.headers.get('cache-control'), 'no-store');
    assert.match(answer.headers.get('x-robots-tag')!, /noindex/);
    const script = await (await get(`${dialogs.http.address}/assets/setup.js`)).text();
    assert.ok(page.length + script.length < 50_000);
  });

  it('may be framed by the sites that its tenant named, and by no other text that got into that list', async () => {
    await dialogs.frameAt(['https://crm.example', "https://evil.example; script-src 'unsafe-inline'"]);
    const { url } = await dialogs.link();
    const policy = (await get(url)).headers.get('content-security-policy')!;
    await dialogs.frameAt([]);
    assert.match(policy, /frame-ancestors 'self' https:\/\/crm\.example$/);
  });

  it('is not used up by looking at it, however often', async () => {
    const { url, link } = await dialogs.link();
    for (let look = 0; look < 3; look++) assert.equal((await get(url)).status, 200);
    const [row] = await dialogs.http.db.execute(sql`select used_at from setup_links where id = ${link.id}`);
    assert.equal(row!.used_at, null);
    assert.equal((await typeAddress(url, 'kim@example.dk')).status, 303);
    const [used] = await dialogs.http.db.execute(sql`select used_at from setup_links where id = ${link.id}`);
    assert.notEqual(used!.used_at, null);
  });

  it('that is unknown, expired or used says which, in its language, and takes no form', async () => {
    const unknown = await get(`${dialogs.http.address}/setup/${'x'.repeat(43)}`, { 'accept-language': 'sv' });
    assert.equal(unknown.status, 404);
    assert.match(await unknown.text(), /<title>Länken fungerar inte/);

    const { url, link } = await dialogs.link({ locale: 'da' });
    const state = stateIn(await (await get(url)).text());
    await dialogs.http.db.execute(
      sql`update setup_links set expires_at = now() - interval '1 second' where id = ${link.id}`,
    );
    const expired = await get(url);
    assert.equal(expired.status, 410);
    assert.match(await expired.text(), /<title>Linket er udløbet/);
    const before = dialogs.orders.length;
    assert.equal((await post(`${url}/address`, { state, email: 'kim@example.dk' })).status, 410);

    const other = await dialogs.link({ locale: 'de' });
    const otherState = stateIn(await (await get(other.url)).text());
    await closeSetupLinks(dialogs.http.db, other.link);
    assert.match(await (await get(other.url)).text(), /Dieser Link wurde schon verwendet/);
    assert.equal((await post(`${other.url}/address`, { state: otherState, email: 'kim@example.dk' })).status, 410);
    assert.equal(dialogs.orders.length, before);
  });

  it('takes no form from another site, of another link, or without its state', async () => {
    const one = await dialogs.link();
    const two = await dialogs.link();
    const state = stateIn(await (await get(one.url)).text());
    const email = 'kim@example.dk';
    const before = dialogs.orders.length;
    const refused = [
      await post(`${one.url}/address`, { email }),
      await post(`${one.url}/address`, { state: `${state}x`, email }),
      await post(`${one.url}/address`, { state: 'e30.', email }),
      await post(`${two.url}/address`, { state, email }),
      await post(`${one.url}/remove`, { state }),
      await post(`${one.url}/address`, { state, email }, { 'sec-fetch-site': 'cross-site' }),
      await post(`${one.url}/address`, { state, email }, { 'sec-fetch-site': 'same-site', origin: 'null' }),
      await post(`${one.url}/address`, { state, email }, { origin: 'https://evil.example' }),
    ];
    for (const answer of refused) {
      assert.equal(answer.status, 403);
      assert.match(await answer.text(), /This form can no longer be used/);
    }
    const [row] = await dialogs.http.db.execute(sql`select used_at from setup_links where id = ${one.link.id}`);
    assert.equal(row!.used_at, null);
    assert.equal(dialogs.orders.length, before);
    const own = await post(`${one.url}/address`, { state, email }, { 'sec-fetch-site': 'same-origin', origin: 'null' });
    assert.equal(own.status, 303);
  });

  describe('made for one purpose', () => {
    const isHere = {
      imap: { host: 'imap.example.dk', port: 993, security: 'tls', username: 'kim@example.dk' },
    } as const;
    async function withMailbox(purpose: 'connect' | 'manage' | 'any') {
      const opened = await dialogs.link({ purpose });
      const { tenantId, userId } = opened.link;
      const id = randomUUIDv7();
      const row = { id, tenantId, userId, email: 'kim@example.dk', state: 'connected', nextTryAt: null } as const;
      await dialogs.http.db.insert(accounts).values({ ...row, ...isHere, smtp: isHere.imap });
      const still = async () => {
        const [account] = await dialogs.http.db.select().from(accounts).where(eq(accounts.id, id));
        return account?.state === 'connected';
      };
      return { ...opened, id, still };
    }

    it('to connect: neither shows nor removes the mailbox that there is', async () => {
      const { url, token, id, still } = await withMailbox('connect');
      for (const show of ['', '?show=remove', '?show=edit']) {
        const page = await (await get(url + show)).text();
        assert.match(page, /action="\/setup\/[^"]+\/address"/, show);
        assert.doesNotMatch(page, /imap\.example\.dk/);
      }
      const state = writeState(token, 'remove', { accountId: id });
      assert.equal((await post(`${url}/remove`, { state })).headers.get('location'), `/setup/${token}`);
      assert.ok(await still());
    });

    it('to manage: connects none where there is none', async () => {
      const { url, token } = await dialogs.link({ purpose: 'manage' });
      const before = dialogs.orders.length;
      const first = await (await get(url)).text();
      assert.doesNotMatch(first, /<form/);
      const state = writeState(token, 'address', {});
      assert.equal((await post(`${url}/address`, { state, email: 'kim@example.dk' })).status, 403);
      assert.equal(dialogs.orders.length, before);
    });

    for (const purpose of ['manage', 'any'] as const) {
      it(`as “${purpose}” removes the mailbox, and every older link of its user goes with it`, async () => {
        const { url, still, link } = await withMailbox(purpose);
        const other = await dialogs.link({ userId: link.userId });
        const page = await (await get(`${url}?show=remove`)).text();
        const answer = await post(`${url}/remove`, { state: stateIn(page) });
        assert.equal(answer.status, 303);
        const removed = await (await get(`${dialogs.http.address}${answer.headers.get('location')}`)).text();
        assert.match(removed, /<title>The mailbox is removed/);
        assert.equal(await still(), false);
        for (const gone of [url, other.url]) assert.equal((await get(gone)).status, 410);
        const later = await dialogs.link({ userId: link.userId });
        assert.equal((await get(later.url)).status, 200);
      });
    }

    it('to manage: says when mail comes in and none goes out, and why', async () => {
      const { url, id } = await withMailbox('manage');
      const well = await (await get(url)).text();
      assert.match(well, /<dd class="good">Connected<\/dd>/);
      const sending = { ok: false, since: new Date().toISOString(), reason: 'auth.invalid_credentials' };
      await dialogs.http.db.update(accounts).set({ sending }).where(eq(accounts.id, id));
      const page = await (await get(url)).text();
      assert.match(page, /<dd class="bad">Connected, but mail cannot be sent<\/dd>/);
      assert.match(page, /class="advice">\s*<h2>User name or password not accepted/);
    });

    it('does not call removed what is still there', async () => {
      const { url, token, id, link } = await withMailbox('manage');
      // The worker does not come to it at once.
      const jobId = 'setup-later';
      const queue = dialogs.http.queues.get('disconnect-account');
      const { tenantId, userId } = link;
      await queue.add('disconnect-account', { tenantId, userId }, { jobId, delay: 3_600_000 });
      const ref = writeState(token, 'removed', { email: 'kim@example.dk', accountId: id, jobId });
      const waiting = await (await get(`${url}/removed/${ref}`)).text();
      assert.match(waiting, /<title>The mailbox is being removed/);
      assert.match(waiting, /http-equiv="refresh"/);
      assert.deepEqual(await (await get(`${url}/removed/${ref}?as=json`)).json(), { done: false });
      await dialogs.http.ask(`/v1/accounts/${link.tenantId}/${link.userId}`, { method: 'DELETE' });
      assert.deepEqual(await (await get(`${url}/removed/${ref}?as=json`)).json(), { done: true });
      assert.match(await (await get(`${url}/removed/${ref}`)).text(), /<title>The mailbox is removed/);
    });

    it('does not say for ever that it is being removed when the order came to nothing', async () => {
      const { url, link, token, id } = await withMailbox('manage');
      const { tenantId, userId } = link;
      const queue = dialogs.http.queues.get('disconnect-account');
      const pageOf = async (jobId: string) => {
        const ref = writeState(token, 'removed', { email: 'kim@example.dk', accountId: id, jobId });
        const { done } = (await (await get(`${url}/removed/${ref}?as=json`)).json()) as { done: boolean };
        assert.ok(done, 'the waiting page stops asking');
        return (await get(`${url}/removed/${ref}`)).text();
      };
      // A newer order of the same user has been accepted: the removal counts no more.
      await dialogs.http.ask(`/v1/accounts/${tenantId}/${userId}/pause`, { method: 'POST' });
      await queue.add('disconnect-account', { tenantId, userId }, { jobId: 'setup-late', timestamp: 1 });
      await ended(queue, 'setup-late');
      const overtaken = await pageOf('setup-late');
      assert.match(overtaken, /<title>A newer change took over/);
      assert.match(overtaken, /href="\/setup\/[^"]+">Start again/);
      // … it failed, or Redis has lost it before it was accepted.
      await queue.add('disconnect-account', { tenantId } as never, { jobId: 'setup-broken' });
      await ended(queue, 'setup-broken');
      for (const jobId of ['setup-broken', 'setup-lost'])
        assert.match(await pageOf(jobId), /<title>Error: Something went wrong here/);
      const [account] = await dialogs.http.db.select().from(accounts).where(eq(accounts.id, id));
      assert.equal(account?.state, 'paused');
    });
  });

  it("shows the name that the tenant's users know, as words", async () => {
    const { url, link } = await dialogs.link();
    assert.doesNotMatch(await (await get(url)).text(), /class="crm"/);
    const settings = await tenantSettings(dialogs.http.db, link.tenantId);
    await saveTenantSettings(dialogs.http.db, link.tenantId, { ...settings, name: 'Holm & <b>Co</b>' });
    assert.match(await (await get(url)).text(), /<p class="crm">Holm &amp; &lt;b&gt;Co&lt;\/b&gt;<\/p>/);
    await saveTenantSettings(dialogs.http.db, link.tenantId, settings);
  });

  it('opens nothing over a connection that others can read', async () => {
    const { url } = await dialogs.link({ locale: 'nl' });
    const answer = await get(url, { 'x-forwarded-proto': 'http' });
    assert.equal(answer.status, 403);
    assert.match(await answer.text(), /Deze verbinding is niet veilig/);
    assert.equal((await get(url, { 'x-forwarded-proto': 'https' })).status, 200);
    const state = stateIn(await (await get(`${url}?show=advanced`)).text());
    const posted = await post(`${url}/advanced`, { state, ...advanced() }, { 'x-forwarded-proto': 'http' });
    assert.equal(posted.status, 403);
  });

  it('seals a password before the job is added, and never writes it back', async () => {
    const { url } = await dialogs.link();
    dialogs.willAnswer(() => refused('auth.invalid_credentials'));
    const page = await (await get(`${url}?show=advanced`)).text();
    const fields = advanced({ imapPassword: 'swordfish-42', smtpPassword: 'marlin-43' });
    const answer = await post(`${url}/advanced`, { state: stateIn(page), ...fields });
    assert.equal(answer.status, 303);
    const outcome = await settled(`${dialogs.http.address}${answer.headers.get('location')}`);
    assert.match(outcome, / aria-invalid="true"/);
    const order = dialogs.orders.at(-1)!;
    assert.ok(order.credentials?.sealed && order.smtp?.sealed);
    const job = JSON.stringify(await dialogs.http.queues.get('connect-account').getJobs());
    for (const text of [
      outcome,
      answer.headers.get('location')!,
      JSON.stringify(order),
      job,
      JSON.stringify(dialogs.http.logs),
    ]) {
      assert.doesNotMatch(text, /swordfish|marlin/);
    }
    const again = await post(`${url}/advanced`, { state: stateIn(page), ...fields, imapHost: '' });
    assert.equal(again.status, 400);
    assert.doesNotMatch(await again.text(), /swordfish|marlin/);
  });

  it('shows hostile words as words', async () => {
    const evil = `"><script>alert(1)</script><img src=x onerror=alert(1)>'`;
    const { url } = await dialogs.link({ primaryEmail: `kim${evil}@example.dk` });
    const first = await (await get(url)).text();
    const state = stateIn(first);
    const typed = await (await post(`${url}/address`, { state, email: evil })).text();
    dialogs.willAnswer(() => refused('unknown', evil));
    const page = await (await get(`${url}?show=advanced`)).text();
    const answer = await post(`${url}/advanced`, {
      state: stateIn(page),
      ...advanced({ imapUser: evil, imapHost: 'mail.example.dk' }),
    });
    const outcome = await settled(`${dialogs.http.address}${answer.headers.get('location')}`);
    for (const text of [first, typed, outcome]) {
      assert.doesNotMatch(text, /<script>alert|<img src=x/);
      assert.match(text, /&lt;script&gt;alert\(1\)/);
    }
  });

  it('names everything that is missing at once, and POP3 by its name, without connecting to anything', async () => {
    const { url } = await dialogs.link();
    const before = dialogs.orders.length;
    const state = stateIn(await (await get(`${url}?show=advanced`)).text());
    const empty = await (await post(`${url}/advanced`, { state })).text();
    assert.equal(empty.match(/ aria-invalid="true"/g)?.length, 7);
    const long = 'k'.repeat(321);
    for (const [field, value] of [
      ['imapUser', long],
      ['imapUser', 'kim\r\na1 LOGOUT'],
      ['smtpUser', 'k\0m'],
      ['smtpPassword', 'two\r\nlines'],
      ['imapPassword', 'k\0m'],
      ['imapPassword', 'p'.repeat(1_001)],
    ] as const) {
      const answer = await post(`${url}/advanced`, { state, ...advanced({ [field]: value }) });
      assert.equal(answer.status, 400, field);
      assert.ok((await answer.text()).includes(`id="${field}-wrong"`), field);
    }
    const pop3 = await (await post(`${url}/advanced`, { state, ...advanced({ imapPort: '995' }) })).text();
    assert.match(pop3, /id="imapPort-wrong">\s*<p><strong>POP3 is not supported/);
    assert.equal(dialogs.orders.length, before);
  });

  it('is a link of one 15 minutes for two browsers that use it at once, and no more tries', async () => {
    const { url, link } = await dialogs.link();
    dialogs.willAnswer(() => refused('auth.invalid_credentials'));
    const state = stateIn(await (await get(url)).text());
    const both = Array.from({ length: 22 }, (_, at) =>
      post(`${url}/address`, { state, email: `both${at}@example.dk` }),
    );
    const statuses = (await Promise.all(both)).map(({ status }) => status).sort();
    assert.deepEqual(statuses, [...Array<number>(20).fill(303), 429, 429]);
    const [row] = await dialogs.http.db.execute(
      sql`select (expires_at - used_at)::text as lasts from setup_links where id = ${link.id}`,
    );
    assert.equal(row!.lasts, '00:15:00');
  });

  it('is tried only so often, and so is one address over many links', async () => {
    const email = 'often@example.dk';
    dialogs.willAnswer(() => refused('auth.invalid_credentials'));
    const statuses: number[] = [];
    for (let number = 0; number < 12; number++) {
      const { url } = await dialogs.link();
      statuses.push((await typeAddress(url, email)).status);
    }
    assert.deepEqual(statuses, [...Array<number>(10).fill(303), 429, 429]);

    const { url } = await dialogs.link();
    const state = stateIn(await (await get(url)).text());
    const own: number[] = [];
    for (let number = 0; number < 22; number++) {
      own.push((await post(`${url}/address`, { state, email: `kim${number}@example.dk` })).status);
    }
    assert.deepEqual(own, [...Array<number>(20).fill(303), 429, 429]);
  });

  it('answers what is no link and no form of it, and breaks at none of them', async () => {
    const { url, token } = await dialogs.link();
    const { address } = dialogs.http;
    for (const path of ['%00', '..%2f..', '%ff', 'x'.repeat(8_000), '%0d%0aset-cookie:%20a=b']) {
      const answer = await get(`${address}/setup/${path}`, { 'accept-language': 'constructor, <script>;q=1e999, sv' });
      assert.deepEqual([answer.status, answer.headers.get('content-language')], [404, 'sv'], path.slice(0, 20));
    }
    for (const ref of ['%00', 'a.b', 'a.b.c', 'x'.repeat(3_000)]) {
      for (const page of ['order', 'removed']) {
        const answer = await get(`${url}/${page}/${ref}`);
        assert.deepEqual([answer.status, answer.headers.get('location')], [303, `/setup/${token}`], ref.slice(0, 20));
      }
    }
    const state = stateIn(await (await get(url)).text());
    for (const type of ['application/json', 'text/plain', 'multipart/form-data; boundary=x']) {
      const body = String(new URLSearchParams({ state, email: 'kim@example.dk' }));
      const answer = await fetch(`${url}/address`, { method: 'POST', body, headers: { 'content-type': type } });
      assert.equal(answer.status, 403, type);
    }
    const large = await post(`${url}/address`, { state, email: 'k'.repeat(40_000) });
    assert.equal(large.status, 400);
    assert.deepEqual(
      dialogs.http.logs.filter(({ level }) => Number(level) >= 50),
      [],
    );
  });

  it('is not in the log, and a host name that is none is answered and not followed', async () => {
    const { url, token } = await dialogs.link();
    await get(url);
    await typeAddress(url, 'kim@example.dk');
    assert.ok(!JSON.stringify(dialogs.http.logs).includes(token));
    const { port } = new URL(url);
    const status = await new Promise((resolve, reject) => {
      const asked = request(
        { port, host: '127.0.0.1', path: `/setup/${token}`, headers: { host: 'evil.example' } },
        (answer) => {
          let page = '';
          answer.on('data', (chunk) => (page += chunk));
          answer.on('end', () => resolve([answer.statusCode, page.includes('evil.example')]));
        },
      );
      asked.on('error', reject).end();
    });
    assert.deepEqual(status, [200, false]);
  });

  /** Ask until an outcome is there. */
  async function settled(url: string): Promise<string> {
    for (let look = 0; look < 100; look++) {
      const { done } = (await (await get(`${url}?as=json`)).json()) as { done: boolean };
      if (done) return (await get(url)).text();
    }
    throw new Error('the attempt did not end');
  }
});

/** Wait until a job has come to its end, whatever that is. */
async function ended(queue: Queue, jobId: string) {
  while (!['completed', 'failed'].includes(await queue.getJobState(jobId))) await delay(20);
}

const refused = (reason: string, response = '') => ({
  outcome: 'refused' as const,
  reason,
  permanent: true,
  protocol: 'imap' as const,
  response,
  userAction: { code: 'enter-password', title: 'Not accepted', text: 'Check it.' },
});

const advanced = (other: Record<string, string> = {}) => ({
  email: 'kim@example.dk',
  imapHost: 'imap.example.dk',
  imapPort: '',
  imapSsl: 'on',
  imapUser: 'kim@example.dk',
  imapPassword: 'secret',
  smtpHost: 'smtp.example.dk',
  smtpPort: '',
  smtpSsl: 'on',
  smtpUser: 'kim@example.dk',
  smtpPassword: 'secret',
  ...other,
});
