import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { createServer as createHttp, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { exportJWK, generateKeyPair } from 'jose';
import { Provider } from 'oidc-provider';
import { makeCertificate } from './certificates.ts';
import { freshName, type Servers } from './servers.ts';

/** A login provider that really is one, and what the people who log in there do. */
export type TestProvider = {
  issuer: string;
  clientId: string;
  clientSecret: string;
  /** Who is logged in and agrees; `denied`: somebody who does not. */
  person: string | { denied: true };
  /** Seconds that access tokens last. */
  accessSeconds: number;
  /** How often tokens were renewed. */
  renewals: () => number;
  /** Times that a renewal takes longer, in ms. */
  renewalTakesMs: number;
  /** Take back every access token that was given out, or every refresh token too. */
  revoke(what: 'access' | 'all'): Promise<void>;
  /** For Dovecot's configuration: it asks this provider about tokens. */
  dovecotExtra: string;
  close(): Promise<void>;
};

/** Start one on loopback, with the run's certificates. `redirectUri` is the callback of the daemon. */
export async function startTestProvider(
  servers: Servers,
  { redirectUri }: { redirectUri: string },
): Promise<TestProvider> {
  const { certFile, keyFile } = await makeCertificate(servers.authority, {
    dir: servers.dir,
    name: freshName('oauth'),
  });
  let handle: (request: IncomingMessage, response: ServerResponse) => void = (_, response) => response.end();
  const web = createServer({ cert: readFileSync(certFile), key: readFileSync(keyFile) }, (request, response) =>
    handle(request, response),
  );
  web.listen(0, '127.0.0.1');
  await once(web, 'listening');
  const issuer = `https://localhost:${(web.address() as AddressInfo).port}`;
  const clientId = freshName('client');
  const clientSecret = freshName('secret');
  const { privateKey } = await generateKeyPair('RS256', { extractable: true });
  const given: { kind: 'access' | 'refresh'; destroy(): Promise<void> }[] = [];
  let renewals = 0;

  const provider = new Provider(issuer, {
    clients: [
      {
        client_id: clientId,
        client_secret: clientSecret,
        redirect_uris: [redirectUri],
        grant_types: ['authorization_code', 'refresh_token'],
        response_types: ['code'],
        token_endpoint_auth_method: 'client_secret_post',
      },
    ],
    jwks: { keys: [{ ...(await exportJWK(privateKey)), alg: 'RS256', use: 'sig' }] } as never,
    cookies: { keys: [freshName('key')] },
    claims: { openid: ['sub'], email: ['email', 'email_verified'] },
    conformIdTokenClaims: false,
    scopes: ['openid', 'offline_access', 'email'],
    features: { devInteractions: { enabled: false } },
    findAccount: (_, sub) => ({
      accountId: sub,
      claims: () => ({ sub, email: sub, email_verified: true }),
    }),
    interactions: { url: (_, { uid }) => `/interaction/${uid}` },
    rotateRefreshToken: true,
    ttl: {
      AccessToken: () => test.accessSeconds,
      AuthorizationCode: 60,
      Grant: 3_600,
      IdToken: 600,
      Interaction: 600,
      RefreshToken: 3_600,
      Session: 3_600,
    },
  });
  provider.on('access_token.saved', (token) => given.push({ kind: 'access', destroy: () => token.destroy() }));
  provider.on('refresh_token.saved', (token) => given.push({ kind: 'refresh', destroy: () => token.destroy() }));
  provider.on('grant.success', (context) => {
    if (context.oidc.params?.grant_type === 'refresh_token') renewals += 1;
  });
  provider.use(async (context, next) => {
    if (context.path === '/token') await new Promise((resolve) => setTimeout(resolve, test.renewalTakesMs));
    await next();
  });
  const standard = provider.callback();
  handle = (request, response) => {
    const work = request.url?.startsWith('/interaction/') ? interact(request, response) : standard(request, response);
    Promise.resolve(work).catch((error) => {
      response.statusCode = 500;
      response.end(String(error));
    });
  };

  /** Whoever sits before the browser says yes to everything, or no. */
  async function interact(request: IncomingMessage, response: ServerResponse) {
    const { prompt, params } = await provider.interactionDetails(request, response);
    if (typeof test.person !== 'string') {
      const denied = { error: 'access_denied', error_description: 'the user said no' };
      return provider.interactionFinished(request, response, denied);
    }
    const accountId = test.person;
    if (prompt.name === 'login') return provider.interactionFinished(request, response, { login: { accountId } });
    const grant = new provider.Grant({ accountId, clientId });
    grant.addOIDCScope(String(params.scope));
    const consent = { grantId: await grant.save() };
    return provider.interactionFinished(request, response, { consent }, { mergeWithLastSubmission: true });
  }

  /** What Dovecot asks: whose token is this, and does it still serve? */
  const about = createHttp((request, response) => {
    let body = '';
    request.on('data', (chunk) => {
      body += chunk;
    });
    request.on('end', async () => {
      const token = new URLSearchParams(body).get('token') ?? '';
      const found = await provider.AccessToken.find(token);
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify(found?.isValid ? { active: true, username: found.accountId } : { active: false }));
    });
  });
  // Dovecot keeps its connection for a minute. Node would close it after five seconds, and a question that is asked just
  // then is a temporary failure of the login.
  about.keepAliveTimeout = 120_000;
  about.listen(0, '127.0.0.1');
  await once(about, 'listening');
  const file = join(servers.dir, `${freshName('oauth2')}.conf`);
  const introspection = `http://127.0.0.1:${(about.address() as AddressInfo).port}/introspect`;
  await writeFile(
    file,
    `introspection_mode = post\nintrospection_url = ${introspection}\nusername_attribute = username\n` +
      'active_attribute = active\nactive_value = true\n',
  );
  web.unref();
  about.unref();

  const test: TestProvider = {
    issuer,
    clientId,
    clientSecret,
    person: 'nobody@postbud.test',
    accessSeconds: 3_600,
    renewalTakesMs: 0,
    renewals: () => renewals,
    async revoke(what) {
      for (const token of given.splice(0)) {
        if (what === 'all' || token.kind === 'access') await token.destroy();
        else given.push(token);
      }
    },
    dovecotExtra: `
auth_mechanisms = plain login xoauth2 oauthbearer
passdb {
  driver = oauth2
  mechanisms = xoauth2 oauthbearer
  args = ${file}
}
`,
    async close() {
      web.closeAllConnections();
      web.close();
      about.close();
    },
  };
  return test;
}
