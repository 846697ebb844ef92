import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, fchownSync, openSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { keep, release } from './keeper.ts';
import { signalTo } from './process-tree.ts';

/** A server program and everything it forks, in a process group of its own. */
export type ServerProcess = {
  /** Freeze every process of it: connections stay open and nothing answers. */
  pause(): void;
  resume(): void;
  /** Orderly, by the program's own signal, and by SIGKILL when that takes longer than 10 s. */
  stop(): Promise<void>;
  /** No goodbye on any connection. */
  kill(): Promise<void>;
};

/** Start a server program and wait until `ports` take connections. */
export async function startServerProcess(options: {
  name: string;
  command: [string, ...string[]];
  cwd: string;
  ports: number[];
  logFile: string;
  stopSignal: NodeJS.Signals;
  env?: NodeJS.ProcessEnv;
  owner?: { uid: number; gid: number } | undefined;
}): Promise<ServerProcess> {
  const { name, cwd, ports, logFile, stopSignal } = options;
  const [command, ...args] = options.command;
  const out = openSync(logFile, 'a');
  if (options.owner) fchownSync(out, options.owner.uid, options.owner.gid); // Dovecot opens it again by name
  const child = spawn(command, args, {
    cwd,
    env: options.env ?? { PATH: process.env.PATH, LANG: 'C' },
    stdio: ['ignore', out, out],
    detached: true,
    ...options.owner,
  });
  closeSync(out);
  await Promise.race([once(child, 'spawn'), once(child, 'error').then(([error]) => Promise.reject(error))]);
  child.unref();
  const pid = child.pid as number;
  const kept = { group: pid, signal: stopSignal };
  keep(kept);
  const end = async (signal: NodeJS.Signals) => {
    await endGroup(child, signal);
    await Promise.all(ports.map(untilFree)); // children that outlive their master hold its ports
    release(kept);
  };
  try {
    await Promise.all(ports.map((port) => takesConnections(port, () => hasExited(child))));
  } catch (cause) {
    await end('SIGKILL');
    const lastWords = (await readFile(logFile, 'utf8')).trim().split('\n').slice(-10).join('\n');
    throw new Error(`${name} did not start (${options.command.join(' ')}):\n${lastWords}`, { cause });
  }
  return {
    pause: () => signalTo(-pid, 'SIGSTOP'),
    resume: () => signalTo(-pid, 'SIGCONT'),
    stop: () => end(stopSignal),
    kill: () => end('SIGKILL'),
  };
}

const hasExited = (child: ChildProcess) => child.exitCode !== null || child.signalCode !== null;

async function endGroup(child: ChildProcess, signal: NodeJS.Signals) {
  const pid = child.pid as number;
  signalTo(-pid, 'SIGCONT');
  if (!hasExited(child)) {
    const gone = once(child, 'exit');
    child.ref();
    // The whole group: Dovecot's master takes seconds when it has to tell its children.
    signalTo(-pid, signal);
    const patience = setTimeout(() => child.kill('SIGKILL'), 10_000);
    await gone;
    clearTimeout(patience);
  }
  signalTo(-pid, 'SIGKILL');
}

async function takesConnections(port: number, hasDied: () => boolean) {
  for (const deadline = performance.now() + 20_000; ; await delay(10)) {
    if (await canConnect(port)) return;
    if (hasDied()) throw new Error('it ended');
    if (performance.now() > deadline) throw new Error(`nothing on port ${port} after 20 s`);
  }
}

async function untilFree(port: number) {
  while (await canConnect(port)) await delay(10);
}

function canConnect(port: number) {
  return new Promise<boolean>((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}
