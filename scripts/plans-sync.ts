import { randomUUIDv7 } from 'node:crypto';
import { eq, type SQL, sql } from 'drizzle-orm';
import type { AccountParts } from '../src/accounts/index.ts';
import type { Transaction } from '../src/db/database.ts';
import { accounts, folders } from '../src/db/tables.ts';
import { refusalOf } from '../src/mail/errors.ts';
import type { FetchedMessage } from '../src/mail/imap.ts';
import { applyChanges } from '../src/sync/changes.ts';
import { nextCommand } from '../src/sync/commands.ts';
import { momentOf, settleLost } from '../src/sync/lost.ts';
import { loadMailbox } from '../src/sync/mailbox.ts';
import { store } from '../src/sync/store.ts';
import { joinThreads } from '../src/sync/threads.ts';
import type { Checked } from './plans-queries.ts';

/**
 * The statements of sync, as the product's own functions write them: they run over a database that notes each statement
 * and carries it out, so that those which follow see what those before have done. The transaction is the caller's to take
 * back.
 */
export async function syncQueries(tx: Transaction, { accountId, folderId }: { accountId: string; folderId: string }) {
  const noted: Checked[] = [];
  let name = '';
  const db = new Proxy(tx, {
    get(target, key) {
      if (key !== 'execute') return Reflect.get(target, key);
      return async (query: SQL) => {
        noted.push({ name: `sync: ${name}`, query, sorts: 1_000 });
        return target.execute(query);
      };
    },
  });
  const lease = { accountId, processId: randomUUIDv7(), token: 1 };
  await tx.execute(sql`insert into users (tenant_id, user_id) values ('acme', '1') on conflict do nothing`);
  await tx.update(accounts).set({ holder: lease.processId, token: 1 }).where(eq(accounts.id, accountId));
  const [account] = await tx.select().from(accounts).where(eq(accounts.id, accountId));
  const [folder] = await tx.select().from(folders).where(eq(folders.id, folderId));
  const parts = { db, wake() {}, now: () => new Date() } as unknown as AccountParts;
  const mailbox = await loadMailbox({ ...parts, db: tx as never }, lease, account!);
  const run = async (what: string, act: () => Promise<unknown>) => {
    name = what;
    await act();
  };
  const uids = Array.from({ length: 200 }, (_, n) => 100_000_000 + n);
  const ours = await tx.execute<{ uid: string }>(sql`
    select uid from messages where account_id = ${accountId}::uuid and folder_id = ${folderId}::uuid limit 400`);
  const known = ours.map(({ uid }) => Number(uid)).sort((one, other) => one - other);
  const flags = known.slice(0, 200).map((uid) => ({ uid, flags: ['\\Flagged'], modseq: null }));
  const vanished = known.slice(200).map((uid): [number, number] => [uid, uid]);

  await run('store news', () =>
    store(parts, mailbox, uids.map(messageOf), { folder: folder!, as: 'news', cursor: { uidNext: 100_000_200 } }),
  );
  await run('store history', () =>
    store(
      parts,
      mailbox,
      uids.map((uid) => messageOf(uid + 1_000)),
      { folder: folder!, as: 'history', cursor: { historyUid: 5 } },
    ),
  );
  await run('flags and vanished', () => applyChanges(parts, mailbox, folder!, { flags, vanished }));
  await run('find lost, store again', () =>
    store(
      parts,
      mailbox,
      uids.map((uid) => messageOf(uid + 2_000)),
      { folder: folder!, as: 'again', cursor: {} },
    ),
  );
  await run('join threads', () => joinThreads(parts, mailbox, [{ from: 't5', to: 't6' }]));
  await run('settle', async () => settleLost(parts, mailbox, await momentOf(parts)));
  const fault = { reason: 'unknown', permanent: false, protocol: 'imap', response: '' } as const;
  const refusal = refusalOf(fault, { locale: 'en', provider: null });
  await run('next command', () => nextCommand(db as never, lease, refusal));
  return noted;
}

const messageOf = (uid: number): FetchedMessage => ({
  uid,
  messageIdHeader: `<${uid}@example.com>`,
  inReplyTo: `<${uid % 1_000}@example.com>`,
  references: [`<${uid % 1_000}@example.com>`],
  from: [{ name: 'Person', address: 'person1@example.com' }],
  to: [],
  cc: [],
  replyTo: [],
  subject: `Tilbud ${uid}`,
  date: null,
  internalDate: new Date(),
  size: 4_096,
  flags: [],
  attachments: [],
  textParts: [],
  preview: '',
  modseq: null,
  emailId: null,
  threadId: null,
  listId: null,
  autoSubmitted: null,
  marks: [],
});
