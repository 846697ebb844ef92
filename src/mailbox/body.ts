import type { StoredPart } from '../db/messages.ts';
import { decodeTransfer, textOf } from '../mail/decode.ts';
import { readableParts, readableText } from '../search/text.ts';
import { type FetchRange, isExpired, refusalIn } from './fetch-range.ts';
import { type At, encodedBytes, Gone } from './from-server.ts';
import { textPart } from './message.ts';

/** Why a mailbox cannot be asked now. */
export class NotConnected extends Error {
  override name = 'NotConnected';
}

/** A message's body as it was read: its HTML is a stranger's. `missing` names the parts that are not in it. */
export type Body = { text: string | null; html: string | null; missing: Missing[] };
export type Missing = { part: string; why: string };

/** More of one part is not shown; the source has all of it. */
const mostPartBytes = 5 * 2 ** 20;

export type BodySource = {
  at: At;
  /** What is kept here: decoded bytes by part. */
  kept: ReadonlyMap<string, Buffer>;
  /** Asks the mail server; rejects with `NotConnected` where that is no use. */
  fetchRange: FetchRange;
  /** Called with a whole part that came from the server, decoded. */
  keep(part: string, bytes: Buffer): Promise<void>;
  signal: AbortSignal;
};

/** The parts of a message that its body needs. */
export const bodyParts = (parts: readonly StoredPart[]): string[] => [textPart, ...parts.map(({ part }) => part)];

/** Read the text and the HTML of a message from what is kept, and from the server where that is not enough. */
export async function readBody(textParts: readonly StoredPart[], source: BodySource): Promise<Body> {
  const missing: Missing[] = [];
  const decoded = new Map<string, Buffer>();

  async function read(parts: readonly StoredPart[]) {
    for (const { part, encoding } of parts) {
      if (decoded.has(part) || missing.some((one) => one.part === part)) continue;
      const known = source.kept.get(part);
      if (known !== undefined) {
        decoded.set(part, known);
        continue;
      }
      try {
        const { bytes, cut } = await wholePart(source, part);
        decoded.set(part, decodeTransfer(bytes, encoding));
        if (cut) missing.push({ part, why: `only the first ${mostPartBytes} bytes are shown` });
        else await source.keep(part, decoded.get(part)!);
      } catch (error) {
        missing.push({ part, why: whyOf(error) });
      }
    }
  }

  const html = textParts.filter(({ type }) => type === 'text/html');
  await read(html);
  const keptText = source.kept.get(textPart)?.toString();
  // The kept text is all that is read of a mail, and may be cut; a plain text that is fetched is whole.
  const plain = readableParts(textParts);
  if (keptText === undefined) await read(plain);
  return {
    text: keptText ?? textFrom(plain, decoded),
    html: html.some(({ part }) => decoded.has(part)) ? htmlFrom(html, decoded) : null,
    missing,
  };
}

function textFrom(parts: readonly StoredPart[], decoded: ReadonlyMap<string, Buffer>): string | null {
  if (parts.length > 0 && !parts.some(({ part }) => decoded.has(part))) return null;
  return readableText(
    parts.map((part) => ({ ...part, encoding: '8bit' })),
    decoded,
  );
}

const htmlFrom = (parts: readonly StoredPart[], decoded: ReadonlyMap<string, Buffer>) =>
  parts
    .flatMap(({ part, charset }) =>
      decoded.has(part) ? [textOf(decoded.get(part)!, charset ?? '', { whole: true })] : [],
    )
    .join('<hr>');

/** A part as it stands on the server, to where it is too long. */
async function wholePart({ at, fetchRange, signal }: BodySource, part: string) {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of encodedBytes(fetchRange, { ...at, part }, signal)) {
    chunks.push(chunk);
    size += chunk.length;
    if (size >= mostPartBytes) return { bytes: Buffer.concat(chunks).subarray(0, mostPartBytes), cut: true };
  }
  return { bytes: Buffer.concat(chunks), cut: false };
}

/** What is told of a part that could not be had. @throws what is a fault of ours. */
function whyOf(error: unknown): string {
  if (error instanceof NotConnected) return error.message;
  if (error instanceof Gone) return 'it is not on the mail server any more';
  if (isExpired(error)) return 'the mail server did not answer in time';
  const refusal = refusalIn(error);
  if (refusal) return `the mail server refused it: ${refusal.reason}`;
  if ((error as Error).name === 'AbortError' || (error as Error).name === 'TimeoutError') {
    return 'the mail server did not answer in time';
  }
  throw error;
}
