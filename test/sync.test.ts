import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import postgres from 'postgres';
import { type Crm, startCrm } from './support/crm.ts';
import { startCyrus } from './support/cyrus.ts';
import { cyrusMissing } from './support/cyrus-programs.ts';
import { type Daemon, startDaemon } from './support/daemon.ts';
import type { HeardEvent } from './support/events.ts';
import type { ImapSession } from './support/imap-session.ts';
import { startMailServer } from './support/mail-server.ts';
import type { MailboxUser, MailUser } from './support/mail-user.ts';
import { encoded, type Picture, retold, serverPicture, storedPicture } from './support/picture.ts';
import { type Servers, useServers } from './support/servers.ts';

/** What is done to a server's mailboxes. */
type Server = { addUser(): Promise<Ada>; stop(): Promise<void> };
type Ada = MailboxUser & Pick<MailUser, 'smtp'>;

const dovecot =
  (capabilities?: string) =>
  async (used: Servers): Promise<Server> => {
    const dovecotExtra = capabilities ? `imap_capability = ${capabilities}` : '';
    return startMailServer({ dir: used.dir, authority: used.authority, dovecotExtra, smtp: true });
  };

/** Cyrus has no SMTP: the same user of the run's Postfix sends. */
async function cyrus(used: Servers): Promise<Server> {
  const server = await startCyrus(used);
  return {
    async addUser() {
      const user = await server.addUser();
      const { smtp } = await used.mailServer.addUser({ address: user.address, password: user.password });
      return { ...user, smtp };
    },
    stop: () => server.imapServer.stop(),
  };
}

/**
 * What a server offers decides how a folder is kept in step; all of it is tried on a real one, and on a second real one.
 * The others than the first go through what differs; `npm run test:sync` takes all of them through all.
 */
const servers: { name: string; start(used: Servers): Promise<Server>; skip?: string | false }[] = [
  { name: 'Dovecot with QRESYNC', start: dovecot() },
  {
    name: 'Dovecot with CONDSTORE',
    start: dovecot(
      'IMAP4rev1 SASL-IR LOGIN-REFERRALS ID ENABLE IDLE LITERAL+ UIDPLUS MOVE CONDSTORE ESEARCH SPECIAL-USE',
    ),
  },
  { name: 'Dovecot with IMAP4rev1 and IDLE alone', start: dovecot('IMAP4rev1 IDLE LITERAL+') },
  { name: 'Cyrus', start: cyrus, skip: await cyrusMissing() },
];
const everything = process.env.SYNC_FULL === 'yes';
const only = process.env.SYNC_SERVER;

for (const [at, { name, start, skip }] of servers.entries()) {
  if (only && !name.includes(only)) continue;
  const isWhole = everything || at === 0;
  /** The same on every server; once is enough, unless all is wanted. */
  const once = isWhole ? it : (said: string, _test: unknown) => it.skip(said);
  describe(`${name}: a mailbox`, { skip: skip || false }, () => {
    let mailServer: Server;
    let daemon: Daemon;
    let crm: Crm;
    let sql: postgres.Sql;

    before(async () => {
      mailServer = await start(await useServers());
      daemon = await startDaemon({ env: { POSTBUD_FOLDER_SECONDS: '1' }, ready: false });
      await daemon.ready({ timeoutMs: 60_000 });
      crm = await startCrm(daemon);
      sql = postgres(daemon.env.DATABASE_URL!, { max: 2, onnotice: () => {} });
    });
    after(async () => {
      await crm?.close();
      await daemon?.stop();
      await mailServer?.stop();
      await sql?.end();
    });

    type Connected = { ada: Ada; session: ImapSession; userId: string; accountId: string; known: Picture };

    async function connected(fill: (ada: Ada) => Promise<unknown> = async () => {}): Promise<Connected> {
      const ada = await mailServer.addUser();
      await fill(ada);
      const { userId, accountId } = await crm.connect(ada);
      const known = await storedPicture(sql, accountId, 'id');
      return { ada, session: await ada.session(), userId, accountId, known };
    }

    /** Wait until Postgres has what the server has, and whoever heard the events knows the same. */
    async function sameEverywhere({ session, accountId, userId, known }: Connected) {
      const deadline = Date.now() + 20_000;
      for (;;) {
        try {
          const stored = await storedPicture(sql, accountId);
          assert.deepEqual(stored, await serverPicture(session, Object.keys(stored)));
          const told = retold(
            known,
            crm.events.all.filter((event) => event.userid === userId),
          );
          assert.deepEqual(told, await storedPicture(sql, accountId, 'id'));
          return;
        } catch (error) {
          if (Date.now() > deadline) throw error;
          await delay(100);
        }
      }
    }
    const heard = (userId: string, type: string) =>
      crm.events.next((event: HeardEvent) => event.userid === userId && event.type === `postbud.${type}`);
    const typesOf = (userId: string) =>
      crm.events.all.filter((event) => event.userid === userId && /message\./.test(event.type)).map(({ type }) => type);

    once('is a true copy once its first sync is completed', async () => {
      const ada = await mailServer.addUser();
      await ada.appendMany(
        'INBOX',
        Array.from({ length: 130 }, (_, n) => ({ subject: `old ${n}` })),
        { flags: ['\\Seen'] },
      );
      await ada.appendMany(
        encoded('Kunder/Ærø'),
        Array.from({ length: 70 }, (_, n) => ({ subject: `sag ${n}` })),
      );
      await ada.appendTo('Trash', { subject: 'rubbish' });
      const { userId, accountId } = await crm.connect(ada);
      const done = crm.events.of((event) => event.userid === userId && event.type === 'postbud.mailbox.sync_completed');
      assert.equal(done[0]!.data.messages, 200);
      const stored = await storedPicture(sql, accountId);
      assert.ok(Object.keys(stored).includes('Kunder/Ærø'));
      assert.ok(!Object.keys(stored).includes('Trash'), 'the trash is not looked into');
      const session = await ada.session();
      assert.deepEqual(stored, await serverPicture(session, Object.keys(stored)));
      assert.deepEqual(typesOf(userId), []);
      const progress = crm.events.of(
        (event) => event.userid === userId && event.type === 'postbud.mailbox.sync_progress',
      );
      assert.deepEqual(progress.at(-1)!.data, { folder: 'Kunder/Ærø', done: 70, total: 70 });
      session.close();
    });

    it('follows flags that somebody else sets and takes away', async () => {
      const it = await connected((ada) => ada.appendMany('INBOX', [{ subject: 'a' }, { subject: 'b' }]));
      await it.session.command('SELECT INBOX');
      await it.session.command('UID STORE 1 +FLAGS (\\Seen \\Flagged)');
      const { data } = await heard(it.userId, 'message.changed');
      assert.deepEqual(
        [data.addedFlags.sort(), data.removedFlags, data.movedFrom],
        [['\\Flagged', '\\Seen'], [], null],
      );
      await it.session.command('UID STORE 1 -FLAGS (\\Flagged)');
      assert.deepEqual((await heard(it.userId, 'message.changed')).data.removedFlags, ['\\Flagged']);
      await sameEverywhere(it);
      it.session.close();
    });

    it('forgets messages that are gone', async () => {
      const it = await connected((ada) =>
        ada.appendMany('INBOX', [{ subject: 'a' }, { subject: 'b' }, { subject: 'c' }]),
      );
      await it.session.command('SELECT INBOX');
      await it.session.command('UID STORE 2 +FLAGS.SILENT (\\Deleted)');
      await it.session.command('EXPUNGE');
      const { data } = await heard(it.userId, 'message.deleted');
      assert.equal(data.reason, 'deleted');
      await sameEverywhere(it);
      await it.session.command('SELECT INBOX');
      await it.session.command('UID STORE 1:* +FLAGS.SILENT (\\Deleted)');
      await it.session.command('EXPUNGE');
      await sameEverywhere(it);
      it.session.close();
    });

    it('knows a message that was moved by its old id, whichever way it went', async () => {
      const it = await connected(async (ada) => {
        await ada.appendMany('INBOX', [{ subject: 'a' }, { subject: 'b' }]);
        await ada.appendMany('Kunder', [{ subject: 'c' }, { subject: 'd' }]);
      });
      await it.session.command('SELECT INBOX');
      await it.session.command('UID COPY 1 Kunder');
      await it.session.command('UID STORE 1 +FLAGS.SILENT (\\Deleted)');
      await it.session.command('EXPUNGE');
      // That it was marked as deleted may have been seen before it was gone.
      const away = await crm.events.next((event) => event.userid === it.userId && event.data.movedFrom === 'INBOX');
      assert.deepEqual([away.type, away.data.folder], ['postbud.message.changed', 'Kunder']);
      await it.session.command('SELECT Kunder');
      await it.session.command('UID COPY 1 INBOX');
      await it.session.command('UID STORE 1 +FLAGS.SILENT (\\Deleted)');
      await it.session.command('EXPUNGE');
      await sameEverywhere(it);
      assert.deepEqual(new Set(typesOf(it.userId)), new Set(['postbud.message.changed']));
      it.session.close();
    });

    once('takes a copy for a second message', async () => {
      const it = await connected((ada) => ada.appendMany('INBOX', [{ subject: 'a' }]));
      await it.session.command('CREATE Kopier');
      await it.session.command('SELECT INBOX');
      await it.session.command('UID COPY 1 Kopier');
      const { data } = await heard(it.userId, 'message.received');
      assert.equal(data.folder, 'Kopier');
      await it.session.command('SELECT Kopier');
      await it.session.command('UID COPY 1 INBOX');
      assert.equal((await heard(it.userId, 'message.received')).data.folder, 'INBOX');
      await sameEverywhere(it);
      it.session.close();
    });

    it('follows folders that are made, renamed and removed', async () => {
      const it = await connected((ada) => ada.appendMany('Gammel', [{ subject: 'a' }, { subject: 'b' }]));
      await it.session.command('CREATE Ny');
      assert.equal((await heard(it.userId, 'mailbox.folder_created')).data.folder, 'Ny');
      await it.session.command('RENAME Gammel Arkiveret');
      assert.deepEqual((await heard(it.userId, 'mailbox.folder_renamed')).data, {
        folder: 'Arkiveret',
        from: 'Gammel',
      });
      await sameEverywhere(it);
      assert.deepEqual(typesOf(it.userId), []);
      await it.session.command('DELETE Arkiveret');
      assert.equal((await heard(it.userId, 'mailbox.folder_deleted')).data.folder, 'Arkiveret');
      await heard(it.userId, 'message.deleted');
      await sameEverywhere(it);
      it.session.close();
    });

    once('keeps its messages when the server renumbers a folder', async () => {
      const it = await connected((ada) =>
        ada.appendMany(
          'INBOX',
          Array.from({ length: 120 }, (_, n) => ({ subject: `${n}` })),
        ),
      );
      await it.session.command('CREATE Aside');
      await it.session.command('SELECT INBOX');
      await it.session.command('UID COPY 1:* Aside');
      await heard(it.userId, 'mailbox.folder_created');
      await sameEverywhere(it);
      const before =
        await sql`select id, uid_validity from folders where account_id = ${it.accountId} and path = 'Aside'`;
      const ids =
        await sql`select id from messages where account_id = ${it.accountId} and folder_id = ${before[0]!.id} order by id`;
      // What the row says is another number than the server's: the same as if the server had another one.
      await (await crm.add('pause-account', { tenantId: crm.tenantId, userId: it.userId })).result();
      await sql`update folders set uid_validity = uid_validity + 1 where id = ${before[0]!.id}`;
      await (await crm.add('resume-account', { tenantId: crm.tenantId, userId: it.userId })).result();
      assert.equal((await heard(it.userId, 'mailbox.folder_reset')).data.folder, 'Aside');
      await sameEverywhere(it);
      const now =
        await sql`select id from messages where account_id = ${it.accountId} and folder_id = ${before[0]!.id} order by id`;
      assert.deepEqual(now, ids);
      it.session.close();
    });

    it('is right after everything happened while nobody watched', async () => {
      const it = await connected(async (ada) => {
        await ada.appendMany(
          'INBOX',
          Array.from({ length: 30 }, (_, n) => ({ subject: `${n}` })),
        );
        await ada.appendMany(
          'Kunder',
          Array.from({ length: 30 }, (_, n) => ({ subject: `k${n}` })),
        );
      });
      await (await crm.add('pause-account', { tenantId: crm.tenantId, userId: it.userId })).result();
      await it.session.command('CREATE Ny');
      await it.session.command('SELECT INBOX');
      await it.session.command('UID COPY 1:5 Kunder');
      await it.session.command('UID STORE 1:8 +FLAGS.SILENT (\\Deleted)');
      await it.session.command('UID STORE 20:25 +FLAGS.SILENT (\\Seen)');
      await it.session.command('EXPUNGE');
      await it.session.command('SELECT Kunder');
      await it.session.command('UID COPY 3:6 INBOX');
      await it.session.command('UID COPY 7:9 Ny');
      await it.session.command('UID STORE 3:9 +FLAGS.SILENT (\\Deleted)');
      await it.session.command('EXPUNGE');
      await it.ada.deliver({ subject: 'meanwhile' });
      await (await crm.add('resume-account', { tenantId: crm.tenantId, userId: it.userId })).result();
      await sameEverywhere(it);
      const types = Map.groupBy(typesOf(it.userId), (type) => type);
      assert.equal(types.get('postbud.message.received')?.length, 1);
      assert.equal(types.get('postbud.message.deleted')?.length, 3);
      it.session.close();
    });

    it('is changed by order: flags, moved, deleted, each told once', async () => {
      const it = await connected((ada) =>
        ada.appendMany('INBOX', [{ subject: 'a' }, { subject: 'b' }, { subject: 'c' }]),
      );
      const ids = await sql`select id from messages where account_id = ${it.accountId} order by uid`;
      const [first, second, third] = ids.map(({ id }) => id as string);
      const change = async (order: object) =>
        (await crm.add('change-messages', { tenantId: crm.tenantId, userId: it.userId, ...order })).result();
      const nobody = '01890000-0000-7000-8000-000000000000';
      assert.deepEqual(await change({ messageIds: [first, nobody], addFlags: ['\\Seen'] }), {
        changed: 1,
        notFound: [nobody],
      });
      const { data } = await heard(it.userId, 'message.changed');
      assert.deepEqual([data.messageId, data.addedFlags], [first, ['\\Seen']]);
      assert.match((await serverPicture(it.session, ['INBOX'])).INBOX!['1']!, /Seen/);

      await it.session.command('CREATE Kunder');
      await heard(it.userId, 'mailbox.folder_created');
      assert.deepEqual(await change({ messageIds: [second], moveTo: 'Kunder' }), { changed: 1, notFound: [] });
      assert.deepEqual((await heard(it.userId, 'message.changed')).data.movedFrom, 'INBOX');
      assert.deepEqual(await change({ messageIds: [second], delete: 'trash' }), { changed: 1, notFound: [] });
      assert.equal((await heard(it.userId, 'message.deleted')).data.reason, 'moved-out');
      assert.deepEqual(await change({ messageIds: [third], delete: 'permanently' }), { changed: 1, notFound: [] });
      assert.equal((await heard(it.userId, 'message.deleted')).data.reason, 'deleted');
      const refused = await change({ messageIds: [first], moveTo: 'Nowhere' });
      assert.deepEqual([refused.changed, refused.reason], [0, 'mailbox.folder_missing']);
      await sameEverywhere(it);
      assert.equal(typesOf(it.userId).length, 4, 'the echo of a change is not told again');
      assert.equal((await it.ada.messages('Trash')).length, 1);
      it.session.close();
    });

    once('tells of new mail at once in the middle of its first sync', async () => {
      const ada = await mailServer.addUser();
      await ada.appendMany(
        'Arkiv',
        Array.from({ length: 3_000 }, (_, n) => ({ subject: `old ${n}` })),
      );
      const userId = 'first-sync';
      const result = await (await crm.add('connect-account', await crm.connectPayload(ada, { userId }))).result();
      const begun = await crm.events.next(
        (event) => event.userid === userId && event.type === 'postbud.mailbox.sync_progress',
      );
      await ada.deliver({ subject: 'in between' });
      const news = await heard(userId, 'message.received');
      assert.equal(news.data.subject, 'in between');
      await crm.events.next((event) => event.userid === userId && event.type === 'postbud.mailbox.sync_completed', {
        timeoutMs: 60_000,
      });
      assert.ok(begun.data.total === 3_000);
      const session = await ada.session();
      assert.deepEqual(
        (await storedPicture(sql, result.accountId)).Arkiv,
        (await serverPicture(session, ['Arkiv'])).Arkiv,
      );
      session.close();
    });
  });
}
