/**
 * The ledger of sending: a send is a row before it is anything else, and each step is a compare-and-set on that row.
 * `queued → connecting → data-sent → accepted | failed | in-doubt`, and back to `queued` when it is to be tried again.
 */
import { and, eq, sql } from 'drizzle-orm';
import { sendingStates } from '../accounts/states.ts';
import type { Locked } from '../accounts/user-lock.ts';
import type { Drizzle } from '../db/database.ts';
import { type Account, accounts, type Send, sends } from '../db/tables.ts';
import type { MailContent } from '../mail/compose.ts';
import { refusalOf } from '../mail/errors.ts';

/** What the functions of this folder share. */
export type LedgerParts = {
  db: Drizzle;
  /** There are new event rows: publish them. */
  wake: () => void;
  /** A send has another state: whoever waits for it in this process looks again, unless it is told. */
  changed: (sendId: string, state?: 'accepted') => void;
};

/** A mail that this process has in hand, and the account as it was when the mail was claimed. */
export type Claimed = Pick<
  Send,
  | 'id'
  | 'tenantId'
  | 'userId'
  | 'accountId'
  | 'idempotencyKey'
  | 'messageIdHeader'
  | 'attempt'
  | 'refusal'
  | 'delivered'
  | 'rejected'
  | 'response'
  | 'copy'
> & {
  holder: string;
  giveUpAt: Date;
  content: MailContent;
  account: Pick<Account, 'id' | 'email' | 'smtp' | 'smtpSecret' | 'secretKind' | 'locale' | 'provider' | 'sending'>;
};

/** States in which a mail may leave, as SQL. Literals, so that partial indexes are seen to fit. */
const maySend = sql.raw(sendingStates.map((state) => `'${state}'`).join(', '));
/** The submission server is not to be knocked on before that; a null means not before something changes. */
const doorIsOpen = sql.raw(
  `(a.sending is null or not a.sending ? 'nextTryAt' or (a.sending->>'nextTryAt')::timestamptz <= now())`,
);

/** Can this account send now? The same rule as in the statements below. */
export function canSendNow({ state, sending }: Pick<Account, 'state' | 'sending'>): boolean {
  if (!sendingStates.includes(state)) return false;
  const nextTryAt = (sending as { nextTryAt?: string | null } | null)?.nextTryAt;
  return nextTryAt === undefined || (nextTryAt !== null && Date.parse(nextTryAt) <= Date.now());
}

/**
 * Take the next mail of each of these accounts: its oldest one that is due, if a lane is free. One statement, which also
 * brings what is needed to send. Processes that ask at the same time get different mails; one that loses the race for an
 * account gets none for it.
 * @param lanes mails of one account that may be on their way at a time. With one, they keep their order.
 */
export async function claim(
  { db }: LedgerParts,
  holder: string,
  accountIds: readonly string[],
  lanes = 1,
): Promise<Claimed[]> {
  if (accountIds.length === 0) return [];
  const rows = await db.execute<Record<string, unknown>>(sql`
    with heads as materialized (
      select head.id, free.lane
      from unnest(string_to_array(${accountIds.join(',')}, ',')::uuid[]) as asked(id)
      join accounts a on a.id = asked.id and a.state in (${maySend}) and ${doorIsOpen}
      cross join lateral (
        select lane from generate_series(0, ${lanes - 1}::int) as lane
        where not exists (select from sends f
          where f.account_id = a.id and f.state in ('connecting', 'data-sent') and f.lane = lane.lane)
        limit 1
      ) free
      cross join lateral (
        select s.id from sends s
        where s.account_id = a.id and s.state = 'queued' and s.next_try_at <= now() and s.give_up_at > now()
        order by s.no limit 1
      ) head
    ), taken as (
      -- Asked again of the row as it is when it is locked: it may have been put off or taken since.
      select s.id, heads.lane from sends s join heads using (id)
      where s.state = 'queued' and s.next_try_at <= now() and s.give_up_at > now() for update of s skip locked
    )
    update sends s
    set state = 'connecting', attempt = s.attempt + 1, holder = ${holder}::uuid, lane = taken.lane, tried_at = now()
    from taken, accounts a
    where s.id = taken.id and a.id = s.account_id
    returning s.id, s.tenant_id as "tenantId", s.user_id as "userId", s.account_id as "accountId",
      s.idempotency_key as "idempotencyKey", s.message_id_header as "messageIdHeader", s.attempt, s.refusal,
      s.delivered, s.rejected, s.response, s.copy,
      s.holder, s.give_up_at as "giveUpAt", s.content,
      jsonb_build_object('id', a.id, 'email', a.email, 'smtp', a.smtp, 'smtpSecret', a.smtp_secret,
        'secretKind', a.secret_kind, 'locale', a.locale, 'provider', a.provider, 'sending', a.sending) as account`);
  return rows.map((row) => ({ ...row, giveUpAt: new Date(row.giveUpAt as string) }) as Claimed);
}

/**
 * Accounts that have a mail to send now. It steps from account to account in the index, so a mailbox with ten thousand
 * queued mails costs as much as one with a single mail.
 */
export async function dueAccounts({ db }: LedgerParts, limit = 1_000): Promise<string[]> {
  const rows = await db.execute<{ id: string }>(sql`
    with recursive walk as (
      (select s.account_id from sends s
       where s.state in ('queued', 'connecting', 'data-sent') order by s.account_id limit 1)
      union all
      select (select s.account_id from sends s
              where s.state in ('queued', 'connecting', 'data-sent') and s.account_id > walk.account_id
              order by s.account_id limit 1)
      from walk where walk.account_id is not null
    )
    select a.id from walk join accounts a on a.id = walk.account_id
    where a.state in (${maySend}) and ${doorIsOpen}
      and exists (select from sends s where s.account_id = a.id and s.state = 'queued' and s.next_try_at <= now())
    limit ${limit}`);
  return rows.map(({ id }) => id);
}

/**
 * Write down that the ends of these mails are about to be sent. From here on they are never sent again by themselves.
 * @returns for each whether it is still ours: where it is not, nothing may be sent.
 */
export async function markDataSent({ db }: LedgerParts, mails: readonly Claimed[]): Promise<boolean[]> {
  const given = JSON.stringify(mails.map(({ id, attempt, holder }) => ({ id, attempt, holder })));
  const marked = await db.execute<{ id: string }>(sql`
    update sends s set state = 'data-sent', data_sent_at = now()
    from jsonb_to_recordset(${given}::jsonb) as mail(id uuid, attempt int, holder uuid)
    where s.id = mail.id and s.attempt = mail.attempt and s.holder = mail.holder and s.state = 'connecting'
    returning s.id`);
  const ours = new Set(marked.map(({ id }) => id));
  return mails.map(({ id }) => ours.has(id));
}

/**
 * Give a mail back, as if it had not been tried. Only by whoever knows that its end was never sent: then the mark may
 * be taken back too, as long as nobody else has judged it.
 */
export async function giveBack({ db }: LedgerParts, mail: Claimed): Promise<void> {
  await db
    .update(sends)
    .set({ state: 'queued', holder: null, dataSentAt: null, nextTryAt: sql`now()` })
    .where(
      and(
        eq(sends.id, mail.id),
        eq(sends.attempt, mail.attempt),
        eq(sends.holder, mail.holder),
        sql`${sends.state} in ('connecting', 'data-sent')`,
      ),
    );
}

/**
 * An account ends: what has not gone out never will, what may have gone out is in doubt, and no text is kept.
 * Runs in the transaction that disconnects; a mail on its way finds at its mark that it is not wanted any more.
 */
export async function endSendsOf({ tx, emit }: Pick<Locked, 'tx' | 'emit'>, accountId: string): Promise<void> {
  const [account] = await tx
    .select({ locale: accounts.locale, provider: accounts.provider })
    .from(accounts)
    .where(eq(accounts.id, accountId));
  if (!account) return;
  const refusal = refusalOf({ reason: 'account.disconnected', permanent: true, protocol: 'smtp' }, account);
  const ended = await tx
    .update(sends)
    .set({
      state: sql`case when ${sends.state} = 'data-sent' then 'in-doubt' else 'failed' end`,
      refusal: sql`case when ${sends.state} = 'data-sent' then ${sends.refusal} else ${JSON.stringify(refusal)}::jsonb end`,
      endedAt: sql`now()`,
    })
    .where(and(eq(sends.accountId, accountId), sql`${sends.state} in ('queued', 'connecting', 'data-sent')`))
    .returning({
      no: sends.no,
      sendId: sends.id,
      idempotencyKey: sends.idempotencyKey,
      messageIdHeader: sends.messageIdHeader,
      state: sends.state,
    });
  await tx
    .update(sends)
    .set({
      content: null,
      recipients: [],
      lookAt: null,
      original: null,
      copy: sql`case when ${sends.copy} in ('pending', 'filing') then 'failed' else ${sends.copy} end`,
    })
    .where(
      and(
        eq(sends.accountId, accountId),
        sql`(${sends.content} is not null or ${sends.original} is not null or ${sends.recipients} <> '[]')`,
      ),
    );
  for (const { no: _, state, ...ref } of ended.sort((one, other) => one.no - other.no)) {
    if (state === 'in-doubt') emit('send.in_doubt', ref, { accountId });
    else emit('send.failed', { ...ref, ...refusal }, { accountId });
  }
}
