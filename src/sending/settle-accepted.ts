import { randomUUIDv7 } from 'node:crypto';
import { sql } from 'drizzle-orm';
import type { Rejected } from '../mail/smtp-faults.ts';
import type { Claimed, LedgerParts } from './ledger.ts';
import { firstLookMs } from './looks.ts';
import { filesByItself } from './settle.ts';

/**
 * Write down that servers have accepted these mails, each with its `send.sent`. It is what `settle` does for one, in
 * one statement for many: at hundreds of mails a second, six round trips for each were most of the work. The same
 * rules hold: first the users' rows are locked (always in the same order), then the mails change by compare-and-set on
 * the attempt, and only a mail that changed draws the next `userseq` of its user.
 * @param sent mails of different users.
 * @returns for each whether it was this that counted.
 */
export async function settleAccepted(
  parts: LedgerParts,
  sent: readonly { mail: Claimed; response: string; rejected: Rejected[] }[],
): Promise<boolean[]> {
  const given = sent.map(({ mail, response, rejected }) => ({
    id: mail.id,
    attempt: mail.attempt,
    tenant_id: mail.tenantId,
    user_id: mail.userId,
    response,
    rejected: rejected.map(({ address, response }) => ({ address, response })),
    by_provider: filesByItself(mail.account),
    event_id: randomUUIDv7(),
  }));
  const told = await parts.db.execute<{ id: string }>(sql`
    with given as materialized (
      select * from jsonb_to_recordset(${JSON.stringify(given)}::jsonb) as mail(id uuid, attempt int, tenant_id text,
        user_id text, response text, rejected jsonb, by_provider boolean, event_id uuid)
    ), locked as materialized (
      select u.tenant_id, u.user_id from users u
      where (u.tenant_id, u.user_id) in (select tenant_id, user_id from given)
      order by u.tenant_id, u.user_id for update
    ), written as (
      update sends s
      set state = 'accepted', response = given.response, rejected = given.rejected, refusal = null, ended_at = now(),
        copy = case when given.by_provider then 'by-provider' when s.content is null then 'failed' else s.copy end,
        look_at = case when given.by_provider then now() + make_interval(secs => ${firstLookMs / 1_000}) end, looks = 0
      from given join locked using (tenant_id, user_id)
      where s.id = given.id and s.attempt = given.attempt and s.state in ('data-sent', 'in-doubt')
      returning s.id, s.tenant_id, s.user_id, s.account_id, s.idempotency_key, s.message_id_header, s.response,
        s.rejected, s.copy, given.event_id
    ), counted as (
      update users u set event_seq = u.event_seq + 1 from written
      where u.tenant_id = written.tenant_id and u.user_id = written.user_id
      returning u.tenant_id, u.user_id, u.event_seq
    ), told as (
      insert into events (id, tenant_id, user_id, user_seq, account_id, type, time, data)
      select event_id, tenant_id, user_id, counted.event_seq, account_id, 'send.sent', now(),
        jsonb_build_object('sendId', written.id, 'idempotencyKey', idempotency_key, 'messageIdHeader', message_id_header,
          'response', response, 'rejectedRecipients', rejected,
          'copy', case when copy = 'filing' then 'pending' else copy end)
      from written join counted using (tenant_id, user_id)
    )
    select id from written`);
  const counted = new Set(told.map(({ id }) => id));
  if (counted.size > 0) parts.wake();
  return sent.map(({ mail }) => {
    const counts = counted.has(mail.id);
    if (counts) parts.changed(mail.id, 'accepted');
    else parts.changed(mail.id);
    return counts;
  });
}
