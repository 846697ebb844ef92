/** A server process that Postbud starts for itself, owns, and takes down with itself. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { accessSync, closeSync, constants, openSync, readFileSync } from 'node:fs';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

/** What is needed of a logger. */
export type Log = { info(fields: object, text: string): void };

/** A user of this system. */
export type Owner = { name: string; uid: number; gid: number };

/** Postgres refuses to run as root. Nobody is added to the system: an existing unprivileged user has to do. */
export function unprivilegedOwner(): Owner | null {
  if (process.getuid?.() !== 0) return null;
  const entries = readFileSync('/etc/passwd', 'utf8').split('\n');
  for (const name of ['postgres', 'nobody']) {
    const [, , uid, gid] = entries.find((entry) => entry.startsWith(`${name}:`))?.split(':') ?? [];
    if (uid && gid) return { name, uid: Number(uid), gid: Number(gid) };
  }
  throw new Error('Postgres refuses to run as root and /etc/passwd has neither postgres nor nobody: set DATABASE_URL.');
}

/**
 * The command line that starts a server as `owner` and has the kernel stop it when this process dies. A checkout or a
 * `./data` in /root cannot be entered by anybody else; there the server keeps the one capability that lets it walk
 * through, and the securebit that has access(2) respect it, by which Postgres looks for its own files.
 */
export function launcher(owner: Owner | null, needs: string[], command: [string, ...string[]]) {
  const found = findOnPath('setpriv');
  // Busybox has one that cannot do it.
  const setpriv = found && spawnSync(found, ['--pdeathsig', 'INT', 'true']).status === 0 ? found : null;
  if (!setpriv && owner) throw new Error('Starting Postgres as root needs setpriv (util-linux): or set DATABASE_URL.');
  if (!setpriv) return command;
  const user = owner ? ['--reuid', `${owner.uid}`, '--regid', `${owner.gid}`, '--clear-groups'] : [];
  const reaches = (path: string) => spawnSync(setpriv, [...user, 'test', '-r', path], { cwd: '/' }).status === 0;
  if (owner && !needs.every(reaches)) {
    user.push('--securebits=+no_setuid_fixup', '--inh-caps=+dac_override', '--ambient-caps=+dac_override');
  }
  return [setpriv, '--pdeathsig', 'INT', ...user, '--', ...command] as [string, ...string[]];
}

/** Start a server in `dir`. `ready` waits until an attempt succeeds; `stop` until the server is gone. */
export async function startServer(options: {
  name: string;
  command: [string, ...string[]];
  dir: string;
  /** What its command line holds: one of these tells it from a process that got its number later. */
  marks: string[];
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
  const pid = child.pid as number;
  const record = join(dir, 'running.json');
  const running: Running = { startedBy: process.pid, server: pid, marks: options.marks };
  await writeFile(record, JSON.stringify(running));

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
  return { pid, ready, stop };
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

/** `running.json`: who runs in a directory. */
type Running = { startedBy: number; server: number; marks: string[] };

/** One process owns a directory. A server whose starter is gone is stopped; a living starter is told about. */
export async function stopLeftover(dir: string, log: Log) {
  const record = await readFile(join(dir, 'running.json'), 'utf8').catch(() => null);
  if (!record) return;
  const { startedBy, server, marks } = JSON.parse(record) as Running;
  const commandLine = commandLineOf(server) ?? '';
  if (!marks.some((mark) => commandLine.includes(mark))) return; // gone, or its number is somebody else's by now
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

/** The path of a program, or null. */
export function findOnPath(name: string) {
  for (const dir of (process.env.PATH ?? '').split(delimiter)) {
    try {
      accessSync(join(dir, name), constants.X_OK);
      return join(dir, name);
    } catch {} // not here: the next one
  }
  return null;
}
