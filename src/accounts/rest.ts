/** Pause, resume and disconnect: the short orders. */
import { eq, sql } from 'drizzle-orm';
import { closeSetupLinks } from '../db/setup-link-store.ts';
import { accounts } from '../db/tables.ts';
import type { Result } from '../queues/orders.ts';
import { knockAgain } from '../sending/submission.ts';
import { disconnect } from './disconnect.ts';
import type { AccountParts } from './index.ts';
import { takenBack } from './lease.ts';
import { acceptOrder, currentAccount, endOrder, isConnecting, type JobKey } from './orders.ts';
import { jobOf, next } from './states.ts';
import { type Locked, type Who, withUser } from './user-lock.ts';

/** Remove the user's account here. Also right when there is none. */
export async function disconnectAccount(
  parts: AccountParts,
  job: JobKey,
  who: Who,
): Promise<Result<'disconnect-account'>> {
  let gone: string | undefined;
  const result = await withUser(parts, who, async (locked): Promise<Result<'disconnect-account'>> => {
    const current = await currentAccount(locked.tx, who);
    const accepted = await acceptOrder(locked, job, who, async () => ({ accountId: current?.id ?? null }));
    if (accepted.kind === 'superseded') return { outcome: 'superseded' };
    if (accepted.kind === 'ended') return accepted.result as Result<'disconnect-account'>;
    if (current) await disconnect(locked, current, 'order');
    // Whoever still has a link from before could connect again what was removed just now.
    await closeSetupLinks(locked.tx, who, new Date(job.jobAt));
    gone = current?.id;
    return endOrder(locked.tx, accepted.order, { outcome: 'disconnected' });
  });
  if (gone) parts.changed(gone);
  return result;
}

/** An older order of the same user is, or may be, still under way: come back a little later. */
export class NotYet extends Error {
  override name = 'NotYet';
}

type Rested = Result<'pause-account'>;

/** Let watching and sending rest. @throws {NotYet} */
export async function pauseAccount(parts: AccountParts, job: JobKey, who: Who): Promise<Rested> {
  return changeRest(parts, job, who, async ({ tx, emit }, account) => {
    const state = next(account.state, 'order.pause');
    if (state === null || state === account.state) return account.state;
    await tx
      .update(accounts)
      .set({ ...takenBack, state, stateSince: sql`now()`, nextTryAt: null })
      .where(eq(accounts.id, account.id));
    emit('account.paused', { by: 'order' }, { accountId: account.id });
    return state;
  });
}

/** Go on; of an account that is not paused it means "try now", which lifts a hold. @throws {NotYet} */
export async function resumeAccount(parts: AccountParts, job: JobKey, who: Who): Promise<Rested> {
  return changeRest(parts, job, who, async ({ tx, emit }, account) => {
    await knockAgain(tx, account.id);
    const news = account.imapSecret === null ? 'order.resume-without-login' : 'order.resume';
    const state = next(account.state, news);
    if (state === null) return account.state;
    const due = { nextTryAt: jobOf[state] === null ? null : parts.now() };
    await tx
      .update(accounts)
      .set({ ...takenBack, ...due, asked: true, state, ...(state === account.state ? {} : { stateSince: sql`now()` }) })
      .where(eq(accounts.id, account.id));
    if (account.state === 'paused') emit('account.resumed', { by: 'order' }, { accountId: account.id });
    return state;
  });
}

/**
 * Orders come by several queues. A connect that was added just before this one may not be accepted yet, and this one,
 * accepted first, would overtake it: so what is this young waits a moment.
 */
const settleMs = 300;

async function changeRest(
  parts: AccountParts,
  job: JobKey,
  who: Who,
  change: (locked: Locked, account: NonNullable<Awaited<ReturnType<typeof currentAccount>>>) => Promise<string>,
): Promise<Rested> {
  const ageMs = Date.now() - job.jobAt;
  if (ageMs >= 0 && ageMs < settleMs) throw new NotYet('an older order may still be on its way');
  let changed: string | undefined;
  const result = await withUser(parts, who, async (locked): Promise<Rested | 'not-yet'> => {
    const accepted = await acceptOrder(locked, job, who, async () => ({ accountId: null }));
    if (accepted.kind === 'superseded') return { outcome: 'superseded' };
    if (accepted.kind === 'ended') return accepted.result as Rested;
    if (await isConnecting(locked.tx, accepted.order)) return 'not-yet';
    const account = await currentAccount(locked.tx, who);
    if (!account) {
      return endOrder(locked.tx, accepted.order, { status: 'disconnected', reason: 'account.not_found' });
    }
    const status = await change(locked, account);
    changed = account.id;
    return endOrder(locked.tx, accepted.order, { status });
  });
  if (result === 'not-yet') throw new NotYet('an older connect order is still under way');
  if (changed) parts.changed(changed);
  return result;
}
