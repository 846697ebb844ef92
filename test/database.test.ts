import assert from 'node:assert/strict';
import { connect, createServer, type Socket } from 'node:net';
import { before, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { sql } from 'drizzle-orm';
import { openDatabase } from '../src/db/database.ts';
import { startHeartbeat } from '../src/leases/heartbeat.ts';
import { openRedis } from '../src/queues/redis.ts';
import { freePort } from './support/ports.ts';
import { quietLog } from './support/quiet-log.ts';
import { type Servers, useServers } from './support/servers.ts';

let servers: Servers;
const { log } = quietLog();
before(async () => {
  servers = await useServers();
});

/** A way to a server that can swallow everything, as a network does. */
async function startProxy(to: URL, port: number, cutsAt?: string) {
  const sockets = new Set<Socket>();
  const swallowed = new Set<Socket>();
  const server = createServer((socket) => {
    const onwards = connect(Number(to.port), to.hostname);
    for (const [one, other] of [
      [socket, onwards],
      [onwards, socket],
    ] as const) {
      sockets.add(one);
      one.on('error', () => other.destroy()).on('close', () => other.destroy());
      one.on('data', (bytes) => {
        if (cutsAt && one === socket && bytes.includes(cutsAt)) return one.resetAndDestroy();
        if (!swallowed.has(one)) other.write(bytes);
      });
    }
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  return {
    /** Nothing passes any more on the connections that there are. */
    swallow() {
      for (const socket of sockets) swallowed.add(socket);
    },
    close() {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}

describe('after an outage of Postgres', () => {
  it('that comes while the driver asks for types, nothing is left behind that nobody hears', async () => {
    const { url, drop } = await servers.freshDatabase();
    const through = new URL(url);
    const port = await freePort();
    const unheard: unknown[] = [];
    const hear = (error: unknown) => unheard.push(error);
    const database = openDatabase({ url: url.replace(through.host, `127.0.0.1:${port}`), log });
    const cutting = await startProxy(through, port, 'typarray');
    const before = process.rawListeners('unhandledRejection');
    process.removeAllListeners('unhandledRejection').on('unhandledRejection', hear);
    try {
      await Promise.allSettled([database.ping()]);
      cutting.close();
      const proxy = await startProxy(through, port);
      const [row] = await database.db.execute(sql`select ${sql.param(['a', 'b'])}::text[] as all`);
      assert.deepEqual(row?.all, ['a', 'b']);
      await database.close();
      proxy.close();
    } finally {
      process.removeAllListeners('unhandledRejection');
      for (const listener of before) process.on('unhandledRejection', listener as never);
    }
    assert.deepEqual(unheard, []);
    await drop();
  });

  it('a process is back within two seconds, so that none is called dead by the first one that is back', async () => {
    const { url, drop } = await servers.freshDatabase();
    const through = new URL(url);
    const port = await freePort();
    const database = openDatabase({ url: url.replace(through.host, `127.0.0.1:${port}`), log });
    // Ten tries that fail at once: the client's own pause would be up to 20 s by now.
    await Promise.allSettled(Array.from({ length: 10 }, () => database.db.execute(sql`select 1`)));
    const proxy = await startProxy(through, port);
    const backAt = performance.now();
    await database.db.execute(sql`select 1`);
    assert.ok(performance.now() - backAt < 2_000);
    await database.close();
    proxy.close();
    await drop();
  });
});

describe('while every connection of the pool waits for a lock', () => {
  it('the heartbeat goes on, and the process is not taken for dead', async () => {
    const { url, drop } = await servers.freshDatabase();
    const database = openDatabase({ url, poolSize: 2, log });
    const heartbeat = await startHeartbeat({ db: database.pulse, roles: [], log });
    const beats = () => database.sql`select beat_at from processes where id = ${heartbeat.processId}`;
    const stuck = Promise.all([1, 2, 3].map(() => database.db.execute(sql`select pg_sleep(3)`)));
    await delay(100);
    const [before] = await beats();
    await delay(2_500);
    const [after] = await beats();
    assert.ok(after?.beat_at > before?.beat_at);
    await stuck;
    await heartbeat.stop();
    await database.close();
    await drop();
  });
});

describe('a Redis behind a network that swallows everything', () => {
  it('is given up after a while and reached anew, instead of waited for a quarter of an hour', async () => {
    const port = await freePort();
    const proxy = await startProxy(new URL(servers.redisUrl), port);
    const url = new URL(servers.redisUrl);
    url.host = `127.0.0.1:${port}`;
    const redis = openRedis(url.href, { log, role: 'test', silenceLimitMs: 500 });
    assert.equal(await redis.ping(), 'PONG');
    proxy.swallow();
    assert.equal(await redis.ping(), 'PONG');
    redis.disconnect();
    proxy.close();
  });
});
