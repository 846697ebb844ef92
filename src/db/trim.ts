import { sql } from 'drizzle-orm';
import type { Drizzle } from './database.ts';
import { answerKeptHours } from './kept-answer-store.ts';
import { trimOldBodies, trimUnnamedBodies } from './trim-bodies.ts';

const batchSize = 1_000;
/** What is left after so many batches waits for the next call. */
const maxBatches = 200;
/** Ended orders are kept as long as idempotency keys count. */
const orderDays = 30;

/** How many rows went, by table. */
export type Trimmed = {
  events: number;
  orders: number;
  sealedUses: number;
  setupLinks: number;
  keptAnswers: number;
  knocks: number;
  oauthAttempts: number;
  oauthGrants: number;
  processes: number;
  uploads: number;
  bodies: number;
  commands: number;
};

/**
 * Delete what is old: events past their days, ended orders, sealed secrets and setup links that have expired, refused
 * logins that no ceiling looks at any more, what is left of logins at providers, processes that are long dead. In small batches, each a transaction of its
 * own, so that nothing waits behind it.
 */
export async function trimOld(
  db: Drizzle,
  { eventDays, signal }: { eventDays: number; signal?: AbortSignal },
): Promise<Trimmed> {
  /** Repeat a batch until it finds less than it may take. */
  async function all(batch: () => Promise<number>): Promise<number> {
    let gone = 0;
    for (let n = 0; n < maxBatches && !signal?.aborted; n += 1) {
      const count = await batch();
      gone += count;
      if (count < batchSize) break;
    }
    return gone;
  }
  return {
    events: await all(() => trimEvents(db, eventDays)),
    orders: await all(() => trimOrders(db)),
    sealedUses: await all(() => trimSealedUses(db)),
    setupLinks: await all(() => trimSetupLinks(db)),
    keptAnswers: await all(() => trimKeptAnswers(db)),
    knocks: await all(() => trimKnocks(db)),
    oauthAttempts: await all(() => trimOAuthAttempts(db)),
    oauthGrants: await all(() => trimOAuthGrants(db)),
    processes: await all(() => trimProcesses(db)),
    uploads: await all(() => trimUploads(db)),
    bodies: (await all(() => trimOldBodies(db, batchSize))) + (await trimUnnamedBodies(db)),
    commands: await all(() => trimCommands(db)),
  };
}

/**
 * The oldest events by time, and in the same statement how far each tenant's log is cut: every deleted row has a
 * cursor at or below that mark, so who stands at or after it has missed nothing. What is not published yet stays.
 */
async function trimEvents(db: Drizzle, days: number): Promise<number> {
  const [counted] = await db.execute<{ n: number }>(sql`
    with old as (
      select no from events
      where time < now() - make_interval(days => ${days}) and published_at is not null and cursor is not null
      order by time limit ${batchSize} for update skip locked),
    gone as (delete from events using old where events.no = old.no returning events.tenant_id, events.cursor),
    marked as (
      insert into event_trims (tenant_id, cursor)
      select tenant_id, max(cursor) from gone group by tenant_id order by tenant_id
      on conflict (tenant_id) do update set cursor = greatest(event_trims.cursor, excluded.cursor)
      returning 1)
    select (select count(*) from gone)::int as n, (select count(*) from marked)::int as tenants`);
  return counted?.n ?? 0;
}

async function trimOrders(db: Drizzle): Promise<number> {
  const gone = await db.execute(sql`
    delete from orders where id in (
      select id from orders where ended_at < now() - make_interval(days => ${orderDays})
      limit ${batchSize} for update skip locked)
    returning 1`);
  return gone.length;
}

/** An hour past its end a seal is refused by every clock, used or not. */
async function trimSealedUses(db: Drizzle): Promise<number> {
  const gone = await db.execute(sql`
    delete from sealed_uses where jwe_hash in (
      select jwe_hash from sealed_uses where expires_at < now() - interval '1 hour' limit ${batchSize})
    returning 1`);
  return gone.length;
}

/** A day longer than it opens anything, a link says that it has expired; then nobody knows it. It holds an address. */
async function trimSetupLinks(db: Drizzle): Promise<number> {
  const gone = await db.execute(sql`
    delete from setup_links where id in (
      select id from setup_links where expires_at < now() - interval '1 day' limit ${batchSize})
    returning 1`);
  return gone.length;
}

/** Answers that no repeat gets any more. */
async function trimKeptAnswers(db: Drizzle): Promise<number> {
  const gone = await db.execute(sql`
    delete from kept_answers where key_hash in (
      select key_hash from kept_answers where created_at < now() - make_interval(hours => ${answerKeptHours})
      limit ${batchSize} for update skip locked)
    returning 1`);
  return gone.length;
}

/** The longest ceiling looks a day back. */
async function trimKnocks(db: Drizzle): Promise<number> {
  const gone = await db.execute(sql`
    delete from knocks where id in (
      select id from knocks where at < now() - interval '2 days' limit ${batchSize} for update skip locked)
    returning 1`);
  return gone.length;
}

/** Links to providers' logins, a while after they have ended; they hold an address. */
async function trimOAuthAttempts(db: Drizzle): Promise<number> {
  const gone = await db.execute(sql`
    delete from oauth_attempts where id in (
      select id from oauth_attempts where step = 'done' and expires_at < now() - interval '1 day' limit ${batchSize})
    returning 1`);
  return gone.length;
}

/** Tokens that nobody owns: a validation that was killed leaves them. */
async function trimOAuthGrants(db: Drizzle): Promise<number> {
  const gone = await db.execute(sql`
    delete from oauth_grants where owner_id in (
      select owner_id from oauth_grants g where updated_at < now() - interval '1 day'
        and not exists (select 1 from accounts a where a.id = g.owner_id and a.state <> 'disconnected')
        and not exists (select 1 from orders o where o.id = g.owner_id and o.ended_at is null)
      limit ${batchSize} for update skip locked)
    returning 1`);
  return gone.length;
}

/** A process that was killed leaves its row; one without a row is as dead. */
async function trimProcesses(db: Drizzle): Promise<number> {
  const gone = await db.execute(sql`
    delete from processes where id in (
      select id from processes where beat_at < now() - interval '1 day' limit ${batchSize})
    returning 1`);
  return gone.length;
}

/**
 * Uploads that nobody attached, and bytes that no upload and no mail needs (any more), or whose coming in broke off.
 * A blob that somebody is just taking into use is locked, and left to the next time.
 */
async function trimUploads(db: Drizzle): Promise<number> {
  await db.execute(sql`delete from uploads where id in (
    select id from uploads where expires_at < now() limit ${batchSize} for update skip locked)`);
  await db.execute(sql`delete from send_blobs b using sends s where s.id = b.send_id and s.content is null`);
  const gone = await db.execute(sql`
    delete from blobs where id in (
      select id from blobs b where created_at < now() - interval '1 hour'
        and not exists (select from uploads u where u.blob_id = b.id)
        and not exists (select from send_blobs s where s.blob_id = b.id)
      limit ${batchSize} for update skip locked)
    returning 1`);
  return gone.length;
}

/** Commands of mailboxes: a day after they have expired no job asks for their answer. */
async function trimCommands(db: Drizzle): Promise<number> {
  const gone = await db.execute(sql`
    delete from commands where id in (
      select id from commands where expires_at < now() - interval '1 day' limit ${batchSize} for update skip locked)
    returning 1`);
  return gone.length;
}
