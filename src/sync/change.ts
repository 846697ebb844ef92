import { randomUUIDv7 } from 'node:crypto';
import { sql } from 'drizzle-orm';
import { z } from 'zod';
import type { AccountParts } from '../accounts/index.ts';
import { LeaseLost } from '../accounts/lease.ts';
import type { Folder } from '../db/tables.ts';
import { MailError } from '../mail/errors.ts';
import type { ImapConnection } from '../mail/imap.ts';
import { backToInbox } from './arrivals.ts';
import { applyChanges } from './changes.ts';
import { lookAgain, lookAt } from './look.ts';
import { forget } from './lost.ts';
import { fence, folderAt, inboxOf, type Mailbox, syncedFolders } from './mailbox.ts';
import { readFolders } from './round.ts';

/** What a change order wants done with messages. */
export const changePayload = z.object({
  messageIds: z.array(z.uuid()),
  addFlags: z.array(z.string()).optional(),
  removeFlags: z.array(z.string()).optional(),
  moveTo: z.string().optional(),
  delete: z.enum(['trash', 'permanently']).optional(),
});
export type Change = z.infer<typeof changePayload>;

/** For so long an order goes from folder to folder: then it is looked whether anything arrived. */
const awayMs = 250;

type Placed = { id: string; folderId: string; uid: number; flags: string[] };

/**
 * Change messages on the server, folder by folder, and write down what became of them: each change is told of once, the
 * echo of the server is known by then. Everything in here may be done again.
 * @returns how many were changed, and which are not (or no more) there.
 * @throws {MailError} when the server refuses, {LeaseLost}
 */
export async function changeMessages(
  parts: AccountParts,
  mailbox: Mailbox,
  connection: ImapConnection,
  change: Change,
): Promise<{ changed: number; notFound: string[] }> {
  const target = targetOf(mailbox, change);
  const isKept = target !== null && target !== 'gone' && syncedFolders(mailbox).includes(target);
  let placed = await placesOf(parts, mailbox, change.messageIds);
  if (isKept && mailbox.lost > 0 && placed.length < change.messageIds.length) {
    // A try before this one may have moved them, and was cut off before it could write that down.
    await readFolders(parts, mailbox, connection, [target]);
    placed = await placesOf(parts, mailbox, change.messageIds);
  }
  const inbox = inboxOf(mailbox);
  const notMoved = new Set<string>();
  let changed = 0;
  let selected: Folder = inbox;
  let moved = false;
  let away = performance.now();
  for (const [folderId, all] of Map.groupBy(placed, ({ folderId }) => folderId)) {
    const folder = mailbox.folders.get(folderId);
    if (!folder) continue;
    if (selected !== inbox && performance.now() - away > awayMs) {
      await backToInbox(parts, mailbox, connection);
      selected = inbox;
      away = performance.now();
    }
    // Opening INBOX takes up the news of what arrived meanwhile: it has to be read with it.
    if (selected !== folder && folder === inbox) await backToInbox(parts, mailbox, connection);
    else if (selected !== folder) await lookAt(parts, mailbox, connection, folder);
    selected = folder;
    // What the look has just shown to be gone, or renumbered, is not touched.
    const uids = new Set(
      (
        await placesOf(
          parts,
          mailbox,
          all.map(({ id }) => id),
        )
      )
        .filter((one) => one.folderId === folderId)
        .map(({ uid }) => uid),
    );
    const there = all.filter(({ uid }) => uids.has(uid));
    if (there.length === 0) continue;
    await changeFlags(parts, mailbox, connection, folder, there, change);
    let done: readonly Placed[] = there;
    if (target === 'gone') await connection.remove(there.map(({ uid }) => uid));
    else if (target && target !== folder)
      done = await moveTo(parts, mailbox, connection, { from: folder, to: target, placed: there });
    if (target) moved ||= target === 'gone' || target !== folder;
    if (moved) await lookAgain(parts, mailbox, connection, folder);
    changed += done.length;
    for (const { id } of there) if (!done.some((one) => one.id === id)) notMoved.add(id);
  }
  // Where the server did not say which UIDs moved messages have, they are found in the folder itself.
  if (mailbox.lost > 0 && isKept) await readFolders(parts, mailbox, connection, [target]);
  else if (selected !== inbox) await backToInbox(parts, mailbox, connection);
  const found = new Set(placed.map(({ id }) => id));
  return { changed, notFound: change.messageIds.filter((id) => !found.has(id) || notMoved.has(id)) };
}

/** Where the messages go: a folder, `gone` for good, or nowhere. */
function targetOf(mailbox: Mailbox, change: Change): Folder | 'gone' | null {
  if (change.delete === 'permanently') return 'gone';
  const wanted = change.delete === 'trash' ? 'trash' : change.moveTo;
  if (wanted === undefined) return null;
  const all = [...mailbox.folders.values()].filter(({ mode, selectable }) => mode !== 'gone' && selectable);
  const byRole = all.find(({ role }) => role === wanted);
  // What is deleted goes where the server says, also where somebody has a folder of that name.
  const target = change.delete ? byRole : (folderAt(mailbox, wanted) ?? byRole);
  if (target?.selectable) return target;
  // Whoever deletes keeps what is deleted: without a trash there is nothing to move to.
  const response = change.delete ? 'there is no folder for deleted messages' : `there is no folder ${wanted}`;
  throw new MailError({ reason: 'mailbox.folder_missing', permanent: true, protocol: 'imap', response });
}

async function placesOf({ db }: AccountParts, { lease }: Mailbox, ids: readonly string[]): Promise<Placed[]> {
  const rows = await db.execute<Placed>(sql`
    select id, folder_id as "folderId", uid, flags from messages
    where account_id = ${lease.accountId}::uuid and uid is not null
      and id in (select t::uuid from jsonb_array_elements_text(${JSON.stringify(ids)}::text::jsonb) t)`);
  return rows.map((row) => ({ ...row, uid: Number(row.uid) }));
}

async function changeFlags(
  parts: AccountParts,
  mailbox: Mailbox,
  connection: ImapConnection,
  folder: Folder,
  placed: readonly Placed[],
  { addFlags = [], removeFlags = [] }: Change,
) {
  if (addFlags.length + removeFlags.length === 0) return;
  await connection.store(
    placed.map(({ uid }) => uid),
    { add: addFlags, remove: removeFlags },
  );
  // A server that numbers changes says what the flags are now, which may be less than was asked for.
  if (connection.can.condstore && folder.highestModseq !== null) {
    await lookAgain(parts, mailbox, connection, folder);
    return;
  }
  const isIn = (flags: readonly string[], flag: string) =>
    flags.some((one) => one.toLowerCase() === flag.toLowerCase());
  const flags = placed.map(({ uid, flags }) => {
    const kept = flags.filter((flag) => !isIn(removeFlags, flag));
    return { uid, modseq: null, flags: [...kept, ...addFlags.filter((flag) => !isIn(kept, flag))] };
  });
  await applyChanges(parts, mailbox, folder, { flags });
}

/**
 * Move messages; where the server says which UIDs they have now, their rows follow in one statement. What somebody else
 * has moved or deleted just before is not among those, and is for the next look to find.
 * @returns what was moved, as far as the server tells.
 */
async function moveTo(
  parts: AccountParts,
  mailbox: Mailbox,
  connection: ImapConnection,
  { from, to, placed }: { from: Folder; to: Folder; placed: readonly Placed[] },
): Promise<readonly Placed[]> {
  const { uidValidity, uids } = await connection.move(
    placed.map(({ uid }) => uid),
    to.path,
  );
  const isKept = syncedFolders(mailbox).includes(to);
  const done = connection.can.uidplus ? placed.filter(({ uid }) => uids?.has(uid)) : placed;
  if (isKept && (uids === null || uidValidity !== to.uidValidity)) return done;
  // Two messages that are said to be one there are both found by reading the folder.
  const said = Map.groupBy(uids?.values() ?? [], (uid) => uid);
  const moves = done.flatMap(({ id, uid }) => {
    const now = uids?.get(uid) ?? null;
    return isKept && (now === null || said.get(now)!.length > 1) ? [] : [{ id, uid: now, event_id: randomUUIDv7() }];
  });
  const { accountId } = mailbox.lease;
  const { tenantId, userId } = mailbox.who;
  const type = isKept ? 'message.changed' : 'message.deleted';
  const about = isKept
    ? { folder: to.path, addedFlags: [], removedFlags: [], movedFrom: from.path }
    : { folder: from.path, reason: 'moved-out' };
  const follow = isKept
    ? sql`update messages m set folder_id = ${to.id}::uuid, uid = input.uid from input, held
        where m.account_id = ${accountId}::uuid and m.id = input.id and m.folder_id = ${from.id}::uuid
          and not exists (select from messages o
            where o.account_id = ${accountId}::uuid and o.folder_id = ${to.id}::uuid and o.uid = input.uid)
        returning m.id`
    : sql`delete from messages m using input, held
        where m.account_id = ${accountId}::uuid and m.id = input.id and m.folder_id = ${from.id}::uuid returning m.id`;
  const [written] = await parts.db.execute<{ held: boolean }>(sql`
    with ${fence(mailbox)},
    input as materialized (
      select * from jsonb_to_recordset(${JSON.stringify(moves)}::text::jsonb) as input(id uuid, uid bigint, event_id uuid)
    ), gone as (${follow}
    ), ${isKept ? sql`unchanged as (select)` : forget(accountId)}, told as materialized (
      select event_id, input.id, row_number() over (order by input.id) as place from input join gone using (id)
    ), counted as (
      update users set event_seq = event_seq + (select count(*) from told)
      from locked
      where users.tenant_id = locked.tenant_id and users.user_id = locked.user_id and exists (select from told)
      returning event_seq - (select count(*) from told) as seq
    ), logged as (
      insert into events (id, tenant_id, user_id, user_seq, account_id, type, time, data)
      select event_id, ${tenantId}, ${userId}, counted.seq + place, ${accountId}::uuid, ${type}, now(),
        ${JSON.stringify(about)}::text::jsonb || jsonb_build_object('messageId', told.id)
      from told, counted order by place
    )
    select exists (select from held) as held`);
  if (!written?.held) throw new LeaseLost(accountId);
  parts.wake();
  return done;
}
