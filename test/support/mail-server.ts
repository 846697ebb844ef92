import { chmod, mkdir, mkdtemp } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { type CertificateAuthority, makeCertificate } from './certificates.ts';
import { openContainerNetwork } from './docker.ts';
import { type DovecotPlaces, prepareDovecot, startDovecot } from './dovecot.ts';
import { addMailUser, type MailUser } from './mail-user.ts';
import { freePorts } from './ports.ts';
import { outsideAddress, type PostfixPlaces, preparePostfix, startPostfix } from './postfix.ts';
import { control, type ServerControl } from './server-control.ts';

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
  /** Run both in Docker. */
  image?: string | null;
}): Promise<OwnMailServer> {
  const { authority, certificateNames, smtp = true, dovecotExtra = '', postfixExtra = '', image } = options;
  const dir = await mkdtemp(join(options.dir, 'mail-'));
  const tls = join(dir, 'tls');
  await mkdir(tls);
  await chmod(dir, 0o755); // servers that drop root have to get in; what is secret has its own mode
  const certificate = await makeCertificate(authority, {
    dir: tls,
    ...(certificateNames && { names: certificateNames }),
  });
  const ports = await freePorts('imap', 'imaps', 'lmtp', 'auth', 'smtp', 'submission', 'smtps');
  const network = basename(dir).toLowerCase();
  if (image) await openContainerNetwork({ name: network, image, ports: Object.values(ports) });
  const containerOf = (server: string) => (image ? { name: `${network}-${server}`, image, network } : null);
  const dovecot = await prepareDovecot({
    dir: join(dir, 'imap'),
    ports: { imap: ports.imap, imaps: ports.imaps, lmtp: ports.lmtp, auth: ports.auth },
    certificate,
    container: containerOf('imap'),
    extra: dovecotExtra,
  });
  const postfix = smtp
    ? await preparePostfix({
        dir: join(dir, 'smtp'),
        ports: { smtp: ports.smtp, submission: ports.submission, smtps: ports.smtps },
        certificate,
        dovecotPorts: dovecot.ports,
        container: containerOf('smtp'),
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
