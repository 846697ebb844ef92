import { sql } from 'drizzle-orm';
import type { Drizzle, Transaction } from './database.ts';

const batchSize = 1_000;
/** What is left after so many batches waits for the next call. */
const maxBatches = 50;

/**
 * Erase what a disconnected account has left, in batches that are transactions of their own: a mailbox may have a million
 * messages, and nobody waits behind them. Nothing of it can be read meanwhile, since an account that is disconnected is
 * nobody's.
 * @returns how many rows went.
 */
export async function eraseDisconnected(db: Drizzle, signal?: AbortSignal): Promise<number> {
  let gone = 0;
  const failed: string[] = [];
  let fault: unknown;
  for (let n = 0; n < maxBatches && !signal?.aborted; n += 1) {
    const [next] = await db.execute<{ accountId: string; tenantId: string }>(sql`
      select account_id as "accountId", tenant_id as "tenantId" from erasures
      where account_id not in (select t::uuid from jsonb_array_elements_text(${JSON.stringify(failed)}::text::jsonb) t)
      order by asked_at limit 1`);
    if (!next) break;
    try {
      gone += await db.transaction(async (tx) => {
        const erased = (await eraseEvents(tx, next.accountId)) + (await eraseMessages(tx, next));
        if (erased === 0) await tx.execute(sql`delete from erasures where account_id = ${next.accountId}::uuid`);
        return erased;
      });
    } catch (error) {
      // The others do not wait for what cannot be erased now.
      failed.push(next.accountId);
      fault ??= error;
    }
  }
  if (failed.length > 0) throw fault;
  return gone;
}

/** Replace what events told of an account's messages; the events stay, so that no number is missing. */
export async function eraseEvents(tx: Transaction, accountId: string): Promise<number> {
  const erased = await tx.execute(sql`
    update events set data = '{"erased":true}' where no in (
      select no from events
      where account_id = ${accountId}::uuid and type like 'message.%' and not data ? 'erased'
      limit ${batchSize})`);
  return erased.count;
}

async function eraseMessages(tx: Transaction, of: { accountId: string; tenantId: string }): Promise<number> {
  const gone = await tx.execute<{ id: string }>(sql`
    delete from messages where account_id = ${of.accountId}::uuid and id in (
      select id from messages where account_id = ${of.accountId}::uuid limit ${batchSize})
    returning id`);
  const ids = JSON.stringify(gone.map(({ id }) => id));
  const among = sql`account_id = ${of.accountId}::uuid
    and message_id in (select t::uuid from jsonb_array_elements_text(${ids}::text::jsonb) t)`;
  await tx.execute(sql`delete from message_people where ${among}`);
  await tx.execute(sql`delete from message_search where ${among}`);
  const parts = await tx.execute<{ hash: string }>(sql`delete from message_parts where ${among} returning hash`);
  const hashes = JSON.stringify([...new Set(parts.map(({ hash }) => hash))]);
  // What another of the tenant's users received as well stays; who else of others did is of no account.
  await tx.execute(sql`
    delete from bodies b
    where b.tenant_id = ${of.tenantId} and b.hash in (select jsonb_array_elements_text(${hashes}::text::jsonb))
      and not exists (select from message_parts p join accounts a on a.id = p.account_id
        where p.hash = b.hash and a.tenant_id = b.tenant_id)`);
  return gone.length;
}
