import { findAccount } from '../accounts/index.ts';
import type { Who } from '../accounts/user-lock.ts';
import type { Drizzle } from '../db/database.ts';
import { NotConnected } from '../mailbox/body.ts';
import { type FetchRange, isExpired, refusalIn } from '../mailbox/fetch-range.ts';
import { Gone } from '../mailbox/from-server.ts';
import { Problem } from './problem.ts';

/** States in which somebody holds a connection, or will in a moment. */
const reachable = new Set(['syncing', 'connected']);

/**
 * A way to ask a user's mail server for bytes. Whether the mailbox is connected is looked up at the first question: what is
 * kept here needs none. Rejects with `NotConnected` where no answer would come.
 */
export function askServer(db: Drizzle, who: Who, fetchRange: FetchRange | undefined): FetchRange {
  let looked: Promise<FetchRange> | undefined;
  const look = async () => {
    const account = await findAccount(db, who);
    if (!account || !reachable.has(account.state) || !fetchRange) {
      throw new NotConnected(`the mailbox is not connected now: ${account?.state ?? 'disconnected'}`);
    }
    return fetchRange;
  };
  return async (wanted, signal) => {
    looked ??= look();
    return (await looked)(wanted, signal);
  };
}

/** What went wrong with a question to the mail server, as the answer to a request. Other errors stay as they are. */
export function problemOfServer(error: unknown): unknown {
  if (error instanceof NotConnected) {
    return new Problem('mailbox-away', { detail: error.message, headers: { 'retry-after': '10' } });
  }
  if (error instanceof Gone) return new Problem('message-gone');
  if (isExpired(error)) return new Problem('mailbox-silent', { headers: { 'retry-after': '10' } });
  const refusal = refusalIn(error);
  if (!refusal) return error;
  return new Problem('mailbox-away', { reason: refusal.reason, detail: refusal.userAction.text });
}
