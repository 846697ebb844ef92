import { createHash } from 'node:crypto';
import { compactDecrypt } from 'jose';
import { z } from 'zod';
import { plainHost } from './door.ts';
import type { KeyRing, Place } from './key-ring.ts';
import { SealError } from './seal-error.ts';
import type { PrivateKeys } from './sealing-keys.ts';
import { Secret } from './secret.ts';
import { type Binding, storeSecret } from './stored-secret.ts';

const maxLength = 8192;
const maxAheadSeconds = 24 * 60 * 60;

/** What the order says about the secret it carries; the seal must say the same. */
export type Expected = {
  tenantId: string;
  userId: string;
  email: string;
  /** What the order wants to use it for. */
  use: 'imap' | 'smtp' | 'both';
  kind: 'password' | 'refreshToken';
  /** Every host that the order names for this use; empty when it names none. */
  hosts: readonly string[];
};

/** A secret that was taken: from here on it exists only as ciphertext. */
export type Accepted = {
  /** What to store: opens at `at` with `openSecret`, or waits there for `bindSecret`. */
  encrypted: string;
  kind: 'password' | 'refreshToken';
  use: 'imap' | 'smtp' | 'both';
  hosts?: string[];
  /** Stored beside the order until `exp`: the same seal in another order is refused. */
  jweHash: string;
  exp: Date;
};

const noBreak = (value: string) => !/[\0\r\n]/.test(value); // they would end a command or split a SASL answer

const plaintext = z
  .object({
    tenantId: z.string(),
    userId: z.string(),
    email: z.string(),
    use: z.enum(['imap', 'smtp', 'both']),
    password: z.string().min(1).refine(noBreak, 'holds a line break or NUL').optional(),
    refreshToken: z.string().min(1).refine(noBreak, 'holds a line break or NUL').optional(),
    hosts: z.array(z.string().min(1).max(253)).min(1).max(32).optional(),
    exp: z.int().min(0).max(253_402_300_799), // the last second that a Date and an ISO text can name
  })
  .refine((sealed) => (sealed.password === undefined) !== (sealed.refreshToken === undefined), {
    message: 'exactly one of password and refreshToken is needed',
  });
type Plaintext = z.infer<typeof plaintext>;

/**
 * Open a sealed secret, hold it against the order that carries it, and encrypt it for the place it will stand in. The
 * clear text does not leave this function. Throws a SealError that says what is wrong and nothing of what was sealed.
 */
export async function acceptSealed(
  jwe: string,
  expected: Expected,
  { keys, ring, at, now }: { keys: PrivateKeys; ring: KeyRing; at: Place | Binding; now: Date },
): Promise<Accepted> {
  const sealed = read(await unseal(jwe, keys));
  checkAgainst(sealed, expected, now);
  const kind = sealed.password === undefined ? 'refreshToken' : 'password';
  const value = new Secret((sealed.password ?? sealed.refreshToken)!);
  return {
    encrypted: storeSecret(ring, { kind, value, hosts: sealed.hosts }, at),
    kind,
    use: sealed.use,
    ...(sealed.hosts && { hosts: sealed.hosts }),
    jweHash: createHash('sha256').update(jwe).digest('base64url'),
    exp: new Date(sealed.exp * 1000),
  };
}

const invalid = (message: string) => new SealError('credentials.seal_invalid', message);

async function unseal(jwe: string, keys: PrivateKeys): Promise<Uint8Array> {
  const kid = checkHeader(jwe);
  const key = await keys.privateKeyFor(kid);
  if (!key) throw invalid('sealed to a key that is not accepted: unknown, or replaced over 30 days ago');
  try {
    const opened = await compactDecrypt(jwe, key, {
      keyManagementAlgorithms: ['ECDH-ES'],
      contentEncryptionAlgorithms: ['A256GCM'],
    });
    return opened.plaintext;
  } catch {
    throw invalid('does not open: altered, or not sealed to the key that its kid names');
  }
}

/** Everything that can be refused before a private key is touched. */
function checkHeader(jwe: string): string {
  if (jwe.length > maxLength) throw invalid('longer than 8 KiB');
  const parts = jwe.split('.');
  const header = asObject(parts[0] ?? '');
  if (!header) throw new SealError('credentials.not_sealed', 'not a compact JWE');
  if (parts.length !== 5) throw invalid(`has ${parts.length} parts; a compact JWE has 5`);
  // One seal, one text: the unused bits of a last base64url character are not authenticated, and whoever can read the
  // queue could alter them to get the same seal past the rule that each serves for one order.
  if (!parts.every((part) => Buffer.from(part, 'base64url').toString('base64url') === part))
    throw invalid('not written in canonical base64url');
  if (header.alg !== 'ECDH-ES') throw invalid('alg must be ECDH-ES');
  if (header.enc !== 'A256GCM') throw invalid('enc must be A256GCM');
  if (header.zip !== undefined) throw invalid('zip is not allowed');
  if (header.crit !== undefined) throw invalid('crit is not allowed');
  if ((header.epk as { crv?: unknown } | undefined)?.crv !== 'P-256') throw invalid('epk must be a P-256 key');
  if (typeof header.kid !== 'string' || header.kid === '') throw invalid('kid is missing');
  return header.kid;
}

function asObject(base64url: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(Buffer.from(base64url, 'base64url').toString('utf8'));
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : null;
  } catch {
    return null;
  }
}

function read(bytes: Uint8Array): Plaintext {
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    throw invalid('the sealed text is not JSON in UTF-8');
  }
  const parsed = plaintext.safeParse(json);
  if (parsed.success) return parsed.data;
  // Paths are names of our own schema, and Zod's messages say what was expected, never what was there.
  throw invalid(
    parsed.error.issues.map(({ path, message }) => [path.join('.'), message].filter(Boolean).join(': ')).join('; '),
  );
}

function checkAgainst(sealed: Plaintext, expected: Expected, now: Date): void {
  const nowSeconds = +now / 1000;
  if (sealed.exp <= nowSeconds) throw invalid(`expired at ${isoTime(sealed.exp)}`);
  if (sealed.exp > nowSeconds + maxAheadSeconds)
    throw invalid(`exp ${isoTime(sealed.exp)} is more than 24 h ahead of ${now.toISOString()}`);
  if (sealed.tenantId !== expected.tenantId) throw invalid('sealed for another tenant');
  if (sealed.userId !== expected.userId) throw invalid('sealed for another user');
  if (foldCase(sealed.email) !== foldCase(expected.email)) throw invalid('sealed for another e-mail address');
  if (sealed.use !== 'both' && sealed.use !== expected.use)
    throw invalid(`sealed for use with ${sealed.use} only; the order needs ${expected.use}`);
  if (sealed[expected.kind] === undefined)
    throw invalid(`the order says ${expected.kind}, which is not what was sealed`);
  checkHosts(sealed.hosts, expected.hosts);
}

function checkHosts(sealed: string[] | undefined, named: readonly string[]): void {
  const allowed = new Set(sealed?.map(plainHost));
  const outside = named.find((host) => !allowed.has(plainHost(host)));
  if (outside === undefined) return;
  throw invalid(sealed ? `host ${outside} is not in hosts` : `hosts is missing, and the order names ${outside}`);
}

const isoTime = (seconds: number) => new Date(seconds * 1000).toISOString();
const foldCase = (email: string) => email.normalize('NFC').toLowerCase();
