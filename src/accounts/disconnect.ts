import { eq, sql } from 'drizzle-orm';
import { eraseEvents } from '../db/erase.ts';
import { type Account, accounts, commands, erasures, folders } from '../db/tables.ts';
import { endSendsOf } from '../sending/ledger.ts';
import { dropGrant } from './grants.ts';
import { takenBack } from './lease.ts';
import { next } from './states.ts';
import type { Locked } from './user-lock.ts';

/**
 * End an account here: credentials go, and what was synced and what its events told of messages, of a large mailbox bit
 * by bit; the row and the sequences stay. Nothing changes at the provider.
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
  await tx.delete(commands).where(eq(commands.accountId, account.id));
  await tx.delete(folders).where(eq(folders.accountId, account.id));
  // The newest now, which is all of most mailboxes; what is left goes in batches (`src/db/erase.ts`).
  await eraseEvents(tx, account.id);
  await tx.insert(erasures).values({ accountId: account.id, tenantId: account.tenantId }).onConflictDoNothing();
  emit('account.disconnected', { by }, { accountId: account.id });
}
