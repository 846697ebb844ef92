import { randomUUIDv7 } from 'node:crypto';
import { sql } from 'drizzle-orm';
import type { AccountParts } from '../accounts/index.ts';
import { LeaseLost } from '../accounts/lease.ts';
import type { Folder } from '../db/tables.ts';
import type { FetchedMessage } from '../mail/imap.ts';
import { asideSign, fence, type Mailbox } from './mailbox.ts';

/** A message whose place is not known, and what was known of it. */
export type Lost = { id: string; folderId: string; flags: string[] };
type LostRow = Lost & { header: string | null; emailId: string | null; size: number; internalDate: string };

/** Rows of one statement. */
const most = 500;

/**
 * Which messages of a batch are lost ones: by the server's lasting name where it gives one, else by Message-ID and size
 * (without a Message-ID by the date of arrival and size), and in the folder that it was lost from by the Message-ID
 * alone, since another server may store it with other line ends. Each lost message is found once.
 */
export async function findLost(
  { db }: AccountParts,
  { lease }: Mailbox,
  folder: Folder,
  batch: readonly FetchedMessage[],
): Promise<Map<number, Lost>> {
  const { accountId } = lease;
  const headers = batch.map(({ messageIdHeader }) => messageIdHeader).filter((header) => header !== null);
  const emailIds = batch.map(({ emailId }) => emailId).filter((id) => id !== null);
  const dates = batch
    .filter(({ messageIdHeader }) => messageIdHeader === null)
    .map(({ internalDate }) => internalDate.toISOString());
  const rows = await db.execute<LostRow>(sql`
    select id, folder_id as "folderId", flags, message_id_header as header, email_id as "emailId", size,
      internal_date as "internalDate"
    from messages
    where account_id = ${accountId}::uuid and uid is null and (
      message_id_header in (select jsonb_array_elements_text(${JSON.stringify(headers)}::text::jsonb))
      or email_id in (select jsonb_array_elements_text(${JSON.stringify(emailIds)}::text::jsonb))
      or (message_id_header is null
        and internal_date in (select t::timestamptz from jsonb_array_elements_text(${JSON.stringify(dates)}::text::jsonb) t)))
    order by id`);
  const left = new Set<LostRow>(rows);
  const found = new Map<number, Lost>();
  const match = (keyOfMessage: (one: FetchedMessage) => string | null, keyOfLost: (one: LostRow) => string | null) => {
    const byKey = new Map<string, LostRow[]>();
    for (const row of left) {
      const key = keyOfLost(row);
      if (key === null) continue;
      const same = byKey.get(key);
      if (same) same.push(row);
      else byKey.set(key, [row]);
    }
    for (const message of batch) {
      const key = keyOfMessage(message);
      const row = key === null || found.has(message.uid) ? undefined : byKey.get(key)?.shift();
      if (!row) continue;
      left.delete(row);
      found.set(message.uid, row);
    }
  };
  match(
    (one) => one.emailId,
    (row) => row.emailId,
  );
  match(
    ({ messageIdHeader, size, internalDate }) => sameKey(messageIdHeader ?? internalDate.getTime(), size),
    ({ header, size, internalDate }) => sameKey(header ?? new Date(internalDate).getTime(), size),
  );
  match(
    (one) => one.messageIdHeader,
    (row) => (row.folderId === folder.id ? row.header : null),
  );
  return found;
}

const sameKey = (name: string | number, size: number) => `${size} ${name}`;

/** A moment as Postgres knows it: the first transaction that did not end before. */
export type Moment = string;

export async function momentOf({ db }: AccountParts): Promise<Moment> {
  const [row] = await db.execute<{ moment: Moment }>(
    sql`select (pg_snapshot_xmax(pg_current_snapshot())::xid)::text as moment`,
  );
  return row!.moment;
}

/**
 * What was lost before a moment, and is still lost after all folders were looked at since, is gone: delete it, and say
 * so. In batches, each a statement. What was lost in between may stand in a folder that had been looked at by then.
 * @returns how many were deleted.
 */
export async function settleLost(parts: AccountParts, mailbox: Mailbox, before: Moment): Promise<number> {
  let gone = 0;
  while (mailbox.lost > 0) {
    const deleted = await deleteLost(parts, mailbox, before);
    gone += deleted.gone;
    mailbox.lost = deleted.left;
    if (deleted.gone > 0) parts.wake();
    if (deleted.gone < most) break;
  }
  return gone;
}

async function deleteLost({ db }: AccountParts, mailbox: Mailbox, before: Moment) {
  const { who } = mailbox;
  const { accountId } = mailbox.lease;
  const ids = JSON.stringify(Array.from({ length: most }, () => randomUUIDv7()));
  const [done] = await db.execute<{ held: boolean; gone: number; left: number }>(sql`
    with ${fence(mailbox)},
    lost as materialized (
      select m.id, f.path, row_number() over (order by m.id) as place
      from held join messages m on m.account_id = ${accountId}::uuid and m.uid is null
      left join folders f on f.id = m.folder_id
      where age(m.xmin) > age(${before}::xid)
      order by m.id limit ${most}
    ), gone as (
      delete from messages m using held where m.account_id = ${accountId}::uuid and m.id = any(array(select id from lost)) returning m.id
    ), ${forget(accountId)}, counted as (
      update users set event_seq = event_seq + (select count(*) from lost)
      from held, locked
      where users.tenant_id = locked.tenant_id and users.user_id = locked.user_id and exists (select from lost)
      returning event_seq - (select count(*) from lost) as seq
    ), logged as (
      insert into events (id, tenant_id, user_id, user_seq, account_id, type, time, data)
      select (${ids}::text::jsonb->>(place - 1)::int)::uuid, ${who.tenantId}, ${who.userId}, counted.seq + place,
        ${accountId}::uuid, 'message.deleted', now(),
        jsonb_build_object('messageId', lost.id, 'folder', coalesce(split_part(path, ${asideSign}, 1), ''), 'reason', 'deleted')
      from lost, counted order by place
    )
    select exists (select from held) as held, (select count(*)::int from gone) as gone, (
      select count(*)::int from messages m where m.account_id = ${accountId}::uuid and m.uid is null)
      - (select count(*)::int from gone) as left`);
  if (!done?.held) throw new LeaseLost(accountId);
  return done;
}

/** What else is known of the messages that `gone` names, as further parts of a statement. */
export const forget = (accountId: string) => sql`
    people as (
      delete from message_people where account_id = ${accountId}::uuid and message_id = any(array(select id from gone))
    ), words as (
      delete from message_search where account_id = ${accountId}::uuid and message_id = any(array(select id from gone))
    ), kept as (
      delete from message_parts where account_id = ${accountId}::uuid and message_id = any(array(select id from gone))
    )`;
