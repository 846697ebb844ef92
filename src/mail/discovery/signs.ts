import type { Exchangers } from './dns.ts';
import { type Exchanger, endsOf, exchangerOf, exchangers } from './table.ts';
import type { Candidate, Offer, Rank, Source } from './types.ts';

/** What the mail exchangers show about where the mailbox is. */
export type Judgement =
  | { kind: 'none' | 'silent' | 'null' }
  | { kind: 'unknown'; host: string }
  | { kind: Exchanger['kind']; host: string; exchanger: Exchanger };

/** Mail that may take several ways in at the same preference: the one that ends in a mailbox tells most. */
const telling: readonly Exchanger['kind'][] = ['mailbox', 'no imap', 'hoster', 'filter', 'forwarder'];

/** Judge the exchangers of the lowest preference. */
export function judge(hosts: Exchangers): Judgement {
  if (typeof hosts === 'string') return { kind: hosts };
  const known = hosts.flatMap((host) => {
    const exchanger = exchangerOf(host);
    return exchanger ? [{ kind: exchanger.kind, host, exchanger }] : [];
  });
  known.sort((one, other) => telling.indexOf(one.kind) - telling.indexOf(other.kind));
  return known[0] ?? { kind: 'unknown', host: hosts[0]! };
}

/**
 * Does a name that a domain's `autodiscover` or DKIM selector leads to belong to Exchange Online? A record without its
 * final dot ends in the domain's own name, which is common enough to be forgiven.
 */
export function isMicrosoft(name: string | null, domain: string): boolean {
  if (name === null) return false;
  const whole = name.endsWith(`.${domain}`) ? name.slice(0, -domain.length - 1) : name;
  return endsOf(whole).some((end) => microsoftEnds.has(end));
}

const microsoftEnds = new Set(['outlook.com', 'office365.com', 'onmicrosoft.com', 'dkim.mail.microsoft']);

const rowOf = (id: string): Exchanger => exchangers.find((row) => row.id === id)!;

/** A mailbox at Exchange Online, as its signs beside the exchanger suggest. */
export const microsoft365 = (): Candidate => fromExchanger('F', 'microsoft', rowOf('microsoft365'), '');

/** The servers that an exchanger stands for. */
export function fromExchanger(rank: Rank, source: Source, row: Exchanger, host: string): Candidate {
  const named = (offer: Offer): Offer => (offer.host === '=' ? { ...offer, host } : offer);
  return { rank, source, provider: row.id, login: row.login, imap: row.imap.map(named), smtp: row.smtp.map(named) };
}

/**
 * Exchangers that several services share, told apart by where `autodiscover` leads: OVH's Exchange and Email Pro have
 * numbered servers of their own, and at Amazon only WorkMail has mailboxes. Null where that stays open.
 */
export function fromHoster(row: Exchanger, host: string, autodiscover: string | null): Candidate | null {
  const usual = fromExchanger('D', 'mx', row, host);
  if (row.id === 'ovh' && autodiscover && /^(ex|pro)\d*\.mail\.ovh\.net$/.test(autodiscover)) {
    return { ...usual, imap: [at(autodiscover, 993, 'tls')], smtp: [at(autodiscover, 587, 'starttls')] };
  }
  if (row.id === 'aws') return autodiscover?.endsWith('.awsapps.com') ? workMail(host) : null;
  return usual;
}

/** WorkMail in the region of an exchanger of Amazon. */
export function workMail(host: string): Candidate | null {
  const region = /^inbound-smtp\.([a-z]{2}(?:-[a-z]+)+-\d)\.amazonaws\.com$/.exec(host)?.[1];
  if (!region) return null;
  return {
    ...fromExchanger('D', 'mx', rowOf('aws'), host),
    imap: [at(`imap.mail.${region}.awsapps.com`, 993, 'tls')],
    smtp: [at(`smtp.mail.${region}.awsapps.com`, 465, 'tls')],
  };
}

const at = (host: string, port: number, security: Offer['security']): Offer => ({
  host,
  port,
  security,
  user: 'address',
});
