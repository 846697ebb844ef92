import type { FetchMessageObject, FetchQueryObject, ImapFlow } from 'imapflow';
import { brokenMessage, type FetchedMessage, messageOf } from './imap-message.ts';
import { type ReadablePart, readablePart } from './imap-structure.ts';
import { previewLength, previewOf } from './preview.ts';

/** The first bytes of part 1 come with the envelope: for most mail that is the text, and no second question is needed. */
const firstBytes = 3_072;
/** HTML begins with pages of styles. */
const htmlBytes = 32_768;

/** Headers that the envelope does not hold, and that say how a message belongs to others and who sent it. */
const headerNames = ['References', 'List-Id', 'Auto-Submitted', 'Precedence', 'X-Auto-Response-Suppress'] as const;

/** Where rows come from, and how many of them ImapFlow could not parse and left out without an error. */
export type RowSource = { client: ImapFlow; unreadable: () => number };

/** Which rows: only those from this UID on, or only those that were asked for one by one. */
export type Wanted = { from: number; only?: ReadonlySet<number> | undefined };

/** A message on its way, with what its preview is made from. */
type Read = { message: FetchedMessage; text?: ReadablePart | undefined; first?: Buffer | undefined };

/**
 * Fetch the messages of a UID set, in the order of their UIDs. A message that cannot be read comes as a minimal
 * record with `broken`: one bad message neither stops the others nor goes missing. Null when the server gives more
 * than `most` rows.
 */
export async function fetchMessages(
  { client, unreadable }: RowSource,
  uids: string,
  options: Wanted & { most: number; previews: boolean },
): Promise<FetchedMessage[] | null> {
  const { previews, most } = options;
  const before = unreadable();
  const reads = new Map<number, Read>();
  for await (const row of rowsOf(client, uids, queryFor(previews), options)) {
    if (reads.size >= most && !reads.has(row.uid)) return null;
    reads.set(row.uid, readOf(row, previews));
  }
  if (previews) await addPreviews(client, [...reads.values()]);
  if (unreadable() > before) {
    for await (const row of rowsOf(client, uids, { uid: true, flags: true, internalDate: true, size: true }, options)) {
      if (reads.size >= most || reads.has(row.uid)) continue;
      reads.set(row.uid, { message: brokenMessage(row, "the server's description of it could not be parsed") });
    }
  }
  return [...reads.values()].map(({ message }) => message).sort((one, other) => one.uid - other.uid);
}

function queryFor(previews: boolean): FetchQueryObject {
  return {
    uid: true,
    flags: true,
    internalDate: true,
    size: true,
    envelope: true,
    bodyStructure: true,
    threadId: true,
    headers: [...headerNames],
    ...(previews && { bodyParts: [{ key: '1', start: 0, maxLength: firstBytes }] }),
  };
}

/**
 * The rows that were asked for. `n:*` answers with the last message even when that is below n, and a row without what
 * was asked for is the news of a changed flag that came in between.
 */
async function* rowsOf(client: ImapFlow, uids: string, query: FetchQueryObject, { from, only }: Wanted) {
  for await (const row of client.fetch(uids, query, { uid: true })) {
    if (row.uid >= from && row.size !== undefined && (!only || only.has(row.uid))) yield row;
  }
}

/** Keep of a row only what is bounded: a hostile server may send megabytes where kilobytes were asked for. */
function readOf(row: FetchMessageObject, previews: boolean): Read {
  const message = messageOf(row);
  if (!previews) return { message };
  const first = row.bodyParts?.get('1');
  return {
    message,
    text: safely(() => readablePart(row.bodyStructure)),
    first: first && Buffer.from(first.subarray(0, firstBytes)),
  };
}

/** Put the previews in: from what came with the rows, else with one more FETCH for each part number that is needed. */
async function addPreviews(client: ImapFlow, reads: Read[]) {
  const missing = new Map<string, { message: FetchedMessage; text: ReadablePart }[]>();
  for (const { message, text, first } of reads) {
    if (!text) continue;
    const found = first && text.depthInFirst >= 0 ? contentIn(first, text.depthInFirst) : undefined;
    if (found) message.preview = safely(() => previewOf(found.content, text)) ?? '';
    // Cut before the words began: by the styles of HTML, or by long headers of the parts around it.
    const cut = !found || (!found.whole && message.preview.length < previewLength / 4);
    if (cut) missing.set(text.part, [...(missing.get(text.part) ?? []), { message, text }]);
  }
  for (const [part, wanted] of missing) {
    const texts = new Map(wanted.map((one) => [one.message.uid, one]));
    const maxLength = wanted.some(({ text }) => text.html) ? htmlBytes : firstBytes;
    const query = { uid: true, bodyParts: [{ key: part, start: 0, maxLength }] };
    for await (const row of client.fetch([...texts.keys()].join(','), query, { uid: true })) {
      const bytes = row.bodyParts?.get(part)?.subarray(0, maxLength);
      const one = texts.get(row.uid);
      if (bytes && one) one.message.preview = safely(() => previewOf(bytes, one.text)) ?? one.message.preview;
    }
  }
}

/**
 * The content of the first leaf in the bytes of part 1. Multiparts around it begin with a boundary line and headers
 * up to an empty line; the same boundary ends the content.
 */
function contentIn(bytes: Buffer, depth: number): { content: Buffer; whole: boolean } | undefined {
  let content = bytes;
  let whole = bytes.length < firstBytes;
  for (let level = 0; level < depth; level++) {
    const head = /(?:^|\n)(--[^\r\n]+)\r?\n(?:[^\r\n]+\r?\n)*\r?\n/.exec(content.toString('latin1'));
    if (!head) return undefined;
    content = content.subarray(head.index + head[0].length);
    const end = content.indexOf(`\n${head[1]!.trimEnd()}`, 0, 'latin1');
    if (end < 0) continue;
    content = content.subarray(0, end);
    whole = true;
  }
  return { content, whole };
}

/** A preview is a nicety: a message that defies it is shown without. */
function safely<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}

/** UIDs in ascending order as a set of ranges. */
export function ranges(uids: readonly number[]): string {
  const parts: string[] = [];
  for (let at = 0; at < uids.length; ) {
    const first = uids[at]!;
    let last = first;
    while (uids[++at] === last + 1) last = uids[at]!;
    parts.push(first === last ? `${first}` : `${first}:${last}`);
  }
  return parts.join(',');
}
