import type { FetchMessageObject, MessageAddressObject } from 'imapflow';
import type { Person } from '../words.ts';
import { type Attachment, attachmentsOf, type MessagePart, structureMarks, textPartsOf } from './imap-structure.ts';
import { tidy } from './preview.ts';

/** A message as events and rows have it: cleaned, capped, and complete whatever the server or the sender did. */
export interface FetchedMessage {
  uid: number;
  messageIdHeader: string | null;
  inReplyTo: string | null;
  references: string[];
  from: Person[];
  to: Person[];
  cc: Person[];
  /** Where answers are wanted; empty when that is From. */
  replyTo: Person[];
  subject: string;
  /** What the Date header says, if it says a date. */
  date: string | null;
  /** When it came to the server. */
  internalDate: Date;
  size: number;
  flags: string[];
  /** What a List-Id header names between its brackets. */
  listId: string | null;
  /** The word of an Auto-Submitted header: `no`, `auto-generated`, `auto-replied`. */
  autoSubmitted: string | null;
  attachments: Attachment[];
  /** What its text is made from, in reading order. */
  textParts: MessagePart[];
  /**
   * What it is besides: `signed`, `encrypted`, `tnef` (winmail.dat), `report`, `auto` (sent by a machine), `list`; `cut`
   * when it has more recipients, references or attachments than are kept.
   */
  marks: string[];
  /** The first words of the text; empty when there are none, or when previews were not asked for. */
  preview: string;
  modseq: bigint | null;
  /** The server's own lasting names for the message and its thread (OBJECTID, Gmail). */
  emailId: string | null;
  threadId: string | null;
  /** Why parts of it are missing; absent for a message that could be read. */
  broken?: string;
}

/** Far above what people send, far below what makes a row a burden. */
const most = { recipients: 1_000, references: 100, subject: 1_000, name: 200, address: 320, header: 998, flags: 100 };

const mostHeaderBytes = 65_536;

/** A row of FETCH as a message. Never throws: what cannot be read is left out, and `broken` says so. */
export function messageOf(row: FetchMessageObject): FetchedMessage {
  const message = emptyMessage(row);
  try {
    const { envelope } = row;
    if (!envelope) message.broken = 'the server gave no envelope';
    message.messageIdHeader = headerOf(envelope?.messageId);
    message.inReplyTo = idsIn(envelope?.inReplyTo)[0] ?? headerOf(envelope?.inReplyTo);
    const headers = headersIn(row.headers);
    message.references = idsIn(headers.get('references')).slice(-most.references);
    message.listId = listIdIn(headers.get('list-id'));
    message.autoSubmitted =
      headers
        .get('auto-submitted')
        ?.match(/^\s*([a-z-]{1,40})/i)?.[1]
        ?.toLowerCase() ?? null;
    message.from = people(envelope?.from?.length ? envelope.from : envelope?.sender);
    message.to = people(envelope?.to);
    message.cc = people(envelope?.cc);
    message.replyTo = otherThan(message.from, people(envelope?.replyTo));
    message.subject = tidy(String(envelope?.subject ?? ''), most.subject);
    message.date = isoDate(envelope?.date);
    message.attachments = attachmentsOf(row.bodyStructure);
    message.textParts = textPartsOf(row.bodyStructure);
    message.marks = [...structureMarks(row.bodyStructure), ...headerMarks(headers)];
    if (Math.max(envelope?.to?.length ?? 0, envelope?.cc?.length ?? 0) > most.recipients) message.marks.push('cut');
  } catch (error) {
    message.broken = `it could not be read: ${(error as Error).message}`.slice(0, 200);
  }
  return message;
}

/** All that is known of a message whose row the server garbled. */
export function brokenMessage(row: FetchMessageObject, why: string): FetchedMessage {
  return { ...emptyMessage(row), broken: why };
}

function emptyMessage(row: FetchMessageObject): FetchedMessage {
  const { internalDate } = row;
  return {
    uid: row.uid,
    messageIdHeader: null,
    inReplyTo: null,
    references: [],
    from: [],
    to: [],
    cc: [],
    replyTo: [],
    subject: '',
    date: null,
    // A server without the date of arrival: it has just told us, so it came just now.
    internalDate: isStorable(internalDate) ? internalDate : new Date(),
    size: Math.min(row.size ?? 0, 2 ** 31 - 1),
    flags: flagsOf(row.flags),
    listId: null,
    autoSubmitted: null,
    attachments: [],
    textParts: [],
    marks: [],
    preview: '',
    modseq: row.modseq ?? null,
    emailId: headerOf(row.emailId),
    threadId: headerOf(row.threadId),
  };
}

/** Without \Recent, which tells of the session and not of the message. */
function flagsOf(flags: Set<string> | undefined): string[] {
  const lasting = [...(flags ?? [])].filter((flag) => flag.toLowerCase() !== '\\recent');
  return lasting.slice(0, most.flags).map((flag) => tidy(flag, most.name));
}

function people(list: MessageAddressObject[] | undefined): Person[] {
  return (list ?? []).slice(0, most.recipients).map(({ name, address }) => ({
    name: tidy(name || '', most.name),
    address: tidy(address || '', most.address),
  }));
}

/** Servers answer with From where there is no Reply-To (RFC 9051 7.5.2). */
function otherThan(from: Person[], list: Person[]): Person[] {
  const isSame = list.length === from.length && list.every(({ address }, at) => address === from[at]!.address);
  return isSame ? [] : list;
}

function headerOf(value: string | undefined): string | null {
  const folded = tidy(value || '', most.header);
  return folded === '' ? null : folded;
}

/** The fields of a header block by their names in lower case, unfolded; of a field that comes twice, the first. */
function headersIn(block: Buffer | undefined): Map<string, string> {
  const fields = new Map<string, string>();
  if (!block) return fields;
  const unfolded = block.toString('utf8', 0, mostHeaderBytes).replace(/\r?\n[ \t]+/g, ' ');
  for (const line of unfolded.split('\n')) {
    const colon = line.indexOf(':');
    const name = line.slice(0, Math.max(0, colon)).trim().toLowerCase();
    if (name !== '' && !fields.has(name)) fields.set(name, line.slice(colon + 1).trim());
  }
  return fields;
}

/** `Some list <list.example.com>` is called list.example.com. */
function listIdIn(value: string | undefined): string | null {
  if (value === undefined) return null;
  return headerOf(/<([^<>]*)>[^<>]*$/.exec(value)?.[1] ?? value);
}

function headerMarks(headers: Map<string, string>): string[] {
  const precedence = headers.get('precedence')?.toLowerCase();
  const auto = headers.get('auto-submitted')?.toLowerCase() ?? 'no';
  const isAuto = !auto.startsWith('no') || headers.has('x-auto-response-suppress') || precedence === 'auto_reply';
  return [...(isAuto ? ['auto'] : []), ...(headers.has('list-id') || precedence === 'list' ? ['list'] : [])];
}

function idsIn(value: string | undefined): string[] {
  const ids = (value ?? '').slice(0, mostHeaderBytes).match(/<[^<>\s]{1,996}>/g) ?? [];
  return [...new Set(ids.map((id) => tidy(id, most.header)))];
}

function isoDate(date: Date | string | undefined): string | null {
  return isStorable(date) ? date.toISOString() : null;
}

/** Postgres and JSON readers disagree about years of five digits and about years before Christ. */
function isStorable(date: Date | string | undefined): date is Date {
  return date instanceof Date && date.getTime() >= 0 && date.getUTCFullYear() <= 9_999;
}
