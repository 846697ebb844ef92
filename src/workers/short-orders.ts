/** The orders that only change what stands in Postgres: pause, resume, disconnect. */
import type { AccountParts } from '../accounts/index.ts';
import { disconnectAccount, NotYet, pauseAccount, resumeAccount } from '../accounts/rest.ts';
import { ComeBackLater } from '../queues/faults.ts';
import type { JobKind } from '../queues/runner.ts';

const common = { concurrency: 10, timeLimitMs: 30_000 };

/** Let watching and sending rest. */
export const pauseAccountJob = (accounts: AccountParts): JobKind<'pause-account'> => ({
  ...common,
  name: 'pause-account',
  process: (who, { key }) => orComeBack(pauseAccount(accounts, key, who)),
});

/** Go on, or try now. */
export const resumeAccountJob = (accounts: AccountParts): JobKind<'resume-account'> => ({
  ...common,
  name: 'resume-account',
  process: (who, { key }) => orComeBack(resumeAccount(accounts, key, who)),
});

/** Remove the account here. */
export const disconnectAccountJob = (accounts: AccountParts): JobKind<'disconnect-account'> => ({
  ...common,
  name: 'disconnect-account',
  process: (who, { key }) => disconnectAccount(accounts, key, who),
});

async function orComeBack<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof NotYet) throw new ComeBackLater(300);
    throw error;
  }
}
