import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import type { Server } from '../src/words.ts';
import { startExim } from './support/exim.ts';
import { eximMissing } from './support/exim-programs.ts';
import type { MailServer } from './support/mail-server.ts';
import type { MailUser } from './support/mail-user.ts';
import { openSendingStage, type SendingStage } from './support/sending-stage.ts';
import { type Servers, useServers } from './support/servers.ts';

const sizeLimit = 200_000;

/** A submission server, and people who may send there and have a mailbox behind it. */
type World = { addUser(): Promise<MailUser>; at(user: MailUser, security: 'tls' | 'starttls'): Server };
type Settings = { smtputf8: boolean };

/** The same sentences hold for each server. */
const servers: { name: string; missing: string | false; start(used: Servers, settings: Settings): Promise<World> }[] = [
  { name: 'Postfix', missing: false, start: (used, settings) => postfix(used, settings) },
  { name: 'Exim', missing: await eximMissing(), start: (used, settings) => exim(used, settings) },
];

async function postfix(used: Servers, { smtputf8 }: Settings): Promise<World> {
  const server: MailServer = await used.ownMailServer({
    postfixExtra: `smtputf8_enable = ${smtputf8 ? 'yes' : 'no'}\nmessage_size_limit = ${sizeLimit}\n`,
  });
  return { addUser: server.addUser, at: (user, security) => (security === 'tls' ? user.smtp : user.smtpStarttls) };
}

async function exim({ dir, authority, mailServer }: Servers, { smtputf8 }: Settings): Promise<World> {
  const server = await startExim({
    dir,
    authority,
    lmtpPort: mailServer.ports.lmtp,
    smtputf8,
    messageSizeLimit: sizeLimit,
  });
  return {
    async addUser() {
      const user = await mailServer.addUser();
      await server.allow(user);
      return user;
    },
    at: ({ address: username }, security) => ({
      host: 'localhost',
      port: security === 'tls' ? server.ports.smtps : server.ports.submission,
      security,
      username,
    }),
  };
}

const to = (...addresses: string[]) => addresses.map((address) => ({ address }));

async function arrived(user: MailUser, messageId: string) {
  for (const until = Date.now() + 15_000; Date.now() < until; await delay(50)) {
    const found = (await user.messages()).filter(({ raw }) => raw.includes(messageId));
    if (found.length > 0) return found;
  }
  return assert.fail('the mail did not arrive');
}

async function untilTold(mailbox: Awaited<ReturnType<SendingStage['mailbox']>>, count: number) {
  for (const until = Date.now() + 15_000; (await mailbox.told()).length < count; await delay(50)) {
    assert.ok(Date.now() < until, 'that event did not come');
  }
}

for (const { name, missing, start } of servers) {
  describe(`sending through ${name}`, { skip: missing }, () => {
    let stage: SendingStage;
    let world: World;
    let inAscii: World;
    before(async () => {
      const used = await useServers();
      [world, inAscii, stage] = await Promise.all([
        start(used, { smtputf8: true }),
        start(used, { smtputf8: false }),
        openSendingStage(),
      ]);
    });
    after(() => stage?.close());

    /** Kim's mailbox, and Bo's beside it. */
    async function people(where = world, { security = 'tls' as 'tls' | 'starttls', smtpSecret = '' } = {}) {
      const [kim, bo] = await Promise.all([where.addUser(), where.addUser()]);
      const server = where.at(kim, security);
      const secret = smtpSecret || kim.password;
      return { bo, mailbox: await stage.mailbox({ email: kim.address, smtpSecret: secret, server }) };
    }

    for (const security of ['tls', 'starttls'] as const) {
      it(`brings mails to their recipients over ${security === 'tls' ? 'TLS' : 'STARTTLS'}, each once`, async () => {
        const { bo, mailbox } = await people(world, { security });
        const mails = [];
        for (const key of ['one', 'two', 'three']) mails.push(await mailbox.send(key, { to: to(bo.address) }));
        for (const { id, messageIdHeader } of mails) {
          await mailbox.until(id, 'accepted');
          assert.equal((await arrived(bo, messageIdHeader)).length, 1);
        }
        const told = await mailbox.told();
        assert.deepEqual(
          told.map(({ type }) => type),
          ['send.sent', 'send.sent', 'send.sent'],
        );
      });
    }

    it('loses nobody else by a recipient that is refused, and names that one with the words of the server', async () => {
      const { bo, mailbox } = await people();
      const { id, messageIdHeader } = await mailbox.send('some', { to: to('no-such-user@postbud.test', bo.address) });
      await mailbox.until(id, 'accepted');
      await arrived(bo, messageIdHeader);
      const [sent] = await mailbox.told();
      assert.deepEqual(
        sent!.data.rejectedRecipients.map(({ address }: { address: string }) => address),
        ['no-such-user@postbud.test'],
      );
      assert.match(sent!.data.rejectedRecipients[0].response, /does not exist/);
    });

    it('fails a mail whose only recipient is refused', async () => {
      const { mailbox } = await people();
      const { id } = await mailbox.send('nobody', { to: to('no-such-user@postbud.test') });
      await mailbox.until(id, 'failed');
      const { refusal } = await mailbox.read(id);
      assert.deepEqual([refusal!.reason, refusal!.permanent], ['send.recipient_rejected', true]);
      assert.match(refusal!.response, /5\.1\.1 .*does not exist/);
    });

    it('does not begin a mail that is larger than the server takes', async () => {
      const { mailbox } = await people();
      const { id } = await mailbox.send('large', { text: 'large\n'.repeat(sizeLimit / 5) });
      await mailbox.until(id, 'failed');
      const { refusal, dataSentAt } = await mailbox.read(id);
      assert.deepEqual([refusal!.reason, refusal!.permanent, dataSentAt], ['send.message_too_large', true, null]);
    });

    it('waits where the server asks it to come back, while the others have the mail', async () => {
      const { bo, mailbox } = await people();
      const { id, messageIdHeader } = await mailbox.send('grey', { to: to(bo.address, 'try-later@postbud.test') });
      await arrived(bo, messageIdHeader);
      await untilTold(mailbox, 1);
      const [deferred] = await mailbox.told();
      assert.equal(deferred!.type, 'send.deferred');
      assert.deepEqual(deferred!.data.recipients, ['try-later@postbud.test']);
      assert.match(deferred!.data.response, /Greylisting/);
      assert.ok(Date.parse(deferred!.data.nextTryAt) > Date.now());
      // The next try is for the one that waits, alone.
      await mailbox.due(id);
      await untilTold(mailbox, 2);
      assert.equal((await arrived(bo, messageIdHeader)).length, 1);
    });

    it('keeps a mail whose login is refused, and tells its owner in the words of the server', async () => {
      const { bo, mailbox } = await people(world, { smtpSecret: 'wrong' });
      const { id } = await mailbox.send('closed', { to: to(bo.address) });
      await untilTold(mailbox, 1);
      const [told] = await mailbox.told();
      assert.deepEqual([told!.type, told!.data.permanent], ['account.auth_failed', true]);
      assert.match(told!.data.reason, /^auth\./);
      assert.match(told!.data.response, /^535 /);
      assert.equal((await mailbox.read(id)).state, 'queued');
    });

    it('does not take a mail in the name of somebody else', async () => {
      const [kim, bo] = await Promise.all([world.addUser(), world.addUser()]);
      const mailbox = await stage.mailbox({
        email: bo.address,
        smtpSecret: kim.password,
        server: world.at(kim, 'tls'),
      });
      const { id } = await mailbox.send('forged', { to: to(bo.address) });
      await mailbox.until(id, 'failed');
      assert.equal((await mailbox.read(id)).refusal!.reason, 'send.sender_rejected');
    });

    it('writes to international addresses as they are where SMTPUTF8 is offered', async () => {
      const { mailbox } = await people();
      const { id } = await mailbox.send('utf8', { to: to('grøn@outside.test', 'rød@kørsel.dk') });
      await mailbox.until(id, 'accepted');
      assert.deepEqual((await mailbox.read(id)).rejected, []);
    });

    it('refuses them by name where it is not, and the others have the mail', async () => {
      const { bo, mailbox } = await people(inAscii);
      const { id, messageIdHeader } = await mailbox.send('ascii', { to: to('grøn@postbud.test', bo.address) });
      await mailbox.until(id, 'accepted');
      const { rejected } = await mailbox.read(id);
      assert.deepEqual(
        rejected.map(({ address }) => address),
        ['grøn@postbud.test'],
      );
      const [mail] = await arrived(bo, messageIdHeader);
      assert.doesNotMatch(mail!.raw, /[^\x00-\x7f]/);
    });
  });
}
