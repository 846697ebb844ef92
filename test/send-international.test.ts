import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import type { MailServer } from './support/mail-server.ts';
import type { MailUser } from './support/mail-user.ts';
import { openSendingStage, type SendingStage } from './support/sending-stage.ts';
import { useServers } from './support/servers.ts';

let stage: SendingStage;
let withUtf8: MailServer;
let withoutUtf8: MailServer;
before(async () => {
  const servers = await useServers();
  withUtf8 = servers.mailServer;
  [withoutUtf8, stage] = await Promise.all([
    servers.ownMailServer({ postfixExtra: 'smtputf8_enable = no\n' }),
    openSendingStage({ extensions: ['AUTH PLAIN', '8BITMIME', 'SMTPUTF8'] }),
  ]);
});
after(() => stage?.close());

/** Kim's mailbox at a real server, and Bo's beside it. */
async function people(mailServer: MailServer) {
  const [kim, bo] = await Promise.all([mailServer.addUser(), mailServer.addUser()]);
  const mailbox = await stage.mailbox({ email: kim.address, smtpSecret: kim.password, server: kim.smtp });
  return { mailbox, kim, bo };
}
const to = (...addresses: string[]) => addresses.map((address) => ({ name: 'Grøn', address }));
async function arrived(user: MailUser, header: string) {
  for (const until = Date.now() + 15_000; Date.now() < until; await delay(50)) {
    const found = (await user.messages()).find(({ raw }) => raw.includes(header));
    if (found) return found.raw;
  }
  return assert.fail('the mail did not arrive');
}
const headerOf = (raw: string, name: string) =>
  new RegExp(`^${name}: (.*(?:\r\n[ \t].*)*)`, 'm').exec(raw)?.[1]?.replace(/\r\n\s+/g, ' ');

describe('a mail to an address outside of ASCII', () => {
  it('goes to a server that offers SMTPUTF8 as it is', async () => {
    const { mailbox } = await people(withUtf8);
    const send = await mailbox.send('utf8', { to: to('grøn@outside.test', 'rød@kørsel.dk') });
    await mailbox.until(send.id, 'accepted');
    const { rejected, response } = await mailbox.read(send.id);
    assert.deepEqual(rejected, []);
    assert.match(response!, /^250 /);
  });

  it('is refused by name where SMTPUTF8 is not offered, and the others have it, in headers of ASCII', async () => {
    const { mailbox, bo } = await people(withoutUtf8);
    const send = await mailbox.send('some', { to: to('grøn@postbud.test', bo.address), cc: to('bo@kørsel.dk') });
    await mailbox.until(send.id, 'accepted');
    const { rejected } = await mailbox.read(send.id);
    assert.deepEqual(
      rejected.map(({ address }) => address),
      ['grøn@postbud.test'],
    );
    assert.match(rejected[0]!.response, /no address with letters like those of grøn@postbud\.test/);
    const raw = await arrived(bo, send.messageIdHeader);
    assert.doesNotMatch(raw, /[^\x00-\x7f]/);
    const [group, person] = headerOf(raw, 'To')!.split(', ');
    assert.match(group!, /^=\?UTF-8\?\S+\?=:;$/, 'told of, and not to be answered');
    assert.ok(person!.endsWith(`<${bo.address}>`));
    assert.match(headerOf(raw, 'Cc')!, /<bo@xn--krsel-vua\.dk>$/);
    const [told] = await mailbox.told();
    assert.equal(told!.data.rejectedRecipients[0].address, 'grøn@postbud.test');
  });

  it('has failed when nobody else was to get it, and says whom the server does not take', async () => {
    const { mailbox } = await people(withoutUtf8);
    const send = await mailbox.send('none', { to: to('grøn@postbud.test') });
    await mailbox.until(send.id, 'failed');
    const { status, refusal, rejectedRecipients } = (await stage.ask(`${mailbox.base}/${send.id}`)).json;
    assert.deepEqual([status, refusal.reason, refusal.permanent], ['failed', 'send.recipient_rejected', true]);
    assert.match(refusal.response, /grøn@postbud\.test/);
    assert.equal(rejectedRecipients[0].address, 'grøn@postbud.test');
  });
});

describe('the domain of an international address', () => {
  it('goes as the DNS has it, to any server', async () => {
    for (const server of [withUtf8, withoutUtf8]) {
      const { mailbox } = await people(server);
      const send = await mailbox.send('idn', { to: to('bo@kørsel.dk') });
      await mailbox.until(send.id, 'accepted');
      assert.deepEqual((await mailbox.read(send.id)).rejected, []);
      const raw = await arrived(await server.outside(), send.messageIdHeader);
      assert.match(raw, /^X-Original-To: bo@xn--krsel-vua\.dk\r$/m);
      assert.match(headerOf(raw, 'To')!, /<bo@xn--krsel-vua\.dk>$/);
    }
  });
});

describe('the command that begins a mail', () => {
  it('asks for SMTPUTF8 when somebody of its envelope needs it, and then only are its headers international', async () => {
    const kim = await stage.mailbox();
    const lines: string[] = [];
    const undo = stage.sink.at('mail', ({ text }) => void lines.push(text));
    const rawOf = async (key: string, more: object) => {
      const { id, messageIdHeader } = await kim.send(key, more);
      await kim.until(id, 'accepted');
      return Buffer.from(stage.sink.mails.find((one) => one.messageId === messageIdHeader)!.raw, 'latin1').toString();
    };
    const named = await rawOf('named', { to: to('grøn@example.com') });
    const replied = await rawOf('replied', { replyTo: { address: 'grøn@example.com' } });
    await rawOf('plain', { to: to('bo@kørsel.dk') });
    undo();
    assert.deepEqual(
      lines.map((line) => / SMTPUTF8\b/.test(line)),
      [true, false, false],
    );
    assert.match(headerOf(named, 'To')!, /<grøn@example\.com>$/);
    assert.doesNotMatch(replied, /[^\x00-\x7f]/);
  });
});
