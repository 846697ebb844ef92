/** What comes back of sent mails: answers, our own copies, and reports that somebody did not get one. */
import { and, eq, inArray, or, sql } from 'drizzle-orm';
import { type Locked, type Who, withUser } from '../accounts/user-lock.ts';
import { type Send, sends } from '../db/tables.ts';
import { asciiAddress } from '../mail/compose.ts';
import type { FetchedMessage } from '../mail/imap.ts';
import type { Report } from '../mail/reports/index.ts';
import type { LedgerParts } from './ledger.ts';
import { looksLikeOurs } from './message-name.ts';
import { isOurId, refOf } from './order.ts';

/** Which send a message answers, and which send it is itself: the copy in Sent. */
export type Links = { inReplyToSendId?: string; sendId?: string };

type Linked = Pick<FetchedMessage, 'uid' | 'messageIdHeader' | 'inReplyTo' | 'references'>;

/** Parents that are looked at: the nearest are the likeliest to be a mail of ours. */
const mostParents = 10;

type Parts = Pick<LedgerParts, 'db' | 'wake'>;

/**
 * The sends that messages of a batch belong to, by their UIDs. One statement, and none at all for messages that name
 * nothing of the form of our Message-IDs: of most mail nothing is asked. Nobody can name a mail who has not got it, so one
 * in doubt that is answered, or lies in the mailbox itself, went out: unless some had it before the try that is in doubt.
 */
export async function linksOf(
  parts: Parts,
  who: Who,
  accountId: string,
  batch: readonly Linked[],
): Promise<Map<number, Links>> {
  const named = batch.map(({ uid, messageIdHeader, inReplyTo, references }) => ({
    uid,
    own: messageIdHeader !== null && looksLikeOurs(messageIdHeader) ? messageIdHeader : null,
    parents: [...new Set([...(inReplyTo ? [inReplyTo] : []), ...references.toReversed()])]
      .filter(looksLikeOurs)
      .slice(0, mostParents),
  }));
  const asked = [...new Set(named.flatMap(({ own, parents }) => (own === null ? parents : [own, ...parents])))];
  if (asked.length === 0) return new Map();
  const rows = await parts.db
    .select({ id: sends.id, header: sends.messageIdHeader, state: sends.state, delivered: sends.delivered })
    .from(sends)
    .where(and(eq(sends.accountId, accountId), inArray(sends.messageIdHeader, asked)));
  const ids = new Map(rows.map(({ id, header }) => [header, id]));
  for (const { id } of rows.filter(({ state, delivered }) => state === 'in-doubt' && delivered.length === 0)) {
    await withUser(parts, who, (locked) => wentOut(locked, id, 'its copy or an answer to it came in'));
  }
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
 * Write down that recipients did not get a mail, and tell each of them once, however often it is reported. A report shows
 * as well that a mail in doubt went out.
 *
 * Anybody can write a report. One that names the envelope comes from a mail server on the way: nobody else sees its name.
 * Any other knows the Message-ID, so it comes from somebody who got the mail, and is believed about the mail's recipients
 * and nobody else: else one mail to a stranger would let them declare a tenant's customers unreachable.
 * @returns the send that it was about; null when it is none of this mailbox.
 */
export async function writeBounces(
  parts: Parts,
  who: Who,
  accountId: string,
  { originals, envelopes, failures }: Report,
): Promise<string | null> {
  const headers = originals.filter(looksLikeOurs);
  const ids = envelopes.filter(isOurId).map((id) => id.toLowerCase());
  if (headers.length + ids.length === 0) return null;
  const named = or(inArray(sends.id, ids), inArray(sends.messageIdHeader, headers));
  const found = await parts.db
    .select({ id: sends.id, header: sends.messageIdHeader })
    .from(sends)
    .where(and(eq(sends.accountId, accountId), named));
  const known =
    found.find(({ id }) => ids.includes(id)) ??
    headers.map((header) => found.find((one) => one.header === header)).find((one) => one !== undefined);
  if (!known) return null;
  await withUser(parts, who, async (locked) => {
    const { tx, emit } = locked;
    const [send] = await tx.select().from(sends).where(eq(sends.id, known.id)).for('update');
    if (!send || send.attempt === 0) return;
    const about = { accountId };
    const fresh = believed(send, failures, ids.includes(send.id));
    const { delivered, recipients } = send;
    const waited = recipients.filter((address) => !delivered.includes(address));
    if (delivered.length === 0 || fresh.some(({ recipient }) => waited.includes(recipient))) {
      await wentOut(locked, known.id, 'a delivery report came in for it');
    }
    if (fresh.length === 0) return;
    const at = new Date().toISOString();
    await tx
      .update(sends)
      .set({ bounces: [...send.bounces, ...fresh.map((one) => ({ ...one, at }))] })
      .where(eq(sends.id, send.id));
    for (const one of fresh) emit('send.bounced', { ...refOf(send), ...one }, about);
  });
  return known.id;
}

/** Something shows that a mail in doubt went out. */
async function wentOut({ tx, emit }: Locked, sendId: string, response: string): Promise<void> {
  const [send] = await tx
    .update(sends)
    .set({
      state: 'accepted',
      response,
      refusal: null,
      lookAt: null,
      // It may be in Sent already: it is looked for before it is appended.
      copy: sql`case when ${sends.content} is null then 'failed' else 'filing' end`,
    })
    .where(and(eq(sends.id, sendId), eq(sends.state, 'in-doubt')))
    .returning();
  if (!send) return;
  const copy = send.copy === 'filing' ? 'pending' : send.copy;
  const told = { ...refOf(send), response, rejectedRecipients: send.rejected, copy };
  emit('send.sent', told, { accountId: send.accountId });
}

/** What is new in a report, each recipient under the address that the mail went to. */
function believed(
  { recipients, bounces }: Pick<Send, 'recipients' | 'bounces'>,
  failures: Report['failures'],
  proved: boolean,
) {
  const ours = new Map(recipients.map((address) => [address.toLowerCase(), address]));
  const known = new Set(bounces.map(({ recipient }) => recipient));
  return failures.flatMap(({ recipient, final, status, diagnostic }) => {
    const found = [recipient, final ?? ''].map((one) => ours.get(asciiAddress(one).toLowerCase())).find(Boolean);
    // Who forwards a mail may be told of under the address that it was forwarded to.
    const named = found ?? (recipients.length === 1 ? recipients[0]! : proved ? recipient : undefined);
    if (named === undefined || known.has(named)) return [];
    known.add(named);
    return [{ recipient: named, status, diagnostic }];
  });
}
