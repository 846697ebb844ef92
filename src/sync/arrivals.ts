import type { AccountParts } from '../accounts/index.ts';
import type { Folder } from '../db/tables.ts';
import type { ImapConnection } from '../mail/imap.ts';
import { answersIn } from './answers.ts';
import { storeAny } from './aside.ts';
import { lookAt } from './look.ts';
import { type Doubt, inboxOf, type Mailbox } from './mailbox.ts';

/** Messages of one statement: enough to be quick after a month away, few enough to be seen soon. */
const batchSize = 200;

/**
 * Read what arrived in the selected folder since its cursor, and announce it. Cursor, rows and events change together
 * and carry the lease's token, so a crash repeats nothing and loses nothing, and a holder that was replaced writes nothing.
 * What stands in another folder as well may have been moved here: it waits until that folder has been looked at.
 * @param doubt what waited, and the folders that have been: what stands in them still is a copy.
 * @returns how many were announced.
 */
export async function readArrivals(
  parts: AccountParts,
  mailbox: Mailbox,
  connection: ImapConnection,
  folder: Folder,
  doubt?: Doubt,
): Promise<number> {
  const copiesOf = new Map([...(doubt?.looked ?? [])].map((id) => [id, doubt!.below]));
  let announced = 0;
  let waiting = false;
  for await (const batch of connection.fetchSince(folder.uidNext, { limit: batchSize })) {
    // What is left open stays ahead of the cursor, and all behind it: it is read again.
    const cursor = waiting ? {} : { uidNext: batch.at(-1)!.uid + 1 };
    const links = await answersIn(parts, mailbox, connection, batch);
    const done = await storeAny(parts, mailbox, batch, { folder, as: 'news', cursor, copiesOf, links });
    announced += done.announced;
    for (const { uid, folderId } of done.twins) {
      mailbox.sources.add(folderId);
      const known = mailbox.doubts.get(folder.id) ?? doubt;
      const isKnown = known !== undefined && uid < known.below;
      mailbox.doubts.set(folder.id, isKnown ? known : { below: uid + 1, looked: new Set() });
    }
    waiting ||= done.twins.length > 0;
  }
  return announced;
}

/** Open INBOX again after another folder, and read what happened there meanwhile. */
export async function backToInbox(
  parts: AccountParts,
  mailbox: Mailbox,
  connection: ImapConnection,
  doubt?: Doubt,
): Promise<number> {
  const inbox = inboxOf(mailbox);
  const { hasNew } = await lookAt(parts, mailbox, connection, inbox);
  return hasNew ? readArrivals(parts, mailbox, connection, inbox, doubt) : 0;
}
