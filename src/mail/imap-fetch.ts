import type { ImapFlow } from 'imapflow';
import { createFlagReader } from './imap-changes.ts';
import type { Exec } from './imap-exec.ts';
import { fetchByHalves, refusalOfMessage } from './imap-halves.ts';
import { fetchedHeaders } from './imap-headers.ts';
import { type FetchedMessage, messageOf, type Read } from './imap-message.ts';
import { addPreviews, firstBytes } from './imap-previews.ts';
import { numberIn, type Row } from './imap-tokens.ts';
import { ranges } from './imap-uids.ts';
import { clean } from './refusals/index.ts';

/** Where rows come from, and what is asked for beside the usual: names of messages and threads, modseqs. */
export type RowSource = { exec: Exec; names: string };

/** The items by which a server names messages, threads and changes, where it does. ImapFlow asks for them by itself. */
export function namesFor({ capabilities, enabled, mailbox }: ImapFlow): string {
  const names = capabilities.has('OBJECTID')
    ? ' EMAILID THREADID'
    : capabilities.has('X-GM-EXT-1')
      ? ' X-GM-MSGID X-GM-THRID'
      : '';
  return enabled.has('CONDSTORE') && mailbox && !mailbox.noModseq ? `${names} MODSEQ` : names;
}

/** Which rows: only those from this UID on, or only those that were asked for one by one. */
export type Wanted = { from: number; only?: ReadonlySet<number> | undefined };

/**
 * Fetch the messages of a UID set, in the order of their UIDs. A message that cannot be read comes as a minimal
 * record with `broken`: one bad message neither stops the others nor goes missing. Null when the server gives more
 * than `most` rows.
 */
export async function fetchMessages(
  source: RowSource,
  uids: string,
  options: Wanted & { most: number; previews: boolean },
): Promise<FetchedMessage[] | null> {
  const { previews, most } = options;
  const reads = new Map<number, Read>();
  const flagsOf = createFlagReader();
  let tooMany = false;
  let unreadable = 0;
  const take = (row: Row, read: (uid: number, flags: string[]) => Read) => {
    const uid = uidOf(row, options);
    if (uid === undefined) {
      if (row.garbled !== undefined) unreadable += 1;
      return row.garbled !== undefined;
    }
    const flags = row.items.get('FLAGS');
    if (reads.size >= most && !reads.has(uid)) tooMany = true;
    else if (!reads.has(uid)) reads.set(uid, read(uid, flagsOf(Array.isArray(flags) ? flags : [])));
    return true;
  };

  const basics = `UID FLAGS INTERNALDATE RFC822.SIZE${source.names}`;
  const query =
    `${basics} ENVELOPE BODYSTRUCTURE BODY.PEEK[HEADER.FIELDS (${fetchedHeaders})]` +
    (previews ? ` BODY.PEEK[1]<0.${firstBytes}>` : '');
  const whole = (row: Row) => take(row, (uid, flags) => messageOf(row, uid, flags));
  try {
    await rows(source, uids, query, whole);
  } catch (error) {
    if (refusalOfMessage(error) === null) throw error;
    await readOthers(error);
  }
  if (tooMany) return null;
  await dropGone();
  if (previews) await addPreviews(source.exec, [...reads.values()]);
  if (unreadable > 0) {
    const poor = (row: Row) => (uid: number, flags: string[]) => {
      const { message } = messageOf(row, uid, flags);
      return { message: { ...message, broken: "the server's description of it could not be parsed" } };
    };
    await rows(source, uids, basics, (row) => take(row, poor(row)));
  }
  return [...reads.values()].map(({ message }) => message).sort((one, other) => one.uid - other.uid);

  /**
   * A message that somebody else takes away while it is being read is told of from what the server remembers of it, if
   * anything, and has no size. It is left out when the server has it no more.
   */
  async function dropGone() {
    const gone = new Set([...reads.values()].flatMap(({ message: { uid, size } }) => (size === 0 ? [uid] : [])));
    if (gone.size === 0) return;
    await source.exec.command('NOOP');
    await rows(source, ranges([...gone].sort((one, other) => one - other)), 'UID RFC822.SIZE', ({ items }) =>
      gone.delete(numberIn(items.get('UID')) ?? 0),
    );
    for (const uid of gone) reads.delete(uid);
  }

  /** The server refused: what it can say of each is the least that there is, and what it gives of them replaces that. */
  async function readOthers(cause: unknown) {
    const least = new Map<number, Row>();
    const hear = (row: Row) => {
      const uid = uidOf(row, options);
      if (uid !== undefined && !reads.has(uid)) least.set(uid, row);
      return uid !== undefined;
    };
    await rows(source, uids, basics, hear).catch(() => {
      throw cause;
    });
    if (reads.size + least.size > most) {
      tooMany = true;
      return;
    }
    const refused = (uid: number, says: string) => {
      const broken = `the server did not give it: ${clean(says)}`.slice(0, 200);
      const row = least.get(uid)!;
      take(row, (_, flags) => ({ message: { ...messageOf(row, uid, flags).message, broken } }));
    };
    const wanted = [...least.keys()].sort((one, other) => one - other);
    const isHere = (uid: number) => reads.has(uid);
    await fetchByHalves(source.exec, { uids: wanted, query: `(${query})`, onRow: whole, isHere, refused });
  }
}

async function rows({ exec }: RowSource, uids: string, query: string, onRow: (row: Row) => boolean) {
  await exec.hearing(onRow, () => exec.command(`UID FETCH ${uids} (${query})`));
}

/**
 * The UID of a row that was asked for. `n:*` answers with the last message even when that is below n, and a row without
 * what was asked for is the news of a changed flag that came in between.
 */
function uidOf({ items }: Row, { from, only }: Wanted): number | undefined {
  const uid = numberIn(items.get('UID'));
  if (!uid || uid < from || !items.has('RFC822.SIZE') || (only && !only.has(uid))) return undefined;
  return uid;
}
