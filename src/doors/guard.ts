import { setTimeout as delay } from 'node:timers/promises';
import { MailError } from '../mail/errors.ts';
import type { Imap } from '../mail/imap.ts';
import type { Login } from '../mail/login.ts';
import { scrub } from '../mail/refusals/index.ts';
import type { Smtp } from '../mail/smtp.ts';
import type { Server } from '../words.ts';
import type { Budget, Outcome, Why } from './budget.ts';
import type { Ramp } from './ramp.ts';

/** Thrown instead of a knock: the door is to be left alone until then. It says nothing about the login. */
export class Held extends MailError {
  override name = 'Held';
  readonly until: Date;

  constructor(until: Date, now: Date, protocol: 'imap' | 'smtp') {
    const retryAfterMs = Math.max(0, until.getTime() - now.getTime());
    super({ reason: 'rate.limited', permanent: false, protocol, retryAfterMs });
    this.until = until;
  }
}

/** A mail waits longer than this in the ledger and not with a hand on it. */
const longestWaitMs = 20_000;

/** Reasons that a provider counts as a failed login, whatever the words were. */
const counts = /^(auth|login|account)\.|^mailbox\.access_denied$|^(imap|smtp)\.disabled$|^unknown$/;

export type GuardedImap = {
  open(to: { server: Server; login: Login; why: Why }, options: Limits): ReturnType<Imap['open']>;
};
export type GuardedSmtp = {
  open(to: { server: Server; login: Login; why?: Why }, options: Limits): ReturnType<Smtp['open']>;
};
type Limits = { signal: AbortSignal; timeLimitMs: number };
type Parts = {
  budget: Pick<Budget, 'knock'>;
  ramp: Pick<Ramp, 'reserve'>;
  now: () => Date;
  /** A server said something that no rule knows; the words are without personal data. */
  unknown?: (protocol: 'imap' | 'smtp', words: string) => void;
};

/**
 * The two doors with their guards: each login asks the budget first, waits for its turn at the provider, and tells what
 * came of it. Nobody logs in past these.
 */
export function guardDoors(
  { imap, smtp }: { imap: Imap; smtp: Smtp },
  parts: Parts,
): { imap: GuardedImap; smtp: GuardedSmtp } {
  return {
    imap: {
      open: ({ server, login, why }, limits) =>
        guarded(parts, { server, login, protocol: 'imap', why }, limits.signal, () =>
          imap.open({ server, login }, limits),
        ),
    },
    smtp: {
      open: ({ server, login, why = 'automatic' }, limits) =>
        guarded(parts, { server, login, protocol: 'smtp', why }, limits.signal, () =>
          smtp.open({ server, login }, limits),
        ),
    },
  };
}

type Knock = { server: Server; login: Login; protocol: 'imap' | 'smtp'; why: Why };

/** What a server says of a token that it does not take: the token may be at its end although its time is not. */
const mayBeStale = /^auth\.(invalid_credentials|token_expired|token_revoked|required)$/;

async function guarded<T>(parts: Parts, knock: Knock, signal: AbortSignal, open: () => Promise<T>): Promise<T> {
  const { login, server, protocol, why } = knock;
  await login.prepare?.(signal);
  // A watch job has waited in the queue for its turn, which holds no place there; see src/workers/watch-mailbox.ts.
  if (protocol === 'smtp' && why === 'automatic') await turn(parts, server.host, signal);
  try {
    return await knockOnce(parts, knock, open);
  } catch (error) {
    const stale = error instanceof MailError && !(error instanceof Held) && mayBeStale.test(error.reason);
    if (!stale || !(await login.renew?.(signal))) throw error;
    return knockOnce(parts, knock, open);
  }
}

/** Wait for the turn at this provider, if it is near. @throws {Held} */
async function turn({ ramp, now }: Parts, host: string, signal: AbortSignal): Promise<void> {
  const waitMs = await ramp.reserve(host);
  if (waitMs > longestWaitMs) throw new Held(new Date(now().getTime() + waitMs), now(), 'smtp');
  if (waitMs >= 1) await delay(waitMs, undefined, { signal });
}

async function knockOnce<T>(
  { budget, now, unknown }: Parts,
  { server, protocol, why }: Knock,
  open: () => Promise<T>,
): Promise<T> {
  const leave = await budget.knock(server, why);
  if (!leave.allowed) throw new Held(leave.until, now(), protocol);
  let outcome: Outcome = 'not-refused';
  try {
    return await open();
  } catch (error) {
    if (error instanceof MailError) {
      if (counts.test(error.reason)) outcome = 'refused';
      else if (error.unheard) outcome = 'unheard';
      if (error.reason === 'unknown') unknown?.(protocol, scrub(error.response, [server.username, server.host]));
    }
    throw error;
  } finally {
    // Not written down, it counts for some minutes more.
    await leave.settle(outcome).catch(() => {});
  }
}
