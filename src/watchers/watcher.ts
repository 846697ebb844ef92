import type { AccountParts } from '../accounts/index.ts';
import { LeaseLost } from '../accounts/lease.ts';
import { reportAnswered, reportTrouble } from '../accounts/report.ts';
import type { Log } from '../log.ts';
import { MailError } from '../mail/errors.ts';
import type { ImapConnection } from '../mail/imap.ts';
import { isInfrastructureFault } from '../queues/faults.ts';
import { type Inbox, readNew } from '../sync/new-mail.ts';
import type { FileCopies } from './file-copies.ts';

export type Watcher = ReturnType<typeof watch>;

/** A pause while Postgres is away: the connection stays, and what comes meanwhile is still on the server. */
const databasePauseMs = 1_000;

/**
 * Watch one mailbox on a connection that is logged in, caught up and has INBOX selected, until the connection ends, the
 * lease is lost, or somebody stops it. Back in IDLE the moment a fetch is done.
 */
export function watch({
  accounts,
  inbox,
  connection,
  fileCopies,
  firstBackOffMs,
  ended,
  log,
}: {
  accounts: AccountParts;
  inbox: Inbox;
  connection: ImapConnection;
  /** Done between two waits, at first and when poked. */
  fileCopies: FileCopies;
  /** Asked once, when the connection has ended: how long it is left alone at first. */
  firstBackOffMs: () => number;
  /** Called once, with when the mailbox is due again; null when its owner has to act, undefined when others have it. */
  ended: (nextTryAt: Date | null | undefined) => void;
  log: Log;
}) {
  const { lease } = inbox;
  const { accountId } = lease;
  const stopping = new AbortController();
  let poked = new AbortController();
  let hasErrand = true;
  let unread = false;

  async function run(): Promise<Date | null | undefined> {
    for (;;) {
      try {
        if (stopping.signal.aborted) return undefined;
        if (hasErrand) {
          hasErrand = false;
          await fileCopies(lease, connection);
        }
        if (!unread) {
          const signal = AbortSignal.any([stopping.signal, poked.signal]);
          const news = await connection.waitForNews({ signal });
          unread = news === 'exists';
          if (news === 'quiet') await reportAnswered(accounts, lease);
        }
        if (unread) await readNew(accounts, inbox, connection);
        unread = false;
      } catch (error) {
        if (stopping.signal.aborted) return undefined;
        if (poked.signal.aborted && error === poked.signal.reason) {
          poked = new AbortController();
          continue;
        }
        if (error instanceof LeaseLost) return undefined;
        if (error instanceof MailError) return report(error);
        // Ours, not the mailbox's: the cursor has not moved, so the same messages are read again.
        log.warn({ err: error, accountId }, 'new mail could not be stored; trying again');
        hasErrand ||= isInfrastructureFault(error);
        await pause();
      }
    }
  }

  /** What the connection's end means is written down; while Postgres is away, later. */
  async function report(error: MailError): Promise<Date | null | undefined> {
    const firstMs = firstBackOffMs();
    for (;;) {
      try {
        log.info({ accountId, reason: error.reason, response: error.response }, 'connection ended');
        return await reportTrouble(accounts, lease, error, { firstMs });
      } catch (failure) {
        if (failure instanceof LeaseLost || stopping.signal.aborted) return undefined;
        log.warn({ err: failure, accountId }, 'the end of a connection could not be written down; trying again');
        await pause();
      }
    }
  }

  const pause = () =>
    new Promise<void>((resolve) => {
      const over = () => {
        clearTimeout(timer);
        stopping.signal.removeEventListener('abort', over);
        resolve();
      };
      const timer = setTimeout(over, databasePauseMs);
      stopping.signal.addEventListener('abort', over);
    });

  const done = run().then(
    async (nextTryAt) => {
      if (!stopping.signal.aborted) connection.destroy();
      ended(nextTryAt);
    },
    (error) => {
      log.error({ err: error, accountId }, 'watcher failed');
      connection.destroy();
      ended(undefined);
    },
  );

  return {
    accountId,
    lease,
    done,
    /** There is a copy to file. */
    poke() {
      hasErrand = true;
      poked.abort(new Error('poked'));
    },
    /** Leave politely; the lease is the caller's to give back. */
    async stop() {
      stopping.abort(new Error('stopped'));
      await connection.logout();
      await done;
    },
    /** Leave at once: somebody else watches. */
    drop() {
      stopping.abort(new Error('dropped'));
      connection.destroy();
    },
  };
}
