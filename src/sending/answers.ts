/** What comes back of sent mails: answers, our own copies, and reports that somebody did not get one. */
import { and, eq, inArray, sql } from 'drizzle-orm';
import { type Who, withUser } from '../accounts/user-lock.ts';
import type { Drizzle } from '../db/database.ts';
import { sends } from '../db/tables.ts';
import type { FetchedMessage } from '../mail/imap.ts';
import type { Report } from '../mail/reports/index.ts';
import type { LedgerParts } from './ledger.ts';
import { looksLikeOurs } from './message-name.ts';
import { refOf } from './order.ts';

/** Which send a message answers, and which send it is itself: the copy in Sent. */
export type Links = { inReplyToSendId?: string; sendId?: string };

type Linked = Pick<FetchedMessage, 'uid' | 'messageIdHeader' | 'inReplyTo' | 'references'>;

/** Parents that are looked at: the nearest are the likeliest to be a mail of ours. */
const mostParents = 10;

/**
 * The sends that messages of a batch belong to, by their UIDs. One statement, and none at all for messages that name
 * nothing of the form of our Message-IDs: of most mail nothing is asked.
 */
export async function linksOf(db: Drizzle, accountId: string, batch: readonly Linked[]): Promise<Map<number, Links>> {
  const named = batch.map(({ uid, messageIdHeader, inReplyTo, references }) => ({
    uid,
    own: messageIdHeader !== null && looksLikeOurs(messageIdHeader) ? messageIdHeader : null,
    parents: [...new Set([...(inReplyTo ? [inReplyTo] : []), ...references.toReversed()])]
      .filter(looksLikeOurs)
      .slice(0, mostParents),
  }));
  const asked = [...new Set(named.flatMap(({ own, parents }) => (own === null ? parents : [own, ...parents])))];
  if (asked.length === 0) return new Map();
  const rows = await db
    .select({ id: sends.id, header: sends.messageIdHeader, state: sends.state })
    .from(sends)
    .where(and(eq(sends.accountId, accountId), inArray(sends.messageIdHeader, asked)));
  const ids = new Map(rows.map(({ id, header }) => [header, id]));
  return new Map(
    named.flatMap(({ uid, own, parents }) => {
      const sendId = own === null ? undefined : ids.get(own);
      const answered = parents.find((parent) => ids.has(parent));
      if (sendId === undefined && answered === undefined) return [];
      return [[uid, { ...(sendId && { sendId }), ...(answered && { inReplyToSendId: ids.get(answered)! }) }]];
    }),
  );
}

/**
 * Write down that recipients did not get a mail, and tell each of them once, however often its report is read. A report
 * shows as well that a mail in doubt went out.
 * @returns the send that it was about; null when it is none of this mailbox.
 */
export async function writeBounces(
  parts: Pick<LedgerParts, 'db' | 'wake'>,
  who: Who,
  accountId: string,
  { originals, failures }: Report,
): Promise<string | null> {
  const ours = originals.filter(looksLikeOurs);
  if (ours.length === 0) return null;
  const ofThem = and(eq(sends.accountId, accountId), inArray(sends.messageIdHeader, ours));
  const [known] = await parts.db.select({ id: sends.id }).from(sends).where(ofThem).limit(1);
  if (!known) return null;
  await withUser(parts, who, async ({ tx, emit }) => {
    const [send] = await tx.select().from(sends).where(eq(sends.id, known.id)).for('update');
    if (!send) return;
    const about = { accountId };
    const seen = new Set(send.bounces.map(({ recipient, status }) => `${recipient} ${status}`));
    const fresh = failures.filter(({ recipient, status }) => !seen.has(`${recipient} ${status}`));
    if (fresh.length === 0) return;
    if (send.state === 'in-doubt') {
      const response = 'a delivery report came in for it';
      emit('send.sent', { ...refOf(send), response, rejectedRecipients: send.rejected, copy: 'pending' }, about);
      const copy = sql`case when ${sends.content} is null then 'failed' else 'filing' end`;
      await tx.update(sends).set({ state: 'accepted', response, lookAt: null, copy }).where(eq(sends.id, send.id));
    }
    await tx
      .update(sends)
      .set({ bounces: [...send.bounces, ...fresh.map((one) => ({ ...one, at: new Date().toISOString() }))] })
      .where(eq(sends.id, send.id));
    for (const one of fresh) emit('send.bounced', { ...refOf(send), ...one }, about);
  });
  return known.id;
}
