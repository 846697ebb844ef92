import { registrableDomain } from './address.ts';
import { candidateOf, type FileContent, readAutoconfig } from './autoconfig-file.ts';
import type { Questions } from './dns.ts';
import { fetchFile } from './fetch-file.ts';
import type { Network } from './network.ts';
import { paccUrl, readPacc } from './pacc.ts';
import type { Candidate, Offer, Rank, Source, Tried } from './types.ts';

/** What one file led to. `partial`: one protocol only; `silent`: a host for just this file said nothing in time. */
export type FromFile =
  | { kind: 'servers'; candidate: Candidate }
  | { kind: 'partial'; imap: readonly Offer[]; smtp: readonly Offer[] }
  | { kind: 'pop3' | 'cleartext'; source: Source }
  | { kind: 'none'; silent: boolean };

type Tools = { network: Network; signal: AbortSignal; note: (tried: Tried) => void };

/** The files that speak for a domain, best first, all of them under way at once. */
export function domainFiles(
  domain: string,
  questions: Questions,
  database: string | undefined,
  tools: Tools,
): Promise<FromFile>[] {
  return heard([
    questions.pacc.then((digests) =>
      digests.length === 0 ? nothing : read('C', 'pacc', paccUrl(domain), tools, (body) => readPacc(body, digests)),
    ),
    autoconfig('C', 'autoconfig', `https://autoconfig.${domain}/mail/config-v1.1.xml`, domain, tools),
    autoconfig('C', 'well-known', `https://${domain}/.well-known/autoconfig/mail/config-v1.1.xml`, domain, tools),
    ...(database === undefined ? [] : [autoconfig('C', 'database', databaseUrl(database, domain), domain, tools)]),
  ]);
}

/** The files of a foreign exchanger's domain: many hosters keep one there, and none at their customers' domains. */
export function exchangerFiles(
  domain: string,
  exchanger: string,
  database: string | undefined,
  tools: Tools,
): Promise<FromFile>[] {
  const site = registrableDomain(exchanger);
  if (site === null || site === registrableDomain(domain)) return [];
  const names = database === undefined ? [] : [...new Set([exchanger, site])];
  return heard([
    ...names.map((name) => autoconfig('G', 'mx-database', databaseUrl(database!, name), domain, tools)),
    autoconfig('G', 'mx-autoconfig', `https://autoconfig.${site}/mail/config-v1.1.xml`, domain, tools),
  ]);
}

const databaseUrl = (database: string, name: string) => `${database.replace(/\/+$/, '')}/${name}`;
const nothing: FromFile = { kind: 'none', silent: false };

const autoconfig = (rank: Rank, source: Source, url: string, domain: string, tools: Tools): Promise<FromFile> =>
  read(rank, source, url, tools, (body) => readAutoconfig(body, domain));

async function read(
  rank: Rank,
  source: Source,
  url: string,
  { network, signal, note }: Tools,
  understand: (body: Buffer) => FileContent | null,
): Promise<FromFile> {
  const fetched = await fetchFile(url, network, signal);
  if (fetched.body === null) {
    const { reason, exists } = fetched;
    if (reason !== null && reason !== 'network.dns') note({ source, reason });
    // Any site may be slow at a path that it does not have; a host of this name is there for nothing else.
    return { kind: 'none', silent: source === 'autoconfig' && exists && reason === 'network.timeout' };
  }
  const content = understand(fetched.body);
  if (content === null) return nothing;
  const { imap, smtp } = content;
  if (imap.length > 0 && smtp.length > 0) return { kind: 'servers', candidate: candidateOf(rank, source, imap, smtp) };
  if (content.onlyPop3) return { kind: 'pop3', source };
  if (content.onlyCleartext) {
    note({ source, reason: 'tls.required' });
    return { kind: 'cleartext', source };
  }
  return imap.length + smtp.length > 0 ? { kind: 'partial', imap, smtp } : nothing;
}

/** Files are asked for before it is known whether they matter, and nobody may come back to hear how one failed. */
function heard(files: Promise<FromFile>[]): Promise<FromFile>[] {
  for (const file of files) file.catch(() => {});
  return files;
}

/** Has one of these files servers? Known as soon as one has, or none of them is left. */
export function anyServers(files: Promise<FromFile>[]): Promise<boolean> {
  return new Promise((resolve) => {
    for (const file of files) file.then(({ kind }) => kind === 'servers' && resolve(true)).catch(() => {});
    void Promise.allSettled(files).then(() => resolve(false));
  });
}
