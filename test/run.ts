/** `npm test`: starts real servers, checks types and lint, runs the tests, and removes the servers again. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { keep } from './support/keeper.ts';
import { startServers } from './support/servers.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const options = process.argv.slice(2).filter((argument) => argument.startsWith('--'));
const filters = process.argv.slice(2).filter((argument) => !argument.startsWith('--'));
const skipChecks = options.includes('--skip-checks');
const testTimeLimitMs = 120_000;

const say = (line: string) => console.log(`[test] ${line}`);
const seconds = (since: number) => `${((performance.now() - since) / 1000).toFixed(1)} s`;
const began = performance.now();

const files = readdirSync(join(root, 'test'), { recursive: true, encoding: 'utf8' })
  .filter(
    (file) => file.endsWith('.test.ts') && (filters.length === 0 || filters.some((filter) => file.includes(filter))),
  )
  .sort()
  .map((file) => join('test', file));
if (files.length === 0) {
  say(`no test file has ${filters.map((filter) => `"${filter}"`).join(' or ')} in its name`);
  process.exit(1);
}

say(`starting Postgres, Redis, Dovecot and Postfix for ${files.length} test files`);
const started = await startServers({ say }).catch((error: Error) => {
  say(error.message);
  process.exit(1);
});
const { file: serversFile, stop, servers } = started;
say(`they are up after ${seconds(began)}, in ${servers.dir}`);

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.once(signal, () => {
    say(`${signal}: stopping the servers`);
    void stop().finally(() => process.exit(130));
  });
}

let status = 1;
try {
  const checked = skipChecks || (await checksPass());
  status = (await testsPass()) && checked ? 0 : 1;
} finally {
  await stop();
  say(`${status === 0 ? 'all good' : 'FAILED'} after ${seconds(began)}; the servers are stopped`);
}
process.exitCode = status;

async function checksPass() {
  const checks = { types: ['typescript/bin/tsc'], lint: ['@biomejs/biome/bin/biome', 'check', '.'] };
  const outcomes = await Promise.all(
    Object.entries(checks).map(async ([name, [program, ...args]]) => {
      const checkBegan = performance.now();
      const passed = await succeeds([join('node_modules', program as string), ...args], {});
      say(`${name}: ${passed ? 'fine' : 'FAILED'} after ${seconds(checkBegan)}`);
      return passed;
    }),
  );
  return outcomes.every(Boolean);
}

async function testsPass() {
  const counts = join(servers.dir, 'counts.tap');
  const reporters = ['spec', 'stdout', 'tap', counts];
  const passed = await succeeds(
    [
      '--test',
      // One more than there are cores: a third of a test's time is waiting for servers.
      `--test-concurrency=${availableParallelism() + 1}`,
      `--test-timeout=${testTimeLimitMs}`,
      '--test-force-exit', // a test that failed may leave a connection open, and its file would never end
      ...reporters.map((value, index) => `--test-reporter${index % 2 ? '-destination' : ''}=${value}`),
      ...options.filter((option) => option !== '--skip-checks'),
      ...files,
    ],
    { TEST_SERVERS: serversFile },
  );
  if (passed && !/^# pass [1-9]/m.test(readFileSync(counts, 'utf8'))) {
    say('no test ran');
    return false;
  }
  return passed;
}

/** Run Node on something, in a process group of its own, which ends with us. */
async function succeeds(args: string[], env: NodeJS.ProcessEnv) {
  const child = spawn(process.execPath, args, {
    cwd: root,
    env: { ...process.env, ...env },
    stdio: 'inherit',
    detached: true,
  });
  keep({ group: child.pid as number, signal: 'SIGTERM' });
  const [code] = await once(child, 'exit');
  return code === 0;
}
