import { execFile } from 'node:child_process';
import { cp, mkdir, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Certificate } from './certificates.ts';
import { startContainer } from './docker.ts';
import type { Container } from './dovecot.ts';
import { findProgram } from './programs.ts';
import { type ServerProcess, startServerProcess } from './server-process.ts';

const run = promisify(execFile);

/** Where a Postfix that was started listens, and where it keeps its things. */
export type PostfixPlaces = {
  dir: string;
  ports: { smtp: number; submission: number; smtps: number };
  /** Set when it runs in Docker. */
  container: Container | null;
};

/** Mail for any other domain ends here, so that none leaves the machine. */
export const outsideAddress = 'outside@postbud.test';

const stateInContainer = '/srv/postfix';

/** Write the directory and the configuration of a Postfix that delivers to Dovecot and asks it who may send. */
export async function preparePostfix(options: {
  dir: string;
  ports: PostfixPlaces['ports'];
  certificate: Certificate;
  dovecotPorts: { lmtp: number; auth: number };
  container: Container | null;
  /** Literal lines added to main.cf. */
  extra?: string;
}): Promise<PostfixPlaces> {
  const { dir, ports, certificate, dovecotPorts, container, extra = '' } = options;
  for (const part of ['etc', 'tls']) await mkdir(join(dir, part), { recursive: true });
  await cp(certificate.certFile, join(dir, 'tls', 'server.pem'));
  await cp(certificate.keyFile, join(dir, 'tls', 'server.key'));
  await writeFile(join(dir, 'etc', 'outside'), `!/@postbud\\.test$/ ${outsideAddress}\n`);
  await writeFile(join(dir, 'etc', 'senders'), '/^(.*)$/ $1\n');
  await writeFile(join(dir, 'etc', 'recipients'), refusedRecipients);
  const main = mainCf({ dir, stateDir: container ? stateInContainer : dir, dovecotPorts });
  await writeFile(join(dir, 'etc', 'main.cf'), main + extra);
  await writeFile(join(dir, 'etc', 'master.cf'), masterCf(container ? '' : '127.0.0.1:', ports));
  // Postfix waits until a main.cf is a second old, lest somebody is still writing it.
  await utimes(join(dir, 'etc', 'main.cf'), 0, 0);
  return { dir, ports, container };
}

/** Start it, and wait until it answers. */
export async function startPostfix({ dir, ports, container }: PostfixPlaces): Promise<ServerProcess> {
  // Its master alone: `postfix start` would check and repair the whole installation first, which takes seconds.
  const master = (daemons: string) => [join(daemons, 'master'), '-c', join(dir, 'etc'), '-d'] as [string, ...string[]];
  if (container) {
    const daemons = '$(postconf -dh daemon_directory)';
    const shell = `${makeQueue(stateInContainer)} && exec ${master(daemons).join(' ')}`;
    return startContainer({ ...container, directory: dir, shell, greets: [ports.smtp, ports.submission] });
  }
  const postconf = findProgram('postconf');
  if (!postconf) throw new Error('Postfix is not on this machine.');
  await run('sh', ['-c', makeQueue(dir)]);
  const { stdout: daemons } = await run(postconf, ['-dh', 'daemon_directory']);
  return startServerProcess({
    name: 'Postfix',
    command: master(daemons.trim()),
    cwd: dir,
    ports: Object.values(ports),
    logFile: join(dir, 'postfix.log'),
    stopSignal: 'SIGTERM',
  });
}

/** A shell command for the directories that Postfix wants, with the owners it wants. */
function makeQueue(stateDir: string) {
  const queue = (names: string) => names.split(' ').map((name) => `${stateDir}/queue/${name}`);
  const closed = queue('active bounce corrupt defer deferred flush hold incoming private saved trace');
  return [
    `install -d ${stateDir}/queue ${queue('pid').join(' ')}`,
    `install -d -o postfix -m 700 ${stateDir}/data ${closed.join(' ')}`,
    `install -d -o postfix -g postdrop -m 710 ${queue('public').join(' ')}`,
    `install -d -o postfix -g postdrop -m 730 ${queue('maildrop').join(' ')}`,
  ].join(' && ');
}

type Main = { dir: string; stateDir: string; dovecotPorts: { lmtp: number; auth: number } };

const mainCf = ({ dir, stateDir, dovecotPorts }: Main) => `
compatibility_level = 3.6
queue_directory = ${stateDir}/queue
data_directory = ${stateDir}/data
maillog_file = ${stateDir}/postfix.log
maillog_file_prefixes = ${stateDir}
myhostname = mail.postbud.test
mydomain = postbud.test
mydestination =
mynetworks =
alias_maps =
alias_database =
inet_protocols = ipv4
disable_dns_lookups = yes
smtpd_peername_lookup = no
biff = no

virtual_mailbox_domains = postbud.test
virtual_transport = lmtp:inet:127.0.0.1:${dovecotPorts.lmtp}
virtual_alias_domains =
virtual_alias_maps = regexp:${dir}/etc/outside
default_transport = error:5.7.1 no mail leaves the test machine
recipient_delimiter = +
message_size_limit = 26214400
mailbox_size_limit = 0

smtpd_tls_cert_file = ${dir}/tls/server.pem
smtpd_tls_key_file = ${dir}/tls/server.key
smtpd_tls_security_level = may
smtpd_tls_auth_only = yes
smtpd_sasl_type = dovecot
smtpd_sasl_path = inet:127.0.0.1:${dovecotPorts.auth}
smtpd_sender_login_maps = regexp:${dir}/etc/senders
smtpd_relay_restrictions = permit_sasl_authenticated, reject_unauth_destination
smtpd_recipient_restrictions = check_recipient_access regexp:${dir}/etc/recipients

# Load, and answers at once.
default_process_limit = 400
smtpd_client_connection_count_limit = 0
smtpd_error_sleep_time = 0
smtpd_junk_command_limit = 10000
in_flow_delay = 0
lmtp_destination_concurrency_limit = 20
lmtp_destination_recipient_limit = 1
minimal_backoff_time = 5s
queue_run_delay = 5s
`;

/** Answers that a real provider gives at RCPT. Any other unknown user of postbud.test is taken, and bounces later. */
const refusedRecipients = `
/^no-such-user@/  550 5.1.1 The email account that you tried to reach does not exist.
/^mailbox-full@/  452 4.2.2 The recipient's mailbox is full.
/^try-later@/     451 4.7.1 Greylisting in action, please come back later.
/^blocked@/       554 5.7.1 Message refused by the recipient's policy.
`;

const masterCf = (address: string, { smtp, submission, smtps }: PostfixPlaces['ports']) => `
${address}${smtp} inet n - n - - smtpd
${address}${submission} inet n - n - - smtpd
  -o smtpd_tls_security_level=encrypt
${onlyWithLogin}
${address}${smtps} inet n - n - - smtpd
  -o smtpd_tls_wrappermode=yes
${onlyWithLogin}
cleanup    unix n - n - 0 cleanup
qmgr       unix n - n 300 1 qmgr
tlsmgr     unix - - n 1000? 1 tlsmgr
rewrite    unix - - n - - trivial-rewrite
bounce     unix - - n - 0 bounce
defer      unix - - n - 0 bounce
trace      unix - - n - 0 bounce
verify     unix - - n - 1 verify
flush      unix n - n 1000? 0 flush
proxymap   unix - - n - - proxymap
proxywrite unix - - n - 1 proxymap
showq      unix n - n - - showq
error      unix - - n - - error
retry      unix - - n - - error
discard    unix - - n - - discard
lmtp       unix - - n - - lmtp flags=DO
anvil      unix - - n - 1 anvil
scache     unix - - n - 1 scache
postlog    unix-dgram n - n - 1 postlogd
`;

/** As at a provider: only with a login, and only as oneself. */
const onlyWithLogin = `  -o smtpd_sasl_auth_enable=yes
  -o smtpd_client_restrictions=permit_sasl_authenticated,reject
  -o smtpd_sender_restrictions=reject_sender_login_mismatch`;
