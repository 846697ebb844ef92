import { eq } from 'drizzle-orm';
import type { AccountParts } from '../accounts/index.ts';
import { connectionsTo, dueInMs, type Lease, LeaseLost, releaseLease, takeLease } from '../accounts/lease.ts';
import { reportOpened, reportTrouble } from '../accounts/report.ts';
import { secretPlace } from '../accounts/secrets.ts';
import { type Account, accounts as accountTable } from '../db/tables.ts';
import { Held } from '../doors/guard.ts';
import { limitsOf } from '../doors/limits.ts';
import type { Ramp } from '../doors/ramp.ts';
import type { Log } from '../log.ts';
import { MailError } from '../mail/errors.ts';
import { loginFrom } from '../mail/login.ts';
import { ComeBackLater } from '../queues/faults.ts';
import type { JobKind } from '../queues/runner.ts';
import { openSession } from '../sync/session.ts';
import type { Watchers } from '../watchers/watchers.ts';
import type { Doors } from './connect-account.ts';

/** Log in, catch up, and hand the connection to this process's watcher. The job ends; the watching goes on. */
export function watchMailbox({
  accounts,
  doors,
  ramp,
  watchers,
  processId,
  folderSeconds,
  again,
  log,
}: {
  accounts: AccountParts;
  doors: Doors;
  ramp: Pick<Ramp, 'reserve'>;
  watchers: Watchers;
  processId: string;
  /** How often folders beside INBOX are looked at, where this installation says so. */
  folderSeconds?: number | undefined;
  /** A mailbox is due again; adds the job that tries it. */
  again: (lease: Lease, nextTryAt: Date) => void;
  log: Log;
}): JobKind<'watch-mailbox'> {
  return {
    name: 'watch-mailbox',
    concurrency: 20,
    // Catching up after months away, or with a folder that the server has renumbered, takes minutes.
    timeLimitMs: 10 * 60_000,

    async process({ accountId, turnAt }, { signal, keep }) {
      if (!watchers.hasRoom()) return { watcher: null, caughtUp: 0 };
      if (turnAt === undefined) {
        const waitMs = await turnOf(accounts, ramp, accountId);
        if (waitMs > noticeableMs) {
          await keep({ accountId, turnAt: Date.now() + waitMs });
          throw new ComeBackLater(waitMs);
        }
      }
      try {
        return await watchers.open(accountId, () => open(accountId, signal));
      } catch (error) {
        if (error instanceof LeaseLost) return { watcher: null, caughtUp: 0 };
        throw error;
      }
    },
  };

  async function open(accountId: string, signal: AbortSignal) {
    const taken = await takeLease(accounts, accountId, processId);
    if (!taken) {
      // Added by a clock that is ahead of Postgres': what is nearly due comes back, all else has been taken care of.
      const dueIn = await dueInMs(accounts, accountId);
      if (dueIn !== null && dueIn < 60_000) throw new ComeBackLater(dueIn + 100);
      return { watcher: null, caughtUp: 0 };
    }
    const { account, lease } = taken;
    try {
      await keepBelowLimit(accounts, account);
      const connection = await openMailbox(accounts, doors, account, signal);
      try {
        const session = await openSession(accounts, lease, account, connection, { folderSeconds, log });
        const caughtUp = await session.catchUp();
        await reportOpened(accounts, lease, { caughtUp });
        watchers.take(session, connection);
        return { watcher: processId, caughtUp };
      } catch (error) {
        connection.destroy();
        throw error;
      }
    } catch (error) {
      if (error instanceof MailError) {
        const nextTryAt = await reportTrouble(accounts, lease, error);
        const { reason, response } = error;
        log.info({ accountId, reason, response, nextTryAt }, 'mailbox could not be opened');
        if (nextTryAt) again(lease, nextTryAt);
        return { watcher: null, caughtUp: 0 };
      }
      // Ours: the mailbox is free again at once, for whoever can.
      await releaseLease(accounts.db, lease);
      throw error;
    }
  }
}

/** A turn that is nearer than this is taken at once. */
const noticeableMs = 200;
/** When a mailbox that has as many connections as its provider allows is looked at again. */
const sharedAgainMs = 10 * 60_000;

/** In how many ms the turn of this mailbox's login is; what a person asked for does not wait. */
async function turnOf({ db }: AccountParts, ramp: Pick<Ramp, 'reserve'>, accountId: string): Promise<number> {
  const [account] = await db
    .select({ imap: accountTable.imap, asked: accountTable.asked })
    .from(accountTable)
    .where(eq(accountTable.id, accountId));
  return account?.imap && !account.asked ? ramp.reserve(account.imap.host) : 0;
}

/** A mailbox that many people have connected is one mailbox for its provider, which limits its connections. */
async function keepBelowLimit({ db, now }: AccountParts, { imap, imapDoor }: Account) {
  if (!imap || !imapDoor || (await connectionsTo(db, imapDoor)) <= limitsOf(imap.host).connections) return;
  throw new Held(new Date(now().getTime() + sharedAgainMs), now(), 'imap');
}

function openMailbox(accounts: AccountParts, { imap }: Doors, account: Account, signal: AbortSignal) {
  const { id, imap: server, imapSecret, secretKind } = account;
  if (!server || imapSecret === null) throw new Error(`account ${id} has no login`);
  const at = { ...secretPlace('accounts', id, 'imap'), host: server.host, username: server.username };
  const login = loginFrom(
    { ring: accounts.sealing.ring, grants: accounts.grants },
    { ciphertext: imapSecret, at, kind: secretKind },
  );
  const why = account.asked ? 'order' : 'automatic';
  return imap.open({ server, login, why }, { signal, timeLimitMs: 60_000 });
}
