import { exchangers } from '../../src/mail/discovery/table.ts';
import type { Row } from './discovery-rows.ts';

const tls = (host: string, port: number) => ({ host, port, security: 'tls' as const });
const starttls = (host: string, port: number) => ({ host, port, security: 'starttls' as const });
const microsoft = { imap: tls('outlook.office365.com', 993), smtp: starttls('smtp.office365.com', 587) };
const filter = ['mx1.centerasecurity.dk', 'mx2.centerasecurity.dk'];
const outlook = { autodiscover: 'autodiscover.outlook.com' };
const dkim = (name: string) => `selector1-${name}-test._domainkey.${name}.onmicrosoft.com`;
const own = (domain: string) => ({ imap: tls(`imap.${domain}`, 993), smtp: tls(`smtp.${domain}`, 465) });

/** One domain for each end of an exchanger's name in the table. */
const byExchanger: Row[] = exchangers.flatMap((row) =>
  row.ends
    .filter(() => row.imap.length > 0 || row.kind === 'no imap')
    .map((end, at): Row => {
      const mx = `mx${at}.${end}`;
      const host = (name: string) => (name === '=' ? mx : name);
      const domain = `${row.id}-${at}.test`;
      if (row.kind === 'no imap') return { domain, unsupported: 'no-imap', mx: [mx], found_via: ['mx'] };
      const servers = (list: typeof row.imap) =>
        list.map((offer) => ({ host: host(offer.host), port: offer.port, security: offer.security }));
      const [imap, ...imapOthers] = servers(row.imap);
      const [smtp, ...smtpOthers] = servers(row.smtp);
      return {
        domain,
        imap: imap!,
        smtp: smtp!,
        imap_alt: imapOthers,
        smtp_alt: smtpOthers,
        mx: [mx],
        found_via: ['mx'],
      };
    }),
);

/** Domains that nobody owns, one for each way that a discovery can go. */
export const inventedRows: readonly Row[] = [
  ...byExchanger,
  { domain: 'file.test', ...own('mailhouse.test'), found_via: ['autoconfig'] },
  { domain: 'well.test', ...own('mailhouse.test'), found_via: ['well-known'] },
  { domain: 'database.test', ...own('mailhouse.test'), username: 'localpart', found_via: ['ispdb'] },
  { domain: 'records.test', ...own('mailhouse.test'), found_via: ['srv'] },
  {
    domain: 'records-starttls.test',
    imap: starttls('post.mailhouse.test', 143),
    smtp: starttls('post.mailhouse.test', 587),
    found_via: ['srv'],
  },
  { domain: 'guess.test', ...own('guess.test'), found_via: ['guess'] },
  { domain: 'guess-mail.test', imap: tls('mail.guess-mail.test', 993), smtp: tls('mail.guess-mail.test', 465) },
  { domain: 'guess-bare.test', imap: tls('guess-bare.test', 993), smtp: starttls('guess-bare.test', 587) },
  { domain: 'guess-old.test', imap: starttls('imap.guess-old.test', 143), smtp: starttls('smtp.guess-old.test', 587) },
  {
    domain: 'guess-exchanger.test',
    imap: tls('box7.colocation.test', 993),
    smtp: starttls('box7.colocation.test', 587),
    mx: ['box7.colocation.test'],
  },
  { domain: 'filtered.test', ...microsoft, dns: { mx: filter, ...outlook } },
  { domain: 'filtered-dkim.test', ...microsoft, dns: { mx: filter, dkim: { selector1: dkim('filtered') } } },
  { domain: 'filtered-dot.test', ...microsoft, dns: { mx: filter, selector1: `${dkim('dot')}.filtered-dot.test` } },
  {
    domain: 'filtered-second.test',
    ...microsoft,
    dns: { mx: filter, dkim: { selector2: 'selector2-x._domainkey.x.onmicrosoft.com' } },
  },
  {
    domain: 'filtered-left-over.test',
    ...microsoft,
    found_via: ['dns'],
    dns: { mx: filter, autodiscover: { autodiscover_cname: 'autodiscover.outlook.com' } },
  },
  { domain: 'filtered-own.test', ...own('filtered-own.test'), dns: { mx: filter }, found_via: ['guess'] },
  { domain: 'filtered-nothing.test', dns: { mx: filter }, expect: 'probe-mail-host-else-advanced' },
  { domain: 'unknown-signs.test', ...microsoft, dns: { mx: ['mx.townhall.test'], ...outlook } },
  { domain: 'unknown-nothing.test', dns: { mx: ['mx.townhall.test'] }, expect: 'probe-mail-host-else-advanced' },
  { domain: 'undecided.test', dns: { mx: ['mx.townhall.test'], ...outlook }, expect: 'choose' },
  { domain: 'hosted-signs.test', dns: { mx: ['mta-gw.infomaniak.ch'], ...outlook }, expect: 'choose' },
  { domain: 'none.test', dns: { mx: ['.'] }, expect: 'discovery.not_found' },
  { domain: 'forwarded.test', mx: ['route1.mx.cloudflare.net'], expect: 'ask' },
  { domain: 'amazon.test', mx: ['inbound-smtp.eu-west-1.amazonaws.com'], expect: 'ask' },
  {
    domain: 'workmail.test',
    imap: tls('imap.mail.eu-west-1.awsapps.com', 993),
    smtp: tls('smtp.mail.eu-west-1.awsapps.com', 465),
    mx: ['inbound-smtp.eu-west-1.amazonaws.com'],
    dns: { autodiscover: 'autodiscover.mail.eu-west-1.awsapps.com' },
  },
  {
    domain: 'exchange-ovh.test',
    imap: tls('ex5.mail.ovh.net', 993),
    smtp: starttls('ex5.mail.ovh.net', 587),
    mx: ['mx1.mail.ovh.net'],
    dns: { autodiscover: 'ex5.mail.ovh.net' },
  },
  { domain: 'pop.test', unsupported: 'pop3-only', pop3: tls('pop.pop.test', 995) },
  { domain: 'pop-file.test', unsupported: 'pop3-only', pop3: tls('in.mailhouse.test', 995), found_via: ['ispdb'] },
  { domain: 'nothing.test', expect: 'discovery.not_found' },
  { domain: 'someone.com', ...own('someone.com'), mx: ['mx.someone.com'], found_via: ['guess'] },
  { domain: 'blåbær.test', ...own('blåbær.test'), found_via: ['srv'] },
  { domain: 'not-offered.test', unsupported: 'no-imap', dns: { srv: { _imaps: '0 0 0 .', _imap: '0 0 0 .' } } },
  {
    domain: 'cleartext.test',
    imap: { host: 'mail.cleartext.test', port: 143, security: 'none' },
    smtp: { host: 'mail.cleartext.test', port: 587, security: 'none' },
    expect: 'tls.required',
    found_via: ['autoconfig'],
  },
  { domain: 'kontoret.xn--rdgrd-rua9lq.test', ...own('kontoret.xn--rdgrd-rua9lq.test'), found_via: ['guess'] },
];
