import assert from 'node:assert/strict';
import { randomUUIDv7 } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { type Crm, startCrm } from './support/crm.ts';
import { type Daemon, startDaemon } from './support/daemon.ts';
import { scriptedServer } from './support/scripted-server.ts';
import { freshName, type Servers, useServers } from './support/servers.ts';

let servers: Servers;
let daemon: Daemon;
let crm: Crm;

before(async () => {
  servers = await useServers();
  daemon = await startDaemon();
  crm = await startCrm(daemon);
});
after(async () => {
  await crm?.close();
  await daemon?.stop();
});

const who = (userId: string) => ({ tenantId: crm.tenantId, userId });
const of = (userId: string, type: string) => (event: { userid: string; type: string }) =>
  event.userid === userId && event.type === `postbud.${type}`;

describe('orders of one user', () => {
  it('take effect in the order of their timestamps: what comes late is superseded', async () => {
    const ada = await servers.mailServer.addUser();
    const { userId } = await crm.connect(ada);
    const now = Date.now();
    const paused = await crm.add('pause-account', who(userId), { timestamp: now + 2_000 });
    assert.deepEqual(await paused.result(), { status: 'paused' });
    const late = await crm.add('resume-account', who(userId), { timestamp: now + 1_000 });
    assert.deepEqual(await late.result(), { outcome: 'superseded' });
    const connect = await crm.add('connect-account', await crm.connectPayload(ada, { userId }), { timestamp: now });
    assert.deepEqual(await connect.result(), { outcome: 'superseded' });
    assert.equal((await crm.account(userId)).state, 'paused');
  });

  it('a slow connect does not revive an account that was removed meanwhile', async () => {
    const ada = await servers.mailServer.addUser();
    const userId = freshName('user');
    const release = Promise.withResolvers<void>();
    const slow = await scriptedServer({
      dialogue: async (client) => {
        await release.promise;
        client.close();
      },
    });
    const payload = { ...(await crm.connectPayload(ada, { userId })), imap: { ...ada.imapStarttls, port: slow.port } };
    const connect = await crm.add('connect-account', payload);
    await until(() => slow.connections > 0);
    const removed = await crm.add('disconnect-account', who(userId));
    assert.deepEqual(await removed.result(), { outcome: 'disconnected' });
    release.resolve();
    assert.deepEqual(await connect.result(), { outcome: 'superseded' });
    assert.equal((await daemon.fetch(`/v1/accounts/${crm.tenantId}/${userId}`)).status, 404);
    await slow.close();
  });

  it('a newer connect overtakes an older one that is still trying', async () => {
    const ada = await servers.mailServer.addUser();
    const userId = freshName('user');
    const silent = await scriptedServer({ dialogue: () => new Promise(() => {}) });
    const payload = {
      ...(await crm.connectPayload(ada, { userId })),
      imap: { ...ada.imapStarttls, port: silent.port },
    };
    const older = await crm.add('connect-account', payload);
    await until(() => silent.connections > 0);
    const newer = await crm.add('connect-account', await crm.connectPayload(ada, { userId }));
    assert.equal((await newer.result()).outcome, 'connected');
    await silent.close();
    assert.deepEqual(await older.result(60_000), { outcome: 'superseded' });
    await crm.events.next(of(userId, 'mailbox.sync_completed'));
    assert.equal((await crm.account(userId)).state, 'connected');
  });

  it('are harmless when they are added again with the same key', async () => {
    const ada = await servers.mailServer.addUser();
    const { userId, accountId } = await crm.connect(ada);
    const payload = { ...(await crm.connectPayload(ada, { userId })), syncFrom: '2026-01-01' };
    const jobId = freshName('order');
    const timestamp = Date.now();
    const first = await (await crm.add('connect-account', payload, { jobId, timestamp })).result();
    await (await crm.queue('connect-account').getJob(jobId))!.remove();
    const second = await (await crm.add('connect-account', payload, { jobId, timestamp })).result();
    assert.deepEqual(second, first);
    assert.equal(first.accountId, accountId);
    assert.equal(crm.events.of(of(userId, 'account.connected')).length, 2);
  });

  for (const [what, timestamp] of [
    ['hours ahead', () => Date.now() + 2 * 3_600_000],
    ['no number', () => 'soon'],
  ] as const) {
    it(`end also when their producer's clock is ${what}, and later ones do not look old`, async () => {
      const ada = await servers.mailServer.addUser();
      const { userId } = await crm.connect(ada);
      const ahead = await crm.add('pause-account', who(userId), { timestamp: timestamp() });
      assert.deepEqual(await ahead.result(10_000), { status: 'paused' });
      const later = await crm.add('resume-account', who(userId));
      assert.deepEqual(await later.result(10_000), { status: 'reconnecting' });
    });
  }

  it('cannot use a sealed secret twice by naming an order that is none', async () => {
    const ada = await servers.mailServer.addUser();
    const payload = await crm.connectPayload(ada, { userId: freshName('user') });
    assert.equal((await (await crm.add('connect-account', payload)).result()).outcome, 'connected');
    const copied = await crm.add('connect-account', { ...payload, orderId: randomUUIDv7() });
    assert.equal((await copied.result()).reason, 'credentials.seal_invalid');
  });

  it('are kept a day whatever their producer wished, and fail or end at the first try', async () => {
    const wishes = {
      removeOnComplete: true,
      removeOnFail: true,
      attempts: 7,
      backoff: { type: 'fixed', delay: 60_000 },
    };
    const gone = await crm.add('disconnect-account', who(freshName('nobody')), wishes);
    assert.deepEqual(await gone.result(), { outcome: 'disconnected' });
    assert.equal(await (await crm.queue('disconnect-account').getJob(gone.id))?.getState(), 'completed');
    const bad = await crm.add('disconnect-account', { tenantId: crm.tenantId }, wishes);
    await assert.rejects(bad.result(5_000), /userId/);
    assert.equal(await (await crm.queue('disconnect-account').getJob(bad.id))?.getState(), 'failed');
  });
});

describe('an edit', () => {
  it('keeps the old mailbox, watched, while the new settings are refused', async () => {
    const ada = await servers.mailServer.addUser();
    const { userId, accountId } = await crm.connect(ada);
    const edit = await crm.add('connect-account', await crm.connectPayload(ada, { userId, password: 'wrong' }));
    assert.equal((await edit.result()).outcome, 'refused');
    assert.equal((await crm.account(userId)).state, 'connected');
    await ada.deliver({ subject: 'still here' });
    const heard = await crm.events.next(of(userId, 'message.received'));
    assert.equal(heard.subject, accountId);
  });

  it('keeps the account of the same address, and goes on where it was', async () => {
    const ada = await servers.mailServer.addUser();
    const { userId, accountId } = await crm.connect(ada);
    await ada.deliver({ subject: 'before' });
    await crm.events.next(of(userId, 'message.received'));
    const payload = await crm.connectPayload(ada, { userId });
    const result = await (await crm.add('connect-account', { ...payload, imap: ada.imapStarttls })).result();
    assert.deepEqual(result, { outcome: 'connected', accountId });
    await ada.deliver({ subject: 'after' });
    const after = await crm.events.next(of(userId, 'message.received'));
    assert.equal(after.data.subject, 'after');
    assert.equal(crm.events.of(of(userId, 'message.received')).length, 2);
  });

  it('to another address ends the old account and begins a new one', async () => {
    const [ada, eva] = [await servers.mailServer.addUser(), await servers.mailServer.addUser()];
    const { userId, accountId } = await crm.connect(ada);
    const result = await (await crm.add('connect-account', await crm.connectPayload(eva, { userId }))).result();
    assert.equal(result.outcome, 'connected');
    assert.notEqual(result.accountId, accountId);
    const connected = await crm.events.next(
      (event) => of(userId, 'account.connected')(event) && event.subject === result.accountId,
    );
    const [disconnected] = crm.events.of(of(userId, 'account.disconnected'));
    assert.deepEqual(disconnected?.data, { by: 'replaced' });
    assert.equal(disconnected?.subject, accountId);
    assert.equal(disconnected?.userseq, connected.userseq - 1);
  });
});

describe('a disconnect', () => {
  it('erases what was synced and what its events told, keeps the sequence, and a new connect has a new id', async () => {
    const ada = await servers.mailServer.addUser();
    const { userId, accountId } = await crm.connect(ada);
    await ada.deliver({ subject: 'to be forgotten' });
    await crm.events.next(of(userId, 'message.received'));
    assert.deepEqual(await (await crm.add('disconnect-account', who(userId))).result(), { outcome: 'disconnected' });
    const gone = await crm.events.next(of(userId, 'account.disconnected'));
    const log = (await (await daemon.fetch(`/v1/events?tenantId=${crm.tenantId}&limit=1000`)).json()) as {
      events: { userid: string; type: string; userseq: number; data: object }[];
    };
    const mine = log.events.filter((event) => event.userid === userId);
    assert.deepEqual(
      mine.map(({ userseq }) => userseq),
      mine.map((_, index) => index + 1),
    );
    assert.deepEqual(mine.find(({ type }) => type === 'postbud.message.received')?.data, { erased: true });
    const stream = await crm.redis.xrange(`postbud:stream:${crm.tenantId}`, '-', '+');
    assert.ok(!JSON.stringify(stream).includes('to be forgotten'));
    const again = await crm.connect(ada, { userId });
    assert.notEqual(again.accountId, accountId);
    const connected = crm.events.of(of(userId, 'account.connected')).at(-1);
    assert.equal(connected?.userseq, gone.userseq + 1);
  });

  it('of a user without an account is fine', async () => {
    assert.deepEqual(await (await crm.add('disconnect-account', who(freshName('nobody')))).result(), {
      outcome: 'disconnected',
    });
  });
});

describe('an order with a text that no database keeps', () => {
  for (const sendAt of ['0000-01-01T00:00:00Z', '9999-12-31T23:59:59-23:00']) {
    it(`is refused by the field's name when it is for ${sendAt.slice(0, 4)}`, async () => {
      const mail = { ...who('42'), idempotencyKey: sendAt, to: [{ address: 'bo@example.com' }], sendAt };
      const sent = await crm.add('send-message', mail);
      await assert.rejects(sent.result(), /sendAt: must lie between/);
    });
  }

  for (const jobId of ['a\0b', 'long'.repeat(1_000)]) {
    it(`is refused when its id is ${JSON.stringify(jobId.slice(0, 8))}`, async () => {
      const order = await crm.add('disconnect-account', who(freshName('user')), { jobId });
      await assert.rejects(order.result(), /id of the job: /);
    });
  }

  for (const [what, subject] of [
    ['NUL', 'Til\0bud'],
    ['half a character', 'Tilbud \ud83d'],
  ] as const) {
    it(`is refused by the field's name when it has ${what} in it`, async () => {
      const mail = { ...who('42'), idempotencyKey: what, to: [{ address: 'bo@example.com' }], subject };
      const sent = await crm.add('send-message', mail);
      await assert.rejects(sent.result(), /subject: must not contain NUL or broken characters/);
    });
  }
});

describe('pause and resume', () => {
  it('let watching rest, and catch up after it', async () => {
    const ada = await servers.mailServer.addUser();
    const { userId } = await crm.connect(ada);
    assert.deepEqual(await (await crm.add('pause-account', who(userId))).result(), { status: 'paused' });
    await crm.events.next(of(userId, 'account.paused'));
    await ada.deliver({ subject: 'while resting' });
    assert.deepEqual(await (await crm.add('resume-account', who(userId))).result(), { status: 'reconnecting' });
    const heard = await crm.events.next(of(userId, 'message.received'));
    assert.equal(heard.data.subject, 'while resting');
    const order = crm.events.all.filter((event) => event.userid === userId).map(({ type }) => type.slice(8));
    assert.deepEqual(order.slice(2), ['account.paused', 'account.resumed', 'message.received']);
  });

  it('pause waits for a connect that came before it', async () => {
    const ada = await servers.mailServer.addUser();
    const userId = freshName('user');
    const connect = await crm.add('connect-account', await crm.connectPayload(ada, { userId }));
    const pause = await crm.add('pause-account', who(userId));
    assert.equal((await connect.result()).outcome, 'connected');
    assert.deepEqual(await pause.result(), { status: 'paused' });
    assert.equal((await crm.account(userId)).state, 'paused');
  });
});

/** Wait for a fact that nobody announces. */
async function until(fact: () => boolean, timeoutMs = 10_000) {
  for (const deadline = performance.now() + timeoutMs; !fact(); await delay(10)) {
    assert.ok(performance.now() < deadline, 'it did not come to that in time');
  }
}
