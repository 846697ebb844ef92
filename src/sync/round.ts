import { and, eq, sql } from 'drizzle-orm';
import type { AccountParts } from '../accounts/index.ts';
import { type Folder, folders } from '../db/tables.ts';
import type { FolderState, ImapConnection } from '../mail/imap.ts';
import { backToInbox, readArrivals } from './arrivals.ts';
import { syncFolderList } from './folders.ts';
import { leaveFolder, lookAt } from './look.ts';
import { type Moment, momentOf, settleLost } from './lost.ts';
import { inboxOf, type Mailbox, syncedFolders } from './mailbox.ts';
import { isMissing, isShut, isShutForNow, unlessRefused } from './shut.ts';

/** `all`: the list of folders and each that is kept; `watched`: the watched ones; else those with these ids. */
export type Which = 'all' | 'watched' | ReadonlySet<string>;

/** For so long a round goes from folder to folder: then it is looked what others want meanwhile. */
const atOnceMs = 250;

/** What does not wait for the end of a round: news of INBOX, and orders. Tells how many messages were announced. */
export type Between = () => Promise<number>;
const nothing: Between = async () => 0;

/** Lets something be done now and then. */
function nowAndThen(act: Between): Between {
  let due = performance.now() + atOnceMs;
  return async () => {
    if (performance.now() < due) return 0;
    const announced = await act();
    due = performance.now() + atOnceMs;
    return announced;
  };
}

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
  between: Between = nothing,
): Promise<number> {
  const isUnsettled = mailbox.lost > 0 || [...mailbox.folders.values()].some(({ mode }) => mode === 'gone');
  const before = which === 'all' && isUnsettled ? await momentOf(parts) : null;
  const states = which === 'all' ? await syncFolderList(parts, mailbox, connection) : new Map<string, FolderState>();
  const inbox = inboxOf(mailbox);
  const changed: Folder[] = [];
  // While it is asked about other folders, a server need not tell what happens in the selected one.
  const pause = nowAndThen(async () => (await between()) + (await backToInbox(parts, mailbox, connection)));
  let announced = 0;
  for (const folder of syncedFolders(mailbox)) {
    announced += await pause();
    if (folder === inbox || !isAmong(folder, which) || isShut(mailbox, folder)) continue;
    const ask = () => connection.status(folder.path);
    const state = states.get(folder.path) ?? (await unlessRefused(mailbox, connection, folder, ask));
    if (state && looksChanged(folder, state)) changed.push(folder);
  }
  for (const folder of syncedFolders(mailbox)) {
    if (isMissing(mailbox, folder) && folder.uidValidity !== -1) await leaveFolder(parts, mailbox, folder);
  }
  const isNeeded = changed.length > 0 || typeof which !== 'string';
  if (isNeeded) announced += await readFolders(parts, mailbox, connection, changed, between);
  // Only who has seen all folders knows what is nowhere.
  if (before !== null) await settle(parts, mailbox, before);
  return announced;
}

/**
 * The same for folders of which it is known that something changed, and INBOX. What arrived in one and stands in another
 * as well is a copy only if that other one was looked at after the arrival was seen: else it may have been moved from
 * there meanwhile.
 */
export async function readFolders(
  parts: AccountParts,
  mailbox: Mailbox,
  connection: ImapConnection,
  changed: readonly Folder[],
  between: Between = nothing,
): Promise<number> {
  const inbox = inboxOf(mailbox);
  const doubts = mailbox.doubts;
  mailbox.doubts = new Map();
  const looked = ({ id }: Pick<Folder, 'id'>) => {
    for (const doubt of doubts.values()) doubt.looked.add(id);
  };
  // A folder that is nowhere cannot be looked at.
  for (const id of mailbox.sources) if (!mailbox.folders.has(id)) looked({ id });
  mailbox.sources.clear();

  const withNew: Folder[] = [];
  // What was looked at before counts for INBOX as it does in the end.
  const back = () => backToInbox(parts, mailbox, connection, doubts.get(inbox.id));
  const pause = nowAndThen(async () => (await back()) + (await between()));
  let announced = 0;
  for (const folder of changed) {
    announced += await pause();
    if (folder === inbox) continue;
    if (folder.mode === 'gone') {
      looked(folder); // A list that was read meanwhile has it no more: what was in it is lost already.
      continue;
    }
    const look = () => lookAt(parts, mailbox, connection, folder);
    const found = await unlessRefused(mailbox, connection, folder, look);
    // What is refused each time tells no more about what has left it; what is refused for a moment may do so yet.
    if (found !== null || !isShutForNow(mailbox, folder)) looked(folder);
    if (!found?.hasNew) continue;
    withNew.push(folder);
    if (!doubts.has(folder.id)) doubts.set(folder.id, { below: found.selected.uidNext, looked: new Set() });
  }
  // INBOX may have lost what another folder has now, and the other way round.
  announced += await back();
  looked(inbox);
  for (const folder of withNew) {
    announced += await pause();
    if (folder.mode === 'gone') continue;
    const read = async () => {
      await lookAt(parts, mailbox, connection, folder);
      return readArrivals(parts, mailbox, connection, folder, doubts.get(folder.id));
    };
    announced += (await unlessRefused(mailbox, connection, folder, read)) ?? 0;
  }
  if (withNew.length > 0) announced += await back();
  // What is in doubt is read again with the folders that it may come from.
  for (const id of mailbox.doubts.keys()) mailbox.sources.add(id);
  return announced;
}

/**
 * What was lost before all folders were looked at, and is lost still, was deleted; unless a folder where it may be found is
 * still being read again, or could not be opened just now.
 */
async function settle(parts: AccountParts, mailbox: Mailbox, before: Moment): Promise<void> {
  const mayHold = (folder: Folder) => (isShut(mailbox, folder) ? isShutForNow(mailbox, folder) : folder.rebuilding);
  if (syncedFolders(mailbox).some(mayHold)) return;
  await settleLost(parts, mailbox, before);
  if (mailbox.lost > 0) return;
  for (const folder of mailbox.folders.values()) {
    if (folder.mode !== 'gone') continue;
    const { accountId, processId, token } = mailbox.lease;
    const held = sql`exists (select from accounts
      where id = ${accountId}::uuid and holder = ${processId}::uuid and token = ${token})`;
    await parts.db.delete(folders).where(and(eq(folders.id, folder.id), eq(folders.mode, 'gone'), held));
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
