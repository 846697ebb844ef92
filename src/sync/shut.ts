import type { Folder } from '../db/tables.ts';
import { MailError } from '../mail/errors.ts';
import type { ImapConnection } from '../mail/imap.ts';
import type { Mailbox } from './mailbox.ts';

/** A folder that was not opened is tried again after this long, and each time after twice as long. */
const again = { firstMs: 1_000, mostMs: 5 * 60_000 };

/** Words of a server that are about us, and not about a folder. */
const aboutUs = /^(?:rate\.limited|session\.expired|auth\.|login\.|account\.|network\.|imap\.)/;

/** Whether the server refused a folder lately: the others do not wait for it. */
export const isShut = ({ shut }: Pick<Mailbox, 'shut'>, { id }: Pick<Folder, 'id'>) =>
  (shut.get(id)?.until ?? 0) > performance.now();

/** When all of these folders may be asked for again (ms of `performance.now()`); in the past when they may now. */
export const openAgainAt = ({ shut }: Pick<Mailbox, 'shut'>, ids: Iterable<string>) =>
  Math.max(0, ...[...ids].map((id) => shut.get(id)?.until ?? 0));

/** How often a folder may be refused before that is no passing thing, such as a rename under way. */
const passingTimes = 4;

/** Refused, and perhaps not for long: what is lost may be in there. */
export const isShutForNow = (mailbox: Pick<Mailbox, 'shut'>, { id }: Pick<Folder, 'id'>) =>
  (mailbox.shut.get(id)?.times ?? 0) <= passingTimes;

/** The server lists it, and says each time that there is no such folder. */
export const isMissing = ({ shut }: Pick<Mailbox, 'shut'>, { id }: Pick<Folder, 'id'>) => {
  const known = shut.get(id);
  return known?.missing === true && known.times > passingTimes;
};

/** Whether the server refused what was asked for, and not us or the connection. */
export const isAboutFolder = (error: unknown, { open }: Pick<ImapConnection, 'open'>): error is MailError =>
  error instanceof MailError && open && !aboutUs.test(error.reason);

/**
 * Do something with a folder beside INBOX. One that the server does not let us into (it broke, it belongs to somebody
 * else, it has just been deleted) is left for later, and the mailbox goes on.
 * @returns null when the server refused.
 */
export async function unlessRefused<R>(
  mailbox: Mailbox,
  connection: Pick<ImapConnection, 'open'>,
  folder: Folder,
  act: () => Promise<R>,
): Promise<R | null> {
  try {
    const result = await act();
    // What was put off while it was shut can be done now.
    if (mailbox.shut.delete(folder.id)) mailbox.toIndex.add(folder.id);
    return result;
  } catch (error) {
    if (folder.role === 'inbox' || !isAboutFolder(error, connection)) throw error;
    const times = (mailbox.shut.get(folder.id)?.times ?? 0) + 1;
    const waitMs = Math.min(again.mostMs, again.firstMs * 2 ** (times - 1));
    const { reason, response } = error;
    const missing = reason === 'mailbox.folder_missing';
    mailbox.shut.set(folder.id, { until: performance.now() + waitMs, times, missing });
    mailbox.log?.warn({ accountId: mailbox.lease.accountId, folderId: folder.id, reason, response, times }, refused);
    return null;
  }
}

const refused = 'the server refused a folder; the others go on';
