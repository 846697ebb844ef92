import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { migrate } from '../src/db/migrate.ts';
import { listen } from '../src/http/listen.ts';
import { openMetrics } from '../src/metrics.ts';
import { startHttp, type TestHttp } from './support/http.ts';
import { useServers } from './support/servers.ts';

const servers = await useServers();
let postgres: Awaited<ReturnType<typeof servers.ownPostgres>>;
let redis: Awaited<ReturnType<typeof servers.ownRedis>>;
let http: TestHttp;

before(async () => {
  [postgres, redis] = await Promise.all([servers.ownPostgres(), servers.ownRedis()]);
  await migrate(postgres.url);
  http = await startHttp({ databaseUrl: postgres.url, redisUrl: redis.url, relay: true, workers: true });
  assert.equal((await order()).status, 200);
});
after(async () => {
  await Promise.all([postgres.start(), redis.start()]);
  await http.stop();
  await Promise.all([postgres.stop(), redis.stop()]);
});

type Check = { name: string; ok: boolean; why?: string };

async function readiness(): Promise<{ status: number; failing: Check[]; text: string }> {
  const answer = await fetch(new URL('/readyz', http.address));
  const text = await answer.text();
  const { checks } = JSON.parse(text) as { checks: Check[] };
  return { status: answer.status, failing: checks.filter(({ ok }) => !ok), text };
}

async function readyAgain() {
  for (const end = Date.now() + 20_000; Date.now() < end; await delay(100)) {
    if ((await readiness()).status === 200) return;
  }
  throw new Error('not ready again');
}

const order = () => http.ask('/v1/accounts/acme/1/pause', { method: 'POST' });

/** The page is open to all: it names what is wrong, and neither where it stands nor how one logs in there. */
function tellsNothing(text: string) {
  for (const url of [postgres.url, redis.url]) {
    const { password, port, hostname } = new URL(url);
    for (const part of [password, port, hostname]) assert.ok(!text.includes(part), text);
  }
}

describe('while Redis is away', () => {
  it('the process lives, says that it is not ready and why, and answers what needs no Redis', async () => {
    await redis.stop();
    await delay(600); // an answer of /readyz counts for half a second
    assert.equal((await fetch(new URL('/healthz', http.address))).status, 200);
    const { status, failing, text } = await readiness();
    assert.equal(status, 503);
    assert.deepEqual(
      failing.map(({ name }) => name),
      ['redis'],
    );
    tellsNothing(text);
    assert.equal((await http.ask('/v1/accounts?tenantId=acme')).status, 200);
    const refused = await order();
    const problem = (await refused.json()) as { type: string };
    assert.deepEqual([refused.status, problem.type], [503, '/docs#unavailable']);
    assert.equal(refused.headers.get('retry-after'), '2');
    const metrics = await (await http.ask('/metrics')).text();
    assert.ok(metrics.includes('postbud_state_readable{part="redis"} 0'));
    assert.ok(metrics.includes('postbud_state_readable{part="postgres"} 1'));
  });

  it('event streams go on, from the log', async () => {
    const leave = new AbortController();
    const answer = await http.ask('/v1/events?tenantId=acme', {
      headers: { accept: 'text/event-stream' },
      signal: leave.signal,
    });
    await http.emit('acme', '1', (emit) => emit('account.paused', { by: 'order' }));
    const decoder = new TextDecoder();
    let text = '';
    for await (const chunk of answer.body!) {
      text += decoder.decode(chunk);
      if (text.includes('postbud.account.paused')) break;
    }
    leave.abort();
    assert.match(text, /^id: \d+$/m);
  });

  it('comes back by itself', async () => {
    await redis.start();
    await readyAgain();
    assert.equal((await order()).status, 200);
  });
});

describe('a Redis that was away when the process started', () => {
  it('is used once it is there', { timeout: 30_000 }, async () => {
    await redis.stop();
    const other = await startHttp({ databaseUrl: postgres.url, redisUrl: redis.url });
    const add = () => other.queues.add('pause-account', { tenantId: 'acme', userId: '1' });
    await assert.rejects(add());
    await redis.start();
    await readyAgain();
    const outcome = await add().then(
      () => 'added',
      (error: Error) => error.name,
    );
    await other.stop();
    assert.equal(outcome, 'added');
  });
});

describe('while Redis hangs', () => {
  it('nothing waits for ever', { timeout: 30_000 }, async () => {
    redis.pause();
    await delay(600);
    const [{ status, failing }, refused] = await Promise.all([readiness(), order()]);
    assert.deepEqual([status, failing[0]?.why], [503, 'no answer within 3000 ms']);
    assert.equal(refused.status, 503);
    redis.resume();
    await readyAgain();
  });
});

describe('while Postgres hangs', () => {
  it('nothing waits for ever', { timeout: 30_000 }, async () => {
    postgres.pause();
    await delay(600);
    const [{ status, failing }, alive] = await Promise.all([readiness(), fetch(new URL('/healthz', http.address))]);
    assert.deepEqual([status, alive.status], [503, 200]);
    assert.equal(failing.find(({ name }) => name === 'postgres')?.why, 'no answer within 3000 ms');
    postgres.resume();
    await readyAgain();
  });
});

describe('while Postgres is away', () => {
  it('says so and what it can; then comes back by itself', { timeout: 60_000 }, async () => {
    await postgres.stop();
    await delay(600);
    const { status, failing, text } = await readiness();
    assert.equal(status, 503);
    assert.ok(failing.some(({ name }) => name === 'postgres'));
    tellsNothing(text);
    const refused = await http.ask('/v1/accounts?tenantId=acme');
    assert.equal(refused.status, 503, await refused.clone().text());
    tellsNothing(await refused.text());
    await postgres.start();
    await readyAgain();
    assert.equal((await http.ask('/v1/accounts?tenantId=acme')).status, 200);
  });
});

describe('a database without its tables', () => {
  it('is told apart from one that is away, and nobody takes it for a fault of ours', async () => {
    const { url } = await servers.freshDatabase();
    const other = await startHttp({ databaseUrl: url });
    await other.db.execute('drop schema drizzle cascade');
    await other.db.execute('drop table accounts cascade');
    const answer = await fetch(new URL('/readyz', other.address));
    const { checks } = (await answer.json()) as { checks: Check[] };
    assert.equal(answer.status, 503);
    assert.match(checks.find(({ name }) => name === 'migrations')?.why ?? '', /not applied: npm run migrate/);
    assert.equal((await other.ask('/v1/accounts?tenantId=acme')).status, 503);
    await other.stop();
  });
});

describe('an address that is taken', () => {
  it('is one error that names the setting', async () => {
    const { port } = new URL(http.address);
    // Its gauges are registered once a process; what is counted here is another's.
    const parts = { ...http.parts, metrics: openMetrics(), http: { host: '127.0.0.1', port: Number(port) } };
    await assert.rejects(listen(parts), /HTTP cannot listen on 127\.0\.0\.1:\d+ \(EADDRINUSE\): see POSTBUD_HTTP/);
  });
});
