import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Redis } from 'ioredis';
import postgres from 'postgres';
import { startEmbeddedPostgres, startLocalRedis } from '../src/embedded.ts';
import { keep, removeAllKept } from './support/keeper.ts';

const module = fileURLToPath(new URL('../src/embedded.ts', import.meta.url));
const log = { info: () => {} };

/** Both servers, started by a process of their own, as `npm start` does. */
async function startedElsewhere(dir: string) {
  const program = `
    const { startEmbeddedPostgres, startLocalRedis } = await import(${JSON.stringify(module)});
    const log = { info() {} };
    const postgres = await startEmbeddedPostgres({ dir: ${JSON.stringify(join(dir, 'postgres'))}, log });
    const redis = await startLocalRedis({ dir: ${JSON.stringify(join(dir, 'redis'))}, persistent: true, log });
    console.log(JSON.stringify({ postgres: postgres.url, redis: redis.url }));
    setInterval(() => {}, 1000);
  `;
  const starter = spawn(process.execPath, ['--input-type=module', '--eval', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  keep({ group: starter.pid as number, signal: 'SIGKILL' });
  const [line] = await once(starter.stdout, 'data');
  return { starter, urls: JSON.parse(String(line)) as { postgres: string; redis: string } };
}

describe('with no DATABASE_URL and no REDIS_URL', () => {
  const dir = mkdtempSync(join(tmpdir(), 'postbud-embedded-'));
  keep({ directory: dir });
  after(removeAllKept);

  it('what was stored survives kill -9 of the process that started the servers', async () => {
    const { starter, urls } = await startedElsewhere(dir);
    const sql = postgres(urls.postgres, { max: 1, onnotice: () => {} });
    await sql`create table kept as select 'yes' as answer`;
    await sql.end();
    const redis = new Redis(urls.redis);
    await redis.set('kept', 'yes');
    redis.disconnect();

    await assert.rejects(startEmbeddedPostgres({ dir: join(dir, 'postgres'), log }), /in use by process \d+/);
    await assert.rejects(startLocalRedis({ dir: join(dir, 'redis'), persistent: true, log }), /in use by process \d+/);

    starter.kill('SIGKILL');
    await once(starter, 'exit');
    const again = await startEmbeddedPostgres({ dir: join(dir, 'postgres'), log });
    const redisAgain = await startLocalRedis({ dir: join(dir, 'redis'), persistent: true, log });
    const sqlAgain = postgres(again.url, { max: 1 });
    assert.deepEqual([...(await sqlAgain`select answer from kept`)], [{ answer: 'yes' }]);
    await sqlAgain.end();
    const client = new Redis(redisAgain.url);
    assert.equal(await client.get('kept'), 'yes');
    assert.deepEqual(await client.config('GET', 'maxmemory-policy'), ['maxmemory-policy', 'noeviction']);
    client.disconnect();
    await Promise.all([again.stop(), redisAgain.stop()]);
  });

  it('nobody else may read the passwords, and nobody gets in without', async () => {
    for (const server of ['postgres', 'redis']) {
      assert.equal(statSync(join(dir, server, 'password')).mode & 0o777, 0o600);
    }
    const server = await startEmbeddedPostgres({ dir: join(dir, 'postgres'), log });
    const wrong = postgres(server.url.replace(/:[0-9a-f]+@/, ':wrong@'), { max: 1 });
    await assert.rejects(wrong`select 1`, /password authentication failed/);
    await wrong.end();
    await server.stop();
  });
});
