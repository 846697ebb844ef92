import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { sql } from 'drizzle-orm';
import { openDatabase } from '../src/db/database.ts';
import { eraseDisconnected } from '../src/db/erase.ts';
import { saveTenantSettings, tenantDefaults } from '../src/db/tenant-settings.ts';
import { trimOld } from '../src/db/trim.ts';
import { makeMailbox } from './support/mailbox.ts';
import { quietLog } from './support/quiet-log.ts';
import { useServers } from './support/servers.ts';

let database: ReturnType<typeof openDatabase>;
before(async () => {
  database = openDatabase({ url: (await (await useServers()).freshDatabase()).url, log: quietLog().log });
});
after(() => database.close());

describe('kept bytes', () => {
  it('go past their tenant’s days, and when no message of the tenant names them', async () => {
    const { db } = database;
    await saveTenantSettings(db, 'short', { ...tenantDefaults, bodyDays: 5 });
    await saveTenantSettings(db, 'none', { ...tenantDefaults, bodyPolicy: 'none' });
    for (const tenantId of ['short', 'usual', 'none']) {
      const { accountId, add } = await makeMailbox(db, { tenantId, userId: '1' });
      const [messageId] = await add({});
      for (const [hash, days, named] of [
        ['new', 0.01, true],
        ['week', 7, true],
        ['old', 100, true],
        ['unnamed', 1, false],
        ['unnamed-yet', 0.01, false],
      ] as const) {
        await db.execute(sql`
          insert into bodies (tenant_id, hash, bytes, size, stored_at)
          values (${tenantId}, ${hash}, 'x', 1, now() - ${days} * interval '1 day')`);
        if (!named) continue;
        await db.execute(sql`
          insert into message_parts (account_id, message_id, part, hash)
          values (${accountId}::uuid, ${messageId}::uuid, ${hash}, ${hash})`);
      }
    }
    assert.equal((await trimOld(db, { eventDays: 30 })).bodies, 3 + 2 + 5);
    const left = await db.execute<{ name: string }>(
      sql`select tenant_id || ' ' || hash as name from bodies order by 1`,
    );
    assert.deepEqual(
      left.map(({ name }) => name),
      ['short new', 'short unnamed-yet', 'usual new', 'usual unnamed-yet', 'usual week'],
    );
    const parts = await db.execute<{ hash: string }>(sql`select hash from message_parts order by 1`);
    assert.deepEqual(
      parts.map(({ hash }) => hash),
      ['new', 'new', 'week'],
    );
    assert.equal((await trimOld(db, { eventDays: 30 })).bodies, 0);
  });

  it('go with the last mailbox of their tenant that has them, whoever else received the same', async () => {
    const { db } = database;
    const mailboxes: { accountId: string; tenantId: string }[] = [];
    for (const [tenantId, userId] of [
      ['one', '1'],
      ['one', '2'],
      ['two', '1'],
    ] as const) {
      const { accountId, add } = await makeMailbox(db, { tenantId, userId });
      const [messageId] = await add({});
      await db.execute(sql`
        insert into bodies (tenant_id, hash, bytes, size) values (${tenantId}, 'newsletter', 'x', 1) on conflict do nothing`);
      await db.execute(sql`
        insert into message_parts (account_id, message_id, part, hash)
        values (${accountId}::uuid, ${messageId}::uuid, 'text', 'newsletter')`);
      mailboxes.push({ accountId, tenantId });
    }
    const keeping = async () => {
      const rows = await db.execute<{ name: string }>(
        sql`select tenant_id as name from bodies where hash = 'newsletter' order by 1`,
      );
      return rows.map(({ name }) => name);
    };
    const erase = async ({ accountId, tenantId }: { accountId: string; tenantId: string }) => {
      await db.execute(sql`insert into erasures (account_id, tenant_id) values (${accountId}::uuid, ${tenantId})`);
      await eraseDisconnected(db);
    };
    await erase(mailboxes[0]!);
    assert.deepEqual(await keeping(), ['one', 'two']);
    await erase(mailboxes[1]!);
    assert.deepEqual(await keeping(), ['two']);
    await erase(mailboxes[2]!);
    assert.deepEqual(await keeping(), []);
  });
});
