/** Which way a connect order goes: try a login, send the user to the provider, or ask for what is missing. */
import type { Order } from '../db/tables.ts';
import { type Discovered, type Discovery, type Found, prefillOf } from '../mail/discovery/index.ts';
import type { Provider, Providers } from '../mail/oauth/providers.ts';
import type { Reason } from '../mail/refusals/index.ts';
import type { ConnectPayload } from '../queues/orders.ts';
import type { Prefill, Server } from '../words.ts';
import { serversOf } from './secrets.ts';

type Servers = { imap: Server; smtp: Server };
/** `login` says which kind of secret opens the doors. */
export type Way =
  | ({ kind: 'try'; login: 'password' | 'oauth2'; provider: string | null } & Servers)
  | ({ kind: 'authorize'; provider: string } & Servers)
  | { kind: 'ask'; reason: Reason; prefill: Prefill }
  | { kind: 'refuse'; reason: Reason };

/** What finding a way rests on. */
export type Finding = { discovery: Pick<Discovery, 'discover'>; providers: Providers };
type Asked = Pick<Order, 'tenantId' | 'payload' | 'imapSecret' | 'smtpSecret'>;

/**
 * Find the way for an order, looking for its servers where it names none. Whoever logs in at a provider does so for that
 * provider's servers: what they give is never shown to another one that the order names.
 * @throws {MailError} when it may not be looked for now.
 */
export async function findWay(finding: Finding, order: Asked, signal: AbortSignal): Promise<Way> {
  const way = await firstWay(finding, order, signal);
  if (way.kind !== 'authorize') return way;
  const { imap, smtp, provider } = way;
  const named = serversOf(order.payload as ConnectPayload);
  const provided = finding.providers.get(provider);
  const isTheirs = (side: 'imap' | 'smtp') =>
    !named[side] ||
    named[side].host === provided?.[side]?.host ||
    finding.providers.ofHost(named[side].host)?.name === provider;
  return isTheirs('imap') && isTheirs('smtp') ? way : askForPassword({ imap, smtp });
}

async function firstWay(finding: Finding, order: Asked, signal: AbortSignal): Promise<Way> {
  const payload = order.payload as ConnectPayload;
  const named = serversOf(payload);
  const { credentials } = payload;
  const hasSecret = order.imapSecret !== null && order.smtpSecret !== null;
  if (hasSecret && credentials?.kind === 'oauth2') return withToken(finding, payload, credentials.provider, signal);
  if (named.imap && named.smtp) return atNamed(finding, { imap: named.imap, smtp: named.smtp }, hasSecret);

  const own = hasSecret ? undefined : finding.providers.ofAddress(payload.email);
  const servers = own && serversAt(own, payload);
  if (own && servers) return { kind: 'authorize', provider: own.name, ...servers };
  const discovered = await finding.discovery.discover(payload.email, { signal, tenantId: order.tenantId });
  return byDiscovery(finding.providers, payload, discovered, hasSecret);
}

/** The order says where: with a secret it is tried, without one the servers tell whether there is a provider to ask. */
function atNamed({ providers }: Finding, servers: Servers, hasSecret: boolean): Way {
  if (hasSecret) return { kind: 'try', login: 'password', provider: null, ...servers };
  const provider = providers.ofHost(servers.imap.host);
  if (provider) return { kind: 'authorize', provider: provider.name, ...servers };
  return askForPassword(servers);
}

const askForPassword = ({ imap, smtp }: Servers): Way => ({
  kind: 'ask',
  reason: 'auth.password_required',
  prefill: { login: 'password', imap, smtp, source: 'order' },
});

/** A refresh token goes to its provider only; the access token from it to servers that the order or the provider names. */
async function withToken(finding: Finding, payload: ConnectPayload, name: string, signal: AbortSignal): Promise<Way> {
  const provider = finding.providers.get(name);
  // Only whoever runs this installation can mend it: there is no registration with this provider.
  if (!provider) return { kind: 'refuse', reason: 'oauth.client_invalid' };
  const servers = serversAt(provider, payload);
  if (servers) return { kind: 'try', login: 'oauth2', provider: name, ...servers };
  const { found, notFound } = await finding.discovery.discover(payload.email, { signal });
  if (notFound) return { kind: 'ask', ...notFoundIn(notFound) };
  const { imap, smtp } = complete(payload, found);
  if (found.certain) return { kind: 'try', login: 'oauth2', provider: name, imap, smtp };
  return { kind: 'ask', reason: 'discovery.unconfirmed', prefill: { ...prefillOf(found), imap, smtp } };
}

function byDiscovery(
  providers: Providers,
  payload: ConnectPayload,
  { found, notFound }: Discovered,
  hasSecret: boolean,
): Way {
  if (notFound) return { kind: 'ask', ...notFoundIn(notFound) };
  const servers = complete(payload, found);
  const prefill = { ...prefillOf(found), ...servers };
  const takesPassword = found.logins.some((login) => login !== 'oauth2');
  if (hasSecret && takesPassword) {
    const sure = found.certain && found.usernameForm !== 'ask';
    if (!sure) return { kind: 'ask', reason: 'discovery.unconfirmed', prefill };
    return { kind: 'try', login: 'password', provider: found.provider ?? null, ...servers };
  }
  const provider = found.logins.includes('oauth2') ? providerOfFound(providers, found) : undefined;
  if (provider) return { kind: 'authorize', provider: provider.name, ...tokenServers(provider, payload, found) };
  if (!takesPassword) return { kind: 'ask', reason: 'auth.oauth_required', prefill };
  const login = found.logins.find((one) => one !== 'oauth2')!;
  const reason = login === 'app-password' ? 'auth.app_password_required' : 'auth.password_required';
  return { kind: 'ask', reason, prefill: { ...prefill, login } };
}

/** What an order names wins; the rest is as it was found. */
function complete(payload: ConnectPayload, found: Found): Servers {
  const named = serversOf(payload);
  return { imap: named.imap ?? found.imap, smtp: named.smtp ?? found.smtp };
}

const providerOfFound = (providers: Providers, found: Found) =>
  (found.oauth && providers.get(found.oauth)) ?? providers.ofHost(found.imap.host);

/** A token is shown to servers of our own table, or to the provider's own: never to what a stranger's DNS named. */
function tokenServers(provider: Provider, payload: ConnectPayload, found: Found): Servers {
  const fromTable = found.rank === 'A' || found.rank === 'B';
  return (fromTable ? undefined : serversAt(provider, payload)) ?? complete(payload, found);
}

function serversAt({ imap, smtp }: Provider, payload: ConnectPayload): Servers | undefined {
  const named = serversOf(payload);
  const at = (side: 'imap' | 'smtp', own: Provider['imap']) =>
    named[side] ?? (own && { ...own, username: payload.email });
  const servers = { imap: at('imap', imap), smtp: at('smtp', smtp) };
  return servers.imap && servers.smtp ? { imap: servers.imap, smtp: servers.smtp } : undefined;
}

/** Where two mailboxes are possible nothing was found that is sure, and all that was learnt is told. */
const notFoundIn = ({ reason, prefill }: { reason: Reason; prefill: Prefill }) => ({ reason, prefill });
