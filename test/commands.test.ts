import assert from 'node:assert/strict';
import { randomUUIDv7 } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { eq, sql } from 'drizzle-orm';
import { type Database, openDatabase } from '../src/db/database.ts';
import { eraseDisconnected } from '../src/db/erase.ts';
import { accounts } from '../src/db/tables.ts';
import { refusalOf } from '../src/mail/errors.ts';
import { CommandRefused, nextCommand, openCommands } from '../src/sync/commands.ts';
import { makeMailbox } from './support/mailbox.ts';
import { quietLog } from './support/quiet-log.ts';
import { useServers } from './support/servers.ts';

let database: Database;
before(async () => {
  const { url } = await (await useServers()).freshDatabase();
  database = openDatabase({ url, log: quietLog().log });
});
after(() => database.close());

describe('a command that broke the connection each time it was begun', () => {
  it('is ended at its fourth turn, and whoever waits for it is told', async () => {
    const { accountId } = await makeMailbox(database.db, { tenantId: 'acme', userId: '1' });
    const lease = { accountId, processId: randomUUIDv7(), token: 1 };
    await database.db.update(accounts).set({ holder: lease.processId, token: 1 }).where(eq(accounts.id, accountId));
    const commands = openCommands(database);
    const id = await commands.add(accountId, 'change', { messageIds: [] }, { limitMs: 60_000 });
    const fault = { reason: 'unknown', permanent: false, protocol: 'imap', response: '' } as const;
    const refusal = refusalOf(fault, { locale: 'da', provider: null });
    for (let tries = 1; tries <= 3; tries += 1) {
      assert.equal((await nextCommand(database.db, lease, refusal))?.id, id);
    }
    assert.equal(await nextCommand(database.db, lease, refusal), null);
    await assert.rejects(commands.answerTo(id, { limitMs: 5_000 }), (error) => {
      assert.ok(error instanceof CommandRefused);
      assert.deepEqual(error.refusal, refusal);
      return true;
    });
  });
});

describe('a mailbox that cannot be erased now', () => {
  it('does not keep the others from being erased', async () => {
    const { db } = database;
    const made = [];
    for (const userId of ['2', '3']) {
      const one = await makeMailbox(db, { tenantId: 'acme', userId });
      await one.add({ subject: userId === '2' ? 'stays' : 'goes' });
      await db.execute(sql`
        insert into erasures (account_id, tenant_id, asked_at)
        values (${one.accountId}::uuid, 'acme', now() - make_interval(mins => ${10 - Number(userId)}))`);
      made.push(one);
    }
    await db.execute(sql`
      create function refuse() returns trigger language plpgsql as
        $$ begin if old.subject = 'stays' then raise exception 'not this one'; end if; return old; end $$`);
    await db.execute(sql`create trigger refuse before delete on messages for each row execute function refuse()`);
    await assert.rejects(eraseDisconnected(db), /messages/);
    const left = await db.execute<{ accountId: string }>(sql`
      select account_id as "accountId" from messages where account_id = ${made[0]!.accountId}::uuid
        or account_id = ${made[1]!.accountId}::uuid`);
    assert.deepEqual([...left], [{ accountId: made[0]!.accountId }]);
    assert.equal((await db.execute(sql`select from erasures`)).length, 1);
  });
});
