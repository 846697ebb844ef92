import { and, desc, eq, gt, inArray } from 'drizzle-orm';
import { z } from 'zod';
import type { Drizzle } from '../../db/database.ts';
import { eventLog, orders } from '../../db/tables.ts';
import { type ConnectResult, connectPayload, type QueueName } from '../../queues/orders.ts';
import { type Refusal, refusal } from '../../words.ts';
import type { OrderQueues } from '../give-order.ts';
import { within } from '../within.ts';
import { type Doors, doors } from './progress.ts';

/** Asking Redis takes a millisecond; one that hangs is told of. */
const redisLimitMs = 3_000;

/** How far a connect order is, and what it was. `refusals`: what each side said, where both were tried. */
export type Attempt =
  | { state: 'going'; doors: Doors }
  | { state: 'ended'; result: ConnectResult; payload: Known; refusals: Refusal[] }
  | { state: 'lost' };
/** What is known of an order's payload afterwards: never a secret. */
type Known = z.infer<typeof known>;
const known = connectPayload.pick({ email: true, imap: true, smtp: true }).partial();
const progress = z.object({ refusals: z.array(refusal).catch([]) }).catch({ refusals: [] });

type Parts = { db: Drizzle; queues: OrderQueues };
type Who = { tenantId: string; userId: string };

/** See how far a connect order of a user is. */
export async function findAttempt(parts: Parts, who: Who, jobId: string): Promise<Attempt> {
  const look = await findOrder(parts, who, { queue: 'connect-account', jobId });
  if (look.state === 'ended') return ended(look);
  if (look.state === 'lost') return look;
  return { state: 'going', doors: doors.catch({ imap: 'waiting', smtp: 'waiting' }).parse(look.progress) };
}

/** See how far the removal of a user's mailbox is. One that is `overtaken` removes nothing any more. */
export async function findRemoval(
  parts: Parts,
  who: Who,
  jobId: string,
): Promise<'going' | 'removed' | 'overtaken' | 'lost'> {
  const look = await findOrder(parts, who, { queue: 'disconnect-account', jobId });
  if (look.state !== 'ended') return look.state;
  return 'outcome' in look.result && look.result.outcome === 'superseded' ? 'overtaken' : 'removed';
}

type Order =
  | { state: 'going'; progress: unknown }
  | { state: 'ended'; result: object; payload: object; progress: unknown }
  | { state: 'lost' };

/** An order of a user: by its row, which is the truth, else by its job, which is there before it. */
async function findOrder(
  { db, queues }: Parts,
  who: Who,
  { queue: name, jobId }: { queue: QueueName; jobId: string },
): Promise<Order> {
  const own = and(eq(orders.tenantId, who.tenantId), eq(orders.userId, who.userId));
  const [row] = await db
    .select({ payload: orders.payload, result: orders.result })
    .from(orders)
    .where(and(own, eq(orders.queue, name), eq(orders.jobId, jobId)))
    .limit(1);
  const queue = queues.get(name);
  // The row says how it ended also while Redis is away; only how far it is nobody else knows.
  const asked = within(redisLimitMs, queue.getJob(jobId), () => new Error('Redis does not answer'));
  const job = row?.result ? await asked.catch(() => undefined) : await asked;
  const mine = job && job.data?.tenantId === who.tenantId && job.data?.userId === who.userId ? job : undefined;
  if (row?.result) return { state: 'ended', result: row.result, payload: row.payload, progress: mine?.progress };
  if (!mine) return row ? { state: 'going', progress: {} } : { state: 'lost' };
  const state = await within(redisLimitMs, mine.getState(), () => new Error('Redis does not answer'));
  const { returnvalue: result, data: payload, progress } = mine;
  if (state === 'completed') return { state: 'ended', result, payload, progress };
  return state === 'failed' ? { state: 'lost' } : { state: 'going', progress };
}

function ended({ result, payload, progress: told }: Extract<Order, { state: 'ended' }>): Attempt {
  const { refusals } = progress.parse(told);
  return { state: 'ended', result: result as ConnectResult, payload: known.catch({}).parse(payload), refusals };
}

const verdicts = ['account.connected', 'account.refused', 'account.settings_required'];

/** What became of a login at the provider, which ends in another window: the newest verdict after the order asked for it. */
export async function verdictSince(
  db: Drizzle,
  who: { tenantId: string; userId: string },
  { accountId, jobId }: { accountId: string; jobId: string },
): Promise<{ type: string; data: Record<string, unknown> } | undefined> {
  const [order] = await db
    .select({ endedAt: orders.endedAt })
    .from(orders)
    .where(and(eq(orders.tenantId, who.tenantId), eq(orders.userId, who.userId), eq(orders.jobId, jobId)))
    .limit(1);
  if (!order?.endedAt) return undefined;
  const [event] = await db
    .select({ type: eventLog.type, data: eventLog.data })
    .from(eventLog)
    .where(
      and(
        eq(eventLog.tenantId, who.tenantId),
        eq(eventLog.userId, who.userId),
        eq(eventLog.accountId, accountId),
        inArray(eventLog.type, verdicts),
        gt(eventLog.time, order.endedAt),
      ),
    )
    .orderBy(desc(eventLog.userSeq))
    .limit(1);
  return event;
}

/** Whose login an order asked for. */
export async function providerAsked(
  db: Drizzle,
  { tenantId, userId }: { tenantId: string; userId: string },
  accountId: string,
): Promise<string | null> {
  const [event] = await db
    .select({ data: eventLog.data })
    .from(eventLog)
    .where(
      and(
        eq(eventLog.tenantId, tenantId),
        eq(eventLog.userId, userId),
        eq(eventLog.accountId, accountId),
        eq(eventLog.type, 'account.authorization_required'),
      ),
    )
    .orderBy(desc(eventLog.userSeq))
    .limit(1);
  return typeof event?.data.provider === 'string' ? event.data.provider : null;
}
