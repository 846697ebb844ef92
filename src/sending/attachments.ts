import { and, eq, gt, inArray, sql } from 'drizzle-orm';
import type { Drizzle, Transaction } from '../db/database.ts';
import { blobChunks, blobs, sendBlobs, uploads } from '../db/tables.ts';
import type { Attached } from '../mail/compose.ts';
import type { SendPayload } from '../queues/orders.ts';
import { OrderRefused } from './order.ts';

/**
 * An order's attachments as the ledger keeps them: what was uploaded is named by its bytes from here on.
 * @throws {OrderRefused} when an upload is not there (any more), or is another tenant's.
 */
export async function attachmentsOf(
  tx: Pick<Transaction, 'select'>,
  tenantId: string,
  attachments: SendPayload['attachments'],
): Promise<Attached[]> {
  const ids = attachments.flatMap((one) => ('uploadId' in one ? [one.uploadId] : []));
  if (ids.length === 0) return attachments as Attached[];
  const rows = await tx
    .select({ id: uploads.id, filename: uploads.filename, contentType: uploads.contentType, blob: blobs })
    .from(uploads)
    .innerJoin(blobs, eq(blobs.id, uploads.blobId))
    .where(and(eq(uploads.tenantId, tenantId), inArray(uploads.id, ids), gt(uploads.expiresAt, sql`now()`)))
    // The bytes must not go between this look and the row that says they are needed.
    .for('key share', { of: blobs });
  const known = new Map(rows.map((row) => [row.id, row]));
  return attachments.map((one) => {
    if (!('uploadId' in one)) return one;
    const row = known.get(one.uploadId);
    if (!row) throw new OrderRefused('send.content_rejected', `there is no upload ${one.uploadId}, or it has expired`);
    const { filename = row.filename, contentType = row.contentType, cid } = one;
    return { filename, contentType, cid, blobId: row.blob.id, size: row.blob.size };
  });
}

/** Say that a mail needs these bytes, and no others. */
export async function keepBlobs(tx: Transaction, sendId: string, attached: readonly Attached[]): Promise<void> {
  await tx.delete(sendBlobs).where(eq(sendBlobs.sendId, sendId));
  const wanted = new Set(attached.flatMap((one) => ('blobId' in one ? [one.blobId] : [])));
  if (wanted.size === 0) return;
  await tx.insert(sendBlobs).values([...wanted].map((blobId) => ({ sendId, blobId })));
}

/** The bytes of an uploaded file, piece by piece. */
export async function* readBlob(db: Drizzle, blobId: string, size: number): AsyncGenerator<Buffer> {
  let read = 0;
  for (let no = 0; read < size; no++) {
    const [chunk] = await db
      .select({ bytes: blobChunks.bytes })
      .from(blobChunks)
      .where(and(eq(blobChunks.blobId, blobId), eq(blobChunks.no, no)));
    if (!chunk) throw new Error(`piece ${no} of an uploaded file is missing`);
    read += chunk.bytes.length;
    yield chunk.bytes;
  }
}
