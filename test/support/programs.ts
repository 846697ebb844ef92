import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Where server programs live besides the PATH, which often has no sbin for a normal user. */
const furtherDirectories = ['/usr/sbin', '/usr/local/sbin', '/sbin', '/usr/lib/dovecot', '/opt/homebrew/sbin'];

/** The path of a program of this machine, or null. */
export function findProgram(...names: string[]): string | null {
  for (const dir of [...(process.env.PATH ?? '').split(delimiter), ...furtherDirectories]) {
    for (const name of names) {
      try {
        accessSync(join(dir, name), constants.X_OK);
        return join(dir, name);
      } catch {} // not here: the next place
    }
  }
  return null;
}
