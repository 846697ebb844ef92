/** The other end of the pipe of keeper.ts: reads what to remove, and removes it when the pipe closes. */
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import type { Kept } from './keeper.ts';

const kept = new Map<string, Kept>();
process.on('SIGINT', () => {}); // only the pipe decides
process.on('SIGTERM', () => {});

for await (const line of createInterface({ input: process.stdin })) {
  const message = JSON.parse(line) as { keep: Kept } | { release: Kept };
  if ('keep' in message) kept.set(JSON.stringify(message.keep), message.keep);
  else kept.delete(JSON.stringify(message.release));
}

const all = [...kept.values()].reverse();
const groups = all.filter((one) => 'group' in one);
const directories = all.filter((one) => 'directory' in one).map((one) => one.directory);
for (const { group, signal } of groups) {
  send(group, 'SIGCONT'); // a frozen process would not hear the next one
  send(group, signal);
}
for (let waitedMs = 0; waitedMs < 3_000 && groups.some(({ group }) => isAlive(group)); waitedMs += 20) await delay(20);
for (const { group } of groups) send(group, 'SIGKILL');
for (const one of all) if ('command' in one) spawnSync(one.command[0], one.command.slice(1), { stdio: 'ignore' });
for (const pid of processesIn(directories)) sendTo(pid, 'SIGKILL');
for (const directory of directories)
  rmSync(directory, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 });

function send(group: number, signal: NodeJS.Signals) {
  sendTo(-group, signal);
}

function sendTo(pid: number, signal: NodeJS.Signals) {
  try {
    process.kill(pid, signal);
  } catch {} // gone
}

/** A process that ended stays in the table until its new parent has asked how: no longer alive for us. */
function isAlive(pid: number) {
  try {
    if (process.platform !== 'linux') return process.kill(pid, 0);
    return !/\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}

/** Whoever left its process group still has its working directory among ours (Linux only). */
function processesIn(directories: string[]) {
  try {
    return readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .filter((pid) => directories.some((directory) => `${workingDirectory(pid)}/`.startsWith(`${directory}/`)))
      .map(Number);
  } catch {
    return [];
  }
}

function workingDirectory(pid: string) {
  try {
    return readlinkSync(`/proc/${pid}/cwd`);
  } catch {
    return '';
  }
}
