import type { AccountParts } from '../accounts/index.ts';
import { LeaseLost } from '../accounts/lease.ts';
import { reportTrouble } from '../accounts/report.ts';
import type { Log } from '../log.ts';
import { MailError } from '../mail/errors.ts';
import type { ImapConnection, News } from '../mail/imap.ts';
import { isInfrastructureFault } from '../queues/faults.ts';
import type { Session } from '../sync/session.ts';
import type { FileCopies } from './file-copies.ts';

export type Watcher = ReturnType<typeof watch>;

/** A pause while Postgres is away: the connection stays, and what comes meanwhile is still on the server. */
const databasePauseMs = 1_000;

/**
 * Watch one mailbox on a connection that is logged in and has INBOX up to date, until the connection ends, the lease is
 * lost, or somebody stops it. News come first, then what others want done, then what is not urgent; back in IDLE the
 * moment all is done.
 */
export function watch({
  accounts,
  session,
  connection,
  fileCopies,
  firstBackOffMs,
  ended,
  log,
}: {
  accounts: AccountParts;
  session: Session;
  connection: ImapConnection;
  /** Done between two waits, at first and when poked. */
  fileCopies: FileCopies;
  /** Asked once, when the connection has ended: how long it is left alone at first. */
  firstBackOffMs: () => number;
  /** Called once, with when the mailbox is due again; null when its owner has to act, undefined when others have it. */
  ended: (nextTryAt: Date | null | undefined) => void;
  log: Log;
}) {
  const { lease } = session;
  const { accountId } = lease;
  const stopping = new AbortController();
  let poked = new AbortController();
  const errands = { copies: true, commands: true };
  /** After some commands the rest has its turn, however many more there are. */
  let othersFirst = false;
  let unread: News | undefined;

  async function run(): Promise<Date | null | undefined> {
    for (;;) {
      try {
        if (stopping.signal.aborted) return undefined;
        unread ??= connection.heard();
        if (unread) {
          await session.hear(unread);
          unread = undefined;
        } else if (errands.commands && !othersFirst) {
          errands.commands = false;
          if (await session.runCommands()) errands.commands = othersFirst = true;
        } else if (errands.copies) {
          errands.copies = false;
          await fileCopies(lease, connection);
        } else {
          othersFirst = false;
          const moreInMs = await session.workOn();
          if (moreInMs > 0 && !errands.commands) unread = await newsWithin(moreInMs);
        }
      } catch (error) {
        if (stopping.signal.aborted) return undefined;
        if (error instanceof LeaseLost) return undefined;
        if (error instanceof MailError) return report(error);
        // Ours, not the mailbox's: no cursor has moved, so the same is read again.
        log.warn({ err: error, accountId }, 'what a mailbox has to tell could not be stored; trying again');
        if (isInfrastructureFault(error)) Object.assign(errands, { copies: true, commands: true });
        await pause();
      }
    }
  }

  /** Wait for news of INBOX, until somebody pokes or there is more to do. */
  async function newsWithin(ms: number): Promise<News | undefined> {
    const over = new Error('there is something to do');
    const timer = setTimeout(() => poked.abort(over), ms);
    try {
      return await connection.waitForNews({ signal: AbortSignal.any([stopping.signal, poked.signal]) });
    } catch (error) {
      if (!poked.signal.aborted || error !== poked.signal.reason) throw error;
      poked = new AbortController();
      return undefined;
    } finally {
      clearTimeout(timer);
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
    /** There is a copy to file, or a command to carry out. */
    poke(what: 'copies' | 'commands') {
      errands[what] = true;
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
