import { type AccountParts, findAccount } from '../accounts/index.ts';
import { sendingStates } from '../accounts/states.ts';
import type { Account } from '../db/tables.ts';
import { refusalOf } from '../mail/errors.ts';
import type { Reason } from '../mail/refusals/index.ts';
import { ComeBackLater } from '../queues/faults.ts';
import type { ChangePayload, Result } from '../queues/orders.ts';
import type { JobKind } from '../queues/runner.ts';
import { CommandExpired, CommandRefused, type Commands } from '../sync/commands.ts';

/** How long a job waits at a time, and how long an order waits for a mailbox that is being connected again. */
const waitMs = 20_000;
const giveUpAfterMs = 15 * 60_000;

/** States in which the mailbox is connected, or about to be. */
const connecting = sendingStates;

/** Change messages at the provider: the order becomes a command on the mailbox's open connection. */
export function changeMessagesJob(accounts: AccountParts, commands: Commands): JobKind<'change-messages'> {
  return {
    name: 'change-messages',
    concurrency: 100,
    timeLimitMs: 60_000,

    async process({ tenantId, userId, ...change }, { key, signal }): Promise<Result<'change-messages'>> {
      const account = await findAccount(accounts.db, { tenantId, userId });
      const refused = (reason: Reason, permanent: boolean, response = '') => ({
        changed: 0,
        notFound: reason === 'account.not_found' ? change.messageIds : [],
        ...refusalOf(
          { reason, permanent, protocol: 'imap', response },
          { locale: account?.locale ?? 'en', provider: account?.provider ?? null },
        ),
      });
      if (!account) return refused('account.not_found', true);
      const orderKey = `${key.jobId}:${key.jobAt}`;
      const id = await commands.add(account.id, 'change', change satisfies Omit<ChangePayload, 'tenantId' | 'userId'>, {
        orderKey,
        limitMs: giveUpAfterMs,
      });
      try {
        const { answer } = await commands.answerTo(id, {
          limitMs: connecting.includes(account.state) ? waitMs : 1_000,
          signal,
        });
        return answer as Result<'change-messages'>;
      } catch (error) {
        if (error instanceof CommandRefused) return { changed: 0, notFound: [], ...error.refusal };
        if (!(error instanceof CommandExpired)) throw error;
        const closed = whyClosed(account);
        if (closed === 'wait' && Date.now() - key.jobAt < giveUpAfterMs) throw new ComeBackLater(2_000);
        // Nobody begins it any more.
        await commands.drop(id);
        if (closed !== 'wait') return { changed: 0, notFound: [], ...(closed ?? refused('account.paused', true)) };
        return refused('server.unavailable', false, 'the mailbox could not be reached');
      }
    },
  };
}

/** Why a mailbox will not be connected by itself; `wait` when it will, null when it rests. */
function whyClosed({ state, refusal }: Account): Account['refusal'] | 'wait' {
  return connecting.includes(state) ? 'wait' : refusal;
}
