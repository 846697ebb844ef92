import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmod, chown, cp, mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type CertificateAuthority, makeCertificate } from './certificates.ts';
import { type CyrusPrograms, unpackCyrus } from './cyrus-programs.ts';
import { deliverAll } from './delivery.ts';
import { serverOwner } from './dovecot.ts';
import { openImapSession } from './imap-session.ts';
import { type MailboxUser, type MailUser, mailboxOf } from './mail-user.ts';
import { freePorts } from './ports.ts';
import { control, type ServerControl } from './server-control.ts';
import { startServerProcess } from './server-process.ts';

const run = promisify(execFile);

/** A second real IMAP server: what holds for Dovecot alone is a habit and no protocol. */
export type CyrusServer = {
  host: 'localhost';
  imapServer: ServerControl;
  addUser(wanted?: { address?: string; password?: string }): Promise<MailboxUser>;
};

const domain = 'postbud.test';

/** Start a Cyrus in a directory of its own below `dir`; ask `cyrusMissing` first. It is gone when this process ends. */
export async function startCyrus(options: { dir: string; authority: CertificateAuthority }): Promise<CyrusServer> {
  const dir = await mkdtemp(join(options.dir, 'cyrus-'));
  await chmod(dir, 0o755);
  const programs = await unpackCyrus(dir);
  const { user, group, ids } = await serverOwner();
  const folders = ['config', 'spool', 'tmp', 'tls', 'sieve'];
  const inConfig = ['socket', 'db', 'proc', 'lock', 'log', 'user', 'quota', 'ptclient', 'backup'].map(
    (name) => `config/${name}`,
  );
  for (const name of [...folders, ...inConfig]) await mkdir(join(dir, name), { recursive: true });
  await mkdir(join(dir, 'tls', 'made'));
  const made = await makeCertificate(options.authority, { dir: join(dir, 'tls', 'made') });
  await cp(made.certFile, join(dir, 'tls', 'server.pem'));
  await cp(made.keyFile, join(dir, 'tls', 'server.key'));
  const ports = await freePorts('imap', 'imaps', 'lmtp');
  await writeFile(join(dir, 'imapd.conf'), imapdConf({ dir, user, group }));
  await writeFile(join(dir, 'cyrus.conf'), cyrusConf({ dir, ports, programs }));
  if (ids) {
    const owned = ['', ...folders, ...inConfig, 'tls/server.key', 'tls/server.pem'];
    for (const name of owned) await chown(join(dir, name), ids.uid, ids.gid);
  }

  const imapServer = control(() =>
    startServerProcess({
      name: 'Cyrus',
      command: [
        join(programs.bin, 'master'),
        ...['-C', join(dir, 'imapd.conf'), '-M', join(dir, 'cyrus.conf'), '-p', join(dir, 'master.pid'), '-D'],
      ],
      cwd: dir,
      ports: Object.values(ports),
      logFile: join(dir, 'cyrus.log'),
      stopSignal: 'SIGTERM',
      env: { PATH: process.env.PATH, LANG: 'C', ...programs.env },
      owner: ids,
    }),
  );
  await imapServer.start();

  let turn: Promise<unknown> = Promise.resolve();
  /** The file of passwords takes one writer at a time. */
  const setPassword = (name: string, password: string) => {
    const args = ['-f', join(dir, 'sasldb2'), '-u', domain, '-c', '-p', name];
    const done = turn.then(() => {
      const started = run(programs.saslpasswd, args, { env: { ...process.env, ...programs.env }, ...ids });
      started.child.stdin?.end(password);
      return started;
    });
    turn = done.catch(() => {}); // told to the one who asked
    return done;
  };

  return {
    host: 'localhost',
    imapServer,
    async addUser(wanted = {}) {
      const address = (wanted.address ?? `${randomBytes(5).toString('hex')}@${domain}`).toLowerCase();
      const password = wanted.password ?? randomBytes(9).toString('base64url');
      await setPassword(address.split('@')[0]!, password);
      const session = () => openImapSession({ port: ports.imaps, username: address, password });
      (await session()).close(); // Cyrus makes the mailbox at the first login.
      const deliverMany: MailUser['deliverMany'] = (messages) =>
        deliverAll({ protocol: 'lmtp', port: ports.lmtp, to: address, messages });
      const at = { host: 'localhost', username: address };
      return {
        address,
        password,
        imap: { ...at, port: ports.imaps, security: 'tls' },
        imapStarttls: { ...at, port: ports.imap, security: 'starttls' },
        ...mailboxOf({ address, session, deliverMany }),
        session,
        deliverMany,
      };
    },
  };
}

function imapdConf({ dir, user, group }: { dir: string; user: string; group: string }) {
  return `
configdirectory: ${dir}/config
partition-default: ${dir}/spool
defaultpartition: default
cyrus_user: ${user}
cyrus_group: ${group}
admins: cyrus
servername: localhost
virtdomains: userid
defaultdomain: internal
altnamespace: yes
unixhierarchysep: yes
allowplaintext: yes
sasl_pwcheck_method: auxprop
sasl_auxprop_plugin: sasldb
sasl_sasldb_path: ${dir}/sasldb2
sasl_mech_list: PLAIN LOGIN
tls_server_cert: ${dir}/tls/server.pem
tls_server_key: ${dir}/tls/server.key
autocreate_quota: 0
autocreate_inbox_folders: Sent | Drafts | Trash | Junk
autocreate_subscribe_folders: Sent | Drafts | Trash | Junk
xlist-sent: Sent
xlist-drafts: Drafts
xlist-trash: Trash
xlist-junk: Junk
duplicatesuppression: no
conversations: no
expunge_mode: immediate
idlesocket: ${dir}/config/socket/idle
lmtpsocket: ${dir}/config/socket/lmtp
notifysocket: ${dir}/config/socket/notify
mboxname_lockpath: ${dir}/config/lock
proc_path: ${dir}/config/proc
temp_path: ${dir}/tmp
sievedir: ${dir}/sieve
`;
}

function cyrusConf(plan: { dir: string; ports: Record<'imap' | 'imaps' | 'lmtp', number>; programs: CyrusPrograms }) {
  const { dir, ports, programs } = plan;
  const command = (name: string, ...more: string[]) =>
    `cmd="${[join(programs.bin, name), '-C', join(dir, 'imapd.conf'), ...more].join(' ')}"`;
  return `
START {
  recover ${command('ctl_cyrusdb', '-r')}
}
SERVICES {
  imap ${command('imapd')} listen="127.0.0.1:${ports.imap}" prefork=1 maxchild=200
  imaps ${command('imapd', '-s')} listen="127.0.0.1:${ports.imaps}" prefork=2 maxchild=200
  lmtp ${command('lmtpd', '-a')} listen="127.0.0.1:${ports.lmtp}" prefork=1 maxchild=50
}
DAEMON {
  idled ${command('idled')}
}
EVENTS {
}
`;
}
