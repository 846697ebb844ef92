import { randomUUIDv7 } from 'node:crypto';
import { type SQL, sql } from 'drizzle-orm';
import type { AccountParts } from '../accounts/index.ts';
import { LeaseLost } from '../accounts/lease.ts';
import type { Folder } from '../db/tables.ts';
import { type EventData, events } from '../events.ts';
import type { FetchedMessage } from '../mail/imap.ts';
import type { Links } from '../sending/answers.ts';
import { findLost, type Lost } from './lost.ts';
import { fence, type Mailbox } from './mailbox.ts';
import { type Joined, joinThreads, threadsOf } from './threads.ts';

/** What its column holds: 24 days. A mailbox may have been closed for longer. */
const mostDelayMs = 2 ** 31 - 1;
/** The server tells the days of a first sync by its own clock. */
const dayMs = 86_400_000;
/** People of one header that an event names; the row has all. */
const mostTold = 200;

/** What becomes of a batch that is stored. */
export type Storing = {
  folder: Folder;
  /**
   * `news`: each message that is new here is an event. `history`: it was there before us, and nobody is told.
   * `again`: the folder was renumbered; what is not known and arrived since we know the folder is news.
   */
  as: 'news' | 'history' | 'again';
  /** How far the folder is read once the batch is stored. */
  cursor: { uidNext?: number; historyUid?: number };
  /**
   * What stands in these folders as well is a copy, if its UID is below: it was here before they were looked at, and is
   * there still. All else may have been moved from where it stands.
   */
  copiesOf?: ReadonlyMap<string, number>;
  /** The sends that messages belong to, by their UIDs. */
  links?: ReadonlyMap<number, Links> | undefined;
};

export type Stored = {
  /** Rows that are new or were found again. */
  stored: number;
  /** New messages that were announced. */
  announced: number;
  /**
   * UIDs that were not stored, because a message with the same Message-ID (without one, of the same time and size)
   * stands in another folder: it may have been moved from there. Those folders are to be looked at first.
   */
  twins: { uid: number; folderId: string }[];
};

/**
 * Store messages, and announce those that are news: the fence, the rows, the folder's cursor, the user's counter and the
 * events in one statement, whose number does not grow with the batch; each round trip more would be paid by every mail.
 * A message that was lost from another place keeps its id, and is told of as moved.
 * @throws {LeaseLost} when the lease is no longer ours; nothing was written then.
 */
export async function store(
  parts: AccountParts,
  mailbox: Mailbox,
  batch: readonly FetchedMessage[],
  storing: Storing,
): Promise<Stored> {
  const { folder, as, cursor } = storing;
  const { accountId } = mailbox.lease;
  const lost = mailbox.lost > 0 ? await findLost(parts, mailbox, folder, batch) : new Map<number, Lost>();
  // All of a renumbered folder is read; what is older than the first sync went was never known, and stays so.
  const oldest = mailbox.syncFrom.getTime() - dayMs;
  const wanted = batch.filter(
    ({ uid, internalDate }) => as !== 'again' || lost.has(uid) || internalDate.getTime() >= oldest,
  );
  const threads = threadsOf(wanted);
  const isNews = ({ internalDate }: FetchedMessage) =>
    as === 'news' || (as === 'again' && internalDate >= toTheSecond(folder.newSince));
  const rows = wanted.map((message) => {
    const before = lost.get(message.uid);
    const thread = threads.get(message.uid)!;
    const id = before?.id ?? randomUUIDv7();
    const told = before
      ? moved(mailbox, folder, before, message)
      : isNews(message)
        ? received(folder, id, message, { threadId: thread.threadId, ...storing.links?.get(message.uid) })
        : null;
    return { ...rowOf(id, message, thread), found: before !== undefined, ...told };
  });
  const newest = as === 'news' ? batch.at(-1) : undefined;
  const delayMs = newest ? Math.min(mostDelayMs, Math.max(0, Date.now() - newest.internalDate.getTime())) : null;
  const twins =
    as === 'news'
      ? twinsIn(mailbox, batch, storing)
      : sql`select null::bigint as uid, null::uuid as folder_id where false`;

  // Each part is planned each time, so what cannot find anything is left out.
  const refound =
    lost.size > 0
      ? sql`update messages m set folder_id = ${folder.id}::uuid, uid = input.uid, flags = input.flags,
        email_id = input.email_id, size = input.size
      from input, held
      where input.found and m.account_id = ${accountId}::uuid and m.id = input.id and m.uid is null
        and not exists (select from messages o
          where o.account_id = ${accountId}::uuid and o.folder_id = ${folder.id}::uuid and o.uid = input.uid)
      returning input.uid`
      : sql`select null::bigint as uid where false`;

  const [done] = await parts.db.execute<{
    held: boolean;
    stored: number;
    refound: number;
    announced: number;
    twins: Stored['twins'];
    joined: Joined[];
  }>(sql`
    with ${fence(mailbox)},
    input as materialized (
      select * from jsonb_to_recordset(${JSON.stringify(rows)}::text::jsonb) as input(${columns},
        own_thread text, parents jsonb, found boolean, event_id uuid, type text, data jsonb)
    ), twins as materialized (${twins}
    ), threaded as materialized (
      select input.uid, coalesce((
        select parent.thread_id from jsonb_array_elements_text(input.parents) with ordinality as p(header, place)
        cross join lateral (
          select m.thread_id from messages m
          where m.account_id = ${accountId}::uuid and m.message_id_header = p.header limit 1) parent
        order by p.place desc limit 1), input.thread_id) as thread_id, input.own_thread
      from input
    ), joined as materialized (
      select distinct t.own_thread, t.thread_id from threaded t cross join lateral (
        select from messages m where m.account_id = ${accountId}::uuid and m.thread_id = t.own_thread limit 1) child
      where t.own_thread <> t.thread_id
    ), stored as (
      insert into messages (account_id, folder_id, ${names})
      select ${accountId}::uuid, ${folder.id}::uuid, ${inputNames}
      from input join threaded using (uid), held
      where not found and uid not in (select uid from twins)
      on conflict (account_id, folder_id, uid) do nothing
      returning uid
    ), refound as (${refound}
    ), touched as (
      select uid from stored union all select uid from refound
    ), told as materialized (
      select event_id, type, data, threaded.thread_id, row_number() over (order by uid) as place
      from input join touched using (uid) join threaded using (uid)
      where event_id is not null
    ), counted as (
      update users set event_seq = event_seq + (select count(*) from told)
      from held, locked
      where users.tenant_id = locked.tenant_id and users.user_id = locked.user_id and exists (select from told)
      returning event_seq - (select count(*) from told) as seq
    ), logged as (
      insert into events (id, tenant_id, user_id, user_seq, account_id, type, time, data)
      select event_id, ${mailbox.who.tenantId}, ${mailbox.who.userId}, counted.seq + place, ${accountId}::uuid,
        type, now(), case when data ? 'threadId' then jsonb_set(data, '{threadId}', to_jsonb(thread_id)) else data end
      from told, counted
      order by place
    ), answered as (
      update accounts set answered_at = now(), last_delay_ms = coalesce(${delayMs}::int, last_delay_ms)
      from held where accounts.id = held.id and ${as === 'news'}
    ), read as (
      update folders set uid_next = greatest(uid_next, ${cursor.uidNext ?? 0}::bigint),
        history_uid = coalesce(${cursor.historyUid ?? null}::bigint, history_uid),
        history_done = history_done + ${as === 'history' ? batch.length : 0}::int
      from held where folders.id = ${folder.id}::uuid and not exists (select from twins)
    )
    select exists (select from held) as held, (select count(*)::int from touched) as stored,
      (select count(*)::int from refound) as refound,
      (select count(*)::int from told where type = 'message.received') as announced,
      coalesce((select jsonb_agg(jsonb_build_object('uid', uid, 'folderId', folder_id)) from twins), '[]') as twins,
      coalesce((select jsonb_agg(jsonb_build_object('from', own_thread, 'to', thread_id)) from joined), '[]') as joined`);
  if (!done?.held) throw new LeaseLost(mailbox.lease.accountId);
  // A batch that is read again may be like a lost message, and stand here already.
  mailbox.lost = Math.max(0, mailbox.lost - done.refound);
  if (done.stored > 0) mailbox.toIndex.add(folder.id);
  if (done.twins.length === 0) {
    if (cursor.uidNext !== undefined) folder.uidNext = Math.max(folder.uidNext, cursor.uidNext);
    if (cursor.historyUid !== undefined) folder.historyUid = cursor.historyUid;
    if (as === 'history') folder.historyDone += batch.length;
  }
  if (done.joined.length > 0) await joinThreads(parts, mailbox, done.joined);
  if (done.announced > 0 && delayMs !== null) parts.heard?.(delayMs);
  if (done.announced > 0 || lost.size > 0) parts.wake();
  return { stored: done.stored, announced: done.announced, twins: done.twins };
}

/** Messages of a batch that stand in another folder as well, and may have been moved from there. */
function twinsIn({ lease }: Mailbox, batch: readonly FetchedMessage[], { folder, copiesOf }: Storing): SQL {
  const known = JSON.stringify([...(copiesOf ?? [])].map(([folder_id, below]) => ({ folder_id, below })));
  const isOpen = sql`m.uid is not null and m.folder_id <> ${folder.id}::uuid and not exists (
    select from jsonb_to_recordset(${known}::text::jsonb) as copies(folder_id uuid, below bigint)
    where copies.folder_id = m.folder_id and input.uid < copies.below)`;
  const byHeader = sql`
    select input.uid, twin.folder_id from input cross join lateral (
      select m.folder_id from messages m
      where m.account_id = ${lease.accountId}::uuid and m.message_id_header = input.message_id_header and ${isOpen}
      limit 1) twin
    where not input.found`;
  if (batch.every(({ messageIdHeader }) => messageIdHeader !== null)) return byHeader;
  return sql`${byHeader} union all
    select input.uid, twin.folder_id from input cross join lateral (
      select m.folder_id from messages m
      where m.account_id = ${lease.accountId}::uuid and m.internal_date = input.internal_date and m.size = input.size
        and m.message_id_header is null and ${isOpen}
      limit 1) twin
    where not input.found and input.message_id_header is null`;
}

/** Columns of `messages` that come from a fetched message, with their types. */
const types = {
  id: 'uuid',
  uid: 'bigint',
  message_id_header: 'text',
  email_id: 'text',
  thread_id: 'text',
  in_reply_to: 'text',
  references: 'jsonb',
  date: 'timestamptz',
  internal_date: 'timestamptz',
  size: 'int',
  flags: 'jsonb',
  from: 'jsonb',
  to: 'jsonb',
  cc: 'jsonb',
  reply_to: 'jsonb',
  subject: 'text',
  preview: 'text',
  list_id: 'text',
  auto_submitted: 'text',
  attachments: 'jsonb',
  text_parts: 'jsonb',
  has_attachments: 'boolean',
  marks: 'jsonb',
  broken: 'text',
} as const;
const list = (write: (name: string, type: string) => string) =>
  sql.raw(
    Object.entries(types)
      .map(([name, type]) => write(name, type))
      .join(', '),
  );
const columns = list((name, type) => `"${name}" ${type}`);
const names = list((name) => `"${name}"`);
const inputNames = list((name) => (name === 'thread_id' ? 'threaded.thread_id' : `input."${name}"`));

type Thread = { threadId: string; ownThread: string | null; parents: string[] };
type Row = Record<keyof typeof types | 'own_thread' | 'parents', unknown>;

function rowOf(id: string, message: FetchedMessage, thread: Thread): Row {
  return {
    id,
    uid: message.uid,
    message_id_header: message.messageIdHeader,
    email_id: message.emailId,
    thread_id: thread.threadId,
    in_reply_to: message.inReplyTo,
    references: message.references,
    date: message.date,
    internal_date: message.internalDate,
    size: message.size,
    flags: message.flags,
    from: message.from,
    to: message.to,
    cc: message.cc,
    reply_to: message.replyTo,
    subject: message.subject,
    preview: message.preview,
    list_id: message.listId,
    auto_submitted: message.autoSubmitted,
    attachments: message.attachments,
    text_parts: message.textParts,
    has_attachments: message.attachments.length > 0,
    marks: message.marks,
    broken: message.broken ?? null,
    own_thread: thread.ownThread,
    parents: thread.parents,
  };
}

function received(folder: Folder, messageId: string, message: FetchedMessage, links: { threadId: string } & Links) {
  const { uid, from, to, cc, subject, date, preview, messageIdHeader, inReplyTo, references, flags, size } = message;
  const data: EventData<'message.received'> = {
    messageId,
    folder: folder.path,
    folderRole: folder.role,
    uid,
    from,
    to: to.slice(0, mostTold),
    cc: cc.slice(0, mostTold),
    subject,
    date,
    preview,
    messageIdHeader,
    inReplyTo,
    references,
    flags,
    size,
    attachments: message.attachments,
    ...(message.marks.length > 0 && { marks: message.marks }),
    ...links,
  };
  return { event_id: randomUUIDv7(), type: 'message.received', data: events['message.received'].parse(data) };
}

/** A message that is in another place than before, or whose flags changed while it had none. */
function moved(mailbox: Mailbox, folder: Folder, before: Lost, message: FetchedMessage) {
  const from = before.folderId === folder.id ? null : (mailbox.folders.get(before.folderId)?.path ?? null);
  const addedFlags = message.flags.filter((flag) => !before.flags.includes(flag));
  const removedFlags = before.flags.filter((flag) => !message.flags.includes(flag));
  if (from === null && addedFlags.length + removedFlags.length === 0) return null;
  const data = { messageId: before.id, folder: folder.path, addedFlags, removedFlags, movedFrom: from };
  return { event_id: randomUUIDv7(), type: 'message.changed', data: events['message.changed'].parse(data) };
}

/** INTERNALDATE has whole seconds: a mail of the second in which we connected is new. */
const toTheSecond = (date: Date) => new Date(Math.floor(date.getTime() / 1_000) * 1_000);
