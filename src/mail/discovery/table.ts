import { registrableDomain } from './address.ts';
import { exchangerLines } from './data/exchangers.ts';
import { providerLines } from './data/providers.ts';
import type { Login, LoginMethod, Offer, UserForm } from './types.ts';

/** A provider known by the domain of an address. Without servers, `without` says why. */
export type Provider = {
  id: string;
  domains: readonly string[];
  login: Login;
  imap: readonly Offer[];
  smtp: readonly Offer[];
  without?: 'imap' | 'pop3';
};

/** Who runs a mail exchanger. */
export type Exchanger = {
  kind: 'mailbox' | 'hoster' | 'filter' | 'forwarder' | 'no imap';
  id: string;
  ends: readonly string[];
  login: Login;
  /** `=` in place of a host is the exchanger itself. */
  imap: readonly Offer[];
  smtp: readonly Offer[];
};

const oauthLogins: Readonly<Record<string, Login>> = {
  google: { methods: ['oauth2', 'app-password'], oauth: 'google' },
  yahoo: { methods: ['oauth2', 'app-password'], oauth: 'yahoo' },
  // Microsoft takes no password any more, neither the user's own nor one made for an app.
  microsoft: { methods: ['oauth2'], oauth: 'microsoft' },
};
const userForms = new Set(['address', 'local-part', 'ask']);

function readLogin(cell: string): { login: Login; users: [UserForm, UserForm] } {
  const words = cell.split(' ').filter(Boolean);
  const users = (words.find((word) => userForms.has(word.split('/')[0]!)) ?? 'address').split('/') as UserForm[];
  const method = words.find((word) => !userForms.has(word.split('/')[0]!)) ?? 'password';
  return {
    login: oauthLogins[method] ?? { methods: [method as LoginMethod] },
    users: [users[0]!, users[1] ?? users[0]!],
  };
}

function readOffers(cell: string, user: UserForm): Offer[] {
  return cell
    .split(' ')
    .filter(Boolean)
    .map((text) => {
      const [, host, port, security] = /^([^:]+):(\d+)(?:\/(tls|starttls))?$/.exec(text)!;
      const usual = port === '993' || port === '465' ? 'tls' : 'starttls';
      return { host: host!, port: Number(port), security: (security as Offer['security']) ?? usual, user };
    });
}

const cellsOf = (line: string): string[] => line.split('|').map((cell) => cell.trim());

function readProviders(): Provider[] {
  const rows: (Provider & { domains: string[] })[] = [];
  for (const line of providerLines.trim().split('\n')) {
    if (line.startsWith('+ ')) {
      rows.at(-1)!.domains.push(...line.slice(2).split(' '));
      continue;
    }
    const [id = '', domains = '', imap = '', smtp = '', way = ''] = cellsOf(line);
    const { login, users } = readLogin(way);
    const without = imap === 'no imap' ? 'imap' : imap === 'pop3 only' ? 'pop3' : undefined;
    rows.push({
      id,
      domains: domains.split(' '),
      login,
      imap: without ? [] : readOffers(imap, users[0]),
      smtp: readOffers(smtp, users[1]),
      ...(without && { without }),
    });
  }
  return rows;
}

function readExchangers(): Exchanger[] {
  return exchangerLines
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => {
      const [ends = '', kind = '', id = '', imap = '', smtp = '', way = ''] = cellsOf(line);
      const { login, users } = readLogin(way);
      return {
        kind: kind as Exchanger['kind'],
        id,
        ends: ends.split(' '),
        login,
        imap: readOffers(imap, users[0]),
        smtp: readOffers(smtp, users[1]),
      };
    });
}

/** All lines of the two tables. */
export const providers: readonly Provider[] = readProviders();
export const exchangers: readonly Exchanger[] = readExchangers();

const byDomain = new Map(providers.flatMap((row) => row.domains.map((domain) => [domain, row] as const)));
const byEnd = new Map(exchangers.flatMap((row) => row.ends.map((end) => [end, row] as const)));

/** The provider whose customers have addresses at this domain. */
export function providerOf(domain: string): Provider | undefined {
  const whole = byDomain.get(domain);
  if (whole) return whole;
  for (const end of endsOf(domain).slice(1)) {
    const row = byDomain.get(`.${end}`);
    if (row) return row;
  }
  return undefined;
}

/** Who runs this exchanger. Whole labels and the longest end, since someone.com is not one.com. */
export function exchangerOf(host: string): Exchanger | undefined {
  for (const end of endsOf(host)) {
    const row = byEnd.get(end);
    if (row) return row;
  }
  return undefined;
}

/** `a.b.c` -> `a.b.c`, `b.c`, `c`. */
export const endsOf = (name: string): string[] => {
  const labels = name.split('.');
  return labels.map((_label, at) => labels.slice(at).join('.'));
};

type Known = { id: string; login: Login };
const hosts = new Map<string, Known>();
const sites = new Set<string>();
const doors = new Set<string>();
for (const row of [...providers, ...exchangers]) {
  const names = 'domains' in row ? row.domains : row.ends;
  for (const name of [...names, ...[...row.imap, ...row.smtp].map(({ host }) => host)]) {
    const site = registrableDomain(name.replace(/^\./, ''));
    if (site) sites.add(site);
  }
  for (const { host, port, security } of [...row.imap, ...row.smtp]) {
    if (!hosts.has(host)) hosts.set(host, { id: row.id, login: row.login });
    doors.add(`${host}:${port}/${security}`);
  }
}

/** Whose server this is, and how one logs in there, as the tables have it. */
export const knownHost = (host: string): Known | undefined => hosts.get(host);
/** Is this host's domain one that the tables name? Files may redirect there. */
export const isKnownSite = (host: string): boolean => sites.has(registrableDomain(host) ?? '');
/** Do the tables have this server on this port? It may be an odd one then. */
export const isKnownDoor = ({ host, port, security }: Omit<Offer, 'user'>): boolean =>
  doors.has(`${host}:${port}/${security}`);
