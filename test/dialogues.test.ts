import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import { inspect } from 'node:util';
import { defaultFile, readSamples } from '../scripts/check-responses.ts';
import type { Door } from '../src/mail/addresses.ts';
import { MailError } from '../src/mail/errors.ts';
import { createImap } from '../src/mail/imap.ts';
import { createSmtp } from '../src/mail/smtp.ts';
import { readTls } from '../src/mail/tls.ts';
import { type Certificate, makeCertificate } from './support/certificates.ts';
import { type Dialogue, knocksOf, password, startDialogue, token, username } from './support/dialogues.ts';
import { imapDialogues } from './support/dialogues-imap.ts';
import { smtpDialogues } from './support/dialogues-smtp.ts';
import { freshName, type Servers, useServers } from './support/servers.ts';

const limits = () => ({ signal: AbortSignal.timeout(8_000), timeLimitMs: 5_000 });
/** Every name is this machine, so that Postbud talks to what it takes for the provider. */
const door: Door = {
  resolve: async () => [{ address: '127.0.0.1', family: 4 }],
  isAllowedCleartext: () => false,
  isOwn: () => false,
};
const letter = Buffer.from('Subject: hello\r\n\r\nGood morning.\r\n');

let servers: Servers;
let certificate: Certificate;
before(async () => {
  servers = await useServers();
  const names = [...new Set([...imapDialogues, ...smtpDialogues].map(({ host }) => host))];
  certificate = await makeCertificate(servers.authority, { dir: servers.dir, name: freshName('providers'), names });
});

const loginOf = (dialogue: Dialogue) =>
  dialogue.token
    ? ({ kind: 'oauth2', reveal: () => token } as const)
    : ({ kind: 'password', reveal: () => password } as const);

/** Everything that a program does up to the refusal. */
const dialogueWith = {
  async imap(dialogue: Dialogue, port: number) {
    const server = { host: dialogue.host, port, security: dialogue.security ?? 'tls', username } as const;
    const imap = createImap({ door, tls: readTls({ caFile: servers.caFile }) });
    const connection = await imap.open({ server, login: loginOf(dialogue) }, limits());
    try {
      await connection.select('INBOX');
      if (dialogue.at === 'append') await connection.append('Sent', letter);
      else await connection.waitForNews({ limitMs: 2_000 });
    } finally {
      connection.destroy();
    }
  },
  async smtp(dialogue: Dialogue, port: number) {
    const server = { host: dialogue.host, port, security: dialogue.security ?? 'tls', username } as const;
    const smtp = createSmtp({ door, tls: readTls({ caFile: servers.caFile }) });
    const connection = await smtp.open({ server, login: loginOf(dialogue) }, limits());
    try {
      const to = ['bo@example.com'];
      await connection.send({ from: username, to, body: letter, beforeEnd: async () => {} });
    } finally {
      connection.destroy();
    }
  },
};

async function refusalOf(protocol: 'imap' | 'smtp', dialogue: Dialogue) {
  const server = await startDialogue(protocol, dialogue, certificate);
  after(() => server.close());
  const error = await dialogueWith[protocol](dialogue, server.port).then(
    () => assert.fail('this should have been refused'),
    (error) => error,
  );
  await server.close();
  assert.ok(error instanceof MailError, inspect(error));
  return { error, heard: server.heard };
}

const secrets = [
  password,
  token,
  Buffer.from(username).toString('base64'),
  Buffer.from(`\0${username}\0${password}`).toString('base64'),
];

for (const [protocol, dialogues] of [
  ['imap', imapDialogues],
  ['smtp', smtpDialogues],
] as const) {
  describe(`a refusal over ${protocol.toUpperCase()}`, { concurrency: 8 }, () => {
    for (const dialogue of dialogues) {
      it(`${dialogue.provider} (${dialogue.host}) ${dialogue.what}`, async () => {
        const { error, heard } = await refusalOf(protocol, dialogue);
        const { reason, permanent, retryAfterMs, url } = error;
        assert.deepEqual(
          { reason, permanent, waitMs: retryAfterMs, link: url },
          {
            reason: dialogue.reason,
            permanent: dialogue.permanent,
            waitMs: dialogue.waitMs,
            link: dialogue.link ?? url,
          },
          error.response,
        );
        const early = dialogue.at === 'greeting' || dialogue.at === 'starttls';
        assert.equal(knocksOf(heard).length, dialogue.knocks ?? (early ? 0 : 1), heard.join('\n'));
        assert.match(error.response, dialogue.shows ?? /./);
        assert.ok(error.response.length <= 500);
        const shown = inspect(error, { depth: 9 });
        for (const secret of secrets) assert.ok(!shown.includes(secret), `a secret is in ${shown}`);
      });
    }
  });
}

describe('the dialogues', () => {
  it('have one for each provider of the labelled file that talks IMAP or SMTP', {
    skip: existsSync(defaultFile) ? false : `there is no ${defaultFile}`,
  }, () => {
    const spoken = readSamples(defaultFile).filter(({ protocol }) => protocol === 'imap' || protocol === 'smtp');
    const ours = new Set([...imapDialogues, ...smtpDialogues].map(({ provider }) => provider));
    assert.deepEqual(
      [...new Set(spoken.map(({ provider }) => provider))].filter((name) => !ours.has(name)),
      [],
    );
  });
});
