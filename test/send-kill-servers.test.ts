import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import type { Send, SendState } from '../src/db/tables.ts';
import { startExim } from './support/exim.ts';
import { eximMissing } from './support/exim-programs.ts';
import type { MailUser } from './support/mail-user.ts';
import type { SendingProcessOptions } from './support/sending-process.ts';
import { isOver, openSendingProcesses } from './support/sending-processes.ts';
import { type Servers, useServers } from './support/servers.ts';
import { openSmtpTap, type SmtpTap, type TapPhase } from './support/smtp-tap.ts';

/** A server that takes logins in clear, so that a tap can see how far a mail has come. */
type World = { port: number; addUser(): Promise<MailUser> };

const servers: { name: string; missing: string | false; start(used: Servers): Promise<World> }[] = [
  { name: 'Postfix', missing: false, start: postfix },
  { name: 'Exim', missing: await eximMissing(), start: exim },
];

async function postfix(used: Servers): Promise<World> {
  const server = await used.ownMailServer({
    postfixExtra: 'smtpd_tls_auth_only = no\nsmtpd_tls_security_level = none\nsmtpd_sasl_auth_enable = yes\n',
  });
  return { port: server.ports.smtp, addUser: () => server.addUser({ password: 'secret' }) };
}

async function exim({ dir, authority, mailServer }: Servers): Promise<World> {
  const server = await startExim({ dir, authority, lmtpPort: mailServer.ports.lmtp, loginInClear: true });
  return {
    port: server.ports.smtp,
    async addUser() {
      const user = await mailServer.addUser({ password: 'secret' });
      await server.allow(user);
      return user;
    },
  };
}

type Case = {
  when: string;
  /** Where the line stands still when the process is killed, or the moment at which it kills itself. */
  phase?: TapPhase;
  dieAt?: NonNullable<SendingProcessOptions['dieAt']>;
  /** What the process leaves behind, what becomes of it, and how many copies its recipient has in the end. */
  left: SendState;
  becomes: SendState;
  copies: number;
};

const sent = { becomes: 'accepted', copies: 1 } as const;
const cases: Case[] = [
  { when: 'before it is greeted', phase: 'greeting', left: 'connecting', ...sent },
  { when: 'within the envelope', phase: 'envelope', left: 'connecting', ...sent },
  { when: 'within the body', phase: 'body', left: 'connecting', ...sent },
  { when: 'between mark and final dot', dieAt: 'marked', left: 'data-sent', becomes: 'in-doubt', copies: 0 },
  { when: 'between final dot and answer', phase: 'end', left: 'data-sent', becomes: 'in-doubt', copies: 1 },
  { when: 'before the answer is stored', dieAt: 'answered', left: 'data-sent', becomes: 'in-doubt', copies: 1 },
  { when: 'after the answer is stored', left: 'accepted', ...sent },
];

/** Asked of the server, without reading the mails: one of them is large. */
async function copiesOf(user: MailUser, send: Send) {
  const session = await user.session();
  await session.command('EXAMINE INBOX');
  const [found] = await session.command(`SEARCH HEADER Message-ID "${send.messageIdHeader}"`);
  session.close();
  return found!.text.match(/\d+/g)?.length ?? 0;
}

async function untilArrived(user: MailUser, send: Send) {
  for (const end = Date.now() + 20_000; (await copiesOf(user, send)) === 0; await delay(200)) {
    assert.ok(Date.now() < end, 'the mail did not arrive');
  }
}

// Side by side: most of the time goes into waiting for the dead to be known as dead.
describe('kill -9 while a real server takes a mail', { concurrency: true }, () => {
  for (const { name, missing, start } of servers) {
    describe(name, { skip: missing, concurrency: false }, () => {
      let processes: Awaited<ReturnType<typeof openSendingProcesses>>;
      type Mailbox = Awaited<ReturnType<(typeof processes)['mailbox']>>;
      const taps: SmtpTap[] = [];
      const found = new Map<Case, { mailbox: Mailbox; bo: MailUser; send: Send; behind: Send; left: SendState }>();
      before(async () => {
        const world = await start(await useServers());
        processes = await openSendingProcesses();
        for (const one of cases) {
          const [kim, bo] = await Promise.all([world.addUser(), world.addUser()]);
          const tap = await openSmtpTap({ to: world.port });
          taps.push(tap);
          const at = { host: 'localhost', port: tap.port, security: 'none', username: kim.address } as const;
          const mailbox = await processes.mailbox(at, kim.address);
          const send = await mailbox.order('one', { large: one.phase === 'body', to: bo.address });
          const held = one.phase && tap.holdAt(one.phase);
          const victim = await processes.start({ concurrency: 1, ...(one.dieAt && { dieAt: one.dieAt }) });
          await held?.reached;
          if (one.left === 'accepted') await mailbox.until(send, 'accepted');
          if (one.phase === 'end') await untilArrived(bo, send);
          await delay(100); // whatever could still happen has happened
          if (!one.dieAt) victim.kill('SIGKILL');
          await isOver(victim);
          const behind = await mailbox.order('two', { to: bo.address });
          found.set(one, { mailbox, bo, send, behind, left: await mailbox.state(send) });
          held?.undo();
        }
        await processes.start({ recovers: true });
      });
      after(async () => {
        await processes?.close();
        for (const tap of taps) await tap.close();
      });

      for (const one of cases) {
        const what = one.becomes === 'in-doubt' ? 'in doubt, and not sent again' : 'sent once';
        it(`${one.when}: ${what}; its recipient has it ${['not at all', 'once'][one.copies]}`, async () => {
          const { mailbox, bo, send, behind, left } = found.get(one)!;
          assert.equal(left, one.left);
          await mailbox.until(send, one.becomes);
          await mailbox.until(behind, 'accepted');
          if (one.copies > 0) await untilArrived(bo, send);
          await untilArrived(bo, behind); // what went out before it has arrived as well
          assert.deepEqual([await copiesOf(bo, send), await copiesOf(bo, behind)], [one.copies, 1]);
          assert.deepEqual(await mailbox.told(send), [one.becomes === 'accepted' ? 'send.sent' : 'send.in_doubt']);
        });
      }
    });
  }
});
