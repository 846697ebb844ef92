import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { attemptAt } from '../src/accounts/connect.ts';
import type { AccountParts } from '../src/accounts/index.ts';
import { secretPlace } from '../src/accounts/secrets.ts';
import { findWay, type Way } from '../src/accounts/way-in.ts';
import type { Discovered, Found } from '../src/mail/discovery/index.ts';
import { openProviders } from '../src/mail/oauth/providers.ts';
import { parseKeyRing } from '../src/secrets/key-ring.ts';
import { Secret } from '../src/secrets/secret.ts';
import { openSecret, storeSecret } from '../src/secrets/stored-secret.ts';

const email = 'kim@example.dk';
const server = (host: string) => ({ host, port: 993, security: 'tls', username: email }) as const;
const found: Found = {
  imap: server('imap.example.dk'),
  smtp: server('smtp.example.dk'),
  login: 'password',
  logins: ['password'],
  rank: 'C',
  source: 'autoconfig',
  certain: true,
  usernameForm: 'address',
};
const google: Found = {
  ...found,
  imap: server('imap.gmail.com'),
  smtp: server('smtp.gmail.com'),
  login: 'oauth2',
  logins: ['oauth2', 'app-password'],
  oauth: 'google',
  provider: 'google',
  rank: 'B',
};
const microsoft: Found = {
  ...google,
  logins: ['oauth2'],
  oauth: 'microsoft',
  provider: 'microsoft',
  rank: 'F',
  certain: false,
};

/** The way that an order goes when this is discovered. */
async function wayFor(
  discovered: Discovered,
  { order = {}, secret = false, registered = [] }: { order?: object; secret?: boolean; registered?: string[] } = {},
): Promise<Way> {
  const providers = openProviders(registered.map((name) => ({ name, CLIENT_ID: 'id', DOMAINS: [] }) as never));
  const discovery = { discover: async () => discovered };
  const secrets = { imapSecret: secret ? 'x' : null, smtpSecret: secret ? 'x' : null };
  const asked = { tenantId: 'acme', payload: { email, ...order }, ...secrets };
  return findWay({ discovery, providers }, asked, AbortSignal.timeout(1_000));
}

const password = { credentials: { kind: 'password' } };

describe('the way of a connect order without servers', () => {
  it('is a login where the servers are certain and a password came with it', async () => {
    const way = await wayFor({ found }, { order: password, secret: true });
    assert.deepEqual(way, { kind: 'try', login: 'password', provider: null, imap: found.imap, smtp: found.smtp });
  });

  it('is a question where they are not, and the password goes nowhere', async () => {
    const unsure = { ...found, rank: 'E', certain: false, confirmDomain: 'hoster.net' } as const;
    const way = await wayFor({ found: unsure }, { order: password, secret: true });
    assert.equal(way.kind === 'ask' && way.reason, 'discovery.unconfirmed');
    assert.equal(way.kind === 'ask' && way.prefill.confirmDomain, 'hoster.net');
    const nameless = await wayFor({ found: { ...found, usernameForm: 'ask' } }, { order: password, secret: true });
    assert.equal(nameless.kind === 'ask' && nameless.reason, 'discovery.unconfirmed');
  });

  it('asks for the kind of password that the provider takes', async () => {
    const reason = async (one: Found) => {
      const way = await wayFor({ found: one });
      return way.kind === 'ask' ? [way.reason, way.prefill.login] : way.kind;
    };
    assert.deepEqual(await reason(found), ['auth.password_required', 'password']);
    assert.deepEqual(await reason(google), ['auth.app_password_required', 'app-password']);
    assert.deepEqual(await reason(microsoft), ['auth.oauth_required', 'oauth2']);
  });

  it('leads to the provider where this installation is registered there', async () => {
    const way = await wayFor({ found: google }, { registered: ['google'] });
    assert.deepEqual(way, { kind: 'authorize', provider: 'google', imap: google.imap, smtp: google.smtp });
    const typed = await wayFor({ found: google }, { registered: ['google'], order: password, secret: true });
    assert.equal(typed.kind === 'try' && typed.login, 'password');
  });

  it('shows a token only to servers of the table or of the provider', async () => {
    const strange = { ...microsoft, imap: server('imap.stranger.test'), smtp: server('smtp.stranger.test') };
    const way = await wayFor({ found: strange }, { registered: ['microsoft'] });
    assert.equal(way.kind === 'authorize' && way.imap.host, 'outlook.office365.com');
    assert.equal(way.kind === 'authorize' && way.smtp.host, 'smtp.office365.com');
  });

  it('sends nobody to a provider for servers that are not its own', async () => {
    const { imap, smtp } = google;
    const elsewhere = server('smtp.stranger.test');
    const registered = ['google'];
    for (const order of [{ imap, smtp: elsewhere }, { smtp: elsewhere }, { imap: server('imap.stranger.test') }]) {
      const way = await wayFor({ found: google }, { registered, order });
      assert.equal(way.kind === 'ask' && way.reason, 'auth.password_required', JSON.stringify(way));
    }
    for (const order of [{ imap, smtp }, { imap }, { smtp }]) {
      const way = await wayFor({ found: google }, { registered, order });
      assert.deepEqual(way, { kind: 'authorize', provider: 'google', imap, smtp });
    }
  });

  it('takes what the order names over what was found', async () => {
    const imap = { host: 'mail.example.dk', port: 143, security: 'starttls' };
    const way = await wayFor({ found }, { order: { ...password, imap }, secret: true });
    assert.deepEqual(way.kind === 'try' && [way.imap.host, way.smtp.host], ['mail.example.dk', 'smtp.example.dk']);
  });

  it('says what was learnt where nothing was found, and names POP3', async () => {
    const prefill = { login: 'password', imap: null, smtp: null, source: 'table' } as const;
    const pop3 = await wayFor({ notFound: { reason: 'protocol.pop3', prefill, tried: [] } });
    assert.deepEqual(pop3, { kind: 'ask', reason: 'protocol.pop3', prefill });
  });
});

describe('a sealed secret that came before its servers were known', () => {
  const ring = parseKeyRing(`test:${Buffer.alloc(32, 1).toString('base64')}`);
  const place = (side: 'imap' | 'smtp') => secretPlace('orders', 'order-1', side);
  const waiting = (hosts?: string[]) => {
    const stored = (side: 'imap' | 'smtp') =>
      storeSecret(ring, { kind: 'password', value: new Secret('canary'), hosts }, place(side));
    return { id: 'order-1', imapSecret: stored('imap'), smtpSecret: stored('smtp') };
  };
  const way = { kind: 'try', login: 'password', provider: null, imap: found.imap, smtp: found.smtp } as const;
  const parts = { sealing: { ring } } as unknown as AccountParts;

  it('opens at the doors that were found, and at no other', () => {
    const { order } = attemptAt(parts, waiting(), way);
    const { host, username } = found.imap;
    assert.equal(openSecret(ring, order.imapSecret!, { ...place('imap'), host, username }).secret.reveal(), 'canary');
    const elsewhere = { ...place('imap'), host: 'imap.elsewhere.test', username };
    assert.throws(() => openSecret(ring, order.imapSecret!, elsewhere), /another host/);
  });

  it('is refused for servers that it was not sealed for', () => {
    assert.doesNotThrow(() => attemptAt(parts, waiting(['imap.example.dk', 'smtp.example.dk']), way));
    assert.throws(() => attemptAt(parts, waiting(['imap.example.dk']), way), /not in the sealed hosts/);
  });
});
