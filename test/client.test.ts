import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { queryObjects } from 'node:v8';
import { sql } from 'drizzle-orm';
import { Redis } from 'ioredis';
import { listenTo } from '../src/client/events.ts';
import { openHttp } from '../src/client/http.ts';
import { OrderFailed, OrderPending, openPostbud, type PostbudEvent, type PostbudOptions } from '../src/client/index.ts';
import { openConnections } from '../src/client/redis.ts';
import { trimOld } from '../src/db/trim.ts';
import { channelOf } from '../src/events.ts';
import { type Daemon, startDaemon } from './support/daemon.ts';
import { startHttp, type TestHttp } from './support/http.ts';
import { freshName, useServers } from './support/servers.ts';

/** A client of a daemon, with the daemon's own token. */
function clientOf(daemon: Daemon, options: Partial<PostbudOptions> = {}) {
  const { url, adminToken: token, env } = daemon;
  const troubles: string[] = [];
  const postbud = openPostbud({
    url,
    token,
    redis: env.REDIS_URL!,
    prefix: env.POSTBUD_PREFIX!,
    tenantId: freshName('acme'),
    onTrouble: (_, what) => troubles.push(what),
    ...options,
  });
  return { postbud, troubles };
}

/** Everything that a handler was given, and a wait for so many. */
function recorder() {
  const heard: PostbudEvent[] = [];
  return {
    heard,
    seqs: () => heard.map(({ userseq }) => userseq),
    handle: (event: PostbudEvent) => void heard.push(event),
    async until(wanted: () => boolean, what = 'the events') {
      for (const deadline = performance.now() + 15_000; !wanted(); await delay(10)) {
        if (performance.now() > deadline) throw new Error(`${what} did not come: ${JSON.stringify(heard)}`);
      }
    },
  };
}

describe('a CRM that uses the client', () => {
  let daemon: Daemon;
  before(async () => {
    daemon = await startDaemon();
  });
  after(() => daemon.stop());

  it('connects a mailbox, hears of it, sends, and lets go; its password is in no job', {
    timeout: 60_000,
  }, async () => {
    const { mailServer } = await useServers();
    const { postbud } = clientOf(daemon);
    const ada = await mailServer.addUser();
    const { address: email, password, imap, smtp } = ada;
    const ear = recorder();
    const subscription = postbud.onEvent(ear.handle);
    const result = await postbud.connectAccount(
      { userId: '42', email, credentials: { kind: 'password', password }, imap, smtp },
      { id: 'connect-42' },
    );
    assert.equal(result.outcome, 'connected');
    const dump = await (await daemon.fetch('/queues/api/queues?activeQueue=connect-account&status=completed')).text();
    assert.ok(!dump.includes(password));

    const mail = { userId: '42', idempotencyKey: '1', to: [{ address: email }], subject: 'Tilbud', text: 'Hej' };
    const [sent, again] = await Promise.all([postbud.sendMessage(mail), postbud.sendMessage(mail)]);
    assert.equal(sent.status, 'sent', JSON.stringify(sent));
    assert.equal(sent.sendId, again.sendId);
    await ear.until(() => ear.heard.some(({ type }) => type === 'postbud.message.received'));
    const sides = await postbud.validateCredentials({
      userId: '42',
      email,
      credentials: { kind: 'password', password: 'wrong' },
      imap,
      smtp,
    });
    assert.deepEqual([sides.ok, sides.imap.reason], [false, 'auth.invalid_credentials']);
    assert.deepEqual(await postbud.pauseAccount('42'), { status: 'paused' });
    assert.ok('status' in (await postbud.resumeAccount('42')));
    assert.deepEqual(await postbud.disconnectAccount('42'), { outcome: 'disconnected' });
    await ear.until(() => ear.heard.some(({ type }) => type === 'postbud.account.disconnected'));
    assert.deepEqual(
      ear.seqs(),
      [...ear.seqs().keys()].map((index) => index + 1),
    );
    const link = await postbud.createSetupLink({ userId: '42' });
    assert.ok(link.url.startsWith(`${daemon.url}/setup/`));
    await subscription.close();
    await postbud.close();
  });

  it('gets the result also when Redis lost the order before it was carried out', { timeout: 60_000 }, async () => {
    const { postbud, troubles } = clientOf(daemon);
    const { queues } = await jobsOf(daemon);
    await postbud.pauseAccount('1');
    daemon.freeze();
    try {
      const paused = postbud.pauseAccount('1', { timeoutMs: 30_000, id: 'lost-order' });
      await queues.until(async () => (await queues.state('pause-account', 'lost-order')) !== 'unknown');
      await queues.lose('pause-account');
      await queues.until(async () => (await queues.state('pause-account', 'lost-order')) !== 'unknown');
      daemon.thaw();
      assert.equal(((await paused) as { reason?: string }).reason, 'account.not_found');
      assert.deepEqual(troubles, ['Redis lost an order; adding it again']);
    } finally {
      daemon.thaw();
      await queues.close();
      await postbud.close();
    }
  });

  it('keeps nothing of orders that have ended', { timeout: 60_000 }, async () => {
    const { postbud } = clientOf(daemon);
    const give = (count: number) =>
      Promise.all(Array.from({ length: count }, (_, user) => postbud.resumeAccount(`${user}`)));
    await give(5);
    const before = queryObjects(AbortController, { format: 'count' });
    await give(40);
    const kept = queryObjects(AbortController, { format: 'count' }) - before;
    assert.ok(kept < 20, `${kept} waits are left of 40 orders`);
    await postbud.close();
  });

  it('is told when an order takes longer, and may wait for it again', { timeout: 60_000 }, async () => {
    const { postbud } = clientOf(daemon);
    daemon.freeze();
    const pending = await postbud.pauseAccount('1', { timeoutMs: 300 }).then(
      () => assert.fail('it had ended'),
      (error) => error,
    );
    daemon.thaw();
    assert.ok(pending instanceof OrderPending);
    const result = await postbud.resultOf(pending.order);
    assert.equal((result as { reason?: string }).reason, 'account.not_found');
    await assert.rejects(postbud.resultOf({ queue: 'pause-account', id: 'none' }, { timeoutMs: 500 }), OrderPending);
    await postbud.close();
  });

  it('is told every bad field of an order', { timeout: 60_000 }, async () => {
    const { postbud } = clientOf(daemon);
    await assert.rejects(postbud.connectAccount({ userId: '-', email: 'nobody' }), (error: Error) => {
      assert.ok(error instanceof OrderFailed);
      assert.match(error.message, /userId.*email/);
      return true;
    });
    await postbud.close();
  });
});

describe('a Redis that goes away', () => {
  it('holds orders and events up, and loses none', { timeout: 90_000 }, async () => {
    const redis = await (await useServers()).ownRedis();
    const daemon = await startDaemon({ redisUrl: redis.url });
    // Of the CRM's own making, and not connected before it is used.
    const own = new Redis(redis.url, { lazyConnect: true, maxRetriesPerRequest: null });
    const { postbud, troubles } = clientOf(daemon, { redis: own });
    const { mailServer } = await useServers();
    const { address: email, password, imap, smtp } = await mailServer.addUser();
    const credentials = { kind: 'password' as const, password };
    const ear = recorder();
    await postbud.onEvent(ear.handle).ready;
    assert.equal((await postbud.connectAccount({ userId: '1', email, credentials, imap, smtp })).outcome, 'connected');
    const has = (type: string) => () => ear.heard.some((event) => event.type === type);
    await ear.until(has('postbud.mailbox.sync_completed'));

    await redis.stop();
    const paused = postbud.pauseAccount('1', { timeoutMs: 40_000 });
    await ear.until(() => troubles.some((what) => what.startsWith('Redis cannot be reached')), 'the trouble');
    await redis.start();
    assert.deepEqual(await paused, { status: 'paused' });
    await ear.until(has('postbud.account.paused'));

    redis.pause();
    const resumed = postbud.resumeAccount('1', { timeoutMs: 40_000 });
    // The time is the thing itself: silent for longer than one question may take, which nobody is told of.
    await delay(7_000);
    redis.resume();
    assert.ok('status' in (await resumed));
    await ear.until(has('postbud.account.resumed'));
    assert.deepEqual(
      ear.seqs(),
      ear.seqs().map((_, index) => index + 1),
    );
    assert.equal(own.status, 'wait');
    await postbud.close();
    await daemon.stop();
    await redis.stop();
  });
});

/** What a test does to the queues of a daemon behind the client's back. */
async function jobsOf(daemon: Daemon) {
  const { Queue } = await import('bullmq');
  const redis = new Redis(daemon.env.REDIS_URL!);
  const prefix = `{${daemon.env.POSTBUD_PREFIX}}`;
  const queueOf = (name: string) => new Queue(name, { connection: redis, prefix });
  return {
    queues: {
      state: (name: string, id: string) => queueOf(name).getJobState(id),
      /** As a Redis that comes back without its data. */
      async lose(name: string) {
        const keys = await redis.keys(`${prefix}:${name}:*`);
        await redis.del(...keys.filter((key) => !/:(meta|events)$/.test(key)));
      },
      async until(question: () => Promise<boolean>) {
        for (const deadline = performance.now() + 10_000; !(await question()); await delay(20)) {
          assert.ok(performance.now() < deadline, 'it did not come to that');
        }
      },
      close: async () => redis.disconnect(),
    },
  };
}

describe('events through the client', () => {
  let http: TestHttp;
  before(async () => {
    http = await startHttp({ relay: true });
  });
  after(() => http.stop());

  const listening = (tenantId = freshName('acme')) => {
    const troubles: string[] = [];
    const postbud = openPostbud({
      url: http.address,
      token: http.adminToken,
      redis: http.redisUrl,
      tenantId,
      onTrouble: (_, what) => troubles.push(what),
    });
    const emit = (userId: string, count: number) =>
      http.emit(tenantId, userId, (write) => {
        for (let n = 0; n < count; n += 1) write('account.paused', { by: 'order' });
      });
    return { postbud, troubles, emit, tenantId };
  };

  it('come in order, also those from before, and live ones at once', async () => {
    const { postbud, emit } = listening();
    await emit('1', 3);
    const ear = recorder();
    const subscription = postbud.onEvent(ear.handle);
    await subscription.ready;
    assert.deepEqual(ear.seqs(), [1, 2, 3]);
    const at = performance.now();
    await emit('1', 2);
    await ear.until(() => ear.heard.length === 5);
    assert.ok(performance.now() - at < 2_000);
    assert.deepEqual(ear.seqs(), [1, 2, 3, 4, 5]);
    await postbud.close();
  });

  it('go on where they stopped, by the cursor that the caller keeps', async () => {
    const { postbud, emit } = listening();
    let kept: string | undefined;
    const cursors = {
      load: () => kept,
      save(cursor: string) {
        kept = cursor;
      },
    };
    const first = recorder();
    const before = postbud.onEvent(first.handle, { cursors });
    await before.ready;
    await emit('1', 2);
    await first.until(() => first.heard.length === 2);
    await before.close();
    await emit('1', 1_200); // more than a page of the log
    const second = recorder();
    postbud.onEvent(second.handle, { cursors });
    await second.until(() => second.heard.length === 1_200);
    assert.deepEqual([second.seqs()[0], second.seqs().at(-1), second.heard.length], [3, 1_202, 1_200]);
    assert.deepEqual(
      second.seqs(),
      [...second.seqs()].sort((one, other) => one - other),
    );
    await postbud.close();
    assert.equal(kept, second.heard.at(-1)?.cursor);
  });

  it('are completed from the log when a number is missing, and never given twice', async () => {
    const { postbud, emit, tenantId } = listening();
    const ear = recorder();
    await postbud.onEvent(ear.handle).ready;
    await emit('1', 1);
    await ear.until(() => ear.heard.length === 1);
    // Deaf for two events: their place in the log is given, and nobody published them.
    await http.redis.publish(channelOf(tenantId), JSON.stringify(ear.heard[0]));
    await http.db.execute(sql`
      insert into events (id, tenant_id, user_id, user_seq, type, time, data, cursor, published_at)
      select gen_random_uuid(), ${tenantId}, '1', n, 'account.paused', now(), '{"by":"order"}',
        nextval('event_cursor'), now() from generate_series(2, 3) as n`);
    await http.db.execute(sql`update users set event_seq = 3 where tenant_id = ${tenantId} and user_id = '1'`);
    await emit('2', 1);
    await emit('1', 1);
    await ear.until(() => ear.heard.length === 5);
    const ofOne = ear.heard.filter(({ userid }) => userid === '1').map(({ userseq }) => userseq);
    assert.deepEqual(ofOne, [1, 2, 3, 4]);
    assert.equal(new Set(ear.heard.map(({ id }) => id)).size, 5);
    await postbud.close();
  });

  it('are not passed by the cursor that the caller keeps, when a subscription may have lost some unseen', async () => {
    const { emit, tenantId } = listening();
    const saved: string[] = [];
    const cursors = { load: () => saved.at(-1), save: (cursor: string) => void saved.push(cursor) };
    // A Cluster client takes another node for its subscription and says nothing of it; this one says it is one.
    const listen = (handle: (event: PostbudEvent) => void) => {
      const connections = openConnections(http.redisUrl, () => {});
      const open = () => Object.assign(connections.open('events', { blocking: true }), { isCluster: true });
      const parts = { tenantId, http: openHttp({ url: http.address, token: http.adminToken }), onTrouble: () => {} };
      return listenTo({ ...parts, connections: { ...connections, open } }, handle, { cursors });
    };
    await emit('1', 1);
    const first = recorder();
    const before = listen(first.handle);
    await before.ready;
    await http.db.execute(sql`
      insert into events (id, tenant_id, user_id, user_seq, type, time, data, cursor, published_at)
      values (gen_random_uuid(), ${tenantId}, '2', 1, 'account.paused', now(), '{"by":"order"}', nextval('event_cursor'), now())`);
    await http.db.execute(
      sql`insert into users (tenant_id, user_id, event_seq) values (${tenantId}, '2', 1) on conflict do nothing`,
    );
    await emit('1', 1);
    await first.until(() => first.heard.length === 2);
    await before.close();
    assert.deepEqual(
      first.heard.map(({ userid }) => userid),
      ['1', '1'],
    );

    const second = recorder();
    const after = listen(second.handle);
    await second.until(() => second.heard.length === 2);
    assert.deepEqual(
      second.heard.map(({ userid, userseq }) => [userid, userseq]),
      [
        ['2', 1],
        ['1', 2],
      ],
    );
    await after.close();
    assert.equal(saved.at(-1), second.heard.at(-1)?.cursor);
  });

  it('go on when something else is published on their channel', async () => {
    const { postbud, emit, tenantId } = listening();
    const ear = recorder();
    await postbud.onEvent(ear.handle).ready;
    for (const other of ['hello', 'null', '{"userseq":1}']) await http.redis.publish(channelOf(tenantId), other);
    await emit('1', 2);
    await ear.until(() => ear.heard.length === 2);
    assert.deepEqual(ear.seqs(), [1, 2]);
    await postbud.close();
  });

  it('survive a connection that is cut again and again while they come', { timeout: 60_000 }, async () => {
    const { postbud, emit } = listening();
    const ear = recorder();
    await postbud.onEvent(ear.handle).ready;
    for (let round = 0; round < 5; round += 1) {
      const clients = String(await http.redis.call('client', 'list', 'type', 'pubsub'));
      const ids = clients.split('\n').flatMap((line) => /^id=(\d+).*name=postbud-events /.exec(line)?.[1] ?? []);
      assert.ok(ids.length > 0, clients);
      const cut = ids.map((id) => http.redis.call('client', 'kill', 'id', id));
      await Promise.all([emit('1', 20), emit('2', 20), ...cut]);
      await ear.until(() => ear.heard.length === (round + 1) * 40, `round ${round}`);
    }
    for (const userid of ['1', '2']) {
      const seqs = ear.heard.filter((event) => event.userid === userid).map(({ userseq }) => userseq);
      assert.deepEqual(
        seqs,
        Array.from({ length: 100 }, (_, index) => index + 1),
      );
    }
    await postbud.close();
  });

  it('wait for a handler that failed: the same one comes again, before the next', async () => {
    const { postbud, emit, troubles } = listening();
    const ear = recorder();
    let failures = 2;
    const subscription = postbud.onEvent((event) => {
      if (event.userseq === 2 && failures-- > 0) throw new Error('the database of the CRM is away');
      ear.handle(event);
    });
    await subscription.ready;
    await emit('1', 3);
    await ear.until(() => ear.heard.length === 3);
    assert.deepEqual(ear.seqs(), [1, 2, 3]);
    assert.equal(troubles.filter((what) => what.startsWith('the handler failed on event')).length, 2);
    await postbud.close();
  });

  it('say when some were deleted before they were read, and go on with the oldest', async () => {
    const { postbud, emit, tenantId } = listening();
    await emit('1', 3);
    const ear = recorder();
    const first = postbud.onEvent(ear.handle);
    await first.ready;
    await first.close();
    await http.db.execute(
      sql`update events set time = now() - interval '40 days', published_at = now() where tenant_id = ${tenantId}`,
    );
    await trimOld(http.db, { eventDays: 30 });
    await emit('1', 1);
    let oldest: string | undefined;
    const later = recorder();
    const cursors = { load: () => ear.heard[0]!.cursor };
    const onLost = (from: string) => {
      oldest = from;
    };
    await postbud.onEvent(later.handle, { cursors, onLost }).ready;
    assert.deepEqual([later.seqs(), oldest], [[4], ear.heard[2]!.cursor]);
    await postbud.close();
  });

  it('want a token', async () => {
    const postbud = openPostbud({ url: http.address, redis: http.redisUrl, tenantId: 'acme' });
    assert.throws(() => postbud.onEvent(() => {}), /token with the scope events/);
    await postbud.close();
  });
});
