import { randomBytes } from 'node:crypto';
import { chown, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { composeMessage, type Delivered, deliverAll, type TestMessage } from './delivery.ts';
import { type DovecotPlaces, kick, serverOwner } from './dovecot.ts';
import { type ImapSession, openImapSession, quoted } from './imap-session.ts';
import type { PostfixPlaces } from './postfix.ts';

/** Host, port and security as `connect-account` takes them. */
export type ServerSettings = { host: string; port: number; security: 'tls' | 'starttls'; username: string };

/** A message as it lies in a folder. */
export type StoredMessage = { uid: number; flags: string[]; raw: string };

/** A mailbox on the test server, and what its owner, other senders and the provider do to it. */
export type MailUser = {
  address: string;
  readonly password: string;
  imap: ServerSettings;
  imapStarttls: ServerSettings;
  smtp: ServerSettings;
  smtpStarttls: ServerSettings;
  /** Mail from outside, straight into INBOX. `via: 'smtp'` takes the way through Postfix. */
  deliver(message?: TestMessage, options?: { via: 'lmtp' | 'smtp' }): Promise<Delivered>;
  /** Many over one connection. */
  deliverMany(messages: TestMessage[], options?: { via: 'lmtp' | 'smtp' }): Promise<Delivered[]>;
  /** Put a message into a folder as a mail program does; makes the folder when it is not there. Returns its UID. */
  appendTo(folder: string, message: TestMessage, options?: { flags?: string[]; date?: Date }): Promise<number>;
  /** Fill a folder: thousands a second, by MULTIAPPEND. */
  appendMany(folder: string, messages: TestMessage[], options?: { flags?: string[] }): Promise<void>;
  folders(): Promise<string[]>;
  messages(folder?: string): Promise<StoredMessage[]>;
  /** A connection of one's own, for anything else: flags, moves, folders. The caller closes it. */
  session(): Promise<ImapSession>;
  changePassword(password: string): Promise<void>;
  /** The provider takes logins no more, whatever the password; `enable` takes them again. */
  disable(): Promise<void>;
  enable(): Promise<void>;
  /** The server closes this user's IMAP connections. */
  disconnect(): Promise<void>;
  /** The account is gone; its mail stays. */
  remove(): Promise<void>;
};

/** The part of a user that is the same on any IMAP server. */
export type MailboxUser = Pick<
  MailUser,
  | 'address'
  | 'password'
  | 'imap'
  | 'imapStarttls'
  | 'deliver'
  | 'deliverMany'
  | 'appendTo'
  | 'appendMany'
  | 'folders'
  | 'messages'
  | 'session'
>;

/** What is done to a mailbox over IMAP, and by those who deliver to it. */
export function mailboxOf(way: Pick<MailUser, 'address' | 'session' | 'deliverMany'>) {
  const { address, session, deliverMany } = way;
  const within = async <T>(work: (session: ImapSession) => Promise<T>) => {
    const opened = await session();
    try {
      return await work(opened);
    } finally {
      opened.close();
    }
  };
  return {
    deliver: async (message = {}, options) => (await deliverMany([message], options))[0] as Delivered,
    deliverMany,
    appendTo: (folder, message, { flags = [], date } = {}) =>
      within(async (imap) => {
        await imap.command(`CREATE ${quoted(folder)}`).catch(() => {}); // it exists
        const when = date ? `${quoted(imapDate(date))} ` : '';
        const raw = await composeMessage(message, address);
        return uidOf(imap, folder, `APPEND ${quoted(folder)} (${flags.join(' ')}) ${when}`, raw);
      }),
    appendMany: (folder, messages, { flags = [] } = {}) =>
      within(async (imap) => {
        await imap.command(`CREATE ${quoted(folder)}`).catch(() => {}); // it exists
        for (let from = 0; from < messages.length; from += 500) {
          const raws = await Promise.all(messages.slice(from, from + 500).map((one) => composeMessage(one, address)));
          await imap.command(`APPEND ${quoted(folder)}`, ...raws.flatMap((raw) => [` (${flags.join(' ')}) `, raw]));
        }
      }),
    folders: () =>
      within(async (imap) => {
        const listed = await imap.command('LIST "" *');
        return listed.map(({ text }) => /"[/.]" "?(.*?)"?$/.exec(text)?.[1] ?? text);
      }),
    messages: (folder = 'INBOX') =>
      within(async (imap) => {
        await imap.command(`EXAMINE ${quoted(folder)}`);
        const fetched = await imap.command('UID FETCH 1:* (FLAGS BODY.PEEK[])');
        return fetched.filter(({ text }) => / FETCH /.test(text)).map(stored);
      }),
    session,
  } satisfies Partial<MailUser>;
}

/** Add a user: a file in Dovecot's `users`. */
export async function addMailUser(
  places: { dovecot: DovecotPlaces; postfix: PostfixPlaces | null },
  wanted: { address?: string; password?: string } = {},
): Promise<MailUser> {
  const { dovecot, postfix } = places;
  const address = (wanted.address ?? `${randomBytes(5).toString('hex')}@postbud.test`).toLowerCase();
  let password = wanted.password ?? randomBytes(9).toString('base64url');
  const file = join(dovecot.dir, 'users', address);
  const at = (port: number, security: ServerSettings['security']) => ({
    host: 'localhost',
    port,
    security,
    username: address,
  });
  const smtpPort = () => {
    if (!postfix) throw new Error('This mail server was started without SMTP.');
    return postfix.ports.smtp;
  };
  const write = (options: { disabled: boolean }) =>
    writeUser({ file, dovecot, line: userLine(address, password, options) });
  await write({ disabled: false });

  const session = () => openImapSession({ port: dovecot.ports.imaps, username: address, password });
  const deliverMany: MailUser['deliverMany'] = (messages, { via } = { via: 'lmtp' }) =>
    deliverAll({ protocol: via, port: via === 'lmtp' ? dovecot.ports.lmtp : smtpPort(), to: address, messages });

  return {
    address,
    get password() {
      return password;
    },
    imap: at(dovecot.ports.imaps, 'tls'),
    imapStarttls: at(dovecot.ports.imap, 'starttls'),
    smtp: at(postfix?.ports.smtps ?? 0, 'tls'),
    smtpStarttls: at(postfix?.ports.submission ?? 0, 'starttls'),
    ...mailboxOf({ address, session, deliverMany }),
    async changePassword(next) {
      password = next;
      await write({ disabled: false });
    },
    disable: () => write({ disabled: true }),
    enable: () => write({ disabled: false }),
    disconnect: () => kick(dovecot, address),
    async remove() {
      await rm(file, { force: true });
      await untilDovecotLooksAgain();
    },
  };
}

/**
 * One rename, so that Dovecot reads either the old or the new line. It looks at a file's time (in seconds) and size at
 * most once a second: so each version is dated a second after the last (`old` and `new` are as long as each other), and
 * a change is waited for until the second is over.
 */
async function writeUser({ file, dovecot, line }: { file: string; dovecot: DovecotPlaces; line: string }) {
  const before = await stat(file).catch(() => null);
  const fresh = join(file, '..', `.${randomBytes(6).toString('hex')}`);
  await writeFile(fresh, line, { mode: dovecot.container ? 0o644 : 0o600 });
  const { ids } = await serverOwner();
  if (ids && !dovecot.container) await chown(fresh, ids.uid, ids.gid);
  const seconds = Math.max(Math.floor(Date.now() / 1000), Math.floor((before?.mtimeMs ?? 0) / 1000) + 1);
  await utimes(fresh, seconds, seconds);
  await rename(fresh, file);
  if (before) await untilDovecotLooksAgain();
}

const userLine = (address: string, password: string, { disabled }: { disabled: boolean }) =>
  `${address}:{PLAIN}${password}::::::${disabled ? 'nologin=y' : ''}\n`;

const untilDovecotLooksAgain = () => delay(1_020 - (Date.now() % 1_000));

/** The UID that the folder gives to what `command` adds. */
async function uidOf(imap: ImapSession, folder: string, ...command: (string | Buffer)[]) {
  const [status] = await imap.command(`STATUS ${quoted(folder)} (UIDNEXT)`);
  await imap.command(...command);
  return Number(/UIDNEXT (\d+)/.exec(status?.text ?? '')?.[1]);
}

function stored({ text, literals }: { text: string; literals: Buffer[] }): StoredMessage {
  return {
    uid: Number(/UID (\d+)/.exec(text)?.[1]),
    flags:
      /FLAGS \((.*?)\)/
        .exec(text)?.[1]
        ?.split(' ')
        .filter((flag) => flag && flag !== '\\Recent') ?? [],
    raw: literals[0]?.toString() ?? '',
  };
}

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const imapDate = (date: Date) =>
  `${`${date.getUTCDate()}`.padStart(2, '0')}-${months[date.getUTCMonth()]}-${date.getUTCFullYear()} ` +
  `${date.toISOString().slice(11, 19)} +0000`;
