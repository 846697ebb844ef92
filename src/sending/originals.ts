import { sql } from 'drizzle-orm';
import type { Drizzle } from '../db/database.ts';

/** A mailbox that is not connected for a day has other news than this. */
const limitHours = 24;

/**
 * Have the messages that sent mails answered or forwarded marked as such: each becomes a command on the mailbox's
 * connection, in the statement that forgets the wish. Messages that are not known here are nobody's to mark.
 * @returns whether there is a command.
 */
export async function markOriginals(db: Drizzle, accountId: string): Promise<boolean> {
  const [done] = await db.execute<{ commands: number }>(sql`
    with wished as (
      select s.id, s.original from sends s
      where s.account_id = ${accountId}::uuid and s.state = 'accepted' and s.original is not null
      order by s.no limit 200 for update skip locked
    ), cleared as (
      update sends s set original = null from wished where s.id = wished.id returning s.id
    ), known as (
      select wished.id, wished.original->>'flag' as flag, m.id as message_id from wished cross join lateral (
        select m.id, m.flags from messages m
        where m.account_id = ${accountId}::uuid and (m.id = (wished.original->>'messageId')::uuid
          or m.message_id_header = wished.original->>'header')
        limit 1) m
      where not m.flags ? (wished.original->>'flag')
    ), written as (
      insert into commands (id, account_id, kind, payload, order_key, expires_at)
      select gen_random_uuid(), ${accountId}::uuid, 'change',
        jsonb_build_object('messageIds', jsonb_build_array(message_id), 'addFlags', jsonb_build_array(flag)),
        'original:' || id, now() + make_interval(hours => ${limitHours})
      from known
      on conflict (account_id, order_key) where order_key is not null do nothing
      returning 1
    )
    select (select count(*)::int from written) as commands`);
  return (done?.commands ?? 0) > 0;
}
