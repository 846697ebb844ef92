import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import PostalMime from 'postal-mime';
import { openPostbud, type Postbud, PostbudProblem } from '../src/client/index.ts';
import { type Daemon, startDaemon } from './support/daemon.ts';
import type { MailUser } from './support/mail-user.ts';
import { freshName, useServers } from './support/servers.ts';

let daemon: Daemon;
let postbud: Postbud;
let ada: MailUser;
let bo: MailUser;
before(async () => {
  const { mailServer } = await useServers();
  [daemon, ada, bo] = await Promise.all([startDaemon(), mailServer.addUser(), mailServer.addUser()]);
  const { url, env } = daemon;
  const tenantId = freshName('acme');
  const shared = { url, redis: env.REDIS_URL!, prefix: env.POSTBUD_PREFIX!, tenantId };
  const made = await daemon.fetch('/v1/tokens', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ tenantId, scopes: ['send'] }),
  });
  postbud = openPostbud({ ...shared, token: ((await made.json()) as { token: string }).token });
  const { address: email, password, imap, smtp } = ada;
  // The mailbox is connected by somebody whose token may; this one may send and nothing else.
  const admin = openPostbud({ ...shared, token: daemon.adminToken });
  await admin.connectAccount({ userId: '42', email, credentials: { kind: 'password', password }, imap, smtp });
  await admin.close();
});
after(async () => {
  await postbud?.close();
  await daemon?.stop();
});

const mail = (key: string, more: object = {}) => ({
  userId: '42',
  idempotencyKey: key,
  to: [{ address: bo.address }],
  subject: key,
  text: 'Hej',
  ...more,
});
const inAnHour = () => new Date(Date.now() + 3_600_000).toISOString();
async function arrived(subject: string) {
  for (const until = Date.now() + 15_000; Date.now() < until; await delay(50)) {
    const found = (await bo.messages()).find(({ raw }) => raw.includes(`\r\nSubject: ${subject}\r\n`));
    if (found) return found.raw;
  }
  return assert.fail(`${subject} did not arrive`);
}
/** What comes behind another mail ends its order as `queued`. */
async function nothingOnItsWay() {
  const deadline = Date.now() + 15_000;
  for (const status of ['queued', 'sending'] as const) {
    while ((await postbud.listSends({ userId: '42', status })).sends.length > 0) {
      assert.ok(Date.now() < deadline, `mails are ${status} for too long`);
      await delay(20);
    }
  }
}
const problem = async (work: Promise<unknown>) => {
  const error = await work.then(
    () => assert.fail('this should have been refused'),
    (error) => error,
  );
  assert.ok(error instanceof PostbudProblem, String(error));
  return error.status;
};

describe('mails through the client', () => {
  it('a file is uploaded, sent, and the mail says what became of it, phase by phase', async () => {
    const content = randomBytes(1_500_000);
    const file = await postbud.upload({ filename: 'køreplan.pdf', contentType: 'application/pdf', content });
    assert.equal(file.size, content.length);
    const attachments = [{ uploadId: file.uploadId }];
    const { sendId, status } = await postbud.sendMessage(mail('with file', { attachments }));
    assert.equal(status, 'sent');
    const [attached] = (await PostalMime.parse(await arrived('with file'))).attachments;
    assert.deepEqual([attached!.filename, attached!.mimeType], ['køreplan.pdf', 'application/pdf']);
    assert.ok(content.equals(Buffer.from(attached!.content as ArrayBuffer)));
    const { timeline } = await postbud.readSend({ userId: '42', sendId: sendId! });
    assert.deepEqual(
      timeline.map(({ type }) => type),
      ['queued', 'connecting', 'data-sent', 'send.sent'],
    );
  });

  it('a scheduled one is changed, listed, and cancelled', async () => {
    const { sendId, status } = await postbud.sendMessage(mail('later', { sendAt: inAnHour() }));
    assert.equal(status, 'scheduled');
    const name = { userId: '42', sendId: sendId! };
    const other = await postbud.sendMessage(mail('now', { sendAt: inAnHour() }));
    const page = await postbud.listSends({ userId: '42', status: 'scheduled', limit: 1 });
    const next = await postbud.listSends({ userId: '42', status: 'scheduled', after: page.next! });
    assert.deepEqual(
      [...page.sends, ...next.sends].map((one) => one.sendId),
      [other.sendId, sendId],
    );
    assert.equal((await postbud.changeSend(name, { subject: 'changed' })).status, 'scheduled');
    assert.equal((await postbud.cancelSend(name)).status, 'cancelled');
    assert.equal(await problem(postbud.cancelSend(name)), 409);
    await postbud.changeSend({ userId: '42', sendId: other.sendId! }, { sendAt: null, subject: 'now changed' });
    await arrived('now changed');
    assert.equal(await problem(postbud.readSend({ userId: '43', sendId: sendId! })), 404);
  });

  it('one that nobody may get has failed, and is tried again', async () => {
    await nothingOnItsWay();
    const failed = await postbud.sendMessage(mail('refused', { to: [{ address: 'no-such-user@postbud.test' }] }));
    assert.deepEqual([failed.status, failed.reason], ['failed', 'send.recipient_rejected']);
    const name = { userId: '42', sendId: failed.sendId! };
    assert.equal(await problem(postbud.confirmSend(name)), 409);
    assert.equal((await postbud.retrySend(name)).status, 'queued');
  });

  it('a text that looks like the end of a mail and the beginning of another is one mail, as it was written', async () => {
    const ends = ['\r\n.\r\n', '\n.\n', '\r.\r', '\n.\r\n', '\r\n.\n', '\r\n.\r'];
    const text = ends.map((end) => `a${end}MAIL FROM:<evil@postbud.test>${end}DATA`).join('\r\n');
    await postbud.sendMessage(mail('smuggled', { text, html: `<pre>${text}</pre>` }));
    const parsed = await PostalMime.parse(await arrived('smuggled'));
    const lines = (some: string) => some.trim().split(/\r\n|\r|\n/);
    assert.deepEqual(lines(parsed.text!), lines(text));
    // Whoever comes after it in the same connection has a mail of their own.
    await postbud.sendMessage(mail('after it'));
    await arrived('after it');
    assert.equal((await bo.messages()).filter(({ raw }) => /^(?:From|Return-Path): .*evil@/m.test(raw)).length, 0);
  });

  it('one key is one mail, by the queue and over HTTP, and another mail with that key is refused', async () => {
    const { sendId } = await postbud.sendMessage(mail('key'));
    assert.equal((await postbud.sendMessage(mail('key'))).sendId, sendId);
    const conflict = await postbud.sendMessage(mail('key', { text: 'another' }));
    assert.deepEqual([conflict.status, conflict.reason], ['failed', 'send.idempotency_conflict']);
    const { userId, ...body } = mail('key');
    const post = async (more: object) => {
      const answer = await daemon.fetch(`/v1/accounts/${postbud.tenantId}/${userId}/sends`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ ...body, ...more }),
      });
      return (await answer.json()) as { sendId?: string; reason?: string };
    };
    assert.equal((await post({})).sendId, sendId);
    assert.equal((await post({ text: 'another' })).reason, 'send.idempotency_conflict');
    await arrived('key');
    assert.equal((await bo.messages()).filter(({ raw }) => raw.includes('\r\nSubject: key\r\n')).length, 1);
  });
});
