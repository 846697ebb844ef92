import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createDiscovery, type Discovered, type Discovery } from '../../src/mail/discovery/index.ts';
import { databaseUrl } from './discovery-rows.ts';
import { type Actors, type Doors, makeWorld, type Page, startActors, type World } from './discovery-world.ts';
import type { Zone } from './dns-server.ts';

/** What a test says of its small internet. */
export type Internet = {
  zone?: Zone;
  doors?: Doors;
  pages?: Record<string, Page>;
  /** Hosts with somebody else's certificate. */
  imposters?: string[];
  everything?: 'silent' | 'servfail';
  holes?: boolean;
  /** The autoconfig database and the own table are off unless a test wants them. */
  database?: boolean;
  table?: boolean;
  allowHosts?: string[];
  log?: Parameters<typeof createDiscovery>[0]['log'];
};

/** Discoveries in small internets of their own, with servers that are shared. */
export type Stage = {
  actors: Actors;
  /** Open an internet. It is closed when `use` is done. */
  within<T>(internet: Internet, use: (discovery: Discovery, world: World) => Promise<T>): Promise<T>;
  /** Discover one address, and say what it took. */
  discover(email: string, internet: Internet): Promise<Discovered & { world: World; tookMs: number }>;
  close(): void;
};

/** A host on loopback. */
export const here = { A: ['127.0.0.1'] };

/** Open the stage of a test file. */
export async function openStage({ hopMs = 0 }: { hopMs?: number } = {}): Promise<Stage> {
  const dir = mkdtempSync(join(tmpdir(), 'postbud-discovery-'));
  const actors = await startActors({ dir, hopMs });
  const within: Stage['within'] = async (internet, use) => {
    const { zone = {}, doors = {}, pages = {}, imposters = [], table = false, database = false } = internet;
    const { allowHosts = ['127.0.0.0/8'], everything, holes = false, log } = internet;
    await actors.prepare(Object.keys(zone).filter((name) => zone[name]!.A && !name.includes('*')));
    for (const [path, page] of Object.entries(pages)) actors.pages.set(path, page);
    for (const name of imposters) actors.imposters.add(name);
    const world = await makeWorld(actors, { zone, doors, holes, ...(everything && { everything }) });
    try {
      const discovery = createDiscovery({
        allowHosts,
        dnsServers: [world.dns.address],
        autoconfigUrl: database ? databaseUrl : undefined,
        tls: actors.tls,
        log,
        connect: world.connect,
        table,
      });
      return await use(discovery, world);
    } finally {
      for (const path of Object.keys(pages)) actors.pages.delete(path);
      for (const name of imposters) actors.imposters.delete(name);
      await world.close();
    }
  };
  return {
    actors,
    within,
    discover: (email, internet) =>
      within(internet, async ({ discover }, world) => {
        const began = performance.now();
        const outcome = await discover(email, { signal: AbortSignal.timeout(30_000) });
        return { ...outcome, world, tookMs: performance.now() - began };
      }),
    close() {
      actors.close();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

type FileServer = { host: string; port: number; socketType: string; username?: string; authentication?: string };

/** The text of an autoconfig file. */
export function fileWith({
  imap = [],
  pop3 = [],
  smtp = [],
}: Partial<Record<'imap' | 'pop3' | 'smtp', FileServer[]>>): string {
  const element = (tag: string, type: string) => (server: FileServer) =>
    `<${tag} type="${type}"><hostname>${server.host}</hostname><port>${server.port}</port>` +
    `<socketType>${server.socketType}</socketType><username>${server.username ?? '%EMAILADDRESS%'}</username>` +
    `<authentication>${server.authentication ?? 'password-cleartext'}</authentication></${tag}>`;
  const servers = [
    ...imap.map(element('incomingServer', 'imap')),
    ...pop3.map(element('incomingServer', 'pop3')),
    ...smtp.map(element('outgoingServer', 'smtp')),
  ];
  return `<?xml version="1.0"?>\n<clientConfig version="1.1"><emailProvider id="x">${servers.join('')}</emailProvider></clientConfig>`;
}

/** A file that names two good servers. */
export const goodFile = (imap: string, smtp: string, username?: string): string =>
  fileWith({
    imap: [{ host: imap, port: 993, socketType: 'SSL', ...(username && { username }) }],
    smtp: [{ host: smtp, port: 465, socketType: 'SSL', ...(username && { username }) }],
  });
