import { and, desc, eq, sql } from 'drizzle-orm';
import type { Lease } from '../accounts/lease.ts';
import type { Drizzle } from '../db/database.ts';
import type { StoredPart } from '../db/messages.ts';
import { messages } from '../db/tables.ts';
import type { TenantSettings } from '../db/tenant-settings.ts';
import { entryOf, type IndexEntry, type ToIndex } from './entry.ts';
import { mostPartBytes, readableParts } from './text.ts';
import { writeEntries } from './write-entries.ts';

/** Where the texts of messages come from: a connection on which their folder is open. */
export type TextSource = {
  fetchTexts(
    wanted: readonly { uid: number; parts: { part: string; size: number }[] }[],
    options: { maxBytes: number },
  ): AsyncGenerator<{ uid: number; part: string; bytes: Buffer }>;
};

/** Messages of one statement: with texts of the longest kind, a few MiB. */
const batchSize = 100;

/**
 * Bring the newest messages of a folder into the index: their persons, their words, and by the tenant's policy their text.
 * The folder is selected on `connection`; with the policy `none` nothing is fetched, and none is needed. Whatever a
 * message holds, it is indexed once: without its text if need be, and then `broken` says so.
 * @returns how many were indexed; fewer than `limit` when there are no more.
 * @throws {LeaseLost} when the lease is no longer ours; nothing was written then. {MailError} as the connection does.
 */
export async function indexFolder(
  { db }: { db: Drizzle },
  lease: Lease,
  of: {
    folder: { id: string };
    connection: TextSource | null;
    settings: Pick<TenantSettings, 'bodyPolicy' | 'bodyMaxBytes'>;
    locale: string;
  },
  { limit, signal }: { limit: number; signal?: AbortSignal },
): Promise<number> {
  const { accountId } = lease;
  const rows = await toIndexQuery(db, { accountId, folderId: of.folder.id, limit });
  const texts = of.settings.bodyPolicy === 'none' ? null : of.connection;
  let written: Promise<void> = Promise.resolve();
  let done = 0;
  try {
    for (let at = 0; at < rows.length && !signal?.aborted; at += batchSize) {
      const entries = await entriesOf(rows.slice(at, at + batchSize), texts, of.settings);
      // While Postgres writes these, the next ones are fetched and read; never more than two batches are here.
      await written;
      written = writeEntries(db, lease, entries, of);
      written.catch(() => {}); // it is waited for below, or before the next batch
      done += entries.length;
    }
  } finally {
    await written;
  }
  return done;
}

/** The newest messages of a folder that wait for the index. */
export function toIndexQuery(
  db: Pick<Drizzle, 'select'>,
  { accountId, folderId, limit }: { accountId: string; folderId: string; limit: number },
) {
  const { id, uid, internalDate, subject, from, to, cc, replyTo, textParts } = messages;
  return db
    .select({ id, uid, internalDate, subject, from, to, cc, replyTo, textParts })
    .from(messages)
    .where(and(eq(messages.accountId, accountId), eq(messages.folderId, folderId), sql`${messages.indexWanted}`))
    .orderBy(desc(messages.internalDate))
    .limit(limit);
}

async function entriesOf(
  rows: ToIndex[],
  source: TextSource | null,
  { bodyMaxBytes }: Pick<TenantSettings, 'bodyMaxBytes'>,
): Promise<IndexEntry[]> {
  const bytes = source ? await textsOf(rows, source, Math.min(mostPartBytes, bodyMaxBytes)) : null;
  return rows.map((row) => entryOf(row, bytes && (bytes.get(row.uid ?? -1) ?? new Map())));
}

/** The bytes of the text parts, by UID and part. */
async function textsOf(rows: ToIndex[], source: TextSource, maxBytes: number) {
  const bytes = new Map<number, Map<string, Buffer>>();
  const wanted = rows.flatMap(({ uid, textParts }) => {
    const parts = readableParts(textParts).map(({ part, size }: StoredPart) => ({ part, size }));
    return uid === null || parts.length === 0 ? [] : [{ uid, parts }];
  });
  if (wanted.length === 0) return bytes;
  for await (const { uid, part, bytes: own } of source.fetchTexts(wanted, { maxBytes })) {
    const ofMessage = bytes.get(uid) ?? new Map<string, Buffer>();
    bytes.set(uid, ofMessage.set(part, own));
  }
  return bytes;
}
