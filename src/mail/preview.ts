import { decodeTransfer, textOf } from './decode.ts';
import { textOfHtml } from './preview-html.ts';

/** About this many characters of a message's text are shown. */
export const previewLength = 200;

/** How the bytes of a text part are to be read. */
export type TextPart = { html: boolean; encoding: string; charset: string };

/** So many bytes hold the preview of most texts; what is mostly white space or far from ASCII takes more. */
const usuallyEnough = 768;

/**
 * The first words of a message, from the first bytes of its text part: transfer encoding and charset undone, HTML
 * stripped, white space folded. The bytes may be cut anywhere.
 */
export function previewOf(bytes: Buffer, { html, encoding, charset }: TextPart): string {
  const read = (some: Buffer) => {
    const text = textOf(decodeTransfer(some, encoding), charset);
    return tidy(html ? textOfHtml(text) : text, previewLength);
  };
  if (!html && bytes.length > usuallyEnough) {
    const preview = read(bytes.subarray(0, usuallyEnough));
    if (preview.length > previewLength * 0.9) return preview;
  }
  return read(bytes);
}

/** Nothing to tidy: no white space but single spaces inside, and nothing that is no ASCII. */
const plain = /^(?:[\x21-\x7e]+(?: [\x21-\x7e]+)*)?$/;

/**
 * Words of a stranger as they may be stored and shown: white space folded, nothing invisible, no broken character, at
 * most `length` long. The result holds no memory of the text that it was cut from, which may be megabytes.
 */
export function tidy(text: string, length: number): string {
  if (text.length <= length && plain.test(text)) return text;
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
