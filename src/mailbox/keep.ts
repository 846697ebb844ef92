import { createHash } from 'node:crypto';
import { sql } from 'drizzle-orm';
import type { Drizzle } from '../db/database.ts';

/**
 * Keep the decoded bytes of a part for whoever asks next: one copy for all users of the tenant that have the same. A
 * message that has gone meanwhile keeps nothing.
 */
export async function keepPart(
  db: Drizzle,
  of: { tenantId: string; accountId: string; messageId: string; part: string },
  bytes: Buffer,
): Promise<void> {
  const hash = createHash('sha256').update(bytes).digest('hex');
  await db.execute(sql`
    with message as (
      select account_id, id from messages where account_id = ${of.accountId}::uuid and id = ${of.messageId}::uuid
    ), kept as (
      insert into bodies (tenant_id, hash, bytes, size)
      select ${of.tenantId}, ${hash}, decode(${bytes.toString('base64')}, 'base64'), ${bytes.length} from message
      on conflict (tenant_id, hash) do update set stored_at = now()
    )
    insert into message_parts (account_id, message_id, part, hash)
    select account_id, id, ${of.part}, ${hash} from message
    on conflict (account_id, message_id, part) do update set hash = excluded.hash`);
}
