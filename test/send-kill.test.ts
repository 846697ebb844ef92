import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { after, before, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import type { Send, SendState } from '../src/db/tables.ts';
import type { SendingProcessOptions } from './support/sending-process.ts';
import { isOver, openSendingProcesses } from './support/sending-processes.ts';
import { type SinkPhase, type SmtpSink, startSmtpSink } from './support/smtp-sink.ts';

type Stage = Awaited<ReturnType<typeof openStage>>;
type Mailbox = Awaited<ReturnType<Stage['mailbox']>>;

/** A database, processes that send from it, and mailboxes each at a counting server of its own. */
async function openStage() {
  const processes = await openSendingProcesses();
  const sinks: SmtpSink[] = [];
  return {
    start: processes.start,
    async mailbox() {
      const sink = await startSmtpSink();
      sinks.push(sink);
      const mailbox = await processes.mailbox({
        host: 'localhost',
        port: sink.port,
        security: 'none',
        username: 'kim',
      });
      /** How many times its final dot came to the server. */
      const endsOf = (send: Send) => sink.ends.filter(({ messageId }) => messageId === send.messageIdHeader).length;
      return { ...mailbox, sink, endsOf };
    },
    async close() {
      await processes.close();
      for (const sink of sinks) await sink.close();
    },
  };
}

/** The server takes what comes and says nothing more, from this phase on. */
const stuckAt = ({ sink }: Mailbox, phase: SinkPhase) => {
  const held: (() => void)[] = [];
  const undo = sink.at(phase, ({ socket }) => {
    socket.pause();
    held.push(() => socket.resume());
    return 'silence';
  });
  return { reached: sink.reached(phase), undo, resume: () => held.forEach((go) => void go()) };
};

type Case = {
  when: string;
  phase?: SinkPhase;
  dieAt?: NonNullable<SendingProcessOptions['dieAt']>;
  /** What the process leaves behind, what becomes of it, and how many final dots came to the server. */
  left: SendState;
  becomes: SendState;
  ends: number;
  told: string[];
};

// Side by side: most of the time goes into waiting for the dead to be known as dead.
describe('a send that is interrupted', { concurrency: true }, () => {
  describe('kill -9 while a mail is sent', { concurrency: false }, () => {
    const sent = { becomes: 'accepted' as const, ends: 1, told: ['send.sent'] };
    const doubt = { becomes: 'in-doubt' as const, told: ['send.in_doubt'] };
    const cases: Case[] = [
      { when: 'while it connects', phase: 'greeting', left: 'connecting', ...sent },
      { when: 'within the envelope', phase: 'data', left: 'connecting', ...sent },
      { when: 'within the body', phase: 'body', left: 'connecting', ...sent },
      { when: 'between mark and final dot', dieAt: 'marked', left: 'data-sent', ...doubt, ends: 0 },
      { when: 'between final dot and answer', phase: 'end', left: 'data-sent', ...doubt, ends: 1 },
      { when: 'before the answer is stored', dieAt: 'answered', left: 'data-sent', ...doubt, ends: 1 },
      { when: 'after the answer is stored', left: 'accepted', ...sent },
    ];
    const found = new Map<Case, { mailbox: Mailbox; send: Send; behind: Send; left: SendState }>();
    let stage: Stage;
    before(async () => {
      stage = await openStage();
      for (const one of cases) {
        const mailbox = await stage.mailbox();
        const send = await mailbox.order('one', { large: one.phase === 'body' });
        const stuck = one.phase && stuckAt(mailbox, one.phase);
        const victim = await stage.start({ concurrency: 1, ...(one.dieAt && { dieAt: one.dieAt }) });
        await stuck?.reached;
        if (one.left === 'accepted') await mailbox.until(send, 'accepted');
        await delay(100); // whatever could still happen has happened
        if (!one.dieAt) victim.kill('SIGKILL');
        await isOver(victim);
        const behind = await mailbox.order('two');
        found.set(one, { mailbox, send, behind, left: await mailbox.state(send) });
        stuck?.undo();
        // Until the dead are known to be dead, nobody else may take their mails.
        assert.equal(await mailbox.state(behind), 'queued');
      }
      await stage.start({ recovers: true });
    });
    after(() => stage.close());

    for (const one of cases) {
      const what = one.becomes === 'in-doubt' ? 'in doubt, and not sent again' : 'sent once';
      it(`${one.when}: ${what}`, async () => {
        const { mailbox, send, behind, left } = found.get(one)!;
        assert.equal(left, one.left);
        await mailbox.until(send, one.becomes);
        await mailbox.until(behind, 'accepted');
        assert.deepEqual([mailbox.endsOf(send), mailbox.endsOf(behind)], [one.ends, 1]);
        assert.deepEqual(await mailbox.told(send), one.told);
      });
    }
  });

  describe('an orderly stop while a mail is sent', { concurrency: false }, () => {
    let stage: Stage;
    before(async () => {
      stage = await openStage();
    });
    after(() => stage.close());

    for (const phase of ['greeting', 'data', 'body'] as const) {
      it(`gives the mail back before its end (${phase})`, async () => {
        const mailbox = await stage.mailbox();
        const send = await mailbox.order('one', { large: phase === 'body' });
        const stuck = stuckAt(mailbox, phase);
        const stopped = await stage.start();
        await stuck.reached;
        stopped.kill('SIGTERM');
        await isOver(stopped);
        assert.equal(await mailbox.state(send), 'queued');
        stuck.undo();
        const next = await stage.start();
        await mailbox.until(send, 'accepted');
        assert.equal(mailbox.endsOf(send), 1);
        next.kill('SIGKILL');
      });
    }

    it('waits for the answer after its end', async () => {
      const mailbox = await stage.mailbox();
      mailbox.sink.at('end', () => delay(1_000, undefined));
      const reached = mailbox.sink.reached('end');
      const send = await mailbox.order('one');
      const stopped = await stage.start();
      await reached;
      stopped.kill('SIGTERM');
      await isOver(stopped);
      assert.equal(await mailbox.state(send), 'accepted');
      assert.equal(mailbox.endsOf(send), 1);
    });
  });

  describe('a process that was frozen while it sent', { concurrency: false }, () => {
    let stage: Stage;
    const frozen = {} as Record<'body' | 'marked' | 'answered', { mailbox: Mailbox; send: Send }>;
    before(async () => {
      stage = await openStage();
      const sleepers: ChildProcess[] = [];

      const body = await stage.mailbox();
      frozen.body = { mailbox: body, send: await body.order('one', { large: true }) };
      const stuck = stuckAt(body, 'body');
      const first = await stage.start({ concurrency: 1 });
      await stuck.reached;
      first.kill('SIGSTOP');
      stuck.undo();
      sleepers.push(first);

      const marked = await stage.mailbox();
      frozen.marked = { mailbox: marked, send: await marked.order('one') };
      sleepers.push(await stage.start({ concurrency: 1, dieAt: 'marked', dieBy: 'SIGSTOP' }));
      await marked.until(frozen.marked.send, 'data-sent');

      const answered = await stage.mailbox();
      frozen.answered = { mailbox: answered, send: await answered.order('one') };
      const reached = answered.sink.reached('end');
      answered.sink.at('end', () => {
        third?.kill('SIGSTOP');
        return undefined;
      });
      let third: ChildProcess | undefined;
      third = await stage.start({ concurrency: 1 });
      await reached;
      sleepers.push(third);

      await stage.start({ recovers: true });
      await body.until(frozen.body.send, 'accepted'); // by the other one, more than eight seconds later
      await marked.until(frozen.marked.send, 'in-doubt');
      await answered.until(frozen.answered.send, 'in-doubt');
      for (const sleeper of sleepers) sleeper.kill('SIGCONT');
      stuck.resume();
      await delay(3_000); // they have had their chance
    });
    after(() => stage.close());

    it('sends no end when it wakes, after another one has sent the mail', async () => {
      const { mailbox, send } = frozen.body;
      assert.equal(mailbox.endsOf(send), 1);
      assert.deepEqual(await mailbox.told(send), ['send.sent']);
    });

    it('sends no end when it wakes between mark and end: the mail stays in doubt', async () => {
      const { mailbox, send } = frozen.marked;
      assert.equal(mailbox.endsOf(send), 0);
      assert.deepEqual(await mailbox.told(send), ['send.in_doubt']);
    });

    it('settles the doubt with the answer that came while it slept', async () => {
      const { mailbox, send } = frozen.answered;
      await mailbox.until(send, 'accepted');
      assert.equal(mailbox.endsOf(send), 1);
      assert.deepEqual(await mailbox.told(send), ['send.in_doubt', 'send.sent']);
    });

    it('goes on with what comes next', async () => {
      for (const { mailbox } of Object.values(frozen)) {
        const next = await mailbox.order('next');
        await mailbox.until(next, 'accepted');
        assert.equal(mailbox.endsOf(next), 1);
      }
    });
  });
});
