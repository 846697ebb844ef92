import { randomUUIDv7 } from 'node:crypto';
import type { Drizzle } from '../../src/db/database.ts';
import { accounts, folders, messagePeople, messages } from '../../src/db/tables.ts';

type NewMessage = Partial<typeof messages.$inferInsert>;

/** A user's mailbox as rows, as sync would have written them. */
export async function makeMailbox(
  db: Drizzle,
  who: { tenantId: string; userId: string },
  values: Partial<typeof accounts.$inferInsert> = {},
) {
  const accountId = randomUUIDv7();
  const server = { host: 'mail.example.dk', port: 993, security: 'tls', username: 'kim' } as const;
  await db.insert(accounts).values({
    id: accountId,
    ...who,
    email: `${who.userId}@example.dk`,
    state: 'connected',
    imap: server,
    smtp: { ...server, port: 465 },
    ...values,
  });
  let uid = 0;

  async function addFolder(path: string, more: Partial<typeof folders.$inferInsert> = {}) {
    const row = { id: randomUUIDv7(), accountId, path, ...more };
    await db.insert(folders).values(row);
    return row.id;
  }
  const inbox = await addFolder('INBOX', { role: 'inbox', mode: 'watched' });

  /** Add messages, a minute apart, each later than the one before; their persons as the index would have them. */
  async function add(...all: NewMessage[]): Promise<string[]> {
    const rows = all.map((message) => {
      uid += 1;
      return {
        accountId,
        id: randomUUIDv7(),
        folderId: inbox,
        uid,
        internalDate: new Date(Date.UTC(2026, 0, 1, 0, uid)),
        size: 1_000,
        flags: [],
        from: [{ name: 'Bo Holm', address: 'bo@example.com' }],
        subject: `Message ${uid}`,
        ...message,
      };
    });
    await db.insert(messages).values(rows);
    const people = rows.flatMap(({ id, internalDate, from, to = [], cc = [] }) =>
      Object.entries({ from, to, cc }).flatMap(([role, persons]) =>
        persons.map(({ name, address }) => ({
          accountId,
          messageId: id,
          role: role as 'from' | 'to' | 'cc',
          name,
          address: address.toLowerCase(),
          internalDate,
        })),
      ),
    );
    await db.insert(messagePeople).values(people).onConflictDoNothing();
    return rows.map(({ id }) => id);
  }
  return { accountId, inbox, addFolder, add, path: `/v1/accounts/${who.tenantId}/${who.userId}` };
}
