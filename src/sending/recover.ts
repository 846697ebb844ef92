import { and, eq, inArray, type SQL, sql } from 'drizzle-orm';
import { withUser } from '../accounts/user-lock.ts';
import { accounts, type Send, sends } from '../db/tables.ts';
import { isDead } from '../leases/heartbeat.ts';
import { refusalOf } from '../mail/errors.ts';
import type { Reason } from '../mail/refusals/index.ts';
import type { Refusal } from '../words.ts';
import type { LedgerParts } from './ledger.ts';
import { firstLookAt } from './looks.ts';
import { refOf } from './order.ts';
import { partlyEnded } from './partly.ts';
import type { Trouble } from './submission.ts';

const perRun = 500;

/**
 * Take up what a dead process had in hand. Without the mark a mail certainly did not go out, since the final dot is
 * written after the mark is committed: it is queued again. With the mark and without an answer it is in doubt.
 * For the look-out, which calls nobody dead before it has seen Postgres work for a while.
 * @returns the accounts that have something to send again.
 */
export const recoverSends = (parts: LedgerParts): Promise<string[]> => recover(parts, isDead(sends.holder));

/**
 * The same for what a living process holds by its rows and not in its hands: the answer to a claim was lost with the
 * connection to Postgres. For that process itself, and while it has no claim under way.
 */
export const recoverOwnSends = (parts: LedgerParts, holder: string, inHand: readonly string[]): Promise<string[]> =>
  recover(
    parts,
    sql`${sends.holder} = ${holder}::uuid and not ${sends.id} = any(string_to_array(${inHand.join(',')}, ',')::uuid[])`,
  );

async function recover(parts: LedgerParts, abandoned: SQL): Promise<string[]> {
  const { db } = parts;
  const back = await db
    .update(sends)
    .set({ state: 'queued', holder: null, nextTryAt: sql`now()` })
    .where(and(eq(sends.state, 'connecting'), abandoned))
    .returning({ id: sends.id, accountId: sends.accountId });
  for (const { id } of back) parts.changed(id);

  const open = await db
    .select()
    .from(sends)
    .where(and(eq(sends.state, 'data-sent'), abandoned))
    .limit(perRun);
  for (const send of open) {
    await withUser(parts, send, async ({ tx, emit }) => {
      const [doubted] = await tx
        .update(sends)
        .set({ state: 'in-doubt', endedAt: sql`now()`, lookAt: firstLookAt(send), looks: 0 })
        .where(and(eq(sends.id, send.id), eq(sends.attempt, send.attempt), eq(sends.state, 'data-sent'), abandoned))
        .returning({ id: sends.id });
      if (doubted) emit('send.in_doubt', refOf(send), { accountId: send.accountId });
    });
    parts.changed(send.id);
  }
  return [...new Set([...back, ...open].map(({ accountId }) => accountId))];
}

/** Give up what has waited too long, with the last reason that is known. For the sweep, once a minute. */
export async function expireSends(parts: LedgerParts): Promise<number> {
  const late = await parts.db
    .select({ send: sends, account: accounts })
    .from(sends)
    .innerJoin(accounts, eq(accounts.id, sends.accountId))
    .where(and(eq(sends.state, 'queued'), sql`${sends.giveUpAt} <= now()`))
    .limit(perRun);
  for (const { send, account } of late) {
    const refusal = { ...reasonOfWaiting(send, account), permanent: true };
    await withUser(parts, send, async ({ tx, emit }) => {
      const end = send.delivered.length > 0 ? partlyEnded(send, refusal.response || refusal.reason) : undefined;
      const [ended] = await tx
        .update(sends)
        .set(end?.values ?? { state: 'failed', refusal, endedAt: sql`now()` })
        .where(and(eq(sends.id, send.id), eq(sends.state, 'queued'), sql`${sends.giveUpAt} <= now()`))
        .returning({ id: sends.id });
      const about = { accountId: send.accountId };
      if (ended && end) emit('send.sent', end.told, about);
      else if (ended) emit('send.failed', { ...refOf(send), ...refusal }, about);
    });
    parts.changed(send.id);
  }
  return late.length;
}

/** Forget sends that ended so long ago that their idempotency keys no longer count. For the sweep. */
export async function forgetOldSends({ db }: LedgerParts, days = 30): Promise<number> {
  const gone = await db
    .delete(sends)
    .where(
      and(
        inArray(sends.state, ['accepted', 'failed', 'in-doubt', 'cancelled']),
        sql`${sends.endedAt} < now() - make_interval(days => ${days})`,
      ),
    )
    .returning({ id: sends.id });
  return gone.length;
}

function reasonOfWaiting(send: Send, account: typeof accounts.$inferSelect): Refusal {
  const known = account.state === 'paused' ? null : (account.refusal ?? (account.sending as Trouble | null)?.refusal);
  const reason: Reason = account.state === 'paused' ? 'account.paused' : 'server.unavailable';
  return send.refusal ?? known ?? refusalOf({ reason, permanent: true, protocol: 'smtp' }, account);
}
