import { sql } from 'drizzle-orm';
import type { Drizzle } from '../src/db/database.ts';

const batch = 25_000;

/** Who the plans are made for: the mailbox that has a fifth of all messages. */
export const bigUser = { tenantId: 'acme', userId: '1' };

/**
 * Fill the tables with many mailboxes: the first has a fifth of all messages, the others share the rest. Each message is
 * from one of a thousand persons; a tenth has an attachment, a fifth is unread, half of the kept texts are shared.
 */
export async function fillTables(db: Drizzle, count: number, say: (line: string) => void): Promise<void> {
  const others = Math.max(50, Math.round(count / 5_000));
  await db.execute(sql`
    insert into accounts (id, tenant_id, user_id, email, state, locale)
    select md5('account ' || n)::uuid, case when n <= ${others} / 2 then 'acme' else 'other' end, n::text,
      'kim' || n || '@example.dk', 'connected', 'da' from generate_series(1, ${others}::int) n`);
  await db.execute(sql`
    insert into folders (id, account_id, path, role)
    select md5('folder ' || n || ' ' || f)::uuid, md5('account ' || n)::uuid, f, nullif(f, 'Arkiv')
    from generate_series(1, ${others}::int) n, unnest(array['inbox', 'sent', 'Arkiv']) f`);
  for (let from = 1; from <= count; from += batch) {
    const to = Math.min(count, from + batch - 1);
    await db.execute(sql`
      create unlogged table filling as
      select n, md5('account ' || account)::uuid as account_id, md5('message ' || n)::uuid as id, account,
        md5('folder ' || account || ' ' || (array['inbox', 'inbox', 'sent', 'Arkiv'])[1 + n % 4])::uuid as folder_id,
        timestamptz '2026-01-01' - (n::bigint * 7919 % 31536000) * interval '1 second' as at,
        'person' || (n::bigint * 31 % 1000) || '@example.com' as person
      from (select n, case when n % 5 = 0 then 1 else 2 + n % (${others}::int - 1) end as account
        from generate_series(${from}::int, ${to}::int) n) numbered`);
    await db.execute(sql`
      insert into messages (account_id, id, folder_id, uid, message_id_header, thread_id, internal_date, size, flags, "from",
        subject, preview, has_attachments, index_wanted, broken)
      select account_id, id, folder_id, n, '<' || n || '@example.com>', 't' || n / 3, at, 4096,
        case when n % 7 < 2 then '[]' else '["\\\\Seen"]' end::jsonb,
        jsonb_build_array(jsonb_build_object('name', 'Person', 'address', person)),
        'Tilbud nummer ' || n, 'Kære Kim', n % 10 = 0, n % 500 = 0, case when n % 5000 = 0 then 'broken' end
      from filling`);
    await db.execute(sql`
      insert into message_people (account_id, message_id, role, address, name, internal_date)
      select account_id, id, 'from', person, 'Person', at from filling
      union all select account_id, id, 'to', 'kim' || account || '@example.dk', 'Kim', at from filling`);
    await db.execute(sql`
      insert into message_search (account_id, message_id, stems, long_words)
      select account_id, id, ('tilbud:1A num:2A ord' || n % 2000 || ':3 sag' || n || ':4')::tsvector,
        case when n % 400 = 0 then 'rykkerfaktura ' else '' end || 'langtord' || translate((n % 3000)::text, '0123456789', 'abcdefghij')
      from filling`);
    await db.execute(sql`
      insert into message_parts (account_id, message_id, part, hash)
      select account_id, id, 'text', md5((n / 2)::text) from filling where n % 10 = 0`);
    await db.execute(sql`
      insert into bodies (tenant_id, hash, bytes, size)
      select 'acme', md5((n / 2)::text), 'x', 1 from filling where n % 10 = 0 on conflict do nothing`);
    await db.execute(sql`drop table filling`);
    say(`${to} messages are there`);
  }
  // One by one: a vacuum of all may take longer than a statement may.
  for (const table of ['messages', 'message_people', 'message_search', 'message_parts']) {
    for (let n = 0; n < 64; n += 1) await db.execute(sql.raw(`vacuum (analyze) ${table}_${n}`));
  }
  for (const table of ['accounts', 'folders', 'bodies']) await db.execute(sql.raw(`vacuum (analyze) ${table}`));
}
