/**
 * Servers in containers, for a machine that has Docker and not the programs. The image is Debian 12 with the same
 * packages, so the configuration is the same; only who listens and where state lies differs.
 */
import { execFile, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { keep } from './keeper.ts';
import type { ServerProcess } from './server-process.ts';

const run = promisify(execFile);
const docker = (...args: string[]) => run('docker', args);

const image = 'postbud-test-servers:debian-12';
const packages = 'dovecot-imapd dovecot-lmtpd postfix redis-server';
const dockerfile = `FROM debian:12-slim
RUN apt-get update \\
 && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends ${packages} \\
 && rm -rf /var/lib/apt/lists/*
`;

/** Whether an engine answers; the client alone is of no use. */
export async function dockerAnswers(): Promise<boolean> {
  return run('docker', ['version', '--format', '{{.Server.Version}}'], { timeout: 5_000 }).then(
    () => true,
    () => false,
  );
}

/** The image of all servers, built when it is not there yet. */
export async function buildServerImage(say: (line: string) => void): Promise<string> {
  const isBuilt = await docker('image', 'inspect', image).then(
    () => true,
    () => false,
  );
  if (isBuilt) return image;
  say(`building the Docker image ${image} with ${packages}`);
  const build = spawn('docker', ['build', '--tag', image, '-'], { stdio: ['pipe', 'inherit', 'inherit'] });
  build.stdin.end(dockerfile);
  const [status] = await once(build, 'exit');
  if (status !== 0) throw new Error(`docker build of ${image} ended with ${status}`);
  return image;
}

/**
 * A container that does nothing but hold the published ports. Servers that join its network find each other on
 * 127.0.0.1, and may come and go.
 */
export async function openContainerNetwork(options: { name: string; image: string; ports: number[] }) {
  const { name, image, ports } = options;
  keep({ command: ['docker', 'rm', '--force', name] });
  const published = ports.flatMap((port) => ['--publish', `127.0.0.1:${port}:${port}`]);
  await docker('run', '--detach', '--name', name, ...published, image, 'sleep', 'infinity');
}

/** Start a server in a container of its own, or start that container again; it keeps its state meanwhile. */
export async function startContainer(options: {
  name: string;
  image: string;
  network: string;
  /** A directory of this machine that the container sees under the same path, read-only. */
  directory: string;
  shell: string;
  /** Ports on which the server speaks first. */
  greets: number[];
}): Promise<ServerProcess> {
  const { name, image, network, directory, shell, greets } = options;
  const exists = await docker('container', 'inspect', name).then(
    () => true,
    () => false,
  );
  if (exists) await docker('start', name);
  else {
    keep({ command: ['docker', 'rm', '--force', name] });
    const mount = ['--volume', `${directory}:${directory}:ro`];
    const place = ['--name', name, '--network', `container:${network}`, ...mount];
    await docker('run', '--detach', ...place, image, 'sh', '-c', shell);
  }
  try {
    await Promise.all(greets.map(untilGreeted));
  } catch (cause) {
    const { stdout, stderr } = await docker('logs', '--tail', '10', name);
    throw new Error(`${name} did not start:\n${stdout}${stderr}`, { cause });
  }
  return {
    pause: () => void execFileSync('docker', ['pause', name]),
    resume: () => void execFileSync('docker', ['unpause', name]),
    stop: async () => void (await docker('stop', '-t', '10', name)),
    kill: async () => void (await docker('kill', name)),
  };
}

/** Run a command inside a container. */
export const inContainer = (name: string, ...command: string[]) => docker('exec', name, ...command);

/** Docker takes connections on a published port also while nobody listens behind it: only a greeting counts. */
async function untilGreeted(port: number) {
  for (const deadline = performance.now() + 30_000; !(await isGreeted(port)); await delay(50)) {
    if (performance.now() > deadline) throw new Error(`no greeting on port ${port} after 30 s`);
  }
}

function isGreeted(port: number) {
  return new Promise<boolean>((resolve) => {
    const socket = connect(port, '127.0.0.1');
    const answer = (greeted: boolean) => {
      resolve(greeted);
      socket.destroy();
    };
    socket.once('data', () => answer(true)).once('error', () => answer(false));
    socket.once('close', () => answer(false)).setTimeout(2_000, () => answer(false));
  });
}
