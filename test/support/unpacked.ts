import { execFile } from 'node:child_process';
import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { aptCanInstall } from './apt.ts';

const run = promisify(execFile);

/**
 * A server that Debian does not let beside the one that is installed: its packages are unpacked and never installed.
 * `name` is also the directory of the downloads, which outlive a run: they are the same for all.
 */
export type Unpacked = { name: string; packages: readonly string[] };

/** Why there is none of it on this machine; on CI that is an error, since nobody reads there what was skipped. */
export async function cannotUnpack(server: Unpacked): Promise<string | false> {
  if (!aptCanInstall()) return `${server.name} is unpacked from Debian packages, and this is no Debian`;
  try {
    await download(server);
    return false;
  } catch (error) {
    if (process.env.CI) throw error;
    return `${server.name} could not be downloaded: ${(error as Error).message.split('\n')[0]}`;
  }
}

/** Unpack it below `dir`. @returns where it is, and the directory of its libraries. */
export async function unpack(server: Unpacked, dir: string): Promise<{ root: string; libraries: string }> {
  const root = join(dir, server.name.toLowerCase());
  for (const archive of await download(server)) await run('dpkg-deb', ['-x', archive, root]);
  const lib = join(root, 'usr/lib');
  const architecture = (await readdir(lib)).find((name) => name.includes('-linux-'));
  if (!architecture) throw new Error(`no libraries in ${lib}`);
  return { root, libraries: join(lib, architecture) };
}

const cacheOf = ({ name }: Unpacked) =>
  fileURLToPath(new URL(`../../node_modules/.cache/${name.toLowerCase()}`, import.meta.url));

/** The archives, from the cache or from Debian. Test files that run side by side may both download: the last rename wins. */
async function download(server: Unpacked): Promise<string[]> {
  const found = await archives(server);
  if (found.length === server.packages.length) return found;
  const cache = cacheOf(server);
  const fresh = `${cache}-${process.pid}`;
  await mkdir(fresh, { recursive: true });
  try {
    const get = () => run('apt-get', ['download', ...server.packages], { cwd: fresh, timeout: 120_000 });
    await get().catch(async () => {
      await run('apt-get', ['update'], { timeout: 120_000 }); // A new machine has no lists yet.
      await get();
    });
    await mkdir(cache, { recursive: true });
    for (const name of await readdir(fresh)) await rename(join(fresh, name), join(cache, name));
  } finally {
    await rm(fresh, { recursive: true, force: true });
  }
  return archives(server);
}

async function archives(server: Unpacked): Promise<string[]> {
  const cache = cacheOf(server);
  const names = await readdir(cache).catch(() => []);
  // After an update of Debian there may be two versions; the names sort by version well enough.
  const newest = server.packages.map((one) =>
    names
      .filter((name) => name.startsWith(`${one}_`))
      .sort()
      .at(-1),
  );
  return newest.filter((name) => name !== undefined).map((name) => join(cache, name));
}
