import assert from 'node:assert/strict';
import { type AddressInfo, createServer } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { createDoor } from '../src/mail/addresses.ts';
import { MailError } from '../src/mail/errors.ts';
import { createSmtp, type SmtpConnection } from '../src/mail/smtp.ts';
import type { SendError } from '../src/mail/smtp-faults.ts';
import { readTls } from '../src/mail/tls.ts';
import type { Server } from '../src/words.ts';
import { makeCertificate } from './support/certificates.ts';
import type { MailUser } from './support/mail-user.ts';
import { scriptedServer } from './support/scripted-server.ts';
import { type Servers, useServers } from './support/servers.ts';
import { type SmtpSink, startSmtpSink } from './support/smtp-sink.ts';

const limits = () => ({ signal: new AbortController().signal, timeLimitMs: 10_000 });
const password = (value: string) => ({ kind: 'password' as const, reveal: () => value });
const letter = (id: string, text = 'Good morning.') =>
  Buffer.from(`From: kim@postbud.test\r\nMessage-ID: <${id}@postbud.test>\r\nSubject: Hello\r\n\r\n${text}\r\n`);
const noPause = async () => {};

let servers: Servers;
let smtp: ReturnType<typeof createSmtp>;
before(async () => {
  servers = await useServers();
  const door = createDoor({ allowHosts: ['127.0.0.0/8', '::1'], allowCleartextHosts: ['localhost'] });
  smtp = createSmtp({ door, tls: readTls({ caFile: servers.caFile }) });
});

/** The error of a promise that has to fail with one of ours. */
async function faultOf(promise: Promise<unknown>): Promise<MailError> {
  const error = await promise.then(
    () => assert.fail('this should have been refused'),
    (error) => error,
  );
  if (!(error instanceof MailError)) throw error;
  return error;
}

describe('a submission server as providers run it', () => {
  let ada: MailUser;
  let bo: MailUser;
  before(async () => {
    [ada, bo] = await Promise.all([servers.mailServer.addUser(), servers.mailServer.addUser()]);
  });
  const open = (server: Server, secret = ada.password) => smtp.open({ server, login: password(secret) }, limits());
  const arrived = async (user: MailUser, id: string) => {
    for (const until = Date.now() + 15_000; Date.now() < until; await delay(50)) {
      const found = (await user.messages()).find(({ raw }) => raw.includes(`<${id}@postbud.test>`));
      if (found) return found;
    }
    return assert.fail('the mail did not arrive');
  };

  for (const way of ['smtp', 'smtpStarttls'] as const) {
    it(`takes a mail over ${way === 'smtp' ? 'TLS' : 'STARTTLS'}, and one more over the same connection`, async () => {
      const connection = await open(ada[way]);
      assert.match(connection.tls, /^TLSv1\.[23]$/);
      assert.ok(connection.maxSize > 0);
      for (const number of [1, 2]) {
        const sent = await connection.send({
          from: ada.address,
          to: [bo.address],
          body: letter(`${way}-${number}`, '.\r\n..two dots\r\n.'),
          beforeEnd: noPause,
        });
        assert.match(sent.response, /^250 2\.0\.0 Ok: queued/);
        const { raw } = await arrived(bo, `${way}-${number}`);
        assert.match(raw, /\r\n\r\n\.\r\n\.\.two dots\r\n\.\r\n$/);
      }
      assert.equal(await connection.isAlive(1_000), true);
      await connection.quit();
      assert.equal(connection.open, false);
    });
  }

  it('names a refused recipient and takes the mail for the others', async () => {
    const connection = await open(ada.smtp);
    const to = ['no-such-user@postbud.test', bo.address, 'mailbox-full@postbud.test'];
    const sent = await connection.send({ from: ada.address, to, body: letter('partly'), beforeEnd: noPause });
    assert.deepEqual(
      sent.rejected.map(({ address }) => address),
      ['no-such-user@postbud.test', 'mailbox-full@postbud.test'],
    );
    assert.match(sent.rejected[0]!.response, /^550 5\.1\.1 .*does not exist/);
    await arrived(bo, 'partly');
    await connection.quit();
  });

  it('tells a mail that nobody may get from one that has to wait', async () => {
    const send = async (to: string) => {
      const connection = await open(ada.smtp);
      const sending = connection.send({ from: ada.address, to: [to], body: letter('never'), beforeEnd: noPause });
      return (await faultOf(sending)) as SendError;
    };
    const gone = await send('no-such-user@postbud.test');
    assert.deepEqual([gone.reason, gone.permanent, gone.stage], ['send.recipient_rejected', true, 'envelope']);
    const grey = await send('try-later@postbud.test');
    assert.deepEqual([grey.reason, grey.permanent, grey.uncertain], ['send.greylisted', false, false]);
  });

  it('does not take a mail in the name of somebody else', async () => {
    const connection = await open(ada.smtp);
    const mail = { from: bo.address, to: [bo.address], body: letter('forged'), beforeEnd: noPause };
    assert.equal((await faultOf(connection.send(mail))).permanent, true);
  });

  it('refuses a wrong password for good, with its own words and without the password', async () => {
    const fault = await faultOf(open(ada.smtp, 'wrong-password-of-ada'));
    assert.deepEqual([fault.reason, fault.permanent, fault.protocol], ['auth.invalid_credentials', true, 'smtp']);
    assert.match(fault.response, /^535 5\.7\.8/);
    assert.doesNotMatch(JSON.stringify([fault.message, fault.stack, fault.cause]), /wrong-password-of-ada/);
  });

  it('is not believed with a certificate that nobody signed for that name', async () => {
    const stranger = createSmtp({
      door: createDoor({ allowHosts: ['127.0.0.0/8', '::1'] }),
      tls: readTls(),
    });
    for (const server of [ada.smtp, ada.smtpStarttls]) {
      const fault = await faultOf(stranger.open({ server, login: password(ada.password) }, limits()));
      assert.equal(fault.reason, 'tls.certificate');
    }
  });
});

describe('what is not a submission server', () => {
  const at = (port: number, security: Server['security'] = 'none'): Server => ({
    host: 'localhost',
    port,
    security,
    username: 'kim',
  });
  const open = (server: Server) => smtp.open({ server, login: password('secret') }, limits());
  const greeting = async (line: string) => {
    const server = await scriptedServer({ greeting: line });
    try {
      return await faultOf(open(at(server.port)));
    } finally {
      await server.close();
    }
  };

  it('POP3 is known by its ports and by its greeting', async () => {
    assert.equal((await faultOf(open(at(110, 'starttls')))).reason, 'protocol.pop3');
    assert.equal((await faultOf(open(at(995, 'tls')))).reason, 'protocol.pop3');
    assert.equal((await greeting('+OK Dovecot ready.')).reason, 'protocol.pop3');
  });

  it('IMAP is known by its greeting', async () => {
    assert.equal((await greeting('* OK [CAPABILITY IMAP4rev1] ready')).reason, 'protocol.not_smtp');
    assert.equal((await faultOf(open(at(servers.mailServer.ports.imaps, 'tls')))).reason, 'protocol.not_smtp');
  });

  it('a server without STARTTLS is not spoken to in clear', async () => {
    const sink = await startSmtpSink();
    const fault = await faultOf(open(at(sink.port, 'starttls')));
    assert.deepEqual([fault.reason, fault.permanent], ['tls.required', true]);
    assert.deepEqual(sink.logins, []);
    await sink.close();
  });

  it('cleartext is refused where it is not allowed', async () => {
    const strict = createSmtp({ door: createDoor({ allowHosts: ['127.0.0.0/8', '::1'] }), tls: readTls() });
    const opening = strict.open({ server: at(servers.mailServer.ports.smtp), login: password('x') }, limits());
    assert.equal((await faultOf(opening)).reason, 'tls.required');
  });

  it('an address that is not allowed is not connected to', async () => {
    const sink = await startSmtpSink();
    const strict = createSmtp({ door: createDoor({ allowHosts: [] }), tls: readTls() });
    const opening = strict.open({ server: at(sink.port, 'tls'), login: password('x') }, limits());
    assert.equal((await faultOf(opening)).reason, 'network.forbidden');
    assert.equal(sink.connections, 0);
    await sink.close();
  });

  it('a server that talks without end is not listened to', async () => {
    const flood = Buffer.from('\r\n'.repeat(32_768));
    let poured = 0;
    const server = createServer((socket) => {
      const pour = () => {
        while (!socket.destroyed && socket.write(flood)) poured += flood.length;
      };
      socket.on('error', () => {}).on('drain', pour);
      pour();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const fault = await faultOf(open(at((server.address() as AddressInfo).port)));
    assert.equal(fault.reason, 'unknown');
    assert.ok(poured < 16 * 1024 * 1024, `${poured} bytes were taken`);
    server.close();
  });

  it('nobody at the port, and a server that says nothing, are told apart', async () => {
    const sink = await startSmtpSink();
    sink.at('greeting', () => 'silence');
    const server = at(sink.port);
    const opening = smtp.open({ server, login: password('x') }, { ...limits(), timeLimitMs: 300 });
    assert.equal((await faultOf(opening)).reason, 'network.timeout');
    await sink.close();
    assert.equal((await faultOf(open(server))).reason, 'network.refused');
  });
});

describe('one login for each connection', () => {
  it('knocks once, also where several mechanisms are offered', async () => {
    const sink = await startSmtpSink();
    sink.at('auth', () => '535 5.7.8 no');
    const server = { host: 'localhost', port: sink.port, security: 'none', username: 'kim' } as const;
    assert.equal(
      (await faultOf(smtp.open({ server, login: password('x') }, limits()))).reason,
      'auth.invalid_credentials',
    );
    assert.equal(sink.logins.length, 1);
    await sink.close();
  });

  it('a token that is refused is not tried again, and its challenge is read', async () => {
    const sink = await startSmtpSink({ extensions: ['AUTH XOAUTH2'] });
    const challenge = Buffer.from('{"status":"400","schemes":"bearer"}').toString('base64');
    let answers = 0;
    sink.at('auth', () => (answers++ === 0 ? `334 ${challenge}` : '535 5.7.8 no'));
    const server = { host: 'localhost', port: sink.port, security: 'none', username: 'kim' } as const;
    const login = { kind: 'oauth2' as const, reveal: () => 'the-token' };
    const fault = await faultOf(smtp.open({ server, login }, { ...limits(), timeLimitMs: 1_000 }));
    assert.equal(fault.reason, 'auth.token_expired');
    assert.equal(sink.logins.length, 1);
    await sink.close();
  });

  it('a server that repeats the login line does not get the password into an event', async () => {
    const sink = await startSmtpSink({ extensions: ['AUTH PLAIN'] });
    const line = Buffer.from('\0kim@postbud.test\0pæssord-4711').toString('base64');
    sink.at('auth', () => `535 5.7.8 Error: authentication failed: ${line}`);
    const server = { host: 'localhost', port: sink.port, security: 'none', username: 'kim@postbud.test' } as const;
    const fault = await faultOf(smtp.open({ server, login: password('pæssord-4711') }, limits()));
    assert.equal(fault.reason, 'auth.invalid_credentials');
    assert.match(fault.response, /^535 5\.7\.8 Error: authentication failed/);
    assert.ok(!fault.response.includes(line.slice(0, 20)));
    assert.ok(!String((fault.cause as Error).message).includes(line.slice(0, 20)));
    await sink.close();
  });

  it('a password where only tokens are taken is not tried at all', async () => {
    const sink = await startSmtpSink({ extensions: ['AUTH XOAUTH2 OAUTHBEARER'] });
    const server = { host: 'localhost', port: sink.port, security: 'none', username: 'kim' } as const;
    assert.equal((await faultOf(smtp.open({ server, login: password('x') }, limits()))).reason, 'auth.oauth_required');
    assert.equal(sink.logins.length, 0);
    await sink.close();
  });
});

describe('the end of a mail', () => {
  let sink: SmtpSink;
  const open = async (): Promise<SmtpConnection> => {
    const server = { host: 'localhost', port: sink.port, security: 'none', username: 'kim' } as const;
    return smtp.open({ server, login: password('secret') }, limits());
  };
  const mail = (id: string, beforeEnd: () => Promise<void>, text?: string) => ({
    from: 'kim@postbud.test',
    to: ['bo@postbud.test'],
    body: letter(id, text),
    beforeEnd,
  });
  before(async () => {
    sink = await startSmtpSink();
  });
  after(() => sink.close());

  for (const [size, text] of [
    ['a small mail', 'x'],
    ['a mail of 8 MB', 'words and words\r\n'.repeat(500_000)],
  ] as const) {
    it(`is held back until it may be sent: ${size}`, async () => {
      const connection = await open();
      let body = '';
      const undo = sink.at('body', ({ text }) => {
        body = text;
        return undefined;
      });
      const before = sink.ends.length;
      await connection.send(
        mail(
          'held',
          async () => {
            // All of it has arrived, and no end.
            for (const until = Date.now() + 5_000; Date.now() < until && body.length < text.length; ) await delay(5);
            assert.ok(body.length >= text.length);
            await delay(100);
            assert.equal(sink.ends.length, before);
          },
          text,
        ),
      );
      assert.equal(sink.ends.length, before + 1);
      undo();
      await connection.quit();
    });
  }

  it('is never sent when it must not be, and the server has nothing', async () => {
    const connection = await open();
    const before = sink.ends.length;
    const refusing = connection.send(mail('refused', () => Promise.reject(new Error('not ours any more'))));
    await assert.rejects(refusing, /not ours any more/);
    assert.equal(connection.open, false);
    await delay(50);
    assert.equal(sink.ends.length, before);
  });

  it('is never sent after the caller has ended the mail', async () => {
    const connection = await open();
    const before = sink.ends.length;
    const stop = new AbortController();
    const sending = connection.send({
      ...mail('stopped', async () => {
        stop.abort(new Error('stop'));
        await delay(50);
      }),
      signal: stop.signal,
    });
    await assert.rejects(sending, /stop/);
    await delay(100);
    assert.equal(sink.ends.length, before);
  });

  it('is never sent after the server has refused within the body', async () => {
    const connection = await open();
    const before = sink.ends.length;
    const undo = sink.at('body', () => '552 5.3.4 too large');
    const fault = (await faultOf(connection.send(mail('early', () => delay(200))))) as SendError;
    undo();
    assert.deepEqual([fault.reason, fault.uncertain, fault.stage], ['send.message_too_large', false, 'body']);
    await delay(300);
    assert.equal(sink.ends.length, before);
  });

  it('an approval that comes before the end is not believed', async () => {
    const connection = await open();
    const before = sink.ends.length;
    const undo = sink.at('body', () => '250 2.0.0 taken already');
    const fault = (await faultOf(connection.send(mail('hasty', () => delay(200))))) as SendError;
    undo();
    assert.equal(fault.uncertain, false);
    await delay(300);
    assert.equal(sink.ends.length, before);
  });

  it('leaves a doubt when the connection dies before the answer, and none when the answer is no', async () => {
    for (const [step, uncertain, permanent] of [
      ['hang-up', true, false],
      ['451 4.3.0 later', false, false],
      ['421 4.3.2 going down', false, false],
      ['554 5.7.1 spam', false, true],
    ] as const) {
      const connection = await open();
      const undo = sink.at('end', () => step);
      const fault = (await faultOf(connection.send(mail('answer', noPause)))) as SendError;
      undo();
      assert.deepEqual([fault.stage, fault.uncertain, fault.permanent], ['end', uncertain, permanent], step);
      assert.equal(connection.open, false);
    }
  });

  it('leaves a doubt when what comes after it is no verdict', async () => {
    for (const said of ['354 go on', '334 ', '120 wait', 'Mail accepted']) {
      const connection = await open();
      const undo = sink.at('end', () => said);
      const fault = (await faultOf(connection.send(mail('no-verdict', noPause)))) as SendError;
      undo();
      assert.deepEqual([fault.stage, fault.uncertain], ['end', true], said);
    }
  });

  it('is never sent to a server whose answers are out of step', async () => {
    // It said one thing too much after the mail before, so that each answer seems to be that to the next command.
    const late = await startSmtpSink({ pipelining: false });
    const server = { host: 'localhost', port: late.port, security: 'none', username: 'kim' } as const;
    const connection = await smtp.open({ server, login: password('secret') }, limits());
    late.at('mail', () => '250 2.1.0 ok\r\n250 2.1.0 ok');
    late.at('data', async () => {
      await delay(300);
      return undefined;
    });
    const fault = (await faultOf(connection.send(mail('out-of-step', noPause)))) as SendError;
    assert.deepEqual([fault.reason, fault.uncertain], ['protocol.bad_command', false]);
    await delay(400);
    assert.equal(late.ends.length, 0);
    await late.close();
  });

  it('is answered within the time for it, or in doubt, however slowly a server speaks', async () => {
    const impatient = createSmtp({
      door: createDoor({ allowHosts: ['127.0.0.0/8', '::1'], allowCleartextHosts: ['localhost'] }),
      tls: readTls({}),
      verdictLimitMs: 300,
    });
    const server = { host: 'localhost', port: sink.port, security: 'none', username: 'kim' } as const;
    const connection = await impatient.open({ server, login: password('secret') }, limits());
    let timer: NodeJS.Timeout | undefined;
    const undo = sink.at('end', ({ socket }) => {
      timer = setInterval(() => socket.write('250-wait\r\n'), 50);
      return 'silence';
    });
    const fault = (await faultOf(connection.send(mail('drip', noPause)))) as SendError;
    clearInterval(timer);
    undo();
    assert.deepEqual([fault.reason, fault.stage, fault.uncertain], ['network.timeout', 'end', true]);
  });

  it('a connection that is cut within the body leaves no doubt', async () => {
    const connection = await open();
    const undo = sink.at('body', () => 'hang-up');
    const fault = (await faultOf(connection.send(mail('cut', () => delay(500))))) as SendError;
    undo();
    assert.deepEqual([fault.stage, fault.uncertain], ['body', false]);
    assert.match(fault.reason, /^network\./);
  });

  it('works without PIPELINING, and leaves out whom the server cannot name', async () => {
    const plain = await startSmtpSink({ pipelining: false });
    const server = { host: 'localhost', port: plain.port, security: 'none', username: 'kim' } as const;
    const connection = await smtp.open({ server, login: password('secret') }, limits());
    const to = ['bo@postbud.test', 'kær@postbud.test'];
    const sent = await connection.send({ ...mail('names', noPause), to });
    assert.deepEqual(
      sent.rejected.map(({ address }) => address),
      ['kær@postbud.test'],
    );
    assert.deepEqual(plain.mails[0]!.to, ['bo@postbud.test']);
    const only = await faultOf(connection.send({ ...mail('name', noPause), to: to.slice(1) }));
    assert.deepEqual([only.reason, only.permanent], ['send.recipient_rejected', true]);
    await plain.close();
  });

  it('a mail that is larger than the server takes is not begun', async () => {
    const small = await startSmtpSink({ extensions: ['AUTH PLAIN', 'SIZE 1000'] });
    const server = { host: 'localhost', port: small.port, security: 'none', username: 'kim' } as const;
    const connection = await smtp.open({ server, login: password('secret') }, limits());
    const fault = await faultOf(connection.send(mail('large', noPause, 'x'.repeat(2_000))));
    assert.deepEqual([fault.reason, fault.permanent], ['send.message_too_large', true]);
    await small.close();
  });

  it('STARTTLS with a certificate for another name ends before the login', async () => {
    const certificate = await makeCertificate(servers.authority, { dir: servers.dir, names: ['other.example'] });
    const other = await startSmtpSink({ tls: { certificate, implicit: false } });
    const server = { host: 'localhost', port: other.port, security: 'starttls', username: 'kim' } as const;
    const fault = await faultOf(smtp.open({ server, login: password('secret') }, limits()));
    assert.equal(fault.reason, 'tls.certificate');
    assert.deepEqual(other.logins, []);
    await other.close();
  });
});
