import assert from 'node:assert/strict';
import { randomUUIDv7 } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { eq, sql } from 'drizzle-orm';
import { openAccounts } from '../../src/accounts/index.ts';
import type { Lease } from '../../src/accounts/lease.ts';
import { openDatabase } from '../../src/db/database.ts';
import { accounts as accountTable, processes, users } from '../../src/db/tables.ts';
import { createDoor } from '../../src/mail/addresses.ts';
import { createImap, type ImapConnection } from '../../src/mail/imap.ts';
import { readTls } from '../../src/mail/tls.ts';
import { openSession } from '../../src/sync/session.ts';
import type { OwnMailServer } from './mail-server.ts';
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
  const others: { close(): unknown }[] = [];

  const engine = {
    database,
    parts: accounts,

    /** A mailbox that nobody has looked at yet, and what is told of it; `other` is a program beside us. */
    async filled(
      fill: (ada: MailUser) => Promise<unknown>,
      server: Pick<OwnMailServer, 'addUser'> = servers.mailServer,
    ) {
      const ada = await server.addUser();
      await fill(ada);
      const mailbox = await engine.mailbox(ada);
      const rows = () =>
        db.execute<{ path: string; subject: string; id: string }>(sql`
          select f.path, m.subject, m.id from messages m left join folders f on f.id = m.folder_id
          where m.account_id = ${mailbox.accountId}::uuid order by subject, path`);
      const told = async () => {
        const all = await db.execute<{ type: string; data: Record<string, unknown> }>(sql`
          select type, data from events where account_id = ${mailbox.accountId}::uuid and type like 'message.%' order by no`);
        return all.map(({ type, data }) => ({ type, ...data }) as Record<string, unknown>);
      };
      const other = await ada.session();
      others.push(other);
      return { ada, mailbox, rows, told, other };
    },

    /** A mailbox that is being synced for the first time; `open` begins a session on a new connection. */
    async mailbox(user: MailUser) {
      const id = randomUUIDv7();
      const who = { tenantId: 'test', userId: id };
      const lease: Lease = { accountId: id, processId, token: 1 };
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
        return openSession(accounts, { ...lease }, account!, wrap(connection), { folderSeconds: 1 });
      }
      /** Another holder takes the mailbox over: the sessions that are open have lost it, the next one has it. */
      async function takeOver() {
        lease.token += 1;
        await db.update(accountTable).set({ token: lease.token }).where(eq(accountTable.id, id));
      }
      return { ...who, accountId: id, lease, open, takeOver };
    },

    async stop() {
      for (const other of others) other.close();
      for (const connection of connections) connection.destroy();
      await database.close();
    },
  };
  return engine;
}

/** The same connection with some methods of another kind. */
export const but = <T extends object>(connection: T, methods: Partial<T>): T =>
  new Proxy(connection, {
    get: (target, name) => {
      const own = methods[name as keyof T] ?? target[name as keyof T];
      return typeof own === 'function' ? own.bind(target) : own;
    },
  });

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
