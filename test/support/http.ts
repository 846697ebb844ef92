import { randomBytes } from 'node:crypto';
import { openAccounts } from '../../src/accounts/index.ts';
import { type Emit, withUser } from '../../src/accounts/user-lock.ts';
import { openDatabase } from '../../src/db/database.ts';
import { sealingKeyStore } from '../../src/db/sealing-key-store.ts';
import { listen } from '../../src/http/listen.ts';
import { startHeartbeat } from '../../src/leases/heartbeat.ts';
import type { FetchRange } from '../../src/mailbox/fetch-range.ts';
import { openMetrics } from '../../src/metrics.ts';
import { openQueues } from '../../src/queues/queues.ts';
import { openRedis } from '../../src/queues/redis.ts';
import { startWorker } from '../../src/queues/runner.ts';
import { startRelay } from '../../src/relay/relay.ts';
import { parseKeyRing } from '../../src/secrets/key-ring.ts';
import { SealingKeys } from '../../src/secrets/sealing-keys.ts';
import { disconnectAccountJob, pauseAccountJob } from '../../src/workers/short-orders.ts';
import { quietLog } from './quiet-log.ts';
import { freshName, useServers } from './servers.ts';

/**
 * HTTP in this process, on a database and a Redis prefix of its own. Beside it run what a test asks for: workers for the
 * orders that need no mail server, and the relay.
 */
export async function startHttp({
  workers = false,
  relay = false,
  publicUrl = 'http://127.0.0.1:3040',
  databaseUrl,
  readUrl,
  redisUrl,
  fetchRange,
}: {
  workers?: boolean;
  relay?: boolean;
  publicUrl?: string;
  databaseUrl?: string;
  readUrl?: string;
  redisUrl?: string;
  /** What stands for the mail servers. */
  fetchRange?: FetchRange;
} = {}) {
  const servers = await useServers();
  const url = databaseUrl ?? (await servers.freshDatabase()).url;
  const redisAt = redisUrl ?? servers.redisUrl;
  const { log, lines } = quietLog();
  const prefix = `{${freshName('http')}}`;
  const adminToken = randomBytes(24).toString('base64url');
  const database = openDatabase({ url, readUrl, log });
  const { db } = database;
  const ring = parseKeyRing(`test:${randomBytes(32).toString('base64')}`);
  const now = () => new Date();
  const sealingKeys = new SealingKeys({ ring, store: sealingKeyStore(db), now });
  const heartbeat = await startHeartbeat({ db, roles: ['http'], log });
  const queues = openQueues({ redisUrl: redisAt, prefix, log });
  const metrics = openMetrics();
  const parts = {
    http: { host: '127.0.0.1', port: 0 },
    publicUrl,
    adminToken,
    redisUrl: redisAt,
    database,
    queues,
    sealingKeys,
    ring,
    heartbeat,
    metrics,
    fetchRange,
    eventsWritten: () => wake(),
    uploadBytes: 3 * 1024 * 1024,
    log,
  };
  const http = await listen(parts);
  const redis = openRedis(redisAt, { log, role: 'test' });
  const relaying = relay
    ? startRelay({ db, redis, heartbeat, source: publicUrl, log, published: metrics.eventsPublished })
    : undefined;
  const wake = () => relaying?.wake();
  const sealing = { keys: sealingKeys, ring, acceptPlain: false, now };
  const accounts = openAccounts({ db, sealing, now: () => new Date(), wake, changed: () => {} });
  const running = workers
    ? [pauseAccountJob(accounts), disconnectAccountJob(accounts)].map((kind) =>
        startWorker(kind as Parameters<typeof startWorker>[0], {
          redisUrl: redisAt,
          prefix,
          log,
          ended: metrics.jobEnded,
        }),
      )
    : [];

  return {
    address: http.address,
    parts,
    adminToken,
    db,
    queues,
    sealing,
    redis,
    metrics,
    prefix,
    redisUrl: redisAt,
    logs: lines,
    /** Ask with the installation's token. */
    ask: (path: string, init: RequestInit = {}) =>
      fetch(new URL(path, http.address), {
        ...init,
        headers: { authorization: `Bearer ${adminToken}`, ...init.headers },
      }),
    /** Write events of a user, as a change of the account would. */
    emit: (tenantId: string, userId: string, write: (emit: Emit) => void) =>
      withUser({ db, wake }, { tenantId, userId }, async ({ emit }) => write(emit)),
    stopHttp: () => http.stop(),
    async stop() {
      await http.stop();
      await Promise.all(running.map((worker) => worker.stop(100)));
      await relaying?.stop();
      await queues.close();
      redis.disconnect();
      await heartbeat.stop();
      await database.close();
    },
  };
}

export type TestHttp = Awaited<ReturnType<typeof startHttp>>;
