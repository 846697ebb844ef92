import { siteOf } from './budget.ts';

/**
 * What providers allow, as far as they say so. `connections`: at one time for one mailbox; `loginsPerSecond`: new logins
 * from us, over all mailboxes. Ours are well below what is documented, since a mailbox's owner has other programs too.
 */
export type Limits = { connections: number; loginsPerSecond: number; source: string };

const documented: Readonly<Record<string, Limits>> = {
  google: {
    connections: 10,
    loginsPerSecond: 10,
    source: '15 IMAP connections an account (support.google.com/mail/answer/7126229)',
  },
  microsoft: { connections: 8, loginsPerSecond: 8, source: 'Exchange: 16 an account, 2,000 an address (bb123712)' },
  yahoo: { connections: 4, loginsPerSecond: 2, source: 'answers [LIMIT] early; no number is published' },
  aol: { connections: 4, loginsPerSecond: 2, source: 'as Yahoo, the same servers' },
  icloud: { connections: 5, loginsPerSecond: 2, source: 'no number is published' },
  gmx: { connections: 5, loginsPerSecond: 2, source: 'no number is published' },
  webde: { connections: 5, loginsPerSecond: 2, source: 'as GMX' },
  zoho: { connections: 5, loginsPerSecond: 2, source: 'no number is published' },
  yandex: { connections: 5, loginsPerSecond: 2, source: 'no number is published' },
  mailru: { connections: 5, loginsPerSecond: 2, source: 'no number is published' },
  fastmail: { connections: 10, loginsPerSecond: 5, source: 'no number is published' },
  ionos: { connections: 5, loginsPerSecond: 3, source: 'no number is published' },
  strato: { connections: 5, loginsPerSecond: 2, source: 'no number is published' },
  onecom: { connections: 5, loginsPerSecond: 3, source: 'runs Dovecot: 10 an account and address by default' },
  ovh: { connections: 5, loginsPerSecond: 3, source: 'no number is published' },
};

/** Dovecot's default of 10 connections an account and address, which most hosts leave as it is; and a gentle pace. */
const unknownHost: Limits = { connections: 5, loginsPerSecond: 10, source: 'Dovecot mail_max_userip_connections = 10' };

/** The limits that we keep at a host. */
export function limitsOf(host: string): Limits {
  return documented[siteOf(host)] ?? unknownHost;
}
