import { and, eq, sql } from 'drizzle-orm';
import { sends } from '../db/tables.ts';
import { compose, type MailContent } from '../mail/compose.ts';
import { readBlob } from './attachments.ts';
import type { LedgerParts } from './ledger.ts';

/** A sent mail that has to be filed in Sent. */
export type Copy = {
  id: string;
  messageIdHeader: string;
  /** An earlier append may have worked: look for the Message-ID in Sent before appending. */
  lookFirst: boolean;
  bytes(): Promise<Buffer>;
};

/**
 * The next mail to file in Sent, for the holder of the account's lease. That an append is tried is written down before
 * it is: it cannot be repeated blindly.
 * @param lease fences a holder that has lost the account meanwhile; it gets nothing.
 */
export async function nextCopy(
  { db }: Pick<LedgerParts, 'db'>,
  accountId: string,
  lease?: { holder: string; token: number },
): Promise<Copy | null> {
  const held = lease
    ? sql`and exists (select from accounts a where a.id = ${accountId}::uuid and a.holder = ${lease.holder}::uuid and a.token = ${lease.token})`
    : sql``;
  const rows = await db.execute<{
    id: string;
    before: string;
    messageIdHeader: string;
    content: MailContent | null;
  }>(sql`
    with next as (
      select s.id, s.copy from sends s
      where s.account_id = ${accountId}::uuid and s.state = 'accepted' and s.copy in ('pending', 'filing') ${held}
      order by s.no limit 1 for update
    )
    update sends s set copy = 'filing' from next where s.id = next.id
    returning s.id, next.copy as before, s.message_id_header as "messageIdHeader", s.content`);
  const [row] = rows;
  if (!row) return null;
  const { id, before, messageIdHeader, content } = row;
  if (content === null) {
    await copyDone({ db }, id, 'failed');
    return nextCopy({ db }, accountId, lease);
  }
  return {
    id,
    messageIdHeader,
    lookFirst: before === 'filing',
    bytes: () => compose(content, messageIdHeader, (blobId, size) => readBlob(db, blobId, size), { bcc: true }),
  };
}

/** What became of a copy. The mail's text is needed no longer. */
export async function copyDone(
  { db }: Pick<LedgerParts, 'db'>,
  id: string,
  how: 'filed' | 'failed' | 'by-provider',
): Promise<void> {
  await db
    .update(sends)
    .set({ copy: how, content: null })
    .where(and(eq(sends.id, id), sql`${sends.copy} in ('pending', 'filing')`));
}
