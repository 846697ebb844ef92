/**
 * Looking for mails in the folder of sent mails: one in doubt that is found there went out, and a provider that is said
 * to file by itself is believed when its copy is there.
 */
import { and, eq, sql } from 'drizzle-orm';
import { withUser } from '../accounts/user-lock.ts';
import type { Drizzle } from '../db/database.ts';
import { type Send, sends } from '../db/tables.ts';
import type { LedgerParts } from './ledger.ts';
import { refOf } from './order.ts';

/** A provider files its copy within seconds, as a rule. */
export const firstLookMs = 5_000;
/** Waits between looks. After the last one a doubt is left to a person, and a missing copy is filed by us. */
const againMs = {
  'in-doubt': [25_000, 2 * 60_000, 10 * 60_000, 60 * 60_000],
  accepted: [25_000, 2 * 60_000],
};
/**
 * When a mail in doubt is looked for. One that others have already is not: a copy that is found, or what those write, may
 * be of the mail that they got.
 */
export const firstLookAt = ({ delivered }: Pick<Send, 'delivered'>): Date | null =>
  delivered.length > 0 ? null : new Date(Date.now() + firstLookMs);

/** Looks that nobody took up at their time: the holder of the lease does when it opens the mailbox. */
const dueWithinSeconds = 3;

/** A mail that is to be looked for. */
export type Look = Pick<
  Send,
  'id' | 'tenantId' | 'userId' | 'accountId' | 'idempotencyKey' | 'messageIdHeader' | 'looks' | 'rejected'
> & { state: 'in-doubt' | 'accepted' };

/** Accounts whose mails are to be looked for about now; `all`: also those whose time has passed. */
export async function dueLooks(db: Drizzle, all: boolean): Promise<string[]> {
  const since = all ? sql`` : sql`and look_at > now() - make_interval(secs => ${dueWithinSeconds})`;
  const rows = await db.execute<{ id: string }>(sql`
    select distinct account_id as id from sends where look_at is not null and look_at <= now() ${since} limit 1000`);
  return rows.map(({ id }) => id);
}

/** The next mail of an account to look for, for the holder of its lease. */
export async function nextLook(
  db: Drizzle,
  accountId: string,
  lease: { holder: string; token: number },
): Promise<Look | null> {
  const [row] = await db.execute<Look>(sql`
    select s.id, s.tenant_id as "tenantId", s.user_id as "userId", s.account_id as "accountId",
      s.idempotency_key as "idempotencyKey", s.message_id_header as "messageIdHeader", s.looks, s.rejected, s.state
    from sends s join accounts a on a.id = s.account_id
    where s.account_id = ${accountId}::uuid and s.look_at is not null and s.look_at <= now()
      and s.state in ('in-doubt', 'accepted')
      and a.holder = ${lease.holder}::uuid and a.token = ${lease.token}
    order by s.look_at limit 1`);
  return row ?? null;
}

/** What a look has shown. */
export async function looked(parts: Pick<LedgerParts, 'db' | 'wake' | 'changed'>, look: Look, found: boolean) {
  const itself = and(eq(sends.id, look.id), eq(sends.state, look.state), eq(sends.looks, look.looks));
  if (!found) {
    const waitMs = againMs[look.state][look.looks];
    const more = waitMs === undefined ? null : new Date(Date.now() + waitMs);
    const missing = more === null && look.state === 'accepted';
    await parts.db
      .update(sends)
      .set({
        looks: look.looks + 1,
        lookAt: more,
        ...(missing && { copy: sql`case when ${sends.content} is null then 'failed' else 'filing' end` }),
      })
      .where(itself);
    return;
  }
  if (look.state === 'accepted') {
    await parts.db.update(sends).set({ lookAt: null, content: null }).where(itself);
    return;
  }
  await withUser(parts, look, async ({ tx, emit }) => {
    const response = 'found in the folder of sent mails';
    const values = {
      state: 'accepted',
      response,
      refusal: null,
      copy: 'by-provider',
      lookAt: null,
      content: null,
    } as const;
    const [settled] = await tx.update(sends).set(values).where(itself).returning({ id: sends.id });
    if (!settled) return;
    const told = { ...refOf(look), response, rejectedRecipients: look.rejected, copy: 'by-provider' } as const;
    emit('send.sent', told, { accountId: look.accountId });
  });
  parts.changed(look.id);
}
