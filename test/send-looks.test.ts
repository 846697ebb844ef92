import assert from 'node:assert/strict';
import { randomUUIDv7 } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { eq } from 'drizzle-orm';
import { accounts, sends } from '../src/db/tables.ts';
import { createDoor } from '../src/mail/addresses.ts';
import { createImap, type ImapConnection } from '../src/mail/imap.ts';
import { readTls } from '../src/mail/tls.ts';
import { dueLooks } from '../src/sending/looks.ts';
import { fileCopies } from '../src/watchers/file-copies.ts';
import type { MailServer } from './support/mail-server.ts';
import type { MailUser } from './support/mail-user.ts';
import { openSendingStage, type SendingStage } from './support/sending-stage.ts';
import { useServers } from './support/servers.ts';

let stage: SendingStage;
/** As many small hosts have it: all folders below INBOX, and none for sent mail. */
let withoutSent: MailServer;
before(async () => {
  const servers = await useServers();
  const mailbox = 'mailbox Sent {\n    auto = no\n    special_use =\n  }';
  const dovecotExtra = `namespace inbox {\n  separator = .\n  prefix = INBOX.\n  ${mailbox}\n}\n`;
  [stage, withoutSent] = await Promise.all([openSendingStage(), servers.ownMailServer({ smtp: false, dovecotExtra })]);
});
after(() => stage.close());

type Kim = Awaited<ReturnType<SendingStage['mailbox']>>;

/** Kim's mailbox, its open connection, and what its watcher does between two waits. */
async function watched({ at }: { at?: Pick<MailServer, 'addUser'> } = {}) {
  const { mailServer, caFile } = await useServers();
  const user = await (at ?? mailServer).addUser();
  const kim = await stage.mailbox();
  const lease = { accountId: kim.id, processId: randomUUIDv7(), token: 7 };
  await stage.db.update(accounts).set({ holder: lease.processId, token: 7 }).where(eq(accounts.id, kim.id));
  const imap = createImap({ door: createDoor({ allowHosts: ['127.0.0.0/8', '::1'] }), tls: readTls({ caFile }) });
  const connection = await imap.open(
    { server: user.imap, login: { kind: 'password', reveal: () => user.password } },
    { signal: new AbortController().signal, timeLimitMs: 10_000 },
  );
  await connection.select('INBOX');
  const act = fileCopies({ db: stage.db, log: { warn() {} } as never, wake: () => {}, commanded: () => {} });
  return { kim, user, connection, errand: (token = 7) => act({ ...lease, token }, connection) };
}

async function inDoubt(kim: Kim, key: string) {
  const undo = stage.sink.at('end', () => 'hang-up');
  const send = await kim.send(key);
  await kim.until(send.id, 'in-doubt');
  undo();
  return send;
}

const lookNow = (id: string) =>
  stage.db
    .update(sends)
    .set({ lookAt: new Date(0) })
    .where(eq(sends.id, id));
const end = (connection: ImapConnection) => connection.logout();
const inSent = async (user: MailUser, header: string) =>
  (await user.messages('Sent')).filter(({ raw }) => raw.includes(header)).length;

describe('a mail in doubt', () => {
  it('that lies in the folder of sent mails went out', async () => {
    const { kim, user, connection, errand } = await watched();
    const { id, messageIdHeader } = await inDoubt(kim, 'it went');
    await user.appendTo('Sent', { raw: `Message-ID: ${messageIdHeader}\r\nSubject: it went\r\n\r\nHej\r\n` });
    assert.ok(Date.parse(String((await kim.read(id)).lookAt)) > Date.now(), 'the provider gets a little time');
    await lookNow(id);
    assert.ok((await dueLooks(stage.db, true)).includes(kim.id));
    await errand(6);
    assert.equal((await kim.read(id)).state, 'in-doubt', 'another one has the mailbox by now');
    await errand();
    const { state, copy, lookAt, content } = await kim.read(id);
    assert.deepEqual([state, copy, lookAt, content], ['accepted', 'by-provider', null, null]);
    const told = await kim.told();
    assert.deepEqual(
      told.map(({ type }) => type),
      ['send.in_doubt', 'send.sent'],
    );
    assert.equal(told[1]!.data.response, 'found in the folder of sent mails');
    assert.equal(await inSent(user, messageIdHeader), 1);
    await end(connection);
  });

  it('that is not there is looked for some times, and then left to a person', async () => {
    const { kim, connection, errand } = await watched();
    const { id } = await inDoubt(kim, 'who knows');
    let looks = 0;
    for (; (await kim.read(id)).lookAt !== null; looks++) {
      await lookNow(id);
      await errand();
      assert.ok(looks < 10);
    }
    assert.equal(looks, 5);
    assert.equal((await kim.read(id)).state, 'in-doubt');
    assert.equal((await stage.ask(`${kim.base}/${id}/confirm`, { method: 'POST' })).json.status, 'sent');
    await end(connection);
  });
});

describe('the copy of a sent mail', () => {
  it('is filed once, also when the server had filed it', async () => {
    const { kim, user, connection, errand } = await watched();
    const first = await kim.send('first');
    await kim.until(first.id, 'accepted');
    await errand();
    assert.deepEqual([(await kim.read(first.id)).copy, await inSent(user, first.messageIdHeader)], ['filed', 1]);
    const own = await kim.send('own');
    await kim.until(own.id, 'accepted');
    await user.appendTo('Sent', { raw: `Message-ID: ${own.messageIdHeader}\r\n\r\nHej\r\n` });
    await errand();
    assert.deepEqual([(await kim.read(own.id)).copy, await inSent(user, own.messageIdHeader)], ['by-provider', 1]);
    await end(connection);
  });

  it('of a provider that files by itself is looked for, and filed when it did not come', async () => {
    const { kim, user, connection, errand } = await watched();
    const seen = await kim.send('seen');
    const missing = await kim.send('missing');
    for (const { id } of [seen, missing]) {
      await kim.until(id, 'accepted');
      await stage.db
        .update(sends)
        .set({ copy: 'by-provider', lookAt: new Date(0) })
        .where(eq(sends.id, id));
    }
    await user.appendTo('Sent', { raw: `Message-ID: ${seen.messageIdHeader}\r\n\r\nHej\r\n` });
    await errand();
    assert.deepEqual([(await kim.read(seen.id)).copy, (await kim.read(seen.id)).content], ['by-provider', null]);
    assert.equal(await inSent(user, missing.messageIdHeader), 0, 'it gets more time');
    for (let looks = 0; looks < 2; looks++) {
      await lookNow(missing.id);
      await errand();
    }
    assert.deepEqual([(await kim.read(missing.id)).copy, await inSent(user, missing.messageIdHeader)], ['filed', 1]);
    assert.equal(await inSent(user, seen.messageIdHeader), 1);
    await end(connection);
  });

  it('that was appended by a process that was killed before it could say so is not appended again', async () => {
    const { kim, user, connection, errand } = await watched();
    const { id, messageIdHeader } = await kim.send('cut');
    await kim.until(id, 'accepted');
    const { append } = connection;
    connection.append = async (...given) => {
      await append(...given);
      throw new Error('killed');
    };
    await assert.rejects(errand(), /killed/);
    connection.append = append;
    assert.deepEqual([(await kim.read(id)).copy, await inSent(user, messageIdHeader)], ['filing', 1]);
    await errand();
    assert.deepEqual([(await kim.read(id)).copy, await inSent(user, messageIdHeader)], ['filed', 1]);
    await end(connection);
  });

  it('goes into a folder that is called so in another language', async () => {
    const { kim, user, connection, errand } = await watched({ at: withoutSent });
    const session = await user.session();
    await session.command('CREATE "INBOX.Sendt post"');
    session.close();
    const { id, messageIdHeader } = await kim.send('danish');
    await kim.until(id, 'accepted');
    await errand();
    assert.equal((await kim.read(id)).copy, 'filed');
    assert.equal(
      (await user.messages('INBOX.Sendt post')).filter(({ raw }) => raw.includes(messageIdHeader)).length,
      1,
    );
    assert.ok(!(await user.folders()).includes('INBOX.Sent'));
    await end(connection);
  });

  it('goes into a new folder where there was none, and names whom the mail went to in Bcc', async () => {
    const { kim, user, connection, errand } = await watched({ at: withoutSent });
    assert.ok(!(await user.folders()).some((name) => /sent/i.test(name)));
    const bcc = [{ address: 'ghost@example.com' }];
    const all = [await kim.send('one', { bcc }), await kim.send('two')];
    for (const { id } of all) await kim.until(id, 'accepted');
    await errand();
    const copies = await user.messages('INBOX.Sent');
    assert.deepEqual(
      copies.map(({ raw, flags }) => [
        /^Subject: (.*)\r$/m.exec(raw)![1],
        /^Bcc: ghost@/m.test(raw),
        flags.includes('\\Seen'),
      ]),
      [
        ['one', true, true],
        ['two', false, true],
      ],
    );
    assert.doesNotMatch(stage.sink.mails.find(({ raw }) => raw.includes(all[0]!.messageIdHeader))!.raw, /ghost/);
    await end(connection);
  });
});
