import { createHash } from 'node:crypto';
import { domainToASCII } from 'node:url';
import MailComposer from 'nodemailer/lib/mail-composer';
import type { SendPayload } from '../queues/orders.ts';

/** What the ledger keeps of a mail: the order's texts, and what was decided when it was accepted. */
export type MailContent = Pick<
  SendPayload,
  | 'fromName'
  | 'to'
  | 'cc'
  | 'bcc'
  | 'replyTo'
  | 'subject'
  | 'text'
  | 'html'
  | 'headers'
  | 'listUnsubscribe'
  | 'attachments'
> & {
  from: string;
  /** The time of acceptance: the same mail composed again has the same bytes. */
  date: string;
  inReplyTo: string | null;
  references: string[];
};

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

/** The bytes of a mail (RFC 5322, CRLF). Two calls with the same content give the same bytes; Bcc is not in them. */
export async function compose(content: MailContent, messageIdHeader: string): Promise<Buffer> {
  const composer = new MailComposer({
    from: { name: oneLine(content.fromName), address: content.from },
    to: content.to.map(person),
    cc: content.cc.map(person),
    ...(content.replyTo && { replyTo: person(content.replyTo) }),
    subject: oneLine(content.subject),
    messageId: messageIdHeader,
    date: new Date(content.date),
    ...(content.inReplyTo && { inReplyTo: content.inReplyTo }),
    ...(content.references.length > 0 && { references: content.references }),
    headers: headersOf(content),
    ...(content.text !== null || content.html === null ? { text: content.text ?? '' } : {}),
    ...(content.html !== null && { html: content.html }),
    attachments: content.attachments.map((attachment) => ({
      filename: oneLine(attachment.filename),
      contentType: mediaType(attachment.contentType),
      content: Buffer.from(attachment.content, 'base64'),
      ...(attachment.cid && { cid: attachment.cid.replace(/[\s<>\x00-\x1f\x7f]/g, '') }),
    })),
    // What is attached is in the order; nothing is ever read from a file or fetched.
    disableFileAccess: true,
    disableUrlAccess: true,
    newline: 'windows',
    boundaryPrefix: '--=_',
    // Made from the content as well, so that no text can foresee the line that would end its part.
    baseBoundary: sha256(JSON.stringify([messageIdHeader, content])).slice(0, 24),
  });
  const message = composer.compile();
  return message.build();
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

/** The Message-IDs in a header's text, each in its angle brackets; a bare one gets them. */
export function messageIdsIn(text: string): string[] {
  const found = text.match(/<[^<>\s\x00-\x1f\x7f]{1,900}>/g);
  if (found) return found;
  const bare = text.trim();
  return /^[^<>\s\x00-\x1f\x7f]{1,900}$/.test(bare) && bare.includes('@') ? [`<${bare}>`] : [];
}

function headersOf({ headers, listUnsubscribe }: MailContent): Record<string, string> {
  const own = Object.entries(headers)
    .filter(([name]) => /^X-[A-Za-z0-9-]{1,70}$/i.test(name))
    .map(([name, value]) => [name, oneLine(value)]);
  const link = listUnsubscribe && oneLine(listUnsubscribe).replace(/^<|>$/g, '');
  // RFC 2369: only links, in angle brackets.
  if (link && /^(?:https?|mailto):[^\s<>]+$/i.test(link)) own.push(['List-Unsubscribe', `<${link}>`]);
  return Object.fromEntries(own);
}

/** A header is one line: whatever could begin another one is a space. */
const oneLine = (text: string) => text.replace(/[\x00-\x1f\x7f\u0085\u2028\u2029]+/g, ' ').trim();

const person = ({ name, address }: { name: string; address: string }) => ({ name: oneLine(name), address });

/** `type/subtype` and a charset; anything else is bytes. */
function mediaType(text: string): string {
  const found = /^\s*([\w!#$&^.+-]{1,100}\/[\w!#$&^.+-]{1,100})\s*(?:;\s*charset="?([\w.:-]{1,40})"?)?/i.exec(text);
  if (!found || /^(?:multipart|message)\//i.test(found[1]!)) return 'application/octet-stream';
  return found[2] ? `${found[1]}; charset=${found[2]}` : found[1]!;
}

const sha256 = (text: string) => createHash('sha256').update(text, 'utf8').digest('hex');
