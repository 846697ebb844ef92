import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { eq } from 'drizzle-orm';
import { sends } from '../src/db/tables.ts';
import { linksOf, writeBounces } from '../src/sending/answers.ts';
import { openSendingStage, type SendingStage } from './support/sending-stage.ts';

let stage: SendingStage;
before(async () => {
  stage = await openSendingStage({ extensions: ['AUTH PLAIN', '8BITMIME', 'DSN'] });
});
after(() => stage.close());

async function until(what: () => Promise<boolean>, why: string) {
  for (const end = Date.now() + 20_000; !(await what()); await delay(10)) assert.ok(Date.now() < end, why);
}

type Kim = Awaited<ReturnType<SendingStage['mailbox']>>;
type Sent = { id: string; messageIdHeader: string };

async function sent(kim: Kim, key: string, to: string[]): Promise<Sent> {
  const send = await kim.send(key, { to: to.map((address) => ({ address })), bcc: [{ address: 'Cy@example.com' }] });
  await kim.until(send.id, 'accepted');
  return send;
}
const failure = (recipient: string, status = '5.1.1') => ({ recipient, status, diagnostic: 'no such user' });
const report = (kim: Kim, about: { by?: Sent; envelope?: string }, ...recipients: string[]) =>
  writeBounces(stage.ledger, kim.who, kim.id, {
    originals: about.by ? [about.by.messageIdHeader] : [],
    envelopes: about.envelope === undefined ? [] : [about.envelope],
    failures: recipients.map((recipient) => failure(recipient)),
  });
const bounced = async (kim: Kim) =>
  (await kim.told()).filter(({ type }) => type === 'send.bounced').map(({ data }) => data.recipient);

describe('a delivery report', () => {
  it('is about the recipients of its mail, by the address that it went to, and each is told once', async () => {
    const kim = await stage.mailbox();
    const by = await sent(kim, 'once', ['Bo@Example.com']);
    await Promise.all([report(kim, { by }, 'bo@example.com'), report(kim, { by }, 'bo@example.com')]);
    // The last word of a server after a warning is the same news.
    const again = { originals: [by.messageIdHeader], envelopes: [], failures: [failure('bo@example.com', '4.4.7')] };
    await writeBounces(stage.ledger, kim.who, kim.id, again);
    await report(kim, { by }, 'cy@example.com');
    assert.deepEqual(await bounced(kim), ['Bo@example.com', 'Cy@example.com']);
    const { bounces } = (await stage.ask(`${kim.base}/${by.id}`)).json;
    assert.deepEqual(
      bounces.map(({ recipient, status }: { recipient: string; status: string }) => [recipient, status]),
      [
        ['Bo@example.com', '5.1.1'],
        ['Cy@example.com', '5.1.1'],
      ],
    );
  });

  it('that a recipient has written does not make other people unreachable', async () => {
    const kim = await stage.mailbox();
    const by = await sent(kim, 'forged', ['bo@example.com']);
    await report(kim, { by }, 'customer1@example.org', 'customer2@example.org', 'cy@example.com');
    assert.deepEqual(await bounced(kim), ['Cy@example.com']);
  });

  it('says nothing about the mails of another mailbox, of mails that have not left, and of none', async () => {
    const [kim, other] = [await stage.mailbox(), await stage.mailbox()];
    const by = await sent(kim, 'mine', ['bo@example.com']);
    assert.equal(await report(other, { by, envelope: by.id }, 'bo@example.com'), null);
    const later = await kim.send('later', { sendAt: new Date(Date.now() + 3_600_000).toISOString() });
    await report(kim, { by: later, envelope: later.id }, 'bo@example.com');
    assert.equal(await report(kim, { envelope: 'QQ314159' }, 'bo@example.com'), null);
    assert.equal(await report(kim, { envelope: "x'); drop table sends; --" }, 'bo@example.com'), null);
    assert.deepEqual([await bounced(kim), await bounced(other)], [[], []]);
  });

  it('that names the envelope comes from a server on the way, and is believed about an address it was forwarded to', async () => {
    const kim = await stage.mailbox();
    let line = '';
    const undo = stage.sink.at('mail', ({ text }) => {
      line = text;
      return undefined;
    });
    const by = await sent(kim, 'forwarded', ['bo@example.com']);
    undo();
    assert.match(line, new RegExp(`ENVID=${by.id}`));
    assert.doesNotMatch(stage.sink.mails.find(({ messageId }) => messageId === by.messageIdHeader)!.raw, RegExp(by.id));
    await report(kim, { envelope: by.id.toUpperCase() }, 'bo.private@gmail.com');
    assert.deepEqual(await bounced(kim), ['bo.private@gmail.com']);
  });

  it('of a mail with a single recipient can be about nobody else', async () => {
    const kim = await stage.mailbox();
    const { id, messageIdHeader } = await kim.send('single');
    await kim.until(id, 'accepted');
    await report(kim, { by: { id, messageIdHeader } }, 'bo.private@gmail.com');
    assert.deepEqual(await bounced(kim), ['bo@example.com']);
  });

  it('of a mail in doubt shows that it went out', async () => {
    const kim = await stage.mailbox();
    const undo = stage.sink.at('end', () => 'hang-up');
    const by = await kim.send('doubt');
    await kim.until(by.id, 'in-doubt');
    undo();
    await report(kim, { by }, 'bo@example.com');
    const told = await kim.told();
    assert.deepEqual(
      told.map(({ type }) => type),
      ['send.in_doubt', 'send.sent', 'send.bounced'],
    );
    const [row] = await stage.db.select().from(sends).where(eq(sends.id, by.id));
    assert.deepEqual([row!.state, row!.copy, row!.lookAt], ['accepted', 'filing', null]);
  });
});

describe('a mail in doubt', () => {
  const message = (uid: number, part: object) => ({
    uid,
    messageIdHeader: null,
    inReplyTo: null,
    references: [],
    ...part,
  });

  it('is not believed to have gone out because those wrote who had it before', async () => {
    const kim = await stage.mailbox();
    const to = ['bo@example.com', 'dy@example.com'].map((address) => ({ address }));
    const wait = stage.sink.at('rcpt', ({ text }) => (/dy@/.test(text) ? '451 4.2.1 later' : undefined));
    const by = await kim.send('partly', { to });
    await until(async () => (await kim.read(by.id)).delivered.length === 1, 'one has it');
    wait();
    const undo = stage.sink.at('end', () => 'hang-up');
    await kim.due(by.id);
    await kim.until(by.id, 'in-doubt');
    undo();
    // Its copy in Sent, where the server files by itself, may be that of the first mail as well.
    assert.equal((await kim.read(by.id)).lookAt, null);
    await linksOf(stage.ledger, kim.who, kim.id, [message(1, { references: [by.messageIdHeader] })]);
    await linksOf(stage.ledger, kim.who, kim.id, [message(1, { messageIdHeader: by.messageIdHeader })]);
    await report(kim, { by }, 'bo@example.com');
    assert.equal((await kim.read(by.id)).state, 'in-doubt');
    await report(kim, { by }, 'dy@example.com');
    assert.equal((await kim.read(by.id)).state, 'accepted');
    assert.deepEqual(await bounced(kim), ['bo@example.com', 'dy@example.com']);
  });

  for (const [what, partOf] of [
    ['that is answered', (header: string) => ({ references: [header, '<other@example.com>'] })],
    ['that comes in itself', (header: string) => ({ messageIdHeader: header })],
  ] as const) {
    it(`${what} went out, and that is told once`, async () => {
      const kim = await stage.mailbox();
      const undo = stage.sink.at('end', () => 'hang-up');
      const by = await kim.send('doubt');
      await kim.until(by.id, 'in-doubt');
      undo();
      const batch = [message(1, {}), message(2, partOf(by.messageIdHeader))];
      const look = () => linksOf(stage.ledger, kim.who, kim.id, batch);
      const [links] = await Promise.all([look(), look()]);
      assert.deepEqual([...links.keys()], [2]);
      assert.deepEqual(
        (await kim.told()).map(({ type }) => type),
        ['send.in_doubt', 'send.sent'],
      );
      const { state, copy, lookAt } = await kim.read(by.id);
      assert.deepEqual([state, copy, lookAt], ['accepted', 'filing', null]);
    });
  }
});
