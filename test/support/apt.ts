import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { keep, release } from './keeper.ts';

const run = promisify(execFile);

/** Whether this is a Debian or one of its kind. */
export const aptCanInstall = () => existsSync('/etc/debian_version') && existsSync('/usr/bin/apt-get');

/**
 * Install Debian packages for their programs alone: their system services are neither started now (policy-rc.d says
 * no while they are installed) nor at the next boot.
 */
export async function aptInstall(packages: string[], say: (line: string) => void) {
  const endPolicy = await forbidServiceStarts();
  const servicesBefore = await enabledServices();
  try {
    await apt(['update']);
    await apt(['install', '--yes', '--no-install-recommends', ...packages]);
  } finally {
    await endPolicy();
  }
  const added = (await enabledServices()).filter((service) => !servicesBefore.includes(service));
  if (added.length > 0) await run('systemctl', ['disable', ...added]);
  say(`installed ${packages.join(' ')}; their system services stay off`);
}

async function apt(args: string[]) {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  try {
    // Another apt at work is waited for.
    await run('apt-get', ['-o', 'DPkg::Lock::Timeout=300', ...args], { env, maxBuffer: 64 * 1024 * 1024 });
  } catch (error) {
    const { stdout, stderr } = error as { stdout: string; stderr: string };
    throw new Error(`apt-get ${args[0]} failed:\n${`${stdout}\n${stderr}`.trim().split('\n').slice(-10).join('\n')}`);
  }
}

const policyFile = '/usr/sbin/policy-rc.d';

/** A policy that is there already is its owner's business. Ours goes away also if we are killed meanwhile. */
async function forbidServiceStarts() {
  if (existsSync(policyFile)) return async () => {};
  const kept = { command: ['rm', '-f', policyFile] as [string, ...string[]] };
  keep(kept);
  await writeFile(policyFile, '#!/bin/sh\nexit 101\n', { mode: 0o755, flag: 'wx' });
  return async () => {
    await rm(policyFile);
    release(kept);
  };
}

async function enabledServices() {
  if (!existsSync('/run/systemd/system')) return [];
  const { stdout } = await run('systemctl', ['list-unit-files', '--type=service', '--state=enabled', '--no-legend']);
  return stdout.split('\n').flatMap((line) => line.split(/\s+/)[0] || []);
}
