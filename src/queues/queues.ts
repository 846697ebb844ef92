import { Queue } from 'bullmq';
import type { Log } from '../log.ts';
import { type Payload, type QueueName, queueNames } from './orders.ts';
import { openRedis } from './redis.ts';

/** Finished jobs are kept this long, whatever their producer asked for. */
export const keepFinished = { age: 24 * 60 * 60 };

export type Queues = ReturnType<typeof openQueues>;

/** The queues, for adding. Adding while Redis is away fails soon: what must not be lost is in Postgres, and a sweep adds it. */
export function openQueues({ redisUrl, prefix, log }: { redisUrl: string; prefix: string; log: Log }) {
  const connection = openRedis(redisUrl, { log, role: 'queues' });
  const open = new Map(
    queueNames.map((name) => {
      const queue = new Queue(name, {
        connection,
        prefix,
        skipWaitingForReady: true,
        // BullMQ keeps the rejected question for Redis' version for ever when Redis is away at the start.
        skipVersionCheck: true,
      });
      queue.on('error', (error) => log.debug({ err: error, queue: name }, 'queue error'));
      return [name, queue];
    }),
  );

  return {
    connection,
    all: () => [...open.values()],
    get: (name: QueueName): Queue => open.get(name)!,

    /** Add an order. */
    async add<Q extends QueueName>(
      name: Q,
      payload: Payload<Q> | Record<string, unknown>,
      options: { jobId?: string; timestamp?: number } = {},
    ) {
      return open
        .get(name)!
        .add(name, payload, { ...options, removeOnComplete: keepFinished, removeOnFail: keepFinished });
    },

    /**
     * Ask for a watcher. The job's deduplication id holds the fencing token and not only the account: a kept finished job
     * under a fixed id would block it, and so would the active job of a dead worker.
     */
    async addWatch({ accountId, token }: { accountId: string; token: number }, delayMs = 0) {
      await open.get('watch-mailbox')!.add(
        'watch-mailbox',
        { accountId },
        {
          deduplication: { id: `${accountId}.${token}` },
          delay: Math.max(0, Math.round(delayMs)),
          removeOnComplete: keepFinished,
          removeOnFail: keepFinished,
        },
      );
    },

    async close() {
      await Promise.allSettled([...open.values()].map((queue) => queue.close()));
      connection.disconnect();
    },
  };
}
