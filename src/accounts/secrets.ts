import type { ConnectPayload } from '../queues/orders.ts';
import type { KeyRing, Place } from '../secrets/key-ring.ts';
import { SealError } from '../secrets/seal-error.ts';
import { acceptSealed } from '../secrets/sealing.ts';
import type { PrivateKeys } from '../secrets/sealing-keys.ts';
import { Secret } from '../secrets/secret.ts';
import { type Binding, storeSecret } from '../secrets/stored-secret.ts';
import type { Server } from '../words.ts';

/** What taking secrets from a payload needs. */
export type Sealing = { keys: PrivateKeys; ring: KeyRing; acceptPlain: boolean; now: () => Date };

/** Where a secret stands: in the row of an order, or of an account. Owner and column are part of its encryption. */
export const secretPlace = (
  table: 'orders' | 'accounts',
  ownerId: string,
  side: 'imap' | 'smtp',
): Place & { column: string } => ({ ownerId, column: `${table}.${side}_secret` });

/** What a payload's secrets became. `uses` are the sealed texts that were opened, for the rule that each serves once. */
export type TakenSecrets = {
  imapSecret: string | null;
  smtpSecret: string | null;
  uses: { jweHash: string; expiresAt: Date }[];
};

/** The servers of a payload with the address as user name where none is given; null where discovery has to decide. */
export function serversOf(payload: ConnectPayload): { imap: Server | null; smtp: Server | null } {
  const complete = (server: ConnectPayload['imap'] | ConnectPayload['smtp']): Server | null =>
    server === undefined
      ? null
      : {
          host: server.host,
          port: server.port,
          security: server.security,
          username: server.username ?? payload.email,
        };
  return { imap: complete(payload.imap), smtp: complete(payload.smtp) };
}

/**
 * Take the secrets out of a payload and encrypt them for the rows of an order. The clear text stays inside `src/secrets`.
 * @throws {SealError} when a secret is not sealed, or not for this order.
 */
export async function takeSecrets(payload: ConnectPayload, orderId: string, sealing: Sealing): Promise<TakenSecrets> {
  const { imap, smtp } = serversOf(payload);
  const shared = payload.credentials;
  if (shared === undefined) return { imapSecret: null, smtpSecret: null, uses: [] };
  const kind = shared.kind === 'password' ? 'password' : 'refreshToken';
  const own = { sealed: payload.smtp?.sealed, plain: payload.smtp?.password };
  const hasOwn = hasOwnSmtpSecret(payload);
  const common = {
    sealed: shared.sealed,
    plain: shared.kind === 'password' ? shared.password : shared.refreshToken,
  };
  const uses = new Map<string, Date>();

  async function take(
    side: 'imap' | 'smtp',
    from: { sealed: string | undefined; plain: string | undefined },
    use: 'imap' | 'smtp' | 'both',
    hosts: (string | undefined)[],
    server: Server | null,
  ): Promise<string | null> {
    const place = secretPlace('orders', orderId, side);
    const at: Place | Binding = server ? { ...place, host: server.host, username: server.username } : place;
    if (from.sealed !== undefined) {
      const { tenantId, userId, email } = payload;
      const named = hosts.filter((host) => host !== undefined);
      const expected = {
        tenantId,
        userId,
        email,
        use,
        kind: side === 'smtp' && hasOwn ? 'password' : kind,
        hosts: named,
      } as const;
      const taken = await acceptSealed(from.sealed, expected, { ...sealing, at, now: sealing.now() });
      uses.set(taken.jweHash, taken.exp);
      return taken.encrypted;
    }
    if (from.plain === undefined) return null;
    if (!sealing.acceptPlain) {
      throw new SealError(
        'credentials.not_sealed',
        'the secret came in clear; seal it to the key of this installation',
      );
    }
    return storeSecret(sealing.ring, { kind, value: new Secret(from.plain) }, at);
  }

  const imapSecret = await take(
    'imap',
    common,
    hasOwn ? 'imap' : 'both',
    hasOwn ? [imap?.host] : [imap?.host, smtp?.host],
    imap,
  );
  const smtpSecret = hasOwn
    ? await take('smtp', own, 'smtp', [smtp?.host], smtp)
    : await take('smtp', common, 'both', [imap?.host, smtp?.host], smtp);
  return { imapSecret, smtpSecret, uses: [...uses].map(([jweHash, expiresAt]) => ({ jweHash, expiresAt })) };
}

/** The payload as an order's row keeps it: without secrets, but with the fact that SMTP has one of its own. */
export function payloadToKeep(payload: ConnectPayload): Record<string, unknown> {
  const kept = withoutSecrets<Record<string, unknown>>(payload);
  return hasOwnSmtpSecret(payload) ? { ...kept, smtp: { ...(kept.smtp as object), ownSecret: true } } : kept;
}

/** Whether SMTP has a secret of its own: a refusal by IMAP then says nothing about it. */
export function hasOwnSmtpSecret({ smtp }: ConnectPayload): boolean {
  return smtp?.sealed !== undefined || smtp?.password !== undefined;
}

const secretNames = new Set(['sealed', 'password', 'refreshtoken', 'accesstoken', 'secret', 'pass']);

/** Far deeper than any payload; what lies below is dropped, before it is too deep for this and for JSON. */
const mostLevels = 32;

/** A copy of job data without anything that is, or is named like, a secret; also of data that fits no schema. */
export function withoutSecrets<T>(data: T, levels = mostLevels): T {
  if (data === null || typeof data !== 'object') return data;
  if (levels === 0) return null as T;
  if (Array.isArray(data)) return data.map((value) => withoutSecrets(value, levels - 1)) as T;
  return Object.fromEntries(
    Object.entries(data)
      .filter(([name]) => !secretNames.has(name.toLowerCase()))
      .map(([name, value]) => [name, withoutSecrets(value, levels - 1)]),
  ) as T;
}

const plainFields = [
  'tenantId',
  'userId',
  'email',
  'primaryEmail',
  'mailClient',
  'locale',
  'returnUrl',
  'syncFrom',
  'orderId',
];
const serverFields = ['host', 'port', 'security', 'username'];

/**
 * What a finished or failed connect job keeps of its data: the fields that are known to hold no secret, and nothing else.
 * A secret under a name with a slip of the pen in it must not stay on the dashboard either.
 */
export function connectDataToKeep(data: unknown): Record<string, unknown> {
  const given = asObject(data);
  const kept = pick(given, plainFields);
  if ('credentials' in given) kept.credentials = pick(asObject(given.credentials), ['kind', 'provider']);
  for (const side of ['imap', 'smtp']) if (side in given) kept[side] = pick(asObject(given[side]), serverFields);
  return kept;
}

const asObject = (value: unknown) =>
  (typeof value === 'object' && value !== null ? value : {}) as Record<string, unknown>;

function pick(from: Record<string, unknown>, names: readonly string[]): Record<string, unknown> {
  const plain = (value: unknown) => value === null || ['string', 'number', 'boolean'].includes(typeof value);
  return Object.fromEntries(
    names.filter((name) => name in from && plain(from[name])).map((name) => [name, from[name]]),
  );
}
