/** A send order on its way into the ledger: what both ways of writing it down share. */
import type { Send } from '../db/tables.ts';
import type { MailContent } from '../mail/compose.ts';
import type { SendPayload } from '../queues/orders.ts';
import type { Refusal } from '../words.ts';
import type { LedgerParts } from './ledger.ts';

/** Longer than that a mail waits for nothing: then it has failed. */
export const giveUpAfterMs = 48 * 60 * 60_000;
/** `mac` makes Message-IDs that nobody can guess a key from. */
export type AcceptParts = LedgerParts & { mac?: (text: string) => string };

/** A send order in the ledger, or why it is not there. `goesNow`: nothing stands between it and its first try. */
export type Accepted = { send: Send; goesNow: boolean } | { refusal: Refusal; send?: undefined };

/** An order, and the id that its send gets. */
export type Order = { payload: SendPayload; contentHash: string; id: string };

/** A send that nothing has happened to yet. */
export const untouched = {
  state: 'queued',
  attempt: 0,
  holder: null,
  refusal: null,
  response: null,
  rejected: [],
  copy: 'pending',
  dataSentAt: null,
  endedAt: null,
} as const satisfies Partial<Send>;

/** When it is to go, and from when the 48 hours count. */
export function timesOf({ sendAt: asked }: SendPayload) {
  const sendAt = asked === null ? null : new Date(asked);
  return { sendAt, startAt: isScheduled(sendAt) ? sendAt! : new Date() };
}

/** Is it to go later? */
export const isScheduled = (sendAt: Date | null) => sendAt !== null && sendAt.getTime() > Date.now();

/** What the ledger keeps of an order. */
export function contentOf(payload: SendPayload, from: string, references: string[]): MailContent {
  const { fromName, to, cc, bcc, replyTo, subject, text, html, headers, listUnsubscribe, attachments } = payload;
  return {
    ...{ fromName, to, cc, bcc, replyTo, subject, text, html, headers, listUnsubscribe, attachments },
    from,
    date: new Date().toISOString(),
    inReplyTo: references.at(-1) ?? null,
    references,
  };
}

/** The order names the answered message by Postbud's id and not by its header. */
export const isOurId = (text: string) => /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i.test(text);
