import { sql } from 'drizzle-orm';
import type { Account } from '../db/tables.ts';
import { messageIdsIn, messageNameOf } from '../mail/compose.ts';
import { canSendNow } from './ledger.ts';
import {
  type Accepted,
  type AcceptParts,
  contentOf,
  isOurId,
  isScheduled,
  type Order,
  originalOf,
  timesOf,
  untouched,
  usualGiveUpAfterMs,
} from './order.ts';

/**
 * The usual case in one statement: the user is known, has a mailbox, and the key is new. It locks the user's row as
 * everyone does, and reads the account under a lock of its own, so that it sees what a disconnect before it has done.
 * @returns null when it is another case, and nothing was written.
 */
export async function writeAtOnce(parts: AcceptParts, { payload, contentHash, id }: Order): Promise<Accepted | null> {
  // The address decides about the domain of the Message-ID; the database puts it in. International ones need more.
  const { inReplyTo, forwardOf } = payload;
  if ([inReplyTo, forwardOf].some((named) => named !== null && isOurId(named))) return null;
  const inline = payload.attachments.flatMap((one) => ('uploadId' in one ? [] : [one]));
  if (inline.length < payload.attachments.length) return null;
  const { sendAt, startAt } = timesOf(payload);
  const references = inReplyTo === null ? [] : messageIdsIn(inReplyTo);
  const content = contentOf(payload, { from: '', references, attachments: inline, date: startAt });
  const original = originalOf(payload);
  const [row] = await parts.db.execute<Record<string, string | boolean> & Pick<Account, 'state' | 'sending'>>(sql`
    with locked as materialized (
      select from users where tenant_id = ${payload.tenantId} and user_id = ${payload.userId} for update
    ), account as materialized (
      select a.id, a.email, a.state, a.sending from locked, accounts a
      where a.tenant_id = ${payload.tenantId} and a.user_id = ${payload.userId} and a.state <> 'disconnected'
        and a.email !~ '[^[:ascii:]]' for share of a
    ), written as (
      insert into sends (id, tenant_id, user_id, account_id, idempotency_key, content_hash, message_id_header, content,
        original, send_at, next_try_at, give_up_at)
      select ${id}::uuid, ${payload.tenantId}, ${payload.userId}, account.id, ${payload.idempotencyKey}, ${contentHash},
        '<' || ${messageNameOf(payload, parts.mac)} || '@' || lower(split_part(account.email, '@', 2)) || '>',
        jsonb_set(${JSON.stringify(content)}::jsonb, '{from}',
          to_jsonb(split_part(account.email, '@', 1) || '@' || lower(split_part(account.email, '@', 2)))),
        ${original === null ? null : JSON.stringify(original)}::jsonb,
        ${sendAt?.toISOString() ?? null}::timestamptz, coalesce(${sendAt?.toISOString() ?? null}::timestamptz, now()),
        ${new Date(startAt.getTime() + (parts.giveUpAfterMs ?? usualGiveUpAfterMs)).toISOString()}::timestamptz
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
    ...untouched,
    id,
    tenantId: payload.tenantId,
    userId: payload.userId,
    accountId: row.accountId as string,
    idempotencyKey: payload.idempotencyKey,
    contentHash,
    messageIdHeader: row.messageIdHeader as string,
    content: null,
    original,
    sendAt,
    no: Number(row.no),
    nextTryAt: new Date(row.nextTryAt as string),
    giveUpAt: new Date(row.giveUpAt as string),
    createdAt: new Date(row.createdAt as string),
  };
  return { send, goesNow: !isScheduled(sendAt) && !row.ahead && canSendNow(row) };
}
