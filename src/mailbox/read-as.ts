import { sql } from 'drizzle-orm';
import type { Who } from '../accounts/user-lock.ts';
import type { Drizzle, Transaction } from '../db/database.ts';

/** A search that takes longer is one that nobody waits for. */
const statementLimitMs = 5_000;

/** A mailbox that is being read: what is asked in this transaction finds its rows and no others. */
export type Reading = { tx: Transaction; accountId: string; locale: string };

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
      // The role counts from the next statement on; it may not look for accounts.
      const [entered] = await tx.execute<{ accountId: string | null; locale: string }>(sql`
        select entered.account_id as "accountId", (select locale from accounts where id = entered.account_id) as locale,
          set_config('role', 'postbud_reader', true),
          set_config('statement_timeout', ${String(statementLimitMs)}, true)
        from enter_mailbox(${who.tenantId}, ${who.userId}) as entered(account_id)`);
      if (!entered?.accountId) throw new NoMailbox();
      return read({ tx, accountId: entered.accountId, locale: entered.locale });
    },
    { accessMode: 'read only' },
  );
}
