import type { ImapFlow } from 'imapflow';

/**
 * A folder's name as a command holds it: a quoted string, in UTF-8 where the server took that (UTF8=ACCEPT), else in
 * the modified UTF-7 of RFC 3501.
 */
export function quotedPath(client: ImapFlow, path: string): string {
  const name = client.enabled.has('UTF8=ACCEPT') ? path : modifiedUtf7(path);
  return `"${name.replace(/["\\]/g, '\\$&')}"`;
}

/** `Skräp & co` as `Skr&AOQ-p &- co`. */
export function modifiedUtf7(path: string): string {
  return path.replace(/&|[^\x20-\x7e]+/g, (run) => {
    if (run === '&') return '&-';
    const bytes = Buffer.from(run, 'utf16le').swap16();
    return `&${bytes.toString('base64').replaceAll('/', ',').replace(/=+$/, '')}-`;
  });
}

/** A folder's name as an answer holds it. */
export function decodedPath(client: ImapFlow, name: string): string {
  const path = client.enabled.has('UTF8=ACCEPT') ? name : fromModifiedUtf7(name);
  return path.toUpperCase() === 'INBOX' ? 'INBOX' : path;
}

function fromModifiedUtf7(name: string): string {
  return name.replace(/&([A-Za-z0-9+,]*)-/g, (_, run: string) => {
    if (run === '') return '&';
    const bytes = Buffer.from(run.replaceAll(',', '/'), 'base64');
    return bytes
      .subarray(0, bytes.length & ~1)
      .swap16()
      .toString('utf16le');
  });
}
