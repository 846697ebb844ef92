import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { describe, it } from 'node:test';
import { parse } from 'yaml';
import { readConfig, settings } from '../src/config.ts';

const root = new URL('../', import.meta.url);
const read = (path: string) => readFile(new URL(path, root), 'utf8');

type Service = {
  environment: Record<string, string>;
  depends_on?: Record<string, { condition: string }>;
  healthcheck?: object;
  command?: string[];
  ports?: string[];
};
const { services } = parse(await read('docker-compose.yml'), { merge: true }) as { services: Record<string, Service> };
const { postbud, redis } = services as { postbud: Service; redis: Service };

/** What compose makes of a value: the variable, its default, or an error when it is required and not there. */
const filledIn = (value: string, env: Record<string, string>) =>
  value.replaceAll(/\$\{(\w+):([?-])([^}]*)\}/g, (_, name: string, kind: string, rest: string) => {
    if (env[name] !== undefined) return env[name];
    assert.equal(kind, '-', `${name} is required`);
    return rest;
  });

describe('the compose file', () => {
  const secrets = {
    POSTGRES_PASSWORD: 'a'.repeat(48),
    REDIS_PASSWORD: 'b'.repeat(48),
    POSTBUD_ADMIN_TOKEN: 'c'.repeat(64),
    POSTBUD_KEYS: `k1:${Buffer.alloc(32, 1).toString('base64')}`,
  };

  it('gives the daemon settings that it takes, from four secrets and nothing else', () => {
    for (const name of Object.keys(postbud.environment)) assert.ok(name in settings, name);
    const env = Object.fromEntries(
      Object.entries(postbud.environment).map(([name, value]) => [name, filledIn(value, secrets)]),
    );
    const config = readConfig(env);
    assert.deepEqual(config.http, { host: '0.0.0.0', port: 3040 });
    assert.equal(config.adminToken, secrets.POSTBUD_ADMIN_TOKEN);
    for (const missing of Object.keys(secrets)) {
      const some = Object.fromEntries(Object.entries(secrets).filter(([name]) => name !== missing));
      const all = Object.values(services).flatMap(({ environment }) => Object.values(environment));
      assert.throws(() => all.map((value) => filledIn(String(value), some)), new RegExp(`${missing} is required`));
    }
  });

  it('starts the daemon when its servers answer, and keeps what Redis was told', () => {
    for (const [name, { condition }] of Object.entries(postbud.depends_on ?? {})) {
      assert.equal(condition, 'service_healthy');
      assert.ok(services[name]?.healthcheck, name);
    }
    assert.match(redis.command!.join(' '), /--appendonly yes .*--maxmemory-policy noeviction/);
  });

  it('opens nothing to other machines', () => {
    for (const { ports = [] } of Object.values(services)) {
      for (const port of ports) assert.match(port, /^127\.0\.0\.1:/);
    }
  });
});

describe('the Dockerfile', () => {
  it('copies what there is, and the build may see it', async () => {
    const dockerfile = await read('Dockerfile');
    const visible = (await read('.dockerignore')).split('\n').filter((line) => line.startsWith('!'));
    const copied = [...dockerfile.matchAll(/^COPY (?!--from)(.+) \S+$/gm)].flatMap(([, sources]) =>
      sources!.split(' '),
    );
    assert.ok(copied.includes('src') && copied.includes('drizzle'));
    for (const source of copied) {
      assert.ok(existsSync(new URL(source, root)), source);
      assert.ok(visible.includes(`!${source}`), source);
    }
  });

  it('runs as nobody in particular, in exec form so that SIGTERM arrives, on the Node that the tests run on', async () => {
    const dockerfile = await read('Dockerfile');
    assert.match(dockerfile, /^USER node$/m);
    assert.match(dockerfile, /^CMD \["node", "src\/main\.ts"\]$/m);
    const { devDependencies } = JSON.parse(await read('package.json')) as { devDependencies: Record<string, string> };
    assert.match(dockerfile, new RegExp(`^ARG NODE_VERSION=${devDependencies.node}$`, 'm'));
  });
});
