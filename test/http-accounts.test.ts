import assert from 'node:assert/strict';
import { randomUUIDv7 } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { takeSecrets } from '../src/accounts/secrets.ts';
import { openDatabase } from '../src/db/database.ts';
import { accounts, sends } from '../src/db/tables.ts';
import { refusalOf } from '../src/mail/errors.ts';
import { connectPayload } from '../src/queues/orders.ts';
import { startWorker } from '../src/queues/runner.ts';
import { seal } from '../src/secrets/seal.ts';
import { startHttp, type TestHttp } from './support/http.ts';
import { quietLog } from './support/quiet-log.ts';
import { freshName, useServers } from './support/servers.ts';

let http: TestHttp;
before(async () => {
  http = await startHttp({ workers: true });
});
after(() => http.stop());

// biome-ignore lint/suspicious/noExplicitAny: tests look at single fields of what came
type Json = any;

async function ask(path: string, init: { method?: string; body?: object; headers?: Record<string, string> } = {}) {
  const { body, ...rest } = init;
  const answer = await http.ask(path, {
    ...rest,
    headers: { ...(body ? { 'content-type': 'application/json' } : {}), ...init.headers },
    ...(body ? { body: JSON.stringify(body) } : {}),
  });
  return { status: answer.status, headers: answer.headers, json: (await answer.json()) as Json };
}

async function makeAccount(tenantId: string, userId: string, values: Partial<typeof accounts.$inferInsert> = {}) {
  const server = { host: 'mail.example.dk', port: 993, security: 'tls', username: 'kim' } as const;
  const row = {
    id: randomUUIDv7(),
    tenantId,
    userId,
    email: `${userId}@example.dk`,
    state: 'connected' as const,
    imap: server,
    smtp: { ...server, port: 465 },
    imapSecret: 'canary-ciphertext',
    smtpSecret: 'canary-ciphertext',
    ...values,
  };
  await http.db.insert(accounts).values(row);
  return row;
}

describe('a read replica', () => {
  it('answers lists, as far as it has come, and nothing else', async () => {
    const { url: readUrl } = await (await useServers()).freshDatabase();
    const replica = openDatabase({ url: readUrl, log: quietLog().log });
    const here = await startHttp({ readUrl });
    try {
      const tenantId = freshName('acme');
      const row = { id: randomUUIDv7(), tenantId, userId: '42', email: 'kim@example.dk', state: 'paused' } as const;
      const list = async () => (await (await here.ask(`/v1/accounts?tenantId=${tenantId}`)).json()) as Json;
      await here.db.insert(accounts).values(row);
      assert.deepEqual((await list()).accounts, [], 'it has not come that far');
      assert.equal((await here.ask(`/v1/accounts/${tenantId}/42`)).status, 200);
      await replica.db.insert(accounts).values(row);
      assert.deepEqual((await list()).accounts.length, 1);
      const sent = await here.ask(`/v1/accounts/${tenantId}/42/sends`);
      assert.deepEqual([sent.status, await sent.json()], [200, { sends: [], next: null }]);
      await replica.sql`alter table sends rename to away`;
      assert.equal((await here.ask(`/v1/accounts/${tenantId}/42/sends`)).status, 503);
    } finally {
      await here.stop();
      await replica.close();
    }
  });
});

describe("a tenant's accounts", () => {
  it('are listed by user, page after page, without those that are gone and those of others', async () => {
    const tenantId = freshName('acme');
    for (const userId of ['b', 'a', 'D', 'c@d+e']) await makeAccount(tenantId, userId);
    await makeAccount(tenantId, 'gone', { state: 'disconnected' });
    await makeAccount(freshName('other'), 'a');
    const seen: string[] = [];
    for (let next = '', pages = 0; pages < 5; pages += 1) {
      const { json } = await ask(`/v1/accounts?tenantId=${tenantId}&limit=2${next && `&after=${next}`}`);
      seen.push(...json.accounts.map(({ userId }: { userId: string }) => userId));
      if (json.next === null) break;
      next = encodeURIComponent(json.next);
    }
    assert.deepEqual(seen.toSorted(), ['D', 'a', 'b', 'c@d+e']);
    const { json } = await ask(`/v1/accounts?tenantId=${tenantId}&state=paused`);
    assert.deepEqual(json, { accounts: [], next: null });
  });

  it('tell state, since when, why, and what the server said; never a secret', async () => {
    const tenantId = freshName('acme');
    const refusal = refusalOf(
      { reason: 'auth.invalid_credentials', permanent: true, response: '535 5.7.8 no' },
      { locale: 'da' },
    );
    const sending = { ok: true, since: new Date().toISOString(), reason: null, tries: 3 };
    const row = await makeAccount(tenantId, 'kim+sales@acme', {
      state: 'auth-failed',
      refusal,
      sending,
      lastDelayMs: 512,
      answeredAt: new Date('2026-11-22T10:00:00Z'),
    });
    const { status, json } = await ask(`/v1/accounts/${tenantId}/kim+sales@acme`);
    assert.equal(status, 200);
    assert.deepEqual(
      [json.accountId, json.state, json.reason, json.refusal.response, json.lastDelayMs, json.answeredAt],
      [row.id, 'auth-failed', 'auth.invalid_credentials', '535 5.7.8 no', 512, '2026-11-22T10:00:00.000Z'],
    );
    assert.deepEqual(Object.keys(json.sending), ['ok', 'since', 'reason']);
    assert.deepEqual(json.imap, { host: 'mail.example.dk', port: 993, security: 'tls', username: 'kim' });
    assert.ok(!JSON.stringify(json).includes('canary'));
  });
});

describe('an order over HTTP', () => {
  it('is the same job as on the queue, and its result comes back at once', async () => {
    const tenantId = freshName('acme');
    const { status, json } = await ask(`/v1/accounts/${tenantId}/42`, { method: 'DELETE' });
    assert.deepEqual([status, json], [200, { outcome: 'disconnected' }]);
    const [job] = await http.queues.get('disconnect-account').getJobs(['completed'], 0, 0);
    assert.equal(job?.data.tenantId, tenantId);
    assert.match(job!.id!, /^http-/);
    const known = await ask(`/v1/orders/disconnect-account/${job!.id}`);
    assert.deepEqual(known.json, {
      queue: 'disconnect-account',
      id: job!.id,
      state: 'ended',
      result: { outcome: 'disconnected' },
    });
    await job!.remove();
    assert.deepEqual((await ask(`/v1/orders/disconnect-account/${job!.id}`)).json, known.json, 'Postgres remembers');
  });

  it('that takes longer than ten seconds is answered with where to ask', { timeout: 30_000 }, async () => {
    const began = performance.now();
    const { status, headers, json } = await ask(`/v1/accounts/${freshName('acme')}/42/resume`, { method: 'POST' });
    assert.ok(performance.now() - began > 9_500);
    assert.equal(status, 202);
    assert.equal(headers.get('location'), `/v1/orders/resume-account/${json.id}`);
    const { json: order } = await ask(headers.get('location')!);
    assert.deepEqual(order, { queue: 'resume-account', id: json.id, state: 'waiting' });
  });

  it('that failed says what was wrong with it, and nothing about our insides', async () => {
    const job = await http.queues.add('pause-account', { tenantId: 'acme' }, { jobId: freshName('bad') });
    let state = '';
    for (const end = Date.now() + 5_000; state !== 'failed' && Date.now() < end; ) state = await job.getState();
    const { json } = await ask(`/v1/orders/pause-account/${job.id}`);
    assert.equal(json.state, 'failed');
    assert.match(json.error, /^The payload is not valid\. userId: /);

    const broken = startWorker<'validate-credentials'>(
      {
        name: 'validate-credentials',
        concurrency: 1,
        timeLimitMs: 1_000,
        process: () => Promise.reject(new Error('canary-insides')),
      },
      { redisUrl: http.redisUrl, prefix: http.prefix, log: quietLog().log, ended: () => {} },
    );
    const body = { email: 'kim@example.dk' };
    const failed = await ask(`/v1/accounts/${freshName('acme')}/1/validate`, { method: 'POST', body });
    await broken.stop(0);
    assert.deepEqual([failed.status, failed.json.type], [500, '/docs#order-failed']);
    assert.ok(!JSON.stringify(failed.json).includes('canary'));
  });

  it('with the same Idempotency-Key is one order; with another content it is refused', async () => {
    const tenantId = freshName('acme');
    const headers = { 'idempotency-key': 'key: 1' };
    const pause = (userId: string) => ask(`/v1/accounts/${tenantId}/${userId}/pause`, { method: 'POST', headers });
    const [first, second] = await Promise.all([pause('1'), pause('1')]);
    assert.deepEqual(first.json, { status: 'disconnected', reason: 'account.not_found' });
    assert.deepEqual(second.json, first.json);
    const jobs = await http.queues.get('pause-account').getJobs(['completed'], 0, 99);
    assert.equal(jobs.filter(({ data }) => data.tenantId === tenantId).length, 1);
    const other = await pause('2');
    assert.deepEqual([other.status, other.json.type], [422, '/docs#key-reused']);
    const elsewhere = await ask(`/v1/accounts/${freshName('acme')}/2/pause`, { method: 'POST', headers });
    assert.equal(elsewhere.status, 200, 'a key counts within its tenant');
  });

  it('with a seal of its own at each retry is still the same order', async () => {
    const who = { tenantId: freshName('acme'), userId: '1', email: 'kim@example.dk' };
    const jwks = (await ask('/.well-known/jwks.json')).json;
    for (let n = 0; n < 2; n += 1) {
      const sealed = await seal({ ...who, password: 'canary' }, jwks);
      const body = { ...who, credentials: { kind: 'password', sealed } };
      void ask('/v1/accounts', { method: 'POST', body, headers: { 'idempotency-key': 'k' } }).catch(() => {});
    }
    const job = await waitingJob('connect-account', who.tenantId);
    const jobs = await http.queues.get('connect-account').getJobs(['waiting'], 0, 99);
    assert.equal(jobs.filter(({ data }) => data.tenantId === who.tenantId).length, 1);
    await job.updateData({ tenantId: who.tenantId }); // as when the order goes on
    const body = { ...who, email: 'bo@example.dk' };
    const other = await ask('/v1/accounts', { method: 'POST', body, headers: { 'idempotency-key': 'k' } });
    assert.equal(other.status, 422);
    await job.remove();
  });
});

/** No worker takes these orders here: what lies in the queue can be looked at. */
async function waitingJob(queue: 'connect-account' | 'validate-credentials' | 'send-message', tenantId: string) {
  for (const end = Date.now() + 5_000; Date.now() < end; ) {
    const jobs = await http.queues.get(queue).getJobs(['waiting'], 0, 99);
    const found = jobs.find(({ data }) => data.tenantId === tenantId);
    if (found) return found;
  }
  throw new Error(`no job of ${tenantId} in ${queue}`);
}

describe('a password in clear', () => {
  const imap = { host: 'imap.example.dk', port: 993, security: 'tls' };
  const smtp = { host: 'smtp.example.dk', port: 465, security: 'tls' };
  const bodyFor = (tenantId: string) => ({
    tenantId,
    userId: '1',
    email: 'kim@example.dk',
    credentials: { kind: 'password', password: 'canary-password' },
    imap,
    smtp,
  });
  const post = (body: object, headers = {}) =>
    void ask('/v1/accounts', { method: 'POST', body, headers }).catch(() => {});

  it('is sealed before the job is added, for this order and these servers only', async () => {
    const body = bodyFor(freshName('acme'));
    post(body);
    const { data } = await waitingJob('connect-account', body.tenantId);
    assert.ok(!JSON.stringify(data).includes('canary'));
    assert.deepEqual(Object.keys(data.credentials), ['kind', 'sealed']);
    const taken = await takeSecrets(connectPayload.parse(data), randomUUIDv7(), http.sealing);
    assert.equal(taken.uses.length, 1);
    assert.ok(taken.imapSecret && taken.smtpSecret);
    const moved = connectPayload.parse({ ...data, imap: { ...imap, host: 'evil.example' } });
    await assert.rejects(takeSecrets(moved, randomUUIDv7(), http.sealing), /evil\.example is not in hosts/);
  });

  it('is sealed apart from that of SMTP where there are two, also when it is only tried', async () => {
    const { tenantId, ...body } = bodyFor(freshName('acme'));
    const withTwo = { ...body, userId: undefined, smtp: { ...smtp, password: 'canary-smtp' } };
    void ask(`/v1/accounts/${tenantId}/1/validate`, { method: 'POST', body: withTwo }).catch(() => {});
    const { data } = await waitingJob('validate-credentials', tenantId);
    assert.ok(!JSON.stringify(data).includes('canary'));
    const taken = await takeSecrets(connectPayload.parse(data), randomUUIDv7(), http.sealing);
    assert.equal(taken.uses.length, 2);
  });

  it('is taken over HTTPS only, as the proxy says, or from this machine', async () => {
    const body = bodyFor(freshName('acme'));
    for (const headers of [{ 'x-forwarded-proto': 'http' }, { forwarded: 'for=1.2.3.4;proto=http' }]) {
      const refused = await ask('/v1/accounts', { method: 'POST', body, headers });
      assert.deepEqual(
        [refused.status, refused.json.type, refused.json.reason],
        [400, '/docs#secret-in-clear', 'credentials.not_sealed'],
      );
    }
    post(body, { 'x-forwarded-proto': 'https' });
    await waitingJob('connect-account', body.tenantId);
  });

  it('that is too long to seal is named, and not repeated', async () => {
    const body = { ...bodyFor('acme'), credentials: { kind: 'password', password: '€'.repeat(4_000) } };
    const { status, json } = await ask('/v1/accounts', { method: 'POST', body });
    assert.equal(status, 400);
    assert.deepEqual(json.errors, [{ in: 'body', field: 'credentials', message: 'the secret is too long' }]);
  });

  it('is nowhere in the log', () => {
    assert.ok(http.logs.length > 0 && !JSON.stringify(http.logs).includes('canary'));
  });
});

describe("a user's mails", () => {
  it('are given by POST, and listed newest first with the public word for where they are', async () => {
    const tenantId = freshName('acme');
    const account = await makeAccount(tenantId, '1');
    const later = new Date(Date.now() + 3_600_000);
    const refusal = refusalOf({ reason: 'send.greylisted', permanent: false }, { locale: 'en' });
    const states = [
      { state: 'accepted' as const, response: '250 ok' },
      { state: 'data-sent' as const },
      { state: 'queued' as const, sendAt: later, nextTryAt: later },
      { state: 'queued' as const, refusal, nextTryAt: later },
      { state: 'queued' as const },
      { state: 'in-doubt' as const },
    ];
    for (const [n, values] of states.entries()) {
      await http.db.insert(sends).values({
        id: randomUUIDv7(),
        tenantId,
        userId: '1',
        accountId: account.id,
        idempotencyKey: `key-${n}`,
        contentHash: 'x',
        messageIdHeader: `<${n}@example.dk>`,
        content: { text: 'canary-text' },
        giveUpAt: later,
        ...values,
      });
    }
    const first = await ask(`/v1/accounts/${tenantId}/1/sends?limit=4`);
    const rest = await ask(`/v1/accounts/${tenantId}/1/sends?limit=4&after=${first.json.next}`);
    const all = [...first.json.sends, ...rest.json.sends];
    assert.deepEqual(
      all.map(({ status }) => status),
      ['in-doubt', 'queued', 'deferred', 'scheduled', 'sending', 'sent'],
    );
    assert.equal(rest.json.next, null);
    assert.ok(!JSON.stringify(all).includes('canary'));
    const one = await ask(`/v1/accounts/${tenantId}/1/sends/${all[0].sendId}`);
    assert.deepEqual(one.json, { ...all[0], timeline: [{ type: 'queued', time: all[0].createdAt, data: {} }] });
    assert.equal((await ask(`/v1/accounts/${tenantId}/2/sends/${all[0].sendId}`)).status, 404);
    assert.equal((await ask(`/v1/accounts/${tenantId}/1/sends?after=x`)).status, 400);
  });

  it('become a job with everything that the body says', async () => {
    const tenantId = freshName('acme');
    const body = { idempotencyKey: 'crm-1', to: [{ address: 'bo@example.com' }], subject: 'Tilbud', text: 'Hej' };
    void ask(`/v1/accounts/${tenantId}/1/sends`, { method: 'POST', body }).catch(() => {});
    const { data } = await waitingJob('send-message', tenantId);
    assert.deepEqual(
      [data.userId, data.idempotencyKey, data.subject, data.to],
      ['1', 'crm-1', 'Tilbud', [{ name: '', address: 'bo@example.com' }]],
    );
  });
});
