import { eq, sql } from 'drizzle-orm';
import { folders } from '../db/tables.ts';
import type { Reading } from './read-as.ts';

/** The folders of a mailbox by path. */
export const foldersQuery = ({ tx, accountId }: Reading) =>
  tx.select().from(folders).where(eq(folders.accountId, accountId)).orderBy(folders.path);

/** How many unread messages each folder holds. */
export const unreadQuery = (accountId: string) => sql`
  select folder_id as "folderId", count(*)::int as unread from messages
  where account_id = ${accountId}::uuid and unread and uid is not null group by folder_id`;

/** The folders of a mailbox, and how many unread messages each has here. */
export async function listFolders(reading: Reading) {
  const rows = await foldersQuery(reading);
  const counted = await reading.tx.execute<{ folderId: string; unread: number }>(unreadQuery(reading.accountId));
  const unread = new Map(counted.map((row) => [row.folderId, row.unread]));
  return rows.map((folder) => ({ ...folder, unread: unread.get(folder.id) ?? 0 }));
}
