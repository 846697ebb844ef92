import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { sql } from 'drizzle-orm';
import { MailError } from '../src/mail/errors.ts';
import { openCommands } from '../src/sync/commands.ts';
import { but, startEngine, workUntil } from './support/engine.ts';
import { type OwnMailServer, startMailServer } from './support/mail-server.ts';
import { encoded } from './support/picture.ts';
import { useServers } from './support/servers.ts';

let engine: Awaited<ReturnType<typeof startEngine>>;
const filled = (fill: Parameters<typeof engine.filled>[0], server?: OwnMailServer) => engine.filled(fill, server);
before(async () => {
  engine = await startEngine();
});
after(() => engine.stop());

/** A session of a mailbox whose first sync is done. */
async function synced(mailbox: Awaited<ReturnType<typeof filled>>['mailbox']) {
  const session = await mailbox.open();
  await session.catchUp();
  await workUntil(session, 'the first sync is done', () => true);
  return session;
}

describe('names of folders that change hands between the list and the look', () => {
  it('bring no message twice: what stands there now is known from where it stood', async () => {
    const { mailbox, rows, told, other } = await filled(async (ada) => {
      await ada.appendMany('Kunder', [{ subject: 'of customers 1' }, { subject: 'of customers 2' }]);
      await ada.appendMany('Projekt', [{ subject: 'of the project' }]);
    });
    await synced(mailbox);
    const known = await rows();
    assert.equal(known.length, 3);

    let lists = 0;
    const session = await mailbox.open((connection) =>
      but(connection, {
        async list(options) {
          const listed = await connection.list(options);
          lists += 1;
          if (lists === 1) {
            await other.command('RENAME Projekt Gammelt');
            await other.command('RENAME Kunder Projekt');
          }
          return listed;
        },
      }),
    );
    await session.catchUp();
    await workUntil(session, 'nothing is lost any more', () => lists > 1 && session.mailbox.lost === 0);
    const now = await rows();
    assert.deepEqual(
      now.map(({ path, id }) => [path, id]),
      known.map(({ path, id }) => [path === 'Kunder' ? 'Projekt' : 'Gammelt', id]),
    );
    assert.deepEqual(
      (await told()).filter(({ type }) => type !== 'message.changed'),
      [],
    );
  });
});

describe('a folder that is renamed before it was ever read', () => {
  it('is read under its new name, and nothing in it is news', async () => {
    const { mailbox, rows, told, other } = await filled(async (ada) => {
      await ada.appendMany('Projekt', [{ subject: 'old 1' }, { subject: 'old 2' }]);
    });
    let lists = 0;
    const session = await mailbox.open((connection) =>
      but(connection, {
        async list(options) {
          const listed = await connection.list(options);
          lists += 1;
          if (lists === 2) await other.command(`RENAME Projekt ${encoded('Omdøbt')}`);
          return listed;
        },
      }),
    );
    await session.catchUp();
    await workUntil(session, 'it was read', async () => (await rows()).length === 2);
    assert.deepEqual(
      (await rows()).map(({ path }) => path),
      ['Omdøbt', 'Omdøbt'],
    );
    assert.deepEqual(await told(), []);
  });
});

describe('a folder that takes the name of one that is listed and cannot be opened', () => {
  it('brings its messages along', async () => {
    const { mailbox, rows, told, other } = await filled((ada) => ada.appendMany('Kunder/Nye', [{ subject: 'known' }]));
    let missing = false;
    const noSuch = { reason: 'mailbox.folder_missing', permanent: false, protocol: 'imap', response: 'NO' } as const;
    const session = await mailbox.open((connection) =>
      but(connection, {
        async select(path, options) {
          if (missing && path === 'Kunder') throw new MailError(noSuch);
          return connection.select(path, options);
        },
        async status(path) {
          if (missing && path === 'Kunder') throw new MailError(noSuch);
          return connection.status(path);
        },
        // Dovecot lists it until another takes its name.
        async list(options) {
          const listed = await connection.list(options);
          const kunder = listed.find(({ path }) => path === 'Kunder');
          if (kunder) Object.assign(kunder, { selectable: true, ...(missing && { state: null }) });
          return listed;
        },
      }),
    );
    await other.command('CREATE Kunder').catch(() => []);
    await session.catchUp();
    await workUntil(session, 'the first sync is done', async () => (await rows()).length === 1);
    const known = await rows();
    missing = true;
    const kunder = () => [...session.mailbox.folders.values()].find(({ path }) => path === 'Kunder')!;
    // As after a quarter of a minute in which it was refused each time.
    session.mailbox.shut.set(kunder().id, { until: performance.now() + 60_000, times: 5, missing: true });
    await workUntil(session, 'what was in it is let go', () => kunder().uidValidity === -1);
    await other.command('DELETE Kunder').catch(() => []);
    await other.command('RENAME Kunder/Nye Kunder');
    missing = false;
    await workUntil(session, 'it is read', async () => (await rows())[0]?.path === 'Kunder');
    assert.deepEqual(
      (await rows()).map(({ id }) => id),
      known.map(({ id }) => id),
    );
    assert.deepEqual(
      (await told()).map(({ type, movedFrom }) => [type, movedFrom]),
      [['message.changed', 'Kunder/Nye']],
    );
  });
});

describe('a mail that is delivered a second time while the first one is being moved', () => {
  it('may be taken for the first one, and either is known by its size from then on', async () => {
    const { mailbox, rows, told, other } = await filled((ada) => ada.appendMany('INBOX', [{ subject: 'other' }]));
    const mail = (line: string) =>
      Buffer.from(`${line}From: bo@example.com\r\nSubject: twice\r\nMessage-ID: <twice@example.com>\r\n\r\nHej.\r\n`);
    await other.command('APPEND INBOX ', mail(''));
    const session = await synced(mailbox);
    const known = await rows();
    await other.command('SELECT INBOX');
    await other.command('UID MOVE 2 Sent');
    await session.hear('flags');
    await other.command('APPEND INBOX ', mail('Received: from elsewhere\r\n'));
    await session.hear('exists');
    await workUntil(session, 'both are known', async () => (await rows()).length === 3);
    await other.command('UID MOVE 3 Drafts');
    await session.hear('flags');
    const placed = async () => (await rows()).map(({ path, subject }) => `${subject} in ${path}`).join(', ');
    await workUntil(session, 'it is in its new place', async () => (await placed()).includes('twice in Drafts'));
    assert.equal(await placed(), 'other in INBOX, twice in Drafts, twice in Sent');
    const now = await rows();
    assert.ok(known.every(({ id }) => now.some((one) => one.id === id)));
    assert.equal((await told()).filter(({ type }) => type === 'message.received').length, 1);
  });
});

describe('a folder that the server renumbers', () => {
  it('keeps what was known of it, and what is older than the first sync went is not news', async () => {
    const { mailbox, rows, told, other } = await filled((ada) => ada.appendMany('Projekt', [{ subject: 'known' }]));
    const old = Buffer.from('From: bo@example.com\r\nSubject: old\r\nMessage-ID: <old@example.com>\r\n\r\nHej.\r\n');
    await other.command('APPEND Projekt () "01-Mar-1999 12:00:00 +0000" ', old);
    await synced(mailbox);
    const known = await rows();
    assert.deepEqual(
      known.map(({ subject }) => subject),
      ['known'],
    );
    const { db } = engine.database;
    await db.execute(sql`
      update folders set uid_validity = uid_validity + 1
      where account_id = ${mailbox.accountId}::uuid and path = 'Projekt'`);
    const session = await mailbox.open();
    await session.catchUp();
    const isRead = () => [...session.mailbox.folders.values()].every(({ rebuilding }) => !rebuilding);
    await workUntil(session, 'it is read again', () => isRead() && session.mailbox.lost === 0);
    assert.deepEqual(await rows(), known);
    assert.deepEqual(await told(), []);
    const [reset] = await db.execute<{ n: number }>(sql`
      select count(*)::int as n from events
      where account_id = ${mailbox.accountId}::uuid and type = 'mailbox.folder_reset'`);
    assert.equal(reset!.n, 1);
  });
});

describe('an order for a message that somebody else has just moved', () => {
  it('tells of it only what the server did: it is found where it is, under its old id', async () => {
    const { mailbox, rows, told, other } = await filled((ada) =>
      ada.appendMany('INBOX', [{ subject: 'a' }, { subject: 'b' }]),
    );
    const session = await synced(mailbox);
    const [moved, stays] = await rows();
    await other.command('SELECT INBOX');
    await other.command('UID MOVE 1 Sent');
    const commands = openCommands(engine.database);
    const messageIds = [moved!.id, stays!.id];
    const id = await commands.add(mailbox.accountId, 'change', { messageIds, delete: 'trash' }, { limitMs: 60_000 });
    await session.runCommands();
    const { answer } = await commands.answerTo(id, { limitMs: 5_000 });
    assert.deepEqual(answer, { changed: 1, notFound: [moved!.id] });
    await session.hear('flags');
    await workUntil(session, 'nothing is lost any more', () => session.mailbox.lost === 0);
    const left = await rows();
    assert.deepEqual(
      left.map(({ path, id }) => [path, id]),
      [['Sent', moved!.id]],
    );
    assert.deepEqual(
      (await told()).map(({ type, messageId, reason, folder }) => [type, messageId, reason ?? folder]),
      [
        ['message.deleted', stays!.id, 'moved-out'],
        ['message.changed', moved!.id, 'Sent'],
      ],
    );
  });

  it('announces what arrives in INBOX while the order is in another folder before it comes to INBOX', async () => {
    const { mailbox, rows, told, other } = await filled((ada) => ada.appendMany('Sent', [{ subject: 'sent' }]));
    const mail = (subject: string) => Buffer.from(`From: bo@example.com\r\nSubject: ${subject}\r\n\r\nHej.\r\n`);
    let meanwhile = 0;
    const session = await mailbox.open((connection) =>
      but(connection, {
        async store(uids, change) {
          await connection.store(uids, change);
          meanwhile += 1;
          if (meanwhile === 1) await other.command('APPEND INBOX ', mail('meanwhile'));
        },
      }),
    );
    await session.catchUp();
    await workUntil(session, 'the first sync is done', async () => (await rows()).length === 1);
    // Newer than the one in Sent, so that it comes after it.
    await other.command('APPEND INBOX ', mail('first'));
    await session.catchUp();
    const messageIds = (await rows()).map(({ id }) => id);
    assert.equal(messageIds.length, 2);
    const commands = openCommands(engine.database);
    const change = { messageIds, addFlags: ['\\Seen'] };
    const id = await commands.add(mailbox.accountId, 'change', change, { limitMs: 60_000 });
    await session.runCommands();
    assert.equal((await commands.answerTo(id, { limitMs: 5_000 })).answer.changed, 2);
    const received = (await told()).filter(({ type }) => type === 'message.received');
    assert.deepEqual(
      received.map(({ subject }) => subject),
      ['first', 'meanwhile'],
    );
  });

  it('does not bring a folder that is not kept among the kept ones, whatever else is lost', async () => {
    const { mailbox, rows, other } = await filled(async (ada) => {
      await ada.appendMany('INBOX', [{ subject: 'to the trash' }]);
      await ada.appendMany('Kunder', [{ subject: 'gone meanwhile' }]);
      await ada.appendMany('Trash', [{ subject: 'there before' }]);
    });
    const session = await synced(mailbox);
    const all = await rows();
    await other.command('SELECT Kunder');
    await other.command('UID STORE 1 +FLAGS (\\Deleted)');
    await other.command('EXPUNGE');
    const commands = openCommands(engine.database);
    const messageIds = all.map(({ id }) => id);
    const id = await commands.add(mailbox.accountId, 'change', { messageIds, delete: 'trash' }, { limitMs: 60_000 });
    await session.runCommands();
    assert.equal((await commands.answerTo(id, { limitMs: 5_000 })).answer.changed, 1);
    await workUntil(session, 'nothing is lost any more', () => session.mailbox.lost === 0);
    assert.deepEqual([...(await rows())], []);
  });

  it('whose process was killed leaves nothing behind, also where the server does not tell what is gone', async () => {
    const { dir, authority } = await useServers();
    const dovecotExtra = 'imap_capability = IMAP4rev1 ENABLE IDLE LITERAL+ UIDPLUS MOVE CONDSTORE ESEARCH SPECIAL-USE';
    const server = await startMailServer({ dir, authority, dovecotExtra, smtp: false });
    after(() => server.stop());
    const { mailbox, rows, other } = await filled((ada) => ada.appendMany('Drafts', [{ subject: 'moved' }]), server);
    const first = await mailbox.open();
    await first.catchUp();
    await workUntil(first, 'the first sync is done', async () => (await rows()).length === 1);
    // An order moved it to INBOX and wrote down where; the process died before INBOX was read up to there.
    await other.command('SELECT Drafts');
    await other.command('UID MOVE 1 INBOX');
    await engine.database.db.execute(sql`
      update messages set uid = 1, folder_id = (
        select id from folders f where f.account_id = ${mailbox.accountId}::uuid and path = 'INBOX')
      where account_id = ${mailbox.accountId}::uuid`);
    await other.command('SELECT INBOX');
    await other.command('UID STORE 1 +FLAGS (\\Deleted)');
    await other.command('EXPUNGE');
    const session = await mailbox.open();
    await session.catchUp();
    await workUntil(session, 'nothing is lost any more', () => session.mailbox.lost === 0);
    assert.deepEqual([...(await rows())], []);
  });
});
