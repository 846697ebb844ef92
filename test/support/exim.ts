import { appendFile, chmod, chown, cp, mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type CertificateAuthority, makeCertificate } from './certificates.ts';
import { serverOwner } from './dovecot.ts';
import { unpackExim } from './exim-programs.ts';
import { freePorts } from './ports.ts';
import { outsideAddress } from './postfix.ts';
import { control, type ServerControl } from './server-control.ts';
import { startServerProcess } from './server-process.ts';

/** A second real SMTP server: what holds for Postfix alone is a habit and no protocol. */
export type EximServer = ServerControl & {
  /** `smtp` takes a login in clear where that was asked for. */
  ports: { smtp: number; submission: number; smtps: number };
  /** Who may send from now on, with which password. */
  allow(user: { address: string; password: string }): Promise<void>;
};

type EximOptions = {
  /** Whom it hands the mail for postbud.test to. */
  lmtpPort: number;
  smtputf8?: boolean;
  messageSizeLimit?: number;
  /** The port `smtp` asks for a login without TLS. */
  loginInClear?: boolean;
};

/** Start an Exim in a directory of its own below `dir`; ask `eximMissing` first. It is gone when this process ends. */
export async function startExim(
  options: { dir: string; authority: CertificateAuthority } & EximOptions,
): Promise<EximServer> {
  const dir = await mkdtemp(join(options.dir, 'exim-'));
  await chmod(dir, 0o755);
  const { ids } = await serverOwner();
  const owner = ids ?? { uid: process.getuid!(), gid: process.getgid!() };
  const { program, env } = await unpackExim(dir, owner);
  for (const name of ['spool', 'log', 'tls']) await mkdir(join(dir, name));
  await mkdir(join(dir, 'tls/made'));
  const made = await makeCertificate(options.authority, { dir: join(dir, 'tls/made') });
  await cp(made.certFile, join(dir, 'tls/server.pem'));
  await cp(made.keyFile, join(dir, 'tls/server.key'));
  const ports = await freePorts('smtp', 'submission', 'smtps');
  const config = join(dir, 'exim.conf');
  await writeFile(config, eximConf({ ...options, dir, program, ports }));
  await writeFile(join(dir, 'users'), '');
  for (const name of ['spool', 'log', 'tls', 'tls/server.pem', 'tls/server.key', 'users']) {
    await chown(join(dir, name), owner.uid, owner.gid);
  }
  const server = control(() =>
    startServerProcess({
      name: 'Exim',
      command: [program, '-C', config, '-bdf', '-q10s'],
      cwd: dir,
      ports: Object.values(ports),
      logFile: join(dir, 'exim.log'),
      stopSignal: 'SIGTERM',
      env: { PATH: process.env.PATH, LANG: 'C', ...env },
      owner: ids,
    }),
  );
  await server.start();
  return {
    ...server,
    ports,
    allow: ({ address, password }) => appendFile(join(dir, 'users'), `${address}: ${password}\n`),
  };
}

type Plan = EximOptions & { dir: string; program: string; ports: EximServer['ports'] };

function eximConf(plan: Plan) {
  const { dir, program, ports, lmtpPort, smtputf8 = true, messageSizeLimit = 26_214_400, loginInClear = false } = plan;
  const passwordOf = (name: string) => `\${lookup{${name}}lsearch{${dir}/users}}`;
  // An unknown user has no password, also not an empty one.
  const isKnown = (name: string, password: string) =>
    `\${if and{{!eq{${password}}{}}{eq{${password}}{${passwordOf(name)}}}}}`;
  return `
primary_hostname = mail.postbud.test
exim_path = ${program}
keep_environment = LD_* : NSS_WRAPPER_*
spool_directory = ${dir}/spool
log_file_path = ${dir}/log/%slog
deliver_drop_privilege = true
domainlist local = postbud.test
local_interfaces = 127.0.0.1
daemon_smtp_ports = ${Object.values(ports).join(' : ')}
tls_on_connect_ports = ${ports.smtps}
tls_advertise_hosts = *
tls_certificate = ${dir}/tls/server.pem
tls_privatekey = ${dir}/tls/server.key
auth_advertise_hosts = \${if or{{def:tls_in_cipher}{eq{$received_port}{${loginInClear ? ports.smtp : 0}}}}{*}}
smtputf8_advertise_hosts = ${smtputf8 ? '*' : ''}
message_size_limit = ${messageSizeLimit}
smtp_accept_max = 400
smtp_accept_queue_per_connection = 0
queue_run_max = 20
acl_smtp_mail = from_oneself
acl_smtp_rcpt = to_anyone

begin acl
from_oneself:
  deny message = 5.7.0 Authentication required
       !authenticated = *
  deny message = 5.7.1 Sender address rejected: not owned by user $authenticated_id
       condition = \${if !eqi{$authenticated_id}{$sender_address}}
  accept
to_anyone:
  deny local_parts = no-such-user
       message = 5.1.1 The email account that you tried to reach does not exist.
  defer local_parts = mailbox-full
       message = 452 4.2.2 The recipient's mailbox is full.
  defer local_parts = try-later
       message = 451 4.7.1 Greylisting in action, please come back later.
  accept control = utf8_downconvert

begin routers
outside:
  driver = redirect
  domains = ! +local
  data = ${outsideAddress}
inside:
  driver = accept
  domains = +local
  transport = to_dovecot

begin transports
to_dovecot:
  driver = smtp
  protocol = lmtp
  hosts = 127.0.0.1
  hosts_override
  allow_localhost
  port = ${lmtpPort}
  hosts_try_auth =
  hosts_avoid_tls = *

begin retry
* * F,1h,5s

begin authenticators
plain:
  driver = plaintext
  public_name = PLAIN
  server_prompts = :
  server_condition = ${isKnown('$auth2', '$auth3')}
  server_set_id = $auth2
login:
  driver = plaintext
  public_name = LOGIN
  server_prompts = Username:: : Password::
  server_condition = ${isKnown('$auth1', '$auth2')}
  server_set_id = $auth1
`;
}
