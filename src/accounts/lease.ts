import { and, eq, inArray, isNotNull, isNull, lte, sql } from 'drizzle-orm';
import type { Drizzle, Transaction } from '../db/database.ts';
import { type Account, accounts } from '../db/tables.ts';
import { isDead } from '../leases/heartbeat.ts';
import { watchedStates } from './states.ts';

/** The right to watch a mailbox: every write that rests on it carries the token, and one that is too old matches no row. */
export type Lease = { accountId: string; processId: string; token: number };

/** Thrown when a lease is no longer ours: somebody else watches, or the account changed. Nothing was written. */
export class LeaseLost extends Error {
  override name = 'LeaseLost';
}

/** Column values that take the lease away: the old holder is fenced by the token. */
export const takenBack = { holder: null, token: sql`${accounts.token} + 1`, updatedAt: sql`now()` } as const;

/**
 * Take the lease of a mailbox that nobody holds and whose time has come.
 * @returns the account as it is under the lease, or null when there is nothing to watch (any more).
 */
export async function takeLease(
  { db, now }: Parts,
  accountId: string,
  processId: string,
): Promise<{ account: Account; lease: Lease } | null> {
  const [account] = await db
    .update(accounts)
    .set({ holder: processId, token: sql`${accounts.token} + 1`, updatedAt: sql`now()` })
    .where(
      and(eq(accounts.id, accountId), isNull(accounts.holder), inArray(accounts.state, watchedStates), isDue(now())),
    )
    .returning();
  return account ? { account, lease: { accountId, processId, token: account.token } } : null;
}

/** In how many ms a free mailbox is due; null when it is not waiting. */
export async function dueInMs({ db, now }: Parts, accountId: string): Promise<number | null> {
  const [row] = await db
    .select({ nextTryAt: accounts.nextTryAt })
    .from(accounts)
    .where(and(eq(accounts.id, accountId), isNull(accounts.holder), inArray(accounts.state, watchedStates)));
  return row?.nextTryAt ? Math.max(0, row.nextTryAt.getTime() - now().getTime()) : null;
}

/** How many processes and accounts hold a connection to the same mailbox (host and user name), this one included. */
export async function connectionsTo(db: Drizzle, imapDoor: string): Promise<number> {
  return db.$count(accounts, and(eq(accounts.imapDoor, imapDoor), isNotNull(accounts.holder)));
}

/** In a transaction that holds the user's row: the account, if the lease is still ours. @throws {LeaseLost} */
export async function underLease(tx: Transaction, { accountId, processId, token }: Lease): Promise<Account> {
  const [account] = await tx
    .select()
    .from(accounts)
    .where(and(eq(accounts.id, accountId), eq(accounts.holder, processId), eq(accounts.token, token)))
    .for('update');
  if (!account) throw new LeaseLost(accountId);
  return account;
}

/** Give the mailbox back, to be watched by whoever has room; now, or when its next try is due. */
export async function releaseLease(db: Drizzle, { accountId, processId, token }: Lease): Promise<boolean> {
  const released = await db
    .update(accounts)
    .set({ holder: null, updatedAt: sql`now()` })
    .where(and(eq(accounts.id, accountId), eq(accounts.holder, processId), eq(accounts.token, token)))
    .returning({ id: accounts.id });
  return released.length > 0;
}

/** The leases that this process holds, by Postgres: all, or the one of an account. */
export async function heldLeases(db: Drizzle, processId: string, only?: string): Promise<Map<string, number>> {
  const rows = await db
    .select({ id: accounts.id, token: accounts.token })
    .from(accounts)
    .where(and(eq(accounts.holder, processId), only === undefined ? undefined : eq(accounts.id, only)));
  return new Map(rows.map(({ id, token }) => [id, token]));
}

/** Take the mailboxes of dead processes away from them. Only for one who may judge (`Heartbeat.canJudge`). */
export async function freeDeadLeases({ db, now }: Parts): Promise<number> {
  const freed = await db
    .update(accounts)
    // What was held was open, or was just being opened: it is due at once.
    .set({ ...takenBack, nextTryAt: now() })
    .where(and(sql`${accounts.holder} is not null`, isDead(accounts.holder)))
    .returning({ id: accounts.id });
  return freed.length;
}

/** Mailboxes that want a watcher now, with the number that makes their job unique. */
export async function unwatched({ db, now }: Parts, limit: number): Promise<{ accountId: string; token: number }[]> {
  return db
    .select({ accountId: accounts.id, token: accounts.token })
    .from(accounts)
    .where(and(isNull(accounts.holder), inArray(accounts.state, watchedStates), isDue(now())))
    .orderBy(accounts.nextTryAt)
    .limit(limit);
}

const isDue = (now: Date) => lte(accounts.nextTryAt, now);

type Parts = { db: Drizzle; now: () => Date };
