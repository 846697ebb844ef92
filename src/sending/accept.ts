import { createHash, randomUUIDv7 } from 'node:crypto';
import { and, eq, sql } from 'drizzle-orm';
import { type Locked, type Who, withUser } from '../accounts/user-lock.ts';
import { type Account, accounts, messages, type Send, sends } from '../db/tables.ts';
import { asciiAddress, type MailContent, messageIdOf, messageIdsIn, messageNameOf } from '../mail/compose.ts';
import { refusalOf } from '../mail/errors.ts';
import type { Reason } from '../mail/refusals/index.ts';
import type { SendPayload } from '../queues/orders.ts';
import type { Refusal } from '../words.ts';
import { canSendNow, type LedgerParts } from './ledger.ts';

/** Longer than that a mail waits for nothing: then it has failed. */
export const giveUpAfterMs = 48 * 60 * 60_000;
/** Large attachments are uploaded first. */
const maxPayloadBytes = 1024 * 1024;

/** `mac` makes Message-IDs that nobody can guess a key from. */
type AcceptParts = LedgerParts & { mac?: (text: string) => string };

/** A send order in the ledger, or why it is not there. `goesNow`: nothing stands between it and its first try. */
export type Accepted = { send: Send; goesNow: boolean } | { refusal: Refusal; send?: undefined };

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
  if (payload.to.length + payload.cc.length + payload.bcc.length === 0) {
    return refused('send.recipient_rejected', 'the order names no recipient');
  }
  const order = { payload, contentHash: hashOf(payload), id: randomUUIDv7() };
  return (await writeAtOnce(parts, order)) ?? (await writeLookingTwice(parts, order, refused));
}

type Order = { payload: SendPayload; contentHash: string; id: string };

/**
 * The usual case in one statement: the user is known, has a mailbox, and the key is new. It locks the user's row as
 * everyone does, and reads the account under a lock of its own, so that it sees what a disconnect before it has done.
 * @returns null when it is another case, and nothing was written.
 */
async function writeAtOnce(parts: AcceptParts, { payload, contentHash, id }: Order): Promise<Accepted | null> {
  // The address decides about the domain of the Message-ID; the database puts it in. International ones need more.
  if (payload.inReplyTo !== null && isOurId(payload.inReplyTo)) return null;
  const { sendAt, startAt } = timesOf(payload);
  const content = contentOf(payload, '', payload.inReplyTo === null ? [] : messageIdsIn(payload.inReplyTo));
  const [row] = await parts.db.execute<Record<string, string | boolean> & Pick<Account, 'state' | 'sending'>>(sql`
    with locked as materialized (
      select from users where tenant_id = ${payload.tenantId} and user_id = ${payload.userId} for update
    ), account as materialized (
      select a.id, a.email, a.state, a.sending from locked, accounts a
      where a.tenant_id = ${payload.tenantId} and a.user_id = ${payload.userId} and a.state <> 'disconnected'
        and a.email !~ '[^[:ascii:]]' for share of a
    ), written as (
      insert into sends (id, tenant_id, user_id, account_id, idempotency_key, content_hash, message_id_header, content,
        send_at, next_try_at, give_up_at)
      select ${id}::uuid, ${payload.tenantId}, ${payload.userId}, account.id, ${payload.idempotencyKey}, ${contentHash},
        '<' || ${messageNameOf(payload, parts.mac)} || '@' || lower(split_part(account.email, '@', 2)) || '>',
        jsonb_set(${JSON.stringify(content)}::jsonb, '{from}',
          to_jsonb(split_part(account.email, '@', 1) || '@' || lower(split_part(account.email, '@', 2)))),
        ${sendAt?.toISOString() ?? null}::timestamptz, coalesce(${sendAt?.toISOString() ?? null}::timestamptz, now()),
        ${new Date(startAt.getTime() + giveUpAfterMs).toISOString()}::timestamptz
      from account
      on conflict (tenant_id, user_id, idempotency_key) do nothing
      returning no, account_id, message_id_header, next_try_at, give_up_at, created_at
    )
    select written.no, written.account_id as "accountId", message_id_header as "messageIdHeader",
      next_try_at as "nextTryAt", give_up_at as "giveUpAt", created_at as "createdAt", account.state, account.sending,
      exists (select from sends s where s.account_id = written.account_id and (s.state in ('connecting', 'data-sent')
        or (s.state = 'queued' and s.next_try_at <= now()))) as ahead
    from written, account`);
  if (!row) return null;
  const send = {
    ...defaults,
    id,
    tenantId: payload.tenantId,
    userId: payload.userId,
    accountId: row.accountId as string,
    idempotencyKey: payload.idempotencyKey,
    contentHash,
    messageIdHeader: row.messageIdHeader as string,
    content: null,
    sendAt,
    no: Number(row.no),
    nextTryAt: new Date(row.nextTryAt as string),
    giveUpAt: new Date(row.giveUpAt as string),
    createdAt: new Date(row.createdAt as string),
  };
  return { send, goesNow: !isScheduled(sendAt) && !row.ahead && canSendNow(row) };
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
    const row = {
      id,
      tenantId: payload.tenantId,
      userId: payload.userId,
      accountId: account.id,
      idempotencyKey: payload.idempotencyKey,
      contentHash,
      messageIdHeader: messageIdOf(payload, account.email, parts.mac),
      content: contentOf(payload, asciiAddress(account.email), references),
      sendAt,
      ...(isScheduled(sendAt) ? { nextTryAt: sendAt! } : {}),
      giveUpAt: new Date(startAt.getTime() + giveUpAfterMs),
    };
    const [written] = await tx
      .insert(sends)
      .values(row)
      .returning({
        no: sends.no,
        nextTryAt: sends.nextTryAt,
        createdAt: sends.createdAt,
        ahead: sql<boolean>`exists (select from ${sends} s where s.account_id = ${account.id}
          and (s.state in ('connecting', 'data-sent') or (s.state = 'queued' and s.next_try_at <= now())))`,
      });
    const goesNow = !isScheduled(sendAt) && !written!.ahead && canSendNow(account);
    return { send: { ...defaults, ...row, ...written! }, goesNow };
  });
}

function timesOf({ sendAt: asked }: SendPayload) {
  const sendAt = asked === null ? null : new Date(asked);
  return { sendAt, startAt: isScheduled(sendAt) ? sendAt! : new Date() };
}

const isScheduled = (sendAt: Date | null) => sendAt !== null && sendAt.getTime() > Date.now();

const defaults = {
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

const isOf = (table: typeof accounts | typeof sends, who: Who) =>
  and(eq(table.tenantId, who.tenantId), eq(table.userId, who.userId));

function contentOf(payload: SendPayload, from: string, references: string[]): MailContent {
  const { fromName, to, cc, bcc, replyTo, subject, text, html, headers, listUnsubscribe, attachments } = payload;
  return {
    ...{ fromName, to, cc, bcc, replyTo, subject, text, html, headers, listUnsubscribe, attachments },
    from,
    date: new Date().toISOString(),
    inReplyTo: references.at(-1) ?? null,
    references,
  };
}

const isOurId = (text: string) => /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i.test(text);

/** The order names a message by Postbud's id or by the header itself. */
async function messageIdsOf(tx: Locked['tx'], accountId: string, named: string): Promise<string[]> {
  if (!isOurId(named)) return messageIdsIn(named);
  const [message] = await tx
    .select({ header: messages.messageIdHeader })
    .from(messages)
    .where(and(eq(messages.accountId, accountId), eq(messages.id, named)));
  return messageIdsIn(message?.header ?? '');
}

/**
 * What makes two orders the same: everything but the ids and the key. What is empty does not count, so that a field
 * that a later release adds does not make every order another one.
 */
export function hashOf({ tenantId: _, userId: __, idempotencyKey: ___, ...content }: SendPayload): string {
  return createHash('sha256')
    .update(JSON.stringify(withoutEmpty(content)))
    .digest('hex');
}

function withoutEmpty(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutEmpty);
  if (value === null || typeof value !== 'object') return value;
  const kept = Object.entries(value)
    .filter(
      ([, part]) => part !== null && part !== '' && JSON.stringify(part) !== '[]' && JSON.stringify(part) !== '{}',
    )
    .sort(([one], [other]) => (one < other ? -1 : 1));
  return Object.fromEntries(kept.map(([name, part]) => [name, withoutEmpty(part)]));
}
