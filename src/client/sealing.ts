import type { JWK } from 'jose';
import { seal } from '../secrets/seal.ts';
import type { Http } from './http.ts';
import type { ConnectOrder } from './types.ts';

/** As long as the answer may be kept; an old key is accepted for 30 days. */
const keysKeptMs = 60 * 60_000;

export type Sealer = ReturnType<typeof openSealer>;

/** Seals the secrets of orders to the installation's key, so that no queue, dashboard or log ever holds one. */
export function openSealer(http: Pick<Http, 'ask'>) {
  let kept: { at: number; keys: Promise<{ keys: JWK[] }> } | undefined;

  function keys(): Promise<{ keys: JWK[] }> {
    if (kept && performance.now() - kept.at < keysKeptMs) return kept.keys;
    const asked = http.ask<{ keys: JWK[] }>('/.well-known/jwks.json');
    kept = { at: performance.now(), keys: asked };
    asked.catch(() => {
      kept = undefined; // a fault does not count for longer than it lasts
    });
    return asked;
  }

  return {
    /** The order with every secret that came in clear sealed for its own use and hosts. */
    async sealed(tenantId: string, order: ConnectOrder): Promise<ConnectOrder> {
      const { userId, email, imap, smtp, credentials } = order;
      const about = { tenantId, userId, email };
      const result = { ...order };
      const ownSmtp = smtp?.sealed !== undefined || smtp?.password !== undefined;
      const named = (...hosts: (string | undefined)[]) => {
        const some = hosts.filter((host) => host !== undefined && host !== '') as string[];
        return some.length > 0 ? { hosts: some } : {};
      };
      if (credentials) {
        const secret = secretOf(credentials);
        if (secret) {
          const use = ownSmtp ? { use: 'imap' as const, ...named(imap?.host) } : named(imap?.host, smtp?.host);
          const sealed = await seal({ ...about, ...use, ...secret }, await keys());
          result.credentials =
            credentials.kind === 'password'
              ? { kind: 'password', sealed }
              : { kind: 'oauth2', provider: credentials.provider, sealed };
        }
      }
      if (smtp?.password !== undefined) {
        const { password, ...server } = smtp;
        const sealed = await seal({ ...about, use: 'smtp', ...named(smtp.host), password }, await keys());
        result.smtp = { ...server, sealed };
      }
      return result;
    },

    /** Ask for the keys again before the next seal: the last one was not accepted. */
    forget() {
      kept = undefined;
    },
  };
}

function secretOf(credentials: NonNullable<ConnectOrder['credentials']>) {
  if (credentials.kind === 'password') {
    return credentials.password === undefined ? undefined : { password: credentials.password };
  }
  return credentials.refreshToken === undefined ? undefined : { refreshToken: credentials.refreshToken };
}
