import { and, eq, inArray, sql } from 'drizzle-orm';
import { type Locked, withUser } from '../accounts/user-lock.ts';
import { type Account, type SendState, sends } from '../db/tables.ts';
import type { MailError } from '../mail/errors.ts';
import { refusalOf } from '../mail/errors.ts';
import type { Rejected } from '../mail/smtp-faults.ts';
import type { Claimed, LedgerParts } from './ledger.ts';
import { hadTrouble, isClosed, jitter, reportDoorTrouble, reportDoorWorks } from './submission.ts';

/** What became of a try. `door`: the failure is the server's or the login's, and not this mail's. */
export type Outcome =
  | { kind: 'accepted'; response: string; rejected: Rejected[] }
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

type Ref = { sendId: string; idempotencyKey: string; messageIdHeader: string };

/**
 * Write down what became of a mail's try, with its event, in one transaction under the user's lock. A compare-and-set
 * on the attempt: what somebody else has decided meanwhile stays.
 * @returns whether it was this outcome that counted.
 */
export async function settle(parts: LedgerParts, mail: Claimed, outcome: Outcome): Promise<boolean> {
  const counted = await withUser(parts, mail, async (locked) => {
    const ref: Ref = { sendId: mail.id, idempotencyKey: mail.idempotencyKey, messageIdHeader: mail.messageIdHeader };
    if (outcome.kind === 'accepted') return accepted(locked, mail, ref, outcome);
    if (outcome.kind === 'in-doubt') return inDoubt(locked, mail, ref);
    return refused(locked, mail, ref, outcome);
  });
  parts.changed(mail.id);
  return counted;
}

async function accepted(
  locked: Locked,
  mail: Claimed,
  ref: Ref,
  { response, rejected }: Outcome & { kind: 'accepted' },
) {
  const byProvider = filesByItself(mail.account);
  const written = await change(locked, mail, 'accepted', {
    state: 'accepted',
    response,
    rejected,
    refusal: null,
    endedAt: sql`now()`,
    // A text that was erased meanwhile cannot be filed any more.
    copy: byProvider ? 'by-provider' : sql`case when ${sends.content} is null then 'failed' else ${sends.copy} end`,
    ...(byProvider ? { content: null } : {}),
  });
  if (!written) return false;
  locked.emit(
    'send.sent',
    { ...ref, response, rejectedRecipients: rejected, copy: written.copy === 'filing' ? 'pending' : written.copy },
    { accountId: mail.accountId },
  );
  if (hadTrouble(mail)) await reportDoorWorks(locked, mail);
  return true;
}

async function inDoubt(locked: Locked, mail: Claimed, ref: Ref) {
  const written = await change(locked, mail, 'in-doubt', { state: 'in-doubt', endedAt: sql`now()` });
  if (written) locked.emit('send.in_doubt', ref, { accountId: mail.accountId });
  return Boolean(written);
}

async function refused(locked: Locked, mail: Claimed, ref: Ref, { error, door }: Outcome & { kind: 'refused' }) {
  const about = { accountId: mail.accountId };
  const { reason, permanent, response, url, protocol } = error;
  const refusal = refusalOf({ reason, permanent, response, url, protocol }, mail.account);
  if (!door && permanent) {
    const values = { state: 'failed', refusal, response, endedAt: sql`now()` } as const;
    const written = await change(locked, mail, 'failed', values);
    if (written) locked.emit('send.failed', { ...ref, ...refusal }, about);
    if (written && hadTrouble(mail)) await reportDoorWorks(locked, mail);
    return Boolean(written);
  }
  const tryAt = door ? undefined : deferral(mail, error);
  const written = await change(locked, mail, 'deferred', {
    state: 'queued',
    refusal,
    holder: null,
    dataSentAt: null,
    nextTryAt: tryAt ?? sql`now()`,
  });
  if (!written) return false;
  const doorTryAt = door ? await reportDoorTrouble(locked, mail, error) : undefined;
  if (door && isClosed(error)) return true; // the mail waits as queued, and the account's event has told why
  const nextTryAt = tryAt ?? doorTryAt ?? new Date();
  locked.emit('send.deferred', { ...ref, ...refusal, nextTryAt: nextTryAt.toISOString() }, about);
  return true;
}

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

function deferral(mail: Claimed, error: MailError): Date {
  const step = deferralsMs[Math.min(mail.attempt, deferralsMs.length) - 1]!;
  const least = error.reason === 'send.greylisted' ? Math.max(step, greylistedMs) : step;
  const waitMs = error.retryAfterMs ?? jitter(least) + least / 4;
  return new Date(Math.min(Date.now() + waitMs, mail.giveUpAt.getTime()));
}

/** Google and Microsoft put a copy into Sent themselves when a mail comes in by their own submission server. */
export function filesByItself({ smtp }: Pick<Account, 'smtp'>): boolean {
  return /(?:^|\.)(?:gmail|googlemail|office365|outlook|hotmail|live)\.com$/i.test(smtp?.host ?? '');
}
