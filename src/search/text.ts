import type { StoredPart } from '../db/messages.ts';
import { decodeTransfer, textOf } from '../mail/decode.ts';
import { textOfHtml } from '../mail/preview-html.ts';

/** What is read of one part: enough of any letter, and of an HTML newsletter the better half. */
export const mostPartBytes = 131_072;
/** Characters of a message's text that are kept and found; Postgres takes a megabyte of stems. */
const mostText = 65_536;

/** The parts that a message's text is made of: all plain text, or the HTML where there is no plain text worth reading. */
export function readableParts(parts: readonly StoredPart[]): StoredPart[] {
  // Some programs send an empty plain text beside the HTML, of a line end or two.
  const plain = parts.filter(({ type, size }) => type !== 'text/html' && size > 4);
  const html = parts.filter(({ type }) => type === 'text/html');
  return (plain.length > 0 ? plain : html.length > 0 ? html : parts).slice(0, 10);
}

/** The text of a message from the bytes of its parts, by their numbers. A part whose bytes are not there is left out. */
export function readableText(parts: readonly StoredPart[], bytes: ReadonlyMap<string, Buffer>): string {
  let text = '';
  for (const part of readableParts(parts)) {
    const encoded = bytes.get(part.part);
    if (encoded === undefined) continue;
    const decoded = textOf(decodeTransfer(encoded, part.encoding), part.charset ?? '');
    text += (text === '' ? '' : '\n\n') + (part.type === 'text/html' ? tidyLines(textOfHtml(decoded)) : decoded);
    if (text.length >= mostText) break;
  }
  return storable(text.slice(0, mostText));
}

/** Postgres keeps no NUL, and a cut may have halved a character. */
const storable = (text: string) => (text.includes('\0') ? text.replaceAll('\0', '') : text).toWellFormed();

/** The layout of HTML leaves long runs of space. */
const tidyLines = (text: string) =>
  text
    .replace(/[^\S\n]+/g, ' ')
    .replace(/ ?\n[ \n]*/g, '\n')
    .trim();
