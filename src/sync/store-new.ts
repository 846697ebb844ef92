import { randomUUIDv7 } from 'node:crypto';
import { sql } from 'drizzle-orm';
import type { AccountParts } from '../accounts/index.ts';
import { LeaseLost } from '../accounts/lease.ts';
import { type EventData, events } from '../events.ts';
import type { FetchedMessage } from '../mail/imap.ts';
import type { Inbox } from './new-mail.ts';

/** What its column holds: 24 days. A mailbox may have been closed for longer. */
const mostDelayMs = 2 ** 31 - 1;

/**
 * Store new messages and announce them: the fence, the rows, the cursor, the user's counter and the events in one
 * statement, since each round trip more is paid by every mail. It locks the user's row first, like all who change
 * anything of a user.
 * @param since older ones are stored and not announced. `unlessKnown`: nor is one whose Message-ID is known without a UID.
 * @returns how many were announced.
 * @throws {LeaseLost} when the lease is no longer ours; nothing was written then.
 */
export async function storeNew(
  { db, wake, heard }: AccountParts,
  { lease, who, folder }: Inbox,
  batch: FetchedMessage[],
  { since, unlessKnown }: { since: Date; unlessKnown: boolean },
): Promise<number> {
  const rows = batch.map((message) => {
    const id = randomUUIDv7();
    const { uid, messageIdHeader, internalDate, size, flags, from, subject } = message;
    const isNew = message.internalDate >= since;
    const data = isNew ? events['message.received'].parse(received(folder, id, message)) : null;
    const event = isNew ? { event_id: randomUUIDv7(), data } : {};
    const row = { id, uid, header: messageIdHeader, internal_date: internalDate, size, flags, from, subject };
    return { ...row, is_new: isNew, ...event };
  });
  const newest = batch.filter((message) => message.internalDate >= since).at(-1);
  const delayMs = newest ? Math.min(mostDelayMs, Math.max(0, Date.now() - newest.internalDate.getTime())) : null;
  const uidNext = Math.max(...batch.map(({ uid }) => uid)) + 1;
  const known = unlessKnown
    ? sql`and not exists (select from messages m where m.account_id = ${lease.accountId}::uuid and m.uid is null
        and m.message_id_header = input.header)`
    : sql``;

  const [done] = await db.execute<{ held: boolean; announced: number }>(sql`
    with locked as materialized (
      select tenant_id, user_id from users
      where tenant_id = ${who.tenantId} and user_id = ${who.userId} for update
    ), held as (
      update accounts set answered_at = now(), last_delay_ms = coalesce(${delayMs}::int, last_delay_ms)
      from locked
      where accounts.id = ${lease.accountId}::uuid and accounts.holder = ${lease.processId}::uuid
        and accounts.token = ${lease.token}
      returning accounts.id
    ), input as materialized (
      select * from jsonb_to_recordset(${JSON.stringify(rows)}::text::jsonb) as input(
        id uuid, uid bigint, header text, internal_date timestamptz, size int, flags jsonb, "from" jsonb, subject text,
        is_new boolean, event_id uuid, data jsonb)
    ), stored as (
      insert into messages (account_id, id, folder_id, uid, message_id_header, internal_date, size, flags, "from", subject)
      select held.id, input.id, ${folder.id}::uuid, uid, header, internal_date, size, flags, "from", subject
      from input, held
      on conflict (account_id, folder_id, uid) do nothing
      returning uid
    ), fresh as materialized (
      select input.*, row_number() over (order by uid) as place
      from input join stored using (uid)
      where is_new ${known}
    ), counted as (
      update users set event_seq = event_seq + (select count(*) from fresh)
      from locked
      where users.tenant_id = locked.tenant_id and users.user_id = locked.user_id and exists (select from fresh)
      returning event_seq - (select count(*) from fresh) as seq
    ), told as (
      insert into events (id, tenant_id, user_id, user_seq, account_id, type, time, data)
      select event_id, ${who.tenantId}, ${who.userId}, counted.seq + place, ${lease.accountId}::uuid,
        'message.received', now(), data
      from fresh, counted
      order by place
    ), moved as (
      update folders set uid_next = greatest(uid_next, ${uidNext})
      from held where folders.id = ${folder.id}::uuid
    )
    select exists (select from held) as held, (select count(*)::int from fresh) as announced`);
  if (!done?.held) throw new LeaseLost(lease.accountId);
  if (done.announced > 0) {
    wake();
    if (delayMs !== null) heard?.(delayMs);
  }
  return done.announced;
}

function received(folder: Inbox['folder'], messageId: string, message: FetchedMessage): EventData<'message.received'> {
  const { uid, from, to, cc, subject, date, preview, messageIdHeader, inReplyTo, references, flags, size } = message;
  return {
    messageId,
    folder: folder.path,
    folderRole: folder.role,
    uid,
    from,
    to,
    cc,
    subject,
    date,
    preview,
    messageIdHeader,
    inReplyTo,
    references,
    flags,
    size,
    attachments: message.attachments,
    threadId: message.threadId,
  };
}
