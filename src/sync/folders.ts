import { randomUUIDv7 } from 'node:crypto';
import { and, eq, sql } from 'drizzle-orm';
import type { AccountParts } from '../accounts/index.ts';
import { underLease } from '../accounts/lease.ts';
import { withUser } from '../accounts/user-lock.ts';
import { type Folder, folders, messages } from '../db/tables.ts';
import type { FolderChoice } from '../db/tenants.ts';
import type { FolderState, ImapConnection, ListedFolder } from '../mail/imap.ts';
import { asideSign, type Mailbox } from './mailbox.ts';
import { findRenamed, isUnread } from './renamed.ts';

/** Folders that show again what stands in others: Gmail's "All Mail" and "Starred". Kept only where a tenant names them. */
const views = new Set(['all', 'flagged']);

/** How a folder is treated by a tenant's choice. INBOX is always watched: its connection waits there anyway. */
export function modeOf(
  { path, role, selectable, subscribed }: Pick<ListedFolder, 'path' | 'role' | 'selectable' | 'subscribed'>,
  { watch, others, never }: FolderChoice,
): Folder['mode'] {
  if (role === 'inbox') return 'watched';
  const named = (names: readonly string[]) => names.includes(path) || (role !== null && names.includes(role));
  if (!selectable || named(never)) return 'off';
  if (named(watch)) return 'watched';
  if (others === 'none' || (others === 'subscribed' && !subscribed)) return 'off';
  return role !== null && views.has(role) ? 'off' : 'kept';
}

/**
 * Compare the server's list of folders with the known one: new, renamed and vanished folders are events, except in the
 * very first list. A folder under another name is known by its lasting name (OBJECTID), or by its UIDVALIDITY when
 * exactly one folder went and one came with the same. The messages of a vanished folder are lost until they are found.
 * @returns the server's state of each folder by path, where it was told.
 */
export async function syncFolderList(
  parts: AccountParts,
  mailbox: Mailbox,
  connection: ImapConnection,
): Promise<Map<string, FolderState>> {
  const listed = withInbox(await connection.list({ status: true }));
  const isFirst = mailbox.account.syncedAt === null;
  const all = [...mailbox.folders.values()];
  const goneBefore = all.filter(({ mode }) => mode === 'gone');
  const there = all.filter(({ mode }) => mode !== 'gone');
  const known = new Map([...goneBefore, ...there].map((folder) => [folder.path, folder]));
  const states = new Map(listed.flatMap(({ path, state }) => (state ? [[path, { ...state, path }] as const] : [])));
  const paths = new Set(listed.map(({ path }) => path));
  const gone = there.filter(({ path }) => !paths.has(path));
  const fresh = listed.filter(({ path }) => !known.has(path) || known.get(path)!.mode === 'gone');
  const renamed = gone.length > 0 ? await findRenamed(connection, gone, fresh, states) : new Map<string, Folder>();
  const found = new Set(renamed.values());
  const vanished = gone.filter((folder) => !found.has(folder));
  // What went before it was ever read may be what came under another name, and none of it is news then.
  const isHistory = isFirst || vanished.some(isUnread);

  const next: Folder[] = [];
  const changes: { was: Folder | undefined; now: Folder; from: string | null }[] = [];
  for (const one of listed) {
    const was = renamed.get(one.path) ?? known.get(one.path);
    const now = folderFrom(one, was, mailbox, isHistory);
    const isChanged = !was || differs(was, now);
    if (isChanged) changes.push({ was, now, from: was && was.path !== now.path ? was.path : null });
    next.push(was ?? now);
  }
  if (changes.length + vanished.length > 0) {
    const lost = await write(parts, mailbox, { changes, vanished, isFirst });
    mailbox.lost += lost;
    // Whoever has a folder in hand, or remembers something of it, has the same one after this.
    for (const { was, now } of changes) if (was) Object.assign(was, isBack(was, now) ? now : namesOf(now));
    for (const folder of vanished) folder.mode = 'gone';
  }
  // What went may stand now under the name of one that is listed and could not be opened.
  if (vanished.length > 0) for (const { id, uidValidity } of next) if (uidValidity === -1) mailbox.shut.delete(id);
  const kept = new Set(next.map(({ id }) => id));
  const stillGone = goneBefore.filter(({ id }) => !kept.has(id));
  mailbox.folders = new Map([...stillGone, ...vanished, ...next].map((one) => [one.id, one]));
  return states;
}

/** A few servers leave out INBOX, which is always there (RFC 9051 §5.1). */
function withInbox(listed: ListedFolder[]): ListedFolder[] {
  if (listed.some(({ role }) => role === 'inbox')) return listed;
  const common = { subscribed: true, mailboxId: null, state: null };
  const at = listed.find(({ path }) => path.toUpperCase() === 'INBOX');
  if (at) return listed.map((one) => (one === at ? { ...one, role: 'inbox' as const } : one));
  return [{ path: 'INBOX', name: 'INBOX', delimiter: '/', role: 'inbox', selectable: true, ...common }, ...listed];
}

function folderFrom(
  listed: ListedFolder,
  was: Folder | undefined,
  { settings, lease }: Mailbox,
  isHistory: boolean,
): Folder {
  const { path, delimiter, role, selectable, subscribed } = listed;
  const facts = { path, delimiter, role, selectable, subscribed, mode: modeOf(listed, settings.folders) };
  const mailboxId = listed.mailboxId ?? was?.mailboxId ?? null;
  if (was && was.mode !== 'gone') return { ...was, ...facts, mailboxId };
  // A folder that was made while we watched has no history: all that is in it came meanwhile.
  const historyUid = isHistory ? null : 0;
  const unread = { uidValidity: 0, uidNext: 0, highestModseq: null, messageCount: 0, historyUid, historyTotal: 0 };
  const rest = { historyDone: 0, rebuilding: false, newSince: new Date(), checkedAt: null };
  return { id: was?.id ?? randomUUIDv7(), accountId: lease.accountId, ...facts, mailboxId, ...unread, ...rest };
}

/** What the list says of a folder. */
const namesOf = ({ path, delimiter, role, selectable, subscribed, mode, mailboxId }: Folder) => ({
  path,
  delimiter,
  role,
  selectable,
  subscribed,
  mode,
  mailboxId,
});

function differs(was: Folder, now: Folder): boolean {
  const before: Record<string, unknown> = namesOf(was);
  return Object.entries(namesOf(now)).some(([name, value]) => before[name] !== value);
}

/** Kept again, after it was gone or nobody wanted it. */
const isBack = (was: Folder, now: Folder) => was.mode === 'gone' || (was.mode === 'off' && now.mode !== 'off');

type Written = {
  changes: { was: Folder | undefined; now: Folder; from: string | null }[];
  vanished: Folder[];
  isFirst: boolean;
};

/** @returns how many messages have no place now. */
async function write(parts: AccountParts, mailbox: Mailbox, { changes, vanished, isFirst }: Written): Promise<number> {
  const { lease, who } = mailbox;
  return withUser(parts, who, async ({ tx, emit }) => {
    await underLease(tx, lease);
    const about = { accountId: lease.accountId };
    let lost = 0;
    const lose = async (folderId: string) => {
      const rows = await tx.execute(sql`
        update ${messages} set uid = null
        where account_id = ${lease.accountId}::uuid and folder_id = ${folderId}::uuid and uid is not null`);
      lost += rows.count;
    };
    for (const folder of vanished) {
      await tx.update(folders).set({ mode: 'gone' }).where(eq(folders.id, folder.id));
      await lose(folder.id);
      emit('mailbox.folder_deleted', { folder: folder.path }, about);
    }
    // Two folders may have changed names with each other, and one may have the name of one that is gone: no path is
    // taken while they are written.
    const taken = new Set(changes.map(({ now }) => now.path));
    const used = new Set(changes.map(({ now }) => now.id));
    for (const { id, path } of [
      ...changes.flatMap(({ now, from }) => (from === null ? [] : [{ id: now.id, path: from }])),
      ...[...mailbox.folders.values()].filter(
        ({ id, path, mode }) => mode === 'gone' && taken.has(path) && !used.has(id),
      ),
    ]) {
      await tx
        .update(folders)
        .set({ path: `${path}${asideSign}${id}` })
        .where(and(eq(folders.accountId, lease.accountId), eq(folders.id, id)));
    }
    for (const { was, now, from } of changes) {
      const { id, accountId, newSince, checkedAt: _, ...values } = now;
      if (!was) await tx.insert(folders).values({ id, accountId, newSince, ...values });
      else {
        const back = isBack(was, now);
        // Read from the beginning: nobody knows what happened there meanwhile. One that was told to be gone is a new one.
        const unknown = was.mode === 'gone' && !isFirst ? 0 : null;
        if (back)
          Object.assign(now, { uidValidity: 0, uidNext: 0, highestModseq: null, historyUid: unknown, historyDone: 0 });
        const { uidValidity, uidNext, highestModseq, historyUid, historyDone } = now;
        const cursor = back ? { uidValidity, uidNext, highestModseq, historyUid, historyDone } : {};
        await tx
          .update(folders)
          .set({ ...namesOf(now), ...cursor })
          .where(eq(folders.id, id));
        if (was.mode !== 'off' && was.mode !== 'gone' && now.mode === 'off') await lose(id);
      }
      if (from !== null) emit('mailbox.folder_renamed', { folder: now.path, from }, about);
      else if ((!was || was.mode === 'gone') && !isFirst) emit('mailbox.folder_created', { folder: now.path }, about);
    }
    return lost;
  });
}
