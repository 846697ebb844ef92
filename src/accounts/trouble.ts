/** What a failure at a mail server means: for the account's state, for the CRM, and for the next try. Pure. */
import { Held } from '../doors/guard.ts';
import type { MailError } from '../mail/errors.ts';
import type { News } from './states.ts';

/** A server that gave no answer for longer than this is told of as unreachable. */
export const unreachableAfterMs = 5 * 60_000;
const confirmAfterMs = 60 * 60_000;
const probeBlockedAfterMs = 24 * 60 * 60_000;
const doubtfulAfterMs = 10 * 60_000;
const backOff = { mostMs: 10 * 60_000, throttledMs: 60_000 };

/** Reasons that mean "the provider wants its owner, or its administrator, to do something there". */
const blocked = new Set([
  'login.blocked',
  'account.locked',
  'account.suspended',
  'imap.disabled',
  'smtp.disabled',
  'mailbox.access_denied',
]);
const limited = new Set(['rate.limited', 'send.rate_limited']);

/** What a failure says about a login that once worked. A time-out, a lost line or a busy server says nothing about it. */
export function newsOf(error: {
  reason: string;
  permanent: boolean;
}): Extract<News, 'connection.lost' | 'login.refused' | 'login.blocked' | 'server.throttled'> {
  if (error instanceof Held) return 'connection.lost';
  if (blocked.has(error.reason)) return 'login.blocked';
  if (limited.has(error.reason)) return 'server.throttled';
  return error.permanent && /^(auth|oauth)\./.test(error.reason) ? 'login.refused' : 'connection.lost';
}

/** How a door stands after a failure. `wasClosed`: the login had been refused, or was blocked, before this try. */
export type Standing = {
  news: ReturnType<typeof newsOf>;
  wasClosed: 'refused' | 'blocked' | null;
  /** Failures in a row, with this one. */
  tries: number;
  /** The first back-off: a lost IDLE is made again at once, a mail can wait a little. */
  firstMs: number;
};

/** How long a blocked login rests: a day, unless the server has said how long, or is known to mean less by its words. */
function blockedForMs({ reason, permanent, retryAfterMs }: MailError, wasClosed: Standing['wasClosed']): number {
  if (reason === 'account.locked' && retryAfterMs !== undefined) return retryAfterMs;
  // Microsoft's "authenticated but not connected" may be load: one more try after minutes, then it is taken at its word.
  if (reason === 'mailbox.access_denied' && !permanent && wasClosed === null)
    return Math.max(retryAfterMs ?? 0, doubtfulAfterMs);
  return Math.max(retryAfterMs ?? 0, probeBlockedAfterMs);
}

/**
 * When to try again. Never all at once, never sooner than the server asked, and never a third time on a door that was
 * closed for good: some hosts call a poll limit "login incorrect", so one confirming try follows after an hour, then none
 * until something changes. A blocked login is probed once a day.
 * @returns null when only a change by a person leads on.
 */
export function nextTry(
  error: MailError,
  { news, wasClosed, tries, firstMs }: Standing,
  now: Date,
  random = Math.random,
): Date | null {
  const after = (ms: number) => new Date(now.getTime() + ms);
  const jitter = (ms: number) => ms / 2 + random() * (ms / 2);
  const asked = error.retryAfterMs ?? 0;
  if (error instanceof Held) return after(asked + jitter(60_000));
  if (news === 'login.blocked') return after(blockedForMs(error, wasClosed) + jitter(10 * 60_000));
  if (news === 'login.refused')
    return wasClosed === 'refused' ? null : after(Math.max(asked, confirmAfterMs + jitter(10 * 60_000)));
  const least = news === 'server.throttled' ? backOff.throttledMs : firstMs;
  const grown = Math.min(backOff.mostMs, least * 2 ** Math.min(tries - 1, 20));
  // The hint is a floor; many that were told the same number do not come back at the same time.
  return after(Math.max(asked + (asked > 0 ? jitter(asked / 10 + 1_000) : 0), jitter(grown)));
}
