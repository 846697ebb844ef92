import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { describe, it } from 'node:test';
import { connect as connectTls } from 'node:tls';
import { Redis } from 'ioredis';
import nodemailer from 'nodemailer';
import postgres from 'postgres';
import { makeCertificate } from './support/certificates.ts';
import { listenEvents } from './support/events.ts';
import { lineDialogue } from './support/line-dialogue.ts';
import type { MailUser, ServerSettings } from './support/mail-user.ts';
import { scriptedServer } from './support/scripted-server.ts';
import { freshName, useServers } from './support/servers.ts';

const servers = await useServers();
const { mailServer } = servers;
const ca = readFileSync(servers.caFile);

const send = (user: MailUser, server: ServerSettings, to: string, subject: string) =>
  nodemailer
    .createTransport({
      host: server.host,
      port: server.port,
      secure: server.security === 'tls',
      requireTLS: true,
      auth: { user: user.address, pass: user.password },
      tls: { ca },
    })
    .sendMail({ from: user.address, to, subject, text: 'Hello' });

/** Messages of a folder once there are so many; `untagged` of an IDLE connection says when to look. */
async function messagesOnceThere(user: MailUser, count: number) {
  const imap = await user.session();
  await imap.command('SELECT INBOX');
  const done = await imap.idle();
  for (;;) {
    const messages = await user.messages();
    if (messages.length >= count) {
      await done();
      imap.close();
      return messages;
    }
    await imap.untagged();
  }
}

describe('the mail server of the tests', () => {
  it('has a delivered message in INBOX, whichever way it came', async () => {
    const ada = await mailServer.addUser();
    const { messageId } = await ada.deliver({ subject: 'Grüße', text: '.dot\n..dots\nend' });
    await ada.deliver({ subject: 'By SMTP' }, { via: 'smtp' });
    const [first, second] = await messagesOnceThere(ada, 2);
    assert.match(first!.raw, new RegExp(`Message-ID: ${messageId}`));
    assert.match(first!.raw, /\r\n\.dot\r\n\.\.dots\r\nend\r\n$/);
    assert.match(second!.raw, /Subject: By SMTP/);
  });

  it('takes many messages over one connection, in their order', async () => {
    const ada = await mailServer.addUser();
    await ada.deliverMany(Array.from({ length: 50 }, (_, index) => ({ subject: `Number ${index}` })));
    const subjects = (await ada.messages()).map(({ raw }) => /Subject: (.*)/.exec(raw)?.[1]);
    assert.deepEqual(
      subjects,
      Array.from({ length: 50 }, (_, index) => `Number ${index}`),
    );
  });

  it('sends what a user submits, by both kinds of TLS', async () => {
    const [ada, bo] = await Promise.all([mailServer.addUser(), mailServer.addUser()]);
    await send(ada, ada.smtp, bo.address, 'Implicit TLS');
    await send(ada, ada.smtpStarttls, bo.address, 'STARTTLS');
    const subjects = (await messagesOnceThere(bo, 2)).map(({ raw }) => /Subject: (.*)/.exec(raw)?.[1]);
    assert.deepEqual(subjects.sort(), ['Implicit TLS', 'STARTTLS']);
  });

  it('lets no mail out: other domains end in one mailbox, which knows whom it was for', async () => {
    const ada = await mailServer.addUser();
    const subject = freshName('Offer');
    await send(ada, ada.smtp, 'customer@example.com', subject);
    const outside = await mailServer.outside();
    const found = (await messagesOnceThere(outside, 1)).find(({ raw }) => raw.includes(subject));
    assert.match(found!.raw, /^X-Original-To: customer@example\.com/m);
  });

  it('answers at RCPT as providers do, and bounces what it cannot deliver', async () => {
    const ada = await mailServer.addUser();
    await assert.rejects(send(ada, ada.smtp, 'no-such-user@postbud.test', 'Hello'), /550 5\.1\.1/);
    await assert.rejects(send(ada, ada.smtp, 'try-later@postbud.test', 'Hello'), /451 4\.7\.1/);
    await send(ada, ada.smtp, `${freshName('gone')}@postbud.test`, 'Hello');
    const [bounce] = await messagesOnceThere(ada, 1);
    assert.match(bounce!.raw, /report-type=delivery-status/);
  });

  it('refuses a sender who is somebody else, and a login with a wrong password', async () => {
    const [ada, bo] = await Promise.all([mailServer.addUser(), mailServer.addUser()]);
    await assert.rejects(
      send({ ...ada, address: bo.address, password: ada.password }, ada.smtp, ada.address, 'x'),
      /535/,
    );
    const transport = nodemailer.createTransport({
      host: ada.smtp.host,
      port: ada.smtp.port,
      secure: true,
      auth: { user: ada.address, pass: ada.password },
      tls: { ca },
    });
    await assert.rejects(transport.sendMail({ from: bo.address, to: bo.address, text: 'x' }), /553 5\.7\.1/);
  });

  it('has the special folders, and takes what a mail program files in them', async () => {
    const ada = await mailServer.addUser();
    const uid = await ada.appendTo('Sent', { subject: 'Filed' }, { flags: ['\\Seen'], date: new Date(0) });
    const [sent] = await ada.messages('Sent');
    assert.deepEqual([sent!.uid, sent!.flags], [uid, ['\\Seen']]);
    assert.deepEqual((await ada.folders()).sort(), ['Drafts', 'INBOX', 'Junk', 'Sent', 'Trash']);
  });

  it('fills a folder fast', async () => {
    const ada = await mailServer.addUser();
    await ada.appendMany(
      'Archive/2025',
      Array.from({ length: 1_200 }, (_, index) => ({ raw: `Subject: Old ${index}\r\n\r\nText\r\n` })),
    );
    const archive = await ada.messages('Archive/2025');
    assert.deepEqual([archive.length, archive.at(-1)!.raw.split('\r\n')[0]], [1_200, 'Subject: Old 1199']);
  });

  it('goes by a new password at once, however like the old one', async () => {
    const ada = await mailServer.addUser({ password: 'old' });
    await ada.folders();
    const before = await ada.session();
    await ada.changePassword('new');
    await ada.folders();
    await ada.disconnect();
    await assert.rejects(async () => {
      for (;;) await before.untagged();
    }, /closed/);
    await ada.disable();
    await assert.rejects(ada.folders(), /CONTACTADMIN/);
    await ada.remove();
    await assert.rejects(ada.folders(), /AUTHENTICATIONFAILED/);
  });
});

describe("a test file's own mail server", () => {
  it('falls silent, wakes, and comes back on the same ports with the same mail', async () => {
    const own = await servers.ownMailServer();
    const ada = await own.addUser();
    await ada.deliver({ subject: 'Before' });
    const imap = await ada.session();
    own.imapServer.pause();
    const answer = imap.command('NOOP').then(() => 'answered');
    assert.equal(await Promise.race([answer, new Promise((resolve) => setTimeout(resolve, 300, 'silent'))]), 'silent');
    own.imapServer.resume();
    assert.equal(await answer, 'answered');
    await own.imapServer.kill();
    await assert.rejects(imap.command('NOOP'));
    await own.imapServer.start();
    assert.equal((await ada.messages()).length, 1);
    await own.restart();
    await ada.deliver({ subject: 'After' }, { via: 'smtp' });
    assert.equal((await messagesOnceThere(ada, 2)).length, 2);
    await own.stop();
    await assert.rejects(ada.messages(), /ECONNREFUSED/);
  });

  it('may show a certificate for another name', async () => {
    const own = await servers.ownMailServer({ certificateNames: ['mail.example.org'], smtp: false });
    await assert.rejects(
      new Promise((resolve, reject) => {
        const { imaps } = own.ports;
        connectTls({ port: imaps, host: 'localhost', servername: 'localhost', ca }, () => resolve(null)).on(
          'error',
          reject,
        );
      }),
      { code: 'ERR_TLS_CERT_ALTNAME_INVALID' },
    );
    await own.stop();
  });
});

describe('a scripted server', () => {
  it('says the literal lines of its script, also after STARTTLS', async () => {
    const certificate = await makeCertificate(servers.authority, { dir: servers.dir, name: freshName('scripted') });
    const server = await scriptedServer({
      greeting: '* OK [CAPABILITY IMAP4rev1 STARTTLS] ready',
      tls: { certificate, implicit: false },
      answers: [
        [
          /STARTTLS/,
          (client) => {
            client.send('$tag OK begin');
            client.startTls();
          },
        ],
        [/LOGIN/, '$tag NO [UNAVAILABLE] Temporary authentication failure.'],
        [/IDLE/, (client) => client.reset()],
      ],
      otherwise: '$tag BAD what?',
    });
    const socket = connect(server.port, '127.0.0.1');
    const plain = lineDialogue(socket);
    await plain.line();
    plain.write('a1 STARTTLS\r\n');
    assert.equal(await plain.line(), 'a1 OK begin');
    socket.removeAllListeners('data');
    const secure = lineDialogue(connectTls({ socket, ca, servername: 'localhost' }));
    secure.write('a2 LOGIN ada secret\r\na3 XYZZY\r\n');
    assert.equal(await secure.line(), 'a2 NO [UNAVAILABLE] Temporary authentication failure.');
    assert.equal(await secure.line(), 'a3 BAD what?');
    secure.write('a4 IDLE\r\n');
    await assert.rejects(secure.line(), /ECONNRESET/);
    assert.deepEqual(server.heard, ['a1 STARTTLS', 'a2 LOGIN ada secret', 'a3 XYZZY', 'a4 IDLE']);
    await server.close();
  });
});

describe('the data servers of the tests', () => {
  it('give each test a database of its own', async () => {
    const [one, other] = await Promise.all([servers.freshDatabase(), servers.freshDatabase()]);
    await one.sql`create table only_here (id int)`;
    const [found] = await other.sql`select to_regclass('only_here') as name`;
    assert.equal(found!.name, null);
    const [schema] = await other.sql`select to_regclass('accounts') as name`;
    assert.equal(schema!.name, 'accounts');
    await Promise.all([one.drop(), other.drop()]);
  });

  it('come back after a kill, with what was written', async () => {
    const redis = await servers.ownRedis();
    const client = new Redis(redis.url, { retryStrategy: () => 50, maxRetriesPerRequest: null });
    client.on('error', () => {});
    await client.set('kept', 'yes');
    await redis.restart();
    assert.equal(await client.get('kept'), 'yes');
    await redis.kill();
    await redis.start();
    assert.equal(await client.ping(), 'PONG');
    client.disconnect();
    await redis.stop();
  });

  it('fall silent as a whole, and wake again', async () => {
    const own = await servers.ownPostgres();
    const sql = postgres(own.url, { max: 1 });
    await sql`select 1`;
    own.pause();
    const answer = sql`select 2`.then(() => 'answered');
    assert.equal(await Promise.race([answer, new Promise((resolve) => setTimeout(resolve, 300, 'silent'))]), 'silent');
    own.resume();
    assert.equal(await answer, 'answered');
    await sql.end();
    await own.stop();
  });

  it('let a test wait for events', async () => {
    const tenantId = freshName('acme');
    const events = await listenEvents({ redisUrl: servers.redisUrl, tenantId });
    const redis = new Redis(servers.redisUrl);
    const next = events.next('account.connected');
    for (const type of ['account.validated', 'account.connected', 'account.connected']) {
      await redis.publish(`postbud:events:${tenantId}`, JSON.stringify({ type: `postbud.${type}` }));
    }
    assert.equal((await next).type, 'postbud.account.connected');
    assert.equal((await events.count('account.connected', 2)).length, 2);
    await assert.rejects(events.next('message.received', { timeoutMs: 20 }), /did not come within 20 ms/);
    redis.disconnect();
    await events.close();
  });
});
