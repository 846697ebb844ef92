import type { MailError } from './errors.ts';
import type { FlagRow, FolderChanges } from './imap-changes.ts';
import type { FolderState, ListedFolder } from './imap-folders.ts';
import type { FetchedMessage } from './imap-message.ts';
import type { News } from './imap-news.ts';
import type { WaitOptions } from './imap-wait.ts';

/** A logged-in connection. Its commands run one at a time, in the order they are called; each rejects with a `MailError`. */
export interface ImapConnection {
  readonly capabilities: string[];
  /** What the server can do beyond the least, as agreed on in this session. */
  readonly can: Can;
  /** The TLS version, `TLSv1.3`; null for cleartext. */
  readonly tls: string | null;
  /** The address it is connected to. */
  readonly address: string;
  readonly open: boolean;
  /**
   * Open a folder: the one that all commands without a path, and `waitForNews`, are about. With what is `known` of it,
   * a server with QRESYNC tells in the same answer what has changed since; `changes` is null where it does not, and
   * where the UIDs mean other messages now.
   */
  select(path: string, options?: SelectOptions): Promise<SelectedFolder>;
  /** Ask for a folder's state without opening it. */
  status(path: string): Promise<FolderState & { unseen: number; mailboxId: string | null }>;
  /** All folders; with `status` also the state of each, where the server tells it in the same answer (LIST-STATUS). */
  list(options?: { status?: boolean }): Promise<ListedFolder[]>;
  /** Make a folder and subscribe to it. One that is there already is left as it is. */
  createFolder(path: string): Promise<void>;
  /** What changed since. Needs CONDSTORE: a server without it is a mistake of the caller. */
  changesSince(modseq: bigint): Promise<FolderChanges>;
  /** The UIDs of the folder, ascending: all, those that arrived since a day, those from a UID on. */
  uids(options?: { since?: Date; from?: number }): Promise<number[]>;
  /** The flags of all messages in a range of UIDs, ascending, in batches of at most 5,000. */
  flags(set: { from: number; to?: number }): AsyncGenerator<FlagRow[]>;
  /** Those of these messages that exist, in the order of UIDs. */
  fetch(uids: readonly number[], options?: { previews?: boolean }): Promise<FetchedMessage[]>;
  /** All messages from this UID on, in batches of at most `limit`, each in the order of UIDs. */
  fetchSince(uidNext: number, options?: { limit?: number; previews?: boolean }): AsyncGenerator<FetchedMessage[]>;
  /** Bytes of a part as they stand on the server, of the whole source without a part; null when the message is gone. */
  fetchPart(uid: number, part: string | null, range: { offset: number; length: number }): Promise<Buffer | null>;
  /** The still encoded bytes of parts of many messages, each cut at `maxBytes`, in no particular order. */
  fetchTexts(wanted: readonly WantedTexts[], options: { maxBytes: number }): AsyncGenerator<FetchedText>;
  /** Add and remove flags. Messages that are gone are left out; flags that the folder cannot keep too. Repeatable. */
  store(uids: readonly number[], change: { add?: string[]; remove?: string[] }): Promise<void>;
  /** Move messages to another folder. */
  move(uids: readonly number[], to: string): Promise<Moved>;
  /** Delete messages for good. Repeatable. */
  remove(uids: readonly number[]): Promise<void>;
  /** The most urgent news of the selected folder that came already, without asking the server; told once. */
  heard(): Exclude<News, 'quiet'> | undefined;
  /** Wait in IDLE. `quiet`: nothing until the limit, and the server has just answered. */
  waitForNews(options?: WaitOptions): Promise<News>;
  /** Put a message into a folder. The UID is known only where the server tells it (UIDPLUS). */
  append(path: string, bytes: Buffer, options?: { flags?: string[]; date?: Date }): Promise<Appended>;
  /** The UIDs of the messages in a folder that bear this Message-ID. */
  findByMessageIdHeader(path: string, header: string): Promise<number[]>;
  /** Say goodbye and close; never rejects, and takes at most 5 s. */
  logout(): Promise<void>;
  /** Close without a word. */
  destroy(): void;
  /** Called once when the connection ends without our asking, also if it has ended already. */
  onClosed(told: (fault: MailError) => void): void;
}

/** What a server can do: extensions that change how a mailbox is kept in step. */
export type Can = {
  qresync: boolean;
  condstore: boolean;
  move: boolean;
  uidplus: boolean;
  objectId: boolean;
  gmail: boolean;
  listStatus: boolean;
};

/** `readOnly` opens by EXAMINE; `known` is the state up to which the folder has been read. */
export type SelectOptions = { readOnly?: boolean; known?: { uidValidity: number; highestModseq: bigint } };

/** A folder that was just opened. `mailboxId` is the server's lasting name for it (OBJECTID). */
export type SelectedFolder = FolderState & { mailboxId: string | null; changes: FolderChanges | null };

/** Where moved messages are: their UIDs by the ones they had; null where the server does not tell. */
export type Moved = { uidValidity: number | null; uids: Map<number, number> | null };

/** Which parts of a message are to be read. */
export type WantedTexts = { uid: number; parts: { part: string; size: number }[] };

/** The bytes of one part, from its beginning. */
export type FetchedText = { uid: number; part: string; bytes: Buffer };

/** Where an appended message is. */
export type Appended = { uid?: number; uidValidity?: number };
