import { sql } from 'drizzle-orm';
import { z } from 'zod';
import type { AccountParts } from '../accounts/index.ts';
import { LeaseLost } from '../accounts/lease.ts';
import { MailError, refusalOf } from '../mail/errors.ts';
import type { ImapConnection } from '../mail/imap.ts';
import { isInfrastructureFault } from '../queues/faults.ts';
import { backToInbox } from './arrivals.ts';
import { changeMessages, changePayload } from './change.ts';
import { endCommand, nextCommand } from './commands.ts';
import { lookAt } from './look.ts';
import { inboxOf, type Mailbox } from './mailbox.ts';

/** Bytes of a message as they stand on the server; of its whole source without a part. */
const fetchPayload = z.object({
  messageId: z.uuid(),
  part: z.string().nullable(),
  offset: z.int().min(0),
  length: z
    .int()
    .min(1)
    .max(2 ** 20),
});

/** For so long commands are done one after another: what arrives meanwhile waits no longer. */
const atOnceMs = 250;

/**
 * Do what others want done on this connection, the oldest first, for a moment. A refusal is the command's answer; a
 * connection that breaks leaves it open, to be done again on the next one.
 * @returns whether there may be more.
 */
export async function runCommands(parts: AccountParts, mailbox: Mailbox, connection: ImapConnection): Promise<boolean> {
  const until = performance.now() + atOnceMs;
  const { locale } = mailbox.account;
  // What is no word of the server is ours: such a command broke the mailbox's work, which goes on without it.
  const ours = { reason: 'unknown' as const, permanent: false, protocol: 'imap' as const, response: '' };
  const refusedWith = (fault: MailError | typeof ours) => refusalOf(fault, { locale, provider: null });
  do {
    const command = await nextCommand(parts.db, mailbox.lease, refusedWith(ours));
    if (!command) return false;
    try {
      if (command.kind === 'change') {
        const answer = await changeMessages(parts, mailbox, connection, changePayload.parse(command.payload));
        await endCommand(parts.db, command.id, { answer });
      } else {
        const bytes = await fetchBytes(parts, mailbox, connection, fetchPayload.parse(command.payload));
        await endCommand(parts.db, command.id, { answer: { found: bytes !== null }, bytes });
      }
    } catch (error) {
      if (error instanceof LeaseLost || isInfrastructureFault(error) || !connection.open) throw error;
      const refusal = refusedWith(error instanceof MailError ? error : ours);
      await endCommand(parts.db, command.id, { refusal });
      await backToInbox(parts, mailbox, connection);
      if (!(error instanceof MailError)) {
        parts.answered?.(command.id);
        throw error;
      }
    }
    parts.answered?.(command.id);
  } while (performance.now() < until);
  return true;
}

async function fetchBytes(
  parts: AccountParts,
  mailbox: Mailbox,
  connection: ImapConnection,
  { messageId, part, offset, length }: z.infer<typeof fetchPayload>,
): Promise<Buffer | null> {
  const place = async () => {
    const [row] = await parts.db.execute<{ folderId: string; uid: string }>(sql`
      select folder_id as "folderId", uid from messages
      where account_id = ${mailbox.lease.accountId}::uuid and id = ${messageId}::uuid and uid is not null`);
    return row && { folder: mailbox.folders.get(row.folderId), uid: Number(row.uid) };
  };
  let at = await place();
  if (!at?.folder) return null;
  const { folder } = at;
  if (folder === inboxOf(mailbox)) return connection.fetchPart(at.uid, part, { offset, length });
  await lookAt(parts, mailbox, connection, folder);
  at = await place();
  const bytes = at?.folder === folder ? await connection.fetchPart(at.uid, part, { offset, length }) : null;
  await backToInbox(parts, mailbox, connection);
  return bytes;
}
