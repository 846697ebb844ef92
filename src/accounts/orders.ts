import { randomUUIDv7 } from 'node:crypto';
import { and, eq, inArray, isNull, ne, sql } from 'drizzle-orm';
import type { Drizzle, Transaction } from '../db/database.ts';
import { type Account, accounts, type Order, orders, sealedUses, users } from '../db/tables.ts';
import { dropGrant } from './grants.ts';
import type { Locked, Who } from './user-lock.ts';

/**
 * A job as its order sees it: the same order again when queue, id and timestamp are the same. `orderId` is set when the
 * order's row is known: an earlier run of the job wrote it, or the sweep added the job again.
 */
export type JobKey = { queue: string; jobId: string; jobAt: number; orderId?: string | undefined };

/** Orders that change what account a user has. Only these overtake a connect that is under way. */
const replacing = ['connect-account', 'disconnect-account'];

/** Breaks a tie of two orders in one millisecond: by queue name, then by id, where 9 comes before 10. */
export function tieBreaker({ queue, jobId }: Pick<JobKey, 'queue' | 'jobId'>): string {
  return `${queue}:${/^\d+$/.test(jobId) ? jobId.padStart(20, '0') : jobId}`;
}

/** What became of an order that was brought in: it is (again) to be carried out, has ended before, or came too late. */
export type Acceptance =
  | { kind: 'open'; order: Order; isNew: boolean }
  | { kind: 'ended'; result: Record<string, unknown> }
  | { kind: 'superseded' };

/**
 * Write an order down, under its user's lock. From here on Redis may lose the job.
 * @param prepare is called for a new order only, and gives what else its row holds. It must not wait for anything but
 * this transaction: another connection of the pool may not come before this one is given back.
 */
export async function acceptOrder(
  { tx, user }: Locked,
  job: JobKey,
  payload: Record<string, unknown>,
  prepare: () => Promise<Pick<Order, 'accountId'> & Partial<Pick<Order, 'id' | 'imapSecret' | 'smtpSecret'>>>,
): Promise<Acceptance> {
  const { orderId, ...key } = job;
  const [known] = await tx
    .select()
    .from(orders)
    .where(and(eq(orders.tenantId, user.tenantId), eq(orders.userId, user.userId), isOrder(job)))
    .limit(1);
  if (known?.result) return { kind: 'ended', result: known.result };
  if (known) return { kind: 'open', order: known, isNew: false };

  const orderKey = tieBreaker(job);
  if (user.orderAt > job.jobAt || (user.orderAt === job.jobAt && user.orderKey > orderKey))
    return { kind: 'superseded' };
  const prepared = await prepare();
  await tx
    .update(users)
    .set({ orderAt: job.jobAt, orderKey })
    .where(and(eq(users.tenantId, user.tenantId), eq(users.userId, user.userId)));
  const [order] = await tx
    .insert(orders)
    .values({
      id: randomUUIDv7(),
      ...key,
      tenantId: user.tenantId,
      userId: user.userId,
      payload,
      ...prepared,
    })
    .returning();
  return { kind: 'open', order: order!, isNew: true };
}

/** Whether a newer connect or disconnect of the same user was accepted meanwhile. Asked again in the committing transaction. */
export async function isOvertaken(tx: Transaction, order: Order): Promise<boolean> {
  const newer = await tx
    .select({ queue: orders.queue, jobId: orders.jobId, jobAt: orders.jobAt })
    .from(orders)
    .where(
      and(
        eq(orders.tenantId, order.tenantId),
        eq(orders.userId, order.userId),
        inArray(orders.queue, replacing),
        sql`${orders.jobAt} >= ${order.jobAt}`,
        ne(orders.id, order.id),
      ),
    );
  const own = tieBreaker(order);
  return newer.some((other) => other.jobAt > order.jobAt || tieBreaker(other) > own);
}

/** Whether an older connect of this user is still under way: pause and resume wait for it, so that they find what it made. */
export async function isConnecting(tx: Transaction, order: Order): Promise<boolean> {
  const [open] = await tx
    .select({ id: orders.id })
    .from(orders)
    .where(
      and(
        eq(orders.tenantId, order.tenantId),
        eq(orders.userId, order.userId),
        eq(orders.queue, 'connect-account'),
        isNull(orders.endedAt),
        sql`${orders.jobAt} <= ${order.jobAt}`,
      ),
    )
    .limit(1);
  return open !== undefined;
}

/** Store an order's result; its secrets go. */
export async function endOrder<R extends Record<string, unknown>>(
  tx: Transaction,
  order: Order,
  result: R,
): Promise<R> {
  await tx
    .update(orders)
    .set({ result, endedAt: sql`now()`, imapSecret: null, smtpSecret: null })
    .where(eq(orders.id, order.id));
  if ((order.payload.credentials as { kind?: string } | undefined)?.kind === 'oauth2') await dropGrant(tx, order.id);
  return result;
}

/** The user's account that is not disconnected; its row is locked by the user's. */
export async function currentAccount(tx: Transaction, who: Who): Promise<Account | undefined> {
  const [account] = await tx
    .select()
    .from(accounts)
    .where(
      and(eq(accounts.tenantId, who.tenantId), eq(accounts.userId, who.userId), ne(accounts.state, 'disconnected')),
    )
    .limit(1);
  return account;
}

/**
 * Note that a sealed secret was used by this job.
 * @returns false when another job used the same one before: a copied JWE must not connect a second time.
 */
export async function useSealed(tx: Transaction, job: JobKey, jweHash: string, expiresAt: Date): Promise<boolean> {
  await tx
    .insert(sealedUses)
    .values({ jweHash, queue: job.queue, jobId: job.jobId, jobAt: job.jobAt, expiresAt })
    .onConflictDoNothing();
  const [use] = await tx.select().from(sealedUses).where(eq(sealedUses.jweHash, jweHash)).limit(1);
  if (use === undefined || use.queue !== job.queue || use.jobId !== job.jobId) return false;
  // An id that the producer chose names the job by itself, also when it is added again after Redis lost it. Redis'
  // own numbers begin again at 1.
  return use.jobAt === job.jobAt || !/^\d+$/.test(job.jobId);
}

const isOrder = ({ queue, jobId, jobAt, orderId }: JobKey) =>
  orderId === undefined
    ? and(eq(orders.queue, queue), eq(orders.jobId, jobId), eq(orders.jobAt, jobAt))
    : and(eq(orders.queue, queue), eq(orders.id, orderId));

/** Accepted orders that have not ended although they had time to: their job may be lost with Redis. */
export async function openOrders(db: Drizzle, olderThanMs: number, limit: number): Promise<Order[]> {
  return db
    .select()
    .from(orders)
    .where(and(isNull(orders.endedAt), sql`${orders.acceptedAt} < now() - ${olderThanMs} * interval '1 millisecond'`))
    .orderBy(orders.acceptedAt)
    .limit(limit);
}
