import { eq, sql } from 'drizzle-orm';
import type { Account } from '../db/tables.ts';
import { accounts } from '../db/tables.ts';
import type { MailError } from '../mail/errors.ts';
import { refusalOf } from '../mail/errors.ts';
import type { AccountParts } from './index.ts';
import { type Lease, underLease } from './lease.ts';
import { type News, next } from './states.ts';
import { type Emit, withUser } from './user-lock.ts';

/** A mailbox that gave no answer for longer than this is told of as unreachable. */
const unreachableAfterMs = 5 * 60_000;
const backOffMs = { first: 1_000, most: 10 * 60_000 };
const confirmAfterMs = 60 * 60_000;
const probeBlockedAfterMs = 24 * 60 * 60_000;

/** Reasons that mean "the provider wants its owner to do something there". */
const blocked = new Set(['login.blocked', 'account.locked', 'account.suspended', 'imap.disabled']);

/**
 * A watcher's connection ended, or could not be made: write down what it means for the account, give up the lease, and
 * say when the next try is. One transaction; the events go out once per change and not once per try.
 * @returns when the mailbox is to be tried again; null when only its owner can change something.
 */
export async function reportTrouble(parts: AccountParts, lease: Lease, error: MailError): Promise<Date | null> {
  return parts.ofAccount(lease.accountId, (who) =>
    withUser(parts, who, async ({ tx, emit }) => {
      const account = await underLease(tx, lease);
      const news = newsOf(error);
      const state = next(account.state, news) ?? account.state;
      const quiet = error.reason === 'session.expired';
      const tries = quiet ? 0 : account.tries + 1;
      const nextTryAt = nextTry(state, account, error, tries);
      const refusal = refusalOf(error, { locale: account.locale, provider: account.provider });
      const downSince = quiet ? account.downSince : (account.downSince ?? new Date());
      const announced = announce(emit, { account, state, refusal, nextTryAt, downSince });
      await tx
        .update(accounts)
        .set({
          state,
          ...(state === account.state ? {} : { stateSince: sql`now()` }),
          ...(quiet ? {} : { refusal }),
          downSince,
          announced,
          tries,
          nextTryAt,
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
  { caughtUp, messages, tookMs }: { caughtUp: number; messages: number; tookMs: number },
): Promise<void> {
  await parts.ofAccount(lease.accountId, (who) =>
    withUser(parts, who, async ({ tx, emit }) => {
      const account = await underLease(tx, lease);
      const about = { accountId: account.id };
      const state = next(account.state, 'mailbox.opened') ?? account.state;
      if (account.syncedAt === null) emit('mailbox.sync_completed', { messages, tookMs }, about);
      // A connection that was back at the first try is nobody's concern.
      if (account.downSince && (account.announced || account.tries > 1)) {
        const downForMs = Date.now() - account.downSince.getTime();
        emit('account.recovered', { after: account.announced ?? account.state, downForMs, caughtUp }, about);
      }
      await tx
        .update(accounts)
        .set({
          state,
          ...(state === account.state ? {} : { stateSince: sql`now()` }),
          refusal: null,
          downSince: null,
          announced: null,
          tries: 0,
          syncedAt: account.syncedAt ?? new Date(),
          answeredAt: sql`now()`,
          updatedAt: sql`now()`,
        })
        .where(eq(accounts.id, account.id));
    }),
  );
}

function newsOf(error: MailError): News {
  if (blocked.has(error.reason)) return 'login.blocked';
  if (error.reason === 'rate.limited') return 'server.throttled';
  const aboutLogin = error.reason.startsWith('auth.') || error.reason === 'mailbox.access_denied';
  return error.permanent && aboutLogin ? 'login.refused' : 'connection.lost';
}

/** Once per change: an event when the state says something new, and one when silence has lasted too long. */
function announce(
  emit: Emit,
  now: {
    account: Account;
    state: Account['state'];
    refusal: ReturnType<typeof refusalOf>;
    nextTryAt: Date | null;
    downSince: Date | null;
  },
): string | null {
  const { account, state, refusal, downSince } = now;
  const about = { accountId: account.id };
  const nextTryAt = now.nextTryAt?.toISOString() ?? null;
  if (state !== account.state) {
    if (state === 'auth-failed') emit('account.auth_failed', refusal, about);
    else if (state === 'login-blocked') emit('account.login_blocked', refusal, about);
    else if (state === 'throttled') emit('account.throttled', { ...refusal, nextTryAt }, about);
    else return account.announced;
    return state;
  }
  const silentForMs = downSince ? Date.now() - downSince.getTime() : 0;
  if (account.announced === null && silentForMs > unreachableAfterMs) {
    emit('account.unreachable', { ...refusal, nextTryAt }, about);
    return state;
  }
  return account.announced;
}

/** Never all at once, never faster than the server asked, and not at all on a door that was closed for good. */
function nextTry(state: Account['state'], account: Account, error: MailError, tries: number): Date | null {
  if (state === 'auth-failed') {
    // Some hosts call a poll limit "login incorrect": one more try after an hour, then none until something changes.
    return account.state === 'auth-failed' ? null : after(jitter(confirmAfterMs));
  }
  if (state === 'login-blocked') return after(jitter(probeBlockedAfterMs));
  const asked = error.retryAfterMs ?? 0;
  if (error.reason === 'session.expired') return after(jitter(backOffMs.first));
  const backOff = Math.min(backOffMs.most, backOffMs.first * 2 ** Math.min(tries - 1, 20));
  const least = state === 'throttled' ? Math.max(60_000, backOff) : backOff;
  return after(Math.max(asked, jitter(least)));
}

const after = (ms: number) => new Date(Date.now() + ms);
/** Half fixed, half by chance: many that fell together do not come back together. */
const jitter = (ms: number) => ms / 2 + Math.random() * (ms / 2);
