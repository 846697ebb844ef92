import { decodeTransfer, textOf } from './decode.ts';

/** `=?charset*language?B or Q?text?=`, also one that was cut at the end of its header. */
const word = /=\?([^?*\s]{1,60})(?:\*[^?\s]{0,20})?\?([bq])\?([^?\s]*)(?:\?=|(\??)$)/gi;
/** Old programs leave spaces in a Q word. */
const looseWord = /=\?([^?*\s]{1,60})(?:\*[^?\s]{0,20})?\?([bq])\?([^?\r\n]*)(?:\?=|(\??)$)/gi;

type Word = { charset: string; chunks: Buffer[] };

/** Far more than is kept of any header. */
const mostLength = 65_536;

/**
 * Decode the encoded words of a header (RFC 2047). Neighbours in one charset are decoded together: many programs cut a
 * character between two words, though they should not.
 */
export function decodeWords(whole: string): string {
  if (!whole.includes('=?')) return whole;
  const header = whole.slice(0, mostLength);
  const pattern = /=\?[^?\s]+\?q\?[^?]* /i.test(header) ? looseWord : word;
  let text = '';
  let at = 0;
  let pending: Word | undefined;
  const flush = () => {
    if (pending) text += textOf(Buffer.concat(pending.chunks), pending.charset, { whole: true });
    pending = undefined;
  };
  for (const match of header.matchAll(pattern)) {
    const [matched, charset = '', encoding = '', content = ''] = match;
    const between = header.slice(at, match.index);
    // White space between two words belongs to neither.
    if (!pending || between.trim() !== '') {
      flush();
      text += between;
    }
    at = match.index + matched.length;
    const bytes = bytesOf(content, encoding);
    if (pending && pending.charset === charset.toLowerCase()) {
      pending.chunks.push(bytes);
    } else {
      flush();
      pending = { charset: charset.toLowerCase(), chunks: [bytes] };
    }
  }
  flush();
  return text + header.slice(at);
}

function bytesOf(content: string, encoding: string): Buffer {
  if (/b/i.test(encoding)) return decodeTransfer(Buffer.from(content, 'latin1'), 'base64');
  return decodeTransfer(Buffer.from(content.replaceAll('_', ' '), 'latin1'), 'quoted-printable');
}
