import { isAscii, isUtf8 } from 'node:buffer';

/** Undo a transfer encoding; a group that a cut took apart is dropped. */
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

const equals = 0x3d;

function decodeQuotedPrintable(bytes: Buffer): Buffer {
  const out = Buffer.allocUnsafe(bytes.length);
  let length = 0;
  for (let at = 0; at < bytes.length; ) {
    const found = bytes.indexOf(equals, at);
    const plainEnd = found < 0 ? bytes.length : found;
    length += bytes.copy(out, length, at, plainEnd);
    if (found < 0) break;
    const [one = -1, two = -1] = [bytes[found + 1], bytes[found + 2]];
    const high = hexOf(one);
    const low = hexOf(two);
    if (high >= 0 && low >= 0) {
      out[length++] = (high << 4) | low;
      at = found + 3;
    } else if (one === 0x0a || (one === 0x0d && two === 0x0a)) {
      at = found + (one === 0x0a ? 2 : 3);
    } else if (two === -1) {
      break;
    } else {
      out[length++] = equals;
      at = found + 1;
    }
  }
  return out.subarray(0, length);
}

/** The value of a hexadecimal digit, or -1. */
function hexOf(byte: number): number {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const letter = byte | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : -1;
}

/**
 * Read bytes in the charset that they are said to be in. Where that cannot be: what is valid UTF-8 is UTF-8, and the rest
 * is Windows-1252, which mail without (or with the wrong) charset mostly is. Unless the bytes are the `whole` text, a
 * character that their end took apart does not become a question mark.
 */
export function textOf(bytes: Buffer, charset: string, { whole = false } = {}): string {
  const label = labelOf(charset);
  const decoder = decoderFor(label);
  // Charsets that switch by escape sequences look like ASCII and are none.
  if (isAscii(bytes) && !/^(iso-2022|utf-16|hz)/.test(label)) return bytes.toString('latin1');
  const name = decoder?.encoding ?? '';
  // "us-ascii" or Latin 1 in a header is more often a default of the sending program than a fact.
  const isDoubted = name === '' || name === 'utf-8' || name === 'windows-1252' || label === 'us-ascii';
  const read = isDoubted ? new TextDecoder(looksLikeUtf8(bytes) ? 'utf-8' : 'windows-1252') : decoder!;
  return read.decode(bytes, { stream: !whole });
}

/** Names in use for charsets that the platform knows by another one. */
const otherNames: Record<string, string> = {
  'windows-932': 'shift_jis',
  'windows-936': 'gbk',
  'windows-949': 'euc-kr',
  'windows-950': 'big5',
  'windows-65001': 'utf-8',
  'windows-1200': 'utf-16le',
  'iso-8859-8-e': 'iso-8859-8',
  koi8_r: 'koi8-r',
};

function labelOf(charset: string): string {
  const label = charset
    .toLowerCase()
    .replace(/^[\s"']+|[\s"']+$/g, '')
    .replace(/^(?:x-)?(?:cp|ms|windows)[-_]?(\d{3,5})$/, 'windows-$1')
    .replace(/^iso[-_]?8859[-_]?(\d{1,2})$/, 'iso-8859-$1');
  return Object.hasOwn(otherNames, label) ? otherNames[label]! : label;
}

function decoderFor(label: string): InstanceType<typeof TextDecoder> | undefined {
  try {
    return new TextDecoder(label);
  } catch {
    return undefined; // A name nobody knows.
  }
}

function looksLikeUtf8(bytes: Buffer): boolean {
  if (isUtf8(bytes)) return true;
  // The last character may be cut: it begins in the last three bytes, and only its own bytes follow.
  for (let cut = 1; cut <= 3 && cut <= bytes.length; cut += 1) {
    const byte = bytes[bytes.length - cut]!;
    if (byte >= 0xc0) return isUtf8(bytes.subarray(0, -cut));
    if (byte < 0x80) return false;
  }
  return false;
}
