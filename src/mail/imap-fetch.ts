import type { FetchMessageObject, FetchQueryObject, ImapFlow } from 'imapflow';
import { brokenMessage, type FetchedMessage, messageOf } from './imap-message.ts';
import { type ReadablePart, readablePart } from './imap-structure.ts';
import { previewLength, previewOf } from './preview.ts';

/** The first bytes of part 1 come with the envelope: for most mail that is the text, and no second question is needed. */
const firstBytes = 3_072;
/** HTML begins with pages of styles. */
const htmlBytes = 32_768;

/** What one row is asked for. */
function queryFor(previews: boolean): FetchQueryObject {
  return {
    uid: true,
    flags: true,
    internalDate: true,
    size: true,
    envelope: true,
    bodyStructure: true,
    threadId: true,
    headers: ['References'],
    ...(previews && { bodyParts: [{ key: '1', start: 0, maxLength: firstBytes }] }),
  };
}

/** A FETCH over ImapFlow, and how many rows of it could not be read. */
export type RowSource = {
  client: ImapFlow;
  /** Counts rows that ImapFlow could not parse and left out without an error. */
  unreadable: () => number;
};

/**
 * Fetch the messages of a UID set, in the order of their UIDs. A message that cannot be read comes as a minimal
 * record with `broken`: one bad message neither stops the others nor goes missing.
 */
export async function fetchMessages(
  { client, unreadable }: RowSource,
  uids: string,
  { from, previews }: { from: number; previews: boolean },
): Promise<FetchedMessage[]> {
  const before = unreadable();
  const rows = await rowsOf(client, uids, queryFor(previews), from);
  const messages = [...rows.values()].map((row) => messageOf(row));
  if (previews) await addPreviews(client, rows, messages);
  if (unreadable() > before) {
    const known = await rowsOf(client, uids, { uid: true, flags: true, internalDate: true, size: true }, from);
    for (const [uid, row] of known) {
      if (!rows.has(uid)) messages.push(brokenMessage(row, "the server's description of it could not be parsed"));
    }
  }
  return messages.sort((one, other) => one.uid - other.uid);
}

async function rowsOf(client: ImapFlow, uids: string, query: FetchQueryObject, from: number) {
  const rows = new Map<number, FetchMessageObject>();
  for await (const row of client.fetch(uids, query, { uid: true })) {
    // `n:*` answers with the last message even when that is below n; and a row without what was asked for is the news
    // of a changed flag that came in between.
    if (row.uid >= from && row.size !== undefined) rows.set(row.uid, row);
  }
  return rows;
}

/** Put the previews in: from what came with the rows, else with one more FETCH for each part number that is needed. */
async function addPreviews(client: ImapFlow, rows: Map<number, FetchMessageObject>, messages: FetchedMessage[]) {
  const missing = new Map<string, { message: FetchedMessage; text: ReadablePart }[]>();
  for (const message of messages) {
    const row = rows.get(message.uid);
    const text = safely(() => readablePart(row?.bodyStructure));
    if (!row || !text) continue;
    const bytes = row.bodyParts?.get('1');
    const first = bytes && text.depthInFirst >= 0 ? contentIn(bytes, text.depthInFirst) : undefined;
    if (first) message.preview = safely(() => previewOf(first.content, text)) ?? '';
    // Cut before the words began: by the styles of HTML, or by long headers of the parts around it.
    if (!first || (!first.whole && message.preview.length < previewLength / 4))
      missing.set(text.part, [...(missing.get(text.part) ?? []), { message, text }]);
  }
  for (const [part, wanted] of missing) {
    const uids = wanted.map(({ message }) => message.uid);
    const maxLength = wanted.some(({ text }) => text.html) ? htmlBytes : firstBytes;
    const found = await rowsWithPart(client, uids, { key: part, start: 0, maxLength });
    for (const { message, text } of wanted) {
      const bytes = found.get(message.uid);
      if (bytes) message.preview = safely(() => previewOf(bytes, text)) ?? message.preview;
    }
  }
}

async function rowsWithPart(client: ImapFlow, uids: number[], part: { key: string; start: number; maxLength: number }) {
  const found = new Map<number, Buffer>();
  for await (const row of client.fetch(uids.join(','), { uid: true, bodyParts: [part] }, { uid: true })) {
    const bytes = row.bodyParts?.get(part.key);
    if (bytes) found.set(row.uid, bytes);
  }
  return found;
}

/**
 * The content of the first leaf in the bytes of part 1. Multiparts around it begin with a boundary line and headers
 * up to an empty line; a boundary in the content ends it.
 */
function contentIn(bytes: Buffer, depth: number): { content: Buffer; whole: boolean } | undefined {
  let content = bytes;
  let whole = bytes.length < firstBytes;
  for (let level = 0; level < depth; level++) {
    const text = content.toString('latin1');
    const head = /(?:^|\n)--[^\r\n]+\r?\n(?:[^\r\n]+\r?\n)*\r?\n/.exec(text);
    if (!head) return undefined;
    content = content.subarray(head.index + head[0].length);
    if (level < depth - 1) continue;
    const boundary = /(?:^|\n)(--[^\r\n]+)/.exec(text)![1]!;
    const end = content.indexOf(`\n${boundary.replace(/\s+$/, '')}`);
    if (end >= 0) {
      content = content.subarray(0, end);
      whole = true;
    }
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
