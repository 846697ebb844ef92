import { randomUUIDv7 } from 'node:crypto';
import { and, eq, sql } from 'drizzle-orm';
import type { Drizzle, Transaction } from '../db/database.ts';
import { eventLog, type User, users } from '../db/tables.ts';
import { type EventData, type EventType, events } from '../events.ts';

export type Emit = <T extends EventType>(type: T, data: EventData<T>, about?: { accountId?: string | null }) => void;

/** A transaction that holds the user's row, and the events that it will write. */
export type Locked = { tx: Transaction; user: User; emit: Emit };

export type Who = { tenantId: string; userId: string };

/**
 * Do something under a user's lock: one transaction in which that user's account, orders and event counter may change.
 * Events are written at its end, numbered in the order in which they were emitted, so that `userseq` has no gap.
 * @param wake is called after the commit when there are events to publish.
 */
export async function withUser<R>(
  { db, wake }: { db: Drizzle; wake: () => void },
  who: Who,
  act: (locked: Locked) => Promise<R>,
): Promise<R> {
  let written = 0;
  const result = await db.transaction(async (tx) => {
    const user = await lockUser(tx, who);
    const pending: (typeof eventLog.$inferInsert)[] = [];
    const emit: Emit = (type, data, about) => {
      pending.push({
        id: randomUUIDv7(),
        tenantId: who.tenantId,
        userId: who.userId,
        userSeq: user.eventSeq + pending.length + 1,
        accountId: about?.accountId ?? null,
        type,
        time: new Date(),
        // The schema is the contract: what it does not name stays here, such as a server's user name.
        data: events[type].parse(data) as Record<string, unknown>,
      });
    };
    const outcome = await act({ tx, user, emit });
    if (pending.length > 0) {
      await tx
        .update(users)
        .set({ eventSeq: user.eventSeq + pending.length })
        .where(and(eq(users.tenantId, who.tenantId), eq(users.userId, who.userId)));
      await tx.insert(eventLog).values(pending);
    }
    written = pending.length;
    return outcome;
  });
  if (written > 0) wake();
  return result;
}

/** Make the row if it is not there, and hold it until the transaction ends. One round trip. */
async function lockUser(tx: Transaction, who: Who): Promise<User> {
  const [user] = await tx
    .insert(users)
    .values(who)
    .onConflictDoUpdate({ target: [users.tenantId, users.userId], set: { tenantId: sql`excluded.tenant_id` } })
    .returning();
  return user!;
}
