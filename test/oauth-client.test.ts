import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { describe, it } from 'node:test';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { createDoor } from '../src/mail/addresses.ts';
import { MailError } from '../src/mail/errors.ts';
import { createOAuthClient } from '../src/mail/oauth/client.ts';
import { createOAuthFetch, type OAuthFetch } from '../src/mail/oauth/fetch.ts';
import { addressesIn } from '../src/mail/oauth/identity.ts';
import { openProviders, type Provider } from '../src/mail/oauth/providers.ts';
import { createSmtp } from '../src/mail/smtp.ts';
import { readTls } from '../src/mail/tls.ts';
import { Secret } from '../src/secrets/secret.ts';
import { startSmtpSink } from './support/smtp-sink.ts';

const tid = '11111111-2222-3333-4444-555555555555';
const signal = () => AbortSignal.timeout(5_000);
const faultOf = (promise: Promise<unknown>) =>
  promise.then(
    () => assert.fail('nothing was thrown'),
    (error) => {
      assert.ok(error instanceof MailError, String(error));
      return error;
    },
  );

const providerOf = (name: string, more: object = {}): Provider =>
  openProviders([{ name, CLIENT_ID: 'our-client', DOMAINS: [], ...more } as never]).get(name)!;

/** A provider that answers as it is told. */
function answering(issuer: string, token: () => Promise<{ status?: number; body: object }>): OAuthFetch {
  const metadata = { issuer, authorization_endpoint: `${issuer}/a`, token_endpoint: 'https://login.test/token' };
  const json = (body: object, status = 200) =>
    new Response(JSON.stringify(body), { status, headers: { 'content-type': 'application/json' } });
  return async (url) => {
    if (url.endsWith('/.well-known/openid-configuration')) return json(metadata);
    const { status, body } = await token();
    return json(body, status);
  };
}

async function idToken(claims: object, issuer: string) {
  const { privateKey } = await generateKeyPair('RS256', { extractable: true });
  assert.ok(await exportJWK(privateKey));
  return new SignJWT({ sub: 's', aud: 'our-client', nonce: 'n', ...claims })
    .setProtectedHeader({ alg: 'RS256' })
    .setIssuer(issuer)
    .setIssuedAt()
    .setExpirationTime('5m')
    .sign(privateKey);
}

describe('an authorization server', () => {
  const shared = 'https://login.microsoftonline.com/{tenantid}/v2.0';
  const callback = new URLSearchParams({ code: 'c', state: 's' });
  const request = { callback, redirectUri: 'https://crm.test/oauth/callback', state: 's', nonce: 'n', verifier: 'v' };
  const microsoft = (issuer: string, claims: object, { published = shared, settings = {} } = {}) =>
    createOAuthClient({
      fetch: answering(published, async () => ({
        body: {
          access_token: 'a',
          refresh_token: 'r',
          token_type: 'Bearer',
          expires_in: 3_600,
          id_token: await idToken(claims, issuer),
        },
      })),
    }).exchange(providerOf('microsoft', settings), request, signal());

  it('of Microsoft speaks for the tenant that the user is in, and for no other', async () => {
    const own = `https://login.microsoftonline.com/${tid}/v2.0`;
    const { addresses, tokens } = await microsoft(own, { tid, preferred_username: 'Kim@Example.dk' });
    assert.deepEqual(addresses, ['kim@example.dk']);
    assert.equal(tokens.refresh?.reveal(), 'r');
    const other = 'https://login.microsoftonline.com/99999999-2222-3333-4444-555555555555/v2.0';
    assert.equal((await faultOf(microsoft(other, { tid }))).reason, 'oauth.client_invalid');
    assert.equal((await faultOf(microsoft('https://evil.test/v2.0', { tid }))).reason, 'oauth.client_invalid');
  });

  it('of Microsoft may be for every organization, or for the one that the installation names', async () => {
    const own = `https://login.microsoftonline.com/${tid}/v2.0`;
    const other = 'https://login.microsoftonline.com/99999999-2222-3333-4444-555555555555/v2.0';
    const claims = { tid, preferred_username: 'kim@example.dk' };
    const organizations = { settings: { ISSUER: 'https://login.microsoftonline.com/organizations/v2.0' } };
    assert.deepEqual((await microsoft(own, claims, organizations)).addresses, ['kim@example.dk']);
    const one = { published: own, settings: { ISSUER: own } };
    assert.deepEqual((await microsoft(own, claims, one)).addresses, ['kim@example.dk']);
    assert.equal((await faultOf(microsoft(other, claims, one))).reason, 'oauth.client_invalid');
  });

  for (const [name, issuer, wanted] of [
    [
      'google',
      'https://accounts.google.com',
      { access_type: 'offline', prompt: 'consent', scope: /mail\.google\.com/ },
    ],
    ['microsoft', shared, { scope: /offline_access .*IMAP\.AccessAsUser\.All .*SMTP\.Send/ }],
    ['yahoo', 'https://api.login.yahoo.com', { scope: /mail-w/ }],
  ] as const) {
    it(`of ${name} is asked for a mailbox, and told whose, in its own way`, async () => {
      const client = createOAuthClient({ fetch: answering(issuer, async () => ({ body: {} })) });
      const login = { redirectUri: request.redirectUri, state: 's', nonce: 'n', verifier: 'v', loginHint: 'kim@a.dk' };
      const { searchParams } = await client.authorizationUrl(providerOf(name), login, signal());
      const usual = { response_type: 'code', code_challenge_method: 'S256', login_hint: 'kim@a.dk', state: 's' };
      for (const [parameter, value] of Object.entries({ ...usual, ...wanted })) {
        const said = searchParams.get(parameter) ?? '';
        assert.ok(typeof value === 'string' ? said === value : value.test(said), `${parameter}: ${said}`);
      }
      assert.equal(searchParams.has('code_verifier'), false);
    });
  }

  it('that refuses is understood by its code, and its words lose what was secret', async () => {
    const refusing = (error: string, error_description = '') =>
      createOAuthClient({
        fetch: answering('https://accounts.google.com', async () => ({
          status: 400,
          body: { error, error_description },
        })),
      }).refresh(providerOf('google'), new Secret('canary-token'), signal());
    const revoked = await faultOf(refusing('invalid_grant', 'canary-token has been revoked'));
    assert.deepEqual([revoked.reason, revoked.permanent], ['auth.token_revoked', true]);
    assert.doesNotMatch(JSON.stringify([revoked.response, String(revoked.cause)]), /canary/);
    const unregistered = await faultOf(refusing('invalid_client'));
    assert.deepEqual([unregistered.reason, unregistered.permanent], ['oauth.client_invalid', false]);
    assert.equal((await faultOf(refusing('temporarily_unavailable'))).permanent, false);
  });

  it('is reached only at addresses that are allowed, over https but for this machine', async () => {
    const web = createServer((_, response) => response.end('{}')).listen(0, '127.0.0.1');
    await new Promise((resolve) => web.once('listening', resolve));
    const { port } = web.address() as { port: number };
    const tls = readTls({});
    const closed = createOAuthFetch({ door: createDoor({ allowHosts: [] }), tls });
    assert.equal((await faultOf(closed(`http://127.0.0.1:${port}/`, {}))).reason, 'network.forbidden');
    const open = createOAuthFetch({ door: createDoor({ allowHosts: ['127.0.0.0/8'] }), tls });
    assert.equal((await open(`http://127.0.0.1:${port}/`, {})).status, 200);
    const elsewhere = createOAuthFetch({ door: { resolve: async () => [{ address: '192.0.2.1', family: 4 }] }, tls });
    assert.equal((await faultOf(elsewhere('http://id.test/', {}))).reason, 'tls.required');
    web.close();
  });
});

describe('who logged in', () => {
  it('is every address that the provider vouches for', () => {
    assert.deepEqual(addressesIn({ email: 'A@b.dk', email_verified: false, upn: 'c@b.dk', sub: 'x@y.dk' }), ['c@b.dk']);
    assert.deepEqual(addressesIn({ email: 'A@b.dk', verified_secondary_email: ['d@b.dk', 7] }), ['a@b.dk', 'd@b.dk']);
    assert.deepEqual(addressesIn({ preferred_username: '+4512345678' }), []);
  });
});

describe('a token for SMTP', () => {
  const smtp = createSmtp({
    door: createDoor({ allowHosts: ['localhost'], allowCleartextHosts: ['localhost'] }),
    tls: {},
  });
  const heardBy = async (extensions: string[]) => {
    const sink = await startSmtpSink({ extensions });
    const heard: string[] = [];
    sink.at('auth', ({ text }) => {
      heard.push(text);
      return '235 welcome';
    });
    const server = { host: 'localhost', port: sink.port, security: 'none', username: 'kim,a=b' } as const;
    const login = { kind: 'oauth2' as const, reveal: () => 'the-token' };
    const connection = await smtp.open({ server, login }, { signal: signal(), timeLimitMs: 3_000 });
    connection.destroy();
    await sink.close();
    const [, mechanism, response = ''] = heard[0]!.split(' ');
    return { mechanism, said: Buffer.from(response, 'base64').toString(), port: sink.port };
  };

  it('is never sent as a password, whatever is offered before', async () => {
    const { mechanism, said } = await heardBy(['AUTH PLAIN LOGIN XOAUTH2']);
    assert.equal(mechanism, 'XOAUTH2');
    assert.equal(said, 'user=kim,a=b\x01auth=Bearer the-token\x01\x01');
  });

  it('goes by OAUTHBEARER where that is all there is', async () => {
    const { mechanism, said, port } = await heardBy(['AUTH PLAIN OAUTHBEARER']);
    assert.equal(mechanism, 'OAUTHBEARER');
    assert.equal(said, `n,a=kim=2Ca=3Db,\x01host=localhost\x01port=${port}\x01auth=Bearer the-token\x01\x01`);
  });
});
