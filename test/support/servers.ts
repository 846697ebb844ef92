import { randomBytes } from 'node:crypto';
import { chmod, mkdir, mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type CertificateAuthority, makeCertificateAuthority } from './certificates.ts';
import { type OwnDataServer, startPostgres, startRedis } from './data-servers.ts';
import { dropRunDatabases, makeDatabase, type TestDatabase } from './databases.ts';
import { allowManyWatches } from './dovecot.ts';
import { keep, removeAllKept } from './keeper.ts';
import { type MailPlaces, type MailServer, mailServerAt, type OwnMailServer, startMailServer } from './mail-server.ts';
import { type Provided, provideServers } from './programs.ts';

/** What a run's servers are, as plain JSON: its file's name is in the environment variable TEST_SERVERS. */
type Places = {
  dir: string;
  run: string;
  authority: CertificateAuthority;
  postgresUrl: string;
  redisUrl: string;
  mail: MailPlaces;
  provided: Provided;
};

/** The servers of this run, and what tests make on them. */
export type Servers = {
  mailServer: MailServer;
  postgresUrl: string;
  redisUrl: string;
  /** For POSTBUD_CA_FILE: the authority that signed the mail servers' certificates. */
  caFile: string;
  authority: CertificateAuthority;
  /** The run's directory, removed at its end. */
  dir: string;
  /** A migrated database for one test, or an empty one. */
  freshDatabase(options?: { empty?: boolean }): Promise<TestDatabase>;
  /** Servers for one test file, which may break them; gone when its process ends. */
  ownMailServer(options?: Omit<Parameters<typeof startMailServer>[0], 'dir' | 'authority'>): Promise<OwnMailServer>;
  ownPostgres(options?: { durable?: boolean }): Promise<OwnDataServer>;
  ownRedis(): Promise<OwnDataServer>;
};

/** A name nobody else has: for a tenant, a user, a Redis prefix. */
export const freshName = (start: string) => `${start}-${randomBytes(5).toString('hex')}`;

let used: Promise<Servers> | undefined;

/** The servers of the run. A test file that was started alone starts them itself. */
export function useServers(): Promise<Servers> {
  used ??= (async () => {
    const file = process.env.TEST_SERVERS;
    if (!file) return (await startServers({ say: (line) => console.log(line) })).servers;
    return serversAt(JSON.parse(await readFile(file, 'utf8')) as Places);
  })();
  return used;
}

/** Make servers that this process has started the ones that everything here uses. */
export function useRunning(servers: Servers) {
  used = Promise.resolve(servers);
}

/** Start what a run needs, side by side. `stop` removes all of it; so does the end of this process. */
export async function startServers({ say }: { say(line: string): void }) {
  const dir = await mkdtemp(join(tmpdir(), 'postbud-'));
  await chmod(dir, 0o755); // servers that drop root have to get in
  keep({ directory: dir });
  const run = `postbud_${randomBytes(4).toString('hex')}`;
  try {
    const provided = await provideServers(say);
    const { redisImage, mailImage } = provided;
    await allowManyWatches(say);
    await mkdir(join(dir, 'tls'), { mode: 0o700 });
    const authority = await makeCertificateAuthority(join(dir, 'tls'));
    const [postgresUrl, redisUrl, mail] = await Promise.all([
      process.env.TEST_DATABASE_URL ?? startPostgres({ dir }).then((server) => server.url),
      process.env.TEST_REDIS_URL ?? startRedis({ dir, image: redisImage }).then((server) => server.url),
      startMailServer({ dir, authority, image: mailImage }).then((server) => server.places),
    ]);
    const places: Places = { dir, run, authority, postgresUrl, redisUrl, mail, provided };
    const file = join(dir, 'servers.json');
    await writeFile(file, JSON.stringify(places), { mode: 0o600 });
    const stop = async () => {
      if (process.env.TEST_DATABASE_URL) await dropRunDatabases({ url: postgresUrl, run });
      await removeAllKept();
    };
    return { file, servers: serversAt(places), stop };
  } catch (error) {
    await removeAllKept();
    throw error;
  }
}

function serversAt({ dir, run, authority, postgresUrl, redisUrl, mail, provided }: Places): Servers {
  return {
    mailServer: mailServerAt(mail),
    postgresUrl,
    redisUrl,
    caFile: authority.certFile,
    authority,
    dir,
    freshDatabase: (options) => makeDatabase({ url: postgresUrl, run }, options),
    ownMailServer: (options) => startMailServer({ image: provided.mailImage, ...options, dir, authority }),
    ownPostgres: (options) => startPostgres({ ...options, dir }),
    ownRedis: () => startRedis({ dir, image: provided.redisImage }),
  };
}
