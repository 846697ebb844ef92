import { CompactEncrypt, calculateJwkThumbprint, importJWK, type JWK } from 'jose';

// This file is part of `postbud/client`: it imports jose and nothing else.

/** What a CRM seals: whose secret it is, what it is for, and the secret. */
export type ToSeal = {
  tenantId: string;
  userId: string;
  email: string;
  /** The protocols it may be used for; default `both`. */
  use?: 'imap' | 'smtp' | 'both';
  /** The only hosts it may be shown to. Needed when the order names servers; wise whenever they are known. */
  hosts?: string[];
  /** How long it may wait in the queue; default one hour, at most 24 hours. */
  expiresInSeconds?: number;
} & ({ password: string; refreshToken?: never } | { refreshToken: string; password?: never });

/**
 * Seal a secret to Postbud's public key (what `/.well-known/jwks.json` answers, or one key of it), so that neither Redis
 * nor a dashboard nor a log can show it. The result is the `sealed` of an order; each serves for one order.
 */
export async function seal(toSeal: ToSeal, to: JWK | { keys: JWK[] }): Promise<string> {
  const { tenantId, userId, email, use = 'both', hosts, password, refreshToken, expiresInSeconds = 3600 } = toSeal;
  if (!(expiresInSeconds > 0 && expiresInSeconds <= 86_400))
    throw new RangeError('expiresInSeconds: more than 0, at most 86400');
  const exp = Math.floor(Date.now() / 1000) + Math.floor(expiresInSeconds);
  const jwk = sealingKeyOf(to);
  const kid = jwk.kid ?? (await calculateJwkThumbprint(jwk));
  const plaintext = JSON.stringify({ tenantId, userId, email, use, hosts, password, refreshToken, exp });
  const jwe = await new CompactEncrypt(new TextEncoder().encode(plaintext))
    .setProtectedHeader({ alg: 'ECDH-ES', enc: 'A256GCM', kid })
    .encrypt(await importJWK({ kty: 'EC', crv: 'P-256', x: jwk.x!, y: jwk.y! }, 'ECDH-ES'));
  if (jwe.length > 8192) throw new RangeError('the sealed secret is over 8 KiB');
  return jwe;
}

/** The first P-256 key; its parts are picked one by one, so a private key that is given by mistake stays unused. */
function sealingKeyOf(to: JWK | { keys: JWK[] }): JWK {
  const candidates = 'keys' in to && Array.isArray(to.keys) ? to.keys : [to as JWK];
  const found = candidates.find((jwk) => jwk.kty === 'EC' && jwk.crv === 'P-256' && jwk.x && jwk.y);
  if (!found) throw new TypeError('no P-256 key to seal to');
  return found;
}
