import { randomUUIDv7 } from 'node:crypto';
import { and, eq, inArray, isNull, sql } from 'drizzle-orm';
import type { AccountParts } from '../accounts/index.ts';
import { type Lease, underLease } from '../accounts/lease.ts';
import { withUser } from '../accounts/user-lock.ts';
import { accounts, type Folder, folders, messages } from '../db/tables.ts';
import type { EventData } from '../events.ts';
import type { FetchedMessage, ImapConnection } from '../mail/imap.ts';

/** Messages of one transaction: enough to be quick after a month away, few enough to be seen soon. */
const batchSize = 200;

export type CatchUp = { announced: number; exists: number };

/**
 * Bring INBOX up to date from the stored cursor and announce what is new. Cursor, rows and events change in one
 * transaction that carries the lease's token, so a crash repeats nothing and loses nothing, and a holder that was
 * replaced writes nothing.
 * @throws {LeaseLost} when somebody else watches by now.
 */
export async function catchUp(parts: AccountParts, lease: Lease, connection: ImapConnection): Promise<CatchUp> {
  const selected = await connection.select('INBOX');
  const folder = await folderOf(parts, lease, 'INBOX', selected);
  if (folder.uidValidity !== selected.uidValidity) {
    const announced = await readAgain(parts, lease, connection, folder, selected.uidValidity);
    return { announced, exists: selected.exists };
  }
  const announced = await readNew(parts, lease, connection);
  return { announced, exists: selected.exists };
}

/** Read what arrived in the selected INBOX since the stored cursor. */
export async function readNew(parts: AccountParts, lease: Lease, connection: ImapConnection): Promise<number> {
  const [folder] = await parts.db
    .select()
    .from(folders)
    .where(and(eq(folders.accountId, lease.accountId), eq(folders.path, 'INBOX')));
  if (!folder) return 0;
  let announced = 0;
  for await (const batch of connection.fetchSince(folder.uidNext, { limit: batchSize })) {
    announced += await store(parts, lease, folder, batch);
  }
  return announced;
}

/**
 * The server renumbered the folder: its old UIDs mean nothing now. All is read again from the day of the first connect;
 * a message whose Message-ID is known is not announced a second time (RFC 9051 §2.3.1.1).
 */
async function readAgain(
  parts: AccountParts,
  lease: Lease,
  connection: ImapConnection,
  folder: Folder,
  uidValidity: number,
): Promise<number> {
  await parts.ofAccount(lease.accountId, (who) =>
    withUser(parts, who, async ({ tx, emit }) => {
      await underLease(tx, lease);
      await tx.update(folders).set({ uidValidity, uidNext: 1 }).where(eq(folders.id, folder.id));
      // Their numbers are void; the rows stay for their Message-IDs.
      await tx
        .update(messages)
        .set({ uid: null })
        .where(and(eq(messages.accountId, lease.accountId), eq(messages.folderId, folder.id)));
      emit('mailbox.folder_reset', { folder: folder.path }, { accountId: lease.accountId });
    }),
  );
  return readNew(parts, lease, connection);
}

async function folderOf(
  parts: AccountParts,
  lease: Lease,
  path: string,
  selected: { uidValidity: number; uidNext: number },
): Promise<Folder> {
  const own = and(eq(folders.accountId, lease.accountId), eq(folders.path, path));
  const [known] = await parts.db.select().from(folders).where(own);
  if (known) return known;
  const baseline = { uidValidity: selected.uidValidity, uidNext: selected.uidNext };
  await parts.db
    .insert(folders)
    .values({ id: randomUUIDv7(), accountId: lease.accountId, path, role: 'inbox', ...baseline })
    .onConflictDoNothing();
  const [made] = await parts.db.select().from(folders).where(own);
  return made!;
}

/** One transaction: the fence, the rows, the cursor and the events. */
async function store(parts: AccountParts, lease: Lease, folder: Folder, batch: FetchedMessage[]): Promise<number> {
  if (batch.length === 0) return 0;
  return parts.ofAccount(lease.accountId, (who) =>
    withUser(parts, who, async ({ tx, emit }) => {
      await underLease(tx, lease);
      const known = await knownHeaders(tx, lease.accountId, batch);
      const ids = new Map(batch.map((message) => [message.uid, randomUUIDv7()]));
      const stored = await tx
        .insert(messages)
        .values(batch.map((message) => rowOf(lease.accountId, folder.id, ids.get(message.uid)!, message)))
        .onConflictDoNothing()
        .returning({ uid: messages.uid });
      const storedUids = new Set(stored.map(({ uid }) => uid));
      const news = batch.filter(
        (message) =>
          storedUids.has(message.uid) &&
          message.internalDate >= toTheSecond(folder.newSince) &&
          !(message.messageIdHeader !== null && known.has(message.messageIdHeader)),
      );
      for (const message of news) {
        emit('message.received', received(folder, ids.get(message.uid)!, message), { accountId: lease.accountId });
      }
      const uidNext = Math.max(...batch.map(({ uid }) => uid)) + 1;
      await tx
        .update(folders)
        .set({ uidNext: sql`greatest(${folders.uidNext}, ${uidNext})` })
        .where(eq(folders.id, folder.id));
      const newest = news.at(-1);
      const delay = newest ? { lastDelayMs: Math.max(0, Date.now() - newest.internalDate.getTime()) } : {};
      await tx
        .update(accounts)
        .set({ answeredAt: sql`now()`, ...delay })
        .where(eq(accounts.id, lease.accountId));
      return news.length;
    }),
  );
}

/** Of a renumbered folder: which of these were known before, by Message-ID. Ordinary new mail asks nothing. */
async function knownHeaders(
  tx: Parameters<Parameters<AccountParts['db']['transaction']>[0]>[0],
  accountId: string,
  batch: FetchedMessage[],
): Promise<Set<string>> {
  const headers = batch.map(({ messageIdHeader }) => messageIdHeader).filter((header) => header !== null);
  if (headers.length === 0) return new Set();
  const rows = await tx
    .select({ header: messages.messageIdHeader })
    .from(messages)
    .where(
      // Without a UID it is of an older numbering: the same mail delivered twice is two messages, seen twice is one.
      and(eq(messages.accountId, accountId), inArray(messages.messageIdHeader, headers), isNull(messages.uid)),
    );
  return new Set(rows.map(({ header }) => header!));
}

/** INTERNALDATE has whole seconds: a mail of the second in which we connected is new. */
const toTheSecond = (date: Date) => new Date(Math.floor(date.getTime() / 1_000) * 1_000);

function rowOf(accountId: string, folderId: string, id: string, message: FetchedMessage) {
  const { uid, messageIdHeader, internalDate, size, flags, from, subject } = message;
  return { accountId, id, folderId, uid, messageIdHeader, internalDate, size, flags, from, subject };
}

function received(folder: Folder, messageId: string, message: FetchedMessage): EventData<'message.received'> {
  const { uid, from, to, cc, subject, date, preview, messageIdHeader, inReplyTo, references, flags, size } = message;
  return {
    messageId,
    folder: folder.path,
    folderRole: folder.role,
    uid,
    from,
    to,
    cc,
    subject,
    date,
    preview,
    messageIdHeader,
    inReplyTo,
    references,
    flags,
    size,
    attachments: message.attachments,
    threadId: message.threadId,
  };
}
