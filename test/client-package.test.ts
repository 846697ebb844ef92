import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { copyFile, mkdir, mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { before, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { startDaemon } from './support/daemon.ts';
import { freePort } from './support/ports.ts';
import { freshName, useServers } from './support/servers.ts';

const run = promisify(execFile);
const root = fileURLToPath(new URL('..', import.meta.url));
const timeout = 100_000;

/** The package in an empty project, as `npm i` of the tarball leaves it, with the versions that this checkout has. */
async function installed(): Promise<{ dir: string; files: string[] }> {
  const dir = await mkdtemp(join((await useServers()).dir, 'crm-'));
  const packed = await run('npm', ['pack', '--json', '--pack-destination', dir], { cwd: root, timeout });
  // The scripts of `npm pack` write to the same stream before the list.
  const [{ filename, files }] = JSON.parse(packed.stdout.slice(packed.stdout.search(/^\[$/m)));
  const own = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));
  const lock = JSON.parse(await readFile(join(root, 'package-lock.json'), 'utf8'));
  const { name, version, dependencies, bin, overrides } = own;
  const project = { name: 'crm', type: 'module', dependencies: { [name]: `file:${filename}` }, overrides };
  const integrity = `sha512-${createHash('sha512')
    .update(await readFile(join(dir, filename)))
    .digest('base64')}`;
  const packages = Object.entries(lock.packages as Record<string, { dev?: boolean }>).filter(
    ([path, { dev }]) => path !== '' && !dev,
  );
  const entry = { version, resolved: `file:${filename}`, integrity, dependencies, bin };
  await writeFile(join(dir, 'package.json'), JSON.stringify(project));
  await writeFile(
    join(dir, 'package-lock.json'),
    JSON.stringify({
      ...lock,
      name: 'crm',
      packages: { '': project, [`node_modules/${name}`]: entry, ...Object.fromEntries(packages) },
    }),
  );
  // What the checkout was installed from is in npm's cache; only if it was emptied meanwhile the network is needed.
  const ci = ['ci', '--ignore-scripts', '--omit=optional', '--no-audit', '--no-fund'];
  const options = { cwd: dir, timeout };
  await run('npm', [...ci, '--offline'], options).catch(() => run('npm', [...ci, '--prefer-offline'], options));
  return { dir, files: files.map(({ path }: { path: string }) => path) };
}

/** Every Node on this machine that the client promises to run on. */
async function nodes(): Promise<string[]> {
  const found = new Map([[process.version, process.execPath]]);
  for (const folder of (process.env.PATH ?? '').split(':').filter((path) => !path.includes('node_modules'))) {
    const program = join(folder, 'node');
    const version = await run(program, ['--version']).then(
      ({ stdout }) => stdout.trim(),
      () => '', // there is none here
    );
    if (Number(version.slice(1).split('.')[0]) >= 20) found.set(version, found.get(version) ?? program);
  }
  return [...found.values()];
}

describe('the package', { timeout: 115_000 }, () => {
  let dir: string;
  let files: string[];
  before(async () => {
    ({ dir, files } = await installed());
    for (const name of ['consumer.ts', 'consumer.js']) {
      await copyFile(new URL(`./client-package/${name}.txt`, import.meta.url), join(dir, name));
    }
  });

  it('holds JavaScript and types, the migrations and the documents, and nothing of the tests', () => {
    for (const path of ['dist/client/index.js', 'dist/client/index.d.ts', 'dist/postbud.js', 'dist/http/pages.css']) {
      assert.ok(files.includes(path), path);
    }
    assert.ok(files.includes('drizzle/meta/_journal.json') && files.includes('LICENSE') && files.includes('README.md'));
    const odd = files.filter((path) => /(^|\/)(test|scripts|demo|bench)\/|(?<!\.d)\.ts$/.test(path));
    assert.deepEqual(odd, []);
  });

  it('gives a project in TypeScript its types', async () => {
    const compilerOptions = { module: 'nodenext', strict: true, noEmit: true, types: [], lib: ['esnext', 'dom'] };
    await writeFile(join(dir, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['consumer.ts'] }));
    await mkdir(join(dir, 'node_modules/@types'), { recursive: true });
    const tsc = join(root, 'node_modules/typescript/bin/tsc');
    const checked = await run(process.execPath, [tsc, '--project', dir, '--skipLibCheck']).catch((error) => error);
    assert.equal(checked.stdout, '');
  });

  it('imports nothing but bullmq, ioredis and jose for the client', async () => {
    const seen = new Set<string>();
    const outside = new Set<string>();
    const walk = async (path: string) => {
      if (seen.has(path)) return;
      seen.add(path);
      const code = await readFile(join(dir, 'node_modules/postbud', path), 'utf8');
      for (const [, wanted] of code.matchAll(/^(?:import|export) [^;]*? from '([^']+)';$/gm)) {
        if (wanted!.startsWith('.')) await walk(join(path, '..', wanted!));
        else if (!wanted!.startsWith('node:')) outside.add(wanted!);
      }
    };
    await walk('dist/client/index.js');
    assert.deepEqual([...outside].sort(), ['bullmq', 'ioredis', 'jose']);
  });

  it('lets a CRM work with a daemon, in JavaScript and in TypeScript, on each Node that is here', async () => {
    const { mailServer } = await useServers();
    const daemon = await startDaemon();
    const consumers = (await nodes()).map((node) => [node, 'consumer.js'] as const);
    const works = async (node: string, file: string) => {
      const { address: email, password, imap, smtp } = await mailServer.addUser();
      const env = {
        POSTBUD_URL: daemon.url,
        POSTBUD_TOKEN: daemon.adminToken,
        REDIS_URL: daemon.env.REDIS_URL!,
        POSTBUD_PREFIX: daemon.env.POSTBUD_PREFIX!,
        TENANT: freshName('acme'),
        MAILBOX: JSON.stringify({ email, password, imap, smtp }),
      };
      const { stdout } = await run(node, [join(dir, file)], { env, timeout: 60_000 });
      const said = JSON.parse(stdout.trim().split('\n').at(-1)!);
      assert.deepEqual(said.outcomes, ['connected', 'sent', 'disconnected'], `${node} ${file}`);
      assert.deepEqual(said.mails, ['cancelled', 'cancelled', 'sent', 'queued', 'send.cancelled'], `${node} ${file}`);
      assert.ok(said.types.includes('postbud.message.received'), `${node} ${file}: ${said.types}`);
      assert.deepEqual(
        said.seqs,
        said.seqs.map((_: number, index: number) => index + 1),
      );
    };
    try {
      const all = [...consumers, [process.execPath, 'consumer.ts'] as const];
      await Promise.all(all.map(([node, file]) => works(node, file)));
    } finally {
      await daemon.stop();
    }
  });

  it('has the daemon as a command, with its pages and migrations', async () => {
    const command = join(dir, 'node_modules/.bin/postbud');
    const refused = await run(process.execPath, [command], { env: { POSTBUD_NONSENSE: '1' } }).catch((error) => error);
    assert.equal(refused.code, 2);
    assert.match(refused.stderr, /POSTBUD_NONSENSE: there is no such setting/);

    const servers = await useServers();
    const address = `127.0.0.1:${await freePort()}`;
    const env = {
      DATABASE_URL: (await servers.freshDatabase({ empty: true })).url,
      REDIS_URL: servers.redisUrl,
      POSTBUD_PREFIX: freshName('package'),
      POSTBUD_KEYS: `test:${randomBytes(32).toString('base64')}`,
      POSTBUD_ADMIN_TOKEN: randomBytes(24).toString('base64url'),
      POSTBUD_HTTP: address,
    };
    const child = spawn(process.execPath, [command], { env, stdio: 'ignore' });
    try {
      const ask = (path: string) => fetch(`http://${address}${path}`).catch(() => null); // it starts
      for (const deadline = performance.now() + 30_000; !(await ask('/readyz'))?.ok; await delay(50)) {
        assert.ok(performance.now() < deadline && child.exitCode === null, 'it did not become ready');
      }
      for (const path of ['/docs', '/assets/pages.css', '/docs/asyncapi.yaml']) {
        assert.equal((await ask(path))?.status, 200, path);
      }
      child.kill('SIGTERM');
      const [code] = await once(child, 'exit');
      assert.equal(code, 0);
    } finally {
      child.kill('SIGKILL');
    }
  });
});
