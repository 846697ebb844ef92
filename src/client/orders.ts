import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { Queue, QueueEvents } from 'bullmq';
import type { QueueName, Result } from '../queues/orders.ts';
import { OrderFailed, OrderPending, type OrderRef } from './errors.ts';
import type { Connections } from './redis.ts';
import type { OnTrouble } from './types.ts';

/** How long to wait for an order, and under which name it goes. */
export type OrderOptions = {
  /** Default one minute. After that `OrderPending` is thrown, and the order goes on. */
  timeoutMs?: number;
  signal?: AbortSignal;
  /**
   * The id of the job. With the same `id` and `timestamp` it is the same order again, also after a restart of this process;
   * default: a new one.
   */
  id?: string;
  /** When the order was given (ms): orders of one user take effect in this order. Default: now. */
  timestamp?: number;
};

const usualTimeoutMs = 60_000;
/** Ends are heard as they happen; this often they are looked for all the same, and the job itself, too. */
const lookEveryMs = 1_000;
const firstLookAfterMs = 30;
/** One question to Redis. A Redis that is away is asked again until the order's own time is over. */
const askLimitMs = 5_000;

export type Orders = ReturnType<typeof openOrders>;

/** Adds orders to the queues and waits for their results; adds one again when Redis has lost it. */
export function openOrders({
  connections,
  prefix,
  onTrouble,
}: {
  connections: Connections;
  prefix: string;
  onTrouble: OnTrouble;
}) {
  const queues = new Map<QueueName, { queue: Queue; ends: QueueEvents }>();
  const waiting = new Map<string, () => void>();
  const closed = new AbortController();

  function open(name: QueueName) {
    const known = queues.get(name);
    if (known) return known;
    const calm = { prefix, skipWaitingForReady: true, skipVersionCheck: true };
    const queue = new Queue(name, { ...calm, connection: connections.open('orders'), skipMetasUpdate: true });
    const ends = new QueueEvents(name, { ...calm, connection: connections.open('ends', { blocking: true }) });
    // What concerns an order is told by that order; the rest mends itself.
    queue.on('error', () => {});
    ends.on('error', () => {});
    const ended = ({ jobId }: { jobId: string }) => waiting.get(`${name} ${jobId}`)?.();
    ends.on('completed', ended);
    ends.on('failed', ended);
    queues.set(name, { queue, ends });
    return { queue, ends };
  }

  /** Wait for the end of an order; `add` puts it (again) where it has to be when it is not there. */
  async function untilEnded<Q extends QueueName>(
    order: OrderRef & { queue: Q },
    { timeoutMs = usualTimeoutMs, signal }: OrderOptions,
    add: ((queue: Queue) => Promise<unknown>) | undefined,
  ): Promise<Result<Q>> {
    const { queue } = open(order.queue);
    const deadline = performance.now() + timeoutMs;
    const over = AbortSignal.any([closed.signal, ...(signal ? [signal] : [])]);
    const name = `${order.queue} ${order.id}`;
    let added = false;
    let trouble: Error | undefined;
    try {
      for (let pauseMs = firstLookAfterMs; ; pauseMs = Math.min(lookEveryMs, pauseMs * 2)) {
        const heard = new AbortController();
        waiting.set(name, () => heard.abort());
        try {
          const state = await within(askLimitMs, queue.getJobState(order.id));
          if (state === 'completed' || state === 'failed') return await resultIn(queue, order);
          if (state === 'unknown') {
            if (!add) throw new OrderPending(order, 'its queue does not know it');
            if (added) onTrouble(new Error(`${name} was lost`), 'Redis lost an order; adding it again');
            await within(askLimitMs, add(queue));
            added = true;
          }
          trouble = undefined;
        } catch (error) {
          if (error instanceof OrderFailed || error instanceof OrderPending) throw error;
          trouble = error as Error; // Redis is away, hangs or fails over: all of this may be done twice
        }
        const leftMs = deadline - performance.now();
        if (over.aborted) throw new OrderPending(order, 'the wait was ended');
        if (leftMs <= 0) {
          throw new OrderPending(order, trouble ? `Redis: ${trouble.message}` : `${timeoutMs} ms were not enough`);
        }
        const ended = AbortSignal.any([heard.signal, over]);
        await delay(Math.min(pauseMs, leftMs), undefined, { signal: ended }).catch(() => {}); // the next round finds out why
      }
    } finally {
      waiting.delete(name); // also when it ended well: a CRM lives for months
    }
  }

  async function resultIn<Q extends QueueName>(queue: Queue, order: OrderRef & { queue: Q }): Promise<Result<Q>> {
    const job = await within(askLimitMs, queue.getJob(order.id));
    if (!job) throw new Error('the job went while it was looked at');
    if (job.failedReason) throw new OrderFailed(order, job.failedReason);
    return job.returnvalue as Result<Q>;
  }

  return {
    /** Give an order and wait for its result. */
    give<Q extends QueueName>(name: Q, payload: object, options: OrderOptions = {}): Promise<Result<Q>> {
      const { id = `sdk-${randomUUID()}`, timestamp = Date.now() } = options;
      if (!/^[A-Za-z][\w.-]{0,127}$/.test(id))
        throw new RangeError('id: a letter, then up to 127 of A-Z a-z 0-9 _ . -');
      // The same id and timestamp are the same order to Postbud, however often Redis forgets it.
      return untilEnded({ queue: name, id }, options, (queue) => queue.add(name, payload, { jobId: id, timestamp }));
    },

    /** Wait (again) for an order that was given before. */
    resultOf: <Q extends QueueName>(order: OrderRef & { queue: Q }, options: OrderOptions = {}): Promise<Result<Q>> =>
      untilEnded(order, options, undefined),

    async close() {
      closed.abort();
      const all = [...queues.values()].flatMap(({ queue, ends }) => [queue, ends]);
      connections.close();
      await Promise.race([Promise.allSettled(all.map((one) => one.close())), delay(1_000, undefined, { ref: false })]);
    },
  };
}

async function within<T>(limitMs: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${limitMs} ms`)), limitMs);
  });
  try {
    return await Promise.race([work, limit]);
  } finally {
    clearTimeout(timer);
  }
}
