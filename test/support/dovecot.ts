import { execFile } from 'node:child_process';
import { chmod, chown, cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Certificate } from './certificates.ts';
import { inContainer, startContainer } from './docker.ts';
import { dovecot23, dovecot24 } from './dovecot-config.ts';
import { findProgram } from './programs.ts';
import { type ServerProcess, startServerProcess } from './server-process.ts';

const run = promisify(execFile);

/** Where a Dovecot that was started listens, and where it keeps its things. */
export type DovecotPlaces = {
  dir: string;
  configFile: string;
  ports: { imap: number; imaps: number; lmtp: number; auth: number };
  /** Set when it runs in Docker. */
  container: Container | null;
};

/** A container for one server, on a network that several share. */
export type Container = { name: string; image: string; network: string };

const stateInContainer = '/srv/dovecot';

/** Write the directory and the configuration of a Dovecot; it can then be started any number of times. */
export async function prepareDovecot(options: {
  dir: string;
  ports: DovecotPlaces['ports'];
  certificate: Certificate;
  container: Container | null;
  extra?: string;
}): Promise<DovecotPlaces> {
  const { dir, ports, container, extra = '' } = options;
  const parts = ['', 'base', 'state', 'users', 'mail', 'tls'];
  for (const part of parts) await mkdir(join(dir, part), { recursive: true });
  const certificate = { certFile: join(dir, 'tls', 'server.pem'), keyFile: join(dir, 'tls', 'server.key') };
  await cp(options.certificate.certFile, certificate.certFile);
  await cp(options.certificate.keyFile, certificate.keyFile);
  const configFile = join(dir, 'dovecot.conf');
  const plan = { dir, ports, certificate, extra };
  if (container) {
    const inside = {
      stateDir: stateInContainer,
      logPath: '/dev/stderr',
      listen: '*',
      user: 'nobody',
      group: 'nogroup',
    };
    await writeFile(configFile, dovecot23({ ...plan, ...inside }));
    await chmod(certificate.keyFile, 0o644); // the container's users are not ours
  } else {
    const { user, group, ids } = await serverOwner();
    const here = { stateDir: dir, logPath: join(dir, 'dovecot.log'), listen: '127.0.0.1', user, group };
    const { stdout: version } = await run(program('dovecot'), ['--version']);
    await writeFile(configFile, (version.startsWith('2.3.') ? dovecot23 : dovecot24)({ ...plan, ...here }));
    if (ids) for (const part of [...parts, 'tls/server.key']) await chown(join(dir, part), ids.uid, ids.gid);
    await chmod(certificate.keyFile, 0o600);
  }
  return { dir, configFile, ports, container };
}

/** Start it, and wait until it answers. */
export async function startDovecot({ dir, configFile, ports, container }: DovecotPlaces): Promise<ServerProcess> {
  if (container) {
    const state = ['', '/base', '/state', '/mail'].map((part) => `${stateInContainer}${part}`).join(' ');
    // After a kill its pid file is still there, and in a container another run has the same pid.
    const clear = `rm -f ${stateInContainer}/base/master.pid`;
    const shell = `${clear} && install -d -o nobody -g nogroup ${state} && exec dovecot -F -c ${configFile}`;
    return startContainer({ ...container, directory: dir, shell, greets: [ports.imap, ports.lmtp] });
  }
  return startServerProcess({
    name: 'Dovecot',
    command: [program('dovecot'), '-F', '-c', configFile],
    cwd: dir,
    ports: Object.values(ports),
    logFile: join(dir, 'dovecot.log'),
    stopSignal: 'SIGTERM',
    owner: (await serverOwner()).ids,
  });
}

/** Do what only the server's owner can: `mailbox update --min-next-uid 1000 INBOX`. */
export async function doveadm({ configFile, container }: DovecotPlaces, ...args: string[]) {
  const command = ['-c', configFile, ...args];
  await (container ? inContainer(container.name, 'doveadm', ...command) : run(program('doveadm'), command));
}

/** End a user's connections from the server's side. */
export async function kick(places: DovecotPlaces, address: string) {
  // Status 68 says that the user had no connection.
  await doveadm(places, 'kick', address).catch((error) => {
    if (error.code !== 68) throw error;
  });
}

function program(name: string) {
  const found = findProgram(name);
  if (!found) throw new Error(`${name} is not on this machine.`);
  return found;
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
