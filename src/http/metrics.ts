import { count, inArray, ne } from 'drizzle-orm';
import type { Hono } from 'hono';
import { Gauge } from 'prom-client';
import type { Drizzle } from '../db/database.ts';
import { accounts, sends } from '../db/tables.ts';
import type { Log } from '../log.ts';
import type { Metrics } from '../metrics.ts';
import type { Queues } from '../queues/queues.ts';
import type { HttpEnv } from './authorize.ts';
import { within } from './within.ts';

const countsForMs = 5_000;
const askLimitMs = 3_000;
const queueStates = ['waiting', 'active', 'delayed', 'failed', 'prioritized'] as const;
const openSends = ['queued', 'connecting', 'data-sent'] as const;

type Parts = { db: Drizzle; queues: Pick<Queues, 'all'>; metrics: Metrics; log: Log };

/** `/metrics`: what this process counted, and what Postgres and Redis hold at the time of asking. */
export function metricsRoute(app: Hono<HttpEnv>, parts: Parts): void {
  const refresh = stateGauges(parts);
  app.get('/metrics', async (c) => {
    await refresh();
    c.header('content-type', parts.metrics.registry.contentType);
    return c.body(await parts.metrics.registry.metrics());
  });
}

/** Gauges of the whole installation: each process shows the same, so take the maximum over processes and not the sum. */
function stateGauges({ db, queues, metrics, log }: Parts): () => Promise<void> {
  const registers = [metrics.registry];
  const depth = new Gauge({
    name: 'postbud_queue_jobs',
    help: 'Jobs in a queue, by state',
    labelNames: ['queue', 'state'],
    registers,
  });
  const accountStates = new Gauge({
    name: 'postbud_accounts',
    help: 'Accounts by state, without those that are disconnected',
    labelNames: ['state'],
    registers,
  });
  const sendStates = new Gauge({
    name: 'postbud_sends_open',
    help: 'Mails that are not out yet, by state; how they ended counts as postbud_events_published_total{type="send.…"}',
    labelNames: ['state'],
    registers,
  });
  const up = new Gauge({
    name: 'postbud_state_readable',
    help: 'Whether Postgres and Redis could be asked for the other gauges (1) or not (0)',
    labelNames: ['part'],
    registers,
  });

  async function asked(part: string, ask: () => Promise<void>) {
    try {
      await within(askLimitMs, ask(), () => new Error(`no answer within ${askLimitMs} ms`));
      up.set({ part }, 1);
    } catch (error) {
      // The rest of the page is worth having just then.
      log.debug({ err: error, part }, 'gauges could not be read');
      up.set({ part }, 0);
    }
  }

  async function look() {
    await Promise.all([
      asked('redis', async () => {
        for (const queue of queues.all()) {
          const counts = await queue.getJobCounts(...queueStates);
          for (const state of queueStates) depth.set({ queue: queue.name, state }, counts[state] ?? 0);
        }
      }),
      asked('postgres', async () => {
        const byState = await db
          .select({ state: accounts.state, n: count() })
          .from(accounts)
          .where(ne(accounts.state, 'disconnected'))
          .groupBy(accounts.state);
        accountStates.reset();
        for (const { state, n } of byState) accountStates.set({ state }, n);
        const open = await db
          .select({ state: sends.state, n: count() })
          .from(sends)
          .where(inArray(sends.state, [...openSends]))
          .groupBy(sends.state);
        for (const state of openSends) sendStates.set({ state }, open.find((row) => row.state === state)?.n ?? 0);
      }),
    ]);
  }

  let last: { at: number; done: Promise<void> } | undefined;
  return () => {
    if (!last || performance.now() - last.at > countsForMs) last = { at: performance.now(), done: look() };
    return last.done;
  };
}
