import type { Lease } from '../accounts/lease.ts';
import type { Drizzle } from '../db/database.ts';
import type { Log } from '../log.ts';
import { MailError } from '../mail/errors.ts';
import type { ImapConnection } from '../mail/imap.ts';
import { copyDone, nextCopy } from '../sending/copies.ts';
import { looked, nextLook } from '../sending/looks.ts';
import { markOriginals } from '../sending/originals.ts';

/** How a copy is put into Sent: one step of its own, on the connection that is open already. */
export type FileCopies = (lease: Lease, connection: ImapConnection) => Promise<void>;

type Parts = {
  db: Drizzle;
  log: Log;
  wake: () => void;
  /** There is a command for this mailbox. */
  commanded: (accountId: string) => void;
};

/**
 * What sending needs of a mailbox, done by whoever watches it: mails in doubt are looked for, and the copies of sent mails
 * are put into the folder of sent mails.
 */
export function fileCopies(parts: Parts): FileCopies {
  return async (lease, connection) => {
    const sent = sentFolder(connection);
    await lookForMails(parts, lease, connection, sent);
    await putCopies(parts, lease, connection, sent);
    if (await markOriginals(parts.db, lease.accountId)) parts.commanded(lease.accountId);
  };
}

/** The path of the folder for sent mail; `make`: one is made where there is none. */
type Sent = (how?: { make: boolean }) => Promise<string | undefined>;

/** Without such a folder nothing is found. */
async function lookForMails({ db, log, wake }: Parts, lease: Lease, connection: ImapConnection, sent: Sent) {
  const held = { holder: lease.processId, token: lease.token };
  for (;;) {
    const look = await nextLook(db, lease.accountId, held);
    if (!look) return;
    let found = false;
    try {
      const folder = await sent();
      found = folder !== undefined && (await connection.findByMessageIdHeader(folder, look.messageIdHeader)).length > 0;
    } catch (error) {
      if (!(error instanceof MailError) || !connection.open) throw error;
      log.warn({ accountId: lease.accountId, sendId: look.id, reason: error.reason }, 'a mail could not be looked for');
    }
    await looked({ db, wake, changed: () => {} }, look, found);
  }
}

/**
 * A mail is marked before the append; one whose mark is found later is looked for before it is appended again. A refusal
 * is a warning and not the mail's failure; a lost connection leaves the mark.
 */
async function putCopies({ db, log }: Parts, lease: Lease, connection: ImapConnection, sent: Sent) {
  // Some servers file what they submit, and nobody says which: the first copy tells, and then all are looked for.
  let filesByItself: boolean | undefined;
  for (;;) {
    const copy = await nextCopy({ db }, lease.accountId, { holder: lease.processId, token: lease.token });
    if (!copy) return;
    try {
      const folder = await sent({ make: true });
      if (folder === undefined) {
        await copyDone({ db }, copy.id, 'failed');
        log.warn({ accountId: lease.accountId, sendId: copy.id }, 'there is no folder for sent mail');
        continue;
      }
      const look = copy.lookFirst || filesByItself !== false;
      const there = look && (await connection.findByMessageIdHeader(folder, copy.messageIdHeader)).length > 0;
      if (!copy.lookFirst) filesByItself = there;
      if (!there) await connection.append(folder, await copy.bytes(), { flags: ['\\Seen'] });
      await copyDone({ db }, copy.id, there && !copy.lookFirst ? 'by-provider' : 'filed');
    } catch (error) {
      if (!(error instanceof MailError) || !connection.open) throw error;
      await copyDone({ db }, copy.id, 'failed');
      log.warn({ accountId: lease.accountId, sendId: copy.id, reason: error.reason }, 'the copy could not be filed');
    }
  }
}

/** Asked for once. It is known by the server's own mark or by its name, in whatever language. */
function sentFolder(connection: ImapConnection): Sent {
  const look = async () =>
    (await connection.list()).find(({ role, selectable }) => role === 'sent' && selectable)?.path;
  let asked: Promise<string | undefined> | undefined;
  let made: Promise<string | undefined> | undefined;
  return async ({ make } = { make: false }) => {
    asked ??= look();
    const there = await asked;
    if (there !== undefined || !make) return there;
    made ??= connection.createFolder(usualName).then(look);
    return made;
  };
}

/** Where it stands is the server's affair: some keep all folders below INBOX. */
const usualName = 'Sent';
