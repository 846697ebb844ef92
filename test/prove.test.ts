import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { createDoor } from '../src/mail/addresses.ts';
import { createImap } from '../src/mail/imap.ts';
import { proveLogins } from '../src/mail/prove.ts';
import { createSmtp } from '../src/mail/smtp.ts';
import { readTls } from '../src/mail/tls.ts';
import type { MailUser } from './support/mail-user.ts';
import { scriptedServer } from './support/scripted-server.ts';
import { type Servers, useServers } from './support/servers.ts';

let servers: Servers;
let ada: MailUser;
before(async () => {
  servers = await useServers();
  ada = await servers.mailServer.addUser();
});

describe('a server that takes the login and says nothing about INBOX', () => {
  it('is a refusal within seconds, and the other door is tried all the same', { timeout: 40_000 }, async () => {
    const silent = await scriptedServer({
      greeting: '* OK [CAPABILITY IMAP4rev1 AUTH=PLAIN SASL-IR] ready',
      answers: [
        [/AUTHENTICATE|LOGIN/, '$tag OK [CAPABILITY IMAP4rev1] welcome'],
        [/CAPABILITY/, ['* CAPABILITY IMAP4rev1 AUTH=PLAIN', '$tag OK done']],
        [/SELECT/, []],
      ],
      otherwise: '$tag OK done',
    });
    const door = createDoor({ allowHosts: ['127.0.0.0/8', '::1'], allowCleartextHosts: ['localhost'] });
    const tls = readTls({ caFile: servers.caFile });
    const login = { kind: 'password' as const, reveal: () => ada.password };
    const began = performance.now();
    const proof = await proveLogins(
      { imap: createImap({ door, tls }), smtp: createSmtp({ door, tls }) },
      {
        imap: { host: 'localhost', port: silent.port, security: 'none', username: ada.address },
        smtp: ada.smtp,
        imapLogin: login,
        smtpLogin: login,
        sameSecret: true,
      },
      new AbortController().signal,
    );
    assert.deepEqual([proof.imap.error?.reason, proof.imap.error?.permanent], ['network.timeout', false]);
    assert.equal(proof.smtp.error, null);
    assert.ok(performance.now() - began < 20_000);
    await silent.close();
  });
});
