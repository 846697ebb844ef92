import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { Queue, QueueEvents } from 'bullmq';
import { withoutSecrets } from '../src/accounts/secrets.ts';
import { openRedis } from '../src/queues/redis.ts';
import { startWorker } from '../src/queues/runner.ts';
import { quietLog } from './support/quiet-log.ts';
import { freshName, type Servers, useServers } from './support/servers.ts';

let servers: Servers;
before(async () => {
  servers = await useServers();
});

describe('job data without secrets', () => {
  it('has none below any depth, and can be written as JSON', () => {
    let data: object = { password: 'canary' };
    for (let level = 0; level < 100_000; level++) data = level % 2 ? [data] : { in: data };
    assert.doesNotMatch(JSON.stringify(withoutSecrets(data)), /canary/);
  });
});

describe('a job that fails by a bug', () => {
  it('does not put the words of the error into Redis, which may quote what was written', async () => {
    const { log } = quietLog();
    const prefix = `{${freshName('test')}}`;
    const connection = openRedis(servers.redisUrl, { log, role: 'test', blocking: true });
    const queue = new Queue('pause-account', { connection, prefix });
    const ended = new QueueEvents('pause-account', { connection, prefix });
    await ended.waitUntilReady();
    const runner = startWorker(
      {
        name: 'pause-account',
        concurrency: 1,
        timeLimitMs: 5_000,
        async process() {
          throw new Error('Failed query: insert into sends … params: Dear Bo, the code is 4711');
        },
      },
      { redisUrl: servers.redisUrl, prefix, log, ended() {} },
    );
    const job = await queue.add('pause-account', { tenantId: 'acme', userId: '42' });
    await assert.rejects(job.waitUntilFinished(ended, 10_000), /its log says what/);
    const kept = JSON.stringify(await queue.getJob(job.id!));
    assert.doesNotMatch(kept, /4711/);
    await runner.stop();
    await Promise.all([queue.close(), ended.close()]);
    connection.disconnect();
  });
});
