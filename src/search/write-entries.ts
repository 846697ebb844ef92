import { createHash } from 'node:crypto';
import { sql } from 'drizzle-orm';
import { type Lease, LeaseLost } from '../accounts/lease.ts';
import type { Drizzle } from '../db/database.ts';
import type { TenantSettings } from '../db/tenant-settings.ts';
import type { IndexEntry } from './entry.ts';
import { languageOf } from './words.ts';

/**
 * Write entries of the index in one statement: the fence, persons, words, kept texts, and that the messages wait no longer.
 * What was indexed before is written anew.
 * @throws {LeaseLost} when the lease is no longer ours; nothing was written then.
 */
export async function writeEntries(
  db: Drizzle,
  lease: Lease,
  entries: IndexEntry[],
  { settings, locale }: { settings: Pick<TenantSettings, 'bodyPolicy' | 'bodyMaxBytes'>; locale: string },
): Promise<void> {
  if (entries.length === 0) return;
  const keeps = settings.bodyPolicy !== 'none';
  const input = entries.map(({ text, ...entry }) => {
    const isKept = keeps && text !== null && text !== '' && text.length <= settings.bodyMaxBytes;
    return isKept ? { ...entry, text, hash: createHash('sha256').update(text).digest('hex') } : entry;
  });
  const [done] = await db.execute<{ held: boolean }>(sql`
    with held as materialized (
      select id, tenant_id from accounts
      where id = ${lease.accountId}::uuid and holder = ${lease.processId}::uuid and token = ${lease.token}
      for share
    ), input as materialized (
      select * from jsonb_to_recordset(${JSON.stringify(input)}::text::jsonb) as input(
        id uuid, at timestamptz, people jsonb, subject text, names text, body text, places jsonb, long text, text text,
        hash text, broken text)
    ), indexed as (
      update messages set index_wanted = false, broken = coalesce(input.broken, messages.broken)
      from input, held
      where messages.account_id = ${lease.accountId}::uuid and messages.id = input.id
      returning messages.id
    ), people as (
      insert into message_people (account_id, message_id, role, address, name, internal_date)
      select ${lease.accountId}::uuid, input.id, person.role, person.address, person.name, input.at
      from input join indexed using (id),
        jsonb_to_recordset(input.people) as person(role text, address text, name text)
      on conflict do nothing
    ), words as (
      insert into message_search (account_id, message_id, stems, long_words)
      select ${lease.accountId}::uuid, input.id,
        setweight(to_tsvector(${languageOf(locale)}::regconfig, subject), 'A') ||
        setweight(to_tsvector('simple', names), 'B') ||
        setweight(to_tsvector(${languageOf(locale)}::regconfig, body), 'D') ||
        array_to_tsvector(array(select jsonb_array_elements_text(places))),
        long
      from input join indexed using (id)
      on conflict (account_id, message_id) do update set stems = excluded.stems, long_words = excluded.long_words
    ), kept as (
      insert into bodies (tenant_id, hash, bytes, size)
      select distinct on (hash) held.tenant_id, hash, convert_to(text, 'UTF8'), octet_length(text)
      from input join indexed using (id), held where hash is not null order by hash
      on conflict (tenant_id, hash) do update set stored_at = now()
    ), parts as (
      insert into message_parts (account_id, message_id, part, hash)
      select ${lease.accountId}::uuid, input.id, 'text', hash from input join indexed using (id) where hash is not null
      on conflict (account_id, message_id, part) do update set hash = excluded.hash
    )
    select exists (select from held) as held`);
  if (!done?.held) throw new LeaseLost(lease.accountId);
}
