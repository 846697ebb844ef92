import type { ImapFlow, ImapFlowOptions } from 'imapflow';
import type { Server } from '../words.ts';
import { MailError } from './errors.ts';
import type { Attempt } from './imap-transport.ts';
import type { Login } from './login.ts';

type Auth = NonNullable<ImapFlowOptions['auth']>;

/** ImapFlow's `auth`, made so that it decides at the last moment, and what it decided. */
export interface LoginPlan {
  readonly auth: Auth;
  /** The mechanism that was used; undefined when the login was not tried. */
  mechanism(): string | undefined;
  /** What the server must not be quoted with: the secret, and the response of SASL that it went out in. */
  secrets(): string[];
  /** Throw what kept the secret from being opened: that is no refusal of the server. */
  rethrowOwn(): void;
}

/**
 * One login with one mechanism. ImapFlow reads these fields after TLS is up and the capabilities are known, so they
 * are getters: the mechanism is chosen from what the server offers then, and the secret is opened only when it is
 * certain that it may be sent.
 */
export function planLogin(options: {
  server: Server;
  login: Login;
  attempt: Attempt;
  client: () => ImapFlow;
}): LoginPlan {
  const { server, login, attempt, client } = options;
  let mechanism: string | undefined;
  let own: { error: unknown } | undefined;

  const choose = () => {
    if (mechanism !== undefined) return mechanism;
    const { capabilities, secureConnection } = client();
    if (!secureConnection) {
      if (server.security !== 'none') throw refused('tls.required', 'the connection is not encrypted');
      if (capabilities.has('LOGINDISABLED')) throw refused('tls.required', 'the server takes no password in clear');
    }
    mechanism = mechanismFor(login.kind, capabilities, server.username);
    attempt.phase = 'auth';
    attempt.lines.forget();
    return mechanism;
  };
  const secretFor = (kind: Login['kind']) => {
    if (login.kind !== kind) return undefined;
    choose();
    try {
      return login.reveal();
    } catch (error) {
      own = { error };
      throw error;
    }
  };

  const auth = {
    user: server.username,
    get accessToken() {
      return secretFor('oauth2');
    },
    get pass() {
      return secretFor('password');
    },
    get loginMethod() {
      return login.kind === 'password' ? choose() : undefined;
    },
  };
  return {
    auth: auth as Auth,
    mechanism: () => mechanism,
    secrets() {
      const secret = login.reveal();
      return [secret, `\0${server.username}\0${secret}`];
    },
    rethrowOwn() {
      if (own) throw own.error;
    },
  };
}

/** The one mechanism to use. A second one after a refusal would be a second knock, and locks owners out. */
function mechanismFor(kind: Login['kind'], capabilities: ReadonlyMap<string, unknown>, username: string): string {
  const offers = (name: string) => capabilities.has(name);
  if (kind === 'oauth2') {
    const found = ['OAUTHBEARER', 'XOAUTH2', 'XOAUTH'].find((name) => offers(`AUTH=${name}`));
    if (!found) throw refused('auth.mechanism_unsupported', 'the server offers no login with OAuth');
    return found;
  }
  const mayLogin = !offers('LOGINDISABLED');
  // Exchange takes DOMAIN\user and user/shared-mailbox only with LOGIN.
  if (mayLogin && /[\\/]/.test(username)) return 'LOGIN';
  if (offers('AUTH=PLAIN')) return 'AUTH=PLAIN';
  if (mayLogin) return 'LOGIN';
  if (offers('AUTH=LOGIN')) return 'AUTH=LOGIN';
  const offered = [...capabilities.keys()].filter((name) => name.startsWith('AUTH=')).join(' ');
  const onlyTokens = offers('AUTH=XOAUTH2') || offers('AUTH=OAUTHBEARER');
  throw refused(onlyTokens ? 'auth.oauth_required' : 'auth.mechanism_unsupported', `offered: ${offered || 'no login'}`);
}

function refused(reason: 'tls.required' | 'auth.mechanism_unsupported' | 'auth.oauth_required', response: string) {
  return new MailError({ reason, permanent: true, protocol: 'imap', response });
}
