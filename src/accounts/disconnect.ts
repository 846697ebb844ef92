import { and, eq, like, sql } from 'drizzle-orm';
import { type Account, accounts, eventLog, folders, messages } from '../db/tables.ts';
import { endSendsOf } from '../sending/ledger.ts';
import { dropGrant } from './grants.ts';
import { takenBack } from './lease.ts';
import { next } from './states.ts';
import type { Locked } from './user-lock.ts';

/**
 * End an account here: credentials and what was synced go, and what its events told of messages; the row and the
 * sequences stay. Nothing changes at the provider.
 */
export async function disconnect(locked: Locked, account: Account, by: 'order' | 'replaced'): Promise<void> {
  const { tx, emit } = locked;
  const state = next(account.state, 'order.disconnect');
  if (state === null) return;
  await endSendsOf(locked, account.id);
  await tx
    .update(accounts)
    .set({
      ...takenBack,
      state,
      stateSince: sql`now()`,
      imapSecret: null,
      smtpSecret: null,
      refusal: null,
      prefill: null,
      nextTryAt: null,
    })
    .where(eq(accounts.id, account.id));
  await dropGrant(tx, account.id);
  await tx.delete(messages).where(eq(messages.accountId, account.id));
  await tx.delete(folders).where(eq(folders.accountId, account.id));
  await tx
    .update(eventLog)
    .set({ data: { erased: true } })
    .where(and(eq(eventLog.accountId, account.id), like(eventLog.type, 'message.%')));
  emit('account.disconnected', { by }, { accountId: account.id });
}
