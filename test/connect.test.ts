import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
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

describe('connecting a mailbox', () => {
  it('answers with the account, and tells of it in order', async () => {
    const ada = await servers.mailServer.addUser();
    const userId = freshName('user');
    const job = await crm.add('connect-account', await crm.connectPayload(ada, { userId }));
    const { outcome, accountId } = await job.result();
    assert.equal(outcome, 'connected');
    const completed = await crm.events.next(
      (event) => event.type.endsWith('sync_completed') && event.userid === userId,
    );
    const mine = crm.events.all.filter((event) => event.userid === userId);
    assert.deepEqual(
      mine.map(({ userseq, type, subject }) => [userseq, type, subject]),
      [
        [1, 'postbud.account.connected', accountId],
        [2, 'postbud.mailbox.sync_completed', accountId],
      ],
    );
    assert.equal(completed.tenantid, crm.tenantId);
    const { data } = mine[0]!;
    assert.equal(data.email, ada.address);
    assert.deepEqual(data.imap, { host: 'localhost', port: ada.imap.port, security: 'tls' });
    assert.equal((await crm.account(userId)).state, 'connected');
  });

  it('works over STARTTLS as well', async () => {
    const ada = await servers.mailServer.addUser();
    const payload = { ...(await crm.connectPayload(ada)), imap: ada.imapStarttls, smtp: ada.smtpStarttls };
    assert.equal((await (await crm.add('connect-account', payload)).result()).outcome, 'connected');
  });

  it('refuses a wrong password, says so in the user’s language, and leaves the account waiting', async () => {
    const ada = await servers.mailServer.addUser();
    const userId = freshName('user');
    const payload = { ...(await crm.connectPayload(ada, { userId, password: 'wrong' })), locale: 'da' };
    const result = await (await crm.add('connect-account', payload)).result();
    assert.equal(result.outcome, 'refused');
    assert.equal(result.reason, 'auth.invalid_credentials');
    assert.equal(result.permanent, true);
    assert.equal(result.protocol, 'imap');
    assert.match(result.response, /Authentication failed/);
    assert.match(result.userAction.text, /adgangskode/i);
    const refused = await crm.events.next((event) => event.type.endsWith('account.refused') && event.userid === userId);
    assert.equal(refused.data.reason, 'auth.invalid_credentials');
    assert.equal((await crm.account(userId)).state, 'needs-settings');
  });

  it('names every bad field of an invalid payload, at once, and keeps no secret of it', async () => {
    const payload = { tenantId: 'no spaces', email: 'nobody', credentials: { kind: 'password', passwrod: 'canary-1' } };
    const job = await crm.add('connect-account', payload, { attempts: 5, backoff: 60_000 });
    await assert.rejects(job.result(5_000), (error: Error) => {
      for (const field of ['tenantId', 'userId', 'email']) assert.match(error.message, new RegExp(`${field}: `));
      return true;
    });
    const failed = await crm.queue('connect-account').getJob(job.id);
    assert.doesNotMatch(JSON.stringify(failed), /canary-1/);
    assert.equal(failed?.attemptsMade, 1);
  });

  it('asks for settings when no server is named, and for a password when none is given', async () => {
    const userId = freshName('user');
    const bare = { tenantId: crm.tenantId, userId, email: 'kim@example.test' };
    const unknown = await (await crm.add('connect-account', bare)).result();
    assert.equal(unknown.outcome, 'settings-required');
    assert.equal(unknown.reason, 'discovery.not_found');
    const ada = await servers.mailServer.addUser();
    const named = { ...bare, email: ada.address, imap: ada.imap, smtp: ada.smtp };
    const missing = await (await crm.add('connect-account', named)).result();
    assert.equal(missing.reason, 'auth.password_required');
    assert.equal(missing.accountId, unknown.accountId);
    assert.equal(missing.prefill.imap.host, 'localhost');
  });

  it('holds the rules before set-up: own address, no WebTools, this mail client', async () => {
    const ada = await servers.mailServer.addUser();
    const rules = [
      [{ primaryEmail: 'somebody@else.test' }, 'account.email_mismatch'],
      [{ mailClient: 'webtools' }, 'account.webtools_active'],
      [{ mailClient: 'other' }, 'account.not_preferred_client'],
    ] as const;
    for (const [broken, reason] of rules) {
      const payload = { ...(await crm.connectPayload(ada)), ...broken };
      const result = await (await crm.add('connect-account', payload)).result();
      assert.equal(result.outcome, 'refused');
      assert.equal(result.reason, reason);
    }
    const same = { ...(await crm.connectPayload(ada)), primaryEmail: ada.address.toUpperCase() };
    assert.equal((await (await crm.add('connect-account', same)).result()).outcome, 'connected');
  });

  it('refuses POP3 by name, cleartext, and addresses that are not allowed', async () => {
    const ada = await servers.mailServer.addUser();
    const pop = await scriptedServer({ greeting: '+OK ready' });
    const cases = [
      [{ imap: { ...ada.imap, port: 995 } }, 'protocol.pop3'],
      [{ imap: { ...ada.imapStarttls, port: pop.port } }, 'protocol.pop3'],
      [{ imap: { ...ada.imap, security: 'none' } }, 'tls.required'],
      [{ smtp: { ...ada.smtp, security: 'none' } }, 'tls.required'],
    ] as const;
    for (const [change, reason] of cases) {
      const result = await (
        await crm.add('connect-account', { ...(await crm.connectPayload(ada)), ...change })
      ).result();
      assert.equal(result.reason, reason, JSON.stringify(change));
    }
    const userId = freshName('user');
    const sealed = await crm.seal({ userId, email: ada.address, password: ada.password, hosts: ['10.1.2.3'] });
    const inside = { host: '10.1.2.3', port: 993, security: 'tls', username: ada.address };
    const payload = { ...(await crm.connectPayload(ada, { userId })), credentials: { kind: 'password', sealed } };
    const result = await (await crm.add('connect-account', { ...payload, imap: inside, smtp: inside })).result();
    assert.equal(result.reason, 'network.forbidden');
    await pop.close();
  });

  it('does not try SMTP after IMAP has refused the same secret', async () => {
    const ada = await servers.mailServer.addUser();
    const payload = await crm.connectPayload(ada, { password: 'wrong' });
    const result = await (await crm.add('validate-credentials', payload)).result();
    assert.equal(result.ok, false);
    assert.equal(result.imap.reason, 'auth.invalid_credentials');
    assert.equal(result.smtp.skipped, true);
  });
});

describe('a sealed secret', () => {
  it('is needed: one in clear is refused and cut from the job', async () => {
    const ada = await servers.mailServer.addUser();
    const { credentials: _, ...payload } = await crm.connectPayload(ada);
    const job = await crm.add('connect-account', {
      ...payload,
      credentials: { kind: 'password', password: ada.password },
    });
    assert.equal((await job.result()).reason, 'credentials.not_sealed');
    const kept = await crm.queue('connect-account').getJob(job.id);
    assert.ok(!JSON.stringify(kept).includes(ada.password));
  });

  it('serves for one order', async () => {
    const ada = await servers.mailServer.addUser();
    const payload = await crm.connectPayload(ada);
    assert.equal((await (await crm.add('connect-account', payload)).result()).outcome, 'connected');
    const again = await (await crm.add('connect-account', payload)).result();
    assert.equal(again.reason, 'credentials.seal_invalid');
  });

  it('is taken for its own user and hosts only', async () => {
    const ada = await servers.mailServer.addUser();
    const payload = await crm.connectPayload(ada);
    const other = await (await crm.add('connect-account', { ...payload, userId: freshName('other') })).result();
    assert.equal(other.reason, 'credentials.seal_invalid');
    assert.match(other.response, /another user/);
    const elsewhere = { ...(await crm.connectPayload(ada)), imap: { ...ada.imap, host: '127.0.0.1' } };
    const result = await (await crm.add('connect-account', elsewhere)).result();
    assert.match(result.response, /127\.0\.0\.1 is not in hosts/);
  });
});

describe('validating credentials', () => {
  it('tries both sides, reports them apart, and saves nothing', async () => {
    const ada = await servers.mailServer.addUser();
    const userId = freshName('user');
    const result = await (await crm.add('validate-credentials', await crm.connectPayload(ada, { userId }))).result();
    assert.equal(result.ok, true);
    assert.ok(result.imap.capabilities.includes('IDLE'));
    assert.match(result.smtp.tls, /^TLSv1\.[23]$/);
    const heard = await crm.events.next(
      (event) => event.type.endsWith('credentials.validated') && event.userid === userId,
    );
    assert.equal(heard.subject, undefined);
    assert.equal((await daemon.fetch(`/v1/accounts/${crm.tenantId}/${userId}`)).status, 404);
  });
});
