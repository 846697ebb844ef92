import type { AccountParts } from '../accounts/index.ts';
import type { Lease } from '../accounts/lease.ts';
import { reportAnswered, reportSynced } from '../accounts/report.ts';
import type { Account } from '../db/tables.ts';
import { tenantSettings } from '../db/tenant-settings.ts';
import type { Log } from '../log.ts';
import type { ImapConnection, News } from '../mail/imap.ts';
import { backToInbox, readArrivals } from './arrivals.ts';
import { runCommands } from './errands.ts';
import { syncFolderList } from './folders.ts';
import { createHistory } from './history.ts';
import { indexOn } from './index-on.ts';
import { lookAgain } from './look.ts';
import { folderAt, inboxOf, loadMailbox, type Mailbox, syncedFolders } from './mailbox.ts';
import { goRound, readFolders } from './round.ts';
import { isShut, openAgainAt } from './shut.ts';

/**
 * How often other folders are looked at: those that are watched, and all with the list itself, which costs one question
 * where the server has LIST-STATUS, and else one for each folder.
 */
const every = { watchedMs: 45_000, allAtOnceMs: 60_000, oneByOneMs: 5 * 60_000 };
/** A round for what is lost is not made for each deleted message, and takes a twentieth of the time at most. */
const roundAgain = { leastMs: 250, mostMs: 10_000, times: 20 };
/** The words of new mail can wait until no more of it comes; its event cannot. */
const indexAfterMs = 300;
const answeredEveryMs = 4 * 60_000;

export type Session = Awaited<ReturnType<typeof openSession>>;

/**
 * A mailbox on its one connection: INBOX is selected whenever nothing else is being done, and all that is done leaves it
 * so. Every function may throw a `MailError`, or `LeaseLost` when somebody else has the mailbox.
 */
export async function openSession(
  parts: AccountParts,
  lease: Lease,
  account: Account,
  connection: ImapConnection,
  { folderSeconds, log }: { folderSeconds?: number | undefined; log?: Pick<Log, 'warn'> } = {},
) {
  const mailbox: Mailbox = await loadMailbox(parts, lease, account, log);
  const history = createHistory(parts, mailbox);
  const jitter = (ms: number) => ms * (0.8 + 0.4 * Math.random());
  const allMs = folderSeconds
    ? folderSeconds * 1_000
    : connection.can.listStatus
      ? every.allAtOnceMs
      : every.oneByOneMs;
  const watchedMs = Math.min(every.watchedMs, allMs);
  let astray = false;
  /** Whether all folders were looked at since their history was read. */
  let lookedSince = false;
  const due = { watched: 0, all: 0, lost: 0, index: 0, answered: performance.now() + answeredEveryMs };

  /** Ready when INBOX is up to date; the first sync has then brought its newest messages. */
  async function catchUp(): Promise<number> {
    if (!folderAt(mailbox, 'INBOX')) await syncFolderList(parts, mailbox, connection);
    let announced = await backToInbox(parts, mailbox, connection);
    if (mailbox.sources.size > 0) announced += await lookAtSources();
    if (inboxOf(mailbox).historyUid !== 0) announced += await history.readOn(connection);
    return announced;
  }

  function lookAtSources(): Promise<number> {
    const sources = [...mailbox.sources].flatMap((id) => mailbox.folders.get(id) ?? []);
    return readFolders(parts, mailbox, connection, sources, between);
  }

  /** What failed half way, because Postgres was away, may have left another folder open. */
  async function atInbox<R>(act: () => Promise<R>): Promise<R> {
    if (astray) await backToInbox(parts, mailbox, connection);
    astray = true;
    const result = await act();
    astray = false;
    return result;
  }

  async function hear(news: News): Promise<number> {
    const inbox = inboxOf(mailbox);
    due.index = performance.now() + indexAfterMs;
    if (news === 'exists') return readArrivals(parts, mailbox, connection, inbox);
    await lookAgain(parts, mailbox, connection, inbox);
    return 0;
  }

  /** A round over many folders takes minutes on a slow line; news of INBOX and orders do not wait for its end. */
  async function between(): Promise<number> {
    let announced = 0;
    for (let news = connection.heard(); news; news = connection.heard()) announced += await hear(news);
    await runCommands(parts, mailbox, connection);
    return announced;
  }

  async function lookAround(which: 'watched' | 'all') {
    if (which === 'all') mailbox.settings = await tenantSettings(parts.db, mailbox.who.tenantId);
    const began = performance.now();
    await goRound(parts, mailbox, connection, which, between);
    const now = performance.now();
    due.watched = now + jitter(watchedMs);
    if (which === 'all') due.all = now + jitter(allMs);
    due.lost = now + Math.min(roundAgain.mostMs, Math.max(roundAgain.leastMs, (now - began) * roundAgain.times));
    if (now < due.answered) return;
    await reportAnswered(parts, lease);
    due.answered = now + answeredEveryMs;
  }

  return {
    mailbox,
    lease,
    catchUp,

    /** INBOX has news. */
    hear: (news: News) =>
      atInbox(async () => {
        if (news === 'quiet') await reportAnswered(parts, lease);
        else await hear(news);
      }),

    /** Do what others want done on this connection. */
    runCommands: () => atInbox(() => runCommands(parts, mailbox, connection)),

    /**
     * Do one piece of what is not urgent.
     * @returns in how many ms there is more to do; 0: at once.
     */
    workOn: () => atInbox(work),
  };

  async function work(): Promise<number> {
    const now = performance.now();
    const sourcesAt = mailbox.sources.size > 0 ? openAgainAt(mailbox, mailbox.sources) : due.all;
    if (mailbox.sources.size > 0 && now >= sourcesAt) await lookAtSources();
    // What went from INBOX may be in another folder now.
    else if (mailbox.lost > 0 && now >= due.lost && !isRebuilding()) await lookAround('all');
    else if (now >= due.all) await lookAround('all');
    else if (now >= due.watched) await lookAround('watched');
    else if (history.pending()) {
      await history.readOn(connection);
      lookedSince = false;
    } else if (mailbox.account.syncedAt === null && !lookedSince) {
      // What was moved before its folder was read is met in another one, and not after the first sync is called done.
      await lookAround('all');
      lookedSince = true;
    } else if (mailbox.account.syncedAt === null) {
      await reportSynced(parts, lease, { messages: await history.count() });
      mailbox.account.syncedAt = parts.now();
    } else if (mailbox.toIndex.size > 0 && now >= due.index) await indexOn(parts, mailbox, connection);
    else {
      const lost = mailbox.lost > 0 ? due.lost : due.all;
      const index = mailbox.toIndex.size > 0 ? due.index : due.all;
      return Math.max(1, Math.min(due.watched, due.all, lost, index, sourcesAt) - now);
    }
    return 0;
  }

  /** A folder that is not kept (any more) is not read, and nobody waits for it. */
  function isRebuilding() {
    return syncedFolders(mailbox).some((folder) => folder.rebuilding && !isShut(mailbox, folder));
  }
}
