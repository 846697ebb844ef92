/** How many mails a day a provider takes: nobody says it before it is reached, so it is learnt and then kept to. */
import { and, eq, gt, sql } from 'drizzle-orm';
import type { Locked } from '../accounts/user-lock.ts';
import { sends } from '../db/tables.ts';
import type { MailError } from '../mail/errors.ts';

/** `limit`: mails within 24 hours that went through before the provider took no more. */
export type DailyLimit = { limit: number; learntAt: string };

const dayMs = 24 * 60 * 60_000;
/** Providers raise what they allow with time: after a week it is found out anew. */
const keptMs = 7 * dayMs;
const leastWaitMs = 15 * 60_000;

/** Does the server speak of a day's limit, and not of a short one? */
export const saysDaily = ({ reason, response }: Pick<MailError, 'reason' | 'response'>): boolean =>
  reason === 'send.rate_limited' && /\bdaily\b|\bper[ -]day\b|\b24[ -]?h(?:ou)?rs?\b|\b[45]\.4\.5\b/i.test(response);

export const isFresh = ({ learntAt }: DailyLimit): boolean => Date.now() - Date.parse(learntAt) < keptMs;

/** The provider takes no more today: so many it was, and the first of them makes room a day after it went. */
export async function learnDailyLimit(tx: Locked['tx'], accountId: string, now: Date) {
  const { count, first } = await lastDay(tx, accountId);
  return {
    daily: count > 0 ? { limit: count, learntAt: now.toISOString() } : undefined,
    nextTryAt: roomAt(first, now),
  };
}

/** When there is room again, if a day's mails are used up; the provider need not say it a second time. */
export async function usedUp(tx: Locked['tx'], accountId: string, daily: DailyLimit): Promise<Date | undefined> {
  if (!isFresh(daily)) return undefined;
  const { count, first } = await lastDay(tx, accountId);
  return count >= daily.limit ? roomAt(first, new Date()) : undefined;
}

/** An hour when nothing of ours is counted: others send with this mailbox too. */
function roomAt(first: Date | null, now: Date): Date {
  const at = first === null ? now.getTime() + 60 * 60_000 : first.getTime() + dayMs;
  return new Date(Math.max(at, now.getTime() + leastWaitMs));
}

async function lastDay(tx: Locked['tx'], accountId: string) {
  const [row] = await tx
    .select({ count: sql<number>`count(*)::int`, first: sql<string | null>`min(${sends.endedAt})` })
    .from(sends)
    .where(
      and(
        eq(sends.accountId, accountId),
        eq(sends.state, 'accepted'),
        gt(sends.endedAt, sql`now() - interval '1 day'`),
      ),
    );
  return { count: row?.count ?? 0, first: row?.first ? new Date(row.first) : null };
}
