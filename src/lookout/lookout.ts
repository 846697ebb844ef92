import type { AccountParts } from '../accounts/index.ts';
import { freeDeadLeases, unwatched } from '../accounts/lease.ts';
import { openOrders } from '../accounts/orders.ts';
import { eraseDisconnected } from '../db/erase.ts';
import { trimOld } from '../db/trim.ts';
import type { Heartbeat } from '../leases/heartbeat.ts';
import type { Log } from '../log.ts';
import type { QueueName } from '../queues/orders.ts';
import type { Queues } from '../queues/queues.ts';

const lookEveryMs = 2_000;
const sweepEveryMs = 60_000;
const eraseEveryMs = 1_000;
const trimEveryMs = 10 * 60_000;
/** An order that is this old and has not ended may have lost its job. */
const orderIsOldAfterMs = 90_000;
const most = 1_000;

/**
 * The look-out: every 2 s it hands out the mailboxes of processes that have died; at start and every minute it sweeps,
 * which is to add again what Postgres wants and no job does. Queues may forget, and all comes back from here. Each process
 * with the role runs one: all it does may be done twice.
 */
export function startLookout({
  accounts,
  queues,
  heartbeat,
  recover,
  eventDays,
  log,
}: {
  accounts: AccountParts;
  queues: Queues;
  heartbeat: Heartbeat;
  /** Take up what dead processes were sending. */
  recover: () => Promise<void>;
  eventDays: number;
  log: Log;
}) {
  const { db } = accounts;
  let stopped = false;

  async function look() {
    if (!heartbeat.canJudge()) return;
    const freed = await freeDeadLeases(accounts);
    if (freed > 0) {
      log.warn({ mailboxes: freed }, 'took the mailboxes of a dead process');
      await addWatchJobs();
    }
    await recover();
  }

  async function sweep() {
    await addWatchJobs();
    for (const order of await openOrders(db, orderIsOldAfterMs, most)) {
      const queue = order.queue as QueueName;
      // An id that is still there makes this harmless. One that failed is there for a day, and whatever waits for this
      // order would wait as long: so each hour has its own. A job of another id may run the order twice.
      const options = { jobId: `order-${order.id}-${Math.floor(Date.now() / 3_600_000)}`, timestamp: order.jobAt };
      await queues.add(queue, { ...order.payload, orderId: order.id }, options);
    }
  }

  async function addWatchJobs() {
    for (const due of await unwatched(accounts, most)) {
      if (stopped) return;
      await queues.addWatch(due);
    }
  }

  const timers = [
    every(lookEveryMs, 'look-out', look),
    every(sweepEveryMs, 'sweep', sweep, { atOnce: true }),
    every(eraseEveryMs, 'erase', () => eraseDisconnected(db)),
    every(trimEveryMs, 'trim', () => trimOld(db, { eventDays })),
  ];

  /** Never two at a time; a failure is told and the next turn comes. */
  function every(ms: number, what: string, act: () => Promise<unknown>, { atOnce = false } = {}) {
    let running: Promise<unknown> | undefined;
    const turn = () => {
      running ??= act()
        .catch((error) => log.warn({ err: error, what }, 'could not look after things; trying again'))
        .finally(() => {
          running = undefined;
        });
    };
    if (atOnce) turn();
    const timer = setInterval(turn, ms);
    return async () => {
      clearInterval(timer);
      await running;
    };
  }

  return {
    /** Sweep now. */
    sweep,
    async stop() {
      stopped = true;
      await Promise.all(timers.map((stopTimer) => stopTimer()));
    },
  };
}
