import { isHostName } from './address.ts';
import { isKnownDoor, knownHost } from './table.ts';
import type { Candidate, Login, Offer, Rank, Source, UserForm } from './types.ts';
import { childOf, childrenOf, type Element, readXml } from './xml.ts';

/** What a configuration file says. Without servers that can be used, the flags tell what it has instead. */
export type FileContent = {
  imap: Offer[];
  smtp: Offer[];
  /** It names a POP3 server and no IMAP server of any kind. */
  onlyPop3: boolean;
  /** Its servers are there, but without encryption. */
  onlyCleartext: boolean;
};

const ports = { imap: [143, 993], smtp: [465, 587] } as const;
const maxOffers = 4;

/**
 * Read the XML of an autoconfig file (`clientConfig` of version 1.1) for a domain. A server without encryption, on an
 * odd port, at an address instead of a name, or with a login that we cannot do is left out.
 * @returns null when this is no such file.
 */
export function readAutoconfig(body: Buffer, domain: string): FileContent | null {
  let root: Element;
  try {
    root = readXml(body.toString('utf8'));
  } catch {
    return null; // broken, hostile or no XML: none of them is a configuration
  }
  const provider = childOf(root, 'emailProvider');
  if (root.name !== 'clientConfig' || !provider) return null;
  const incoming = childrenOf(provider, 'incomingServer');
  const outgoing = childrenOf(provider, 'outgoingServer').filter(({ attributes }) => attributes.type === 'smtp');
  const ofType = (type: string) => incoming.filter(({ attributes }) => attributes.type === type);
  const imap = offersOf(ofType('imap'), 'imap', domain);
  const smtp = offersOf(outgoing, 'smtp', domain);
  const plain = (servers: Element[]) => servers.length > 0 && servers.every((server) => socketType(server) === 'plain');
  return {
    imap,
    smtp,
    onlyPop3: ofType('imap').length === 0 && ofType('pop3').length > 0,
    onlyCleartext: plain(ofType('imap')) || plain(outgoing),
  };
}

const textOf = (element: Element, name: string): string => childOf(element, name)?.text.trim() ?? '';
const socketType = (server: Element): string => textOf(server, 'socketType').toLowerCase();

function offersOf(servers: Element[], protocol: 'imap' | 'smtp', domain: string): Offer[] {
  const offers: Offer[] = [];
  for (const server of servers) {
    const host = textOf(server, 'hostname').replaceAll('%EMAILDOMAIN%', domain).toLowerCase().replace(/\.$/, '');
    const port = Number(textOf(server, 'port'));
    const security = { ssl: 'tls', tls: 'tls', starttls: 'starttls' }[socketType(server)];
    if (!isHostName(host) || (security !== 'tls' && security !== 'starttls')) continue;
    const offer: Offer = { host, port, security, user: userForm(textOf(server, 'username')) };
    const usual = (ports[protocol] as readonly number[]).includes(port);
    if ((!usual && !isKnownDoor(offer)) || !canLogIn(server, host)) continue;
    const same = offers.some((one) => one.host === host && one.port === port);
    if (!same && offers.length < maxOffers) offers.push(offer);
  }
  return offers;
}

/** Kerberos, client certificates and access by network are not for us; OAuth only where the tables know whose it is. */
function canLogIn(server: Element, host: string): boolean {
  const ways = childrenOf(server, 'authentication').map(({ text }) => text.trim().toLowerCase());
  if (ways.length === 0) return true;
  if (ways.some((way) => /^(password-cleartext|password-encrypted|plain|secure)$/.test(way))) return true;
  return ways.includes('oauth2') && knownHost(host)?.login.oauth !== undefined;
}

function userForm(template: string): UserForm {
  if (template === '%EMAILADDRESS%') return 'address';
  if (template === '%EMAILLOCALPART%') return 'local-part';
  const rest = template.replace(/%(EMAILADDRESS|EMAILLOCALPART|EMAILDOMAIN)%/g, '');
  // Without a placeholder it would be one name for everybody; with another one we do not know what to put there.
  if (rest === template || /[%\s\x00-\x1f\x7f]/.test(rest) || template.length > 200) return 'unknown';
  return { template };
}

/** The user name that a form makes of an address. */
export function userName(
  form: UserForm,
  { address, localPart, domain }: Record<'address' | 'localPart' | 'domain', string>,
) {
  if (form === 'local-part') return localPart;
  if (typeof form === 'string') return address;
  const values: Record<string, string> = { EMAILADDRESS: address, EMAILLOCALPART: localPart, EMAILDOMAIN: domain };
  return form.template.replace(/%(EMAILADDRESS|EMAILLOCALPART|EMAILDOMAIN)%/g, (_whole, name: string) => values[name]!);
}

/** How one logs in at servers that no table line stands for: a file may not say whose OAuth it is. */
export function loginAt(host: string | undefined): { login: Login; provider?: string } {
  const known = host === undefined ? undefined : knownHost(host);
  return known ? { login: known.login, provider: known.id } : { login: { methods: ['password'] } };
}

/** Servers that a file or a record names, as a candidate. */
export function candidateOf(rank: Rank, source: Source, imap: readonly Offer[], smtp: readonly Offer[]): Candidate {
  return { rank, source, ...loginAt(imap[0]?.host ?? smtp[0]?.host), imap, smtp };
}
