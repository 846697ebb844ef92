import assert from 'node:assert/strict';
import { mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import postgres from 'postgres';
import { makeCertificate } from './support/certificates.ts';
import { type Crm, startCrm } from './support/crm.ts';
import { type Daemon, startDaemon } from './support/daemon.ts';
import type { OwnMailServer } from './support/mail-server.ts';
import { scriptedServer } from './support/scripted-server.ts';
import { type Servers, useServers } from './support/servers.ts';

let servers: Servers;
let mailServer: OwnMailServer;
let daemon: Daemon;
let crm: Crm;

before(async () => {
  servers = await useServers();
  mailServer = await servers.ownMailServer();
  daemon = await startDaemon();
  crm = await startCrm(daemon);
});
after(async () => {
  await crm?.close();
  await daemon?.stop();
  await mailServer?.stop();
});

const of = (userId: string, type: string) => (event: { userid: string; type: string }) =>
  event.userid === userId && event.type === `postbud.${type}`;

describe('a watched mailbox', () => {
  it('tells of a message that somebody else delivered, with its envelope and a preview', async () => {
    const ada = await mailServer.addUser();
    const { userId, accountId } = await crm.connect(ada);
    const { messageId } = await ada.deliver({
      from: { name: 'Bo Ærø', address: 'bo@example.com' },
      to: `Ada <${ada.address}>`,
      cc: 'eva@example.com',
      subject: 'Tilbud på 10.000 kr. – haster',
      text: 'Hej Ada,\n\nher er tilbuddet.\n',
      inReplyTo: '<earlier@example.com>',
      references: ['<first@example.com>', '<earlier@example.com>'],
      attachments: [{ filename: 'tilbud.pdf', content: Buffer.alloc(3_000, 1), contentType: 'application/pdf' }],
    });
    const { data, subject } = await crm.events.next(of(userId, 'message.received'));
    assert.equal(subject, accountId);
    assert.deepEqual(data.from, [{ name: 'Bo Ærø', address: 'bo@example.com' }]);
    assert.equal(data.to[0].address, ada.address);
    assert.equal(data.cc[0].address, 'eva@example.com');
    assert.equal(data.subject, 'Tilbud på 10.000 kr. – haster');
    assert.equal(data.preview, 'Hej Ada, her er tilbuddet.');
    assert.equal(data.messageIdHeader, messageId);
    assert.equal(data.inReplyTo, '<earlier@example.com>');
    assert.deepEqual(data.references, ['<first@example.com>', '<earlier@example.com>']);
    assert.equal(data.folder, 'INBOX');
    assert.equal(data.folderRole, 'inbox');
    assert.equal(data.attachments[0].name, 'tilbud.pdf');
    assert.equal(data.attachments[0].contentType, 'application/pdf');
    assert.match(data.date, /^\d{4}-\d\d-\d\dT/);
  });

  it('does not announce what was there before it was connected', async () => {
    const ada = await mailServer.addUser();
    await ada.deliver({ subject: 'history' });
    const { userId } = await crm.connect(ada);
    await ada.deliver({ subject: 'news' });
    const heard = await crm.events.next(of(userId, 'message.received'));
    assert.equal(heard.data.subject, 'news');
  });

  it('is not deaf after a message: the second one comes as quickly as the first', async () => {
    const ada = await mailServer.addUser();
    const { userId } = await crm.connect(ada);
    for (const subject of ['first', 'second', 'third']) {
      await ada.deliver({ subject });
      // ImapFlow goes back into IDLE by itself after 15 s; far less than that is what we promise.
      const heard = await crm.events.next(of(userId, 'message.received'), { timeoutMs: 6_000 });
      assert.equal(heard.data.subject, subject);
    }
  });

  it('gets mail that arrives in a burst, each message once and in order', async () => {
    const ada = await mailServer.addUser();
    const { userId } = await crm.connect(ada);
    await ada.deliverMany(Array.from({ length: 60 }, (_, index) => ({ subject: `burst ${index}` })));
    const heard = await crm.events.count(of(userId, 'message.received'), 60);
    // The server says what the order is: one that delivers while it is being looked at may number two the other way round.
    const uids = heard.map((event) => event.data.uid);
    assert.deepEqual(
      uids,
      [...uids].sort((one, other) => one - other),
    );
    assert.equal(new Set(heard.map((event) => event.data.subject)).size, 60);
    assert.deepEqual(
      heard.map((event) => event.userseq),
      Array.from({ length: 60 }, (_, index) => heard[0]!.userseq + index),
    );
  });

  it('opens again after a month away, when the newest mail is weeks old', async () => {
    const ada = await mailServer.addUser();
    const { userId, accountId } = await crm.connect(ada);
    await (await crm.add('pause-account', { tenantId: crm.tenantId, userId })).result();
    const sql = postgres(daemon.env.DATABASE_URL!, { max: 1 });
    await sql`update folders set new_since = now() - interval '40 days' where account_id = ${accountId}`;
    await sql.end();
    await ada.appendTo('INBOX', { subject: 'weeks ago' }, { date: new Date(Date.now() - 30 * 86_400_000) });
    await (await crm.add('resume-account', { tenantId: crm.tenantId, userId })).result();
    const heard = await crm.events.next(of(userId, 'message.received'));
    assert.equal(heard.data.subject, 'weeks ago');
  });

  it('gets mail that no mail program could read', async () => {
    const ada = await mailServer.addUser();
    const { userId } = await crm.connect(ada);
    await ada.deliver({ raw: 'Subject: \0 nothing else\r\n\r\n\0\x01\x02' });
    await ada.deliver({ raw: 'no header at all' });
    await ada.deliver({ subject: 'after them' });
    await crm.events.next((event) => of(userId, 'message.received')(event) && event.data.subject === 'after them');
    assert.equal(crm.events.of(of(userId, 'message.received')).length, 3);
  });
});

describe('a connection that ends', () => {
  it('is made again when the server closes it, and nobody is told of a moment’s loss', async () => {
    const ada = await mailServer.addUser();
    const { userId } = await crm.connect(ada);
    await ada.disconnect();
    await ada.deliver({ subject: 'meanwhile' });
    const heard = await crm.events.next(of(userId, 'message.received'));
    assert.equal(heard.data.subject, 'meanwhile');
    const told = crm.events.all.filter((event) => event.userid === userId).map(({ type }) => type);
    assert.deepEqual(told.slice(2), ['postbud.message.received']);
  });

  it('is not made again each second by a server that takes each login and hangs up', { timeout: 60_000 }, async () => {
    const ada = await mailServer.addUser();
    const dir = await mkdtemp(join(servers.dir, 'hang-up-'));
    const server = await scriptedServer({
      greeting: '* OK [CAPABILITY IMAP4rev1 IDLE AUTH=PLAIN SASL-IR] hello',
      tls: { certificate: await makeCertificate(servers.authority, { dir }), implicit: true },
      answers: [
        [/^\S+ AUTHENTICATE/, '$tag OK [CAPABILITY IMAP4rev1 IDLE] welcome'],
        [/^\S+ SELECT/, ['* 0 EXISTS', '* OK [UIDVALIDITY 7] .', '* OK [UIDNEXT 1] .', '$tag OK [READ-WRITE] open']],
        [
          /^\S+ IDLE/,
          (client) => {
            client.send('+ idling', '* BYE not today');
            client.close();
          },
        ],
      ],
      otherwise: '$tag OK done',
    });
    const payload = await crm.connectPayload(ada);
    const imap = { ...ada.imap, port: server.port };
    assert.equal((await (await crm.add('connect-account', { ...payload, imap })).result()).outcome, 'connected');
    await delay(15_000);
    // One to prove the login, one to watch, and then after 1, 2, 4 and 8 seconds, less what chance takes off.
    assert.ok(server.connections >= 4 && server.connections <= 8, `${server.connections} connections`);
    await server.close();
  });

  it('with the whole server is made again when it is back, and what came meanwhile is caught up', async () => {
    const ada = await mailServer.addUser();
    const { userId, accountId } = await crm.connect(ada);
    await mailServer.stop();
    await daemon.logged((line) => line.msg === 'mailbox could not be opened' && line.accountId === accountId, {
      timeoutMs: 20_000,
    });
    assert.equal((await crm.account(userId)).state, 'reconnecting');
    await mailServer.start();
    await ada.deliver({ subject: 'meanwhile' });
    const heard = await crm.events.next(of(userId, 'message.received'), { timeoutMs: 30_000 });
    assert.equal(heard.data.subject, 'meanwhile');
    const recovered = await crm.events.next(of(userId, 'account.recovered'));
    assert.equal(recovered.data.after, 'reconnecting');
    assert.equal((await crm.account(userId)).state, 'connected');
  });

  it('says once that the password is no longer accepted, and stops knocking', async () => {
    const ada = await mailServer.addUser();
    const { userId } = await crm.connect(ada);
    await ada.changePassword('another');
    await ada.disconnect();
    const failed = await crm.events.next(of(userId, 'account.auth_failed'));
    assert.equal(failed.data.reason, 'auth.invalid_credentials');
    assert.equal((await crm.account(userId)).state, 'auth-failed');
    const edit = await crm.add('connect-account', await crm.connectPayload(ada, { userId }));
    assert.equal((await edit.result()).outcome, 'connected');
    await crm.events.next(of(userId, 'account.recovered'));
    assert.equal(crm.events.of(of(userId, 'account.auth_failed')).length, 1);
  });
});
