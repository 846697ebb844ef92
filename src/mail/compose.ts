import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { domainToASCII } from 'node:url';
import MailComposer from 'nodemailer/lib/mail-composer';
import type { SendPayload } from '../queues/orders.ts';
import { plainTextOf } from './html-text.ts';

/** What the ledger keeps of a mail: the order's texts, and what was decided when it was accepted. */
export type MailContent = Pick<
  SendPayload,
  'fromName' | 'to' | 'cc' | 'bcc' | 'replyTo' | 'subject' | 'text' | 'html' | 'headers' | 'listUnsubscribe'
> & {
  listUnsubscribeOneClick?: boolean;
  attachments: Attached[];
  from: string;
  /** The time of acceptance: the same mail composed again has the same bytes. */
  date: string;
  inReplyTo: string | null;
  references: string[];
};

/** An attachment as the ledger keeps it: with its bytes in base64, or the name of bytes that were uploaded. */
export type Attached = { filename: string; contentType: string; cid: string | null } & (
  | { content: string }
  | { blobId: string; size: number }
);

/** How the bytes of an upload are read. */
export type ReadBlob = (blobId: string, size: number) => AsyncIterable<Buffer>;

/** A mail's bytes: whole where it is small, and in pieces where something was uploaded. */
export type Written = { body: Buffer | Readable; size: number };

/** `ascii`: of a mail that names addresses outside of ASCII, what those get who cannot be given such headers. */
export type OpenMail = Written & { ascii?: () => Promise<Written> };

/** Whose mail it is, and which one. */
type Key = { tenantId: string; userId: string; idempotencyKey: string };

/**
 * The Message-ID of a send. It is made from the idempotency key, so that the same order can never have two.
 * @param mac keeps others from finding out keys by guessing; the default is a plain hash.
 */
export function messageIdOf(key: Key, address: string, mac?: (text: string) => string): string {
  return `<${messageNameOf(key, mac)}@${asciiAddress(address).split('@').at(-1)}>`;
}

/** The part of it before the `@`. */
export function messageNameOf({ tenantId, userId, idempotencyKey }: Key, mac = sha256): string {
  return mac(JSON.stringify([tenantId, userId, idempotencyKey]))
    .replace(/[^A-Za-z0-9]/g, '')
    .slice(0, 32);
}

/**
 * The bytes of a mail (RFC 5322, CRLF). Two calls with the same content give the same bytes.
 * @param bcc for the sender's own copy, which says who got it; no mail that goes out names them.
 */
export async function compose(
  content: MailContent,
  messageIdHeader: string,
  readBlob?: ReadBlob,
  { bcc = false }: { bcc?: boolean } = {},
): Promise<Buffer> {
  const bytesOf = (one: Blob) => Readable.from(blobOf(readBlob, one), { objectMode: false });
  return treeOf(content, messageIdHeader, bytesOf, { bcc }).build();
}

/**
 * The same bytes, and how many they are before the first of them is made: a server that takes no mail of that size is not
 * sent one. What was uploaded is read as it goes out, and is never whole in memory.
 */
export async function openMail(content: MailContent, messageIdHeader: string, readBlob: ReadBlob): Promise<OpenMail> {
  const { from, to, cc, replyTo } = content;
  const named = [from, ...[...to, ...cc, ...(replyTo ? [replyTo] : [])].map(({ address }) => address)];
  const written = await write(content, messageIdHeader, readBlob);
  if (named.every(isAsciiAddress)) return written;
  return { ...written, ascii: () => write(content, messageIdHeader, readBlob, true) };
}

async function write(
  content: MailContent,
  messageIdHeader: string,
  readBlob: ReadBlob,
  ascii = false,
): Promise<Written> {
  const uploaded = content.attachments.flatMap((one) => ('blobId' in one ? [one] : []));
  // Without them it is small: an order is.
  const bare = await treeOf(content, messageIdHeader, () => '', { ascii }).build();
  if (uploaded.length === 0) return { body: bare, size: bare.length };
  const size = uploaded.reduce((sum, one) => sum + encodedLength(one.size), bare.length);
  const pieces = (one: Blob) => Readable.from(blobOf(readBlob, one), { objectMode: false });
  // Begun when somebody reads it, so that an error of reading finds somebody.
  async function* read() {
    yield* treeOf(content, messageIdHeader, pieces, { ascii }).createReadStream();
  }
  return { body: Readable.from(read(), { objectMode: false }), size };
}

type Blob = Extract<Attached, { blobId: string }>;

async function* blobOf(readBlob: ReadBlob | undefined, { blobId, size }: Blob): AsyncGenerator<Buffer> {
  if (!readBlob) throw new Error('this mail has uploads, and nobody said how to read them');
  yield* readBlob(blobId, size);
}

/** Base64 in lines of 76 (RFC 2045), without a line end after the last one. */
function encodedLength(bytes: number): number {
  const letters = Math.ceil(bytes / 3) * 4;
  return letters + Math.max(0, Math.ceil(letters / 76) - 1) * 2;
}

function treeOf(
  content: MailContent,
  messageIdHeader: string,
  bytesOf: (one: Blob) => Readable | string,
  { ascii = false, bcc = false }: { ascii?: boolean; bcc?: boolean } = {},
) {
  const { html, replyTo } = content;
  // RFC 6857 3.1: who cannot be named is told of as a group without members.
  const named = (one: Person) =>
    ascii && !isAsciiAddress(one.address) ? `${quoted(`${one.name} ${one.address}`)}:;` : person(one);
  const text = content.text?.trim() ? content.text : html === null ? (content.text ?? '') : plainTextOf(html);
  const composer = new MailComposer({
    from: { name: oneLine(content.fromName), address: content.from },
    to: content.to.map(named),
    cc: content.cc.map(named),
    ...(bcc && { bcc: content.bcc.map(person) }),
    ...(replyTo && !(ascii && !isAsciiAddress(replyTo.address)) && { replyTo: person(replyTo) }),
    subject: oneLine(content.subject),
    messageId: messageIdHeader,
    date: new Date(content.date),
    ...(content.inReplyTo && { inReplyTo: content.inReplyTo }),
    ...(content.references.length > 0 && { references: content.references }),
    headers: headersOf(content),
    text: inLines(text),
    ...(html !== null && { html: inLines(html) }),
    attachments: content.attachments.map((attachment) => ({
      filename: oneLine(attachment.filename),
      contentType: mediaType(attachment.contentType),
      content: 'blobId' in attachment ? bytesOf(attachment) : Buffer.from(attachment.content, 'base64'),
      ...(attachment.cid && { cid: attachment.cid.replace(/[^!-~]|[<>()"\\,;:[\]]/g, '').slice(0, 255) }),
    })),
    // What is attached is in the order; nothing is ever read from a file or fetched.
    disableFileAccess: true,
    disableUrlAccess: true,
    newline: 'windows',
    boundaryPrefix: '--=_',
    // Made from the content as well, so that no text can foresee the line that would end its part.
    baseBoundary: sha256(JSON.stringify([messageIdHeader, content])).slice(0, 24),
  });
  const tree = composer.compile();
  tree.keepBcc = bcc;
  return tree;
}

/** Everyone it goes to, once each, also those in Bcc; domains as the DNS has them. */
export function recipientsOf({ to, cc, bcc }: Pick<MailContent, 'to' | 'cc' | 'bcc'>): string[] {
  return [...new Set([...to, ...cc, ...bcc].map(({ address }) => asciiAddress(address)))];
}

/** An address for the envelope: its domain in ASCII (IDNA), its local part as it is. */
export function asciiAddress(address: string): string {
  const at = address.lastIndexOf('@');
  const domain = address.slice(at + 1);
  return `${address.slice(0, at)}@${(/[^\x00-\x7f]/.test(domain) && domainToASCII(domain)) || domain.toLowerCase()}`;
}

/** Can every server be given it? An international domain can be written in ASCII, what stands before the `@` cannot. */
export const isAsciiAddress = (address: string): boolean => !/[^\x00-\x7f]/.test(asciiAddress(address));

/** The Message-IDs in a header's text, each in its angle brackets; a bare one gets them. */
export function messageIdsIn(text: string): string[] {
  const found = text.match(/<[^<>\s\x00-\x1f\x7f]{1,900}>/g);
  if (found) return found;
  const bare = text.trim();
  return /^[^<>\s\x00-\x1f\x7f]{1,900}$/.test(bare) && bare.includes('@') ? [`<${bare}>`] : [];
}

/** What stands in List-Unsubscribe (RFC 2369): links and nothing else. */
export function unsubscribeLinks({ listUnsubscribe }: Pick<MailContent, 'listUnsubscribe'>): string[] {
  const line = oneLine(listUnsubscribe ?? '', mostUnbroken.value);
  const given = line.match(/<[^<>]*>/g)?.map((link) => link.slice(1, -1)) ?? [line];
  return given.filter((link) => /^(?:https?|mailto):[^\s<>]+$/i.test(link));
}

function headersOf({ headers, listUnsubscribe, listUnsubscribeOneClick }: MailContent): Record<string, string> {
  const own = Object.entries(headers)
    .filter(([name]) => /^X-[A-Za-z0-9-]{1,70}$/i.test(name))
    .map(([name, value]) => [name, oneLine(value, mostUnbroken.value)]);
  const links = unsubscribeLinks({ listUnsubscribe });
  if (links.length > 0) own.push(['List-Unsubscribe', links.map((link) => `<${link}>`).join(', ')]);
  // RFC 8058: said only of a link that does it.
  if (listUnsubscribeOneClick && links.some((link) => /^https:/i.test(link))) {
    own.push(['List-Unsubscribe-Post', 'List-Unsubscribe=One-Click']);
  }
  return Object.fromEntries(own);
}

/**
 * A header is one line: whatever could begin another one is a space. A line is folded at spaces and may have 998 octets
 * (RFC 5322 2.1.1), so that what goes on for longer without one gets one; in a text each letter may need a backslash.
 */
const mostUnbroken = { text: 400, value: 900 };
function oneLine(text: string, most = mostUnbroken.text): string {
  const line = text.replace(/[\x00-\x1f\x7f\u0085\u2028\u2029]+/g, ' ').trim();
  return line.length > most ? line.replace(new RegExp(`\\S{${most}}(?=\\S)`, 'g'), '$& ') : line;
}

/** A lone CR or LF is where servers begin to disagree about the end of a mail, and one mail becomes two. */
const inLines = (text: string) => text.replace(/\r\n?/g, '\n').replaceAll('\0', '');

type Person = { name: string; address: string };
const person = ({ name, address }: Person) => ({ name: oneLine(name), address });

const quoted = (text: string) => `"${oneLine(text).replace(/["\\]/g, '\\$&')}"`;

/** `type/subtype` and a charset; anything else is bytes. */
function mediaType(text: string): string {
  const found = /^\s*([\w!#$&^.+-]{1,100}\/[\w!#$&^.+-]{1,100})\s*(?:;\s*charset="?([\w.:-]{1,40})"?)?/i.exec(text);
  if (!found || /^(?:multipart|message)\//i.test(found[1]!)) return 'application/octet-stream';
  return found[2] ? `${found[1]}; charset=${found[2]}` : found[1]!;
}

const sha256 = (text: string) => createHash('sha256').update(text, 'utf8').digest('hex');
