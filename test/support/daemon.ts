import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { startDnsServer } from './dns-server.ts';
import { keep, release } from './keeper.ts';
import { freePort } from './ports.ts';
import { freshName, useServers } from './servers.ts';

/** A line of the daemon's log; what is no JSON (a crash) comes as `msg`. */
export type LogLine = { level?: number; msg?: string; [field: string]: unknown };

/** Postbud as a process of its own, as an operator runs it. */
export type Daemon = {
  /** Base of its HTTP addresses. */
  url: string;
  adminToken: string;
  env: NodeJS.ProcessEnv;
  readonly pid: number;
  /** Everything it logged so far, across restarts. */
  logs: LogLine[];
  /** The first log line, past or to come, that `wanted` accepts. */
  logged(wanted: (line: LogLine) => boolean, options?: { timeoutMs?: number }): Promise<LogLine>;
  /** Ask HTTP with the admin token. */
  fetch(path: string, init?: RequestInit): Promise<Response>;
  /** Wait until /readyz answers 200. */
  ready(options?: { timeoutMs?: number }): Promise<void>;
  /** How it ended: resolves once it has. */
  exited(): Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
  /** SIGTERM, and wait for the end. */
  stop(): Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
  /** SIGKILL. */
  kill(): Promise<void>;
  /** SIGSTOP and SIGCONT: it does not notice that time passes. */
  freeze(): void;
  thaw(): void;
  /** Start it again with the same settings, once it has ended. */
  start(options?: { ready?: boolean }): Promise<void>;
};

/**
 * Start `src/main.ts` on a database and a Redis prefix of its own, allowed to reach the test's mail servers.
 * `like` starts a second one beside the first: same database, same Redis, same keys, another HTTP port.
 */
export async function startDaemon(
  options: {
    databaseUrl?: string;
    redisUrl?: string;
    env?: NodeJS.ProcessEnv;
    like?: Daemon;
    /** false: do not wait for /readyz, because it will not come (a bad setting, no Postgres). */
    ready?: boolean;
  } = {},
): Promise<Daemon> {
  const { like, ready = true } = options;
  const http = `127.0.0.1:${await freePort()}`;
  const settings = like?.env ?? (await ownSettings(options));
  const env = { ...settings, POSTBUD_HTTP: http, POSTBUD_PUBLIC_URL: `http://${http}`, ...options.env };
  const daemon = daemonWith(env, `http://${env.POSTBUD_HTTP}`);
  await daemon.start({ ready });
  return daemon;
}

async function ownSettings({ databaseUrl, redisUrl }: { databaseUrl?: string; redisUrl?: string }) {
  const servers = await useServers();
  return {
    PATH: process.env.PATH,
    HOME: process.env.HOME,
    DATABASE_URL: databaseUrl ?? (await servers.freshDatabase()).url,
    REDIS_URL: redisUrl ?? servers.redisUrl,
    POSTBUD_PREFIX: freshName('test'),
    POSTBUD_KEYS: `test:${randomBytes(32).toString('base64')}`,
    POSTBUD_ADMIN_TOKEN: randomBytes(24).toString('base64url'),
    POSTBUD_ALLOW_HOSTS: 'localhost,127.0.0.0/8,::1/128',
    POSTBUD_CA_FILE: servers.caFile,
    // What is looked for is not there, and nobody outside of this machine is asked for it.
    POSTBUD_DNS: (await localNames()).address,
    POSTBUD_AUTOCONFIG_URL: '',
    POSTBUD_LOG_LEVEL: 'debug',
  };
}

let names: ReturnType<typeof startDnsServer> | undefined;

/** A name server of this process, which knows this machine and answers of every other name that there is none. */
function localNames() {
  names ??= startDnsServer({ localhost: { A: ['127.0.0.1'] }, 'mail.postbud.test': { A: ['127.0.0.1'] } }).then(
    (server) => {
      server.unref();
      return server;
    },
  );
  return names;
}

function daemonWith(env: NodeJS.ProcessEnv, url: string): Daemon {
  const logs: LogLine[] = [];
  const waiting = new Set<() => void>();
  let child: ChildProcess | undefined;
  const adminToken = env.POSTBUD_ADMIN_TOKEN ?? '';

  const hear = (line: string) => {
    logs.push(parsed(line));
    for (const look of waiting) look();
  };
  const current = () => {
    if (!child) throw new Error('the daemon was not started');
    return child;
  };
  const exited: Daemon['exited'] = async () => {
    const ending = current();
    if (!hasExited(ending)) {
      ending.ref();
      await once(ending, 'exit');
    }
    release({ group: ending.pid as number, signal: 'SIGKILL' });
    return { code: ending.exitCode, signal: ending.signalCode };
  };
  const signal = (name: NodeJS.Signals) => void current().kill(name);

  const daemon: Daemon = {
    url,
    adminToken,
    env,
    logs,
    get pid() {
      return current().pid as number;
    },
    logged: (wanted, { timeoutMs = 15_000 } = {}) =>
      new Promise((resolve, reject) => {
        const look = () => {
          const found = logs.find(wanted);
          if (!found) return;
          waiting.delete(look);
          clearTimeout(patience);
          resolve(found);
        };
        const patience = setTimeout(() => {
          waiting.delete(look);
          reject(new Error(`That log line did not come within ${timeoutMs} ms.\n${lastWords(logs)}`));
        }, timeoutMs);
        waiting.add(look);
        look();
      }),
    fetch: (path, init = {}) =>
      fetch(new URL(path, url), { ...init, headers: { authorization: `Bearer ${adminToken}`, ...init.headers } }),
    async ready({ timeoutMs = 45_000 } = {}) {
      for (const deadline = performance.now() + timeoutMs; ; await delay(20)) {
        const answer = await fetch(new URL('/readyz', url)).catch(() => null);
        if (answer?.ok) return;
        if (hasExited(current())) throw new Error(`The daemon ended before it was ready.\n${lastWords(logs)}`);
        if (performance.now() > deadline) throw new Error(`Not ready after ${timeoutMs} ms.\n${lastWords(logs)}`);
      }
    },
    exited,
    async stop() {
      signal('SIGCONT');
      signal('SIGTERM');
      return exited();
    },
    async kill() {
      signal('SIGKILL');
      await exited();
    },
    freeze: () => signal('SIGSTOP'),
    thaw: () => signal('SIGCONT'),
    async start({ ready = true } = {}) {
      if (child && !hasExited(child)) throw new Error('the daemon is running already');
      child = launch(env, hear);
      if (ready) await daemon.ready();
    },
  };
  return daemon;
}

function launch(env: NodeJS.ProcessEnv, hear: (line: string) => void) {
  const main = fileURLToPath(new URL('../../src/main.ts', import.meta.url));
  const child = spawn(process.execPath, [main], { env, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
  keep({ group: child.pid as number, signal: 'SIGKILL' });
  child.unref(); // a test that forgets it does not hang; the keeper ends it
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on('line', hear);
    (stream as Readable & { unref(): void }).unref();
  }
  return child;
}

const hasExited = (child: ChildProcess) => child.exitCode !== null || child.signalCode !== null;

function parsed(line: string): LogLine {
  try {
    return JSON.parse(line) as LogLine;
  } catch {
    return { msg: line };
  }
}

const lastWords = (logs: LogLine[]) =>
  `The last lines of its log:\n${logs
    .slice(-15)
    .map((line) => JSON.stringify(line))
    .join('\n')}`;
