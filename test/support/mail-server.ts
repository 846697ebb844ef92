import { chmod, mkdir, mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import { type CertificateAuthority, makeCertificate } from './certificates.ts';
import { type DovecotPlaces, prepareDovecot, startDovecot } from './dovecot.ts';
import { addMailUser, type MailUser } from './mail-user.ts';
import { freePort } from './ports.ts';
import { outsideAddress, type PostfixPlaces, preparePostfix, startPostfix } from './postfix.ts';
import type { ServerProcess } from './server-process.ts';

/** All that another process needs to use a mail server that this one started: plain JSON. */
export type MailPlaces = { dovecot: DovecotPlaces; postfix: PostfixPlaces | null };

/** A running Dovecot and Postfix, shared by all test files. */
export type MailServer = {
  host: 'localhost';
  ports: { imap: number; imaps: number; lmtp: number; smtp: number; submission: number; smtps: number };
  /** A new mailbox; without an address it gets one of its own at postbud.test. */
  addUser(wanted?: { address?: string; password?: string }): Promise<MailUser>;
  /** The mailbox in which mail for every other domain ends. `X-Original-To` says whom it was for. */
  outside(): Promise<MailUser>;
  places: MailPlaces;
};

/** A mail server for one test file, which may therefore be stopped, frozen and restarted. */
export type OwnMailServer = MailServer & {
  imapServer: ServerControl;
  smtpServer: ServerControl;
  /** Both at once. */
  stop(): Promise<void>;
  start(): Promise<void>;
  restart(): Promise<void>;
};

/** What may be done to one server; it comes back on the same ports with the same mail. */
export type ServerControl = {
  start(): Promise<void>;
  stop(): Promise<void>;
  /** Without a goodbye on any connection. */
  kill(): Promise<void>;
  restart(): Promise<void>;
  /** Connections stay open, and nothing answers. */
  pause(): void;
  resume(): void;
};

/** Use a mail server that is running. */
export function mailServerAt(places: MailPlaces): MailServer {
  const none = { smtp: 0, submission: 0, smtps: 0 };
  const addUser: MailServer['addUser'] = (wanted) => addMailUser(places, wanted);
  return {
    host: 'localhost',
    ports: { ...places.dovecot.ports, ...(places.postfix?.ports ?? none) },
    addUser,
    outside: () => addUser({ address: outsideAddress, password: 'outside' }),
    places,
  };
}

/** Start a Dovecot and, unless told otherwise, a Postfix in a directory of their own below `dir`. */
export async function startMailServer(options: {
  dir: string;
  authority: CertificateAuthority;
  /** Names in the certificate, when they shall not be the right ones. */
  certificateNames?: string[];
  smtp?: boolean;
  /** Literal settings for Dovecot's configuration. */
  dovecotExtra?: string;
  postfixExtra?: string;
}): Promise<OwnMailServer> {
  const { authority, certificateNames, smtp = true, dovecotExtra = '', postfixExtra = '' } = options;
  const dir = await mkdtemp(join(options.dir, 'mail-'));
  const tls = join(dir, 'tls');
  await mkdir(tls);
  await openForOthers(dir);
  const certificate = await makeCertificate(authority, {
    dir: tls,
    ...(certificateNames && { names: certificateNames }),
  });
  const [imap, imaps, lmtp, smtpPort, submission, smtps] = await Promise.all(Array.from({ length: 6 }, freePort));
  const dovecot = await prepareDovecot({
    dir: join(dir, 'imap'),
    ports: { imap, imaps, lmtp } as DovecotPlaces['ports'],
    certificate,
    extra: dovecotExtra,
  });
  const postfix = smtp
    ? await preparePostfix({
        dir: join(dir, 'smtp'),
        ports: { smtp: smtpPort, submission, smtps } as PostfixPlaces['ports'],
        certificate,
        lmtpPort: dovecot.ports.lmtp,
        authSocket: join(dovecot.dir, 'base', 'auth-postfix'),
        extra: postfixExtra,
      })
    : null;

  const imapServer = control(() => startDovecot(dovecot));
  const smtpServer = control(() =>
    postfix ? startPostfix(postfix) : Promise.reject(new Error('started without SMTP')),
  );
  const both = smtp ? [imapServer, smtpServer] : [imapServer];
  const all = async (what: 'start' | 'stop' | 'restart') => void (await Promise.all(both.map((one) => one[what]())));
  await all('start');
  const server = mailServerAt({ dovecot, postfix });
  await server.outside();
  return {
    ...server,
    imapServer,
    smtpServer,
    start: () => all('start'),
    stop: () => all('stop'),
    restart: () => all('restart'),
  };
}

/** Servers drop root, so they have to get through the run's directories; what is secret in them has its own mode. */
async function openForOthers(dir: string) {
  await chmod(dir, 0o755);
}

function control(start: () => Promise<ServerProcess>): ServerControl {
  let running: ServerProcess | null = null;
  const end = async (how: 'stop' | 'kill') => {
    await running?.[how]();
    running = null;
  };
  const self: ServerControl = {
    async start() {
      running ??= await start();
    },
    stop: () => end('stop'),
    kill: () => end('kill'),
    async restart() {
      await end('stop');
      await self.start();
    },
    pause: () => running?.pause(),
    resume: () => running?.resume(),
  };
  return self;
}
