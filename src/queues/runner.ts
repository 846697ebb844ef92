import { DelayedError, type Job, UnrecoverableError, WaitingError, Worker } from 'bullmq';
import { z } from 'zod';
import type { JobKey } from '../accounts/orders.ts';
import { withoutSecrets } from '../accounts/secrets.ts';
import type { Log } from '../log.ts';
import { text } from '../words.ts';
import { ComeBackLater, isInfrastructureFault } from './faults.ts';
import { orders, type Payload, type QueueName, type Result } from './orders.ts';
import { keepFinished } from './queues.ts';
import { openRedis } from './redis.ts';

/** What a processor may do with its job beside reading its payload. */
export type Running = {
  key: JobKey;
  /** Replace the job's data: what the queue need not keep is cut as soon as Postgres has it. */
  keep(data: Record<string, unknown>): Promise<void>;
  /** Say how far it is, for a person who watches. Never fails: the work does not depend on being watched. */
  tell?(progress: Record<string, unknown>): Promise<void>;
  /** Aborted when the job's time is over or the process stops. */
  signal: AbortSignal;
};

/** One kind of job: everything that is particular to it. What interrupts the story is in the runner, once. */
export type JobKind<Q extends QueueName> = {
  name: Q;
  concurrency: number;
  timeLimitMs: number;
  /** What of the payload a failed or finished job keeps. */
  strip?: (data: unknown) => unknown;
  process(payload: Payload<Q>, running: Running): Promise<Result<Q>>;
};

/** Why a processor was interrupted: its time is over, or the process stops. */
export class Interrupted extends Error {
  override name = 'Interrupted';
  readonly why: 'time-limit' | 'stop';

  constructor(why: 'time-limit' | 'stop') {
    super(why === 'stop' ? 'the process stops' : 'the time limit of the job is over');
    this.why = why;
  }
}

export type Runner = ReturnType<typeof startWorker>;

/**
 * Work a queue. A payload that does not fit its schema fails at once with every bad field named; a fault of our own
 * infrastructure, or a stop, gives the job back without spending an attempt; anything else is a bug and fails the job.
 * Whatever the producer wished for attempts, back-off or keeping does not matter.
 */
export function startWorker<Q extends QueueName>(
  kind: JobKind<Q>,
  {
    redisUrl,
    prefix,
    log,
    ended,
  }: { redisUrl: string; prefix: string; log: Log; ended: (queue: Q, outcome: string, tookMs: number) => void },
) {
  const connection = openRedis(redisUrl, { log, role: `worker-${kind.name}`, blocking: true });
  const stopping = new AbortController();

  async function run(job: Job, token: string | undefined): Promise<unknown> {
    const startedAt = performance.now();
    job.opts.removeOnComplete = keepFinished;
    job.opts.removeOnFail = keepFinished;
    job.opts.attempts = 1;
    let outcome = 'failed';
    try {
      const result = await process(job);
      outcome = outcomeOf(result);
      return result;
    } catch (error) {
      if (stopping.signal.aborted) {
        outcome = 'returned';
        await job.moveToWait(token);
        throw new WaitingError();
      }
      if (error instanceof ComeBackLater || isInfrastructureFault(error)) {
        outcome = 'delayed';
        if (!(error instanceof ComeBackLater)) log.warn({ err: error, job: kind.name }, 'job delayed');
        const delayMs = error instanceof ComeBackLater ? error.afterMs : 1_000 + Math.random() * 2_000;
        await job.moveToDelayed(Date.now() + delayMs, token);
        throw new DelayedError();
      }
      if (error instanceof UnrecoverableError) throw error;
      log.error({ err: error, job: kind.name, jobId: job.id }, 'job failed');
      if (error instanceof Interrupted) throw error;
      // Redis and the dashboard keep what is thrown, and a library's words may quote data: Drizzle's message is the whole
      // statement with its parameters.
      throw new UnrecoverableError('Something in Postbud broke; its log says what.');
    } finally {
      const tookMs = Math.round(performance.now() - startedAt);
      ended(kind.name, outcome, tookMs);
      log.info({ job: kind.name, jobId: job.id, accountId: job.data?.accountId, tookMs, outcome }, 'job ended');
    }
  }

  async function process(job: Job): Promise<Result<Q>> {
    const strip = kind.strip ?? withoutSecrets;
    const parsed = orders[kind.name].payload.safeParse(job.data);
    const name = jobId.safeParse(job.id);
    if (!parsed.success || !name.success) {
      await job.updateData(strip(withoutSecrets(job.data)));
      const fields = [
        ...(parsed.error?.issues ?? []).map(({ path, message }) => `${path.join('.') || 'payload'}: ${message}`),
        ...(name.error?.issues ?? []).map(({ message }) => `id of the job: ${message}`),
      ];
      throw new UnrecoverableError(`The payload is not valid. ${fields.join('; ')}`);
    }
    const late = AbortSignal.timeout(kind.timeLimitMs);
    const signal = AbortSignal.any([late, stopping.signal]);
    const running: Running = {
      key: { queue: kind.name, jobId: job.id!, jobAt: await timeOf(job), orderId: orderIdOf(job.data) },
      keep: (data) => job.updateData(data),
      tell: (progress) =>
        job
          .updateProgress(progress)
          .catch((error) => log.debug({ err: error, job: kind.name }, 'progress was not told')),
      signal,
    };
    try {
      const result = await withLimit(kind.process(parsed.data as Payload<Q>, running), signal, stopping.signal);
      await cut(job);
      return result;
    } catch (error) {
      if (!stopping.signal.aborted && !isInfrastructureFault(error) && !(error instanceof ComeBackLater)) {
        await cut(job);
      }
      throw error;
    }

    /** Nothing is written when nothing is left to be cut: an order that is kept cut it already. */
    async function cut({ data }: Job) {
      const rest = strip(withoutSecrets(data));
      if (JSON.stringify(rest) !== JSON.stringify(data)) await job.updateData(rest);
    }
  }

  const worker = new Worker(kind.name, run, {
    connection,
    prefix,
    concurrency: kind.concurrency,
    lockDuration: 10_000,
    stalledInterval: 5_000,
    // A job that was stalled is not a job that failed: its worker died.
    maxStalledCount: 1_000,
    removeOnComplete: keepFinished,
    removeOnFail: keepFinished,
  });
  worker.on('error', (error) => log.debug({ err: error, queue: kind.name }, 'worker error'));

  return {
    worker,
    /** Take no more jobs; those that run get a little time, then they go back to the queue. */
    async stop(graceMs = 5_000) {
      const closing = worker.close();
      const timer = setTimeout(() => stopping.abort(new Interrupted('stop')), graceMs);
      await closing.catch((error) => log.warn({ err: error, queue: kind.name }, 'worker did not close'));
      clearTimeout(timer);
      connection.disconnect();
    },
  };
}

/** A processor that does not heed its signal is left behind five seconds later; its job must not hang for ever. */
async function withLimit<T>(work: Promise<T>, signal: AbortSignal, stopping: AbortSignal): Promise<T> {
  const grace = 5_000;
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<never>((_, reject) => {
    const onAbort = () => {
      timer = setTimeout(() => reject(new Interrupted(stopping.aborted ? 'stop' : 'time-limit')), grace);
    };
    if (signal.aborted) onAbort();
    else signal.addEventListener('abort', onAbort, { once: true });
  });
  try {
    return await Promise.race([work, limit]);
  } finally {
    clearTimeout(timer);
  }
}

const farAheadMs = 60 * 60_000;

/**
 * When the order was given. A producer whose clock is far ahead must not make every later order of its user look old:
 * such an order was given when it was first seen, which its job remembers, so that it is the same order in each run.
 */
async function timeOf(job: Job): Promise<number> {
  const now = Date.now();
  const { firstSeenAt } = job.data as { firstSeenAt?: unknown };
  const isTime = Number.isSafeInteger(firstSeenAt) && (firstSeenAt as number) > 0 && (firstSeenAt as number) <= now;
  const seenAt = isTime ? (firstSeenAt as number) : undefined;
  if (job.timestamp < (seenAt ?? now) + farAheadMs) return Math.max(0, Math.trunc(job.timestamp));
  if (seenAt !== undefined) return seenAt;
  await job.updateData({ ...job.data, firstSeenAt: now });
  return now;
}

/** Any id that Postgres can keep and find. */
const jobId = text.max(500);
const uuid = z.uuid();

/** The order's row, when an earlier run of the job wrote it, or the sweep added the job again. */
function orderIdOf(data: { orderId?: unknown }): string | undefined {
  return uuid.safeParse(data.orderId).data;
}

function outcomeOf(result: unknown): string {
  const { outcome, status, ok } = (result ?? {}) as { outcome?: string; status?: string; ok?: boolean };
  return outcome ?? status ?? (ok === undefined ? 'done' : ok ? 'ok' : 'refused');
}
