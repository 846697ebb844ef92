import type { Reason } from '../../src/mail/refusals/index.ts';
import type { Certificate } from './certificates.ts';
import { type Answer, type ScriptedClient, type ScriptedServer, scriptedServer } from './scripted-server.ts';

/** How far the dialogue of a login, or of the first thing after it, comes before the server refuses. */
export type Point = 'greeting' | 'starttls' | 'login' | 'select' | 'append' | 'idle' | 'mail' | 'rcpt' | 'data';

/** One dialogue of a provider: what its server says, and what Postbud makes of it. */
export type Dialogue = {
  /** As the labelled file names it. */
  provider: string;
  /** What is wrong, for the test's name. */
  what: string;
  host: string;
  /** Default: TLS from the first byte. */
  security?: 'starttls';
  /** Log in with a token in place of a password. */
  token?: true;
  greeting?: string;
  /** CAPABILITY of IMAP, AUTH of SMTP, as they are offered once TLS is up. */
  offers?: string;
  /** What an OAuth server explains before it refuses: JSON, sent in base64. */
  challenge?: string;
  /** Default: `login`. */
  at?: Point;
  /** The refusal. `$tag` is the tag of the command; `$secret`, `$user` and `$plain` are what a careless server repeats. */
  says: string | string[];
  /** The server closes the connection behind it. */
  hangsUp?: true;

  reason: Reason;
  permanent: boolean;
  /** The pause that the server asks for. */
  waitMs?: number;
  /** The page that it names for the owner. */
  link?: string;
  /** Words of the server that are kept. */
  shows?: RegExp;
  /** Logins that reach the server; default 1, and 0 where it refuses before. */
  knocks?: number;
};

export const username = 'kim@example.dk';
export const password = 'canary-4711-Sommer';
export const token = 'ya29.canary-token-4711-abcdefgh';

/** Start the server of a dialogue; with `certificate` for its host name. */
export function startDialogue(
  protocol: 'imap' | 'smtp',
  dialogue: Dialogue,
  certificate: Certificate,
): Promise<ScriptedServer> {
  const tls = { certificate, implicit: dialogue.security !== 'starttls' };
  const { greeting, answers } = (protocol === 'imap' ? imapScript : smtpScript)(dialogue);
  return scriptedServer({ greeting: dialogue.at === 'greeting' ? said(dialogue) : greeting, answers, tls });
}

/** The logins that came: what a provider counts. */
export const knocksOf = (heard: readonly string[]) =>
  heard.filter((line) => /^(?:AUTH |\S+ (?:AUTHENTICATE|LOGIN)\b)/.test(line));

const base64 = (text: string) => Buffer.from(text).toString('base64');

function said({ says, token: withToken }: Dialogue, tag = '$tag'): string[] {
  const secret = withToken ? token : password;
  return [says].flat().map((line) =>
    line
      .replaceAll('$tag', tag)
      .replaceAll('$secret', secret)
      .replaceAll('$user', base64(username))
      .replaceAll('$plain', base64(`\0${username}\0${secret}`)),
  );
}

function refuse(client: ScriptedClient, dialogue: Dialogue, tag?: string) {
  client.send(...said(dialogue, tag));
  if (dialogue.hangsUp) client.close();
}

function imapScript(dialogue: Dialogue) {
  const { offers = 'AUTH=PLAIN SASL-IR ID', challenge, at = 'login', security } = dialogue;
  let encrypted = security !== 'starttls';
  const refusing: Answer = (client) => refuse(client, dialogue);
  const answers: [RegExp, Answer][] = [
    [
      / CAPABILITY$/,
      (client) =>
        client.send(`* CAPABILITY IMAP4rev1 IDLE ${encrypted ? offers : 'STARTTLS LOGINDISABLED'}`, '$tag OK done'),
    ],
    [
      / STARTTLS$/,
      (client) => {
        if (at === 'starttls') return refuse(client, dialogue);
        client.send('$tag OK begin');
        client.startTls();
        encrypted = true;
      },
    ],
    [
      /^(\S+) AUTHENTICATE (\S+)( \S+)?$/,
      async (client, [, tag, , initial]) => {
        if (!initial) {
          client.send('+ ');
          await client.line();
        }
        if (challenge) {
          client.send(`+ ${base64(challenge)}`);
          await client.line();
        }
        if (at === 'login') refuse(client, dialogue, tag);
        else client.send(`${tag} OK logged in`);
      },
    ],
    [/ LOGIN /, at === 'login' ? refusing : '$tag OK logged in'],
    [/ (?:SELECT|EXAMINE) /, at === 'select' ? refusing : [...opened]],
    [/ APPEND /, refusing],
    [
      / IDLE$/,
      (client) => {
        client.send('+ idling', ...said(dialogue));
        if (dialogue.hangsUp) client.close();
      },
    ],
    [/ LIST /, ['* LIST () "/" INBOX', '$tag OK done']],
    [/ LOGOUT$/, ['* BYE', '$tag OK']],
    [/^\S+ (?:ID|NOOP|NAMESPACE|ENABLE|DONE)/, '$tag OK done'],
  ];
  return { greeting: dialogue.greeting ?? '* OK IMAP4rev1 ready', answers };
}

const opened = ['* 0 EXISTS', '* OK [UIDVALIDITY 1] .', '* OK [UIDNEXT 1] .', '$tag OK [READ-WRITE] done'];

function smtpScript(dialogue: Dialogue) {
  const { offers = 'PLAIN LOGIN', challenge, at = 'login', security, host } = dialogue;
  let encrypted = security !== 'starttls';
  const step = (point: Point, usual: string): Answer => (at === point ? (client) => refuse(client, dialogue) : usual);
  const login = (client: ScriptedClient) => {
    if (at === 'login') refuse(client, dialogue);
    else client.send('235 2.7.0 accepted');
  };
  const answers: [RegExp, Answer][] = [
    [
      /^EHLO/,
      (client) => client.send(`250-${host}`, '250-8BITMIME', encrypted ? `250 AUTH ${offers}` : '250 STARTTLS'),
    ],
    [
      /^STARTTLS$/,
      (client) => {
        if (at === 'starttls') return refuse(client, dialogue);
        client.send('220 begin');
        client.startTls();
        encrypted = true;
      },
    ],
    [
      /^AUTH LOGIN$/,
      async (client) => {
        for (const prompt of ['Username:', 'Password:']) {
          client.send(`334 ${base64(prompt)}`);
          await client.line();
        }
        login(client);
      },
    ],
    [
      /^AUTH /,
      async (client) => {
        if (challenge) {
          client.send(`334 ${base64(challenge)}`);
          await client.line();
        }
        login(client);
      },
    ],
    [/^MAIL /, step('mail', '250 2.1.0 ok')],
    [/^RCPT /, step('rcpt', '250 2.1.5 ok')],
    [/^DATA$/, '354 go on'],
    [/^\.$/, step('data', '250 2.0.0 taken')],
    [/^QUIT$/, '221 bye'],
  ];
  return { greeting: dialogue.greeting ?? `220 ${host} ESMTP`, answers };
}
