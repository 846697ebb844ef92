import type { HttpBindings } from '@hono/node-server';
import type { ConnectPayload } from '../queues/orders.ts';
import { seal } from '../secrets/seal.ts';
import type { SealingKeys } from '../secrets/sealing-keys.ts';
import { Problem } from './problem.ts';

/** The job may wait in the queue for as long as a seal can last. */
const expiresInSeconds = 24 * 60 * 60;

/**
 * A payload with every secret sealed: one that came in clear is sealed to our own key before the job is added, so that
 * the queue never holds it. In clear it is taken over HTTPS, as the proxy in front says, or from this machine.
 * @throws {Problem} when it came in clear over a connection that others can read.
 */
export async function withSealedSecrets(
  payload: ConnectPayload,
  {
    sealingKeys,
    env,
    header,
  }: {
    sealingKeys: Pick<SealingKeys, 'jwks'>;
    env: HttpBindings;
    header: (name: string) => string | undefined;
  },
): Promise<ConnectPayload> {
  const { credentials, smtp } = payload;
  const shared = credentials && plainOf(credentials);
  if (shared === undefined && smtp?.password === undefined) return payload;
  if (!isPrivate(env, header)) {
    const detail =
      'Seal it to the key of /.well-known/jwks.json, or use HTTPS. It should be changed: others could read it.';
    throw new Problem('secret-in-clear', { detail, reason: 'credentials.not_sealed' });
  }
  const key = await sealingKeys.jwks();
  const { tenantId, userId, email } = payload;
  const ownSmtp = smtp?.password !== undefined || smtp?.sealed !== undefined;
  const close = async (secret: Secret, use: 'imap' | 'smtp' | 'both', hosts: (string | undefined)[]) => {
    const named = hosts.filter((host) => host !== undefined);
    const about = { tenantId, userId, email, use, expiresInSeconds, ...(named.length > 0 ? { hosts: named } : {}) };
    return seal({ ...about, ...secret }, key).catch((error) => {
      // Over 8 KiB once it is sealed; everything else that can be wrong with it is the worker's to say.
      if (!(error instanceof RangeError)) throw error;
      const errors = [{ in: 'body' as const, field: 'credentials', message: 'the secret is too long' }];
      throw new Problem('invalid-request', { errors });
    });
  };
  const sealed: ConnectPayload = { ...payload };
  if (credentials && shared) {
    const hosts = ownSmtp ? [payload.imap?.host] : [payload.imap?.host, smtp?.host];
    const { kind } = credentials;
    const closed = await close(shared, ownSmtp ? 'imap' : 'both', hosts);
    sealed.credentials =
      kind === 'password' ? { kind, sealed: closed } : { kind, provider: credentials.provider, sealed: closed };
  }
  if (smtp?.password !== undefined) {
    const { password, ...server } = smtp;
    sealed.smtp = { ...server, sealed: await close({ password }, 'smtp', [smtp.host]) };
  }
  return sealed;
}

type Secret = { password: string } | { refreshToken: string };

function plainOf(credentials: NonNullable<ConnectPayload['credentials']>): Secret | undefined {
  if (credentials.kind === 'password') {
    return credentials.password === undefined ? undefined : { password: credentials.password };
  }
  return credentials.refreshToken === undefined ? undefined : { refreshToken: credentials.refreshToken };
}

/**
 * Whether nobody between can read what comes: over HTTPS, as the proxy in front says, or from this machine. A forged
 * header harms only who forges it: it is the sender's own secret.
 */
export function isPrivate({ incoming }: HttpBindings, header: (name: string) => string | undefined): boolean {
  const forwarded = header('x-forwarded-proto') ?? /proto="?(\w+)/i.exec(header('forwarded') ?? '')?.[1];
  if (forwarded !== undefined) return forwarded.split(',')[0]!.trim().toLowerCase() === 'https';
  return /^(127\.|::1$|::ffff:127\.)/.test(incoming.socket.remoteAddress ?? '');
}
