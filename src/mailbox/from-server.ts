import type { FetchRange } from './fetch-range.ts';

/** One question to the server: large enough that the way there and back does not count. */
const chunkBytes = 256 * 1024;
const mostHeaderBytes = 16 * 1024;

/** Where a message is. */
export type At = { accountId: string; messageId: string };

/**
 * A part of a message as it stands on the server, a chunk at a time: the next one is asked for when the last was taken. The
 * whole source without a part. @throws {Gone}, and as `FetchRange` does.
 */
export async function* encodedBytes(
  fetchRange: FetchRange,
  of: At & { part: string | null },
  signal: AbortSignal,
): AsyncGenerator<Buffer, void> {
  for (let offset = 0; ; ) {
    const bytes = await fetchRange({ ...of, offset, length: chunkBytes }, signal);
    if (bytes === null) throw new Gone();
    if (bytes.length > 0) yield bytes;
    if (bytes.length < chunkBytes) return;
    offset += bytes.length;
  }
}

/** The message, or the part of it, is not on the server any more. */
export class Gone extends Error {
  override name = 'Gone';
}

/** The transfer encoding of a part, by its own header; a message that has no parts has only the header of all. */
export async function encodingOf(fetchRange: FetchRange, of: At & { part: string }, signal: AbortSignal) {
  for (const section of of.part === '1' ? ['1.MIME', 'HEADER'] : [`${of.part}.MIME`]) {
    const header = await fetchRange({ ...of, part: section, offset: 0, length: mostHeaderBytes }, signal);
    const found = /^content-transfer-encoding:\s*([\w-]+)/im.exec(header?.toString('latin1') ?? '')?.[1];
    if (found !== undefined) return found;
  }
  return '7bit';
}
