import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUIDv7 } from 'node:crypto';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { openDatabase } from '../src/db/database.ts';
import { accounts } from '../src/db/tables.ts';
import { sendPayload } from '../src/queues/orders.ts';
import { acceptSend } from '../src/sending/accept.ts';
import type { TestDatabase } from './support/databases.ts';
import { keep } from './support/keeper.ts';
import type { SendingProcessOptions } from './support/sending-process.ts';
import { freshName, useServers } from './support/servers.ts';
import { type SinkPhase, startSmtpSink } from './support/smtp-sink.ts';

const program = fileURLToPath(new URL('support/sending-process.ts', import.meta.url));
const silent = { warn: () => {} };

/** One account on one sink with a database of its own, so that the phases are tested beside each other. */
async function stage() {
  const servers = await useServers();
  const testDatabase: TestDatabase = await servers.freshDatabase();
  const database = openDatabase({ url: testDatabase.url, poolSize: 2, log: silent });
  const sink = await startSmtpSink();
  const children = new Set<ChildProcess>();
  const who = { tenantId: 'acme', userId: freshName('user') };
  const accountId = randomUUIDv7();
  const smtp = { host: 'localhost', port: sink.port, security: 'none', username: 'kim' } as const;
  await database.db
    .insert(accounts)
    .values({ id: accountId, ...who, email: 'kim@postbud.test', state: 'connected', smtp, smtpSecret: 'sealed' });
  const ledger = { db: database.db, wake: () => {}, changed: () => {} };
  const { sql } = testDatabase;

  const stop = async () => {
    for (const child of children) child.kill('SIGKILL');
    await sink.close();
    await database.close();
    await testDatabase.drop();
  };
  const state = async (sendId: string) => {
    const [row] = await sql`select state, attempt, copy from sends where id = ${sendId}`;
    return row as { state: string; attempt: number; copy: string };
  };
  return {
    sink,
    sql,
    stop,
    state,
    /** Put a mail into the ledger. A large one is larger than all buffers between two processes. */
    async order(idempotencyKey: string, { large = false } = {}) {
      const to = [{ address: 'bo@example.com' }];
      const text = 'Good morning.';
      const accepted = await acceptSend(ledger, sendPayload.parse({ ...who, idempotencyKey, to, text }));
      const { id } = accepted.send!;
      if (large) {
        await sql`update sends set content = jsonb_set(content, '{text}', to_jsonb(repeat('words and words ', 1500000)))
          where id = ${id}`;
      }
      return id;
    },
    /** Start a process that sends. */
    async start(options: Omit<SendingProcessOptions, 'databaseUrl'> = {}) {
      const settings = JSON.stringify({ ...options, databaseUrl: testDatabase.url });
      const child = spawn(process.execPath, [program, settings], {
        stdio: ['ignore', 'pipe', 'inherit'],
        detached: true,
      });
      keep({ group: child.pid as number, signal: 'SIGKILL' });
      children.add(child);
      const said: string[] = [];
      const lines = createInterface({ input: child.stdout! });
      lines.on('line', (line) => said.push(line));
      if (process.env.SHOW) lines.on('line', (line) => console.log(line));
      await once(lines, 'line');
      return Object.assign(child, { said });
    },
    async until(sendId: string, wanted: string, timeoutMs = 40_000) {
      let seen: string | undefined;
      for (const end = Date.now() + timeoutMs; Date.now() < end && seen !== wanted; await delay(50)) {
        seen = (await state(sendId)).state;
      }
      assert.equal(seen, wanted);
    },
    async events() {
      const rows = await sql`select type, user_seq, data->>'sendId' as send from events order by user_seq`;
      assert.deepEqual(
        rows.map((row) => Number(row.user_seq)),
        rows.map((_, index) => index + 1),
        'a gap in userseq',
      );
      return rows as unknown as { type: string; send: string }[];
    },
    ends: () => sink.ends.map(({ messageId }) => messageId),
  };
}

const dead = (child: ChildProcess) => (child.exitCode ?? child.signalCode) !== null || once(child, 'exit');

describe('kill -9 while a mail is sent', { concurrency: true }, () => {
  const killed = (
    name: string,
    how: {
      phase?: SinkPhase;
      dieAt?: SendingProcessOptions['dieAt'];
      large?: boolean;
      /** What the first process leaves behind, how it ends, and how often its end may have come to the server. */
      left: string;
      becomes: 'accepted' | 'in-doubt';
      ends: number;
    },
  ) =>
    it(name, async () => {
      const { sink, stop, order, start, state, until, events, ends, sql } = await stage();
      try {
        const undo = how.phase
          ? sink.at(how.phase, ({ socket }) => {
              socket.pause();
              return 'silence';
            })
          : () => {};
        const came = how.phase ? sink.reached(how.phase) : undefined;
        const sendId = await order('one', { large: how.large ?? false });
        const first = await start(how.dieAt ? { dieAt: how.dieAt } : {});
        if (came) {
          await came;
          await delay(100); // so that whatever could still happen has happened
          first.kill('SIGKILL');
        }
        await dead(first);
        assert.equal((await state(sendId)).state, how.left);
        undo();
        // A mail that is ordered now goes out whatever became of the first one.
        const nextId = await order('two');
        await start({ recovers: true });
        await until(sendId, how.becomes);
        await until(nextId, 'accepted');
        const [row] = await sql`select message_id_header as id from sends where id = ${sendId}`;
        assert.equal(ends().filter((id) => id === row!.id).length, how.ends);
        assert.equal(sink.mails.filter(({ messageId }) => messageId === row!.id).length <= 1, true);
        const told = (await events()).filter(({ send }) => send === sendId).map(({ type }) => type);
        assert.deepEqual(told, [how.becomes === 'accepted' ? 'send.sent' : 'send.in_doubt']);
      } finally {
        await stop();
      }
    });

  killed('while it connects: the mail is sent by another process', {
    phase: 'greeting',
    left: 'connecting',
    becomes: 'accepted',
    ends: 1,
  });
  killed('after the envelope: sent by another process', {
    phase: 'data',
    left: 'connecting',
    becomes: 'accepted',
    ends: 1,
  });
  killed('within the body: sent by another process', {
    phase: 'body',
    large: true,
    left: 'connecting',
    becomes: 'accepted',
    ends: 1,
  });
  killed('after the mark, before the final dot: in doubt, and not sent again', {
    dieAt: 'marked',
    left: 'data-sent',
    becomes: 'in-doubt',
    ends: 0,
  });
  killed('after the final dot, before the answer: in doubt, and not sent again', {
    phase: 'end',
    left: 'data-sent',
    becomes: 'in-doubt',
    ends: 1,
  });
  killed('after the answer, before it is stored: in doubt, and not sent again', {
    dieAt: 'answered',
    left: 'data-sent',
    becomes: 'in-doubt',
    ends: 1,
  });

  it('before its turn: the mail is sent by another process', async () => {
    const { sink, stop, order, start, state, until, events, ends } = await stage();
    try {
      const undo = sink.at('data', () => 'silence');
      const came = sink.reached('data');
      const first = await start();
      const ahead = await order('ahead');
      const behind = await order('behind');
      await came;
      first.kill('SIGKILL');
      await dead(first);
      assert.deepEqual([(await state(ahead)).state, (await state(behind)).state], ['connecting', 'queued']);
      undo();
      await start({ recovers: true });
      await until(ahead, 'accepted');
      await until(behind, 'accepted');
      assert.equal(ends().length, 2);
      assert.deepEqual(
        (await events()).map(({ type }) => type),
        ['send.sent', 'send.sent'],
      );
    } finally {
      await stop();
    }
  });

  it('after the outcome is stored: nothing happens again', async () => {
    const { stop, order, start, until, events, ends } = await stage();
    try {
      const first = await start();
      const sendId = await order('one');
      await until(sendId, 'accepted');
      first.kill('SIGKILL');
      await dead(first);
      await start({ recovers: true });
      await until(await order('two'), 'accepted');
      assert.equal(ends().length, 2);
      assert.equal((await events()).length, 2);
    } finally {
      await stop();
    }
  });
});

describe('an orderly stop while a mail is sent', { concurrency: true }, () => {
  for (const phase of ['greeting', 'data', 'body'] as const) {
    it(`gives the mail back before its end (${phase})`, async () => {
      const { sink, stop, order, start, state, until, ends } = await stage();
      try {
        const undo = sink.at(phase, ({ socket }) => {
          socket.pause();
          return 'silence';
        });
        const came = sink.reached(phase);
        const sendId = await order('one', { large: phase === 'body' });
        const first = await start();
        await came;
        first.kill('SIGTERM');
        await dead(first);
        assert.equal((await state(sendId)).state, 'queued');
        undo();
        await start();
        await until(sendId, 'accepted');
        assert.equal(ends().length, 1);
      } finally {
        await stop();
      }
    });
  }

  it('waits for the answer after its end', async () => {
    const { sink, stop, order, start, state, ends } = await stage();
    try {
      sink.at('end', async () => {
        await delay(1_000);
        return undefined;
      });
      const came = sink.reached('end');
      const first = await start();
      const sendId = await order('one');
      await came;
      first.kill('SIGTERM');
      await dead(first);
      assert.equal((await state(sendId)).state, 'accepted');
      assert.equal(ends().length, 1);
    } finally {
      await stop();
    }
  });
});

describe('a process that was frozen while it sent', { concurrency: true }, () => {
  it('sends no end when it wakes: another one has sent the mail', async () => {
    const { sink, stop, order, start, until, events, ends } = await stage();
    try {
      const held: (() => void)[] = [];
      const undo = sink.at('body', ({ socket }) => {
        socket.pause();
        held.push(() => socket.resume());
        return 'silence';
      });
      const came = sink.reached('body');
      const sendId = await order('one', { large: true });
      const frozen = await start({ recovers: true });
      await came;
      undo();
      await start({ recovers: true });
      frozen.kill('SIGSTOP');
      await until(sendId, 'accepted'); // by the other one, more than eight seconds later
      frozen.kill('SIGCONT');
      for (const resume of held) resume();
      await delay(3_000);
      assert.equal(ends().length, 1);
      assert.deepEqual(
        (await events()).map(({ type }) => type),
        ['send.sent'],
      );
      // It has lost nothing but that mail.
      await until(await order('two'), 'accepted');
    } finally {
      await stop();
    }
  });

  it('sends no end when it wakes between mark and end: the mail is in doubt', async () => {
    const { stop, order, start, state, until, events, ends } = await stage();
    try {
      const frozen = await start({ dieAt: 'marked', dieBy: 'SIGSTOP', recovers: true });
      const sendId = await order('one');
      await until(sendId, 'data-sent');
      await start({ recovers: true });
      await until(sendId, 'in-doubt');
      frozen.kill('SIGCONT');
      await delay(3_000);
      assert.equal(ends().length, 0);
      assert.equal((await state(sendId)).state, 'in-doubt');
      assert.deepEqual(
        (await events()).map(({ type }) => type),
        ['send.in_doubt'],
      );
    } finally {
      await stop();
    }
  });

  it('settles the doubt with the answer that came while it was frozen', async () => {
    const { sink, stop, order, start, until, events, ends } = await stage();
    try {
      const frozen = await start();
      sink.at('end', () => {
        frozen.kill('SIGSTOP');
        return undefined;
      });
      const sendId = await order('one');
      await sink.reached('end');
      await start({ recovers: true });
      await until(sendId, 'in-doubt');
      frozen.kill('SIGCONT');
      await until(sendId, 'accepted');
      assert.equal(ends().length, 1);
      assert.deepEqual(
        (await events()).map(({ type }) => type),
        ['send.in_doubt', 'send.sent'],
      );
    } finally {
      await stop();
    }
  });
});
