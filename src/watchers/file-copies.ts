import type { Lease } from '../accounts/lease.ts';
import type { Drizzle } from '../db/database.ts';
import type { Log } from '../log.ts';
import { MailError } from '../mail/errors.ts';
import type { ImapConnection } from '../mail/imap.ts';
import { copyDone, nextCopy } from '../sending/copies.ts';

/** How a copy is put into Sent: one step of its own, on the connection that is open already. */
export type FileCopies = (lease: Lease, connection: ImapConnection) => Promise<void>;

/**
 * Put the copies of sent mails into Sent. A mail is marked before the append; one whose mark is found later is looked for
 * before it is appended again. A refusal is a warning and not the mail's failure; a lost connection leaves the mark.
 */
export function fileCopies({ db, log }: { db: Drizzle; log: Log }): FileCopies {
  return async (lease, connection) => {
    let sent: string | undefined;
    for (;;) {
      const copy = await nextCopy({ db }, lease.accountId, { holder: lease.processId, token: lease.token });
      if (!copy) return;
      try {
        sent ??= await sentFolder(connection);
        if (sent === undefined) {
          await copyDone({ db }, copy.id, 'failed');
          log.warn({ accountId: lease.accountId, sendId: copy.id }, 'there is no folder for sent mail');
          continue;
        }
        const there = copy.lookFirst && (await connection.findByMessageIdHeader(sent, copy.messageIdHeader)).length > 0;
        if (!there) await connection.append(sent, await copy.bytes(), { flags: ['\\Seen'] });
        await copyDone({ db }, copy.id, 'filed');
      } catch (error) {
        if (!(error instanceof MailError) || !connection.open) throw error;
        await copyDone({ db }, copy.id, 'failed');
        log.warn({ accountId: lease.accountId, sendId: copy.id, reason: error.reason }, 'the copy could not be filed');
      }
    }
  };
}

async function sentFolder(connection: ImapConnection): Promise<string | undefined> {
  return (await connection.list()).find(({ role }) => role === 'sent')?.path;
}
