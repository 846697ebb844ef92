import { tooMuch } from './faults.ts';
import type { FetchedText, WantedTexts } from './imap-contract.ts';
import type { Exec } from './imap-exec.ts';
import { fetchByHalves } from './imap-halves.ts';
import { numberIn, type Token } from './imap-tokens.ts';

/** The most that one question for a part may ask for. */
export const mostPartBytes = 2 ** 20;
/** What one FETCH for texts may bring, so that what waits for it stays small. */
const bytesAtOnce = 2 * 2 ** 20;
const messagesAtOnce = 200;

/** A part's number, or that of a message's or part's headers. */
const partName = /^(?:\d{1,5}(?:\.\d{1,5}){0,200}(?:\.(?:MIME|HEADER|TEXT))?|HEADER|TEXT)$/i;

/** Bytes `offset` to `offset + length` of a part; null when the message is gone. */
export async function fetchPart(
  exec: Exec,
  { uid, part, offset, length }: { uid: number; part: string | null; offset: number; length: number },
): Promise<Buffer | null> {
  if (part !== null && !partName.test(part)) throw new Error(`No part is called ${JSON.stringify(part)}`);
  const from = Math.max(0, Math.floor(offset));
  const most = Math.min(mostPartBytes, Math.floor(length));
  const section = (part ?? '').toUpperCase();
  let found: Buffer | null = null;
  await exec.hearing(
    ({ items }) => {
      if (numberIn(items.get('UID')) !== uid || !items.has(`BODY[${section}]`)) return false;
      found = bytesIn(items.get(`BODY[${section}]`)).subarray(0, most);
      return true;
    },
    () => exec.command(`UID FETCH ${uid} (UID BODY.PEEK[${section}]<${from}.${Math.max(1, most)}>)`),
  );
  return found;
}

/** A plan of commands for texts: messages that want the same parts are asked together. */
export function planTexts(wanted: readonly WantedTexts[], maxBytes: number): { uids: number[]; parts: string[] }[] {
  const groups = new Map<string, { parts: string[]; messages: { uid: number; bytes: number }[] }>();
  for (const { uid, parts } of wanted) {
    const names = [...new Set(parts.map(({ part }) => part))].filter((name) => partName.test(name));
    if (names.length === 0) continue;
    const bytes = parts.reduce((sum, { size }) => sum + Math.min(size, maxBytes), 0);
    const key = names.join(' ');
    const group = groups.get(key) ?? { parts: names, messages: [] };
    group.messages.push({ uid, bytes });
    groups.set(key, group);
  }
  const plan: { uids: number[]; parts: string[] }[] = [];
  for (const { parts, messages } of groups.values()) {
    messages.sort((one, other) => one.uid - other.uid);
    let uids: number[] = [];
    let bytes = 0;
    for (const message of messages) {
      if (uids.length > 0 && (bytes + message.bytes > bytesAtOnce || uids.length === messagesAtOnce)) {
        plan.push({ uids, parts });
        uids = [];
        bytes = 0;
      }
      uids.push(message.uid);
      bytes += message.bytes;
    }
    if (uids.length > 0) plan.push({ uids, parts });
  }
  return plan;
}

/** Ask for the beginnings of parts, each message and part once. */
export async function fetchTexts(
  exec: Exec,
  { uids, parts }: { uids: number[]; parts: string[] },
  maxBytes: number,
): Promise<FetchedText[]> {
  const asked = new Set(uids);
  const found = new Map<string, FetchedText>();
  const query = parts.map((part) => `BODY.PEEK[${part}]<0.${maxBytes}>`).join(' ');
  let bytes = 0;
  await fetchByHalves(exec, {
    uids,
    query: `(UID ${query})`,
    onRow: ({ items }) => {
      const uid = numberIn(items.get('UID')) ?? 0;
      if (!parts.some((part) => items.has(`BODY[${part.toUpperCase()}]`))) return false;
      for (const part of parts) {
        const token = items.get(`BODY[${part.toUpperCase()}]`);
        if (token === undefined || !asked.has(uid)) continue;
        const text = Buffer.from(bytesIn(token).subarray(0, maxBytes));
        bytes += text.length;
        // The sizes that the plan was made from may be lies.
        if (bytes > 16 * bytesAtOnce) throw tooMuch();
        found.set(`${uid} ${part}`, { uid, part, bytes: text });
      }
      return true;
    },
    isHere: (uid) => parts.some((part) => found.has(`${uid} ${part}`)),
    refused: () => {}, // It is found by its other words.
  });
  return [...found.values()];
}

/** Small parts may come as a quoted string, and what is not there as NIL. */
function bytesIn(token: Token | undefined): Buffer {
  if (Buffer.isBuffer(token)) return token;
  return typeof token === 'string' ? Buffer.from(token, 'latin1') : Buffer.alloc(0);
}
