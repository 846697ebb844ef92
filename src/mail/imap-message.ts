import type { Person } from '../words.ts';
import { decodeWords } from './encoded-words.ts';
import { headersIn, listIdIn, mostHeaderBytes } from './imap-headers.ts';
import { type Attachment, type MessagePart, type ReadablePart, structureOf } from './imap-structure.ts';
import { listIn, modseqIn, numberIn, type Row, type Token, textIn } from './imap-tokens.ts';
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
   * when it has more recipients, attachments or references than are kept.
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
const most = { recipients: 1_000, references: 100, subject: 1_000, name: 200, address: 320, header: 998 };

/** A message on its way, with what its preview is made from. */
export type Read = { message: FetchedMessage; text?: ReadablePart | undefined; first?: Buffer | undefined };

/** A row of FETCH as a message. Never throws: what cannot be read is left out, and `broken` says so. */
export function messageOf(row: Row, uid: number, flags: string[]): Read {
  const { items, garbled } = row;
  const message = emptyMessage(items, uid, flags);
  try {
    const envelope = items.get('ENVELOPE');
    if (Array.isArray(envelope)) readEnvelope(message, envelope);
    else message.broken = 'the server gave no envelope';
    readHeaders(message, items.get('BODY[HEADER.FIELDS]'));
    const { attachments, textParts, marks, readable } = structureOf(items.get('BODYSTRUCTURE'));
    message.attachments = attachments;
    message.textParts = textParts;
    for (const mark of marks) addMark(message, mark);
    if (garbled !== undefined) message.broken = `the server garbled its description: ${garbled}`;
    const first = items.get('BODY[1]');
    return { message, text: readable, first: Buffer.isBuffer(first) ? first : undefined };
  } catch (error) {
    message.broken = `it could not be read: ${(error as Error).message}`.slice(0, 200);
    return { message };
  }
}

function emptyMessage(items: Row['items'], uid: number, flags: string[]): FetchedMessage {
  return {
    uid,
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
    internalDate: dateIn(textIn(items.get('INTERNALDATE'))) ?? new Date(),
    size: Math.min(numberIn(items.get('RFC822.SIZE'), Number.MAX_SAFE_INTEGER) ?? 0, 2 ** 31 - 1),
    flags,
    listId: null,
    autoSubmitted: null,
    attachments: [],
    textParts: [],
    marks: [],
    preview: '',
    modseq: modseqIn(items.get('MODSEQ')),
    emailId: objectId(items.get('EMAILID') ?? items.get('X-GM-MSGID')),
    threadId: objectId(items.get('THREADID') ?? items.get('X-GM-THRID')),
  };
}

/** Date, Subject, From, Sender, Reply-To, To, Cc, Bcc, In-Reply-To, Message-ID (RFC 9051 section 7.5.2). */
function readEnvelope(message: FetchedMessage, envelope: Token[]) {
  const [date, subject, from, sender, replyTo, to, cc, , inReplyTo, messageId] = envelope;
  message.messageIdHeader = headerOf(textIn(messageId));
  const answers = textIn(inReplyTo);
  message.inReplyTo = idsIn(answers)[0] ?? headerOf(answers);
  message.from = people(from, message);
  if (message.from.length === 0) message.from = people(sender, message);
  message.to = people(to, message);
  message.cc = people(cc, message);
  message.replyTo = otherThan(message.from, people(replyTo, message));
  message.subject = tidy(decodeWords(textIn(subject)), most.subject);
  message.date = dateIn(textIn(date))?.toISOString() ?? null;
}

function readHeaders(message: FetchedMessage, block: Token | undefined) {
  const { references, listId, autoSubmitted, marks } = headersIn(block);
  message.references = references === undefined ? [] : idsIn(references).slice(-most.references);
  message.listId = listId === undefined ? null : headerOf(listIdIn(listId));
  message.autoSubmitted = autoSubmitted ?? null;
  for (const mark of marks) addMark(message, mark);
}

function addMark(message: FetchedMessage, mark: string) {
  if (!message.marks.includes(mark)) message.marks.push(mark);
}

/** Each address is name, route, mailbox and host. One without a host begins or ends a group (RFC 9051 section 7.5.2). */
function people(token: Token | undefined, message: FetchedMessage): Person[] {
  const found: Person[] = [];
  for (const entry of listIn(token)) {
    if (found.length === most.recipients) {
      addMark(message, 'cut');
      break;
    }
    const [name, , mailbox, host] = listIn(entry);
    const person = {
      name: nameOf(textIn(name)),
      address: tidy(addressOf(textIn(mailbox), textIn(host)), most.address),
    };
    if (person.address === '' && person.name === '') person.name = nameOf(textIn(mailbox));
    if (person.name !== '' || person.address !== '') found.push(person);
  }
  return found;
}

const addressOf = (mailbox: string, host: string) => (host === '' ? '' : `${mailbox}@${host}`);

function nameOf(text: string): string {
  if (text === '') return '';
  const name = decodeWords(text);
  const unquoted = name.length > 2 && name.startsWith('"') && name.endsWith('"') ? name.slice(1, -1) : name;
  return tidy(unquoted, most.name);
}

/** Servers answer with From where there is no Reply-To (RFC 9051 section 7.5.2). */
function otherThan(from: Person[], list: Person[]): Person[] {
  const isSame = list.length === from.length && list.every(({ address }, at) => address === from[at]!.address);
  return isSame ? [] : list;
}

function headerOf(value: string): string | null {
  if (value === '') return null;
  const folded = tidy(value, most.header);
  return folded === '' ? null : folded;
}

function objectId(token: Token | undefined): string | null {
  return headerOf(textIn(Array.isArray(token) ? token[0] : token));
}

function idsIn(value: string): string[] {
  if (value === '') return [];
  const ids = value.slice(0, mostHeaderBytes).match(/<[^<>\s]{1,996}>/g) ?? [];
  return [...new Set(ids.map((id) => tidy(id, most.header)))];
}

/** A date that can be stored: Postgres and JSON readers disagree about years of five digits and about years before Christ. */
function dateIn(text: string): Date | undefined {
  if (text === '') return undefined;
  const date = new Date(text);
  return date.getTime() >= 0 && date.getUTCFullYear() <= 9_999 ? date : undefined;
}
