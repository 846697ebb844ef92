import { join } from 'node:path';
import { cannotUnpack, unpack } from './unpacked.ts';

/** Debian lets one machine have one IMAP server only. */
const cyrus = {
  name: 'Cyrus',
  packages: [
    'cyrus-imapd',
    'cyrus-common',
    'libxapian30',
    'libpcre3',
    'libical3',
    'sasl2-bin',
    'libsasl2-modules',
    'libsasl2-modules-db',
  ],
};

/** Where the programs of an unpacked Cyrus are, and what they need to find their libraries. */
export type CyrusPrograms = { bin: string; saslpasswd: string; env: { LD_LIBRARY_PATH: string; SASL_PATH: string } };

/** Why there is no Cyrus on this machine. */
export const cyrusMissing = () => cannotUnpack(cyrus);

/** Unpack Cyrus below `dir`. */
export async function unpackCyrus(dir: string): Promise<CyrusPrograms> {
  const { root, libraries } = await unpack(cyrus, dir);
  const own = join(root, 'usr/lib/cyrus');
  const all = [libraries, libraries.replace('/usr/lib/', '/lib/'), own];
  return {
    bin: join(own, 'bin'),
    saslpasswd: join(root, 'usr/sbin/saslpasswd2'),
    env: { LD_LIBRARY_PATH: all.join(':'), SASL_PATH: join(libraries, 'sasl2') },
  };
}
