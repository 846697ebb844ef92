import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import postgres from 'postgres';
import { type Crm, startCrm } from './support/crm.ts';
import { type Daemon, startDaemon } from './support/daemon.ts';
import type { MailServer } from './support/mail-server.ts';
import { useServers } from './support/servers.ts';

let mailServer: MailServer;
let daemon: Daemon;
let crm: Crm;
let sql: postgres.Sql;

before(async () => {
  ({ mailServer } = await useServers());
  daemon = await startDaemon({ env: { POSTBUD_FOLDER_SECONDS: '1' } });
  crm = await startCrm(daemon);
  sql = postgres(daemon.env.DATABASE_URL!, { max: 2, onnotice: () => {} });
});
after(async () => {
  await crm?.close();
  await daemon?.stop();
  await sql?.end();
});

async function until(isSo: () => Promise<boolean>) {
  const deadline = Date.now() + 20_000;
  while (!(await isSo())) {
    if (Date.now() > deadline) assert.fail('it did not become so');
    await delay(20);
  }
}

async function idsOf(userId: string, folder: string): Promise<string[]> {
  const path = `/v1/accounts/${crm.tenantId}/${userId}/messages?limit=200&folder=${folder}`;
  const { messages } = (await (await daemon.fetch(path)).json()) as { messages: { messageId: string }[] };
  return messages.map(({ messageId }) => messageId);
}

describe('a mailbox of which much is asked at once', () => {
  for (const folder of ['INBOX', 'Kunder']) {
    it(`tells of new mail at once between hundreds of sources of ${folder}`, async () => {
      const ada = await mailServer.addUser();
      await ada.appendTo(folder, { subject: 'large', text: 'x'.repeat(200_000) });
      const { userId, accountId } = await crm.connect(ada);
      const [messageId] = await idsOf(userId, folder);
      const leaving = new AbortController();
      let answered = 0;
      const asked = Array.from({ length: 400 }, async () => {
        const path = `/v1/accounts/${crm.tenantId}/${userId}/messages/${messageId}/source`;
        const answer = await daemon.fetch(path, { signal: leaving.signal });
        const { byteLength } = await answer.arrayBuffer();
        assert.ok(answer.status === 200 ? byteLength > 200_000 : answer.status >= 500, String(answer.status));
        answered += 1;
      });
      await until(async () => answered >= 5);
      const [{ open }] = (await sql`
        select count(*)::int as open from commands where account_id = ${accountId}`) as unknown as [{ open: number }];
      const sentAt = performance.now();
      await ada.deliver({ subject: 'urgent' });
      await crm.events.next((event) => event.userid === userId && event.data.subject === 'urgent');
      const tookMs = performance.now() - sentAt;
      assert.ok(answered < 400, 'all was answered before: nothing was shown');
      assert.ok(tookMs < 5_000, `new mail waited ${tookMs} ms`);
      assert.ok(open <= 10, `${open} commands stood open at once`);
      leaving.abort();
      await Promise.allSettled(asked);
    });
  }

  it('tells of new mail at once between the folders of a long order', async () => {
    const ada = await mailServer.addUser();
    const folders = Array.from({ length: 40 }, (_, n) => `Sag ${n}`);
    for (const folder of folders) await ada.appendMany(folder, [{ subject: 'a' }, { subject: 'b' }]);
    const { userId, accountId } = await crm.connect(ada);
    const rows = await sql`select id from messages where account_id = ${accountId}`;
    assert.equal(rows.length, 80);
    const change = { messageIds: rows.map(({ id }) => id), addFlags: ['\\Seen'], moveTo: 'Sag 0' };
    const isMoved = (event: { userid?: unknown; type: string; data: { movedFrom?: unknown } }) =>
      event.userid === userId && event.type === 'postbud.message.changed' && typeof event.data.movedFrom === 'string';
    const job = await crm.add('change-messages', { tenantId: crm.tenantId, userId, ...change });
    await until(async () => crm.events.all.some(isMoved));
    const sentAt = performance.now();
    await ada.deliver({ subject: 'urgent' });
    await crm.events.next((event) => event.userid === userId && event.data.subject === 'urgent');
    const tookMs = performance.now() - sentAt;
    const then = crm.events.all.filter(isMoved).length;
    assert.deepEqual(await job.result(60_000), { changed: 80, notFound: [] });
    assert.ok(then < 78, 'all was moved before: nothing was shown');
    assert.ok(tookMs < 4_000, `new mail waited ${tookMs} ms`);
    assert.equal((await ada.messages('Sag 0')).length, 80);
  });

  it('deletes into the folder that the server calls the trash, whatever another one is called', async () => {
    const ada = await mailServer.addUser();
    await ada.deliver({ subject: 'unwanted' });
    await ada.appendTo('trash', { subject: 'of that name' });
    const { userId } = await crm.connect(ada);
    const trash = (
      await sql`select path from folders where role = 'trash' and path <> 'trash'
      and account_id in (select id from accounts where user_id = ${userId})`
    )[0]!.path as string;
    const [messageId] = await idsOf(userId, 'INBOX');
    const order = { tenantId: crm.tenantId, userId, messageIds: [messageId], delete: 'trash' };
    assert.deepEqual(await (await crm.add('change-messages', order)).result(), { changed: 1, notFound: [] });
    assert.deepEqual((await ada.messages(trash)).length, 1);
    // What is moved to where it lies stays there.
    await ada.deliver({ subject: 'stays' });
    await crm.events.next((event) => event.userid === userId && event.data.subject === 'stays');
    const stays = { tenantId: crm.tenantId, userId, messageIds: await idsOf(userId, 'INBOX'), moveTo: 'inbox' };
    assert.deepEqual(await (await crm.add('change-messages', stays)).result(), { changed: 1, notFound: [] });
    assert.equal((await ada.messages('INBOX')).length, 1);
  });
});

describe('a mailbox whose folders are looked at each minute', () => {
  before(async () => {
    await crm.close();
    await daemon.stop();
    await sql.end();
    daemon = await startDaemon();
    crm = await startCrm(daemon);
    sql = postgres(daemon.env.DATABASE_URL!, { max: 2, onnotice: () => {} });
  });

  it('tells of a deleted message soon, although a folder that is not kept waits to be read again', async () => {
    const ada = await mailServer.addUser();
    await ada.deliverMany([{ subject: 'a' }, { subject: 'b' }]);
    await ada.appendTo('Trash', { subject: 'rubbish' });
    const { userId, accountId } = await crm.connect(ada);
    await sql`update folders set rebuilding = true where account_id = ${accountId} and path = 'Trash'`;
    // Read anew by whoever takes the mailbox over.
    await ada.disconnect();
    const session = await ada.session();
    await ada.deliver({ subject: 'after' });
    await crm.events.next((event) => event.userid === userId && event.data.subject === 'after');
    await session.command('SELECT INBOX');
    await session.command('UID STORE 1 +FLAGS.SILENT (\\Deleted)');
    await session.command('EXPUNGE');
    const sentAt = performance.now();
    await crm.events.next((event) => event.userid === userId && event.type === 'postbud.message.deleted');
    assert.ok(performance.now() - sentAt < 10_000);
    session.close();
  });
});
