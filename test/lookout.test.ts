import assert from 'node:assert/strict';
import { randomUUIDv7 } from 'node:crypto';
import { before, describe, it } from 'node:test';
import { openDatabase } from '../src/db/database.ts';
import { orders } from '../src/db/tables.ts';
import { startLookout } from '../src/lookout/lookout.ts';
import { openQueues } from '../src/queues/queues.ts';
import { quietLog } from './support/quiet-log.ts';
import { freshName, type Servers, useServers } from './support/servers.ts';

let servers: Servers;
before(async () => {
  servers = await useServers();
});

describe('an accepted order whose job failed by a bug', () => {
  it('is tried again within the hour, and not only when the failed job is forgotten', async () => {
    const { log } = quietLog();
    const { url } = await servers.freshDatabase();
    const database = openDatabase({ url, log });
    const queues = openQueues({ redisUrl: servers.redisUrl, prefix: `{${freshName('test')}}`, log });
    const order = { id: randomUUIDv7(), queue: 'disconnect-account', jobId: '1', jobAt: Date.now() - 3_600_000 };
    const who = { tenantId: 'acme', userId: '42' };
    const acceptedAt = new Date(order.jobAt);
    await database.db.insert(orders).values({ ...order, ...who, payload: who, acceptedAt });
    const lookout = startLookout({
      accounts: { db: database.db, now: () => new Date() } as unknown as Parameters<typeof startLookout>[0]['accounts'],
      queues,
      heartbeat: { canJudge: () => false } as unknown as Parameters<typeof startLookout>[0]['heartbeat'],
      recover: async () => {},
      eventDays: 30,
      log,
    });
    const hourBefore = Math.floor(Date.now() / 3_600_000) - 1;
    const queue = queues.get('disconnect-account');
    await queue.add('disconnect-account', who, { jobId: `order-${order.id}-${hourBefore}` });
    await lookout.sweep();
    await lookout.sweep();
    const jobs = await queue.getJobs();
    assert.equal(jobs.length, 2);
    assert.deepEqual(jobs.map(({ data }) => data.orderId).filter(Boolean), [order.id]);
    await lookout.stop();
    await queues.close();
    await database.close();
  });
});
