import { textOf } from './decode.ts';
import { decodeWords } from './encoded-words.ts';
import { type Token, textIn } from './imap-tokens.ts';

/** More pieces than any file name is cut into. */
const mostPieces = 200;

/**
 * A parameter of a Content-Type or Content-Disposition by its name in lower case: plain, in encoded words as most
 * programs send it, or in the pieces and charsets of RFC 2231. Empty when there is none.
 */
export function paramIn(params: readonly Token[], name: string): string {
  let plain: string | undefined;
  const pieces: { place: number; encoded: boolean; value: string }[] = [];
  for (let at = 0; at + 1 < params.length; at += 2) {
    const key = textIn(params[at]).toLowerCase();
    if (!key.startsWith(name)) continue;
    if (key.length === name.length) plain ??= textIn(params[at + 1]);
    else if (key[name.length] === '*' && pieces.length < mostPieces) {
      const place = Number(/^\*(\d{1,4})\*?$/.exec(key.slice(name.length))?.[1] ?? 0);
      pieces.push({ place, encoded: key.endsWith('*'), value: textIn(params[at + 1]) });
    }
  }
  if (pieces.length > 0) return joined(pieces);
  if (plain === undefined) return '';
  // Some put the form of RFC 2231 under the plain name.
  const misplaced = /^([\w-]{1,40})'[a-z-]*'[\x21-\x7e]*%[\da-f]{2}/i.exec(plain);
  return misplaced ? joined([{ place: 0, encoded: true, value: plain }]) : decodeWords(plain);
}

function joined(pieces: { place: number; encoded: boolean; value: string }[]): string {
  pieces.sort((one, other) => one.place - other.place);
  let charset = '';
  let bytes = Buffer.alloc(0);
  for (const [at, { encoded, value }] of pieces.entries()) {
    let rest = value;
    const announced = at === 0 && encoded ? /^([^']*)'[^']*'/.exec(value) : null;
    if (announced) {
      charset = announced[1]!;
      rest = value.slice(announced[0].length);
    }
    bytes = Buffer.concat([bytes, encoded ? percentDecoded(rest) : Buffer.from(rest)]);
  }
  const text = textOf(bytes, charset, { whole: true });
  return pieces.some(({ encoded }) => encoded) ? text : decodeWords(text);
}

function percentDecoded(value: string): Buffer {
  const out = Buffer.alloc(Buffer.byteLength(value));
  let length = 0;
  for (let at = 0; at < value.length; at++) {
    const hex = value[at] === '%' ? value.slice(at + 1, at + 3) : '';
    if (/^[\da-f]{2}$/i.test(hex)) {
      out[length++] = Number.parseInt(hex, 16);
      at += 2;
    } else {
      length += out.write(value[at]!, length);
    }
  }
  return out.subarray(0, length);
}
