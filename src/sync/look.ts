import { eq, sql } from 'drizzle-orm';
import type { AccountParts } from '../accounts/index.ts';
import { underLease } from '../accounts/lease.ts';
import { withUser } from '../accounts/user-lock.ts';
import { type Folder, folders, messages } from '../db/tables.ts';
import { MailError } from '../mail/errors.ts';
import type { ImapConnection, SelectedFolder } from '../mail/imap.ts';
import { absent, applyChanges } from './changes.ts';
import { syncFolderList } from './folders.ts';
import type { Mailbox } from './mailbox.ts';

/** A server that does not number changes is asked for all flags, the less often the more there are. */
const compareFlagsPerMessageMs = 5;

/** What a look has shown besides what it wrote down. */
export type Looked = { selected: SelectedFolder; hasNew: boolean; changed: number; lost: number };

/**
 * Open a folder and write down what changed in it since the last look: flags, and messages that are gone; what is new
 * is the caller's to read. By QRESYNC in one round trip, by CONDSTORE with a list of UIDs where some are gone, else by
 * comparing all UIDs and flags. A folder that is opened for the first time, or was renumbered, begins anew.
 * @throws {LeaseLost}
 */
export async function lookAt(
  parts: AccountParts,
  mailbox: Mailbox,
  connection: ImapConnection,
  folder: Folder,
): Promise<Looked> {
  const { uidValidity, highestModseq } = folder;
  const known = uidValidity > 0 && highestModseq !== null ? { uidValidity, highestModseq } : undefined;
  const selected = await connection.select(folder.path, known && { known });
  // Another folder under the same name, which may have been given the same UIDVALIDITY in the same second.
  const isAnother = selected.mailboxId !== null && folder.mailboxId !== null && selected.mailboxId !== folder.mailboxId;
  if (folder.historyUid === null || uidValidity === 0) {
    await begin(parts, mailbox, folder, selected);
    return { selected, hasNew: selected.uidNext > folder.uidNext && selected.exists > 0, changed: 0, lost: 0 };
  }
  // UIDs never go backwards; a server that was restored from a backup gives them a second time. 1 is told by who knows none.
  const wentBack = selected.uidNext > 1 && selected.uidNext < folder.uidNext;
  if (uidValidity !== selected.uidValidity || wentBack || isAnother) {
    await listAgain(parts, mailbox, connection, folder);
    const lost = await beginAgain(parts, mailbox, folder, selected);
    return { selected, hasNew: false, changed: 0, lost };
  }
  if (selected.mailboxId !== null) folder.mailboxId = selected.mailboxId;
  const written = await compare(parts, mailbox, connection, folder, selected);
  lastLooks.set(folder, { exists: selected.exists, uidNext: selected.uidNext });
  return { selected, hasNew: selected.uidNext > folder.uidNext, ...written };
}

/**
 * What stands under a folder's name is another one than before. It may be one that is known under another name until
 * now, and its messages would be taken for new ones: whoever knows today's names knows that they are lost from there.
 * @throws {MailError} when the name is no longer this folder's.
 */
async function listAgain(parts: AccountParts, mailbox: Mailbox, connection: ImapConnection, folder: Folder) {
  if (folder.role === 'inbox') return;
  const { path } = folder;
  await syncFolderList(parts, mailbox, connection);
  if (folder.path === path && folder.mode !== 'gone' && folder.uidValidity !== 0) return;
  throw new MailError({
    reason: 'mailbox.folder_missing',
    permanent: false,
    protocol: 'imap',
    response: `the folder ${path} was renamed just now`,
  });
}

/** What the last look of this process at a folder has shown. */
const lastLooks = new WeakMap<Folder, { exists: number; uidNext: number }>();

async function compare(
  parts: AccountParts,
  mailbox: Mailbox,
  connection: ImapConnection,
  folder: Folder,
  selected: SelectedFolder,
) {
  const { exists, uidNext, highestModseq } = selected;
  const seen = { highestModseq, messageCount: exists };
  if (selected.changes) {
    const { flags, vanished } = selected.changes;
    if (vanished) return applyChanges(parts, mailbox, folder, { flags, vanished }, seen);
  }
  if (highestModseq !== null && folder.highestModseq !== null && connection.can.condstore) {
    const same = highestModseq === folder.highestModseq;
    const changes = same ? null : await connection.changesSince(folder.highestModseq);
    // What arrived makes up for what went: only when all that could arrive since the last look did, nothing is gone.
    const last = lastLooks.get(folder);
    const nothingGone = last !== undefined && exists - last.exists === uidNext - last.uidNext;
    const vanished = changes?.vanished ?? (nothingGone ? [] : absent(await connection.uids()));
    return applyChanges(parts, mailbox, folder, { flags: changes?.flags ?? [], vanished }, seen);
  }
  return compareAll(parts, mailbox, connection, folder, seen);
}

const comparedAt = new WeakMap<Folder, number>();

const numberings = new WeakMap<Folder, object>();
/** Another object once the folder's UIDs mean other messages, or it is read anew from its beginning. */
export const numberingOf = (folder: Folder): object | undefined => numberings.get(folder);

/** Without numbers of changes: all flags where it is time for that, else the UIDs where their number is another one. */
async function compareAll(
  parts: AccountParts,
  mailbox: Mailbox,
  connection: ImapConnection,
  folder: Folder,
  seen: { highestModseq: bigint | null; messageCount: number },
  { now = false } = {},
) {
  const dueAt = (comparedAt.get(folder) ?? Number.NEGATIVE_INFINITY) + compareFlagsPerMessageMs * seen.messageCount;
  if (!now && performance.now() < dueAt) {
    if (seen.messageCount === folder.messageCount) return { changed: 0, lost: 0 };
    return applyChanges(parts, mailbox, folder, { vanished: absent(await connection.uids()) }, seen);
  }
  const present: number[] = [];
  let changed = 0;
  for await (const flags of connection.flags({ from: 1 })) {
    for (const { uid } of flags) present.push(uid);
    changed += (await applyChanges(parts, mailbox, folder, { flags })).changed;
  }
  comparedAt.set(folder, performance.now());
  const vanished = absent(present);
  const done = await applyChanges(parts, mailbox, folder, { vanished }, seen);
  return { changed: changed + done.changed, lost: done.lost };
}

/** Write down what changed in the folder that is selected, once its connection has told that something did. */
export async function lookAgain(
  parts: AccountParts,
  mailbox: Mailbox,
  connection: ImapConnection,
  folder: Folder,
): Promise<{ changed: number; lost: number }> {
  if (folder.highestModseq === null || !connection.can.condstore) {
    return compareAll(
      parts,
      mailbox,
      connection,
      folder,
      { highestModseq: null, messageCount: folder.messageCount },
      { now: true },
    );
  }
  const { flags, vanished, highestModseq } = await connection.changesSince(folder.highestModseq);
  const gone = vanished ?? absent(await connection.uids());
  return applyChanges(
    parts,
    mailbox,
    folder,
    { flags, vanished: gone },
    { highestModseq: highestModseq ?? folder.highestModseq },
  );
}

/**
 * A folder is opened for the first time. What was in it before (at the time of the login that was proved, where that is
 * known) is history, which is read bit by bit; in a folder that was made while we watched all is news.
 */
async function begin(parts: AccountParts, mailbox: Mailbox, folder: Folder, selected: SelectedFolder) {
  const isNew = folder.historyUid === 0;
  const proved = folder.uidValidity === selected.uidValidity ? folder.uidNext : 0;
  const uidNext = isNew ? 1 : proved || selected.uidNext;
  const historyUid = isNew || selected.exists === 0 ? 0 : uidNext;
  await write(parts, mailbox, folder, selected, { uidNext, historyUid, ...unread, rebuilding: false });
}

const unread = { historyTotal: 0, historyDone: 0 };

/**
 * The server renumbered the folder: its old UIDs mean nothing now (RFC 9051 §2.3.1.1). All is read again; the rows stay,
 * lost, until they are found, so that a message which was known is not announced a second time.
 */
async function beginAgain(parts: AccountParts, mailbox: Mailbox, folder: Folder, selected: SelectedFolder) {
  const { accountId } = mailbox.lease;
  // Of a folder that was read to its end all was known that is not older than the first sync goes.
  const newSince = folder.historyUid === 0 && mailbox.syncFrom < folder.newSince ? mailbox.syncFrom : folder.newSince;
  let lost = 0;
  await write(
    parts,
    mailbox,
    folder,
    selected,
    {
      uidNext: selected.uidNext,
      historyUid: selected.exists === 0 ? 0 : selected.uidNext,
      ...unread,
      newSince,
      rebuilding: selected.exists > 0,
    },
    async (tx, emit) => {
      const rows = await tx.execute(sql`
        update ${messages} set uid = null
        where account_id = ${accountId}::uuid and folder_id = ${folder.id}::uuid and uid is not null`);
      lost = rows.count;
      emit('mailbox.folder_reset', { folder: folder.path }, { accountId });
    },
  );
  mailbox.lost += lost;
  return lost;
}

type Locked = Parameters<Parameters<typeof withUser<void>>[2]>[0];
type Cursor = Pick<Folder, 'uidNext' | 'historyUid' | 'historyTotal' | 'historyDone' | 'rebuilding'> &
  Partial<Pick<Folder, 'newSince'>>;

async function write(
  parts: AccountParts,
  { lease, who }: Mailbox,
  folder: Folder,
  selected: SelectedFolder,
  cursor: Cursor,
  also: (tx: Locked['tx'], emit: Locked['emit']) => Promise<void> = async () => {},
) {
  const mailboxId = selected.mailboxId ?? folder.mailboxId;
  const { uidValidity, highestModseq, exists } = selected;
  const values = { uidValidity, highestModseq, messageCount: exists, mailboxId, ...cursor };
  await withUser(parts, who, async ({ tx, emit }) => {
    await underLease(tx, lease);
    await tx
      .update(folders)
      .set({ ...values, checkedAt: sql`now()` })
      .where(eq(folders.id, folder.id));
    await also(tx, emit);
  });
  Object.assign(folder, values);
  numberings.set(folder, {});
  // What was remembered of the last look is about other messages.
  lastLooks.delete(folder);
  comparedAt.delete(folder);
}

/** What was in a folder that cannot be opened any more has no place; should it come back, it is read again. */
export async function leaveFolder(parts: AccountParts, mailbox: Mailbox, folder: Folder): Promise<void> {
  await withUser(parts, mailbox.who, async ({ tx }) => {
    await underLease(tx, mailbox.lease);
    await tx.update(folders).set({ uidValidity: -1 }).where(eq(folders.id, folder.id));
  });
  folder.uidValidity = -1;
  await applyChanges(parts, mailbox, folder, { vanished: [[1, 2 ** 32 - 1]] });
}
