import { createHash, randomUUIDv7 } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { Queue } from 'bullmq';
import { withoutSecrets } from '../accounts/secrets.ts';
import type { Payload, QueueName, Result } from '../queues/orders.ts';
import type { Queues } from '../queues/queues.ts';
import { Problem } from './problem.ts';
import { within } from './within.ts';

/** A POST that gives an order waits this long for its result. */
export const waitForResultMs = 10_000;
/** Longer than a finished job is kept. */
const contentKeptSeconds = 48 * 60 * 60;
/** Asking Redis takes a millisecond; one that hangs is told of. */
const redisLimitMs = 5_000;
const unavailable = () => new Problem('unavailable', { headers: { 'retry-after': '2' } });

export type OrderQueues = Pick<Queues, 'add' | 'get' | 'connection'>;

export type Given<Q extends QueueName> = { ended: true; result: Result<Q> } | { ended: false; queue: Q; id: string };

/**
 * Add an order to its queue and wait a little for its result. HTTP does nothing that a job does not: what is checked,
 * overtaken and written down is the worker's business.
 * @param idempotencyKey the same key of the same tenant gives the same order, for as long as finished jobs are kept.
 */
export async function giveOrder<Q extends QueueName>(
  { queues, signal }: { queues: OrderQueues; signal: AbortSignal },
  name: Q,
  payload: Payload<Q> & { tenantId: string },
  idempotencyKey?: string,
): Promise<Given<Q>> {
  const queue = queues.get(name);
  // Never a number: those are Redis' own, and begin again at 1 when it has lost its data.
  const jobId =
    idempotencyKey === undefined ? `http-${randomUUIDv7()}` : keyedId(name, payload.tenantId, idempotencyKey);
  if (idempotencyKey !== undefined) {
    await within(redisLimitMs, keepToContent(queues, queue.toKey(`content:${jobId}`), payload), unavailable);
  }
  await within(redisLimitMs, queues.add(name, payload, { jobId }), unavailable);
  return (await ended(queue, jobId, signal))
    ? { ended: true, result: await resultOf(queue, jobId) }
    : { ended: false, queue: name, id: jobId };
}

/**
 * A key belongs to the content that it came with first. What is kept is a digest of that, beside the job and not in it:
 * a job's data is cut as its order goes on. Secrets do not count: a retry seals anew, and of a password in clear not even
 * a digest may stay.
 */
async function keepToContent({ connection }: Pick<Queues, 'connection'>, at: string, payload: object): Promise<void> {
  const content = digest(JSON.stringify(withoutSecrets(payload)));
  const known = await connection.set(at, content, 'EX', contentKeptSeconds, 'NX', 'GET');
  if (known !== null && known !== content) throw new Problem('key-reused');
}

/** Look until the job has ended: a question to Redis every now and then, which never sees the payload again. */
async function ended(queue: Queue, jobId: string, signal: AbortSignal): Promise<boolean> {
  const deadline = performance.now() + waitForResultMs;
  for (let pauseMs = 10; performance.now() < deadline && !signal.aborted; pauseMs = Math.min(200, pauseMs * 1.5)) {
    await delay(pauseMs, undefined, { signal }).catch(() => {}); // aborted: the answer is 202, the order goes on
    const leftMs = Math.max(0, deadline - performance.now());
    // The order is in the queue: whatever happens to Redis now, the answer is where to ask.
    const state = await within(leftMs, queue.getJobState(jobId), unavailable).catch(() => 'unknown');
    if (state === 'completed' || state === 'failed') return true;
  }
  return false;
}

async function resultOf<Q extends QueueName>(queue: Queue, jobId: string): Promise<Result<Q>> {
  const job = await within(redisLimitMs, queue.getJob(jobId), unavailable);
  if (job?.returnvalue === undefined || job.returnvalue === null || job.failedReason) {
    throw new Problem('order-failed', { detail: publicReason(job?.failedReason) });
  }
  return job.returnvalue as Result<Q>;
}

/** What the caller may know of why a job failed: what was wrong with the payload, and nothing about our insides. */
export function publicReason(failedReason: string | undefined): string {
  return failedReason?.startsWith('The payload is not valid.')
    ? failedReason
    : 'A fault of this installation; its log says more.';
}

const digest = (...parts: string[]) => createHash('sha256').update(parts.join('\0')).digest('base64url');
const keyedId = (queue: string, tenantId: string, key: string) => `key-${digest(queue, tenantId, key)}`;
