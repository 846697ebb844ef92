import { isUtf8 } from 'node:buffer';
import { textOfHtml } from './preview-html.ts';

/** About this many characters of a message's text are shown. */
export const previewLength = 200;

/** How the bytes of a text part are to be read. */
export type TextPart = { html: boolean; encoding: string; charset: string };

/**
 * The first words of a message, from the first bytes of its text part: transfer encoding and charset undone, HTML
 * stripped, white space folded. The bytes may be cut anywhere.
 */
export function previewOf(bytes: Buffer, { html, encoding, charset }: TextPart): string {
  const text = textOf(decodeTransfer(bytes, encoding), charset);
  return tidy(html ? textOfHtml(text) : text, previewLength);
}

/**
 * Words of a stranger as they may be stored and shown: white space folded, nothing invisible, no broken character, at
 * most `length` long. The result holds no memory of the text that it was cut from, which may be megabytes.
 */
export function tidy(text: string, length: number): string {
  // Folding makes it shorter; what is white space for four times the length has nothing to say.
  const folded = fold(text.slice(0, 4 * length + 1_000));
  if (folded.length <= length && text.length <= 4 * length + 1_000) return folded;
  const cut = Buffer.from(folded.slice(0, length)).toString();
  return folded.length > length ? cut.replace(/\ufffd$/, '').trimEnd() : cut;
}

/**
 * Fold white space, and drop what shows nothing: control characters (Postgres refuses NUL), and the invisible fill
 * with which newsletters push their text out of the preview.
 */
function fold(text: string): string {
  return text
    .replace(
      /(?:\u034f|[\u00ad\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff])+/g,
      '',
    )
    .replace(/[\s\u0000-\u001f\u007f-\u009f\u2800\u3164]+/g, ' ')
    .trim()
    .toWellFormed();
}

/** Undo a transfer encoding; a group that the cut took apart is dropped. */
export function decodeTransfer(bytes: Buffer, encoding: string): Buffer {
  switch (encoding.trim().toLowerCase()) {
    case 'base64':
      return Buffer.from(bytes.toString('latin1'), 'base64');
    case 'quoted-printable':
      return decodeQuotedPrintable(bytes);
    default:
      return bytes;
  }
}

function decodeQuotedPrintable(bytes: Buffer): Buffer {
  const out = Buffer.allocUnsafe(bytes.length);
  let length = 0;
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at]!;
    if (byte !== 0x3d) {
      out[length++] = byte;
      continue;
    }
    const pair = bytes.toString('latin1', at + 1, at + 3);
    if (/^[\da-f]{2}$/i.test(pair)) {
      out[length++] = Number.parseInt(pair, 16);
      at += 2;
    } else if (/^\r?\n/.test(pair)) {
      at += pair[0] === '\r' ? 2 : 1;
    } else if (pair.length < 2) {
      break;
    } else {
      out[length++] = byte;
    }
  }
  return out.subarray(0, length);
}

/**
 * Read bytes in a charset. One that is unknown is read as what mail without a charset mostly is, and so is what claims to
 * be UTF-8 and is not. Unless they are the whole text, a character that the end took apart does not become a question mark.
 */
export function textOf(bytes: Buffer, charset: string, { whole = false } = {}): string {
  const decoder = decoderFor(charset);
  if (decoder && decoder.encoding !== 'utf-8') return decoder.decode(bytes, { stream: !whole });
  if (isUtf8(bytes)) return bytes.toString('utf8');
  const kind = looksLikeUtf8(bytes) ? 'utf-8' : 'windows-1252';
  return new TextDecoder(kind).decode(bytes, { stream: !whole });
}

function decoderFor(charset: string): InstanceType<typeof TextDecoder> | undefined {
  const label = charset
    .trim()
    .toLowerCase()
    .replace(/^cp-?(\d+)$/, 'windows-$1');
  // "us-ascii" in a header is more often a default of the sending program than a fact.
  if (label === '' || label === 'us-ascii' || label === 'ascii') return undefined;
  try {
    return new TextDecoder(label);
  } catch {
    return undefined; // A name nobody knows; the guess of the caller is as good as any.
  }
}

function looksLikeUtf8(bytes: Buffer): boolean {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes, { stream: true });
    return true;
  } catch {
    return false;
  }
}
