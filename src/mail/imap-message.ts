import type { FetchMessageObject, MessageAddressObject } from 'imapflow';
import type { Person } from '../words.ts';
import { type Attachment, attachmentsOf } from './imap-structure.ts';
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
  subject: string;
  /** What the Date header says, if it says a date. */
  date: string | null;
  /** When it came to the server. */
  internalDate: Date;
  size: number;
  flags: string[];
  attachments: Attachment[];
  /** The first words of the text; empty when there are none, or when previews were not asked for. */
  preview: string;
  modseq: bigint | null;
  /** The server's own lasting names for the message and its thread (OBJECTID, Gmail). */
  emailId: string | null;
  threadId: string | null;
  /** Why parts of it are missing; absent for a message that could be read. */
  broken?: string;
}

/** Far above what people send, far below what makes an event or a row a burden. */
const most = { recipients: 200, references: 100, subject: 1_000, name: 200, address: 320, header: 998, flags: 100 };

const mostHeaderBytes = 65_536;

/** A row of FETCH as a message. Never throws: what cannot be read is left out, and `broken` says so. */
export function messageOf(row: FetchMessageObject): FetchedMessage {
  const message = emptyMessage(row);
  try {
    const { envelope } = row;
    if (!envelope) message.broken = 'the server gave no envelope';
    message.messageIdHeader = headerOf(envelope?.messageId);
    message.inReplyTo = idsIn(envelope?.inReplyTo)[0] ?? headerOf(envelope?.inReplyTo);
    message.references = referencesIn(row.headers);
    message.from = people(envelope?.from?.length ? envelope.from : envelope?.sender);
    message.to = people(envelope?.to);
    message.cc = people(envelope?.cc);
    message.subject = tidy(String(envelope?.subject ?? ''), most.subject);
    message.date = isoDate(envelope?.date);
    message.attachments = attachmentsOf(row.bodyStructure);
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
    subject: '',
    date: null,
    // A server without the date of arrival: it has just told us, so it came just now.
    internalDate: isStorable(internalDate) ? internalDate : new Date(),
    size: Math.min(row.size ?? 0, 2 ** 31 - 1),
    flags: flagsOf(row.flags),
    attachments: [],
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

function headerOf(value: string | undefined): string | null {
  const folded = tidy(value || '', most.header);
  return folded === '' ? null : folded;
}

/** The ids of a References header, the newest ones when there are too many. */
function referencesIn(headers: Buffer | undefined): string[] {
  if (!headers) return [];
  const unfolded = headers.toString('utf8', 0, mostHeaderBytes).replace(/\r?\n[ \t]+/g, ' ');
  const value = /^references:(.*)$/im.exec(unfolded)?.[1];
  return idsIn(value).slice(-most.references);
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
