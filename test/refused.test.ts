import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import postgres from 'postgres';
import { type Certificate, makeCertificate } from './support/certificates.ts';
import { type Crm, startCrm } from './support/crm.ts';
import { type Daemon, startDaemon } from './support/daemon.ts';
import { startSwitch } from './support/dialogues-switch.ts';
import { freshName, type Servers, useServers } from './support/servers.ts';
import { startSmtpSink } from './support/smtp-sink.ts';

let servers: Servers;
let daemon: Daemon;
let crm: Crm;
let certificate: Certificate;
let sql: postgres.Sql;

before(async () => {
  servers = await useServers();
  certificate = await makeCertificate(servers.authority, { dir: servers.dir, name: freshName('refused') });
  daemon = await startDaemon();
  crm = await startCrm(daemon);
  sql = postgres(daemon.env.DATABASE_URL!, { max: 1, onnotice: () => {} });
});
after(async () => {
  await sql?.end();
  await crm?.close();
  await daemon?.stop();
});

/** A mailbox at a real server whose door can be closed, connected and watched. */
async function watched() {
  const ada = await servers.mailServer.addUser();
  const door = await startSwitch({ certificate, to: ada.imap.port });
  after(() => door.close());
  ada.imap = { ...ada.imap, port: door.port };
  const { userId, accountId } = await crm.connect(ada);
  const mine = (type: string) => (event: { userid: string; type: string }) =>
    event.userid === userId && event.type === `postbud.${type}`;
  const who = { tenantId: crm.tenantId, userId };
  return {
    ada,
    door,
    userId,
    next: (type: string) => crm.events.next(mine(type)),
    /** How often the CRM was told this. */
    times: (type: string) => crm.events.of(mine(type)).length,
    account: () => crm.account(userId),
    /** Let the time of the next try come, and wait for the try. */
    async tryAgain() {
      await sql`update accounts set next_try_at = now() where id = ${accountId}`;
      return (await crm.add('watch-mailbox', { accountId })).result();
    },
    order: async (queue: string) => (await crm.add(queue, who)).result(),
  };
}

describe('a watched mailbox whose server refuses', () => {
  it('because it is busy: one event, and back by itself with what came meanwhile', async () => {
    const { ada, door, next, times, account, tryAgain } = await watched();
    const began = Date.now();
    door.refuse('$tag NO [LIMIT] Rate limit hit, try again in 90 seconds');
    const { data } = await next('account.throttled');
    assert.equal(data.reason, 'rate.limited');
    assert.equal(data.permanent, false);
    assert.ok(Date.parse(data.nextTryAt) >= began + 90_000, data.nextTryAt);
    assert.equal((await account()).state, 'throttled');
    for (let tries = 0; tries < 3; tries++) await tryAgain();
    assert.equal(door.refusedLogins, 4);

    await ada.deliver({ subject: 'one' });
    await ada.deliver({ subject: 'two' });
    door.open();
    assert.equal((await tryAgain()).caughtUp, 2);
    const recovered = await next('account.recovered');
    assert.equal(recovered.data.after, 'throttled');
    assert.equal(recovered.data.caughtUp, 2);
    assert.ok(recovered.data.downForMs > 0 && recovered.data.downForMs <= Date.now() - began);
    assert.equal(times('message.received'), 2);
    assert.equal(times('account.throttled'), 1);
    const { state, reason } = await account();
    assert.deepEqual([state, reason], ['connected', null]);
  });

  it('because it blocks the login: one event that says what to do, and back at once on the owner’s word', async () => {
    const { door, next, times, account, tryAgain, order } = await watched();
    door.refuse(
      '* NO [WEBALERT https://evil.example/] Web login required.',
      '$tag NO [ALERT] Please log in via your web browser',
    );
    const { data } = await next('account.login_blocked');
    assert.deepEqual([data.reason, data.permanent, data.protocol], ['login.blocked', true, 'imap']);
    assert.equal(data.userAction.code, 'allow-sign-in');
    assert.ok(!JSON.stringify(data.userAction).includes('evil'), 'a link that is not the provider’s own');
    await tryAgain();
    const blocked = await account();
    assert.equal(blocked.state, 'login-blocked');
    assert.ok(Date.parse(blocked.nextTryAt) > Date.now() + 23 * 3_600_000);
    assert.equal(door.refusedLogins, 2);

    door.open();
    assert.equal((await order('resume-account')).status, 'reconnecting');
    assert.equal((await next('account.recovered')).data.after, 'login-blocked');
    assert.equal(times('account.login_blocked'), 1);
    assert.equal((await account()).state, 'connected');
  });

  it('because the password is another one: known until a login works, whatever else happens', async () => {
    const { ada, door, next, times, account, tryAgain, order } = await watched();
    const { password } = ada;
    await ada.changePassword('another');
    await ada.disconnect();
    const { data } = await next('account.auth_failed');
    assert.deepEqual([data.reason, data.permanent], ['auth.invalid_credentials', true]);
    door.hangUp();
    await tryAgain();
    await tryAgain();
    const away = await account();
    assert.deepEqual([away.state, away.reason], ['auth-failed', 'auth.invalid_credentials']);

    await ada.changePassword(password);
    door.open();
    await ada.deliver({ subject: 'meanwhile' });
    await order('resume-account');
    const recovered = await next('account.recovered');
    assert.deepEqual([recovered.data.after, recovered.data.caughtUp], ['auth-failed', 1]);
    assert.equal(times('account.auth_failed'), 1);
    assert.equal(times('account.unreachable'), 0);
  });

  it('because its owner was disabled there: told once, and back when that is over', async () => {
    const { ada, next, times, account, tryAgain, order } = await watched();
    await ada.disable();
    await ada.disconnect();
    const { data } = await next('account.login_blocked');
    assert.deepEqual([data.reason, data.permanent], ['account.suspended', true], data.response);
    await tryAgain();
    assert.equal((await account()).state, 'login-blocked');
    await ada.enable();
    await order('resume-account');
    assert.equal((await next('account.recovered')).data.after, 'login-blocked');
    assert.equal(times('account.login_blocked'), 1);
  });
});

describe('a watched mailbox whose submission server refuses', () => {
  it('is watched on, says so apart from its state, and sends what waited after the fix', async () => {
    const sink = await startSmtpSink({ tls: { certificate, implicit: true } });
    after(() => sink.close());
    const ada = await servers.mailServer.addUser();
    ada.smtp = { ...ada.smtp, port: sink.port };
    const { userId } = await crm.connect(ada);
    const mine = (type: string) => (event: { userid: string; type: string }) =>
      event.userid === userId && event.type === `postbud.${type}`;
    const send = async (key: string) => {
      const mail = { idempotencyKey: key, to: [{ address: 'bo@postbud.test' }], subject: key, text: 'Hello' };
      return (await crm.add('send-message', { tenantId: crm.tenantId, userId, ...mail })).result();
    };
    assert.equal(sink.logins.length, 1);

    const fix = sink.at('auth', () => '535 5.7.139 Authentication unsuccessful, SmtpClientAuthentication is disabled');
    const waiting = await send('first');
    assert.deepEqual([waiting.status, waiting.reason], ['queued', 'smtp.disabled']);
    const { data } = await crm.events.next(mine('account.login_blocked'));
    assert.deepEqual([data.reason, data.protocol, data.permanent], ['smtp.disabled', 'smtp', true]);
    const account = await crm.account(userId);
    assert.equal(account.state, 'connected');
    assert.equal(account.reason, null);
    assert.deepEqual([account.sending.ok, account.sending.reason], [false, 'smtp.disabled']);
    assert.equal((await send('second')).status, 'queued');
    assert.equal(sink.logins.length, 2, 'one knock at a closed door');

    await ada.deliver({ subject: 'still watched' });
    assert.equal((await crm.events.next(mine('message.received'))).data.subject, 'still watched');

    fix();
    await (await crm.add('resume-account', { tenantId: crm.tenantId, userId })).result();
    await crm.events.count(mine('send.sent'), 2);
    const recovered = await crm.events.next(mine('account.recovered'));
    assert.equal(recovered.data.after, 'login-blocked');
    assert.equal(crm.events.of(mine('account.login_blocked')).length, 1);
    assert.equal((await crm.account(userId)).sending.ok, true);
    assert.equal(sink.mails.length, 2);
  });

  it('with a wrong password, and then is away, is still known to want another password', async () => {
    const sink = await startSmtpSink({ tls: { certificate, implicit: true } });
    after(() => sink.close());
    const ada = await servers.mailServer.addUser();
    ada.smtp = { ...ada.smtp, port: sink.port };
    const { userId, accountId } = await crm.connect(ada);
    sink.at('auth', () => '535 5.7.8 Error: authentication failed');
    const mail = { idempotencyKey: 'one', to: [{ address: 'bo@postbud.test' }], subject: 'one', text: 'Hello' };
    await (await crm.add('send-message', { tenantId: crm.tenantId, userId, ...mail })).result();
    const failed = await crm.events.next((event) => event.userid === userId && event.type.endsWith('auth_failed'));
    assert.equal(failed.data.protocol, 'smtp');
    sink.at('greeting', () => 'hang-up');
    const greeted = sink.reached('greeting');
    await sql`update accounts set sending = sending - 'nextTryAt' where id = ${accountId}`;
    await sql`update sends set next_try_at = now() where account_id = ${accountId}`;
    await greeted;
    for (const deadline = Date.now() + 5_000; ; await delay(20)) {
      const [row] = await sql`select sending from accounts where id = ${accountId}`;
      if (row!.sending.tries === 2) break;
      assert.ok(Date.now() < deadline, JSON.stringify(row));
    }
    const { state, sending } = await crm.account(userId);
    assert.deepEqual([state, sending.ok, sending.reason], ['connected', false, 'auth.invalid_credentials']);
    assert.equal(crm.events.of((event) => event.userid === userId && event.type.includes('account.')).length, 2);
  });
});
