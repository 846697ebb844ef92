/** The submission server of an account as seen by sending: whether it lets us in, and when to knock again. */
import { eq, sql } from 'drizzle-orm';
import { newsOf, nextTry, unreachableAfterMs } from '../accounts/trouble.ts';
import type { Locked } from '../accounts/user-lock.ts';
import { accounts, type Sending } from '../db/tables.ts';
import { Held } from '../doors/guard.ts';
import type { MailError } from '../mail/errors.ts';
import { refusalOf } from '../mail/errors.ts';
import type { Refusal } from '../words.ts';
import { type DailyLimit, isFresh, learnDailyLimit, saysDaily, usedUp } from './daily-limit.ts';
import type { Claimed } from './ledger.ts';

/** What an account's `sending` holds beside what the contract shows of it. */
export type Trouble = Sending & {
  tries?: number;
  /** Not to be knocked on before that. Null: not before something changes (new credentials, the owner's "try again"). */
  nextTryAt?: string | null;
  troubleSince?: string;
  announced?: 'auth-failed' | 'login-blocked' | 'throttled' | 'reconnecting' | null;
  refusal?: Refusal;
  /** How many mails a day the provider was seen to take, and when that was. */
  daily?: DailyLimit;
};

const aboutTheDoor =
  /^(?:auth|oauth|login|account|network|tls|protocol|session|smtp|server)\.|^(?:send\.)?rate[._]limited$/;

/** Does this failure say something about the server or the login, and not about the one mail? */
export function isDoorTrouble(error: MailError, opened: boolean): boolean {
  // A server that is busy with a mail may take the next one; one that lets nobody in is shut for all.
  if (opened && (error.reason === 'server.unavailable' || error.reason === 'protocol.bad_command')) return false;
  return !opened || aboutTheDoor.test(error.reason);
}

/** A definite refusal of the login: knocking again without a change only makes it worse. */
export const isClosed = (refusal: Parameters<typeof newsOf>[0]) =>
  ['login.refused', 'login.blocked'].includes(newsOf(refusal));

/**
 * Write down that the submission server did not let us in, and tell the CRM once per change.
 * @returns when its mails are tried again (null: when something changes); undefined when the account has another server
 *   or secret by now, about which this says nothing.
 */
export async function reportDoorTrouble(
  { tx, emit }: Locked,
  mail: Claimed,
  error: MailError,
): Promise<Date | null | undefined> {
  const account = await sameDoor(tx, mail);
  if (!account) return undefined;
  const before = (account.sending ?? {}) as Partial<Trouble>;
  const at = new Date();
  const now = at.toISOString();
  const wasClosed = closedOf(before.announced ?? null);
  const closedBefore = wasClosed !== null;
  const heard = newsOf(error);
  const tries = (before.tries ?? 0) + (error instanceof Held ? 0 : 1);
  const learnt = saysDaily(error) ? await learnDailyLimit(tx, mail.accountId, at) : undefined;
  const tryAt =
    learnt?.nextTryAt ?? nextTry(error, { news: heard, wasClosed, tries: Math.max(1, tries), firstMs: 5_000 }, at);
  const daily = learnt?.daily ?? before.daily;
  const nextTryAt = tryAt?.toISOString() ?? null;
  const news = error instanceof Held ? (before.announced ?? null) : standingOf(heard, before, closedBefore, at);
  const refusal = refusalOf(
    { ...fields(error), protocol: 'smtp' },
    { ...account, host: account.smtp?.host, until: tryAt },
  );
  const after: Trouble = {
    ok: news === null,
    since: news === (before.announced ?? null) ? (before.since ?? now) : now,
    reason: news === null ? null : closedBefore && news === before.announced ? before.reason! : error.reason,
    tries,
    nextTryAt,
    troubleSince: before.troubleSince ?? now,
    announced: news,
    ...(daily && { daily }),
    ...(closedBefore && heard !== 'login.refused' && heard !== 'login.blocked'
      ? before.refusal && { refusal: before.refusal }
      : { refusal }),
  };
  await tx.update(accounts).set({ sending: after }).where(eq(accounts.id, mail.accountId));
  if (news !== null && news !== before.announced) {
    const about = { accountId: mail.accountId };
    if (news === 'auth-failed') emit('account.auth_failed', refusal, about);
    else if (news === 'login-blocked') emit('account.login_blocked', refusal, about);
    else if (news === 'throttled') emit('account.throttled', { ...refusal, nextTryAt }, about);
    else emit('account.unreachable', { ...refusal, nextTryAt }, about);
  }
  return nextTryAt === null ? null : new Date(nextTryAt);
}

/** The submission server took a login again: whatever was wrong with it is over. */
export async function reportDoorWorks({ tx, emit }: Locked, mail: Claimed): Promise<void> {
  const account = await sameDoor(tx, mail);
  const before = account?.sending as Trouble | null | undefined;
  if (!before || (before.tries === undefined && before.daily === undefined)) return;
  const used = before.daily && (await usedUp(tx, mail.accountId, before.daily));
  const sending: Sending & Partial<Trouble> = {
    ok: !used,
    since: before.ok === !used ? before.since : new Date().toISOString(),
    reason: used ? 'send.rate_limited' : null,
    ...(before.daily && isFresh(before.daily) && { daily: before.daily }),
    ...(used && { nextTryAt: used.toISOString() }),
  };
  await tx.update(accounts).set({ sending }).where(eq(accounts.id, mail.accountId));
  if (!before.announced) return;
  const downForMs = Date.now() - Date.parse(before.troubleSince ?? before.since);
  emit('account.recovered', { after: before.announced, downForMs, caughtUp: 0 }, { accountId: mail.accountId });
}

/** Was there trouble with this account's submission server when the mail was claimed? */
export const hadTrouble = (mail: Claimed) => {
  const sending = mail.account.sending as Trouble | null;
  return sending?.tries !== undefined || sending?.daily !== undefined;
};

/**
 * Let an account's mails be tried now: its owner asked for it. What was told of it stays told.
 * For the transaction of the order that says so.
 */
export async function knockAgain(tx: Locked['tx'], accountId: string): Promise<void> {
  await tx
    .update(accounts)
    .set({ sending: sql`${accounts.sending} - 'nextTryAt'` })
    .where(eq(accounts.id, accountId));
}

/** What was known against the login before this try. */
const closedOf = (announced: Trouble['announced']) =>
  announced === 'auth-failed' ? 'refused' : announced === 'login-blocked' ? 'blocked' : null;

async function sameDoor(tx: Locked['tx'], mail: Claimed) {
  const [account] = await tx
    .select({
      smtp: accounts.smtp,
      smtpSecret: accounts.smtpSecret,
      sending: accounts.sending,
      locale: accounts.locale,
      provider: accounts.provider,
    })
    .from(accounts)
    .where(eq(accounts.id, mail.accountId))
    .for('no key update');
  const { smtp, smtpSecret } = mail.account;
  const same =
    account?.smtpSecret === smtpSecret &&
    account?.smtp?.host === smtp?.host &&
    account?.smtp?.port === smtp?.port &&
    account?.smtp?.username === smtp?.username;
  return same ? account : undefined;
}

/** What a failure makes of what was told; null while it is no more than a hiccup. */
function standingOf(
  news: ReturnType<typeof newsOf>,
  before: Partial<Trouble>,
  closedBefore: boolean,
  now: Date,
): NonNullable<Trouble['announced']> | null {
  if (news === 'login.blocked') return 'login-blocked';
  if (news === 'login.refused') return 'auth-failed';
  // A server that is away says nothing about the login that it refused before.
  if (closedBefore) return before.announced!;
  if (news === 'server.throttled') return 'throttled';
  const downForMs = before.troubleSince ? now.getTime() - Date.parse(before.troubleSince) : 0;
  return downForMs > unreachableAfterMs ? 'reconnecting' : (before.announced ?? null);
}

const fields = ({ reason, permanent, response, url }: MailError) => ({ reason, permanent, response, url });
/** At least the half: many that fell together do not come back together. */
export const jitter = (ms: number) => ms / 2 + Math.random() * (ms / 2);
