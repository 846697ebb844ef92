/** A send order on its way into the ledger: what both ways of writing it down share. */
import type { OriginalMark, Send } from '../db/tables.ts';
import { type Attached, type MailContent, messageIdsIn, recipientsOf, unsubscribeLinks } from '../mail/compose.ts';
import type { Reason } from '../mail/refusals/index.ts';
import type { SendPayload } from '../queues/orders.ts';
import type { Refusal } from '../words.ts';
import type { LedgerParts } from './ledger.ts';

/** Longer than that a mail waits for nothing, unless the installation says otherwise: then it has failed. */
export const usualGiveUpAfterMs = 48 * 60 * 60_000;
/** `mac` makes Message-IDs that nobody can guess a key from. */
export type AcceptParts = LedgerParts & {
  mac?: (text: string) => string;
  giveUpAfterMs?: number;
  /** How the usual orders are written, where many come; default: each by itself. */
  writeAtOnce?: (order: Order) => Promise<Accepted | null>;
};

/** A send order in the ledger, or why it is not there. `goesNow`: nothing stands between it and its first try. */
export type Accepted = { send: Send; goesNow: boolean } | { refusal: Refusal; send?: undefined };

/** An order that cannot be carried out as it is. Nothing was written. */
export class OrderRefused extends Error {
  override name = 'OrderRefused';
  readonly reason: Reason;

  constructor(reason: Reason, response: string) {
    super(response);
    this.reason = reason;
  }
}

/** What all events of a send carry. */
export const refOf = ({
  id,
  idempotencyKey,
  messageIdHeader,
}: Pick<Send, 'id' | 'idempotencyKey' | 'messageIdHeader'>) => ({
  sendId: id,
  idempotencyKey,
  messageIdHeader,
});

/** An order, and the id that its send gets. */
export type Order = { payload: SendPayload; contentHash: string; id: string };

/** A send that nothing has happened to yet. */
export const untouched = {
  state: 'queued',
  attempt: 0,
  holder: null,
  lane: 0,
  triedAt: null,
  recipients: [],
  refusal: null,
  response: null,
  rejected: [],
  copy: 'pending',
  dataSentAt: null,
  endedAt: null,
  delivered: [],
  lookAt: null,
  looks: 0,
  bounces: [],
} as const satisfies Partial<Send>;

/** When it is to go, and from when the 48 hours count. */
export function timesOf({ sendAt: asked }: SendPayload) {
  const sendAt = asked === null ? null : new Date(asked);
  return { sendAt, startAt: isScheduled(sendAt) ? sendAt! : new Date() };
}

/** Is it to go later? */
export const isScheduled = (sendAt: Date | null) => sendAt !== null && sendAt.getTime() > Date.now();

/** What the ledger keeps of an order. `date`: when it is to be read as written. */
export function contentOf(
  payload: SendPayload,
  { from, references, attachments, date }: { from: string; references: string[]; attachments: Attached[]; date: Date },
): MailContent {
  const { fromName, to, cc, bcc, replyTo, subject, text, html, headers, listUnsubscribe } = payload;
  const { listUnsubscribeOneClick } = payload;
  return {
    ...{ fromName, to, cc, bcc, replyTo, subject, text, html, headers, listUnsubscribe, listUnsubscribeOneClick },
    attachments,
    from,
    date: date.toISOString(),
    inReplyTo: references.at(-1) ?? null,
    references,
  };
}

/**
 * A mail that cannot be sent as it was ordered.
 * @throws {OrderRefused}
 */
export function checkContent(
  content: Pick<MailContent, 'to' | 'cc' | 'bcc' | 'listUnsubscribe' | 'listUnsubscribeOneClick'>,
): void {
  if (recipientsOf(content).length === 0) {
    throw new OrderRefused('send.recipient_rejected', 'the order names no recipient');
  }
  if (content.listUnsubscribeOneClick && !unsubscribeLinks(content).some((link) => /^https:/i.test(link))) {
    throw new OrderRefused('send.content_rejected', 'listUnsubscribeOneClick wants an https link in listUnsubscribe');
  }
}

/** The columns that hold the mail itself. */
export const textColumns = (content: MailContent) => ({ content, recipients: recipientsOf(content) });

/** The order names the answered message by Postbud's id and not by its header. */
export const isOurId = (text: string) => /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i.test(text);

/** Which message of the mailbox is marked as answered or forwarded once the mail is out, if any is. */
export function originalOf({
  inReplyTo,
  forwardOf,
}: Pick<SendPayload, 'inReplyTo' | 'forwardOf'>): OriginalMark | null {
  const named = inReplyTo ?? forwardOf;
  if (named === null) return null;
  const flag = inReplyTo === null ? '$Forwarded' : '\\Answered';
  if (isOurId(named)) return { messageId: named.toLowerCase(), flag };
  const header = messageIdsIn(named).at(-1);
  return header === undefined ? null : { header, flag };
}
