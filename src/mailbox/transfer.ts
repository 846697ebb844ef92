import { decodeTransfer } from '../mail/decode.ts';

const equals = 0x3d;

/** Undo a transfer encoding on the way: no more than a chunk is ever here. What is no such encoding passes as it is. */
export async function* decodeStream(chunks: AsyncIterable<Buffer>, encoding: string): AsyncGenerator<Buffer> {
  const name = encoding.trim().toLowerCase();
  if (name === 'base64') yield* decodeBase64(chunks);
  else if (name === 'quoted-printable') yield* decodeQuotedPrintable(chunks);
  else yield* chunks;
}

/** Four characters make three bytes; several base64 texts one after another, each with its padding, are one. */
async function* decodeBase64(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let rest = '';
  for await (const chunk of chunks) {
    const text = rest + chunk.toString('latin1').replace(/[^A-Za-z0-9+/=]+/g, '');
    const texts = text.split(/=+/);
    rest = texts.pop()!;
    const whole = rest.length - (rest.length % 4);
    const decoded = [...texts, rest.slice(0, whole)].map((one) => Buffer.from(one, 'base64'));
    rest = rest.slice(whole);
    const bytes = Buffer.concat(decoded);
    if (bytes.length > 0) yield bytes;
  }
  const last = Buffer.from(rest, 'base64');
  if (last.length > 0) yield last;
}

/** An escape is at most three bytes, so what follows an equals sign at the end of a chunk waits for the next one. */
async function* decodeQuotedPrintable(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let rest = Buffer.alloc(0);
  for await (const chunk of chunks) {
    const bytes = Buffer.concat([rest, chunk]);
    const at = bytes.lastIndexOf(equals);
    const end = at >= 0 && at > bytes.length - 3 ? at : bytes.length;
    rest = bytes.subarray(end);
    if (end > 0) yield decodeTransfer(bytes.subarray(0, end), 'quoted-printable');
  }
  if (rest.length > 0) yield decodeTransfer(rest, 'quoted-printable');
}
