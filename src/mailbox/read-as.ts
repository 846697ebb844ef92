import { sql } from 'drizzle-orm';
import type { Who } from '../accounts/user-lock.ts';
import type { Drizzle, Transaction } from '../db/database.ts';

/** A search that takes longer is one that nobody waits for. */
const statementLimitMs = 5_000;

/** A mailbox that is being read: what is asked in this transaction finds its rows and no others. */
export type Reading = { tx: Transaction; accountId: string };

/** The user has no mailbox. */
export class NoMailbox extends Error {
  override name = 'NoMailbox';
}

/**
 * The only way in which HTTP reads a mailbox. The transaction takes the role `postbud_reader`, for which row-level security
 * shows the rows of the mailbox that `enter_mailbox` found for this user, and no others: a query that forgets its `where`
 * still reaches nothing of anybody else. It writes nothing, and no statement of it runs for longer than five seconds.
 * @throws {NoMailbox}
 */
export async function readAs<R>(db: Drizzle, who: Who, read: (reading: Reading) => Promise<R>): Promise<R> {
  return db.transaction(
    async (tx) => {
      // In this order: the role may not look for accounts.
      const [entered] = await tx.execute<{ account: string | null }>(sql`
        select enter_mailbox(${who.tenantId}, ${who.userId}) as account,
          set_config('role', 'postbud_reader', true),
          set_config('statement_timeout', ${String(statementLimitMs)}, true)`);
      if (!entered?.account) throw new NoMailbox();
      return read({ tx, accountId: entered.account });
    },
    { accessMode: 'read only' },
  );
}
