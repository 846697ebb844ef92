/** A provider whose words or help pages differ from the rest, whatever the domain it serves. */
export type Family =
  | 'google'
  | 'microsoft'
  | 'yahoo'
  | 'aol'
  | 'icloud'
  | 'gmx'
  | 'webde'
  | 'mailcom'
  | 'yandex'
  | 'mailru'
  | 'rambler'
  | 'zoho'
  | 'fastmail'
  | 'qq'
  | 'netease'
  | 't-online'
  | 'ionos'
  | 'strato'
  | 'onecom'
  | 'ovh'
  | 'orange'
  | 'laposte'
  | 'free'
  | 'sfr'
  | 'godaddy'
  | 'proton'
  | 'purelymail';

/** Ends of host names: the mail servers of a provider, and the sites whose links we believe in its name. */
const hosts: readonly (readonly [Family, string])[] = [
  ['google', 'gmail.com googlemail.com google.com googleapis.com'],
  ['microsoft', 'outlook.com office365.com office.com hotmail.com live.com microsoft.com microsoftonline.com aka.ms'],
  ['microsoft', 'office365.us outlook.cn partner.outlook.cn'],
  ['yahoo', 'yahoo.com yahoo.co.jp yahoodns.net yahooinc.com yahoo.net ymail.com att.net'],
  ['aol', 'aol.com'],
  ['icloud', 'me.com icloud.com mac.com apple.com'],
  ['gmx', 'gmx.net gmx.com gmx.de gmx.at gmx.ch gmx.fr'],
  ['webde', 'web.de'],
  ['mailcom', 'mail.com'],
  ['yandex', 'yandex.ru yandex.com yandex.net yandex.by yandex.kz ya.ru ya.cc'],
  ['mailru', 'mail.ru bk.ru inbox.ru list.ru'],
  ['rambler', 'rambler.ru'],
  ['zoho', 'zoho.com zoho.eu zoho.in zoho.com.au zoho.jp zohocloud.ca zoho.sa zohomail.com'],
  ['fastmail', 'fastmail.com messagingengine.com'],
  ['qq', 'qq.com foxmail.com'],
  ['netease', '163.com 126.com yeah.net 188.com netease.com'],
  ['t-online', 't-online.de telekom.de'],
  [
    'ionos',
    'ionos.de ionos.com ionos.fr ionos.co.uk ionos.es ionos.it 1und1.de 1and1.com 1and1.fr 1and1.co.uk kundenserver.de',
  ],
  ['strato', 'strato.de strato.com strato.nl rzone.de'],
  ['onecom', 'one.com'],
  ['ovh', 'ovh.net ovh.com ovh.ca ovhcloud.com'],
  ['orange', 'orange.fr wanadoo.fr'],
  ['laposte', 'laposte.net'],
  ['free', 'free.fr'],
  ['sfr', 'sfr.fr'],
  ['godaddy', 'secureserver.net godaddy.com'],
  ['proton', 'proton.me protonmail.com protonmail.ch'],
  ['purelymail', 'purelymail.com'],
];

const familyOfHostEnd = new Map(
  hosts.flatMap(([family, ends]) => ends.split(' ').map((end) => [end, family] as const)),
);

/** Names under which the provider tables know the same family. */
const names: Readonly<Record<string, Family>> = {
  gmail: 'google',
  google: 'google',
  googlemail: 'google',
  'google-oauth': 'google',
  workspace: 'google',
  outlook: 'microsoft',
  microsoft: 'microsoft',
  microsoft365: 'microsoft',
  office365: 'microsoft',
  hotmail: 'microsoft',
  'microsoft-consumer': 'microsoft',
  'microsoft-oauth': 'microsoft',
  yahoo: 'yahoo',
  att: 'yahoo',
  aol: 'aol',
  icloud: 'icloud',
  apple: 'icloud',
  gmx: 'gmx',
  'gmx-com': 'gmx',
  webde: 'webde',
  mailcom: 'mailcom',
  yandex: 'yandex',
  mailru: 'mailru',
  rambler: 'rambler',
  zoho: 'zoho',
  'zoho-eu': 'zoho',
  'zoho-in': 'zoho',
  fastmail: 'fastmail',
  qq: 'qq',
  netease: 'netease',
  't-online': 't-online',
  ionos: 'ionos',
  'ionos-de': 'ionos',
  'ionos-fr': 'ionos',
  'ionos-co-uk': 'ionos',
  '1und1': 'ionos',
  strato: 'strato',
  onecom: 'onecom',
  ovh: 'ovh',
  orange: 'orange',
  'orange-fr': 'orange',
  laposte: 'laposte',
  free: 'free',
  'free-fr': 'free',
  sfr: 'sfr',
  godaddy: 'godaddy',
  proton: 'proton',
  protonmail: 'proton',
  purelymail: 'purelymail',
};

/** What a server's own words give away when its host name is the customer's. */
const banners: readonly (readonly [RegExp, Family])[] = [
  [/\bgimap\b|- gsmtp$|google\.com\/mail|support\.google\.com|mx\.google\.com/, 'google'],
  [
    /microsoft exchange (?:server )?(?:imap4|online)|prod\.(?:protection\.)?outlook\.com|\[outlook\.com\]|aka\.ms\/|storedrv\.|mapiexception|resolver\.(?:adr|rst)/,
    'microsoft',
  ],
  [/yahoo\.com\b|yahooinc\.com|\(#mbr\d|\(#auth\d/, 'yahoo'],
  [/support\.apple\.com|icloud\.com\b/, 'icloud'],
  [/gmx\.(?:net|com)\b/, 'gmx'],
  [/web\.de\b/, 'webde'],
  [/\byandex\b|ya\.cc\//, 'yandex'],
  [/mail\.ru\b/, 'mailru'],
  [/\bzoho\b/, 'zoho'],
  [/mail\.qq\.com/, 'qq'],
  [/kefu@188\.com|mail\.163\.com/, 'netease'],
  [/\bofr_?\d{3}|orange\.fr/, 'orange'],
  [/\blpn_?\d{3}|laposte\.net/, 'laposte'],
  [/\bib\d{3}\b|ibsmtp/, 'godaddy'],
];

/** The family that serves a host name, by the longest known end of it. */
export function familyOfHost(host: string | undefined): Family | undefined {
  let end = host?.toLowerCase() ?? '';
  while (end) {
    const family = familyOfHostEnd.get(end);
    if (family) return family;
    const dot = end.indexOf('.');
    if (dot < 0) return undefined;
    end = end.slice(dot + 1);
  }
  return undefined;
}

/** The family behind a provider's name, a host, or (the weakest sign) the server's own lower-cased words. */
export function familyOf(known: { provider?: string; host?: string; words?: string }): Family | undefined {
  const byName = known.provider === undefined ? undefined : names[known.provider.toLowerCase()];
  if (byName) return byName;
  const byHost = familyOfHost(known.host);
  if (byHost || !known.words) return byHost;
  for (const [banner, family] of banners) if (banner.test(known.words)) return family;
  return undefined;
}

/**
 * Keep a link from a server's words only if it is https and leads to the provider's own site: the owner will be asked
 * to open it, and a mail server may be anybody's.
 */
export function trustedLink(link: string | undefined, host: string | undefined, family?: Family): string | undefined {
  if (!link || link.length > 1_000 || !URL.canParse(link)) return undefined;
  const url = new URL(link);
  if (url.protocol !== 'https:' || url.username || url.password || (url.port && url.port !== '443')) return undefined;
  const familyOfLink = familyOfHost(url.hostname);
  if (familyOfLink) return familyOfLink === family ? url.href : undefined;
  const site = siteOf(host);
  return site && (url.hostname === site || url.hostname.endsWith(`.${site}`)) ? url.href : undefined;
}

/** `mail.example.co.uk` -> `example.co.uk`: enough of a public-suffix rule to never trust a whole registry. */
function siteOf(host: string | undefined): string | undefined {
  const labels = host?.toLowerCase().split('.') ?? [];
  if (labels.length < 2 || /^\d*$/.test(labels.at(-1) ?? '')) return undefined;
  const second = labels.at(-2) ?? '';
  const wanted = second.length <= 3 ? 3 : 2;
  return labels.length < wanted ? undefined : labels.slice(-wanted).join('.');
}
