import { and, eq } from 'drizzle-orm';
import type { AccountParts } from '../accounts/index.ts';
import { type Folder, folders } from '../db/tables.ts';
import type { FolderState, ImapConnection } from '../mail/imap.ts';
import { backToInbox, readArrivals } from './arrivals.ts';
import { syncFolderList } from './folders.ts';
import { lookAt } from './look.ts';
import { settleLost } from './lost.ts';
import { inboxOf, type Mailbox, syncedFolders } from './mailbox.ts';

/** `all`: the list of folders and each that is kept; `watched`: the watched ones; else those with these ids. */
export type Which = 'all' | 'watched' | ReadonlySet<string>;

/**
 * Look at folders beside INBOX, and bring those that changed up to date. First what is gone from each, then what is new
 * in each: a message that went from one to another keeps its id, whichever way it went. What is lost in the end
 * was deleted, if all were looked at. INBOX is selected before and after, and read like the others.
 * @returns how many messages were announced.
 */
export async function goRound(
  parts: AccountParts,
  mailbox: Mailbox,
  connection: ImapConnection,
  which: Which,
): Promise<number> {
  const states = which === 'all' ? await syncFolderList(parts, mailbox, connection) : new Map<string, FolderState>();
  const inbox = inboxOf(mailbox);
  const changed: Folder[] = [];
  for (const folder of syncedFolders(mailbox)) {
    if (folder === inbox || !isAmong(folder, which)) continue;
    const state = states.get(folder.path) ?? (await connection.status(folder.path));
    if (looksChanged(folder, state)) changed.push(folder);
  }
  const isNeeded = changed.length > 0 || typeof which !== 'string';
  const announced = isNeeded ? await readFolders(parts, mailbox, connection, changed) : 0;
  // Only who has seen all folders knows what is nowhere.
  if (which === 'all') await settle(parts, mailbox);
  return announced;
}

/** The same for folders of which it is known that something changed, and INBOX. */
export async function readFolders(
  parts: AccountParts,
  mailbox: Mailbox,
  connection: ImapConnection,
  changed: readonly Folder[],
): Promise<number> {
  const withNew: Folder[] = [];
  for (const folder of changed) {
    const { hasNew } = await lookAt(parts, mailbox, connection, folder);
    if (hasNew) withNew.push(folder);
  }
  // INBOX may have lost what another folder has now, and the other way round.
  let announced = await backToInbox(parts, mailbox, connection, { sourcesLooked: true });
  mailbox.sources.clear();
  for (const folder of withNew) {
    await lookAt(parts, mailbox, connection, folder);
    announced += await readArrivals(parts, mailbox, connection, folder, { sourcesLooked: true });
  }
  if (withNew.length > 0) announced += await backToInbox(parts, mailbox, connection, { sourcesLooked: true });
  return announced;
}

/** What is lost now was deleted; unless a folder is still being read again, where it may be found. */
export async function settle(parts: AccountParts, mailbox: Mailbox): Promise<void> {
  if (syncedFolders(mailbox).some(({ rebuilding }) => rebuilding)) return;
  await settleLost(parts, mailbox);
  for (const folder of mailbox.folders.values()) {
    if (folder.mode !== 'gone') continue;
    await parts.db.delete(folders).where(and(eq(folders.id, folder.id), eq(folders.mode, 'gone')));
    mailbox.folders.delete(folder.id);
  }
}

function isAmong({ id, mode }: Folder, which: Which): boolean {
  if (which === 'all') return true;
  return which === 'watched' ? mode === 'watched' : which.has(id);
}

/** Whether a state shows that something happened since the last look. A server without numbers of changes may hide some. */
function looksChanged(folder: Folder, { uidValidity, uidNext, exists, highestModseq }: FolderState): boolean {
  if (folder.uidValidity !== uidValidity || folder.uidNext !== uidNext || folder.messageCount !== exists) return true;
  return highestModseq === null || folder.highestModseq === null || folder.highestModseq !== highestModseq;
}
