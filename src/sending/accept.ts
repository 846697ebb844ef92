import { randomUUIDv7 } from 'node:crypto';
import { and, eq, sql } from 'drizzle-orm';
import { type Locked, type Who, withUser } from '../accounts/user-lock.ts';
import { type Account, accounts, messages, sends } from '../db/tables.ts';
import { asciiAddress, messageIdOf, messageIdsIn } from '../mail/compose.ts';
import { refusalOf } from '../mail/errors.ts';
import type { Reason } from '../mail/refusals/index.ts';
import type { SendPayload } from '../queues/orders.ts';
import { writeAtOnce } from './accept-at-once.ts';
import { attachmentsOf, keepBlobs } from './attachments.ts';
import { hashOf } from './content-hash.ts';
import { canSendNow } from './ledger.ts';
import {
  type Accepted,
  type AcceptParts,
  checkContent,
  contentOf,
  isOurId,
  isScheduled,
  type Order,
  OrderRefused,
  originalOf,
  textColumns,
  timesOf,
  untouched,
  usualGiveUpAfterMs,
} from './order.ts';

/** What is left of a long thread; its readers look at the newest first. */
const mostReferences = 20;
/** Large attachments are uploaded first. */
const maxPayloadBytes = 1024 * 1024;

/**
 * Write a send order down. The same key with the same content is the same send again; with another content it is
 * refused. One transaction under the user's lock, so that it does not slip past a disconnect.
 */
export async function acceptSend(parts: AcceptParts, payload: SendPayload): Promise<Accepted> {
  const refused = (reason: Reason, response: string, account?: Account): Accepted => ({
    refusal: refusalOf(
      { reason, permanent: true, protocol: 'smtp', response },
      { locale: account?.locale ?? 'en', provider: account?.provider ?? null },
    ),
  });
  if (Buffer.byteLength(JSON.stringify(payload)) > maxPayloadBytes) {
    return refused('send.message_too_large', 'the order is larger than 1 MiB');
  }
  const order = { payload, contentHash: hashOf(payload), id: randomUUIDv7() };
  try {
    checkContent(payload);
    const written = await (parts.writeAtOnce ?? ((one: Order) => writeAtOnce(parts, one)))(order);
    return written ?? (await writeLookingTwice(parts, order, refused));
  } catch (error) {
    if (error instanceof OrderRefused) return refused(error.reason, error.message);
    throw error;
  }
}

/** All other cases, one look after the other in one transaction. */
async function writeLookingTwice(
  parts: AcceptParts,
  { payload, contentHash, id }: Order,
  refused: (reason: Reason, response: string, account?: Account) => Accepted,
): Promise<Accepted> {
  return withUser(parts, payload, async ({ tx }): Promise<Accepted> => {
    const [found] = await tx
      .select({ account: accounts, send: sends })
      .from(sql`(values (1)) as one(n)`)
      .leftJoin(accounts, and(isOf(accounts, payload), sql`${accounts.state} <> 'disconnected'`))
      .leftJoin(sends, and(isOf(sends, payload), eq(sends.idempotencyKey, payload.idempotencyKey)));
    const account = found?.account ?? undefined;
    if (found?.send) {
      const same = found.send.contentHash === contentHash;
      if (!same) return refused('send.idempotency_conflict', 'this key was used for another mail', account);
      return { send: found.send, goesNow: found.send.state !== 'queued' };
    }
    if (!account) return refused('account.not_found', 'this user has no connected mailbox');

    const { sendAt, startAt } = timesOf(payload);
    const references = payload.inReplyTo === null ? [] : await messageIdsOf(tx, account.id, payload.inReplyTo);
    const attachments = await attachmentsOf(tx, payload.tenantId, payload.attachments);
    const from = asciiAddress(account.email);
    const row = {
      id,
      tenantId: payload.tenantId,
      userId: payload.userId,
      accountId: account.id,
      idempotencyKey: payload.idempotencyKey,
      contentHash,
      messageIdHeader: messageIdOf(payload, account.email, parts.mac),
      ...textColumns(contentOf(payload, { from, references, attachments, date: startAt })),
      original: originalOf(payload),
      sendAt,
      ...(isScheduled(sendAt) ? { nextTryAt: sendAt! } : {}),
      giveUpAt: new Date(startAt.getTime() + (parts.giveUpAfterMs ?? usualGiveUpAfterMs)),
    };
    const [written] = await tx
      .insert(sends)
      .values(row)
      .returning({
        no: sends.no,
        nextTryAt: sends.nextTryAt,
        createdAt: sends.createdAt,
        ahead: sql<boolean>`exists (select from ${sends} s where s.account_id = ${account.id} and s.state in ('connecting', 'data-sent'))
          or exists (select from ${sends} s
            where s.account_id = ${account.id} and s.state = 'queued' and s.next_try_at <= now())`,
      });
    await keepBlobs(tx, id, attachments);
    const goesNow = !isScheduled(sendAt) && !written!.ahead && canSendNow(account);
    return { send: { ...untouched, ...row, ...written! }, goesNow };
  });
}

const isOf = (table: typeof accounts | typeof sends, who: Who) =>
  and(eq(table.tenantId, who.tenantId), eq(table.userId, who.userId));

/** The order names a message by Postbud's id or by the header itself. */
async function messageIdsOf(tx: Locked['tx'], accountId: string, named: string): Promise<string[]> {
  if (!isOurId(named)) return messageIdsIn(named);
  const [message] = await tx
    .select({ header: messages.messageIdHeader, references: messages.references })
    .from(messages)
    .where(and(eq(messages.accountId, accountId), eq(messages.id, named)));
  if (!message) return [];
  // RFC 5322 3.6.4: the thread so far, and what is answered at its end.
  const thread = [...message.references.slice(-mostReferences), ...messageIdsIn(message.header ?? '')];
  return [...new Set(thread)];
}
