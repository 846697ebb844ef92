import { decodeTransfer } from '../decode.ts';

/** A part of a message that holds no others. `text` is what stands in it, decoded, in letters of Latin-1 or UTF-8. */
export type Part = { type: string; headers: Map<string, string>; text: string };

const mostParts = 50;
const mostDepth = 5;

/** The headers of a block, unfolded and by lower-case name; of one that comes twice the first counts. */
export function headersOf(block: string): Map<string, string> {
  const headers = new Map<string, string>();
  for (const line of block.replace(/\r?\n[ \t]+/g, ' ').split(/\r?\n/)) {
    const colon = line.indexOf(':');
    if (colon < 1) continue;
    const name = line.slice(0, colon).trim().toLowerCase();
    if (!headers.has(name)) headers.set(name, line.slice(colon + 1).trim());
  }
  return headers;
}

/** The leaves of a message, in their order. What is cut off in the middle is a part as well. */
export function partsOf(source: string, depth = 0): Part[] {
  const end = /\r?\n\r?\n/.exec(source);
  const headers = headersOf(end ? source.slice(0, end.index) : source);
  const body = end ? source.slice(end.index + end[0].length) : '';
  const contentType = headers.get('content-type') ?? 'text/plain';
  const type = /^[\w.+-]+\/[\w.+-]+/.exec(contentType)?.[0]?.toLowerCase() ?? 'text/plain';
  const boundary = /;\s*boundary\s*=\s*(?:"([^"]{1,200})"|([^\s;]{1,200}))/i.exec(contentType);
  if (type.startsWith('multipart/') && boundary && depth < mostDepth) {
    const pieces = split(body, `--${boundary[1] ?? boundary[2]}`);
    return pieces.flatMap((piece) => partsOf(piece, depth + 1)).slice(0, mostParts);
  }
  const bytes = decodeTransfer(Buffer.from(body, 'latin1'), headers.get('content-transfer-encoding') ?? '');
  // RFC 6533: reports about international addresses are UTF-8 throughout.
  const isUtf8 = /charset\s*=\s*"?utf-8/i.test(contentType) || type.startsWith('message/global');
  const text = withoutNul(bytes.toString(isUtf8 ? 'utf8' : 'latin1'));
  return [{ type, headers, text }];
}

/** Postgres takes none, and anybody can encode one into a part. */
export const withoutNul = (text: string): string => text.replaceAll('\0', ' ');

/** What stands between lines that are the delimiter (RFC 2046 5.1.1). */
function split(body: string, delimiter: string): string[] {
  const pieces: string[] = [];
  let from = -1;
  for (let at = 0; at <= body.length && pieces.length < mostParts; ) {
    const found = body.indexOf(delimiter, at);
    if (found < 0) break;
    at = found + delimiter.length;
    if (found > 0 && body[found - 1] !== '\n') continue;
    if (from >= 0) pieces.push(body.slice(from, found).replace(/\r?\n$/, ''));
    const lineEnd = body.indexOf('\n', at);
    from = lineEnd < 0 ? body.length : lineEnd + 1;
    if (body.startsWith('--', at)) return pieces;
  }
  if (from >= 0) pieces.push(body.slice(from));
  return pieces;
}
