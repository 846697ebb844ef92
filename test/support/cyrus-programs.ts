import { execFile } from 'node:child_process';
import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { aptCanInstall } from './apt.ts';

const run = promisify(execFile);

/** Debian lets one machine have one IMAP server only: so the packages are unpacked and never installed. */
const packages = [
  'cyrus-imapd',
  'cyrus-common',
  'libxapian30',
  'libpcre3',
  'libical3',
  'sasl2-bin',
  'libsasl2-modules',
  'libsasl2-modules-db',
];

/** Downloads outlive a run: they are the same for all. */
const cache = fileURLToPath(new URL('../../node_modules/.cache/cyrus', import.meta.url));

/** Where the programs of an unpacked Cyrus are, and what they need to find their libraries. */
export type CyrusPrograms = { bin: string; saslpasswd: string; env: { LD_LIBRARY_PATH: string; SASL_PATH: string } };

/** Why there is no Cyrus on this machine; on CI that is an error, since nobody reads there what was skipped. */
export async function cyrusMissing(): Promise<string | false> {
  if (!aptCanInstall()) return 'Cyrus is unpacked from Debian packages, and this is no Debian';
  try {
    await download();
    return false;
  } catch (error) {
    if (process.env.CI) throw error;
    return `Cyrus could not be downloaded: ${(error as Error).message.split('\n')[0]}`;
  }
}

/** Unpack Cyrus below `dir`. */
export async function unpackCyrus(dir: string): Promise<CyrusPrograms> {
  const root = join(dir, 'cyrus');
  for (const archive of await download()) await run('dpkg-deb', ['-x', archive, root]);
  const lib = join(root, 'usr/lib');
  const architecture = (await readdir(lib)).find((name) => name.includes('-linux-'));
  if (!architecture) throw new Error(`no libraries in ${lib}`);
  const libraries = [join(lib, architecture), join(root, 'lib', architecture), join(lib, 'cyrus')];
  return {
    bin: join(lib, 'cyrus/bin'),
    saslpasswd: join(root, 'usr/sbin/saslpasswd2'),
    env: { LD_LIBRARY_PATH: libraries.join(':'), SASL_PATH: join(lib, architecture, 'sasl2') },
  };
}

/** The archives, from the cache or from Debian. Test files that run side by side may both download: the last rename wins. */
async function download(): Promise<string[]> {
  const found = await archives();
  if (found.length === packages.length) return found;
  const fresh = `${cache}-${process.pid}`;
  await mkdir(fresh, { recursive: true });
  try {
    const get = () => run('apt-get', ['download', ...packages], { cwd: fresh, timeout: 120_000 });
    await get().catch(async () => {
      await run('apt-get', ['update'], { timeout: 120_000 }); // A new machine has no lists yet.
      await get();
    });
    await mkdir(cache, { recursive: true });
    for (const name of await readdir(fresh)) await rename(join(fresh, name), join(cache, name));
  } finally {
    await rm(fresh, { recursive: true, force: true });
  }
  return archives();
}

async function archives(): Promise<string[]> {
  const names = await readdir(cache).catch(() => []);
  // After an update of Debian there may be two versions; the names sort by version well enough.
  const newest = packages.map((one) =>
    names
      .filter((name) => name.startsWith(`${one}_`))
      .sort()
      .at(-1),
  );
  return newest.filter((name) => name !== undefined).map((name) => join(cache, name));
}
