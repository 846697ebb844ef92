/** A mail that some of its recipients have and others do not: nobody gets it twice, and nobody is forgotten. */
import type { Send, sends } from '../db/tables.ts';
import { type MailContent, recipientsOf } from '../mail/compose.ts';
import { refOf } from './order.ts';

type Row = Pick<
  Send,
  'id' | 'accountId' | 'idempotencyKey' | 'messageIdHeader' | 'delivered' | 'rejected' | 'content' | 'response' | 'copy'
>;

/** Those who are still to get it: in the order of the mail, without those who have it and those who never will. */
export function waitingRecipients(send: Pick<Row, 'delivered' | 'rejected'> & { content: unknown }): string[] {
  const done = new Set([...send.delivered, ...send.rejected.map(({ address }) => address)]);
  return recipientsOf(send.content as MailContent).filter((address) => !done.has(address));
}

/** Give up the recipients that still wait, of a mail that others have: it was sent, and not to them. */
export function partlyEnded(send: Row, why: string) {
  const given = waitingRecipients(send).map((address) => ({ address, response: why }));
  const rejected = [...send.rejected, ...given];
  const response = send.response ?? '';
  const copy = send.copy === 'filing' ? ('pending' as const) : send.copy;
  return {
    /** To be told once the row has changed. */
    told: { ...refOf(send), response, rejectedRecipients: rejected, copy },
    values: { state: 'accepted', rejected, refusal: null, holder: null, endedAt: new Date() } satisfies Partial<
      typeof sends.$inferInsert
    >,
  };
}
