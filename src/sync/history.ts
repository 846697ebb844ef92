import { eq, sql } from 'drizzle-orm';
import type { AccountParts } from '../accounts/index.ts';
import { underLease } from '../accounts/lease.ts';
import { withUser } from '../accounts/user-lock.ts';
import { type Folder, folders } from '../db/tables.ts';
import type { FetchedMessage, ImapConnection } from '../mail/imap.ts';
import { answersIn } from './answers.ts';
import { backToInbox } from './arrivals.ts';
import { storeAny } from './aside.ts';
import { lookAt, numberingOf } from './look.ts';
import { inboxOf, type Mailbox, syncedFolders } from './mailbox.ts';
import { isShut, unlessRefused } from './shut.ts';
import type { Storing } from './store.ts';

/** The first slice is small, so that today's mail is there within a second; the others are as large as one FETCH pays. */
const sliceSizes = { first: 50, rest: 500 };
/** For so long another folder than INBOX is open at a time: a message that arrives in INBOX waits no longer. */
const awayMs = 250;
const progressEveryMs = 1_000;

/**
 * The first sync: what was in the folders before us, newest first, in slices between which news are read. Each slice
 * moves the folder's cursor down in the statement that stores it, so that a kill repeats nothing.
 */
export function createHistory(parts: AccountParts, mailbox: Mailbox) {
  let reading: { folder: Folder; numbering: object | undefined; uids: number[]; storing: Promise<unknown> } | undefined;
  let toldAt = performance.now();

  const pending = () => syncedFolders(mailbox).find((folder) => folder.historyUid !== 0 && !isShut(mailbox, folder));

  /** The messages of a folder's history that are not here yet, ascending. */
  async function begin(connection: ImapConnection, folder: Folder) {
    const since = folder.rebuilding ? {} : { since: mailbox.syncFrom };
    const all = await connection.uids(since);
    const below = folder.historyUid ?? 0;
    const uids = all.filter((uid) => uid < below);
    await progress(folder, { historyTotal: folder.historyDone + uids.length });
    return { folder, numbering: numberingOf(folder), uids, storing: Promise.resolve() };
  }

  /** One slice of the selected folder: it is fetched while the one before is being stored. */
  async function slice(connection: ImapConnection, now: NonNullable<typeof reading>) {
    const { folder, uids } = now;
    const size =
      folder.historyDone === 0 && now.uids.length === folder.historyTotal ? sliceSizes.first : sliceSizes.rest;
    const part = uids.splice(-size);
    const historyUid = uids.length === 0 ? 0 : part[0]!;
    const batch = part.length === 0 ? [] : await connection.fetch(part);
    // What came into a renumbered folder meanwhile is news, as anywhere.
    const news = folder.rebuilding ? batch.filter(({ internalDate }) => internalDate >= folder.newSince) : [];
    const links = await answersIn(parts, mailbox, connection, news);
    await now.storing;
    now.storing = keep(folder, batch, historyUid, links);
    now.storing.catch(() => {}); // told to whoever awaits it next
    if (uids.length === 0) {
      await now.storing;
      await end(folder);
      reading = undefined;
    } else if (performance.now() - toldAt > progressEveryMs) await progress(folder);
  }

  async function keep(folder: Folder, batch: FetchedMessage[], historyUid: number, links: Storing['links']) {
    const as = folder.rebuilding ? ('again' as const) : ('history' as const);
    await storeAny(parts, mailbox, batch, { folder, as, cursor: { historyUid }, links });
  }

  async function end(folder: Folder) {
    const wasRebuilding = folder.rebuilding;
    await progress(folder, { historyUid: 0, rebuilding: false });
    // What the folder had and nobody has found may be let go now.
    return wasRebuilding;
  }

  /** Write the folder's place down, and tell of it now and then; a small folder is no news. */
  async function progress(
    folder: Folder,
    values: Partial<Pick<Folder, 'historyTotal' | 'historyUid' | 'rebuilding'>> = {},
  ) {
    toldAt = performance.now();
    const { historyTotal = folder.historyTotal } = values;
    await withUser(parts, mailbox.who, async ({ tx, emit }) => {
      await underLease(tx, mailbox.lease);
      if (Object.keys(values).length > 0) await tx.update(folders).set(values).where(eq(folders.id, folder.id));
      if (historyTotal <= sliceSizes.first) return;
      const data = { folder: folder.path, done: Math.min(folder.historyDone, historyTotal), total: historyTotal };
      emit('mailbox.sync_progress', data, { accountId: mailbox.lease.accountId });
    });
    Object.assign(folder, values);
  }

  return {
    pending: () => pending() !== undefined,

    /**
     * Read on for a moment. INBOX is selected before and after; while it is, what arrives is seen with each slice.
     * @returns how many messages that came meanwhile were announced.
     */
    async readOn(connection: ImapConnection): Promise<number> {
      const folder = pending();
      if (!folder) return 0;
      const inbox = inboxOf(mailbox);
      const away = folder !== inbox;
      const until = performance.now() + awayMs;
      await unlessRefused(mailbox, connection, folder, async () => {
        if (away) await lookAt(parts, mailbox, connection, folder);
        // A look may have found it empty, or renumbered.
        if (reading?.folder !== folder || reading.numbering !== numberingOf(folder)) reading = undefined;
        if (folder.historyUid === 0) return;
        try {
          reading ??= await begin(connection, folder);
          do await slice(connection, reading);
          while (away && reading && performance.now() < until);
          await reading?.storing;
        } catch (error) {
          // What was taken off the list is not here: the list is made again, from the row's cursor.
          reading = undefined;
          throw error;
        }
      });
      return away ? backToInbox(parts, mailbox, connection) : 0;
    },

    /** All messages of the kept folders, as far as they are here. */
    async count(): Promise<number> {
      const [row] = await parts.db.execute<{ n: number }>(
        sql`select count(*)::int as n from messages where account_id = ${mailbox.lease.accountId}::uuid and uid is not null`,
      );
      return row?.n ?? 0;
    },
  };
}
