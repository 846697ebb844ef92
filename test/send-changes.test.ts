import assert from 'node:assert/strict';
import { randomUUIDv7 } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { eq } from 'drizzle-orm';
import { accounts, sends } from '../src/db/tables.ts';
import { openSendingStage, type SendingStage } from './support/sending-stage.ts';
import { freshName } from './support/servers.ts';

let stage: SendingStage;
before(async () => {
  stage = await openSendingStage();
});
after(() => stage.close());

const inAnHour = () => new Date(Date.now() + 3_600_000).toISOString();
const subjects = () => stage.sink.mails.map(({ raw }) => /^Subject: (.*)$/m.exec(raw)?.[1]?.trim());

describe('a mail that waits', () => {
  it('is cancelled once, and never leaves', async () => {
    const kim = await stage.mailbox();
    const { id, idempotencyKey, messageIdHeader } = await kim.send('cancelled', { sendAt: inAnHour() });
    const { status, json } = await stage.ask(`${kim.base}/${id}`, { method: 'DELETE' });
    assert.deepEqual([status, json.status, json.refusal.reason], [200, 'cancelled', 'send.cancelled']);
    assert.equal((await stage.ask(`${kim.base}/${id}`, { method: 'DELETE' })).json.type, '/docs#too-late');
    const [told, ...more] = await kim.told();
    assert.equal(more.length, 0);
    assert.equal(told!.type, 'send.cancelled');
    const { sendId, ...ref } = told!.data;
    assert.deepEqual([sendId, ref.idempotencyKey, ref.messageIdHeader], [id, idempotencyKey, messageIdHeader]);
    await kim.due(id);
    const next = await kim.send('after it');
    await kim.until(next.id, 'accepted');
    assert.ok(!subjects().includes('cancelled'));
    assert.equal((await kim.read(id)).content, null);
    // The same order again is the same mail, and does not bring it back.
    assert.equal((await kim.accept('cancelled', { sendAt: (await kim.read(id)).sendAt!.toISOString() })).send?.id, id);
  });

  it('is changed, and leaves as it is then; its key stays that of the first order', async () => {
    const kim = await stage.mailbox();
    const { id, messageIdHeader } = await kim.send('first words', { sendAt: inAnHour() });
    const changed = await stage.ask(`${kim.base}/${id}`, {
      method: 'PATCH',
      body: { subject: 'last words', cc: [{ address: 'cy@example.com' }] },
    });
    assert.deepEqual([changed.status, changed.json.status], [200, 'scheduled']);
    const now = await stage.ask(`${kim.base}/${id}`, { method: 'PATCH', body: { sendAt: null } });
    assert.equal(now.json.status, 'queued');
    await kim.until(id, 'accepted');
    const mail = stage.sink.mails.find((one) => one.messageId === messageIdHeader)!;
    assert.match(mail.raw, /^Subject: last words\r$/m);
    assert.deepEqual(mail.to, ['bo@example.com', 'cy@example.com']);
    assert.equal((await stage.ask(`${kim.base}/${id}`, { method: 'PATCH', body: { subject: 'x' } })).status, 409);
  });

  it('keeps a recipient, and fields that are not named', async () => {
    const kim = await stage.mailbox({ paused: true });
    const { id } = await kim.send('kept', { html: '<b>Hej</b>' });
    const none = await stage.ask(`${kim.base}/${id}`, { method: 'PATCH', body: { to: [] } });
    assert.deepEqual([none.status, none.json.reason], [400, 'send.recipient_rejected']);
    await stage.ask(`${kim.base}/${id}`, { method: 'PATCH', body: { text: 'Goddag' } });
    const content = (await kim.read(id)).content as Record<string, unknown>;
    assert.deepEqual([content.text, content.html, content.subject], ['Goddag', '<b>Hej</b>', 'kept']);
  });

  it('is nobody else’s business', async () => {
    const kim = await stage.mailbox({ paused: true });
    const { id } = await kim.send('mine');
    const other = await stage.mailbox();
    const tokenOf = async (tenantId: string, scopes: string[]) =>
      (await stage.ask('/v1/tokens', { method: 'POST', body: { tenantId, scopes } })).json.token as string;
    const stranger = await tokenOf(freshName('else'), ['send']);
    const reader = await tokenOf(kim.who.tenantId, ['events']);
    const owner = await tokenOf(kim.who.tenantId, ['send']);
    for (const [method, tail] of [
      ['DELETE', ''],
      ['PATCH', ''],
      ['POST', '/retry'],
      ['POST', '/confirm'],
    ] as const) {
      const change = { method, ...(method === 'PATCH' ? { body: { subject: 'theirs' } } : {}) };
      for (const token of [stranger, reader]) {
        assert.equal((await stage.ask(`${kim.base}/${id}${tail}`, { ...change, token })).status, 403);
      }
      assert.equal((await stage.ask(`${other.base}/${id}${tail}`, change)).status, 404);
      assert.equal((await stage.ask(`${kim.base}/${randomUUIDv7()}${tail}`, change)).status, 404);
    }
    assert.equal((await stage.ask(`${kim.base}/${id}`, { method: 'DELETE', token: owner })).status, 200);
  });

  it('is cancelled while it is on its way to the server: its end is never sent', async () => {
    const kim = await stage.mailbox();
    let release = () => {};
    const undo = stage.sink.at('data', () => new Promise<undefined>((resolve) => (release = () => resolve(undefined))));
    const reached = stage.sink.reached('data');
    const { id, messageIdHeader } = await kim.send('on its way');
    await reached;
    assert.equal((await stage.ask(`${kim.base}/${id}`, { method: 'DELETE' })).json.status, 'cancelled');
    undo();
    release();
    const next = await kim.send('next');
    await kim.until(next.id, 'accepted');
    assert.equal(stage.sink.ends.filter(({ messageId }) => messageId === messageIdHeader).length, 0);
    assert.deepEqual(
      (await kim.told()).map(({ type }) => type),
      ['send.cancelled', 'send.sent'],
    );
  });
});

describe('a mail that failed or is in doubt', () => {
  it('is tried again when somebody asks, as the same mail', async () => {
    const kim = await stage.mailbox();
    const undo = stage.sink.at('end', () => '550 5.7.1 no thank you');
    const { id, messageIdHeader } = await kim.send('refused');
    await kim.until(id, 'failed');
    undo();
    assert.equal((await stage.ask(`${kim.base}/${id}/confirm`, { method: 'POST' })).status, 409);
    const { status, json } = await stage.ask(`${kim.base}/${id}/retry`, { method: 'POST' });
    assert.deepEqual([status, json.status, json.refusal], [200, 'queued', null]);
    await kim.until(id, 'accepted');
    assert.equal(stage.sink.mails.filter((one) => one.messageId === messageIdHeader).length, 1);
    assert.equal((await stage.ask(`${kim.base}/${id}/retry`, { method: 'POST' })).status, 409);
    const story = (await stage.ask(`${kim.base}/${id}`)).json;
    for (const { time } of story.timeline) assert.ok(Math.abs(Date.now() - Date.parse(time)) < 60_000);
    assert.deepEqual(story.timeline.find(({ type }: { type: string }) => type === 'data-sent').data, { attempt: 3 });
    assert.deepEqual(
      story.timeline.map(({ type }: { type: string }) => type),
      ['queued', 'send.failed', 'connecting', 'data-sent', 'send.sent'],
    );
  });

  it('is tried again with those whom the server refused: they may be known there by now', async () => {
    const kim = await stage.mailbox();
    const undo = stage.sink.at('rcpt', () => '550 5.1.1 unknown');
    const { id, messageIdHeader } = await kim.send('unknown yet');
    await kim.until(id, 'failed');
    undo();
    const { json } = await stage.ask(`${kim.base}/${id}/retry`, { method: 'POST' });
    assert.deepEqual([json.status, json.rejectedRecipients], ['queued', []]);
    await kim.until(id, 'accepted');
    assert.deepEqual(stage.sink.mails.find((one) => one.messageId === messageIdHeader)!.to, ['bo@example.com']);
  });

  it('in doubt: a person says whether it went out', async () => {
    const kim = await stage.mailbox();
    const undo = stage.sink.at('end', () => 'hang-up');
    const went = await kim.send('went out');
    await kim.until(went.id, 'in-doubt');
    const lost = await kim.send('lost');
    await kim.until(lost.id, 'in-doubt');
    undo();
    const confirmed = await stage.ask(`${kim.base}/${went.id}/confirm`, { method: 'POST' });
    assert.deepEqual([confirmed.json.status, confirmed.json.response], ['sent', 'confirmed by a person']);
    // Its copy is looked for before it is filed.
    assert.equal((await kim.read(went.id)).copy, 'filing');
    await stage.ask(`${kim.base}/${lost.id}/retry`, { method: 'POST' });
    await kim.until(lost.id, 'accepted');
    assert.equal(stage.sink.ends.filter(({ messageId }) => messageId === lost.messageIdHeader).length, 2);
    assert.equal(stage.sink.ends.filter(({ messageId }) => messageId === went.messageIdHeader).length, 1);
    assert.deepEqual(
      (await kim.told()).map(({ type }) => type),
      ['send.in_doubt', 'send.in_doubt', 'send.sent', 'send.sent'],
    );
  });

  it('is not tried again for an account that is gone', async () => {
    const kim = await stage.mailbox({ paused: true });
    const { id } = await kim.send('gone');
    await stage.db.update(sends).set({ state: 'failed', endedAt: new Date() }).where(eq(sends.id, id));
    await stage.db.update(accounts).set({ state: 'disconnected' }).where(eq(accounts.id, kim.id));
    assert.equal((await stage.ask(`${kim.base}/${id}/retry`, { method: 'POST' })).status, 409);
  });
});

describe('some recipients of a mail', () => {
  it('are refused for good, and the others have it', async () => {
    const kim = await stage.mailbox();
    const undo = stage.sink.at('rcpt', ({ text }) => (text.includes('no@') ? '550 5.1.1 unknown' : undefined));
    const to = [{ address: 'no@example.com' }, { address: 'yes@example.com' }];
    const { id } = await kim.send('partly', { to });
    await kim.until(id, 'accepted');
    undo();
    const [sent] = await kim.told();
    assert.deepEqual(sent!.data.rejectedRecipients, [{ address: 'no@example.com', response: '550 5.1.1 unknown' }]);
  });

  it('are refused for now, and only they are tried again', async () => {
    const kim = await stage.mailbox();
    const undo = stage.sink.at('rcpt', ({ text }) =>
      text.includes('grey')
        ? '451 4.7.1 Greylisted, try again later'
        : text.includes('no@')
          ? '550 5.1.1 no'
          : undefined,
    );
    const to = ['grey1@x.dk', 'yes@x.dk', 'no@x.dk', 'grey2@x.dk'].map((address) => ({ address }));
    const { id, messageIdHeader } = await kim.send('greylisted', { to });
    const mine = () => stage.sink.mails.filter((one) => one.messageId === messageIdHeader).map((one) => one.to);
    for (const end = Date.now() + 10_000; Date.now() < end && (await kim.told()).length === 0; ) await kim.read(id);
    const [deferred] = await kim.told();
    assert.deepEqual(
      [deferred!.type, deferred!.data.reason, deferred!.data.recipients],
      ['send.deferred', 'send.greylisted', ['grey1@x.dk', 'grey2@x.dk']],
    );
    assert.ok(Date.parse(deferred!.data.nextTryAt) > Date.now() + 2 * 60_000);
    const shown = (await stage.ask(`${kim.base}/${id}`)).json;
    assert.deepEqual([shown.status, shown.acceptedRecipients], ['deferred', ['yes@x.dk']]);
    assert.equal((await stage.ask(`${kim.base}/${id}`, { method: 'PATCH', body: { text: 'x' } })).status, 409);
    undo();
    await kim.due(id);
    await kim.until(id, 'accepted');
    assert.deepEqual(mine(), [['yes@x.dk'], ['grey1@x.dk', 'grey2@x.dk']]);
    const sent = (await kim.told()).at(-1)!;
    assert.deepEqual(
      [sent.type, sent.data.rejectedRecipients],
      ['send.sent', [{ address: 'no@x.dk', response: '550 5.1.1 no' }]],
    );
  });

  it('are given up when the mail is cancelled: it was sent to those who have it', async () => {
    const kim = await stage.mailbox();
    const undo = stage.sink.at('rcpt', ({ text }) => (text.includes('grey') ? '451 4.7.1 Greylisted' : undefined));
    const { id } = await kim.send('half', { to: [{ address: 'grey@x.dk' }, { address: 'yes@x.dk' }] });
    for (const end = Date.now() + 10_000; Date.now() < end && (await kim.told()).length === 0; ) await kim.read(id);
    undo();
    const { json } = await stage.ask(`${kim.base}/${id}`, { method: 'DELETE' });
    assert.deepEqual(
      [json.status, json.rejectedRecipients],
      ['sent', [{ address: 'grey@x.dk', response: 'cancelled' }]],
    );
    assert.deepEqual(
      (await kim.told()).map(({ type }) => type),
      ['send.deferred', 'send.sent'],
    );
  });
});

describe("a user's mails by status", () => {
  it('are those that show that status', async () => {
    const kim = await stage.mailbox({ paused: true });
    const queued = await kim.send('queued');
    const scheduled = await kim.send('scheduled', { sendAt: inAnHour() });
    const list = async (status: string) =>
      (await stage.ask(`${kim.base}?status=${status}`)).json.sends.map(({ sendId }: { sendId: string }) => sendId);
    assert.deepEqual(await list('queued'), [queued.id]);
    assert.deepEqual(await list('scheduled'), [scheduled.id]);
    assert.deepEqual(await list('sent'), []);
    assert.equal((await stage.ask(`${kim.base}?status=none`)).status, 400);
  });
});
