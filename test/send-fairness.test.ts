import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { and, count, eq, sql } from 'drizzle-orm';
import { sends } from '../src/db/tables.ts';
import { createDoor } from '../src/mail/addresses.ts';
import { createSmtp } from '../src/mail/smtp.ts';
import { createSmtpPool } from '../src/mail/smtp-pool.ts';
import { readTls } from '../src/mail/tls.ts';
import { openSendingStage, type SendingStage } from './support/sending-stage.ts';
import { type SmtpSink, startSmtpSink } from './support/smtp-sink.ts';

type Kim = Awaited<ReturnType<SendingStage['mailbox']>>;

async function until(what: () => boolean | Promise<boolean>, why: string) {
  for (const end = Date.now() + 20_000; !(await what()); await delay(10)) assert.ok(Date.now() < end, why);
}

/** As many more mails as one that is there. */
const multiply = (stage: SendingStage, id: string, times: number) =>
  stage.db.execute(sql`
    insert into sends (id, tenant_id, user_id, account_id, idempotency_key, content_hash, message_id_header, content,
      recipients, give_up_at)
    select gen_random_uuid(), tenant_id, user_id, account_id, 'k' || n, '', '<' || n || '@postbud.test>', content,
      recipients, give_up_at
    from sends, generate_series(1, ${times}::int) n where id = ${id}::uuid`);

async function queuedOf(stage: SendingStage, kim: Kim) {
  const mine = and(eq(sends.accountId, kim.id), eq(sends.state, 'queued'));
  const [row] = await stage.db.select({ n: count() }).from(sends).where(mine);
  return row!.n;
}

describe('many mails of one mailbox', () => {
  it('do not delay the single mail of another: 10,000 wait, and it is out within a second', async (t) => {
    const stage = await openSendingStage();
    const [many, one] = [await stage.mailbox(), await stage.mailbox()];
    const first = await many.send('first', { sendAt: new Date(Date.now() + 3_600_000).toISOString() });
    await multiply(stage, first.id, 10_000);
    stage.engine.poke(many.id);
    await until(() => stage.sink.mails.length > 20, 'nothing is sent');
    const times: number[] = [];
    for (let no = 0; no < 20; no++) {
      const startedAt = performance.now();
      const { id, messageIdHeader } = await one.send(`single-${no}`);
      await until(() => stage.sink.mails.some(({ messageId }) => messageId === messageIdHeader), `${id} is not sent`);
      times.push(Math.round(performance.now() - startedAt));
    }
    const waiting = await queuedOf(stage, many);
    t.diagnostic(`single mails took ${times.join(', ')} ms, while ${waiting} of 10,000 waited`);
    assert.ok(Math.max(...times) < 1_000);
    assert.ok(waiting > 1_000);
    await many.pause();
    await stage.close();
  });

  it('that are scheduled for later do not slow down what it sends meanwhile', async (t) => {
    const stage = await openSendingStage();
    const kim = await stage.mailbox();
    const first = await kim.send('first', { sendAt: new Date(Date.now() + 3_600_000).toISOString() });
    await multiply(stage, first.id, 10_000);
    await stage.db.execute(
      sql`update sends set next_try_at = now() + interval '1 day' where account_id = ${kim.id}::uuid`,
    );
    const times: number[] = [];
    for (let no = 0; no < 20; no++) {
      const startedAt = performance.now();
      const { messageIdHeader } = await kim.send(`now-${no}`);
      await until(() => stage.sink.mails.some(({ messageId }) => messageId === messageIdHeader), 'it is not sent');
      times.push(Math.round(performance.now() - startedAt));
    }
    t.diagnostic(`single mails took ${times.join(', ')} ms, while 10,000 of the mailbox waited for tomorrow`);
    assert.ok(Math.max(...times) < 1_000);
    await stage.close();
  });

  it('are sent side by side where the installation says so, and one after the other where it does not', async () => {
    for (const perAccount of [1, 3]) {
      const stage = await openSendingStage({}, { perAccount });
      const kim = await stage.mailbox({ paused: true });
      let now = 0;
      let most = 0;
      stage.sink.at('end', async () => {
        most = Math.max(most, ++now);
        await delay(50);
        now--;
        return undefined;
      });
      const all = [];
      for (let no = 0; no < 9; no++) all.push(await kim.send(`mail-${no}`));
      await kim.resume();
      for (const { id } of all) await kim.until(id, 'accepted');
      assert.equal(most, perAccount);
      assert.equal(stage.sink.connections, perAccount);
      await stage.close();
    }
  });
});

describe('a provider that hangs', () => {
  it('holds up its own mails and nobody else', async () => {
    const stage = await openSendingStage({}, { concurrency: 4, perSite: 2 });
    const other = await startSmtpSink();
    const theirs = await Promise.all(Array.from({ length: 6 }, () => stage.mailbox()));
    for (const kim of theirs) await kim.until((await kim.send('before')).id, 'accepted');
    const release = Promise.withResolvers<void>();
    stage.sink.at('data', async () => {
      await release.promise;
      return undefined;
    });
    const hanging = [];
    for (const kim of theirs) hanging.push([kim, await kim.send('hangs')] as const);
    await until(() => stage.engine.inHand() === 2, 'two are on their way');
    const kim = await stage.mailbox({ server: { host: '127.0.0.1', port: other.port } });
    for (const key of ['a', 'b', 'c']) await kim.until((await kim.send(key)).id, 'accepted');
    assert.equal(stage.engine.inHand(), 2);
    release.resolve();
    for (const [who, { id }] of hanging) await who.until(id, 'accepted');
    await other.close();
    await stage.close();
  });
});

describe('a provider that hangs when the process starts', () => {
  it('takes no more hands than it may have connections', async () => {
    const stage = await openSendingStage({}, { concurrency: 4, perSite: 2 });
    const other = await startSmtpSink();
    const release = Promise.withResolvers<void>();
    stage.sink.at('data', async () => {
      await release.promise;
      return undefined;
    });
    // Nothing is known yet about where they send.
    const theirs = await Promise.all(Array.from({ length: 6 }, () => stage.mailbox()));
    const hanging = await Promise.all(theirs.map(async (who) => [who, await who.send('hangs')] as const));
    await until(() => stage.engine.inHand() >= 2, 'two are on their way');
    const kim = await stage.mailbox({ server: { host: '127.0.0.1', port: other.port } });
    for (const key of ['a', 'b', 'c']) await kim.until((await kim.send(key)).id, 'accepted');
    await until(() => stage.engine.inHand() === 2, 'the others wait outside');
    release.resolve();
    for (const [who, { id }] of hanging) await who.until(id, 'accepted');
    await other.close();
    await stage.close();
  });
});

describe('connections to one provider', () => {
  const mail = (key: string) => ({
    from: 'kim@postbud.test',
    to: ['bo@postbud.test'],
    body: Buffer.from(`Subject: ${key}\r\n\r\nx\r\n`),
    beforeEnd: async () => {},
  });
  const whoAt = (sink: SmtpSink, accountId: string) => ({
    accountId,
    server: { host: 'localhost', port: sink.port, security: 'none' as const, username: 'kim' },
    login: { kind: 'password' as const, reveal: () => 'secret' },
    secretMark: '1',
  });
  /** A pool that counts what is open. */
  function counted(limits: { perSite?: number; mailsEach?: number }) {
    const door = createDoor({ allowHosts: ['127.0.0.0/8', '::1'], allowCleartextHosts: ['localhost'] });
    const smtp = createSmtp({ door, tls: readTls({}) });
    const counts = { now: 0, most: 0, opened: 0 };
    const pool = createSmtpPool({
      ...limits,
      smtp: {
        async open(...given) {
          counts.opened++;
          counts.most = Math.max(counts.most, ++counts.now);
          const connection = await smtp.open(...given);
          connection.onEnd(() => counts.now--);
          return connection;
        },
      },
    });
    return { pool, counts };
  }
  const { signal } = new AbortController();

  it('are as many as it is allowed to have: idle ones give way, others wait for their turn', async () => {
    const sink = await startSmtpSink();
    sink.at('end', async () => {
      await delay(20);
      return undefined;
    });
    const { pool, counts } = counted({ perSite: 3 });
    const accounts = Array.from({ length: 10 }, (_, at) => whoAt(sink, `account-${at}`));
    await Promise.all(accounts.map((who) => pool.send(who, mail(who.accountId), signal)));
    for (const who of accounts) await pool.send(who, mail(who.accountId), signal);
    assert.deepEqual([sink.mails.length, counts.most], [20, 3]);
    assert.ok(pool.size() <= 3);
    await pool.close();
    await until(() => counts.now === 0, 'all are closed');
    await sink.close();
  });

  it('give their place back when they fail, and to nobody who has gone away meanwhile', async () => {
    const sink = await startSmtpSink();
    const { pool, counts } = counted({ perSite: 1 });
    const undo = sink.at('data', () => 'silence');
    const stop = new AbortController();
    const holds = pool.send(whoAt(sink, 'a'), mail('a'), stop.signal);
    await sink.reached('data');
    const left = new AbortController();
    const gone = pool.send(whoAt(sink, 'b'), mail('b'), left.signal);
    const waits = pool.send(whoAt(sink, 'c'), mail('c'), signal);
    left.abort(new Error('gone'));
    await assert.rejects(gone, /gone/);
    undo();
    stop.abort(new Error('stopped'));
    await assert.rejects(holds, /stopped/);
    await waits;
    assert.deepEqual([sink.mails.length, counts.most], [1, 1]);
    await pool.close();
    await sink.close();
  });

  it('carry so many mails and no more', async () => {
    const sink = await startSmtpSink();
    const { pool, counts } = counted({ mailsEach: 3 });
    for (let no = 0; no < 7; no++) await pool.send(whoAt(sink, 'a'), mail(`mail-${no}`), signal);
    assert.deepEqual([counts.opened, sink.mails.length], [3, 7]);
    await pool.close();
    await sink.close();
  });
});
