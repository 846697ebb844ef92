import type { ImapFlow, ImapResponse } from 'imapflow';
import { tooMuch } from './faults.ts';
import { codeIn, type Exec } from './imap-exec.ts';
import type { NewsBox } from './imap-news.ts';
import { modseqIn, numberIn, type Row, type Token } from './imap-tokens.ts';
import { merged, mostMessages, readRanges } from './imap-uids.ts';
import { tidy } from './preview.ts';

/** UIDs as ascending ranges, both ends inclusive. */
export type UidRanges = [first: number, last: number][];

/** What a server says of one message's flags; `modseq` is null where it does not number changes. */
export type FlagRow = { uid: number; flags: string[]; modseq: bigint | null };

/**
 * What changed in a folder since a modseq, new messages among it, in the order of UIDs. `vanished` is null where the
 * server cannot tell which are gone (no QRESYNC); it may name UIDs that never were, and what is in both is gone.
 * `highestModseq` is the state that this brings the folder to.
 */
export type FolderChanges = { flags: FlagRow[]; vanished: UidRanges | null; highestModseq: bigint | null };

/** Rows of a hundred bytes for each message of a folder. */
export const changeBytes = 192 * 2 ** 20;

/**
 * Listen to what commands say about changed and vanished messages. Rows without a UID are news as ever, unless they are
 * `asked` for again.
 */
export async function changesDuring<T>(
  { exec, news, qresync }: { exec: Exec; news: NewsBox; qresync: boolean },
  work: () => Promise<T>,
  asked: { again: boolean } = { again: false },
): Promise<{ result: T; changes: FolderChanges }> {
  const rows = new Map<number, FlagRow>();
  const vanished: UidRanges = [];
  const flagsOf = createFlagReader();
  let highest = 0n;
  let overflow = false;
  const stop = news.hearVanished((uids) => {
    overflow ||= uids.length > 8 * 2 ** 20 || vanished.length > mostMessages;
    if (!overflow) for (const range of readRanges(uids)) vanished.push(range);
  });
  const hear = (row: Row) => {
    const flagRow = flagRowIn(row, flagsOf);
    if (!flagRow) return asked.again && row.items.has('FLAGS');
    if (rows.size >= mostMessages) throw tooMuch();
    rows.set(flagRow.uid, flagRow);
    if (flagRow.modseq !== null && flagRow.modseq > highest) highest = flagRow.modseq;
    return true;
  };
  try {
    const result = await exec.hearing(hear, work);
    if (overflow) throw tooMuch();
    const flags = [...rows.values()].sort((one, other) => one.uid - other.uid);
    return {
      result,
      changes: { flags, vanished: qresync ? merged(vanished) : null, highestModseq: highest === 0n ? null : highest },
    };
  } finally {
    stop();
  }
}

/**
 * Ask for what changed since `modseq`, in the selected folder. `known` is the modseq that this session has seen: what is
 * not told is no newer.
 */
export async function askChanges(
  parts: { client: ImapFlow; exec: Exec; news: NewsBox; qresync: boolean },
  { modseq, known }: { modseq: bigint; known: bigint | null },
): Promise<FolderChanges> {
  const { client, exec, qresync } = parts;
  if (!client.mailbox || client.mailbox.noModseq)
    throw new Error('The server does not number the changes of this folder');
  const since = modseq > 0n ? modseq : 1n;
  let told = 0n;
  const code = (answer: ImapResponse) => {
    const [name, value] = codeIn(answer);
    if (name === 'HIGHESTMODSEQ') told = max(told, modseqIn(value) ?? 0n);
  };
  const line = `UID FETCH 1:* (UID FLAGS MODSEQ) (CHANGEDSINCE ${since}${qresync ? ' VANISHED' : ''})`;
  const asked = { again: true };
  const ask = async () => {
    // A server tells a session what others did when it sees fit, and answers from what it has told: NOOP makes it tell.
    await exec.command('NOOP', { OK: code });
    asked.again = false;
    const there = client.mailbox ? client.mailbox.exists : 0;
    const answer = await exec.command(line, { OK: code });
    return { answer, grew: client.mailbox ? client.mailbox.exists > there : false };
  };
  const { result, changes } = await changesDuring(parts, ask, asked);
  code(result.answer);
  // What arrives behind the rows has no row of its own here, and may be older than the changed flags behind it.
  if (result.grew) return { ...changes, highestModseq: max(modseq, known ?? 0n) };
  const highestModseq = [changes.highestModseq, known, told].reduce<bigint>(
    (one, other) => max(one, other ?? 0n),
    modseq,
  );
  return { ...changes, highestModseq };
}

const max = (one: bigint, other: bigint) => (one > other ? one : other);

/** The row as flags; undefined when it does not say which message, or has no flags. */
export function flagRowIn({ items }: Row, flagsOf: (list: Token[]) => string[]): FlagRow | undefined {
  const uid = numberIn(items.get('UID'));
  const list = items.get('FLAGS');
  if (!uid || !Array.isArray(list)) return undefined;
  return { uid, flags: flagsOf(list), modseq: modseqIn(items.get('MODSEQ')) };
}

const mostFlags = 100;
const mostKinds = 10_000;

/**
 * Flags as rows have them: without \Recent, which tells of the session and not of the message. Most messages of a folder
 * bear the same few combinations, so equal ones are one array, which nobody may change.
 */
export function createFlagReader(): (list: Token[]) => string[] {
  const kinds = new Map<string, string[]>();
  return (list) => {
    const key = list.join(' ');
    const known = kinds.get(key);
    if (known) return known;
    const flags = list
      .filter((flag) => typeof flag === 'string')
      .filter((flag) => flag.toLowerCase() !== '\\recent')
      .slice(0, mostFlags)
      .map((flag) => tidy(flag, 200));
    if (kinds.size < mostKinds && key.length < 1_000) kinds.set(key, flags);
    return flags;
  };
}
