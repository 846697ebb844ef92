import assert from 'node:assert/strict';
import { request } from 'node:http';
import { after, before, describe, it } from 'node:test';
import { startHttp, type TestHttp } from './support/http.ts';

let http: TestHttp;
before(async () => {
  http = await startHttp();
});
after(() => http.stop());

const open = (path: string, init?: RequestInit) => fetch(new URL(path, http.address), init);
const basic = (password: string) => `Basic ${Buffer.from(`ops:${password}`).toString('base64')}`;

describe('who starts and stops processes', () => {
  it('learns without a token that the process lives, and what it can reach', async () => {
    const alive = await open('/healthz');
    assert.deepEqual([alive.status, await alive.json()], [200, { ok: true }]);
    const ready = await open('/readyz');
    const { checks } = (await ready.json()) as { checks: { name: string; ok: boolean }[] };
    assert.equal(ready.status, 200);
    assert.deepEqual(
      checks.map(({ name, ok }) => [name, ok]),
      ['postgres', 'redis', 'migrations', 'heartbeat'].map((name) => [name, true]),
    );
  });
});

describe('the door', () => {
  it('is shut without a token, with a wrong one, and with another scheme', async () => {
    for (const authorization of [undefined, 'Bearer nonsense', 'Bearer', basic(http.adminToken), 'Digest x']) {
      const answer = await open('/v1/accounts?tenantId=acme', authorization ? { headers: { authorization } } : {});
      assert.equal(answer.status, 401, authorization);
      assert.equal(answer.headers.get('www-authenticate'), 'Bearer realm="Postbud"');
      assert.equal(((await answer.json()) as { type: string }).type, '/docs#unauthorized');
    }
    assert.equal((await http.ask('/v1/accounts?tenantId=acme')).status, 200);
  });

  it('takes the token as a password from browsers, on the pages of the installation', async () => {
    for (const path of ['/metrics', '/queues', '/queues/api/queues']) {
      const shut = await open(path);
      assert.equal(shut.status, 401, path);
      assert.match(shut.headers.get('www-authenticate') ?? '', /^Basic /);
      assert.equal((await open(path, { headers: { authorization: basic('wrong') } })).status, 401, path);
      assert.equal((await open(path, { headers: { authorization: basic(http.adminToken) } })).status, 200, path);
      assert.equal((await http.ask(path)).status, 200, path);
    }
  });

  it('tires of wrong tokens, and still knows the right one', async () => {
    const guess = () => open('/v1/events?tenantId=acme', { headers: { authorization: `Bearer ${Math.random()}` } });
    const answers = await Promise.all(Array.from({ length: 40 }, guess));
    const tired = answers.find(({ status }) => status === 429);
    assert.ok(Number(tired?.headers.get('retry-after')) > 0);
    assert.equal((await http.ask('/v1/events?tenantId=acme')).status, 200);
  });
});

describe('a request that is not right', () => {
  it('is answered with a problem document that names every bad field', async () => {
    const answer = await http.ask('/v1/accounts', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        tenantId: '-acme',
        userId: '42',
        email: 'nobody',
        imap: { host: 'h', port: 0, security: 'ssl' },
      }),
    });
    assert.equal(answer.status, 400);
    assert.equal(answer.headers.get('content-type'), 'application/problem+json');
    const problem = (await answer.json()) as { type: string; status: number; errors: { in: string; field: string }[] };
    assert.deepEqual([problem.type, problem.status], ['/docs#invalid-request', 400]);
    assert.deepEqual(problem.errors.map((error) => `${error.in}:${error.field}`).sort(), [
      'body:email',
      'body:imap.port',
      'body:imap.security',
      'body:tenantId',
    ]);
  });

  const cases: [string, string, RequestInit, number, string][] = [
    ['JSON that is none', '/v1/accounts', { method: 'POST', body: '{"a":' }, 400, 'invalid-request'],
    ['a body that is an array', '/v1/accounts', { method: 'POST', body: '[]' }, 400, 'invalid-request'],
    ['no body', '/v1/accounts', { method: 'POST' }, 400, 'invalid-request'],
    [
      'another content type',
      '/v1/accounts',
      { method: 'POST', body: 'a=b', headers: { 'content-type': 'application/x-www-form-urlencoded' } },
      415,
      'unsupported-media-type',
    ],
    [
      'a body over the limit',
      '/v1/accounts',
      { method: 'POST', body: JSON.stringify({ email: 'x'.repeat(1_600_000) }) },
      413,
      'body-too-large',
    ],
    ['a path that is none', '/v1/nothing', {}, 404, 'not-found'],
    ['a page that is none', '/nothing', {}, 404, 'not-found'],
    ['a wrong method', '/v1/accounts', { method: 'PUT' }, 405, 'method-not-allowed'],
    ['a user without a mailbox', '/v1/accounts/acme/42', {}, 404, 'account-not-found'],
    ['a bad id in the path', '/v1/accounts/acme/%2F..', {}, 400, 'invalid-request'],
    ['a missing tenant', '/v1/events', {}, 400, 'invalid-request'],
    ['an order that is none', '/v1/orders/connect-account/nothing', {}, 404, 'not-found'],
    ['a name that the queue keeps for itself', '/v1/orders/connect-account/meta', {}, 404, 'not-found'],
    ['another one, of another kind', '/v1/orders/connect-account/id', {}, 404, 'not-found'],
    ['a queue that is none', '/v1/orders/__proto__/1', {}, 400, 'invalid-request'],
  ];
  for (const [what, path, init, status, kind] of cases) {
    it(`says what is wrong: ${what}`, async () => {
      const answer = await http.ask(path, {
        ...init,
        headers: { 'content-type': 'application/json', ...init.headers },
      });
      const text = await answer.text();
      assert.equal(answer.status, status, text);
      const problem = JSON.parse(text) as { type: string; status: number; title: string };
      assert.deepEqual([problem.type, problem.status], [`/docs#${kind}`, status]);
      assert.ok(!/\bat \/|node_modules|\.ts:/.test(text), text);
      if (status === 405) assert.equal(answer.headers.get('allow'), 'GET, HEAD, POST');
    });
  }

  it('is cut off where a body in chunks passes the limit; a smaller one is read', async () => {
    const inChunks = (chunks: string[]) => {
      const body = ReadableStream.from(chunks.map((chunk) => new TextEncoder().encode(chunk)));
      const headers = { 'content-type': 'application/json' };
      return http.ask('/v1/accounts', { method: 'POST', body, headers, duplex: 'half' } as RequestInit);
    };
    const small = (await (await inChunks(['{"tenantId":', '"acme"}'])).json()) as { errors: { field: string }[] };
    assert.deepEqual(
      small.errors.map(({ field }) => field),
      ['userId', 'email'],
    );
    const large = await inChunks(Array.from({ length: 32 }, () => 'x'.repeat(64 * 1024)));
    assert.equal(large.status, 413);
  });

  it('does not even become a request with a Host that is none', async () => {
    const status = await new Promise((resolve, reject) => {
      const asked = request(new URL('/healthz', http.address), { headers: { host: 'a b' } }, (answer) =>
        resolve(answer.resume().statusCode),
      );
      asked.on('error', reject).end();
    });
    assert.equal(status, 400);
  });
});

describe('every answer', () => {
  it('has headers that let nothing in it run, be framed, or be guessed', async () => {
    for (const path of ['/healthz', '/nothing', '/v1/accounts?tenantId=acme', '/docs', '/queues']) {
      const { headers } = await http.ask(path);
      assert.equal(headers.get('x-content-type-options'), 'nosniff', path);
      assert.equal(headers.get('referrer-policy'), 'no-referrer', path);
      assert.match(headers.get('content-security-policy') ?? '', /default-src 'none'.*frame-ancestors 'none'/, path);
      assert.equal(headers.get('x-powered-by'), null, path);
    }
  });

  it('is one line of the log, with the pattern of its route and no id', async () => {
    await http.ask('/v1/accounts/secret-tenant/secret-user');
    await open('/setup/secret-link');
    const lines = http.logs.filter(({ msg }) => msg === 'request answered');
    const { tookMs, level, time, ...line } = lines.find(({ route }) => String(route).includes(':userId'))!;
    assert.deepEqual(line, {
      method: 'GET',
      route: '/v1/accounts/:tenantId/:userId',
      status: 404,
      msg: 'request answered',
    });
    assert.equal(typeof tookMs, 'number');
    assert.equal(lines.at(-1)?.route, '/setup/:token');
    assert.ok(!JSON.stringify(http.logs).includes('secret-'));
  });
});

describe('the metrics', () => {
  it('count jobs, events and answers, and show what Postgres and Redis hold', async () => {
    http.metrics.jobEnded('connect-account', 'connected', 120);
    http.metrics.jobEnded('connect-account', 'kim@example.dk', 5);
    http.metrics.eventsPublished([{ type: 'message.received', time: new Date(Date.now() - 30) }]);
    http.metrics.messageHeard(540);
    http.metrics.answerUnknown('smtp');
    http.metrics.mailboxesWatched(3);
    const answer = await http.ask('/metrics');
    assert.match(answer.headers.get('content-type') ?? '', /^text\/plain/);
    const text = await answer.text();
    for (const line of [
      'postbud_job_seconds_count{queue="connect-account",outcome="connected"} 1',
      'postbud_job_seconds_count{queue="connect-account",outcome="other"} 1',
      'postbud_events_published_total{type="message.received"} 1',
      'postbud_delivery_to_event_seconds_count 1',
      'postbud_unknown_server_answers_total{protocol="smtp"} 1',
      'postbud_mailboxes_watched 3',
      'postbud_queue_jobs{queue="send-message",state="waiting"} 0',
      'postbud_sends_open{state="queued"} 0',
      'postbud_state_readable{part="postgres"} 1',
    ]) {
      assert.ok(text.includes(`${line}\n`), line);
    }
    assert.ok(text.includes('process_cpu_user_seconds_total'));
    assert.ok(text.includes('route="/v1/accounts/:tenantId/:userId"'));
    assert.ok(!/example\.dk|secret-/.test(text));
  });
});

describe('the queues page', () => {
  it('shows the jobs of every queue, and no secret of any', async () => {
    const sealed = 'eyJhbGciOiJFQ0RILUVTIn0.canary';
    const credentials = { kind: 'password', sealed, password: 'canary-password' };
    await http.queues.add('connect-account', { tenantId: 'acme', userId: '1', email: 'a@b.example', credentials });
    const answer = await http.ask(
      '/queues/api/queues?activeQueue=connect-account&status=waiting&page=1&jobsPerPage=10',
    );
    const text = await answer.text();
    const { queues } = JSON.parse(text) as { queues: { name: string; jobs: { data: object }[] }[] };
    assert.deepEqual(
      queues.map(({ name }) => name).sort(),
      http.queues
        .all()
        .map(({ name }) => name)
        .sort(),
    );
    const [job] = queues.find(({ name }) => name === 'connect-account')!.jobs;
    assert.deepEqual(job?.data, {
      tenantId: 'acme',
      userId: '1',
      email: 'a@b.example',
      credentials: { kind: 'password' },
    });
    assert.ok(!text.includes('canary'));
    assert.equal(answer.headers.get('x-robots-tag'), 'noindex, nofollow');
  });

  it('lets no other site act with the password that a browser keeps', async () => {
    const act = (headers: Record<string, string>) =>
      open('/queues/api/queues/connect-account/pause', {
        method: 'PUT',
        headers: { authorization: basic(http.adminToken), ...headers },
      });
    assert.equal((await act({ origin: 'https://evil.example' })).status, 403);
    assert.equal((await act({ origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' })).status, 403);
    assert.equal((await act({ origin: http.address })).status, 200);
    assert.equal(await http.queues.get('connect-account').isPaused(), true);
    await http.queues.get('connect-account').resume();
  });
});

describe('the reference', () => {
  it('is a page without scripts that names every route, and the document for tools', async () => {
    const page = await (await open('/docs')).text();
    assert.ok(!/<script|https?:\/\/(?!json-schema)/i.test(page.replace(/https:\/\/json-schema.org\S*/g, '')));
    const document = (await (await open('/docs/openapi.json')).json()) as { paths: Record<string, object> };
    for (const methods of Object.values(document.paths)) {
      for (const operation of Object.values(methods)) {
        assert.ok(page.includes(`id="${operation.operationId}"`), operation.operationId);
      }
    }
    const style = await open('/assets/pages.css');
    assert.match(style.headers.get('content-type') ?? '', /^text\/css/);
  });
});
