import { randomUUIDv7 } from 'node:crypto';
import { and, eq, isNull, sql } from 'drizzle-orm';
import type { AccountParts } from '../accounts/index.ts';
import { type Lease, underLease } from '../accounts/lease.ts';
import { type Who, withUser } from '../accounts/user-lock.ts';
import { type Folder, folders, messages } from '../db/tables.ts';
import type { FetchedMessage, ImapConnection } from '../mail/imap.ts';
import { storeNew } from './store-new.ts';

/** Messages of one statement: enough to be quick after a month away, few enough to be seen soon. */
const batchSize = 200;

/**
 * INBOX under a lease: what its holder knows of it. As long as the token fits, nobody else writes the folder's row, so
 * this copy of the cursor is as true as the row.
 */
export type Inbox = {
  lease: Lease;
  who: Who;
  folder: Folder;
  /** Some messages have lost their UID to a renumbering and are known by Message-ID alone. */
  renumbered: boolean;
};

/**
 * Bring INBOX up to date from the stored cursor and announce what is new. Cursor, rows and events change together and
 * carry the lease's token, so a crash repeats nothing and loses nothing, and a holder that was replaced writes nothing.
 * @throws {LeaseLost} when somebody else watches by now.
 */
export async function catchUp(
  parts: AccountParts,
  lease: Lease,
  who: Who,
  connection: ImapConnection,
): Promise<{ inbox: Inbox; announced: number; exists: number }> {
  const selected = await connection.select('INBOX');
  const folder = await folderOf(parts, lease, 'INBOX', selected);
  // UIDs never go backwards; a server that was restored from a backup gives them a second time. 1 is told by who knows none.
  const wentBack = selected.uidNext > 1 && selected.uidNext < folder.uidNext;
  const isRenumbered = folder.uidValidity !== selected.uidValidity || wentBack;
  if (isRenumbered) await beginAgain(parts, lease, who, folder, selected.uidValidity);
  const inbox: Inbox = { lease, who, folder, renumbered: isRenumbered || (await hasLostUids(parts, folder)) };
  const announced = await readNew(parts, inbox, connection);
  return { inbox, announced, exists: selected.exists };
}

/** Read what arrived in the selected INBOX since the cursor. @returns how many were announced. */
export async function readNew(parts: AccountParts, inbox: Inbox, connection: ImapConnection): Promise<number> {
  let announced = 0;
  for await (const batch of connection.fetchSince(inbox.folder.uidNext, { limit: batchSize })) {
    announced += await storeBatch(parts, inbox, batch);
  }
  return announced;
}

async function storeBatch(parts: AccountParts, inbox: Inbox, batch: FetchedMessage[]): Promise<number> {
  const { folder, renumbered } = inbox;
  const announced = await storeNew(parts, inbox, batch, {
    since: toTheSecond(folder.newSince),
    unlessKnown: renumbered,
  });
  folder.uidNext = Math.max(folder.uidNext, ...batch.map(({ uid }) => uid + 1));
  return announced;
}

/**
 * The server renumbered the folder: its old UIDs mean nothing now (RFC 9051 §2.3.1.1). All is read again; the rows stay
 * for their Message-IDs, so that a message which was known is not announced a second time.
 */
async function beginAgain(parts: AccountParts, lease: Lease, who: Who, folder: Folder, uidValidity: number) {
  await withUser(parts, who, async ({ tx, emit }) => {
    await underLease(tx, lease);
    await tx.update(folders).set({ uidValidity, uidNext: 1 }).where(eq(folders.id, folder.id));
    await tx
      .update(messages)
      .set({ uid: null })
      .where(and(eq(messages.accountId, lease.accountId), eq(messages.folderId, folder.id)));
    emit('mailbox.folder_reset', { folder: folder.path }, { accountId: lease.accountId });
  });
  Object.assign(folder, { uidValidity, uidNext: 1 });
}

async function hasLostUids({ db }: AccountParts, folder: Folder): Promise<boolean> {
  const rows = await db
    .select({ id: messages.id })
    .from(messages)
    .where(and(eq(messages.accountId, folder.accountId), eq(messages.folderId, folder.id), isNull(messages.uid)))
    .limit(1);
  return rows.length > 0;
}

async function folderOf(
  parts: AccountParts,
  { accountId }: Lease,
  path: string,
  selected: { uidValidity: number; uidNext: number },
): Promise<Folder> {
  const baseline = { uidValidity: selected.uidValidity, uidNext: selected.uidNext };
  // The update changes nothing; it makes a known row come back as well.
  const [folder] = await parts.db
    .insert(folders)
    .values({ id: randomUUIDv7(), accountId, path, role: 'inbox', ...baseline })
    .onConflictDoUpdate({ target: [folders.accountId, folders.path], set: { path: sql`excluded.path` } })
    .returning();
  return folder!;
}

/** INTERNALDATE has whole seconds: a mail of the second in which we connected is new. */
const toTheSecond = (date: Date) => new Date(Math.floor(date.getTime() / 1_000) * 1_000);
