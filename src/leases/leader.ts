import { sql } from 'drizzle-orm';
import type { Drizzle } from '../db/database.ts';
import { isDead } from './heartbeat.ts';

/**
 * Become, or stay, the one leader of a part. A lease row and not a session lock: a frozen leader would keep that one.
 * @returns the fencing token, or null while another process that is alive leads.
 */
export async function takeLead(db: Drizzle, name: string, processId: string): Promise<number | null> {
  const [mine] = await db.execute<{ token: string }>(sql`
    insert into leases (name, holder, token) values (${name}, ${processId}, 1)
    on conflict (name) do update set holder = ${processId}, token = leases.token + 1
      where leases.holder is null or ${isDead(sql`leases.holder`)}
    returning token`);
  if (mine) return Number(mine.token);
  const [held] = await db.execute<{ token: string }>(
    sql`select token from leases where name = ${name} and holder = ${processId}`,
  );
  return held ? Number(held.token) : null;
}

/** Give the lead back, so that the next one need not wait for our death. */
export async function releaseLead(db: Drizzle, name: string, processId: string): Promise<void> {
  await db.execute(sql`update leases set holder = null where name = ${name} and holder = ${processId}`);
}
