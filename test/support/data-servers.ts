import { mkdtemp } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { Redis } from 'ioredis';
import { type EmbeddedServer, startEmbeddedPostgres, startLocalRedis } from '../../src/embedded.ts';
import { openContainerNetwork, startContainer } from './docker.ts';
import { keep, release } from './keeper.ts';
import { freePort } from './ports.ts';
import { processTree, signalTo } from './process-tree.ts';
import { control, type ServerControl } from './server-control.ts';

/** A Postgres or a Redis that a test may stop, freeze and start again, on the same port with the same data. */
export type OwnDataServer = ServerControl & { url: string };

const log = { info: () => {} };

/** Start a Postgres in a directory of its own below `dir`. A `durable` one waits for the disk, as in production. */
export async function startPostgres(options: { dir: string; durable?: boolean }): Promise<OwnDataServer> {
  const dir = await mkdtemp(join(options.dir, 'postgres-'));
  const port = await freePort();
  // Killing the daemon is what most tests do, not the machine: Postgres need not wait for the disk.
  const hasty = { fsync: 'off', full_page_writes: 'off' };
  const settings = { max_connections: 500, shared_buffers: '256MB', ...(options.durable ? {} : hasty) };
  return controlled(() => startEmbeddedPostgres({ dir, port, settings, log }), 'SIGQUIT');
}

/** Start a Redis in a directory of its own below `dir`, or in Docker; with AOF, as in production. */
export async function startRedis(options: { dir: string; image: string | null }): Promise<OwnDataServer> {
  const dir = await mkdtemp(join(options.dir, 'redis-'));
  const port = await freePort();
  if (options.image) return redisInContainer({ name: basename(dir).toLowerCase(), image: options.image, dir, port });
  return controlled(() => startLocalRedis({ dir, port, persistent: true, log }), 'SIGTERM');
}

async function redisInContainer(options: { name: string; image: string; dir: string; port: number }) {
  const { name, image, dir, port } = options;
  await openContainerNetwork({ name: `${name}-net`, image, ports: [port] });
  const flags = `--port ${port} --bind '*' --protected-mode no --appendonly yes --maxmemory-policy noeviction`;
  const shell = `mkdir -p /srv/redis && exec redis-server ${flags} --dir /srv/redis`;
  const server = control(() =>
    startContainer({ name, image, network: `${name}-net`, directory: dir, shell, greets: [] }),
  );
  await server.start();
  const url = `redis://127.0.0.1:${port}/0`;
  const redis = new Redis(url, { maxRetriesPerRequest: null, retryStrategy: () => 50 });
  redis.on('error', () => {}); // not up yet
  await redis.ping();
  redis.disconnect();
  return { ...server, url };
}

async function controlled(start: () => Promise<EmbeddedServer>, signal: NodeJS.Signals): Promise<OwnDataServer> {
  let running: EmbeddedServer | null = null;
  // Each child of Postgres leads a process group of its own: the tree is what stands for it.
  const signalAll = (name: NodeJS.Signals) => {
    for (const pid of running ? processTree(running.pid) : []) signalTo(pid, name);
  };
  const begin = async () => {
    running = await start();
    keep({ group: running.pid, signal });
    return running;
  };
  const { url } = await begin();
  const end = async (how: 'stop' | 'kill') => {
    if (!running) return;
    const ending = running;
    signalAll('SIGCONT');
    if (how === 'kill') signalAll('SIGKILL');
    await ending.stop();
    release({ group: ending.pid, signal });
    running = null;
  };
  return {
    url,
    async start() {
      if (!running) await begin();
    },
    stop: () => end('stop'),
    kill: () => end('kill'),
    async restart() {
      await end('stop');
      await begin();
    },
    pause: () => signalAll('SIGSTOP'),
    resume: () => signalAll('SIGCONT'),
  };
}
