import type { AccountParts } from '../accounts/index.ts';
import type { ImapConnection } from '../mail/imap.ts';
import { indexFolder } from '../search/index-folder.ts';
import { backToInbox } from './arrivals.ts';
import { lookAt } from './look.ts';
import { inboxOf, type Mailbox, syncedFolders } from './mailbox.ts';
import { isAboutFolder, isShut, unlessRefused } from './shut.ts';

/** Messages of one go. */
const most = 100;
/** For so long another folder than INBOX is open at a time. */
const awayMs = 250;

/**
 * Bring some messages into the index: their persons and words, and by the tenant's policy their text, newest first,
 * INBOX first. INBOX is selected before and after.
 */
export async function indexOn(parts: AccountParts, mailbox: Mailbox, connection: ImapConnection): Promise<void> {
  const folder = syncedFolders(mailbox).find(({ id }) => mailbox.toIndex.has(id));
  if (!folder) {
    mailbox.toIndex.clear();
    return;
  }
  const { settings } = mailbox;
  const needsServer = settings.bodyPolicy !== 'none';
  const away = needsServer && folder !== inboxOf(mailbox);
  const until = performance.now() + awayMs;
  const of = { folder, connection: needsServer ? connection : null, settings, locale: mailbox.account.locale };
  const read = async () => {
    if (away) await lookAt(parts, mailbox, connection, folder);
    let done: number;
    do {
      done = await indexFolder(parts, mailbox.lease, of, { limit: most });
      if (done < most) mailbox.toIndex.delete(folder.id);
    } while (away && done === most && performance.now() < until);
  };
  try {
    // A folder that opens again is indexed again; what INBOX refuses waits for its next message.
    if (isShut(mailbox, folder) || (await unlessRefused(mailbox, connection, folder, read)) === null)
      mailbox.toIndex.delete(folder.id);
  } catch (error) {
    if (!isAboutFolder(error, connection)) throw error;
    const { reason, response } = error;
    mailbox.toIndex.delete(folder.id);
    mailbox.log?.warn({ accountId: mailbox.lease.accountId, folderId: folder.id, reason, response }, 'not indexed now');
  }
  if (away) await backToInbox(parts, mailbox, connection);
}
