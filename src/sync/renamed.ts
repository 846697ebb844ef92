import type { Folder } from '../db/tables.ts';
import { MailError } from '../mail/errors.ts';
import type { FolderState, ImapConnection, ListedFolder } from '../mail/imap.ts';

/** Among more folders that are alike nobody is known by UIDVALIDITY; each is compared with each. */
const mostAlike = 500;

/**
 * Which of the folders that went are there under new names: by their lasting name (OBJECTID), else by UIDVALIDITY when
 * exactly one went and one came that may be the same. What is asked for is added to `states`.
 * @returns the folders by their new paths.
 */
export async function findRenamed(
  connection: ImapConnection,
  gone: readonly Folder[],
  fresh: readonly ListedFolder[],
  states: Map<string, FolderState>,
): Promise<Map<string, Folder>> {
  const renamed = new Map<string, Folder>();
  const found = new Set<Folder>();
  const know = (one: ListedFolder, folder: Folder) => {
    renamed.set(one.path, folder);
    found.add(folder);
  };
  const byId = new Map(gone.map((folder) => [folder.mailboxId, folder]));
  for (const one of fresh) {
    const folder = one.mailboxId === null ? undefined : byId.get(one.mailboxId);
    if (folder && !found.has(folder)) know(one, folder);
    else if (one.selectable) {
      const state = states.get(one.path) ?? (await stateOf(connection, one.path));
      if (state) states.set(one.path, state);
    }
  }
  const left = fresh.filter(({ path }) => !renamed.has(path) && states.has(path));
  const cameAs = Map.groupBy(left, ({ path }) => states.get(path)!.uidValidity);
  const wentAs = Map.groupBy(gone, (folder) => (isUnread(folder) ? 'unread' : folder.uidValidity));
  const unread = wentAs.get('unread') ?? [];
  for (const [uidValidity, came] of cameAs) {
    const went = [...unread, ...((uidValidity > 0 && wentAs.get(uidValidity)) || [])];
    if (went.length > mostAlike || came.length > mostAlike) continue;
    for (const one of came) {
      const likely = went.filter((folder) => !found.has(folder) && mayBe(folder, one, states));
      // One that was never read may be any that came.
      const others = likely[0] && isUnread(likely[0]) ? left : came;
      const isRival = (other: ListedFolder) => !renamed.has(other.path) && mayBe(likely[0]!, other, states);
      if (likely.length === 1 && !others.some((other) => other !== one && isRival(other))) know(one, likely[0]!);
    }
  }
  return renamed;
}

function mayBe(folder: Folder, one: ListedFolder, states: ReadonlyMap<string, FolderState>): boolean {
  if (isUnread(folder)) return true;
  if (one.mailboxId !== null && folder.mailboxId !== null) return one.mailboxId === folder.mailboxId;
  const { uidValidity, uidNext } = states.get(one.path)!;
  return uidValidity === folder.uidValidity && uidNext >= folder.uidNext;
}

/** To be kept, and never opened yet: there is nothing to know it by. */
export const isUnread = ({ mode, selectable, uidValidity, historyUid }: Folder) =>
  (mode === 'watched' || mode === 'kept') && selectable && uidValidity === 0 && historyUid === null;

/** Null for a folder that the server does not tell about: whether it is a renamed one is not known then. */
async function stateOf(connection: ImapConnection, path: string): Promise<FolderState | null> {
  try {
    return await connection.status(path);
  } catch (error) {
    if (error instanceof MailError && connection.open) return null;
    throw error;
  }
}
