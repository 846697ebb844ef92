import { sql } from 'drizzle-orm';
import type { Drizzle } from './database.ts';
import { tenantDefaults } from './tenant-settings.ts';
import { bodyPolicies } from './tenants.ts';

/** Bodies of one tenant that are looked at in one call, on each side of a random place. */
const mostLooked = 1_000;

/** The tenants of whom anything is kept, one step in the index each. */
const tenantsWithBodies = sql`
  with recursive keeping(tenant_id) as (
    select min(tenant_id) from bodies
    union all
    select (select min(b.tenant_id) from bodies b where b.tenant_id > keeping.tenant_id) from keeping
    where keeping.tenant_id is not null)`;

/** Kept bytes past their tenant's days, at most so many, and what names them. A tenant that keeps nothing any more loses all. */
export async function trimOldBodies(db: Drizzle, limit: number): Promise<number> {
  const [counted] = await db.execute<{ n: number }>(sql`
    ${tenantsWithBodies}, old as (
      select b.tenant_id, b.hash from keeping left join tenants t using (tenant_id)
        cross join lateral (
          select tenant_id, hash from bodies
          where tenant_id = keeping.tenant_id and stored_at < now() - case
            when t.body_policy = ${bodyPolicies[0]} then interval '0'
            else make_interval(days => coalesce(t.body_days, ${tenantDefaults.bodyDays})) end
          order by stored_at limit ${limit}) b
      limit ${limit}
    ), gone as (
      delete from bodies using old where bodies.tenant_id = old.tenant_id and bodies.hash = old.hash
      returning bodies.tenant_id, bodies.hash
    ), parts as (
      delete from message_parts using gone, accounts
      where message_parts.hash = gone.hash and accounts.id = message_parts.account_id and accounts.tenant_id = gone.tenant_id
    )
    select count(*)::int as n from gone`);
  return counted?.n ?? 0;
}

/**
 * Kept bytes that no message of their tenant names any more: it was deleted, or its mailbox was. Each call looks at some,
 * from a random place on, so that all are looked at in the end. What was stored within the hour may be about to be named.
 */
export async function trimUnnamedBodies(db: Drizzle): Promise<number> {
  const gone = await db.execute(sql`
    ${tenantsWithBodies}, place as materialized (select md5(random()::text) as hash), looked as (
      select b.tenant_id, b.hash from keeping cross join place cross join lateral (
        (select tenant_id, hash from bodies where tenant_id = keeping.tenant_id and hash >= place.hash
          and stored_at < now() - interval '1 hour' order by hash limit ${mostLooked})
        union all
        (select tenant_id, hash from bodies where tenant_id = keeping.tenant_id and hash < place.hash
          and stored_at < now() - interval '1 hour' order by hash desc limit ${mostLooked})) b)
    delete from bodies using looked
    where bodies.tenant_id = looked.tenant_id and bodies.hash = looked.hash and not exists (
      select from message_parts p join accounts a on a.id = p.account_id
      where p.hash = looked.hash and a.tenant_id = looked.tenant_id)
    returning 1`);
  return gone.length;
}
