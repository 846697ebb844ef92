import type { OAuthSettings } from '../../config.ts';
import { Secret } from '../../secrets/secret.ts';
import type { Server } from '../../words.ts';
import { readAddress } from '../discovery/address.ts';
import { knownHost } from '../discovery/table.ts';

/** A mail server of a provider, for whichever user name. */
export type ProviderServer = Omit<Server, 'username' | 'security'> & { security: 'tls' | 'starttls' };

/** Somebody at whom users log in, with the installation's own registration there. */
export type Provider = {
  name: string;
  issuer: string;
  clientId: string;
  clientSecret: Secret | undefined;
  scopes: readonly string[];
  /** What else its authorization page wants to hear. */
  extra: Readonly<Record<string, string>>;
  domains: readonly string[];
  imap: ProviderServer | undefined;
  smtp: ProviderServer | undefined;
};

/** The providers that this installation is registered with. */
export type Providers = ReturnType<typeof openProviders>;

type Facts = Pick<Provider, 'issuer' | 'scopes' | 'extra'> & { imap: ProviderServer; smtp: ProviderServer };

/**
 * What is known of the three that need no issuer. Google gives a refresh token only with the user's consent, which it
 * asks for once unless it is told to ask again; Microsoft and Yahoo give one each time.
 */
const facts: Readonly<Record<string, Facts>> = {
  google: {
    issuer: 'https://accounts.google.com',
    scopes: ['openid', 'email', 'https://mail.google.com/'],
    extra: { access_type: 'offline', prompt: 'consent' },
    imap: { host: 'imap.gmail.com', port: 993, security: 'tls' },
    smtp: { host: 'smtp.gmail.com', port: 465, security: 'tls' },
  },
  microsoft: {
    issuer: 'https://login.microsoftonline.com/common/v2.0',
    scopes: [
      'openid',
      'email',
      'profile',
      'offline_access',
      'https://outlook.office.com/IMAP.AccessAsUser.All',
      'https://outlook.office.com/SMTP.Send',
    ],
    extra: {},
    imap: { host: 'outlook.office365.com', port: 993, security: 'tls' },
    smtp: { host: 'smtp.office365.com', port: 587, security: 'starttls' },
  },
  yahoo: {
    issuer: 'https://api.login.yahoo.com',
    scopes: ['openid', 'email', 'mail-w'],
    extra: {},
    imap: { host: 'imap.mail.yahoo.com', port: 993, security: 'tls' },
    smtp: { host: 'smtp.mail.yahoo.com', port: 465, security: 'tls' },
  },
};

/** OpenID Connect wants consent to be asked for wherever a refresh token is (Core, section 11). */
const usual = { scopes: ['openid', 'email', 'offline_access'], extra: { prompt: 'consent' } };

/** Read the settings of all providers. */
export function openProviders(settings: readonly OAuthSettings[]) {
  const byName = new Map<string, Provider>(settings.map((one) => [one.name, providerFrom(one)]));
  const byDomain = new Map([...byName.values()].flatMap((one) => one.domains.map((domain) => [domain, one] as const)));
  const byHost = new Map([...byName.values()].flatMap((one) => (one.imap ? [[one.imap.host, one] as const] : [])));
  return {
    get: (name: string): Provider | undefined => byName.get(name),
    /** Whose mailboxes have addresses like this one, by the installation's settings. */
    ofAddress: (email: string): Provider | undefined => byDomain.get(readAddress(email)?.domain ?? ''),
    /** Whose server this is: by the settings, or by the table of providers. */
    ofHost: (host: string): Provider | undefined => byHost.get(host) ?? byName.get(knownHost(host)?.login.oauth ?? ''),
  };
}

function providerFrom({
  name,
  CLIENT_ID,
  CLIENT_SECRET,
  ISSUER,
  SCOPES,
  DOMAINS,
  IMAP,
  SMTP,
}: OAuthSettings): Provider {
  const known = facts[name];
  return {
    name,
    issuer: ISSUER ?? known!.issuer,
    clientId: CLIENT_ID,
    clientSecret: CLIENT_SECRET === undefined ? undefined : new Secret(CLIENT_SECRET),
    scopes: SCOPES ?? (known ?? usual).scopes,
    extra: (known ?? usual).extra,
    domains: DOMAINS,
    imap: IMAP ?? known?.imap,
    smtp: SMTP ?? known?.smtp,
  };
}
