import { randomBytes } from 'node:crypto';
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Config } from './config.ts';
import { type EmbeddedServer, startEmbeddedPostgres, startLocalRedis } from './embedded.ts';
import type { Log } from './log.ts';
import { type KeyRing, parseKeyRing } from './secrets/key-ring.ts';

/** Everything that a start needs and that is not in the settings is made here, once, and kept in `dir`. */
export type Places = {
  databaseUrl: string;
  databaseDirectUrl: string;
  redisUrl: string;
  keyRing: KeyRing;
  adminToken: string;
  stop(): Promise<void>;
};

/**
 * Where Postgres and Redis are. What is not configured is started: an embedded Postgres, and the Redis of this machine.
 * Only with the embedded Postgres are keys and admin token made here: a key that nobody keeps elsewhere is no key for a
 * database that outlives this folder.
 */
export async function ownServers(config: Config, log: Log, dir = resolve('data')): Promise<Places> {
  const started: EmbeddedServer[] = [];
  const stop = async () => {
    for (const server of started.reverse()) await server.stop();
  };
  try {
    let { databaseUrl, redisUrl } = config;
    if (databaseUrl === undefined || redisUrl === undefined) await mkdir(dir, { recursive: true });
    if (databaseUrl === undefined) {
      const server = await startEmbeddedPostgres({ dir: join(dir, 'postgres'), log });
      started.push(server);
      databaseUrl = server.url;
    }
    if (redisUrl === undefined) {
      const server = await startLocalRedis({ dir: join(dir, 'redis'), persistent: true, log });
      started.push(server);
      redisUrl = server.url;
      // A CRM on this machine needs it; the port is another one at each start.
      const file = join(dir, 'redis-url');
      await writeFile(file, `${server.url}\n`, { mode: 0o600 });
      log.info({ file }, 'the address of the local Redis is in this file');
    }
    const kept = (name: string, make: () => string) => keptIn(join(dir, name), make, log);
    return {
      databaseUrl,
      databaseDirectUrl: config.databaseDirectUrl ?? databaseUrl,
      redisUrl,
      keyRing: config.keyRing ?? parseKeyRing(await kept('keys', () => `k1:${randomBytes(32).toString('base64')}`)),
      adminToken: config.adminToken ?? (await kept('admin-token', () => randomBytes(32).toString('base64url'))),
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function keptIn(file: string, make: () => string, log: Log): Promise<string> {
  try {
    return (await readFile(file, 'utf8')).trim();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    await writeFile(file, make(), { mode: 0o600, flag: 'wx' });
    await chmod(file, 0o600);
    log.info({ file }, 'made a secret and kept it');
    return (await readFile(file, 'utf8')).trim();
  }
}
