import assert from 'node:assert/strict';
import { randomUUIDv7 } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { eq } from 'drizzle-orm';
import { openDatabase } from '../src/db/database.ts';
import { accounts, sends } from '../src/db/tables.ts';
import type { Log } from '../src/log.ts';
import { createDoor } from '../src/mail/addresses.ts';
import { createSmtp } from '../src/mail/smtp.ts';
import { createSmtpPool } from '../src/mail/smtp-pool.ts';
import { readTls } from '../src/mail/tls.ts';
import { orders, sendPayload } from '../src/queues/orders.ts';
import { startSending } from '../src/sending/engine.ts';
import type { LedgerParts } from '../src/sending/ledger.ts';
import { knockAgain } from '../src/sending/submission.ts';
import { createWaiting } from '../src/sending/waiting.ts';
import type { Server } from '../src/words.ts';
import { sendMessage, strip } from '../src/workers/send-message.ts';
import type { TestDatabase } from './support/databases.ts';
import { freshName, type Servers, useServers } from './support/servers.ts';
import { type SmtpSink, startSmtpSink } from './support/smtp-sink.ts';

const silent = {
  debug() {},
  info() {},
  warn() {},
  error(fields: object, message: string) {
    console.error(message, fields);
  },
} as unknown as Log;

let servers: Servers;
let testDatabase: TestDatabase;
let database: ReturnType<typeof openDatabase>;
let smtp: ReturnType<typeof createSmtp>;
before(async () => {
  servers = await useServers();
  testDatabase = await servers.freshDatabase();
  database = openDatabase({ url: testDatabase.url, log: silent });
  const door = createDoor({ allowHosts: ['127.0.0.0/8', '::1'], allowCleartextHosts: ['localhost'] });
  smtp = createSmtp({ door, tls: readTls({ caFile: servers.caFile }) });
});
after(async () => {
  await database.close();
  await testDatabase.drop();
});

/** A process that sends, inside of this one. The secret of an account is its password as it is. */
function process_({
  isFresh = () => true,
  db = database.db,
}: {
  isFresh?: () => boolean;
  db?: typeof database.db;
} = {}) {
  const waiting = createWaiting();
  const ledger: LedgerParts = { db, wake: () => {}, changed: waiting.changed };
  const accepted: string[] = [];
  const engine = startSending({
    ledger,
    processId: randomUUIDv7(),
    isFresh,
    smtp,
    loginOf: ({ smtpSecret }) => ({ kind: 'password', reveal: () => smtpSecret! }),
    log: silent,
    onErrand: (accountId) => accepted.push(accountId),
  });
  return { engine, ledger, waiting, accepted };
}

async function mailbox(server: Server, secret = 'secret', email = 'kim@postbud.test') {
  const who = { tenantId: 'acme', userId: freshName('user') };
  const id = randomUUIDv7();
  await database.db
    .insert(accounts)
    .values({ id, ...who, email, state: 'connected', smtp: server, smtpSecret: secret });
  const { sql } = testDatabase;
  return {
    id,
    payload: (idempotencyKey: string, more: object = {}) =>
      sendPayload.parse({
        ...who,
        idempotencyKey,
        to: [{ address: 'bo@example.com' }],
        subject: idempotencyKey,
        text: 'Hej',
        ...more,
      }),
    events: async () =>
      (await sql`select type, data from events where user_id = ${who.userId} order by user_seq`) as unknown as {
        type: string;
        data: Record<string, unknown>;
      }[],
    async told() {
      return (await this.events()).map(({ type }) => type);
    },
    account: async () => (await database.db.select().from(accounts).where(eq(accounts.id, id)))[0]!,
    send: async (key: string) => (await database.db.select().from(sends).where(eq(sends.idempotencyKey, key)))[0]!,
    set: (values: Partial<typeof accounts.$inferInsert>) =>
      database.db.update(accounts).set(values).where(eq(accounts.id, id)),
    openDoor: () => database.db.transaction((tx) => knockAgain(tx, id)),
    async until(count: number, type: string) {
      for (const end = Date.now() + 20_000; Date.now() < end; await delay(20)) {
        if ((await this.told()).filter((one) => one === type).length >= count) return;
      }
      assert.fail(`${type} did not come ${count} times, but ${await this.told()}`);
    },
  };
}

type Sender = ReturnType<typeof process_>;

/** Run the job as the queue does, with its data. */
function job(sender: Sender, payload: ReturnType<typeof sendPayload.parse>, orderId?: string) {
  const kept: Record<string, unknown>[] = [];
  const running = {
    orderId,
    keep: async (data: Record<string, unknown>) => void kept.push(data),
    signal: new AbortController().signal,
  };
  const parts = { ledger: sender.ledger, waiting: sender.waiting, poke: (id: string) => sender.engine.poke(id) };
  return { result: sendMessage(parts, payload, running), kept };
}

describe('sending through a provider', () => {
  let sender: Sender;
  before(() => {
    sender = process_();
  });
  after(() => sender.engine.stop());

  it('ends the job with the final status, and keeps no text in it', async () => {
    const [ada, bo] = await Promise.all([servers.mailServer.addUser(), servers.mailServer.addUser()]);
    const kim = await mailbox(ada.smtpStarttls, ada.password, ada.address);
    const to = [{ address: bo.address }, { address: 'no-such-user@postbud.test' }];
    const { result, kept } = job(sender, kim.payload('real', { to, html: '<b>Hej</b>' }));
    const { sendId, messageIdHeader, status } = await result;
    assert.equal(status, 'sent');
    assert.equal(orders['send-message'].result.safeParse(await result).success, true);
    assert.doesNotMatch(JSON.stringify(kept), /Hej|example/);
    const [sent] = await kim.events();
    assert.equal(sent!.type, 'send.sent');
    assert.deepEqual(
      (sent!.data.rejectedRecipients as { address: string }[]).map(({ address }) => address),
      ['no-such-user@postbud.test'],
    );
    for (const end = Date.now() + 15_000; Date.now() < end; await delay(50)) {
      if ((await bo.messages()).some(({ raw }) => raw.includes(messageIdHeader!))) break;
    }
    assert.ok((await bo.messages()).some(({ raw }) => raw.includes(messageIdHeader!)));
    assert.deepEqual(sender.accepted.includes(kim.id), true);

    // The same job again, as it is after a crash: with what was kept of its data.
    const again = kept[0]!;
    const parsed = sendPayload.parse(again);
    assert.deepEqual(await job(sender, parsed, again.orderId as string).result, await result);
    assert.deepEqual(strip(again), again);
    assert.equal(again.orderId, sendId);
    // The same order in another job.
    assert.deepEqual(await job(sender, kim.payload('real', { to, html: '<b>Hej</b>' })).result, await result);
    const other = await job(sender, kim.payload('real', { to })).result;
    assert.deepEqual([other.status, other.reason], ['failed', 'send.idempotency_conflict']);
  });

  it('a mail that nobody may get has failed, and one to a greylisted address waits', async () => {
    const ada = await servers.mailServer.addUser();
    const kim = await mailbox(ada.smtp, ada.password, ada.address);
    const failed = await job(sender, kim.payload('nobody', { to: [{ address: 'no-such-user@postbud.test' }] })).result;
    assert.deepEqual([failed.status, failed.reason, failed.permanent], ['failed', 'send.recipient_rejected', true]);
    const grey = await job(sender, kim.payload('grey', { to: [{ address: 'try-later@postbud.test' }] })).result;
    assert.deepEqual([grey.status, grey.reason, grey.permanent], ['deferred', 'send.greylisted', false]);
    assert.ok(grey.userAction?.text);
    assert.deepEqual(await kim.told(), ['send.failed', 'send.deferred']);
  });

  it('a password that is no longer right: the mails wait, and go when there is a new one', async () => {
    const ada = await servers.mailServer.addUser();
    const kim = await mailbox(ada.smtp, 'yesterday', ada.address);
    const waits = await job(sender, kim.payload('waits')).result;
    assert.deepEqual([waits.status, waits.reason], ['queued', 'auth.invalid_credentials']);
    assert.deepEqual(await kim.told(), ['account.auth_failed']);
    const behind = await job(sender, kim.payload('behind')).result;
    assert.equal(behind.status, 'queued');
    await kim.set({ smtpSecret: ada.password });
    await kim.openDoor();
    sender.engine.poke(kim.id);
    await kim.until(2, 'send.sent');
    assert.deepEqual((await kim.told()).sort(), ['account.auth_failed', 'account.recovered', 'send.sent', 'send.sent']);
  });
});

describe('sending to a counting server', () => {
  let sink: SmtpSink;
  let server: Server;
  let sender: Sender;
  before(async () => {
    sink = await startSmtpSink();
    server = { host: 'localhost', port: sink.port, security: 'none', username: 'kim' };
    sender = process_();
  });
  after(async () => {
    await sender.engine.stop();
    await sink.close();
  });

  it("keeps an account's order, over one connection", async () => {
    const kim = await mailbox(server);
    const before_ = sink.connections;
    const results = [];
    for (const key of ['a', 'b', 'c', 'd', 'e']) results.push(await job(sender, kim.payload(`order-${key}`)).result);
    await kim.until(5, 'send.sent');
    const subjects = sink.mails
      .map(({ raw }) => /^Subject: (.*)$/m.exec(raw)?.[1]?.trim())
      .filter((subject) => subject?.startsWith('order-'));
    assert.deepEqual(subjects, ['order-a', 'order-b', 'order-c', 'order-d', 'order-e']);
    assert.equal(sink.connections - before_, 1);
  });

  it('takes a new connection when the kept one has died at rest', async () => {
    const kim = await mailbox(server);
    assert.equal((await job(sender, kim.payload('rest-1')).result).status, 'sent');
    const undo = sink.at('mail', () => {
      undo();
      return '421 4.4.2 idle for too long';
    });
    assert.equal((await job(sender, kim.payload('rest-2')).result).status, 'sent');
    assert.equal((await kim.send('rest-2')).attempt, 1);
    assert.equal(sink.mails.filter(({ raw }) => raw.includes('Subject: rest-2')).length, 1);
  });

  it('does not send again by itself what may have gone out', async () => {
    const kim = await mailbox(server);
    const undo = sink.at('end', () => 'hang-up');
    const result = await job(sender, kim.payload('doubt')).result;
    undo();
    assert.equal(result.status, 'in-doubt');
    assert.equal((await job(sender, kim.payload('doubt')).result).status, 'in-doubt');
    await delay(1_500);
    assert.deepEqual(await kim.told(), ['send.in_doubt']);
    assert.equal(sink.ends.filter(({ messageId }) => messageId === result.messageIdHeader).length, 1);
  });

  it('waits for a server that is away, with one knock for all mails of the account', async () => {
    const away = await startSmtpSink();
    const kim = await mailbox({ ...server, port: away.port });
    await away.close();
    const first = await job(sender, kim.payload('away-1')).result;
    assert.deepEqual([first.status, first.reason, first.permanent], ['deferred', 'network.refused', false]);
    for (const key of ['away-2', 'away-3']) assert.equal((await job(sender, kim.payload(key)).result).status, 'queued');
    await delay(1_500);
    assert.deepEqual(await kim.told(), ['send.deferred']);
    await kim.set({ smtp: server });
    await kim.openDoor();
    sender.engine.poke(kim.id);
    await kim.until(3, 'send.sent');
  });

  it('holds back a scheduled mail until its time', async () => {
    const kim = await mailbox(server);
    const sendAt = new Date(Date.now() + 2_500);
    const { status } = await job(sender, kim.payload('later', { sendAt: sendAt.toISOString() })).result;
    assert.equal(status, 'scheduled');
    await kim.until(1, 'send.sent');
    assert.ok(Date.now() >= sendAt.getTime());
  });

  it('sends nothing for a paused mailbox until it goes on', async () => {
    const kim = await mailbox(server);
    await kim.set({ state: 'paused' });
    assert.equal((await job(sender, kim.payload('paused')).result).status, 'queued');
    sender.engine.poke(kim.id);
    await delay(1_500);
    assert.deepEqual(await kim.told(), []);
    await kim.set({ state: 'connected' });
    sender.engine.poke(kim.id);
    await kim.until(1, 'send.sent');
  });

  it('does not let one mailbox with many mails delay the single mail of another', async () => {
    const [many, one] = [await mailbox(server), await mailbox(server)];
    const undo = sink.at('end', async ({ text }) => {
      if (text.includes('Subject: many')) await delay(100);
      return undefined;
    });
    await Promise.all(Array.from({ length: 30 }, (_, at) => job(sender, many.payload(`many-${at}`)).result));
    const startedAt = performance.now();
    assert.equal((await job(sender, one.payload('one')).result).status, 'sent');
    assert.ok(performance.now() - startedAt < 2_000);
    assert.ok((await many.told()).length < 30);
    undo();
    await many.until(30, 'send.sent');
  });
});

describe('a process in trouble', () => {
  let sink: SmtpSink;
  let server: Server;
  before(async () => {
    sink = await startSmtpSink();
    server = { host: 'localhost', port: sink.port, security: 'none', username: 'kim' };
  });
  after(() => sink.close());

  it('claims and ends nothing while its heartbeat is not renewed', async () => {
    const kim = await mailbox(server);
    let fresh = false;
    const sender = process_({ isFresh: () => fresh });
    const { result } = job(sender, kim.payload('stale'));
    await delay(1_500);
    assert.equal((await kim.send('stale')).state, 'queued');
    // It goes stale between the body and the end.
    const undo = sink.at('body', () => {
      fresh = false;
      return undefined;
    });
    fresh = true;
    for (const end = Date.now() + 10_000; Date.now() < end && (await kim.send('stale')).attempt === 0; )
      await delay(20);
    await delay(1_500);
    assert.equal(sink.ends.length, 0);
    assert.equal((await kim.send('stale')).state, 'queued');
    undo();
    fresh = true;
    assert.equal((await result).status, 'sent');
    await sender.engine.stop();
  });

  it('finds the mail whose claim it never heard of', async () => {
    const kim = await mailbox(server);
    let lose = true;
    const db = new Proxy(database.db, {
      get(target, name) {
        const value = Reflect.get(target, name, target);
        if (name !== 'execute') return typeof value === 'function' ? value.bind(target) : value;
        return async (...args: Parameters<typeof target.execute>) => {
          const rows = await target.execute(...args);
          if (lose && rows.some((row) => 'giveUpAt' in row && 'content' in row)) {
            lose = false;
            throw Object.assign(new Error('the connection was lost'), { code: 'CONNECTION_CLOSED' });
          }
          return rows;
        };
      },
    });
    const sender = process_({ db });
    const before_ = sink.ends.length;
    assert.equal((await job(sender, kim.payload('lost')).result).status, 'sent');
    assert.deepEqual([lose, (await kim.send('lost')).attempt, sink.ends.length - before_], [false, 2, 1]);
    await sender.engine.stop();
  });
});

describe('kept connections', () => {
  it('are asked after a pause, closed when idle for long, and replaced when their secret changes', async () => {
    const sink = await startSmtpSink();
    const server = { host: 'localhost', port: sink.port, security: 'none', username: 'kim' } as const;
    let now = 0;
    const pool = createSmtpPool({ smtp, now: () => now });
    const who = {
      accountId: 'a',
      server,
      login: { kind: 'password' as const, reveal: () => 'secret' },
      secretMark: '1',
    };
    const mail = {
      from: 'kim@postbud.test',
      to: ['bo@postbud.test'],
      body: Buffer.from('Subject: x\r\n\r\nx\r\n'),
      beforeEnd: async () => {},
    };
    const { signal } = new AbortController();
    await pool.send(who, mail, signal);
    await pool.send(who, mail, signal);
    assert.deepEqual([sink.connections, sink.logins.length, pool.size()], [1, 1, 1]);
    now = 10_000;
    await pool.send(who, mail, signal);
    assert.equal(sink.connections, 1);
    await pool.send({ ...who, secretMark: '2' }, mail, signal);
    assert.deepEqual([sink.connections, sink.logins.length], [2, 2]);
    pool.drop('a');
    assert.equal(pool.size(), 0);
    await pool.send(who, mail, signal);
    await pool.close();
    assert.deepEqual([pool.size(), sink.mails.length], [0, 5]);
    await sink.close();
  });
});
