import { createHash, randomUUIDv7 } from 'node:crypto';
import { and, eq, sql } from 'drizzle-orm';
import type { Drizzle } from '../db/database.ts';
import { blobChunks, blobs, type Upload, uploads } from '../db/tables.ts';

/** More than the limit came; nothing of it is kept. */
export class UploadTooLarge extends Error {
  override name = 'UploadTooLarge';
}

const chunkBytes = 256 * 1024;
/** Long enough for somebody who writes a mail. */
const keptHours = 24;

/**
 * Store a file as it comes in, piece by piece, so that it is never whole in memory. The same bytes of a tenant are kept
 * once, under as many names as they were given.
 * @throws {UploadTooLarge}
 */
export async function storeUpload(
  db: Drizzle,
  about: { tenantId: string; filename: string; contentType: string },
  pieces: AsyncIterable<Uint8Array>,
  mostBytes: number,
): Promise<Upload & { size: number }> {
  const blobId = randomUUIDv7();
  const { tenantId } = about;
  await db.insert(blobs).values({ id: blobId, tenantId });
  try {
    const { hash, size } = await writeChunks(db, blobId, pieces, mostBytes);
    return await db.transaction(async (tx) => {
      // One at a time for the same bytes, so that the second finds what the first has stored.
      await tx.execute(sql`select pg_advisory_xact_lock(hashtextextended(${`${tenantId} ${hash}`}, 0))`);
      const [known] = await tx
        .select({ id: blobs.id })
        .from(blobs)
        .where(and(eq(blobs.tenantId, tenantId), eq(blobs.hash, hash)))
        .for('key share');
      if (known) await tx.delete(blobs).where(eq(blobs.id, blobId));
      else await tx.update(blobs).set({ hash, size }).where(eq(blobs.id, blobId));
      const [upload] = await tx
        .insert(uploads)
        .values({
          id: randomUUIDv7(),
          ...about,
          blobId: known?.id ?? blobId,
          expiresAt: sql`now() + make_interval(hours => ${keptHours})`,
        })
        .returning();
      return { ...upload!, size };
    });
  } catch (error) {
    // If this fails as well, the sweep finds the pieces.
    await db
      .delete(blobs)
      .where(and(eq(blobs.id, blobId), sql`${blobs.hash} is null`))
      .catch(() => {});
    throw error;
  }
}

async function writeChunks(db: Drizzle, blobId: string, pieces: AsyncIterable<Uint8Array>, mostBytes: number) {
  const hash = createHash('sha256');
  let waiting: Uint8Array[] = [];
  let waits = 0;
  let size = 0;
  let no = 0;
  const write = async () => {
    await db.insert(blobChunks).values({ blobId, no: no++, bytes: Buffer.concat(waiting) });
    waiting = [];
    waits = 0;
  };
  for await (const piece of pieces) {
    size += piece.byteLength;
    if (size > mostBytes) throw new UploadTooLarge(`more than ${mostBytes} bytes`);
    hash.update(piece);
    waiting.push(piece);
    waits += piece.byteLength;
    if (waits >= chunkBytes) await write();
  }
  if (waits > 0) await write();
  return { hash: hash.digest('hex'), size };
}
