import type { ListResponse } from 'imapflow';

/** What a folder is for, as events call it. */
export const folderRoles = ['inbox', 'sent', 'drafts', 'trash', 'junk', 'archive', 'all', 'flagged'] as const;
export type FolderRole = (typeof folderRoles)[number];

/** A folder of a mailbox. */
export interface ListedFolder {
  path: string;
  name: string;
  delimiter: string;
  /** By the server's own mark (RFC 6154), else by its name in many languages. */
  role: FolderRole | null;
  /** False for a folder that only holds others. */
  selectable: boolean;
}

/** More folders than any person keeps; a server that lists more is not believed. */
const mostFolders = 10_000;

/** A server's LIST as folders. Each role is given once: the server's own mark wins over a name. */
export function foldersOf(list: readonly ListResponse[]): ListedFolder[] {
  const taken = new Set<FolderRole>();
  const roles = new Map<ListResponse, FolderRole>();
  const marked = (entry: ListResponse) => (entry.specialUseSource === 'name' ? 1 : 0);
  for (const entry of [...list].sort((one, other) => marked(one) - marked(other))) {
    const role = roleOf(entry.specialUse);
    if (!role || taken.has(role)) continue;
    taken.add(role);
    roles.set(entry, role);
  }
  return list.slice(0, mostFolders).map((entry) => ({
    path: entry.path,
    name: entry.name,
    delimiter: entry.delimiter || '/',
    role: roles.get(entry) ?? null,
    selectable: ![...(entry.flags ?? [])].some((flag) => /^\\(?:noselect|nonexistent)$/i.test(flag)),
  }));
}

function roleOf(specialUse: string | undefined): FolderRole | undefined {
  const name = specialUse?.replace(/^\\/, '').toLowerCase();
  return folderRoles.find((role) => role === name);
}
