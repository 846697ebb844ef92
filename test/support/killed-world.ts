import { randomBytes, randomUUIDv7 } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { Queue } from 'bullmq';
import { Redis } from 'ioredis';
import postgres from 'postgres';
import { secretPlace } from '../../src/accounts/secrets.ts';
import { openDatabase } from '../../src/db/database.ts';
import { accounts } from '../../src/db/tables.ts';
import { parseKeyRing } from '../../src/secrets/key-ring.ts';
import { Secret } from '../../src/secrets/secret.ts';
import { storeSecret } from '../../src/secrets/stored-secret.ts';
import { startDaemon } from './daemon.ts';
import { makeDatabase } from './databases.ts';
import { startDurableSink } from './durable-sink.ts';
import type { Random } from './random.ts';
import { useServers } from './servers.ts';

/** What is killed: a daemon, a server, or a Redis that comes back with nothing in it. */
export type Victim = 'daemon' | 'other daemon' | 'redis' | 'wiped redis' | 'postgres' | 'smtp';
export type Killed = { what: Victim; at: number; backAt: number };

/** Two daemons, and every server they stand on, each of which may be killed at any time. */
export async function openKilledWorld({ mailboxes, mostPauseMs }: { mailboxes: number; mostPauseMs: number }) {
  const servers = await useServers();
  const [redisServer, postgresServer, sink] = await Promise.all([
    servers.ownRedis(),
    servers.ownPostgres({ durable: true }),
    startDurableSink({ dir: servers.dir, mostPauseMs }),
  ]);
  const { url: databaseUrl } = await makeDatabase({ url: postgresServer.url, run: 'kills' });
  const key = `test:${randomBytes(32).toString('base64')}`;
  const env = { POSTBUD_KEYS: key, POSTBUD_ROLES: 'http,jobs,relay', POSTBUD_ALLOW_CLEARTEXT_HOSTS: 'localhost' };
  const users = Array.from({ length: mailboxes }, (_, n) => ({ tenantId: 'acme', userId: `user-${n}` }));
  await connectAll();
  const first = await startDaemon({ databaseUrl, redisUrl: redisServer.url, env, ready: false });
  const daemons = [first, await startDaemon({ like: first, ready: false })] as const;
  await Promise.all(daemons.map((daemon) => daemon.ready()));

  const sql = postgres(databaseUrl, { max: 2, onnotice: () => {}, connect_timeout: 5 });
  const redis = new Redis(redisServer.url, { maxRetriesPerRequest: null, retryStrategy: () => 100 });
  redis.on('error', () => {}); // it is killed
  const queue = new Queue('send-message', { connection: redis, prefix: `{${first.env.POSTBUD_PREFIX}}` });
  queue.on('error', () => {});
  const killed: Killed[] = [];
  const away = new Set<Victim>();

  /** Mailboxes that are connected, whose mails go to the sink. */
  async function connectAll() {
    const database = openDatabase({ url: databaseUrl, poolSize: 1, log: { warn: () => {} } });
    const smtp = { host: 'localhost', port: sink.port, security: 'none' } as const;
    for (const who of users) {
      const id = randomUUIDv7();
      const at = { ...secretPlace('accounts', id, 'smtp'), host: smtp.host, username: who.userId };
      const smtpSecret = storeSecret(parseKeyRing(key), { kind: 'password', value: new Secret('secret') }, at);
      const server = { smtp: { ...smtp, username: who.userId }, smtpSecret, state: 'connected' as const };
      await database.db.insert(accounts).values({ id, ...who, email: `${who.userId}@postbud.test`, ...server });
    }
    await database.close();
  }

  async function bringBack(what: Victim) {
    if (what === 'postgres') await postgresServer.start();
    else if (what === 'smtp') await sink.start();
    else if (what === 'redis' || what === 'wiped redis') await redisServer.start();
    else await daemonOf(what).start({ ready: false });
  }

  const daemonOf = (what: 'daemon' | 'other daemon') => daemons[what === 'daemon' ? 0 : 1];

  return {
    users,
    sink,
    daemons,
    killed,
    /** A question to Postgres, asked again while it is away. */
    async ask<Row extends postgres.MaybeRow>(question: (sql: postgres.Sql) => Promise<readonly Row[]>) {
      for (const end = Date.now() + 30_000; ; await delay(100)) {
        try {
          return await question(sql);
        } catch (error) {
          if (Date.now() > end) throw error;
        }
      }
    },
    /** As the CRM does it. Nobody hears whether Redis has kept it. */
    add: (payload: object) => void queue.add('send-message', payload).catch(() => {}),
    /** No goodbye, and back after a while; whoever uses it meanwhile finds nobody there. */
    async kill(what: Victim, awayMs: number) {
      const entry = { what, at: Date.now(), backAt: Number.POSITIVE_INFINITY };
      killed.push(entry);
      away.add(what);
      if (what === 'postgres') await postgresServer.kill();
      else if (what === 'smtp') await sink.kill();
      else if (what === 'redis') await redisServer.kill();
      else if (what === 'wiped redis') {
        await redis.flushall();
        await redisServer.kill();
      } else await daemonOf(what).kill();
      await delay(awayMs);
      await bringBack(what);
      entry.backAt = Date.now();
      away.delete(what);
    },
    /** An operator's supervisor: what ended by itself is started again. @returns how many that were. */
    async startEnded(): Promise<number> {
      let ended = 0;
      for (const which of ['daemon', 'other daemon'] as const) {
        if (away.has(which) || isRunning(daemonOf(which).pid)) continue;
        console.log(`the ${which} ended by itself: ${JSON.stringify(daemonOf(which).logs.slice(-3))}`);
        await daemonOf(which).start({ ready: false });
        ended++;
      }
      return ended;
    },
    async close() {
      await queue.close().catch(() => {});
      redis.disconnect();
      await sql.end({ timeout: 1 });
      for (const daemon of daemons) await daemon.kill();
      await Promise.all([sink.stop(), redisServer.stop(), postgresServer.stop()]);
    },
  };
}

export type KilledWorld = Awaited<ReturnType<typeof openKilledWorld>>;

/** Who dies next, for how long, and what dies with it. */
export function nextKills(random: Random): { what: Victim; awayMs: number }[] {
  const one = () => ({
    what: random.weighed<Victim>({
      daemon: 4,
      'other daemon': 4,
      smtp: 4,
      postgres: 3,
      redis: 2,
      'wiped redis': 2,
    }),
    awayMs: random.below(1_500),
  });
  const kills = [one()];
  if (random.chance(0.25)) kills.push(one());
  return kills.filter(({ what }, at) => at === 0 || serverOf(what) !== serverOf(kills[0]!.what));
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

const serverOf = (what: Victim) => what.replace('wiped ', '');
