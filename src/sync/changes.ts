import { randomUUIDv7 } from 'node:crypto';
import { sql } from 'drizzle-orm';
import type { AccountParts } from '../accounts/index.ts';
import { LeaseLost } from '../accounts/lease.ts';
import type { Folder } from '../db/tables.ts';
import type { FlagRow, UidRanges } from '../mail/imap.ts';
import { fence, type Mailbox } from './mailbox.ts';

/** RFC 9051 section 2.3.1.1. */
const lastUid = 2 ** 32 - 1;
/** Rows of one statement. */
const most = 1_000;

/** What a look at a folder has shown. */
export type Changes = {
  flags?: readonly FlagRow[];
  /** Gone from the folder; whether they are anywhere else is found out afterwards. */
  vanished?: UidRanges;
};

/** How far a folder is known after a look. */
export type Seen = { highestModseq?: bigint | null; messageCount?: number };

/**
 * Write down what changed in a folder: flags that differ from what is known are events, and what vanished is lost until
 * it is found elsewhere or settled. What is known already changes nothing and tells nobody, so that the echo of our own
 * change is no second event. The cursor moves in the last statement: a crash before it repeats the look.
 * @throws {LeaseLost}
 */
export async function applyChanges(
  parts: AccountParts,
  mailbox: Mailbox,
  folder: Folder,
  { flags = [], vanished = [] }: Changes,
  seen: Seen = {},
): Promise<{ changed: number; lost: number }> {
  let changed = 0;
  let lost = 0;
  const rounds = Math.max(1, Math.ceil(flags.length / most), Math.ceil(vanished.length / most));
  for (let n = 0; n < rounds; n += 1) {
    const part = <T>(all: readonly T[]) => all.slice(n * most, (n + 1) * most);
    const isLast = n === rounds - 1;
    const done = await applyPart(parts, mailbox, folder, part(flags), part(vanished), isLast ? seen : {});
    changed += done.changed;
    lost += done.lost;
  }
  if (seen.highestModseq !== undefined) folder.highestModseq = seen.highestModseq;
  if (seen.messageCount !== undefined) folder.messageCount = seen.messageCount;
  mailbox.lost += lost;
  if (changed > 0) parts.wake();
  return { changed, lost };
}

async function applyPart(
  { db }: AccountParts,
  mailbox: Mailbox,
  folder: Folder,
  flags: readonly FlagRow[],
  vanished: UidRanges,
  seen: Seen,
) {
  const { accountId } = mailbox.lease;
  const { tenantId, userId } = mailbox.who;
  const ids = JSON.stringify(flags.map(() => randomUUIDv7()));
  const rows = JSON.stringify(flags.map(({ uid, flags }) => ({ uid, flags })));
  const ranges = JSON.stringify(vanished);
  // What cannot find anything is left out: each part is planned each time, and may read much where it is planned badly.
  const known =
    flags.length === 0
      ? sql`select null::uuid as id, null::jsonb as before, null::jsonb as now, 0 as place where false`
      : sql`
      select m.id, m.flags as before, input.flags as now, row_number() over (order by input.uid) as place
      from held, input cross join lateral (
        select m.id, m.flags from messages m
        where m.account_id = ${accountId}::uuid and m.folder_id = ${folder.id}::uuid and m.uid = input.uid limit 1) m
      where not (m.flags @> input.flags and m.flags <@ input.flags)`;
  const gone =
    vanished.length === 0
      ? sql`select 1 where false`
      : sql`
      update messages m set uid = null
      from held, jsonb_array_elements(${ranges}::text::jsonb) as range
      where m.account_id = ${accountId}::uuid and m.folder_id = ${folder.id}::uuid
        and m.uid between (range->>0)::bigint and (range->>1)::bigint
      returning 1`;
  const modseq = seen.highestModseq === undefined ? null : String(seen.highestModseq ?? 0);
  const [done] = await db.execute<{ held: boolean; changed: number; lost: number }>(sql`
    with ${fence(mailbox)},
    input as materialized (
      select * from jsonb_to_recordset(${rows}::text::jsonb) as input(uid bigint, flags jsonb)
    ), differing as materialized (${known}
    ), changed as (
      update messages m set flags = differing.now from differing
      where m.account_id = ${accountId}::uuid and m.id = differing.id
    ), lost as (${gone}
    ), counted as (
      update users set event_seq = event_seq + (select count(*) from differing)
      from locked
      where users.tenant_id = locked.tenant_id and users.user_id = locked.user_id and exists (select from differing)
      returning event_seq - (select count(*) from differing) as seq
    ), logged as (
      insert into events (id, tenant_id, user_id, user_seq, account_id, type, time, data)
      select (${ids}::text::jsonb->>(place - 1)::int)::uuid, ${tenantId}, ${userId}, counted.seq + place,
        ${accountId}::uuid, 'message.changed', now(),
        jsonb_build_object('messageId', differing.id, 'folder', ${folder.path}::text,
          'addedFlags', (select coalesce(jsonb_agg(f), '[]') from jsonb_array_elements_text(now) f where not before ? f),
          'removedFlags', (select coalesce(jsonb_agg(f), '[]') from jsonb_array_elements_text(before) f where not now ? f),
          'movedFrom', null)
      from differing, counted order by place
    ), seen as (
      update folders set checked_at = now(),
        highest_modseq = case when ${modseq}::bigint is null then highest_modseq else nullif(${modseq}::bigint, 0) end,
        message_count = coalesce(${seen.messageCount ?? null}::int, message_count)
      from held where folders.id = ${folder.id}::uuid
    )
    select exists (select from held) as held, (select count(*)::int from differing) as changed,
      (select count(*)::int from lost) as lost`);
  if (!done?.held) throw new LeaseLost(accountId);
  return done;
}

/**
 * The UIDs that a folder does not have: what is known of them has vanished. What an order of ours has moved here may be
 * known beyond the folder's cursor, so this goes up to the last UID that there can be.
 */
export function absent(present: readonly number[]): UidRanges {
  const gaps: UidRanges = [];
  let next = 1;
  for (const uid of present) {
    if (uid > next) gaps.push([next, uid - 1]);
    next = uid + 1;
  }
  if (next <= lastUid) gaps.push([next, lastUid]);
  return gaps;
}
