import { and, eq, inArray, ne } from 'drizzle-orm';
import { bodies, folders, type Message, messageParts, messages } from '../db/tables.ts';
import type { Reading } from './read-as.ts';

/** A message, where it is, and those of its parts that are kept here: their decoded bytes by number. */
export type Opened = {
  message: Message;
  folder: { path: string; role: string | null } | undefined;
  kept: Map<string, Buffer>;
};

/** One message of a mailbox, by its id. */
export const messageQuery = ({ tx, accountId }: Reading, messageId: string) =>
  tx
    .select({ message: messages, folder: { path: folders.path, role: folders.role } })
    .from(messages)
    .leftJoin(
      folders,
      and(eq(folders.id, messages.folderId), eq(folders.accountId, accountId), ne(folders.mode, 'gone')),
    )
    .where(and(eq(messages.accountId, accountId), eq(messages.id, messageId)))
    .limit(1);

/** The kept bytes of parts of a message. */
export const keptQuery = ({ tx, accountId }: Reading, of: { tenantId: string; messageId: string; parts: string[] }) =>
  tx
    .select({ part: messageParts.part, bytes: bodies.bytes })
    .from(messageParts)
    .innerJoin(bodies, and(eq(bodies.tenantId, of.tenantId), eq(bodies.hash, messageParts.hash)))
    .where(
      and(
        eq(messageParts.accountId, accountId),
        eq(messageParts.messageId, of.messageId),
        inArray(messageParts.part, of.parts),
      ),
    );

/** The part under which a message's readable text is kept. */
export const textPart = 'text';

/**
 * Look a message up, with what is kept of the parts that are wanted of it.
 * @returns null when the mailbox has no such message.
 */
export async function openMessage(
  reading: Reading,
  { tenantId, messageId }: { tenantId: string; messageId: string },
  wanted: (message: Message) => string[],
): Promise<Opened | null> {
  const [row] = await messageQuery(reading, messageId);
  if (!row) return null;
  const parts = wanted(row.message);
  const kept = parts.length === 0 ? [] : await keptQuery(reading, { tenantId, messageId, parts });
  return {
    message: row.message,
    folder: row.folder ?? undefined,
    kept: new Map(kept.map(({ part, bytes }) => [part, bytes])),
  };
}
