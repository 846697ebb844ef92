import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { inspect } from 'node:util';
import { createDoor } from '../src/mail/addresses.ts';
import { MailError } from '../src/mail/errors.ts';
import { createImap } from '../src/mail/imap.ts';
import { readTls } from '../src/mail/tls.ts';
import { makeCertificate } from './support/certificates.ts';
import { type Answer, type ScriptedClient, scriptedServer } from './support/scripted-server.ts';
import { freshName, useServers } from './support/servers.ts';

const servers = await useServers();
const { mailServer } = servers;
const tls = readTls({ caFile: servers.caFile });
const door = createDoor({ allowHosts: ['localhost', '127.0.0.0/8'], allowCleartextHosts: ['localhost'] });
const imap = createImap({ door, tls });
const certificate = await makeCertificate(servers.authority, { dir: servers.dir, name: freshName('imap') });
const username = 'kim@example.dk';
const canary = 'canary-4711-pässword';
const password = { kind: 'password', reveal: () => canary } as const;
const oauth2 = { kind: 'oauth2', reveal: () => 'canary-token' } as const;

type Script = Parameters<typeof scriptedServer>[0];
async function scripted(script: Script) {
  const server = await scriptedServer(script);
  after(() => server.close());
  const { host, port } = server;
  const security = script.tls?.implicit ? 'tls' : script.tls ? 'starttls' : 'none';
  return { heard: server.heard, settings: { host, port, security, username } as const };
}

const capability = (offers: string): [RegExp, Answer] => [
  /CAPABILITY$/,
  [`* CAPABILITY IMAP4rev1 ${offers}`, '$tag OK done'],
];
const fine: [RegExp, Answer] = [/^\S+ (?:NOOP|NAMESPACE|ENABLE|LOGOUT)/, '$tag OK done'];
const refusing = (answer: Answer, offers = 'AUTH=PLAIN SASL-IR'): Script => ({
  greeting: '* OK ready',
  tls: { certificate, implicit: true },
  answers: [
    capability(offers),
    [/^(\S+) AUTHENTICATE PLAIN$/, (client, match) => afterChallenge(client, match[1]!, '+ ', answer)],
    [/AUTHENTICATE|LOGIN/, answer],
    fine,
  ],
});

/** SASL: the client's next line is its response, and the answer bears the tag of the command. */
async function afterChallenge(client: ScriptedClient, tag: string, challenge: string, answer: Answer) {
  client.send(challenge);
  await client.line();
  if (typeof answer === 'function') assert.fail('only lines here');
  client.send(...[answer].flat().map((line) => line.replaceAll('$tag', tag)));
}

/** Try to log in where it cannot work, and get the refusal. */
async function refusalAt(
  settings: Parameters<typeof imap.open>[0]['server'],
  login: Parameters<typeof imap.open>[0]['login'] = password,
  options: Parameters<typeof imap.open>[1] = { timeLimitMs: 10_000 },
): Promise<MailError> {
  try {
    const connection = await imap.open({ server: settings, login }, options);
    connection.destroy();
  } catch (error) {
    assert.ok(error instanceof MailError, inspect(error));
    assert.ok(!inspect(error, { depth: 9 }).includes('canary'), 'a secret in an error');
    return error;
  }
  throw new assert.AssertionError({ message: 'the login was not refused' });
}
const verdict = ({ reason, permanent }: MailError) => [reason, permanent];

describe('a login at a real server', () => {
  it('works over TLS and over STARTTLS, and tells what it found', async () => {
    const ada = await mailServer.addUser();
    const login = { kind: 'password', reveal: () => ada.password } as const;
    for (const server of [ada.imap, ada.imapStarttls]) {
      const probe = await imap.probe({ server, login });
      assert.equal(probe.tls, 'TLSv1.3');
      assert.equal(probe.address, '127.0.0.1');
      assert.ok(probe.capabilities.includes('IDLE'));
      assert.ok(probe.tookMs > 0);
    }
  });

  it('is refused with the wrong password after one attempt', async () => {
    const ada = await mailServer.addUser();
    let revealed = 0;
    const error = await refusalAt(ada.imap, {
      kind: 'password',
      reveal: () => {
        revealed++;
        return 'canary';
      },
    });
    assert.deepEqual(verdict(error), ['auth.invalid_credentials', true]);
    assert.match(error.response, /AUTHENTICATIONFAILED/);
    assert.ok(revealed > 0);
  });

  it('never trusts a certificate for another name', async () => {
    const other = await makeCertificate(servers.authority, {
      dir: servers.dir,
      name: freshName('other'),
      names: ['mail.elsewhere.example'],
    });
    const { heard, settings } = await scripted({ greeting: '* OK', tls: { certificate: other, implicit: true } });
    assert.deepEqual(verdict(await refusalAt(settings)), ['tls.certificate', true]);
    assert.deepEqual(heard, []);
  });

  it('takes a certificate for an address only when it names the address', async () => {
    const named = await makeCertificate(servers.authority, {
      dir: servers.dir,
      name: freshName('named'),
      names: ['localhost'],
    });
    const { settings } = await scripted({ greeting: '* OK', tls: { certificate: named, implicit: true } });
    assert.deepEqual(verdict(await refusalAt({ ...settings, host: '127.0.0.1' })), ['tls.certificate', true]);
    const ada = await mailServer.addUser();
    const login = { kind: 'password', reveal: () => ada.password } as const;
    assert.ok((await imap.probe({ server: { ...ada.imap, host: '127.1' }, login })).tls);
  });

  it('is refused over an authority that was not named', async () => {
    const ada = await mailServer.addUser();
    const strict = createImap({ door, tls: readTls() });
    await assert.rejects(strict.open({ server: ada.imap, login: password }), { reason: 'tls.certificate' });
  });
});

describe('a secret of any form', () => {
  const odd = 'p"ä\\ s€ {5} %';

  it('is taken by each way to send it', async () => {
    const own = await servers.ownMailServer({ smtp: false, dovecotExtra: 'auth_mechanisms = login' });
    for (const server of [mailServer, own]) {
      const ada = await server.addUser({ password: odd });
      const { tookMs } = await imap.probe({ server: ada.imap, login: { kind: 'password', reveal: () => odd } });
      assert.ok(tookMs > 0);
    }
    await own.stop();
  });

  it('is sent as the token that it is', async () => {
    for (const mechanism of ['OAUTHBEARER', 'XOAUTH2']) {
      const { settings, heard } = await scripted({
        greeting: '* OK ready',
        tls: { certificate, implicit: true },
        answers: [
          capability(`AUTH=${mechanism} SASL-IR`),
          [/AUTHENTICATE/, '$tag OK in'],
          [/LIST|LSUB/, '$tag OK'],
          fine,
        ],
      });
      await imap.probe({ server: settings, login: oauth2 });
      const [, response] = /AUTHENTICATE \S+ (\S+)$/.exec(heard.find((line) => line.includes(' AUTHENTICATE '))!)!;
      const words = Buffer.from(response!, 'base64').toString();
      assert.match(
        words,
        mechanism === 'XOAUTH2' ? /^user=kim@example.dk\x01/ : /^n,a=kim@example.dk,\x01host=localhost\x01/,
      );
      assert.match(words, /\x01auth=Bearer canary-token\x01\x01$/);
    }
  });
});

describe('the certificates that an installation adds', () => {
  it('are named when the file is missing or holds none', async () => {
    assert.throws(() => readTls({ caFile: join(servers.dir, 'nowhere.pem') }), /POSTBUD_CA_FILE: .*ENOENT/);
    assert.throws(() => readTls({ caFile: certificate.keyFile }), /POSTBUD_CA_FILE: there is no certificate/);
  });
});

describe('something that is no IMAP server', () => {
  it('is called POP3 when it is, by its port or by its words', async () => {
    for (const port of [110, 995]) {
      const settings = { host: 'localhost', port, security: 'tls', username } as const;
      assert.deepEqual(verdict(await refusalAt(settings)), ['protocol.pop3', true]);
    }
    const { settings, heard } = await scripted({ greeting: '+OK Dovecot ready.' });
    const began = performance.now();
    assert.deepEqual(verdict(await refusalAt(settings)), ['protocol.pop3', true]);
    assert.ok(performance.now() - began < 3_000, 'it waited for a greeting that had come');
    assert.deepEqual(heard, []);
  });

  it('is told apart from a server that is down', async () => {
    for (const greeting of ['220 mail.example ESMTP Postfix', 'SSH-2.0-OpenSSH_9.2', 'HTTP/1.1 400 Bad Request']) {
      const { settings } = await scripted({ greeting });
      assert.deepEqual(verdict(await refusalAt(settings)), ['protocol.not_imap', true], greeting);
    }
  });

  it('is a wrong port when TLS meets a server that talks in clear', async () => {
    const { settings } = await scripted({ greeting: '* OK ready' });
    const error = await refusalAt({ ...settings, security: 'tls' });
    assert.deepEqual(verdict(error), ['tls.handshake', true]);
  });
});

describe('a password on its way', () => {
  it('does not leave in clear unless the installation allows it for this host', async () => {
    const { settings, heard } = await scripted({ greeting: '* OK ready', answers: [capability('AUTH=PLAIN')] });
    const strict = createImap({ door: createDoor({ allowHosts: ['localhost'] }), tls });
    await assert.rejects(strict.open({ server: settings, login: password }), { reason: 'tls.required' });
    assert.deepEqual(heard, []);
  });

  it('does not leave when STARTTLS is not offered, or refused', async () => {
    const missing = await scripted({
      greeting: '* OK ready',
      tls: { certificate, implicit: false },
      answers: [capability('AUTH=PLAIN')],
    });
    assert.deepEqual(verdict(await refusalAt(missing.settings)), ['tls.required', true]);
    const refused = await scripted({
      greeting: '* OK ready',
      tls: { certificate, implicit: false },
      answers: [capability('STARTTLS AUTH=PLAIN'), [/STARTTLS$/, '$tag NO [UNAVAILABLE] not now']],
    });
    const error = await refusalAt(refused.settings);
    assert.deepEqual(verdict(error), ['tls.required', false]);
    assert.match(error.response, /not now/);
    assert.ok([...missing.heard, ...refused.heard].every((line) => !/AUTHENTICATE|LOGIN/.test(line)));
  });

  it('does not leave when something was put between STARTTLS and TLS', async () => {
    const { settings, heard } = await scripted({
      greeting: '* OK ready',
      tls: { certificate, implicit: false },
      answers: [
        capability('STARTTLS'),
        [/STARTTLS$/, ['$tag OK begin', '* CAPABILITY IMAP4rev1 AUTH=PLAIN', '* OK injected']],
      ],
    });
    assert.deepEqual(verdict(await refusalAt(settings)), ['tls.handshake', false]);
    assert.ok(heard.every((line) => !/AUTHENTICATE|LOGIN/.test(line)));
  });

  it('does not leave after a greeting that pretends to be logged in already', async () => {
    for (const implicit of [true, false]) {
      const { settings, heard } = await scripted({ greeting: '* PREAUTH hello', tls: { certificate, implicit } });
      assert.deepEqual(verdict(await refusalAt(settings)), ['auth.mechanism_unsupported', true]);
      assert.deepEqual(heard, []);
    }
  });

  it('does not leave where LOGINDISABLED is all there is', async () => {
    const cases: [string, string, 'tls' | 'none'][] = [
      ['LOGINDISABLED', 'auth.mechanism_unsupported', 'tls'],
      ['LOGINDISABLED AUTH=XOAUTH2', 'auth.oauth_required', 'tls'],
      ['LOGINDISABLED', 'tls.required', 'none'],
    ];
    for (const [offers, reason, security] of cases) {
      const { settings, heard } = await scripted({
        greeting: '* OK ready',
        ...(security === 'tls' && { tls: { certificate, implicit: true } }),
        answers: [capability(offers)],
      });
      assert.deepEqual(verdict(await refusalAt(settings)), [reason, true], offers);
      assert.ok(heard.every((line) => !/AUTHENTICATE|LOGIN/.test(line)));
    }
  });

  it('is opened only when the server has shown that it may be sent', async () => {
    const { settings } = await scripted({ greeting: '* OK ready', tls: { certificate, implicit: false } });
    const reveal = () => assert.fail('the secret was opened');
    await refusalAt({ ...settings, security: 'starttls' }, { kind: 'password', reveal }, { timeLimitMs: 300 });
  });

  it('lets an error of its own key through as it is', async () => {
    const { settings } = await scripted(refusing('$tag OK'));
    const reveal = () => {
      throw new RangeError('bound to another host');
    };
    const login = { kind: 'password', reveal } as const;
    await assert.rejects(imap.open({ server: settings, login }), { name: 'RangeError' });
  });
});

describe('the one attempt of a login', () => {
  const knocks = (heard: string[]) => heard.filter((line) => /^\S+ (?:AUTHENTICATE|LOGIN)/.test(line));

  it('is one, also where the server offers more mechanisms', async () => {
    const { settings, heard } = await scripted(
      refusing('$tag NO [AUTHENTICATIONFAILED] no', 'AUTH=PLAIN AUTH=LOGIN AUTH=CRAM-MD5'),
    );
    assert.deepEqual(verdict(await refusalAt(settings)), ['auth.invalid_credentials', true]);
    assert.equal(knocks(heard).length, 1);
    assert.match(knocks(heard)[0]!, /AUTHENTICATE PLAIN/);
  });

  it('is LOGIN where that is all, and for the user names that Exchange takes only there', async () => {
    const { settings, heard } = await scripted(refusing('$tag NO no', ''));
    await refusalAt(settings);
    assert.match(knocks(heard).join(), /LOGIN/);
    const exchange = await scripted(refusing('$tag NO no'));
    await refusalAt({ ...exchange.settings, username: 'DOMAIN\\kim' });
    assert.match(knocks(exchange.heard).join(), /^\S+ LOGIN/);
  });

  it('with a token is one of the OAuth mechanisms, and the challenge is answered', async () => {
    const challenge = Buffer.from('{"status":"400","schemes":"bearer","scope":"https://mail.google.com/"}').toString(
      'base64',
    );
    const { settings, heard } = await scripted({
      greeting: '* OK Gimap ready',
      tls: { certificate, implicit: true },
      answers: [
        capability('AUTH=XOAUTH2 AUTH=PLAIN SASL-IR'),
        [
          /^(\S+) AUTHENTICATE XOAUTH2 \S+$/,
          (client, match) =>
            afterChallenge(client, match[1]!, `+ ${challenge}`, '$tag NO [AUTHENTICATIONFAILED] Invalid credentials'),
        ],
      ],
    });
    const error = await refusalAt(settings, oauth2);
    assert.deepEqual(verdict(error), ['auth.token_expired', true]);
    assert.equal(knocks(heard).length, 1);
    const plain = await scripted(refusing('$tag NO no'));
    assert.deepEqual(verdict(await refusalAt(plain.settings, oauth2)), ['auth.mechanism_unsupported', true]);
    assert.equal(knocks(plain.heard).length, 0);
  });
});

describe('a refused login', () => {
  const cases: [string, Answer, string, boolean][] = [
    ['a server in trouble', '$tag NO [UNAVAILABLE] Temporary authentication failure.', 'server.unavailable', false],
    ['too many connections', '$tag NO [LIMIT] Maximum number of connections exceeded', 'rate.limited', false],
    ['a goodbye in place of an answer', ['* BYE [UNAVAILABLE] Server shutting down'], 'server.unavailable', false],
    ['a closed connection', (client) => client.close(), 'network.reset', false],
    ['a broken connection', (client) => client.reset(), 'network.reset', false],
  ];
  for (const [what, answer, reason, permanent] of cases) {
    it(`is no wrong password: ${what}`, async () => {
      const { settings } = await scripted(refusing(answer, ''));
      assert.deepEqual(verdict(await refusalAt(settings)), [reason, permanent]);
    });
  }

  it('that breaks off in the middle of TLS or right after it ends nothing but itself', async () => {
    const answers = (reset: RegExp): [RegExp, Answer][] => [
      [reset, (client) => client.reset()],
      capability('STARTTLS'),
      [
        /STARTTLS$/,
        (client) => {
          client.send('$tag OK begin');
          client.startTls();
        },
      ],
    ];
    const tlsOf = { tls: { certificate, implicit: false } };
    const after = await scripted({ greeting: '* OK', ...tlsOf, answers: answers(/LOGIN/) });
    assert.deepEqual(verdict(await refusalAt(after.settings)), ['network.reset', false]);
    const during = await scripted({
      greeting: '* OK',
      ...tlsOf,
      answers: [capability('STARTTLS'), [/STARTTLS$/, '$tag OK begin'], [/^\x16/, (client) => client.reset()]],
    });
    const error = await refusalAt(during.settings, password, { timeLimitMs: 2_000 });
    assert.equal(error.permanent, false);
  });

  it('is not judged by what was refused before it', async () => {
    const { settings } = await scripted({
      greeting: '* OK ready',
      tls: { certificate, implicit: true },
      answers: [
        capability('ID'),
        [/ ID /, '$tag NO [AUTHENTICATIONFAILED] who are you'],
        [/LOGIN/, (client) => client.close()],
      ],
    });
    assert.deepEqual(verdict(await refusalAt(settings)), ['network.reset', false]);
  });

  it("is a blocked one by the untagged line that ImapFlow drops, with Google's link", async () => {
    const link = 'https://accounts.google.com/signin/continue?sarp=1&scc=1&plt=AKgnsbt';
    const { settings } = await scripted(
      refusing(
        [`* NO [WEBALERT ${link}] Web login required.`, '$tag NO [ALERT] Please log in via your web browser'],
        '',
      ),
    );
    const error = await refusalAt({ ...settings });
    assert.deepEqual(verdict(error), ['login.blocked', true]);
    assert.match(error.response, /Web login required.*web browser/);
  });

  it('with a pause asked for is a throttle that says how long, at once', async () => {
    const { settings } = await scripted(
      refusing('$tag BAD Request is throttled. Suggested Backoff Time: 92415 milliseconds', ''),
    );
    const began = performance.now();
    const error = await refusalAt(settings);
    assert.deepEqual([...verdict(error), error.retryAfterMs], ['rate.limited', false, 92_415]);
    assert.ok(performance.now() - began < 5_000);
  });

  it('does not repeat the password that a careless server sends back', async () => {
    const echo = (client: ScriptedClient) => client.send(`$tag NO wrong password ${canary} for kim`);
    const { settings } = await scripted(refusing(echo, ''));
    const error = await refusalAt(settings);
    assert.match(error.response, /wrong password/);
  });
});

describe('a server that takes its time', () => {
  it('is left when it never greets', async () => {
    const { settings } = await scripted({});
    const began = performance.now();
    assert.deepEqual(verdict(await refusalAt(settings, password, { timeLimitMs: 400 })), ['network.timeout', false]);
    assert.ok(performance.now() - began < 2_000);
  });

  it('is left when it never answers the login, and nobody counts that as a wrong password', async () => {
    const { settings } = await scripted(refusing([], ''));
    assert.deepEqual(verdict(await refusalAt(settings, password, { timeLimitMs: 800 })), ['network.timeout', false]);
  });

  it('is left at once by somebody who is stopping', async () => {
    const { settings } = await scripted({});
    const stop = new AbortController();
    const opening = imap.open({ server: settings, login: password }, { signal: stop.signal });
    setTimeout(() => stop.abort(new Error('stopping')), 50);
    await assert.rejects(opening, /stopping/);
  });

  it('is not there when nothing listens', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const { port } = server.address() as { port: number };
    await new Promise((resolve) => server.close(resolve));
    const settings = { host: 'localhost', port, security: 'tls', username } as const;
    assert.deepEqual(verdict(await refusalAt(settings)), ['network.refused', false]);
  });
});

describe('a host with several addresses', () => {
  it('is reached at the next one when the first refuses', async () => {
    const ada = await mailServer.addUser();
    const addresses = [{ address: '127.0.0.2', family: 4 } as const, { address: '127.0.0.1', family: 4 } as const];
    const twoDoors = { ...door, resolve: async () => addresses };
    const login = { kind: 'password', reveal: () => ada.password } as const;
    const probe = await createImap({ door: twoDoors, tls }).probe({ server: ada.imap, login });
    assert.equal(probe.address, '127.0.0.1');
  });

  it('is not tried again elsewhere once a server has refused the login', async () => {
    const { settings, heard } = await scripted(refusing('$tag NO [AUTHENTICATIONFAILED] no', ''));
    const address = { address: '127.0.0.1', family: 4 } as const;
    const twoDoors = { ...door, resolve: async () => [address, address] };
    await assert.rejects(createImap({ door: twoDoors, tls }).open({ server: settings, login: password }));
    assert.equal(heard.filter((line) => line.includes(' LOGIN ')).length, 1);
  });
});

describe('a server that floods', () => {
  it('is cut off before its line fills the memory', async () => {
    let taken = 0;
    const server = createServer((socket) => {
      socket.on('error', () => {});
      socket.write('* OK ');
      const piece = 'x'.repeat(65_536);
      const pour = () => {
        while (!socket.destroyed && socket.write(piece)) taken += piece.length;
      };
      socket.on('drain', pour).on('data', () => {});
      pour();
    }).listen(0, '127.0.0.1');
    after(() => server.close());
    await new Promise((resolve) => server.once('listening', resolve));
    const { port } = server.address() as { port: number };
    const settings = { host: 'localhost', port, security: 'none', username } as const;
    const error = await refusalAt(settings, password, { timeLimitMs: 20_000 });
    assert.equal(error.permanent, false);
    assert.match(error.response, /more than we take/);
    assert.ok(taken < 32 * 2 ** 20, `${taken} bytes were taken`);
  });
});
