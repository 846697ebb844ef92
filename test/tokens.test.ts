import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { sql } from 'drizzle-orm';
import { openTokens } from '../src/db/token-store.ts';
import { type Scope, scopes } from '../src/db/tokens.ts';
import type { OpenApiDocument } from '../src/http/openapi.ts';
import { startHttp, type TestHttp } from './support/http.ts';
import { freshName } from './support/servers.ts';

let http: TestHttp;
before(async () => {
  http = await startHttp({ workers: true });
});
after(() => http.stop());

type Token = { token: string; tokenId: string; scopes: Scope[]; hint: string; lastUsedAt: string | null };

/** Ask with a token, with JSON. */
async function ask(token: string, method: string, path: string, body?: unknown) {
  const answer = await fetch(new URL(path, http.address), {
    method,
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  // biome-ignore lint/suspicious/noExplicitAny: tests look at single fields
  return { status: answer.status, body: (text === '' ? null : JSON.parse(text)) as any, text };
}

const issue = async (tenantId: string, wanted: object = {}, token = http.adminToken) =>
  ask(token, 'POST', '/v1/tokens', { tenantId, scopes, ...wanted });
const tokenFor = async (tenantId: string, ...only: Scope[]) =>
  (await issue(tenantId, { scopes: only.length > 0 ? only : scopes })).body as Token;

describe("a tenant's token", () => {
  it('is shown once, and kept as a digest only', async () => {
    const tenantId = freshName('acme');
    const { status, body } = await issue(tenantId, { name: 'CRM', scopes: ['send', 'accounts', 'send'] });
    assert.equal(status, 201);
    assert.match(body.token, /^pbt_[A-Za-z0-9_-]{43}$/);
    assert.deepEqual([body.name, body.scopes, body.expiresAt], ['CRM', ['accounts', 'send'], null]);
    assert.ok(body.token.startsWith(body.hint) && body.hint.length < 10);
    const list = await ask(http.adminToken, 'GET', `/v1/tokens?tenantId=${tenantId}`);
    assert.deepEqual(
      list.body.tokens.map(({ tokenId }: Token) => tokenId),
      [body.tokenId],
    );
    const rows = await http.db.execute(sql`select t::text as row from tokens as t`);
    const secret = body.token.slice(body.hint.length);
    assert.ok(!list.text.includes(secret) && !JSON.stringify(rows).includes(secret));
    assert.ok(!JSON.stringify(http.logs).includes(secret));
  });

  it('opens what is of its tenant and in its scopes', async () => {
    const tenantId = freshName('acme');
    const { token } = await tokenFor(tenantId, 'accounts', 'events');
    assert.equal((await ask(token, 'GET', `/v1/accounts?tenantId=${tenantId}`)).status, 200);
    assert.equal((await ask(token, 'GET', `/v1/events?tenantId=${tenantId}`)).status, 200);
    const paused = await ask(token, 'POST', `/v1/accounts/${tenantId}/1/pause`);
    assert.deepEqual([paused.status, paused.body.reason], [200, 'account.not_found']);
    const sends = await ask(token, 'GET', `/v1/accounts/${tenantId}/1/sends`);
    assert.deepEqual([sends.status, sends.body.detail], [403, 'the token lacks the scope send']);
  });

  it('opens nothing after its time, or once it is taken back', async () => {
    const tenantId = freshName('acme');
    const path = `/v1/accounts?tenantId=${tenantId}`;
    const soon = new Date(Date.now() + 60_000).toISOString();
    const ending = (await issue(tenantId, { expiresAt: soon })).body as Token;
    assert.equal((await ask(ending.token, 'GET', path)).status, 200);
    await http.db.execute(sql`update tokens set expires_at = now() where id = ${ending.tokenId}`);
    assert.equal(await openTokens(http.db).look(ending.token), null);

    const taken = await tokenFor(tenantId);
    assert.equal((await ask(taken.token, 'GET', path)).status, 200);
    assert.equal((await ask(http.adminToken, 'DELETE', `/v1/tokens/${taken.tokenId}`)).status, 204);
    assert.equal((await ask(taken.token, 'GET', path)).status, 401);
    assert.equal((await ask(http.adminToken, 'DELETE', `/v1/tokens/${taken.tokenId}`)).status, 404);
    assert.equal((await issue(tenantId, { expiresAt: '2020-01-01T00:00:00Z' })).status, 400);
  });

  it('is known to have been used, coarsely', async () => {
    const tenantId = freshName('acme');
    const { token, lastUsedAt } = await tokenFor(tenantId, 'ops');
    assert.equal(lastUsedAt, null);
    await ask(token, 'GET', '/v1/tokens');
    const seen = (await ask(token, 'GET', '/v1/tokens')).body.tokens[0].lastUsedAt;
    assert.ok(Math.abs(Date.parse(seen) - Date.now()) < 60_000, seen);
  });

  it('ends the event stream that it opened, once it is taken back', { timeout: 30_000 }, async () => {
    const tenantId = freshName('acme');
    const { token, tokenId } = await tokenFor(tenantId, 'events');
    const stream = await fetch(new URL(`/v1/events?tenantId=${tenantId}`, http.address), {
      headers: { authorization: `Bearer ${token}`, accept: 'text/event-stream' },
    });
    assert.equal(stream.status, 200);
    await ask(http.adminToken, 'DELETE', `/v1/tokens/${tokenId}`);
    for await (const chunk of stream.body!) assert.ok(chunk);
  });
});

describe("a tenant's own tokens", () => {
  it('are issued with the scope ops, and never can more or last longer than the one in hand', async () => {
    const tenantId = freshName('acme');
    const expiresAt = new Date(Date.now() + 3_600_000).toISOString();
    const own = (await issue(tenantId, { scopes: ['ops', 'events'], expiresAt })).body as Token;
    const give = (wanted: object) => issue(tenantId, wanted, own.token);
    assert.equal((await give({ scopes: ['events'], expiresAt })).status, 201);
    assert.equal((await give({ scopes: ['events', 'send'], expiresAt })).status, 403);
    assert.equal((await give({ scopes: ['events'] })).status, 403);
    assert.equal((await issue('other', { scopes: ['events'], expiresAt }, own.token)).status, 403);
    const without = await tokenFor(tenantId, 'accounts', 'messages', 'send', 'events');
    assert.equal((await issue(tenantId, { scopes: ['events'] }, without.token)).status, 403);
  });

  it('are listed and taken back by it; those of others are not there', async () => {
    const [tenantId, other] = [freshName('acme'), freshName('other')];
    const own = await tokenFor(tenantId);
    const foreign = await tokenFor(other);
    const { body } = await ask(own.token, 'GET', '/v1/tokens?limit=500');
    assert.deepEqual(
      body.tokens.map(({ tokenId }: Token) => tokenId),
      [own.tokenId],
    );
    assert.equal((await ask(own.token, 'GET', `/v1/tokens?tenantId=${other}`)).status, 403);
    const [there, not] = await Promise.all([
      ask(own.token, 'DELETE', `/v1/tokens/${foreign.tokenId}`),
      ask(own.token, 'DELETE', '/v1/tokens/0193a1b2-0000-7000-8000-000000000000'),
    ]);
    assert.deepEqual([there.status, there.text], [404, not.text]);
    assert.equal((await ask(foreign.token, 'GET', '/v1/tokens')).status, 200);
    assert.equal((await ask(own.token, 'DELETE', `/v1/tokens/${own.tokenId}`)).status, 204);
  });
});

describe('an order of another tenant', () => {
  it('is not there, even under the id of an own one', async () => {
    const [tenantId, other] = [freshName('acme'), freshName('other')];
    const [own, foreign] = [await tokenFor(tenantId), await tokenFor(other)];
    await http.queues.add('pause-account', { tenantId, userId: '1' }, { jobId: 'shared' });
    const path = '/v1/orders/pause-account/shared';
    assert.equal((await ask(own.token, 'GET', path)).status, 200);
    const theirs = await ask(foreign.token, 'GET', path);
    assert.equal(theirs.status, 404);
    assert.equal(theirs.text, (await ask(foreign.token, 'GET', '/v1/orders/pause-account/none')).text);
    const sender = await tokenFor(tenantId, 'send');
    assert.equal((await ask(sender.token, 'GET', path)).status, 403);
    assert.equal((await ask(sender.token, 'GET', '/v1/orders/send-message/none')).status, 404);
  });

  it('is not the order of the same Idempotency-Key', async () => {
    const [one, two] = [freshName('one'), freshName('two')];
    const pause = async (tenantId: string) => {
      const { token } = await tokenFor(tenantId, 'accounts');
      const answer = await fetch(new URL(`/v1/accounts/${tenantId}/1/pause`, http.address), {
        method: 'POST',
        headers: { authorization: `Bearer ${token}`, 'idempotency-key': 'once' },
      });
      assert.equal(answer.status, 200);
    };
    await pause(one);
    await pause(two);
    const jobs = await http.queues.get('pause-account').getJobs(['completed']);
    const keyed = jobs.filter(({ id, data }) => id?.startsWith('key-') && [one, two].includes(data.tenantId));
    assert.equal(keyed.length, 2);
  });
});

describe('every route of the API', async () => {
  const document = (await (await import('../scripts/docs-openapi.ts')).openApi()) as OpenApiDocument;
  const routes = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method: method.toUpperCase(), operation })),
  );
  const ofApi = routes.filter(({ path }) => path.startsWith('/v1/'));
  const email = 'kim@example.dk';
  /** Bodies that name their tenant. One that is missing here is refused for its form, and opens nothing either. */
  const bodies: Record<string, (tenantId: string) => object> = {
    changeSend: () => ({ subject: 'x' }),
    changeMessages: () => ({ messageIds: ['01890000-0000-7000-8000-000000000000'], addFlags: ['\\Seen'] }),
    connectAccount: (tenantId) => ({ tenantId, userId: '1', email }),
    validateCredentials: () => ({ email }),
    sendMessage: () => ({ idempotencyKey: '1', to: [{ address: email }] }),
    createSetupLink: (tenantId) => ({ tenantId, userId: '1' }),
    issueToken: (tenantId) => ({ tenantId, scopes: ['events'] }),
    replaceTenant: () => ({}),
  };
  const filled = (path: string, tenantId: string) =>
    `${path
      .replace('{tenantId}', tenantId)
      .replace('{userId}', '1')
      .replace('{queue}', 'pause-account')
      .replace('{n}', '1')
      .replace(/\{\w+\}/g, '0193a1b2-0000-7000-8000-000000000000')}?tenantId=${tenantId}`;
  const neededBy = ({ operation }: (typeof routes)[number]) =>
    ((operation.security ?? []) as { token?: Scope[] }[]).flatMap(({ token = [] }) => token);

  it('wants a token, or says that it needs none', async () => {
    for (const { path, method, operation } of ofApi) {
      const answer = await fetch(new URL(filled(path, 'acme'), http.address), { method });
      assert.equal(answer.status, 401, operation.operationId);
    }
  });

  it('is closed to a token that has every scope but the one it needs', async () => {
    const tenantId = freshName('acme');
    for (const route of ofApi) {
      const needed = neededBy(route);
      const others = scopes.filter((scope) => !needed.includes(scope));
      const { token } = await tokenFor(tenantId, ...others);
      const body = bodies[route.operation.operationId]?.(tenantId);
      const { status } = await ask(token, route.method, filled(route.path, tenantId), body);
      assert.equal(status, 403, route.operation.operationId);
    }
  });

  it("is closed to a tenant that asks for another's", async () => {
    const other = freshName('other');
    const { token } = await tokenFor(freshName('acme'));
    for (const { path, method, operation } of ofApi) {
      const body = bodies[operation.operationId]?.(other);
      const { status, text } = await ask(token, method, filled(path, other), body);
      const names =
        path.includes('{tenantId}') || body !== undefined || /listAcc|readEv|listTok/.test(operation.operationId);
      const closed = names && (body !== undefined || method !== 'POST') ? [403] : [400, 403, 404];
      assert.ok(closed.includes(status), `${operation.operationId}: ${status} ${text}`);
    }
  });

  it('of the whole installation is closed to every tenant', async () => {
    const { token } = await tokenFor(freshName('acme'));
    for (const path of ['/metrics', '/queues', '/queues/api/queues']) {
      assert.equal((await ask(token, 'GET', path)).status, 403, path);
    }
  });
});
