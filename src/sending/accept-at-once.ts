import { sql } from 'drizzle-orm';
import type { Account, OriginalMark } from '../db/tables.ts';
import { type MailContent, messageIdsIn, messageNameOf } from '../mail/compose.ts';
import { createBatch } from './batch.ts';
import { canSendNow } from './ledger.ts';
import {
  type Accepted,
  type AcceptParts,
  contentOf,
  isOurId,
  isScheduled,
  type Order,
  originalOf,
  textColumns,
  timesOf,
  untouched,
  usualGiveUpAfterMs,
} from './order.ts';

/** Larger ones go alone: a statement that carries many is to stay small. */
const mostContentBytes = 32 * 1024;

/** What is written of an order that is the usual case. */
type Given = { order: Order; content: MailContent; original: OriginalMark | null; sendAt: Date | null; startAt: Date };

export type WriteAtOnce = (order: Order) => Promise<Accepted | null>;

/**
 * Write orders down as they come: those that come while a statement runs share the next one. Also all of one user: else
 * ten thousand orders of one mailbox were ten thousand commits, and whoever ordered a single mail after them waited.
 */
export function batchedWrites(parts: AcceptParts): WriteAtOnce {
  const write = createBatch((given: Given[]) => writeAll(parts, given), {
    keyOf: ({ order: { payload } }) => JSON.stringify([payload.tenantId, payload.userId]),
    mostOfKey: Number.POSITIVE_INFINITY,
  });
  return async (order) => {
    const given = usual(order);
    if (given === null) return null;
    if (JSON.stringify(given.content).length > mostContentBytes) return (await writeAll(parts, [given]))[0]!;
    return write(given);
  };
}

/** The same for one. */
export async function writeAtOnce(parts: AcceptParts, order: Order): Promise<Accepted | null> {
  const given = usual(order);
  return given === null ? null : (await writeAll(parts, [given]))[0]!;
}

/** Null when the database has to be asked before it is known what to write. */
function usual(order: Order): Given | null {
  const { payload } = order;
  const { inReplyTo, forwardOf } = payload;
  if ([inReplyTo, forwardOf].some((named) => named !== null && isOurId(named))) return null;
  const attachments = payload.attachments.flatMap((one) => ('uploadId' in one ? [] : [one]));
  if (attachments.length < payload.attachments.length) return null;
  const { sendAt, startAt } = timesOf(payload);
  const references = inReplyTo === null ? [] : messageIdsIn(inReplyTo);
  const content = contentOf(payload, { from: '', references, attachments, date: startAt });
  return { order, content, original: originalOf(payload), sendAt, startAt };
}

type Row = Record<string, string | boolean> & Pick<Account, 'state' | 'sending'>;

/**
 * The usual case in one statement: the user is known, has a mailbox, and the key is new. It locks the users' rows as
 * everyone does, and reads the accounts under a lock of its own, so that it sees what a disconnect before it has done.
 * @param all orders; those of one user get their places in the line in this order.
 * @returns null where it is another case, and nothing was written.
 */
async function writeAll(parts: AcceptParts, all: readonly Given[]): Promise<(Accepted | null)[]> {
  const waitMs = parts.giveUpAfterMs ?? usualGiveUpAfterMs;
  const given = all.map(({ order: { payload, contentHash, id }, content, original, sendAt, startAt }, place) => ({
    id,
    place,
    tenant_id: payload.tenantId,
    user_id: payload.userId,
    key: payload.idempotencyKey,
    hash: contentHash,
    name: messageNameOf(payload, parts.mac),
    ...textColumns(content),
    original,
    send_at: sendAt,
    give_up_at: new Date(startAt.getTime() + waitMs),
  }));
  // The address decides about the domain of the Message-ID; the database puts it in. International ones need more.
  const rows = await parts.db.execute<Row>(sql`
    with given as materialized (
      select * from jsonb_to_recordset(${JSON.stringify(given)}::jsonb) as mail(id uuid, place int, tenant_id text,
        user_id text, key text, hash text, name text, content jsonb, recipients jsonb, original jsonb, send_at timestamptz, give_up_at timestamptz)
    ), locked as materialized (
      select u.tenant_id, u.user_id from users u
      where (u.tenant_id, u.user_id) in (select tenant_id, user_id from given)
      order by u.tenant_id, u.user_id for update
    ), account as materialized (
      select a.tenant_id, a.user_id, a.id, a.email, a.state, a.sending
      from locked join accounts a using (tenant_id, user_id)
      where a.state <> 'disconnected' and a.email !~ '[^[:ascii:]]' for share of a
    ), written as (
      insert into sends (id, tenant_id, user_id, account_id, idempotency_key, content_hash, message_id_header, content,
        recipients, original, send_at, next_try_at, give_up_at)
      select given.id, tenant_id, user_id, account.id, given.key, given.hash,
        '<' || given.name || '@' || lower(split_part(account.email, '@', 2)) || '>',
        jsonb_set(given.content, '{from}',
          to_jsonb(split_part(account.email, '@', 1) || '@' || lower(split_part(account.email, '@', 2)))),
        given.recipients, case when jsonb_typeof(given.original) = 'object' then given.original end,
        given.send_at, coalesce(given.send_at, now()), given.give_up_at
      from given join account using (tenant_id, user_id) order by given.place
      on conflict (tenant_id, user_id, idempotency_key) do nothing
      returning id, no, account_id, message_id_header, next_try_at, give_up_at, created_at
    )
    select written.id, written.no, written.account_id as "accountId", message_id_header as "messageIdHeader",
      next_try_at as "nextTryAt", give_up_at as "giveUpAt", created_at as "createdAt", account.state, account.sending,
      exists (select from sends s where s.account_id = written.account_id and s.state in ('connecting', 'data-sent'))
        or exists (select from sends s where s.account_id = written.account_id and s.state = 'queued'
          and s.next_try_at <= now()) as ahead
    from written join account on account.id = written.account_id`);
  const written = new Map(rows.map((row) => [row.id, row]));
  // The statement does not see those that it writes itself.
  const withDue = new Set<unknown>();
  return all.map((one) => {
    const row = written.get(one.order.id);
    if (!row) return null;
    const ahead = row.ahead === true || withDue.has(row.accountId);
    if (!isScheduled(one.sendAt)) withDue.add(row.accountId);
    return acceptedOf(one, row, ahead);
  });
}

function acceptedOf(
  { order: { payload, contentHash, id }, original, sendAt }: Given,
  row: Row,
  ahead: boolean,
): Accepted {
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
  return { send, goesNow: !isScheduled(sendAt) && !ahead && canSendNow(row) };
}
