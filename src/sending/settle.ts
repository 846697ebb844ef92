import { and, eq, inArray, sql } from 'drizzle-orm';
import { type Locked, withUser } from '../accounts/user-lock.ts';
import { type Account, type SendState, sends } from '../db/tables.ts';
import type { MailError } from '../mail/errors.ts';
import { refusalOf } from '../mail/errors.ts';
import { type RefusedRecipient, type Rejected, SendError } from '../mail/smtp-faults.ts';
import type { Refusal } from '../words.ts';
import type { Claimed, LedgerParts } from './ledger.ts';
import { firstLookAt, firstLookMs } from './looks.ts';
import { refOf } from './order.ts';
import { partlyEnded, waitingRecipients } from './partly.ts';
import { hadTrouble, isClosed, jitter, reportDoorTrouble, reportDoorWorks } from './submission.ts';

/** What became of a try. `door`: the failure is the server's or the login's, and not this mail's. */
export type Outcome =
  | { kind: 'accepted'; response: string; rejected: RefusedRecipient[] }
  | { kind: 'refused'; error: MailError; door: boolean }
  | { kind: 'in-doubt' };

/** Which states an outcome may still change. A late answer settles a doubt; nothing else does. */
const settles = {
  accepted: ['data-sent', 'in-doubt'],
  failed: ['connecting', 'data-sent', 'in-doubt'],
  deferred: ['connecting', 'data-sent'],
  'in-doubt': ['data-sent'],
} as const satisfies Record<string, SendState[]>;

/** Waits after a temporary refusal of the mail itself; the last one repeats. */
const deferralsMs = [60_000, 5 * 60_000, 15 * 60_000, 30 * 60_000, 60 * 60_000];
/** Greylisting wants to see that a sender comes back, and not at once. */
const greylistedMs = 5 * 60_000;
/** However soon a server wants us back. */
const leastHintMs = 30_000;
/** Who did not fit into one mail's envelope gets the next one. */
const nextEnvelopeMs = 1_000;

/**
 * Write down what became of a mail's try, with its event, in one transaction under the user's lock. A compare-and-set
 * on the attempt: what somebody else has decided meanwhile stays.
 * @returns whether it was this outcome that counted.
 */
export async function settle(parts: LedgerParts, mail: Claimed, outcome: Outcome): Promise<boolean> {
  const counted = await withUser(parts, mail, async (locked) => {
    if (outcome.kind === 'accepted') return accepted(locked, mail, outcome);
    if (outcome.kind === 'in-doubt') return inDoubt(locked, mail);
    return refused(locked, mail, outcome);
  });
  parts.changed(mail.id);
  return counted;
}

/** Was it taken for all who waited, at the first try, by a server that had no trouble? Then many are settled at once. */
export const isPlain = (mail: Claimed, { rejected }: Outcome & { kind: 'accepted' }): boolean =>
  !hadTrouble(mail) &&
  mail.delivered.length === 0 &&
  mail.rejected.length === 0 &&
  rejected.every(({ permanent }) => permanent);

async function accepted(locked: Locked, mail: Claimed, outcome: Outcome & { kind: 'accepted' }) {
  const { response } = outcome;
  const rejected = [...mail.rejected, ...plain(outcome.rejected.filter(({ permanent }) => permanent))];
  const deferred = outcome.rejected.filter(({ permanent }) => !permanent);
  if (deferred.length > 0) return partly(locked, mail, { response, rejected, deferred });
  const byProvider = filesByItself(mail.account);
  const written = await change(locked, mail, 'accepted', {
    state: 'accepted',
    response,
    rejected,
    refusal: null,
    endedAt: sql`now()`,
    // A text that was erased meanwhile cannot be filed any more.
    copy: byProvider ? 'by-provider' : sql`case when ${sends.content} is null then 'failed' else ${sends.copy} end`,
    lookAt: byProvider ? new Date(Date.now() + firstLookMs) : null,
    looks: 0,
  });
  if (!written) return false;
  locked.emit(
    'send.sent',
    {
      ...refOf(mail),
      response,
      rejectedRecipients: rejected,
      copy: written.copy === 'filing' ? 'pending' : written.copy,
    },
    { accountId: mail.accountId },
  );
  if (hadTrouble(mail)) await reportDoorWorks(locked, mail);
  return true;
}

/** Some have it; the others are tried again, and only they. */
async function partly(
  locked: Locked,
  mail: Claimed,
  { response, rejected, deferred }: { response: string; rejected: Rejected[]; deferred: RefusedRecipient[] },
) {
  const waits = new Set(deferred.map(({ address }) => address));
  const still = waitingRecipients({ ...mail, rejected }).filter((address) => !waits.has(address));
  const first = deferred[0]!;
  const refusal = refusalOf({ ...first, protocol: 'smtp' }, mail.account);
  const nextTryAt = deferral(mail, { ...first, others: true });
  const written = await change(locked, mail, 'deferred', {
    state: 'queued',
    delivered: [...mail.delivered, ...still],
    response,
    rejected,
    refusal,
    holder: null,
    dataSentAt: null,
    nextTryAt,
  });
  if (!written) return false;
  const told = { ...refOf(mail), ...refusal, nextTryAt: nextTryAt.toISOString(), recipients: [...waits] };
  locked.emit('send.deferred', told, { accountId: mail.accountId });
  if (hadTrouble(mail)) await reportDoorWorks(locked, mail);
  return true;
}

async function inDoubt(locked: Locked, mail: Claimed) {
  const lookAt = firstLookAt(mail);
  const written = await change(locked, mail, 'in-doubt', { state: 'in-doubt', endedAt: sql`now()`, lookAt, looks: 0 });
  if (written) locked.emit('send.in_doubt', refOf(mail), { accountId: mail.accountId });
  return Boolean(written);
}

async function refused(locked: Locked, mail: Claimed, { error, door }: Outcome & { kind: 'refused' }) {
  const about = { accountId: mail.accountId };
  const { reason, permanent, response, url, protocol } = error;
  const refusal = refusalOf({ reason, permanent, response, url, protocol }, mail.account);
  const rejected = [...mail.rejected, ...plain(lostFor(error))];
  if (!door && permanent) return failed(locked, mail, refusal, rejected);
  const tryAt = door ? undefined : deferral(mail, error);
  const written = await change(locked, mail, 'deferred', {
    state: 'queued',
    refusal,
    rejected,
    holder: null,
    dataSentAt: null,
    nextTryAt: tryAt ?? sql`now()`,
  });
  if (!written) return false;
  const doorTryAt = door ? await reportDoorTrouble(locked, mail, error) : undefined;
  if (door && isClosed(error)) return true; // the mail waits as queued, and the account's event has told why
  const nextTryAt = tryAt ?? doorTryAt ?? new Date();
  locked.emit('send.deferred', { ...refOf(mail), ...refusal, nextTryAt: nextTryAt.toISOString() }, about);
  return true;
}

/** Nobody who still waited will get it: it has failed, unless others have it. */
async function failed(locked: Locked, mail: Claimed, refusal: Refusal, rejected: Rejected[]) {
  const about = { accountId: mail.accountId };
  const { response } = refusal;
  const end = mail.delivered.length > 0 ? partlyEnded({ ...mail, rejected }, response) : undefined;
  const values = end?.values ?? { state: 'failed', refusal, response, rejected, endedAt: sql`now()` };
  const written = await change(locked, mail, 'failed', values);
  if (!written) return false;
  if (end) locked.emit('send.sent', end.told, about);
  else locked.emit('send.failed', { ...refOf(mail), ...refusal }, about);
  if (hadTrouble(mail)) await reportDoorWorks(locked, mail);
  return true;
}

/** Of recipients that were all refused, those that are refused for good. */
function lostFor(error: MailError): RefusedRecipient[] {
  return error instanceof SendError ? error.rejected.filter(({ permanent }) => permanent) : [];
}

const plain = (refused: RefusedRecipient[]): Rejected[] =>
  refused.map(({ address, response }) => ({ address, response }));

async function change(
  { tx }: Pick<Locked, 'tx'>,
  mail: Pick<Claimed, 'id' | 'attempt'>,
  kind: keyof typeof settles,
  values: Parameters<ReturnType<Locked['tx']['update']>['set']>[0],
) {
  const [written] = await tx
    .update(sends)
    .set(values)
    .where(and(eq(sends.id, mail.id), eq(sends.attempt, mail.attempt), inArray(sends.state, settles[kind])))
    .returning({ copy: sends.copy });
  return written;
}

function deferral(
  mail: Claimed,
  error: Pick<RefusedRecipient, 'reason' | 'response' | 'retryAfterMs'> & { others?: boolean },
): Date {
  // RFC 5321 4.5.3.1.10: so many and no more, and the rest in another transaction.
  if (error.others && /\b4\.5\.3\b|too many recipients/i.test(error.response)) {
    return new Date(Date.now() + nextEnvelopeMs);
  }
  const step = deferralsMs[Math.min(mail.attempt, deferralsMs.length) - 1]!;
  const least = error.reason === 'send.greylisted' ? Math.max(step, greylistedMs) : step;
  // A server that wants us back in a millisecond would have us knock for two days.
  const { retryAfterMs } = error;
  const waitMs = retryAfterMs === undefined ? jitter(least) + least / 4 : Math.max(retryAfterMs, leastHintMs);
  return new Date(Math.min(Date.now() + waitMs, mail.giveUpAt.getTime()));
}

/** Google and Microsoft put a copy into Sent themselves when a mail comes in by their own submission server. */
export function filesByItself({ smtp }: Pick<Account, 'smtp'>): boolean {
  return /(?:^|\.)(?:gmail|googlemail|office365|outlook|hotmail|live)\.com$/i.test(smtp?.host ?? '');
}
