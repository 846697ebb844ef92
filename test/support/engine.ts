import assert from 'node:assert/strict';
import { randomUUIDv7 } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { eq } from 'drizzle-orm';
import { openAccounts } from '../../src/accounts/index.ts';
import { openDatabase } from '../../src/db/database.ts';
import { accounts as accountTable, processes, users } from '../../src/db/tables.ts';
import { createDoor } from '../../src/mail/addresses.ts';
import { createImap, type ImapConnection } from '../../src/mail/imap.ts';
import { readTls } from '../../src/mail/tls.ts';
import { openSession } from '../../src/sync/session.ts';
import type { MailUser } from './mail-user.ts';
import { quietLog } from './quiet-log.ts';
import { useServers } from './servers.ts';

/**
 * The sync engine in the test's own process, on a lease that nobody disputes: nothing happens but what the test says, so
 * that something can happen between two commands. `wrap` sees each connection first.
 */
export async function startEngine() {
  const servers = await useServers();
  const { url } = await servers.freshDatabase();
  const database = openDatabase({ url, log: quietLog().log });
  const { db } = database;
  const door = createDoor({ allowHosts: ['localhost'], allowCleartextHosts: ['localhost'] });
  const imap = createImap({ door, tls: readTls({ caFile: servers.caFile }) });
  const processId = randomUUIDv7();
  await db.insert(processes).values({ id: processId, host: 'test', roles: [] });
  const accounts = openAccounts({ db, sealing: undefined as never, now: () => new Date(), wake() {}, changed() {} });
  const connections: ImapConnection[] = [];

  return {
    database,

    /** A mailbox that is being synced for the first time; `open` begins a session on a new connection. */
    async mailbox(user: MailUser) {
      const id = randomUUIDv7();
      const who = { tenantId: 'test', userId: id };
      const lease = { accountId: id, processId, token: 1 };
      await db.insert(users).values(who);
      await db.insert(accountTable).values({
        id,
        ...who,
        email: user.address,
        state: 'syncing',
        holder: processId,
        token: 1,
        syncFrom: '2000-01-01',
      });
      async function open(wrap: (connection: ImapConnection) => ImapConnection = (same) => same) {
        const connection = await imap.open({
          server: user.imap,
          login: { kind: 'password', reveal: () => user.password },
        });
        connections.push(connection);
        const [account] = await db.select().from(accountTable).where(eq(accountTable.id, id));
        return openSession(accounts, lease, account!, wrap(connection), { folderSeconds: 1 });
      }
      return { ...who, accountId: id, lease, open };
    },

    async stop() {
      for (const connection of connections) connection.destroy();
      await database.close();
    },
  };
}

/** Let a session work, as its watcher does, until a fact is there. */
export async function workUntil(
  session: { workOn(): Promise<number> },
  what: string,
  isSo: () => Promise<boolean> | boolean,
): Promise<void> {
  for (const deadline = Date.now() + 30_000; ; ) {
    const waitMs = await session.workOn();
    if (waitMs > 0 && (await isSo())) return;
    assert.ok(Date.now() < deadline, what);
    await delay(Math.min(waitMs, 100));
  }
}
