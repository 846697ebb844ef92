import { domainToASCII } from 'node:url';
import { isHostName } from '../../src/mail/discovery/address.ts';
import type { Discovered } from '../../src/mail/discovery/index.ts';
import { isMicrosoft } from '../../src/mail/discovery/signs.ts';
import { exchangerOf, providerOf } from '../../src/mail/discovery/table.ts';
import type { Server } from '../../src/words.ts';
import type { Doors, Page } from './discovery-world.ts';
import type { Records, Zone } from './dns-server.ts';

type RowServer = { host: string; port: number; security: 'tls' | 'starttls' | 'none' };

/** One domain of a providers file: what is true of it, and by which ways that can be found out. */
export type Row = {
  domain: string;
  provider?: string;
  imap?: RowServer | null;
  smtp?: RowServer | null;
  imap_alt?: RowServer[];
  smtp_alt?: RowServer[];
  pop3?: RowServer;
  username?: string | null;
  smtp_username?: string;
  unsupported?: string;
  mx?: string[];
  dns?: unknown;
  found_via?: string[];
  expect?: unknown;
};

/** The world that a row describes, as parts of a larger one. */
export type RowWorld = { zone: Zone; doors: Doors; pages: [string, Page][]; names: string[]; notUnderstood: string[] };

/** Where the autoconfig database of all rows is. */
export const databaseHost = 'database.check.test';
export const databaseUrl = `https://${databaseHost}/v1.1`;

const loopback = '127.0.0.1';
const viaFile = {
  database: /^(ispdb|isp-db|database|db|thunderbird|autoconfig-db)$/i,
  autoconfig: /^(autoconfig|config|https|live|xml)$/i,
  'well-known': /^well-?known$/i,
  pacc: /^pacc$/i,
  srv: /^(srv|rfc ?6186|dns-srv)$/i,
} as const;

const found = (row: Row, way: RegExp): boolean => (row.found_via ?? []).some((via) => way.test(via));

/** Build it: names and records, a web site that has no such file, the files that the row says exist, the mail hosts. */
export function worldOf(given: Row): RowWorld {
  const row = inAscii(given);
  const { domain } = row;
  const world: RowWorld = { zone: {}, doors: {}, pages: [], names: [], notUnderstood: [] };
  const records = (name: string): Records => {
    world.zone[name.toLowerCase()] ??= {};
    return world.zone[name.toLowerCase()]!;
  };
  const host = (name: string) => {
    if (!isHostName(name)) return;
    records(name).A = [loopback];
    world.names.push(name);
  };
  const web = (name: string) => {
    host(name);
    world.doors[`${name}:443`] = 'https';
  };
  web(domain);
  web(databaseHost);

  const dns = readDns(row);
  const mx = dns.mx.length > 0 ? dns.mx : (row.mx ?? []).map((name) => [10, name] as [number, string]);
  // Large providers are there whether a row says so or not.
  const behind = mx.flatMap(([, name]) => exchangerOf(name) ?? []);
  if (Object.values(dns.cnames).some((name) => isMicrosoft(name, domain))) behind.push(exchangerOf('mx.microsoft')!);
  const there = { imap: behind.flatMap((one) => one.imap), smtp: behind.flatMap((one) => one.smtp) };

  for (const [list, protocol] of [
    [[row.imap, ...(row.imap_alt ?? []), ...there.imap], 'imap'],
    [[row.smtp, ...(row.smtp_alt ?? []), ...there.smtp], 'smtp'],
  ] as const) {
    for (const server of list) {
      if (!server || server.host === '=') continue;
      host(server.host);
      const behaviour = { tls: protocol, starttls: `${protocol}-starttls`, none: `${protocol}-cleartext` } as const;
      world.doors[`${server.host}:${server.port}`] = behaviour[server.security];
    }
  }
  if (row.pop3) {
    host(row.pop3.host);
    world.doors[`${row.pop3.host}:995`] = 'pop3';
  }
  if (mx.length > 0) records(domain).MX = mx;
  for (const [, name] of mx) host(name);
  for (const [label, target] of Object.entries(dns.cnames)) {
    records(`${label}.${domain}`).CNAME = target;
    host(target);
  }
  for (const [service, targets] of Object.entries(dns.srv)) {
    records(`${service}._tcp.${domain}`).SRV = targets;
    for (const [, , , target] of targets) host(target);
  }
  world.notUnderstood.push(...dns.notUnderstood);

  const file: Page = { body: autoconfigFile(row) };
  if (found(row, viaFile.database)) world.pages.push([`${databaseHost}/v1.1/${domain}`, file]);
  if (found(row, viaFile['well-known']))
    world.pages.push([`${domain}/.well-known/autoconfig/mail/config-v1.1.xml`, file]);
  if (found(row, viaFile.autoconfig)) {
    web(`autoconfig.${domain}`);
    world.pages.push([`autoconfig.${domain}/mail/config-v1.1.xml`, file]);
  }
  if (found(row, viaFile.srv) && row.imap && row.smtp && Object.keys(dns.srv).length === 0) {
    const srv = ({ host: target, port }: RowServer): Records['SRV'] => [[0, 1, port, target]];
    records(`${row.imap.security === 'tls' ? '_imaps' : '_imap'}._tcp.${domain}`).SRV = srv(row.imap)!;
    records(`${row.smtp.security === 'tls' ? '_submissions' : '_submission'}._tcp.${domain}`).SRV = srv(row.smtp)!;
  }
  return world;
}

/** The same row with its names as DNS has them: who types an address writes `blåbær.no`. */
function inAscii(row: Row): Row {
  const { domain, imap, smtp, pop3, imap_alt = [], smtp_alt = [] } = row;
  const server = (one: RowServer): RowServer => ({ ...one, host: asciiName(one.host) });
  return {
    ...row,
    domain: asciiName(domain),
    ...(imap && { imap: server(imap) }),
    ...(smtp && { smtp: server(smtp) }),
    ...(pop3 && { pop3: server(pop3) }),
    imap_alt: imap_alt.map(server),
    smtp_alt: smtp_alt.map(server),
  };
}

const asciiName = (name: string) => domainToASCII(name) || name;

/** A file as a provider would write it. */
function autoconfigFile({
  domain,
  imap,
  smtp,
  imap_alt = [],
  smtp_alt = [],
  pop3,
  username,
  smtp_username,
}: Row): string {
  const name = (form: string | null | undefined) => (form === 'localpart' ? '%EMAILLOCALPART%' : '%EMAILADDRESS%');
  const element = (tag: string, type: string, user: string | null | undefined, server: RowServer) => `
    <${tag} type="${type}">
      <hostname>${server.host}</hostname>
      <port>${server.port}</port>
      <socketType>${{ tls: 'SSL', starttls: 'STARTTLS', none: 'plain' }[server.security]}</socketType>
      <authentication>password-cleartext</authentication>
      <username>${name(user)}</username>
    </${tag}>`;
  const incoming = [imap, ...imap_alt].filter((one) => one != null);
  const outgoing = [smtp, ...smtp_alt].filter((one) => one != null);
  return `<?xml version="1.0" encoding="UTF-8"?>
<clientConfig version="1.1">
  <emailProvider id="${domain}">
    <domain>${domain}</domain>${[
      ...incoming.map((one) => element('incomingServer', 'imap', username, one)),
      ...(pop3 ? [element('incomingServer', 'pop3', username, pop3)] : []),
      ...outgoing.map((one) => element('outgoingServer', 'smtp', smtp_username ?? username, one)),
    ].join('')}
  </emailProvider>
</clientConfig>
`;
}

type ReadDns = {
  mx: [number, string][];
  cnames: Record<string, string>;
  srv: Record<string, [number, number, number, string][]>;
  notUnderstood: string[];
};

/** Records that a discovery never asks for. */
const idle =
  /^(a|aaaa|ns|soa|caa|spf.*|dmarc.*|mta.?sts.*|bimi|ts|asn.*|countr.*|mx_?(asn|countr|cname).*|txt.*|note|source)$/i;

/**
 * Records in whatever shape a file has them: names as keys in full, in part (`selector1`, `autodiscover_cname`) or
 * nested (`srv: {_imaps: …}`), values as text, lists or objects.
 */
function readDns({ domain, dns }: Row): ReadDns {
  const read: ReadDns = { mx: [], cnames: {}, srv: {}, notUnderstood: [] };
  const visit = (key: string, value: unknown) => {
    if (value === null || value === undefined || value === false || value === '') return;
    const name = asciiName(key.toLowerCase())
      .replace(/\.$/, '')
      .replace(new RegExp(`\\.?${domain.replaceAll('.', '\\.')}$`), '');
    if (/^(mx|mx_?records?|mx_?hosts?)$/.test(name)) read.mx.push(...listOf(value).flatMap(readMx));
    else if (/^null_?mx$/.test(name)) read.mx.push([0, '.']);
    else if (/_?(imaps|imap|submissions|submission)(\._tcp|_srv)?$/.test(name)) addSrv(name, value);
    else if (/autodiscover/.test(name) && /srv|_tcp/.test(name)) addSrv('_autodiscover', value);
    else if (isObject(value))
      for (const [inner, one] of Object.entries(value))
        visit(/^(cname|srv|type)$/i.test(inner) ? `${name}_${inner}` : inner, one);
    else if (/autodiscover/.test(name)) addCname('autodiscover', value);
    else if (/selector2/.test(name)) addCname('selector2._domainkey', value);
    else if (/selector1|dkim|domainkey/.test(name)) {
      for (const one of listOf(value))
        addCname(/selector2/i.test(String(one)) ? 'selector2._domainkey' : 'selector1._domainkey', one);
    } else if (!idle.test(name)) read.notUnderstood.push(key);
  };
  const addCname = (label: string, value: unknown) => {
    const target = plain(listOf(value)[0]);
    if (target) read.cnames[label] = target;
  };
  const addSrv = (name: string, value: unknown) => {
    const service = `_${/(imaps|imap|submissions|submission|autodiscover)/.exec(name)![1]}`;
    for (const one of listOf(value)) {
      const usual = { _imaps: 993, _imap: 143, _submissions: 465, _submission: 587, _autodiscover: 443 }[service]!;
      const numbers = (String(isObject(one) ? '' : one).match(/\b\d+\b(?=\s)/g) ?? []).map(Number);
      const target = plain(isObject(one) ? (one.target ?? one.host ?? one.name) : String(one).split(/\s+/).at(-1));
      if (!target && !/(^|\s)\.$/.test(String(one).trim())) continue;
      const port = isObject(one)
        ? Number(one.port ?? usual)
        : (numbers[2] ?? (Number(String(one).split(':')[1]) || usual));
      read.srv[service] ??= [];
      read.srv[service].push([numbers[0] ?? 0, numbers[1] ?? 1, port, target?.split(':')[0] ?? '']);
    }
  };
  if (isObject(dns)) for (const [key, value] of Object.entries(dns)) visit(key, value);
  return read;
}

function readMx(value: unknown): [number, string][] {
  if (Array.isArray(value)) return [[Number(value[0]), plain(value[1]) ?? '']];
  if (isObject(value)) {
    const { preference, priority, exchange, host, name } = value;
    return [[Number(preference ?? priority ?? 10), plain(exchange ?? host ?? name) ?? '']];
  }
  const [, preference, host] = /^(?:(\d+)\s+)?(\S+)$/.exec(String(value).trim()) ?? [];
  return host === undefined ? [] : [[Number(preference ?? 10), host === '.' ? '' : plain(host)!]];
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const listOf = (value: unknown): unknown[] => (Array.isArray(value) ? value : [value]);
const plain = (value: unknown): string | undefined =>
  typeof value === 'string' ? asciiName(value.trim().toLowerCase().replace(/\.$/, '')) || undefined : undefined;

/** Was a row found out? A reason says why not. */
export function verdictOn(given: Row, { found: answer, notFound }: Discovered): string | null {
  const row = inAscii(given);
  if (row.unsupported)
    return said(notFound?.reason, /pop/i.test(row.unsupported) ? ['protocol.pop3'] : ['imap.disabled']);
  if (row.imap && row.smtp && answer && serversFit(row, answer)) return usersFit(row, answer);
  if (typeof row.expect === 'string') return expected(row.expect, { found: answer, notFound } as Discovered);
  if (!answer) return `wanted ${shown(row.imap)} ${shown(row.smtp)}, found nothing: ${notFound?.reason}`;
  return `wanted ${shown(row.imap)} ${shown(row.smtp)}, found ${shown(answer.imap)} ${shown(answer.smtp)} by ${answer.source}`;
}

/** What a file may expect of a domain that has no one right answer. */
function expected(expect: string, { found: answer, notFound }: Discovered): string | null {
  const wish = expect.toLowerCase();
  if (/^[a-z]+\.[a-z0-9_]+$/.test(wish)) return said(notFound?.reason, [wish]);
  if (/pop-?3/.test(wish)) return said(notFound?.reason, ['protocol.pop3']);
  if (/no-?imap/.test(wish)) return said(notFound?.reason, ['imap.disabled']);
  // The user decides: what is claimed waits for a yes, and to choose there has to be something.
  if (/choose/.test(wish) && !answer && !notFound?.prefill.imap?.host) return 'wanted a choice, and there is none';
  if (/choose|ask|confirm/.test(wish))
    return answer?.certain ? `wanted a question, but ${answer.source} was sure` : null;
  // A proved host of the domain itself, or the form to fill in.
  if (/probe|guess/.test(wish))
    return answer && answer.source !== 'guess' ? `wanted a proved guess, found ${answer.source}` : null;
  return answer ? `wanted ${expect}, found ${shown(answer.imap)} by ${answer.source}` : null;
}

const said = (reason: string | undefined, wanted: string[]): string | null =>
  reason !== undefined && wanted.includes(reason) ? null : `wanted ${wanted.join(' or ')}, got ${reason ?? 'servers'}`;

type Answer = NonNullable<Discovered['found']>;

function serversFit(row: Row, { imap, smtp }: Answer): boolean {
  const fits = (got: Server, wanted: (RowServer | null | undefined)[]) =>
    wanted.some((one) => one && one.host === got.host && one.port === got.port && one.security === got.security);
  return fits(imap, [row.imap, ...(row.imap_alt ?? [])]) && fits(smtp, [row.smtp, ...(row.smtp_alt ?? [])]);
}

/** Only some sources know user names; the others try the address first. */
function usersFit(row: Row, { imap, smtp, usernameForm }: Answer): string | null {
  if (usernameForm === 'unknown' || usernameForm === 'ask') return null;
  const wrong = (server: Server, form: string | null | undefined) =>
    (form === 'email' && !server.username.includes('@')) || (form === 'localpart' && server.username.includes('@'));
  if (wrong(imap, row.username)) return `wanted the user name as ${row.username}, got ${imap.username} for IMAP`;
  const form = row.smtp_username ?? row.username;
  return wrong(smtp, form) ? `wanted the user name as ${form}, got ${smtp.username} for SMTP` : null;
}

const shown = (server: RowServer | Server | null | undefined): string =>
  server ? `${server.host}:${server.port}/${server.security}` : 'none';

/**
 * Could anything have known this row: the table, a file, DNS, or a guess at the usual names? Of a row that stands in
 * nobody's table but the one it was taken from, nothing leads to its servers.
 */
export function isKnowable(given: Row, { table }: { table: boolean }): boolean {
  const row = inAscii(given);
  if (table && providerOf(row.domain)) return true;
  if (row.unsupported && !row.pop3) {
    const notOffered = Object.values(readDns(row).srv).some((targets) => targets.some(([, , , host]) => host === ''));
    return notOffered || mxOf(row).some((host) => exchangerOf(host) !== undefined);
  }
  if (Object.values(viaFile).some((way) => found(row, way)) || row.dns !== undefined || row.expect !== undefined)
    return true;
  if (mxOf(row).some((host) => exchangerOf(host) !== undefined)) return true;
  const { domain, imap, smtp } = row;
  const hosts = (protocol: string) => [`${protocol}.${domain}`, `mail.${domain}`, domain, ...mxOf(row)];
  return Boolean(imap && smtp && hosts('imap').includes(imap.host) && hosts('smtp').includes(smtp.host));
}

const mxOf = (row: Row): string[] => [...(row.mx ?? []), ...readDns(row).mx.map(([, host]) => host)];
