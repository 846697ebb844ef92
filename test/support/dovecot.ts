import { execFile } from 'node:child_process';
import { chmod, chown, cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Certificate } from './certificates.ts';
import { dovecot23 } from './dovecot-config.ts';
import { findProgram } from './programs.ts';
import { type ServerProcess, startServerProcess } from './server-process.ts';

const run = promisify(execFile);

/** Where a Dovecot that was started listens, and where it keeps its things. */
export type DovecotPlaces = { dir: string; configFile: string; ports: { imap: number; imaps: number; lmtp: number } };

/** Write the directory and the configuration of a Dovecot; it can then be started any number of times. */
export async function prepareDovecot(options: {
  dir: string;
  ports: DovecotPlaces['ports'];
  certificate: Certificate;
  extra?: string;
}): Promise<DovecotPlaces> {
  const { dir, ports, extra = '' } = options;
  const owner = await serverOwner();
  for (const part of ['', 'base', 'state', 'users', 'mail', 'tls']) await mkdir(join(dir, part), { recursive: true });
  const certificate = { certFile: join(dir, 'tls', 'server.pem'), keyFile: join(dir, 'tls', 'server.key') };
  await cp(options.certificate.certFile, certificate.certFile);
  await cp(options.certificate.keyFile, certificate.keyFile);
  const configFile = join(dir, 'dovecot.conf');
  await writeFile(configFile, dovecot23({ dir, ports, certificate, user: owner.user, group: owner.group, extra }));
  if (owner.ids) {
    const { uid, gid } = owner.ids;
    const own = ['', 'base', 'state', 'users', 'mail', 'tls', 'tls/server.key'];
    for (const part of own) await chown(join(dir, part), uid, gid);
  }
  await chmod(certificate.keyFile, 0o600);
  return { dir, configFile, ports };
}

/** Start it, and wait until all three ports answer. */
export async function startDovecot({ dir, configFile, ports }: DovecotPlaces): Promise<ServerProcess> {
  const program = findProgram('dovecot');
  if (!program) throw new Error('Dovecot is not on this machine.');
  return startServerProcess({
    name: 'Dovecot',
    command: [program, '-F', '-c', configFile],
    cwd: dir,
    ports: Object.values(ports),
    logFile: join(dir, 'dovecot.log'),
    stopSignal: 'SIGTERM',
    owner: (await serverOwner()).ids,
  });
}

/** End a user's connections from the server's side. */
export async function kick({ configFile }: Pick<DovecotPlaces, 'configFile'>, address: string) {
  const doveadm = findProgram('doveadm') ?? 'doveadm';
  // Status 68 says that the user had no connection.
  await run(doveadm, ['-c', configFile, 'kick', address]).catch((error) => {
    if (error.code !== 68) throw error;
  });
}

let owner: ReturnType<typeof findOwner> | undefined;

/** Root hands Dovecot to `nobody`, so that one configuration serves root and normal users. */
export function serverOwner() {
  owner ??= findOwner();
  return owner;
}

async function findOwner() {
  const name = process.getuid?.() === 0 ? ['nobody'] : [];
  const ask = async (what: string) => (await run('id', [what, ...name])).stdout.trim();
  const [user, group, uid, gid] = await Promise.all([ask('-un'), ask('-gn'), ask('-u'), ask('-g')]);
  return { user, group, ids: name.length ? { uid: Number(uid), gid: Number(gid) } : undefined };
}

const instancesWanted = 8_192;

/**
 * Each mailbox in IDLE takes an inotify instance. Where Linux has none left, Dovecot polls, and new mail is told of
 * late: raised when we may, told about when we may not.
 */
export async function allowManyWatches(say: (line: string) => void) {
  const file = '/proc/sys/fs/inotify/max_user_instances';
  const now = Number(await readFile(file, 'utf8').catch(() => Number.POSITIVE_INFINITY));
  if (now >= 1_024) return;
  try {
    await writeFile(file, `${instancesWanted}`);
    say(`fs.inotify.max_user_instances: ${now} -> ${instancesWanted} (until the next boot), for Dovecot's IDLE`);
  } catch {
    say(`fs.inotify.max_user_instances is ${now}: beyond that many mailboxes in IDLE, Dovecot polls and tells late`);
  }
}
