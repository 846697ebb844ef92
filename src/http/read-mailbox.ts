import type { Who } from '../accounts/user-lock.ts';
import type { Drizzle } from '../db/database.ts';
import { NoMailbox, type Reading, readAs } from '../mailbox/read-as.ts';
import { Problem } from './problem.ts';

/** Read a user's mailbox; one that is not there is a problem of the request. @throws {Problem} */
export async function readMailbox<R>(db: Drizzle, who: Who, read: (reading: Reading) => Promise<R>): Promise<R> {
  try {
    return await readAs(db, who, read);
  } catch (error) {
    if (error instanceof NoMailbox) throw new Problem('account-not-found', { reason: 'account.not_found' });
    throw error;
  }
}
