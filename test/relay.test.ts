import assert from 'node:assert/strict';
import { afterEach, before, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { type Crm, startCrm } from './support/crm.ts';
import { type Daemon, startDaemon } from './support/daemon.ts';
import { type Servers, useServers } from './support/servers.ts';

let servers: Servers;
let daemon: Daemon | undefined;
let crm: Crm | undefined;
const toStop: { stop(): Promise<void> }[] = [];

before(async () => {
  servers = await useServers();
});
afterEach(async () => {
  await crm?.close();
  await daemon?.kill();
  for (const server of toStop.splice(0)) await server.stop();
});

const received = (event: { type: string }) => event.type === 'postbud.message.received';

describe('while Redis is away', () => {
  it('nothing is lost: what happened meanwhile is published when it is back', { timeout: 60_000 }, async () => {
    const redis = await servers.ownRedis();
    toStop.push(redis);
    daemon = await startDaemon({ redisUrl: redis.url });
    crm = await startCrm(daemon);
    const ada = await servers.mailServer.addUser();
    await crm.connect(ada);
    await redis.stop();
    await ada.deliverMany([{ subject: 'one' }, { subject: 'two' }]);
    await untilStored(daemon, 2);
    await redis.start();
    // The stream, since pub/sub forgets who was not back when it was published.
    const stream = `postbud:stream:${crm.tenantId}`;
    const published = async () =>
      (await crm!.redis.xrange(stream, '-', '+'))
        .map(([, [, text]]) => JSON.parse(text!) as { type: string; data: { subject: string } })
        .filter(received);
    for (const until = Date.now() + 20_000; (await published()).length < 2 && Date.now() < until; await delay(50));
    assert.deepEqual(
      (await published()).map(({ data }) => data.subject),
      ['one', 'two'],
    );
    assert.equal((await daemon.fetch('/readyz')).status, 200);
  });

  it('nobody has to log in again, and accepted orders are carried out, when it comes back empty', {
    timeout: 150_000,
  }, async () => {
    const redis = await servers.ownRedis();
    toStop.push(redis);
    daemon = await startDaemon({ redisUrl: redis.url });
    crm = await startCrm(daemon);
    const ada = await servers.mailServer.addUser();
    const { userId } = await crm.connect(ada);
    const since = (await crm.account(userId)).since;
    await crm.redis.flushall();
    await ada.deliver({ subject: 'after the wipe' });
    await crm.events.next(received, { timeoutMs: 20_000 });
    assert.equal((await crm.account(userId)).since, since);
    await ada.disconnect();
    await ada.deliver({ subject: 'after a new login' });
    const again = await crm.events.next(received, { timeoutMs: 20_000 });
    assert.equal(again.data.subject, 'after a new login');
  });
});

describe('while Postgres is away', () => {
  it('the daemon waits at its start, says which server is missing, and begins when it comes', {
    timeout: 60_000,
  }, async () => {
    const own = await servers.ownPostgres();
    toStop.push(own);
    await own.stop();
    daemon = await startDaemon({ databaseUrl: own.url, ready: false });
    const line = await daemon.logged(({ msg }) => msg === 'a server cannot be reached; waiting for it');
    assert.equal(line.server, 'Postgres');
    const answer = await fetch(`${daemon.url}/readyz`);
    assert.equal(answer.status, 503);
    await own.start();
    await daemon.ready({ timeoutMs: 30_000 });
  });

  it('nobody logs in again after an outage, and what came meanwhile is told', { timeout: 90_000 }, async () => {
    const own = await servers.ownPostgres();
    toStop.push(own);
    daemon = await startDaemon({ databaseUrl: own.url });
    crm = await startCrm(daemon);
    const ada = await servers.mailServer.addUser();
    const { userId } = await crm.connect(ada);
    const { since } = await crm.account(userId);
    await own.stop();
    await ada.deliver({ subject: 'meanwhile' });
    await daemon.logged(({ msg }) => msg === 'what a mailbox has to tell could not be stored; trying again');
    await own.start();
    const heard = await crm.events.next(received, { timeoutMs: 30_000 });
    assert.equal(heard.data.subject, 'meanwhile');
    await daemon.ready();
    assert.equal((await crm.account(userId)).since, since);
    assert.equal(daemon.logs.filter(({ job, outcome }) => job === 'watch-mailbox' && outcome === 'done').length, 1);
  });
});

async function untilStored(of: Daemon, count: number) {
  const { default: postgres } = await import('postgres');
  const sql = postgres(of.env.DATABASE_URL!, { max: 1 });
  try {
    for (const deadline = performance.now() + 15_000; ; ) {
      const [row] = await sql<{ count: number }[]>`select count(*)::int as count from messages`;
      if (row!.count >= count) return;
      assert.ok(performance.now() < deadline, `${row!.count} of ${count} messages were stored`);
    }
  } finally {
    await sql.end();
  }
}
