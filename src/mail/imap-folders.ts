import type { ImapFlow, ListResponse, MailboxObject } from 'imapflow';
import { mostModseq } from './imap-tokens.ts';

/** What a folder is for, as events call it. */
export const folderRoles = ['inbox', 'sent', 'drafts', 'trash', 'junk', 'archive', 'all', 'flagged'] as const;
export type FolderRole = (typeof folderRoles)[number];

/** A folder of a mailbox. */
export interface ListedFolder {
  path: string;
  name: string;
  delimiter: string;
  /** By the server's own mark (RFC 6154), else by its name in many languages. */
  role: FolderRole | null;
  /** False for a folder that only holds others. */
  selectable: boolean;
  subscribed: boolean;
  /** The server's lasting name for it, which stays when it is renamed (OBJECTID); null where it is not told. */
  mailboxId: string | null;
  /** Null where it was not asked for, or the server does not tell it in its list. */
  state: Omit<FolderState, 'path'> | null;
}

/** A folder's state at the time it was asked for. */
export interface FolderState {
  path: string;
  uidValidity: number;
  /** The UID that the next message will have at least. */
  uidNext: number;
  exists: number;
  /** Null where the server does not number changes (CONDSTORE). */
  highestModseq: bigint | null;
}

/** More folders than any person keeps; a server that lists more is not believed. */
const mostFolders = 10_000;
/** A folder that is nested as deep as servers let it be; the key of an index in Postgres takes no more than 2,700. */
const mostPathBytes = 2_000;

/** Whether a folder can be kept under its name: nobody's folder has line ends or NUL in it, which no column would take. */
const isName = (path: string) => !/[\x00-\x1f\x7f]/.test(path) && path.isWellFormed() && path !== '';

/** Names that programs give these folders, beside the six hundred that ImapFlow knows. */
const furtherNames = new Map<string, FolderRole>([
  ...['skickade objekt', 'skickade', 'skickade meddelanden', 'verstuurd'].map((name) => [name, 'sent'] as const),
  ...['courrier envoyé', 'objets envoyés', 'correo enviado'].map((name) => [name, 'sent'] as const),
  ...['slettede mails', 'slettede meddelelser', 'søppel', 'prullenmand'].map((name) => [name, 'trash'] as const),
  ...['verwijderd', 'eliminati'].map((name) => [name, 'trash'] as const),
  ...['unerwünscht', 'spamverdacht', 'spamordner', 'ongewenste reclame', 'bulk'].map((name) => [name, 'junk'] as const),
  ['udkast', 'drafts'],
  ...['arkiveret', 'arkiverat'].map((name) => [name, 'archive'] as const),
]);

/**
 * A server's LIST as folders, each once; one whose name nobody could keep is left out, and the others are there. Each
 * role is given once: the server's own mark wins over a name.
 */
export function foldersOf(list: readonly ListResponse[], ids: ReadonlyMap<string, string>): ListedFolder[] {
  const taken = new Set<FolderRole>();
  const roles = new Map<ListResponse, FolderRole>();
  const paths = new Set<string>();
  const there = list.filter(({ path }) => {
    if (paths.has(path) || !isName(path) || Buffer.byteLength(path) > mostPathBytes) return false;
    paths.add(path);
    return true;
  });
  const marked = (entry: ListResponse) => (entry.specialUse && entry.specialUseSource !== 'name' ? 0 : 1);
  for (const entry of [...there].sort((one, other) => marked(one) - marked(other))) {
    const role = roleOf(entry.specialUse) ?? furtherNames.get(entry.name.trim().normalize('NFC').toLowerCase());
    if (!role || taken.has(role)) continue;
    taken.add(role);
    roles.set(entry, role);
  }
  return there.slice(0, mostFolders).map((entry) => ({
    path: entry.path,
    name: entry.name,
    delimiter: entry.delimiter || '/',
    role: roles.get(entry) ?? null,
    selectable: ![...(entry.flags ?? [])].some((flag) => /^\\(?:noselect|nonexistent)$/i.test(flag)),
    subscribed: entry.subscribed === true,
    mailboxId: ids.get(entry.path) ?? null,
    state: stateIn(entry.status),
  }));
}

function stateIn(status: ListResponse['status']): ListedFolder['state'] {
  if (!status || !('uidValidity' in status) || status.uidValidity === undefined) return null;
  const { uidValidity, uidNext = 1, messages = 0, highestModseq = null } = status;
  return believable({ uidValidity: Number(uidValidity), uidNext, exists: messages, highestModseq });
}

/**
 * What a server says of a folder, as far as it can be: numbers of 32 bits, and of 63 for changes (RFC 7162). An unknown
 * UIDNEXT is 1. A server without UIDVALIDITY is taken for one that never renumbers: all else would read the folder anew
 * at each look. 0 says that changes are not numbered.
 */
export function believable(told: Omit<FolderState, 'path'>): Omit<FolderState, 'path'> {
  const { uidValidity, uidNext, exists, highestModseq } = told;
  const isNumber = (value: number) => Number.isInteger(value) && value >= 1 && value <= 0xffff_ffff;
  return {
    uidValidity: isNumber(uidValidity) ? uidValidity : 1,
    uidNext: isNumber(uidNext) ? uidNext : 1,
    exists: Math.min(isNumber(exists) ? exists : 0, 2 ** 31 - 1),
    highestModseq: highestModseq !== null && highestModseq > 0n && highestModseq <= mostModseq ? highestModseq : null,
  };
}

function roleOf(specialUse: string | undefined): FolderRole | undefined {
  const name = specialUse?.replace(/^\\/, '').toLowerCase();
  return folderRoles.find((role) => role === name);
}

/**
 * ImapFlow lists a folder (LIST, and LSUB or its like) before it opens it for the first time, to know its delimiter and
 * role. INBOX is opened after each login and has neither to tell: two round trips less when thousands reconnect.
 */
export function skipListing(client: ImapFlow, path: string) {
  const { folders } = client as unknown as { folders: Map<string, { path: string; specialUse: string }> };
  if (path === 'INBOX' && !folders.has(path)) folders.set(path, { path, specialUse: '\\Inbox' });
}

/** A selected mailbox as state; a server that does not tell its UIDNEXT is asked for it. */
export async function selected(client: ImapFlow, mailbox: MailboxObject): Promise<FolderState> {
  const { path, exists = 0 } = mailbox;
  let uidNext = mailbox.uidNext;
  if (!uidNext) {
    const status = await client.status(path, { uidNext: true });
    uidNext = (status ? status.uidNext : undefined) ?? 1;
  }
  const uidValidity = Number(mailbox.uidValidity ?? 0);
  const highestModseq = mailbox.noModseq ? null : (mailbox.highestModseq ?? null);
  return { path, ...believable({ uidValidity, uidNext, exists, highestModseq }) };
}
