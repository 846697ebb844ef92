import { eq } from 'drizzle-orm';
import type { Database } from '../db/database.ts';
import { accounts } from '../db/tables.ts';
import type { Log } from '../log.ts';
import type { Queues } from '../queues/queues.ts';
import { jobOf } from './states.ts';

/** The channel on which processes tell each other that an account is another one than before. */
export const accountChannel = 'postbud_account';

/**
 * What happens after the commit that changed an account: the job that its state wants is added, and whoever holds its
 * connection looks again. Nothing is lost if this fails; the sweep adds the job, and the token fences the holder.
 */
export function accountChanged({
  database,
  queues,
  log,
}: {
  database: Database;
  queues: Queues;
  log: Log;
}): (accountId: string) => void {
  async function follow(accountId: string) {
    const [account] = await database.db
      .select({ state: accounts.state, token: accounts.token, holder: accounts.holder, nextTryAt: accounts.nextTryAt })
      .from(accounts)
      .where(eq(accounts.id, accountId));
    if (!account || jobOf[account.state] === null || account.holder !== null || account.nextTryAt === null) return;
    await queues.addWatch({ accountId, token: account.token }, account.nextTryAt.getTime() - Date.now());
  }

  return (accountId) => {
    database.notify(accountChannel, accountId);
    follow(accountId).catch((error) => log.warn({ err: error, accountId }, 'the sweep will add the job of an account'));
  };
}
