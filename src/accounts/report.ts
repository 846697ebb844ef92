import { and, eq, sql } from 'drizzle-orm';
import type { Account } from '../db/tables.ts';
import { accounts } from '../db/tables.ts';
import { Held } from '../doors/guard.ts';
import type { MailError } from '../mail/errors.ts';
import { refusalOf } from '../mail/errors.ts';
import type { AccountParts } from './index.ts';
import { type Lease, LeaseLost, underLease } from './lease.ts';
import { next } from './states.ts';
import { newsOf, nextTry, unreachableAfterMs } from './trouble.ts';
import { type Emit, withUser } from './user-lock.ts';

/**
 * A watcher's connection ended, or could not be made: write down what it means for the account, give up the lease, and
 * say when the next try is. One transaction; the events go out once per change and not once per try.
 * @param firstMs the first back-off; longer for a mailbox whose sessions do not last.
 * @returns when the mailbox is to be tried again; null when only its owner can change something.
 */
export async function reportTrouble(
  parts: AccountParts,
  lease: Lease,
  error: MailError,
  { firstMs = 1_000 }: { firstMs?: number } = {},
): Promise<Date | null> {
  return parts.ofAccount(lease.accountId, (who) =>
    withUser(parts, who, async ({ tx, emit }) => {
      const account = await underLease(tx, lease);
      const now = parts.now();
      const news = newsOf(error);
      const state = next(account.state, news) ?? account.state;
      const wasClosed = closedOf(account.state);
      // The end of an old session is nobody's concern; a server that ends each new one is as good as away.
      const quiet = error instanceof Held || (error.reason === 'session.expired' && account.tries === 0);
      // What keeps us from asking about a login leaves what its server said last.
      const leavesKnown = quiet || (wasClosed !== null && (news === 'connection.lost' || news === 'server.throttled'));
      const tries = error instanceof Held ? account.tries : account.tries + 1;
      const downSince = quiet ? account.downSince : (account.downSince ?? now);
      const planned = nextTry(error, { news, wasClosed, tries: Math.max(1, tries), firstMs }, now);
      const nextTryAt = error instanceof Held ? inTimeToTell(account, planned, now) : planned;
      const { locale, provider, imap } = account;
      const refusal = refusalOf(error, { locale, provider, host: imap?.host, until: nextTryAt });
      // A hold of ours is not what is wrong with the server.
      const told = error instanceof Held ? (account.refusal ?? refusal) : refusal;
      const announced = announce(emit, { account, state, news, refusal: told, nextTryAt, downSince, now });
      await tx
        .update(accounts)
        .set({
          state,
          ...(state === account.state ? {} : { stateSince: now }),
          ...(leavesKnown ? {} : { refusal }),
          downSince,
          ...(error instanceof Held ? {} : heardOf(account, error, now)),
          announced,
          tries,
          nextTryAt,
          asked: false,
          holder: null,
          updatedAt: sql`now()`,
        })
        .where(eq(accounts.id, account.id));
      return nextTryAt;
    }),
  );
}

/** Logged in, caught up and watched: whatever was wrong is over. */
export async function reportOpened(
  parts: AccountParts,
  lease: Lease,
  { caughtUp }: { caughtUp: number },
): Promise<void> {
  await parts.ofAccount(lease.accountId, (who) =>
    withUser(parts, who, async ({ tx, emit }) => {
      const account = await underLease(tx, lease);
      const about = { accountId: account.id };
      const news = account.syncedAt === null ? 'mailbox.reading' : 'mailbox.opened';
      const state = next(account.state, news) ?? account.state;
      // A connection that was back at the first try is nobody's concern.
      if (account.downSince && (account.announced || account.tries > 1)) {
        const downForMs = parts.now().getTime() - account.downSince.getTime();
        emit('account.recovered', { after: account.announced ?? account.state, downForMs, caughtUp }, about);
      }
      await tx
        .update(accounts)
        .set({
          state,
          ...(state === account.state ? {} : { stateSince: sql`now()` }),
          refusal: null,
          downSince: null,
          silentSince: null,
          announced: null,
          tries: 0,
          asked: false,
          answeredAt: sql`now()`,
          updatedAt: sql`now()`,
        })
        .where(eq(accounts.id, account.id));
    }),
  );
}

/** The first sync is done: all folders that are kept are here. */
export async function reportSynced(
  parts: AccountParts,
  lease: Lease,
  { messages }: { messages: number },
): Promise<void> {
  await parts.ofAccount(lease.accountId, (who) =>
    withUser(parts, who, async ({ tx, emit }) => {
      const account = await underLease(tx, lease);
      if (account.syncedAt !== null) return;
      const state = next(account.state, 'mailbox.synced') ?? account.state;
      const now = parts.now();
      const tookMs = Math.max(0, now.getTime() - account.stateSince.getTime());
      emit('mailbox.sync_completed', { messages, tookMs }, { accountId: account.id });
      const since = state === account.state ? {} : { stateSince: sql`now()` };
      await tx
        .update(accounts)
        .set({ state, ...since, syncedAt: now, updatedAt: sql`now()` })
        .where(eq(accounts.id, account.id));
    }),
  );
}

/** Nothing new, but the server has just answered: "connected" means "answered lately". @throws {LeaseLost} */
export async function reportAnswered({ db }: AccountParts, { accountId, processId, token }: Lease): Promise<void> {
  const held = await db
    .update(accounts)
    .set({ answeredAt: sql`now()` })
    .where(and(eq(accounts.id, accountId), eq(accounts.holder, processId), eq(accounts.token, token)))
    .returning({ id: accounts.id });
  if (held.length === 0) throw new LeaseLost(accountId);
}

/** What was known against the login before this try. */
const closedOf = (state: Account['state']) =>
  state === 'auth-failed' ? 'refused' : state === 'login-blocked' ? 'blocked' : null;

/** What a failure shows of when the server last spoke. */
function heardOf({ silentSince }: Account, error: MailError, now: Date) {
  const said = error.response !== '' || !/^network\./.test(error.reason);
  return said ? { silentSince: null, answeredAt: now } : { silentSince: silentSince ?? now };
}

/** A mailbox that waits at a closed door is looked at when it is time to tell that its server is silent. */
function inTimeToTell({ announced, downSince }: Account, planned: Date | null, now: Date): Date | null {
  if (announced !== null || downSince === null || planned === null) return planned;
  const telling = downSince.getTime() + unreachableAfterMs + 1_000;
  return telling > now.getTime() && telling < planned.getTime() ? new Date(telling) : planned;
}

/** Once per change: an event when the state says something new, and one when silence has lasted too long. */
function announce(
  emit: Emit,
  now: {
    account: Account;
    state: Account['state'];
    news: ReturnType<typeof newsOf>;
    refusal: ReturnType<typeof refusalOf>;
    nextTryAt: Date | null;
    downSince: Date | null;
    now: Date;
  },
): string | null {
  const { account, state, news, refusal, downSince } = now;
  const about = { accountId: account.id };
  const nextTryAt = now.nextTryAt?.toISOString() ?? null;
  if (state !== account.state) {
    if (state === 'auth-failed') emit('account.auth_failed', refusal, about);
    else if (state === 'login-blocked') emit('account.login_blocked', refusal, about);
    else if (state === 'throttled') emit('account.throttled', { ...refusal, nextTryAt }, about);
    else return account.announced;
    return state;
  }
  // A server that has asked to slow down, and then says no more, is told of once more.
  const wasThrottled = account.announced === 'throttled' && news === 'connection.lost';
  const since = wasThrottled ? account.silentSince : downSince;
  const silentForMs = since ? now.now.getTime() - since.getTime() : 0;
  if ((account.announced === null || wasThrottled) && silentForMs > unreachableAfterMs) {
    emit('account.unreachable', { ...refusal, nextTryAt }, about);
    return wasThrottled ? 'reconnecting' : state;
  }
  return account.announced;
}
