import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { type Crm, startCrm } from './support/crm.ts';
import { type Daemon, startDaemon } from './support/daemon.ts';
import type { MailUser } from './support/mail-user.ts';
import { useServers } from './support/servers.ts';

let daemon: Daemon;
let crm: Crm;
let ada: MailUser;
let bo: MailUser;
let userId: string;
before(async () => {
  const { mailServer } = await useServers();
  daemon = await startDaemon({ env: { POSTBUD_FOLDER_SECONDS: '1' } });
  crm = await startCrm(daemon);
  [ada, bo] = await Promise.all([mailServer.addUser(), mailServer.addUser()]);
  ({ userId } = await crm.connect(ada));
});
after(async () => {
  await crm?.close();
  await daemon?.stop();
});

async function send(key: string, more: object = {}) {
  const order = {
    tenantId: crm.tenantId,
    userId,
    idempotencyKey: key,
    to: [{ address: bo.address }],
    subject: key,
    text: 'Hej',
  };
  const added = await crm.add('send-message', { ...order, ...more });
  const result = await added.result();
  assert.equal(result.status, 'sent');
  return result as { sendId: string; messageIdHeader: string };
}
const read = async (sendId: string) =>
  (await (await daemon.fetch(`/v1/accounts/${crm.tenantId}/${userId}/sends/${sendId}`)).json()) as {
    bounces: { recipient: string }[];
    timeline: { type: string }[];
  };

describe('what comes back of a sent mail', () => {
  it('a report that a recipient did not get it names the send, and is told once', async () => {
    const nobody = `nobody-${Date.now()}@postbud.test`;
    const { sendId, messageIdHeader } = await send('bounces', { to: [{ address: bo.address }, { address: nobody }] });
    const { data } = await crm.events.next('send.bounced', { timeoutMs: 30_000 });
    assert.deepEqual([data.sendId, data.messageIdHeader, data.recipient], [sendId, messageIdHeader, nobody]);
    assert.match(data.status, /^5\.1\.1$/);
    assert.notEqual(data.diagnostic, '');
    const report = await crm.events.next(
      (event) => event.type.endsWith('message.received') && event.data.marks?.includes('report'),
    );
    assert.equal(report.data.sendId, undefined);
    const shown = await read(sendId);
    assert.deepEqual(
      shown.bounces.map(({ recipient }) => recipient),
      [nobody],
    );
    assert.deepEqual(
      shown.timeline.map(({ type }) => type),
      ['queued', 'connecting', 'data-sent', 'send.sent', 'send.bounced'],
    );
    // The same report once more, as after a folder was renumbered.
    const [source] = (await ada.messages()).filter(({ raw }) => raw.includes('delivery-status'));
    assert.match(source!.raw, new RegExp(`^Original-Envelope-Id: ${sendId}\r$`, 'm'));
    await ada.appendTo('INBOX', { raw: source!.raw });
    await crm.events.count(
      (event) => event.type.endsWith('message.received') && event.data.marks?.includes('report'),
      2,
    );
    assert.equal(crm.events.of('send.bounced').length, 1);
  });

  it('answers name it, by machines too; its copy in Sent names it itself', async () => {
    const { sendId, messageIdHeader } = await send('answered');
    await ada.deliver({
      raw: `From: ${bo.address}\r\nTo: ${ada.address}\r\nSubject: Re: answered\r\nMessage-ID: <a1@bo.dk>\r\nReferences: ${messageIdHeader} <other@bo.dk>\r\nIn-Reply-To: <other@bo.dk>\r\n\r\nJa tak\r\n`,
    });
    await ada.deliver({
      raw: `From: ${bo.address}\r\nTo: ${ada.address}\r\nSubject: Fravær\r\nMessage-ID: <a2@bo.dk>\r\nIn-Reply-To: ${messageIdHeader}\r\nAuto-Submitted: auto-replied\r\n\r\nFerie\r\n`,
    });
    await ada.deliver({
      raw: `From: ${bo.address}\r\nSubject: Andet\r\nMessage-ID: <a3@bo.dk>\r\nIn-Reply-To: <x@y>\r\n\r\nHej\r\n`,
    });
    const by = (header: string) =>
      crm.events.next((event) => event.type.endsWith('message.received') && event.data.messageIdHeader === header);
    const [answer, auto, other] = [await by('<a1@bo.dk>'), await by('<a2@bo.dk>'), await by('<a3@bo.dk>')];
    assert.deepEqual([answer.data.inReplyToSendId, answer.data.marks], [sendId, undefined]);
    assert.deepEqual([auto.data.inReplyToSendId, auto.data.marks], [sendId, ['auto']]);
    assert.equal(other.data.inReplyToSendId, undefined);
    const own = await by(messageIdHeader);
    assert.deepEqual([own.data.folderRole, own.data.sendId], ['sent', sendId]);
  });

  it('marks what it answered and what it forwarded', async () => {
    await ada.deliver({ raw: 'From: cy@example.com\r\nSubject: Spørgsmål\r\nMessage-ID: <q1@cy.dk>\r\n\r\nHvad?\r\n' });
    await ada.deliver({ raw: 'From: cy@example.com\r\nSubject: Til andre\r\nMessage-ID: <q2@cy.dk>\r\n\r\nSe!\r\n' });
    const by = (header: string) =>
      crm.events.next((event) => event.type.endsWith('message.received') && event.data.messageIdHeader === header);
    const [asked] = [await by('<q1@cy.dk>'), await by('<q2@cy.dk>')];
    const { messageIdHeader } = await send('re', { inReplyTo: asked.data.messageId });
    await send('fw', { forwardOf: '<q2@cy.dk>' });
    const flagsOf = async (header: string) =>
      (await ada.messages()).find(({ raw }) => raw.includes(header))?.flags ?? [];
    for (const until = Date.now() + 15_000; ; await delay(100)) {
      const [one, other] = [await flagsOf('<q1@cy.dk>'), await flagsOf('<q2@cy.dk>')];
      if (one.includes('\\Answered') && other.includes('$Forwarded')) break;
      assert.ok(Date.now() < until, `${one} ${other}`);
    }
    const sent = (await bo.messages()).find(({ raw }) => raw.includes(`Message-ID: ${messageIdHeader}`));
    assert.match(sent!.raw, /^In-Reply-To: <q1@cy\.dk>\r$/m);
    assert.match(sent!.raw, /^References: <q1@cy\.dk>\r$/m);
  });
});
