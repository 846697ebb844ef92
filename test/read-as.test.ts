import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { sql } from 'drizzle-orm';
import postgres from 'postgres';
import { type Database, openDatabase } from '../src/db/database.ts';
import { migrate } from '../src/db/migrate.ts';
import { NoMailbox, readAs } from '../src/mailbox/read-as.ts';
import { makeMailbox } from './support/mailbox.ts';
import { quietLog } from './support/quiet-log.ts';
import { freshName, type Servers, useServers } from './support/servers.ts';

const tables = ['folders', 'messages', 'message_people', 'message_search', 'message_parts', 'bodies'];

let servers: Servers;
before(async () => {
  servers = await useServers();
});

/** A row in every table of a mailbox, for each of two users of a tenant and one of another. */
async function fill(database: Database) {
  const [acme, other] = [freshName('acme'), freshName('other')];
  const users = [
    { tenantId: acme, userId: '1' },
    { tenantId: acme, userId: '2' },
    { tenantId: other, userId: '1' },
  ];
  const mailboxes = [];
  for (const who of users) {
    const { accountId, add } = await makeMailbox(database.db, who);
    const [messageId] = await add({});
    await database.db.execute(sql`
      with one as (insert into message_search (account_id, message_id, stems) values (${accountId}, ${messageId}, 'x'))
      insert into message_parts (account_id, message_id, part, hash) values (${accountId}, ${messageId}, 'text', 'h')`);
    await database.db.execute(sql`
      insert into bodies (tenant_id, hash, bytes, size) values (${who.tenantId}, 'h', 'x', 1) on conflict do nothing`);
    mailboxes.push({ who, accountId });
  }
  return mailboxes;
}

/** What a query without any `where` finds of each table, by whose it is. */
async function everythingSeen(database: Database, who: { tenantId: string; userId: string }) {
  return readAs(database.db, who, async ({ tx }) => {
    const seen: Record<string, string[]> = {};
    for (const table of tables) {
      const owner = sql.identifier(table === 'bodies' ? 'tenant_id' : 'account_id');
      const rows = await tx.execute<{ owner: string }>(sql`select ${owner} as owner from ${sql.identifier(table)}`);
      seen[table] = rows.map((row) => row.owner);
    }
    return seen;
  });
}

for (const kind of ['a superuser', 'an owner of the database without special rights']) {
  describe(`a mailbox that is read by ${kind}`, () => {
    let database: Database;
    let mailboxes: Awaited<ReturnType<typeof fill>>;
    let end: () => Promise<void>;
    before(async () => {
      const made = kind === 'a superuser' ? await servers.freshDatabase() : await ownedDatabase(servers);
      database = openDatabase({ url: made.url, log: quietLog().log });
      mailboxes = await fill(database);
      end = async () => {
        await database.close();
        await made.drop();
      };
    });
    after(() => end());

    it('shows its own rows in every table, and none of another user or tenant, whatever the query forgets', async () => {
      for (const { who, accountId } of mailboxes) {
        const seen = await everythingSeen(database, who);
        for (const table of tables)
          assert.deepEqual(seen[table], [table === 'bodies' ? who.tenantId : accountId], table);
      }
    });

    it('is asked for another by its id in vain', async () => {
      const [mine, theirs] = mailboxes;
      const found = await readAs(database.db, mine!.who, ({ tx }) =>
        tx.execute(sql`select from messages where account_id = ${theirs!.accountId}::uuid`),
      );
      assert.equal(found.length, 0);
    });

    it('cannot be changed, secrets and accounts cannot be read, and no other mailbox is entered from it', async () => {
      const { who } = mailboxes[0]!;
      for (const statement of [
        sql`update messages set subject = ''`,
        sql`delete from bodies`,
        sql`select imap_secret from accounts`,
        sql`select from tokens`,
        sql`select enter_mailbox(${mailboxes[1]!.who.tenantId}, ${mailboxes[1]!.who.userId})`,
      ]) {
        await assert.rejects(
          readAs(database.db, who, ({ tx }) => tx.execute(statement)),
          (error: Error) => ['42501', '25006'].includes((error.cause as { code: string }).code),
        );
      }
    });

    it('leaves the connection as it was: the next transaction has its rights again and no mailbox', async () => {
      await readAs(database.db, mailboxes[0]!.who, async () => {});
      const [after] = await database.db.execute<{ role: string; account: string; seen: number }>(sql`
        select current_user as role, current_setting('postbud.account', true) as account,
          (select count(*)::int from messages) as seen`);
      assert.deepEqual({ ...after, role: after!.role === 'postbud_reader' }, { role: false, account: '', seen: 3 });
    });

    it('is nobody’s when the user has none, and then nothing is asked', async () => {
      const who = { tenantId: mailboxes[0]!.who.tenantId, userId: 'nobody' };
      await assert.rejects(
        readAs(database.db, who, () => assert.fail()),
        NoMailbox,
      );
    });
  });
}

describe('the role of readers', () => {
  it('sees nothing at all before a mailbox is entered', async () => {
    const made = await servers.freshDatabase();
    const database = openDatabase({ url: made.url, log: quietLog().log });
    await fill(database);
    await database.db.transaction(async (tx) => {
      await tx.execute(sql`set local role postbud_reader`);
      for (const table of tables) {
        assert.equal((await tx.execute(sql`select from ${sql.identifier(table)}`)).length, 0, table);
      }
    });
    await database.close();
    await made.drop();
  });
});

/** A database whose owner is no superuser, as hosted ones are, with the schema made by that owner. */
async function ownedDatabase({ postgresUrl }: Servers) {
  const admin = postgres(postgresUrl, { max: 1, onnotice: () => {} });
  const name = freshName('owner').replaceAll('-', '_');
  await admin.unsafe(`create role ${name} login password 'owner' nosuperuser`);
  // Hosted owners may make roles; here the role is there already, and the owner is let into it.
  await admin`do $$ begin create role postbud_reader nologin; exception when duplicate_object or unique_violation then null; end $$`;
  await admin.unsafe(`grant postbud_reader to ${name}`);
  await admin.unsafe(`create database ${name} owner ${name}`);
  const url = new URL(postgresUrl);
  url.username = name;
  url.password = 'owner';
  url.pathname = `/${name}`;
  await migrate(url.href);
  return {
    url: url.href,
    async drop() {
      await admin.unsafe(`drop database ${name} with (force)`);
      await admin.unsafe(`drop owned by ${name}`);
      await admin.unsafe(`drop role ${name}`);
      await admin.end();
    },
  };
}
