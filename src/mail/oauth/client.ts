import * as oauth from 'oauth4webapi';
import { Secret } from '../../secrets/secret.ts';
import { MailError } from '../errors.ts';
import { clean } from '../refusals/index.ts';
import { oauthFault } from './faults.ts';
import type { OAuthFetch } from './fetch.ts';
import { addressesIn } from './identity.ts';
import type { Provider } from './providers.ts';

/** What a provider gave. `accessUntil` is a while before the access token really ends. */
export type Tokens = { access: Secret; accessUntil: Date; refresh: Secret | undefined };
/** Who logged in: every address that the provider vouches for. */
export type LoggedIn = { tokens: Tokens; addresses: string[] };
/** What one login at the provider is made of. */
export type LoginRequest = { redirectUri: string; state: string; nonce: string; verifier: string; loginHint: string };

/** Talks to the authorization servers of providers. */
export type OAuthClient = ReturnType<typeof createOAuthClient>;

const metadataCountsMs = 60 * 60_000;
/** For a provider that does not say how long its access tokens last. */
const usualLifeSeconds = 3_600;

/** A client for the code flow with PKCE. `now` is the clock that tokens end by. */
export function createOAuthClient({ fetch, now = () => new Date() }: { fetch: OAuthFetch; now?: () => Date }) {
  const known = new Map<string, { at: number; server: oauth.AuthorizationServer }>();
  const optionsWith = (signal: AbortSignal) => ({
    [oauth.customFetch]: fetch as (url: string, options: object) => Promise<Response>,
    // The fetch refuses http but for this machine; the library would refuse that too.
    [oauth.allowInsecureRequests]: true,
    signal,
  });

  /** The provider's endpoints, as it publishes them; an old answer serves while there is no new one. */
  async function metadata({ issuer }: Provider, signal: AbortSignal): Promise<oauth.AuthorizationServer> {
    const last = known.get(issuer);
    if (last && now().getTime() - last.at < metadataCountsMs) return last.server;
    try {
      const answer = await fetch(`${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`, {
        headers: { accept: 'application/json' },
        signal,
      });
      const server = (await answer.json().catch(() => null)) as oauth.AuthorizationServer | null;
      if (
        !answer.ok ||
        !isIssuer(server?.issuer, issuer) ||
        !server?.token_endpoint ||
        !server.authorization_endpoint
      ) {
        const response = `no usable answer from ${issuer} (${answer.status})`;
        throw new MailError({ reason: 'oauth.client_invalid', permanent: false, protocol: 'oauth', response });
      }
      known.set(issuer, { at: now().getTime(), server });
      return server;
    } catch (error) {
      if (!last) throw error;
      return last.server;
    }
  }

  const clientOf = ({ clientId }: Provider): oauth.Client => ({ client_id: clientId, [oauth.clockTolerance]: 60 });

  async function within<T>(provider: Provider, secrets: readonly string[], talk: () => Promise<T>): Promise<T> {
    try {
      return await talk();
    } catch (error) {
      throw oauthFault(error, provider, secrets);
    }
  }

  function tokensOf(answer: oauth.TokenEndpointResponse): Tokens {
    const lifeMs = (answer.expires_in ?? usualLifeSeconds) * 1_000;
    // Renewed while it still serves: what is sent now has to be valid when it arrives.
    const accessUntil = new Date(now().getTime() + lifeMs - Math.min(300_000, lifeMs / 5));
    const refresh = answer.refresh_token === undefined ? undefined : new Secret(answer.refresh_token);
    return { access: new Secret(answer.access_token), accessUntil, refresh };
  }

  return {
    /** The provider's page to send the browser to. @throws {MailError} when the provider cannot be reached. */
    async authorizationUrl(provider: Provider, request: LoginRequest, signal: AbortSignal): Promise<URL> {
      const server = await within(provider, [], () => metadata(provider, signal));
      const url = new URL(server.authorization_endpoint!);
      const wanted = {
        response_type: 'code',
        client_id: provider.clientId,
        redirect_uri: request.redirectUri,
        scope: provider.scopes.join(' '),
        state: request.state,
        nonce: request.nonce,
        code_challenge: await oauth.calculatePKCECodeChallenge(request.verifier),
        code_challenge_method: 'S256',
        login_hint: request.loginHint,
        ...provider.extra,
      };
      for (const [name, value] of Object.entries(wanted)) url.searchParams.set(name, value);
      return url;
    },

    /** Turn what the provider gave back to the browser into tokens. @throws {MailError} */
    async exchange(
      provider: Provider,
      {
        callback,
        redirectUri,
        state,
        nonce,
        verifier,
      }: Omit<LoginRequest, 'loginHint'> & { callback: URLSearchParams },
      signal: AbortSignal,
    ): Promise<LoggedIn> {
      const code = callback.get('code') ?? '';
      return within(provider, [code, verifier], async () => {
        const server = await metadata(provider, signal);
        const client = clientOf(provider);
        const options = optionsWith(signal);
        const parameters = oauth.validateAuthResponse(server, client, callback, state);
        const auth = authOf(provider, server);
        const answer = await oauth.authorizationCodeGrantRequest(
          server,
          client,
          auth,
          parameters,
          redirectUri,
          verifier,
          options,
        );
        const expecting = provider.scopes.includes('openid') ? { expectedNonce: nonce, requireIdToken: true } : {};
        const issuer = await issuerFor(server, answer);
        const tokens = await oauth.processAuthorizationCodeResponse(issuer, client, answer, expecting);
        const claims = oauth.getValidatedIdTokenClaims(tokens);
        let addresses = addressesIn(claims ?? {});
        if (addresses.length === 0 && claims && server.userinfo_endpoint) {
          // Some put the address only there. One that does not answer leaves the question to the user.
          addresses = await oauth
            .userInfoRequest(server, client, tokens.access_token, options)
            .then((info) => oauth.processUserInfoResponse(server, client, claims.sub, info))
            .then(addressesIn)
            .catch(() => []);
        }
        return { tokens: tokensOf(tokens), addresses };
      });
    },

    /** New tokens for an old refresh token. @throws {MailError} */
    async refresh(provider: Provider, token: Secret, signal: AbortSignal): Promise<Tokens> {
      return within(provider, [token.reveal()], async () => {
        const server = await metadata(provider, signal);
        const client = clientOf(provider);
        const answer = await oauth.refreshTokenGrantRequest(
          server,
          client,
          authOf(provider, server),
          token.reveal(),
          optionsWith(signal),
        );
        return tokensOf(await oauth.processRefreshTokenResponse(await issuerFor(server, answer), client, answer));
      });
    },
  };
}

/** Microsoft's shared issuers name the tenant of whoever logs in. */
const tenantMark = '{tenantid}';

function isIssuer(given: string | undefined, wanted: string): boolean {
  if (given === undefined) return false;
  if (given.replace(/\/$/, '') === wanted.replace(/\/$/, '')) return true;
  return given.includes(tenantMark) && new URL(given).host === new URL(wanted).host;
}

/** The issuer that the ID token of this answer has to name. */
async function issuerFor(server: oauth.AuthorizationServer, answer: Response): Promise<oauth.AuthorizationServer> {
  if (!server.issuer.includes(tenantMark)) return server;
  const body = (await answer
    .clone()
    .json()
    .catch(() => ({}))) as { id_token?: unknown };
  const payload = typeof body.id_token === 'string' ? body.id_token.split('.')[1] : undefined;
  if (payload === undefined) return server;
  const { tid } = JSON.parse(Buffer.from(payload, 'base64url').toString('utf8')) as { tid?: unknown };
  if (typeof tid !== 'string' || !/^[0-9a-f-]{36}$/i.test(tid)) return server;
  return { ...server, issuer: server.issuer.replace(tenantMark, tid) };
}

/** In the body where that is taken: servers disagree on how a secret is to be escaped in the header. */
function authOf({ clientSecret }: Provider, server: oauth.AuthorizationServer): oauth.ClientAuth {
  if (!clientSecret) return oauth.None();
  const ways = server.token_endpoint_auth_methods_supported;
  const inBody = ways === undefined || ways.includes('client_secret_post');
  return (inBody ? oauth.ClientSecretPost : oauth.ClientSecretBasic)(clientSecret.reveal());
}

/** What a callback says instead of a code, as words for the refusal. */
export const callbackWords = (callback: URLSearchParams): string =>
  clean([callback.get('error'), callback.get('error_description')].filter(Boolean).join(': '));
