import { chmod, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { cannotUnpack, unpack } from './unpacked.ts';

/** Debian lets one machine have one mail transport only. */
const exim = { name: 'Exim', packages: ['exim4-daemon-light', 'exim4-base', 'libidn12', 'libnss-wrapper'] };

/** Where the program of an unpacked Exim is, and what it needs to run. */
export type EximProgram = { program: string; env: Record<string, string> };

/** Why there is no Exim on this machine. */
export const eximMissing = () => cannotUnpack(exim);

/** Unpack Exim below `dir`, to be run by this user. */
export async function unpackExim(dir: string, owner: { uid: number; gid: number }): Promise<EximProgram> {
  const { root, libraries } = await unpack(exim, dir);
  const program = join(root, 'usr/sbin/exim4');
  // Installed it would begin as root. The system's linker takes no libraries from elsewhere for such a program.
  await chmod(program, 0o755);
  // It does nothing without the user that its package makes. Here there is one, for its eyes alone.
  const [passwd, group] = [join(dir, 'passwd'), join(dir, 'group')];
  const name = 'Debian-exim';
  await writeFile(
    passwd,
    `${await readFile('/etc/passwd', 'utf8')}${name}:x:${owner.uid}:${owner.gid}::/:/bin/false\n`,
  );
  await writeFile(group, `${await readFile('/etc/group', 'utf8')}${name}:x:${owner.gid}:\n`);
  return {
    program,
    env: {
      LD_LIBRARY_PATH: libraries,
      LD_PRELOAD: join(libraries, 'libnss_wrapper.so'),
      NSS_WRAPPER_PASSWD: passwd,
      NSS_WRAPPER_GROUP: group,
    },
  };
}
