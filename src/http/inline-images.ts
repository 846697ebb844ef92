import { type BodySource, NotConnected } from '../mailbox/body.ts';
import { isExpired, refusalIn } from '../mailbox/fetch-range.ts';
import { encodedBytes, encodingOf, Gone } from '../mailbox/from-server.ts';
import type { Opened } from '../mailbox/message.ts';
import { decodeStream } from '../mailbox/transfer.ts';

const picture = /^image\/(?:png|jpe?g|gif|webp)$/i;
const mostImages = 20;
const mostBytes = 5 * 2 ** 20;

/**
 * The images that came with a message and stand in its HTML, as `data:` addresses by their content ids: the page that shows
 * them may load nothing. One that cannot be had is left out.
 */
export async function inlineImages(
  html: string,
  { message }: Opened,
  source: BodySource,
): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  const wanted = message.attachments.filter(
    ({ cid, contentType }) => cid !== undefined && picture.test(contentType) && html.includes(cid),
  );
  let size = 0;
  for (const { part, cid, contentType } of wanted.slice(0, mostImages)) {
    try {
      const bytes = source.kept.get(part) ?? (await fetched(source, part, mostBytes - size));
      if (bytes === null || size + bytes.length > mostBytes) continue;
      size += bytes.length;
      found[cid!] = `data:${contentType.toLowerCase()};base64,${bytes.toString('base64')}`;
    } catch (error) {
      const isOver = error instanceof NotConnected || isExpired(error) || (error as Error).name === 'TimeoutError';
      if (!isOver && !(error instanceof Gone) && !refusalIn(error)) throw error;
      if (isOver) break;
    }
  }
  return found;
}

async function fetched(source: BodySource, part: string, most: number): Promise<Buffer | null> {
  const { at, fetchRange, signal } = source;
  const encoding = await encodingOf(fetchRange, { ...at, part }, signal);
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of decodeStream(encodedBytes(fetchRange, { ...at, part }, signal), encoding)) {
    chunks.push(chunk);
    size += chunk.length;
    if (size > most) return null;
  }
  const bytes = Buffer.concat(chunks);
  await source.keep(part, bytes);
  return bytes;
}
