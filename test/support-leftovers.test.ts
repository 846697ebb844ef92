import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readlinkSync } from 'node:fs';
import { describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const servers = fileURLToPath(new URL('support/servers.ts', import.meta.url));
const program = `
  const { startServers } = await import(${JSON.stringify(servers)});
  const { stop, servers } = await startServers({ say() {} });
  process.on('SIGTERM', () => void stop().then(() => process.exit(0)));
  console.log(servers.dir);
  setInterval(() => {}, 1000);
`;

describe('when a run of the tests ends', { skip: process.platform !== 'linux' && 'looks into /proc' }, () => {
  for (const signal of ['SIGKILL', 'SIGTERM'] as const) {
    it(`nothing is left behind after ${signal}`, async () => {
      const { TEST_SERVERS, TEST_DATABASE_URL, TEST_REDIS_URL, ...env } = process.env;
      const runner = spawn(process.execPath, ['--input-type=module', '--eval', program], {
        env,
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      const dir = await firstLine(runner);
      assert.ok(processesIn(dir).length >= 8, 'servers are running');
      runner.kill(signal);
      await once(runner, 'exit');
      await until(() => processesIn(dir).length === 0 && !existsSync(dir));
    });
  }
});

async function firstLine(child: ChildProcess) {
  const ended = once(child, 'exit').then(([code]) => Promise.reject(new Error(`the runner ended with ${code}`)));
  const [chunk] = await Promise.race([once(child.stdout!, 'data'), ended]);
  ended.catch(() => {}); // its end comes later, as it should
  return String(chunk).trim();
}

/** Processes that work in the directory or were started with a path in it. */
function processesIn(dir: string) {
  return readdirSync('/proc').filter((pid) => {
    try {
      return /^\d+$/.test(pid) && `${readlinkSync(`/proc/${pid}/cwd`)}/`.startsWith(`${dir}/`);
    } catch {
      return false; // it ended while we looked
    }
  });
}

async function until(holds: () => boolean) {
  for (const deadline = performance.now() + 15_000; !holds(); await delay(20)) {
    assert.ok(performance.now() < deadline, 'it does not come true');
  }
}
