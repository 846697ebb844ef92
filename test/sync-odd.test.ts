import assert from 'node:assert/strict';
import { chmod } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import postgres from 'postgres';
import { type Crm, startCrm } from './support/crm.ts';
import { type Daemon, startDaemon } from './support/daemon.ts';
import type { MailUser } from './support/mail-user.ts';
import { serverPicture, storedPicture } from './support/picture.ts';
import { type Servers, useServers } from './support/servers.ts';

/** Longer than a key of an index may be (a third of a page), and by chance, so that it cannot be packed. */
function endlessId(): string {
  const signs = Array.from({ length: 990 }, () => 0x4e00 + Math.floor(Math.random() * 0x5000));
  return `<${String.fromCodePoint(...signs)}>`;
}
const withId = (subject: string, id: string) => ({
  raw: `From: bo@example.com\r\nSubject: ${subject}\r\nMessage-ID: ${id}\r\n\r\nHej.\r\n`,
});

describe('a mailbox in which one thing is wrong', () => {
  let used: Servers;
  let daemon: Daemon;
  let crm: Crm;
  let sql: postgres.Sql;

  before(async () => {
    used = await useServers();
    daemon = await startDaemon({ env: { POSTBUD_FOLDER_SECONDS: '1' }, ready: false });
    await daemon.ready({ timeoutMs: 60_000 });
    crm = await startCrm(daemon);
    sql = postgres(daemon.env.DATABASE_URL!, { max: 2, onnotice: () => {} });
  });
  after(async () => {
    await crm?.close();
    await daemon?.stop();
    await sql?.end();
  });

  const heard = (userId: string, type: string) =>
    crm.events.next((event) => event.userid === userId && event.type === `postbud.${type}`, { timeoutMs: 30_000 });
  const folderOf = ({ address }: MailUser, folder: string) =>
    join(used.mailServer.places.dovecot.dir, 'mail', address, 'mail', `.${folder}`);
  async function until(what: string, isSo: () => Promise<boolean>) {
    for (const deadline = Date.now() + 30_000; !(await isSo()); await delay(100)) {
      assert.ok(Date.now() < deadline, what);
    }
  }

  it('puts a message aside that Postgres refuses, with the reason, and takes the others', async () => {
    const ada = await used.mailServer.addUser();
    const old = Array.from({ length: 9 }, (_, n) => ({ subject: `old ${n}` }));
    await ada.appendMany('INBOX', [...old, withId('refused', endlessId()), { subject: 'after it' }]);
    const { userId, accountId } = await crm.connect(ada);
    await ada.deliverMany([{ subject: 'new 1' }, withId('refused too', endlessId()), { subject: 'new 2' }]);
    await crm.events.count((event) => event.userid === userId && event.type === 'postbud.message.received', 3);
    const rows = await sql`
      select uid::int, subject, broken, message_id_header as header from messages
      where account_id = ${accountId} order by uid`;
    assert.deepEqual(
      rows.map(({ uid }) => uid),
      Array.from({ length: 14 }, (_, n) => n + 1),
    );
    const aside = rows.filter(({ broken }) => broken !== null);
    assert.deepEqual(
      aside.map(({ uid, header }) => [uid, header]),
      [
        [10, null],
        [13, null],
      ],
    );
    for (const { broken } of aside) assert.match(broken, /^it could not be stored: 54000 index row size/);
  });

  it('goes on when one folder cannot be opened, and takes that one in when it can', async () => {
    const ada = await used.mailServer.addUser();
    await ada.appendMany('Lukket', [{ subject: 'a' }, { subject: 'b' }]);
    await ada.appendMany('Zebra', [{ subject: 'c' }]);
    await chmod(folderOf(ada, 'Lukket'), 0);
    const { userId, accountId } = await crm.connect(ada);
    await ada.deliver({ subject: 'news' });
    assert.equal((await heard(userId, 'message.received')).data.subject, 'news');
    const stored = await storedPicture(sql, accountId);
    assert.deepEqual([stored.Lukket, stored.Zebra], [{}, { 1: '' }]);
    const line = await daemon.logged((one) => one.accountId === accountId && /refused a folder/.test(one.msg ?? ''));
    assert.ok(line.reason);
    await chmod(folderOf(ada, 'Lukket'), 0o700);
    await until('the folder is taken in', async () => {
      const now = await storedPicture(sql, accountId);
      return Object.keys(now.Lukket ?? {}).length === 2;
    });
    const ended = daemon.logs.filter((one) => one.accountId === accountId && one.msg === 'connection ended');
    assert.deepEqual(ended, [], 'on the same connection');
  });

  it('knows a message by its old id when the folder that it came from could not be opened for a moment', async () => {
    const ada = await used.mailServer.addUser();
    await ada.appendMany('Flyt', [{ subject: 'wanders' }, { subject: 'stays' }]);
    const { userId, accountId } = await crm.connect(ada);
    await until(
      'the folder is known',
      async () => Object.keys((await storedPicture(sql, accountId)).Flyt ?? {}).length === 2,
    );
    const [{ id }] = (await sql`
      select id from messages where account_id = ${accountId} and subject = 'wanders'`) as unknown as [{ id: string }];
    await crm.add('pause-account', { tenantId: crm.tenantId, userId });
    await heard(userId, 'account.paused');
    const session = await ada.session();
    await session.command('SELECT Flyt');
    await session.command('UID MOVE 1 INBOX');
    session.close();
    await chmod(folderOf(ada, 'Flyt'), 0);
    await crm.add('resume-account', { tenantId: crm.tenantId, userId });
    await daemon.logged((one) => one.accountId === accountId && /refused a folder/.test(one.msg ?? ''));
    for (const subject of ['news', 'more news']) {
      await ada.deliver({ subject });
      // Between the two it is the folder's turn to be indexed.
      await until(`${subject} is in the index`, async () => {
        const rows = await sql`
          select from messages where account_id = ${accountId} and subject = ${subject} and not index_wanted`;
        return rows.length === 1;
      });
    }
    await chmod(folderOf(ada, 'Flyt'), 0o700);
    const { data } = await heard(userId, 'message.changed');
    assert.deepEqual([data.messageId, data.folder, data.movedFrom], [id, 'INBOX', 'Flyt']);
    const received = crm.events.all.filter((one) => one.userid === userId && one.type === 'postbud.message.received');
    assert.deepEqual(
      received.map((one) => one.data.subject),
      ['news', 'more news'],
    );
    const ended = daemon.logs.filter((one) => one.accountId === accountId && one.msg === 'connection ended');
    assert.deepEqual(ended, [], 'on one connection');
  });

  /** These inserts of messages fail, once each: a sequence counts what is taken back. */
  async function postgresGivesWay(at: number[]) {
    await sql`create sequence gives_way`;
    await sql.unsafe(`
      create or replace function give_way() returns trigger language plpgsql as $$ begin
        if nextval('gives_way') in (${at.join(',')}) then raise exception 'not now' using errcode = '40001'; end if;
        return null; end $$`);
    await sql`create trigger give_way before insert on messages for each statement execute function give_way()`;
  }

  it('reads a slice of its first sync again that could not be stored', async () => {
    const ada = await used.mailServer.addUser();
    await ada.appendMany(
      'INBOX',
      Array.from({ length: 1_800 }, (_, n) => ({ subject: `${n}` })),
    );
    await postgresGivesWay([2, 4]);
    try {
      const { accountId } = await crm.connect(ada);
      const stored = await storedPicture(sql, accountId);
      assert.equal(Object.keys(stored.INBOX ?? {}).length, 1_800);
      const [{ last_value: tries }] = (await sql`select last_value::int from gives_way`) as unknown as [
        { last_value: number },
      ];
      assert.ok(tries > 4);
    } finally {
      await sql`drop trigger give_way on messages`;
      await sql`drop sequence gives_way cascade`;
    }
  });

  it('takes no other folder for INBOX after Postgres gave way in it', async () => {
    const ada = await used.mailServer.addUser();
    const { userId, accountId } = await crm.connect(ada);
    const session = await ada.session();
    await session.command('CREATE Sager');
    await heard(userId, 'mailbox.folder_created');
    await postgresGivesWay([1]);
    try {
      await ada.appendTo('Sager', { subject: 'in Sager' });
      await daemon.logged((one) => one.accountId === accountId && /could not be stored/.test(one.msg ?? ''));
      await ada.appendTo('Sager', { subject: 'in Sager too' });
      await ada.deliver({ subject: 'in INBOX' });
      await crm.events.count((event) => event.userid === userId && event.type === 'postbud.message.received', 3);
      assert.deepEqual(
        await storedPicture(sql, accountId),
        await serverPicture(session, ['INBOX', 'Sager', 'Sent', 'Drafts']),
      );
    } finally {
      session.close();
      await sql`drop trigger give_way on messages`;
      await sql`drop sequence gives_way cascade`;
    }
  });

  it('tells of what somebody put into a folder that was renumbered meanwhile', async () => {
    const ada = await used.mailServer.addUser();
    await ada.appendMany('Sager', [{ subject: 'a' }, { subject: 'b' }]);
    const { userId, accountId } = await crm.connect(ada);
    await (await crm.add('pause-account', { tenantId: crm.tenantId, userId })).result();
    const session = await ada.session();
    await session.command('CREATE Ny');
    await session.command('SELECT Sager');
    await session.command('UID COPY 1:* Ny');
    await ada.appendTo('Ny', { subject: 'from last month' }, { date: new Date(Date.now() - 30 * 86_400_000) });
    await session.command('UNSELECT');
    await session.command('DELETE Sager');
    await session.command('RENAME Ny Sager');
    session.close();
    await (await crm.add('resume-account', { tenantId: crm.tenantId, userId })).result();
    const { data } = await heard(userId, 'message.received');
    assert.deepEqual([data.subject, data.folder], ['from last month', 'Sager']);
    await until('both others are known again', async () => {
      const { Sager = {}, '?': lost = {} } = await storedPicture(sql, accountId);
      return Object.keys(Sager).length === 3 && Object.keys(lost).length === 0;
    });
    assert.equal(
      crm.events.of((event) => event.userid === userId && event.type === 'postbud.message.received').length,
      1,
    );
  });

  it('takes a folder in that has the name of one that is just gone', async () => {
    const ada = await used.mailServer.addUser();
    for (const folder of ['Gammel', 'Anden', 'Stor']) await ada.appendMany(folder, [{ subject: folder }]);
    const { userId, accountId } = await crm.connect(ada);
    const session = await ada.session();
    // While another folder is being read again nobody knows whether messages are gone, and gone folders stay known.
    await sql`update folders set rebuilding = true, history_uid = 2 where account_id = ${accountId} and path = 'Stor'`;
    await chmod(folderOf(ada, 'Stor'), 0);
    await (await crm.add('pause-account', { tenantId: crm.tenantId, userId })).result();
    await (await crm.add('resume-account', { tenantId: crm.tenantId, userId })).result();
    await session.command('DELETE Gammel');
    await heard(userId, 'mailbox.folder_deleted');
    await session.command('RENAME Anden Gammel');
    assert.deepEqual((await heard(userId, 'mailbox.folder_renamed')).data, { folder: 'Gammel', from: 'Anden' });
    await session.command('CREATE Anden');
    await heard(userId, 'mailbox.folder_created');
    await chmod(folderOf(ada, 'Stor'), 0o700);
    await until('all is as on the server', async () => {
      const stored = await storedPicture(sql, accountId);
      return isDeepStrictEqual(
        stored,
        await serverPicture(session, ['INBOX', 'Sent', 'Drafts', 'Gammel', 'Anden', 'Stor']),
      );
    });
    session.close();
  });

  it('keeps a mail without a Message-ID that was moved to INBOX for the same one', async () => {
    const ada = await used.mailServer.addUser();
    const raw = 'From: bo@example.com\r\nSubject: nameless\r\n\r\nHej.\r\n';
    await ada.appendMany('Sager', [{ raw }]);
    const { userId, accountId } = await crm.connect(ada);
    const before = await sql`select id from messages where account_id = ${accountId}`;
    const session = await ada.session();
    await session.command('SELECT Sager');
    await session.command('UID MOVE 1 INBOX');
    session.close();
    const { data } = await heard(userId, 'message.changed');
    assert.deepEqual([data.messageId, data.folder, data.movedFrom], [before[0]!.id, 'INBOX', 'Sager']);
  });
});
