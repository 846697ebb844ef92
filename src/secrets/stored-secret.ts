import { z } from 'zod';
import { type Door, plainHost, sameDoor } from './door.ts';
import type { KeyRing, Place } from './key-ring.ts';
import { SealError } from './seal-error.ts';
import { Secret } from './secret.ts';

/** What a stored secret is good for. */
export const secretKinds = ['password', 'refreshToken', 'accessToken'] as const;
export type SecretKind = (typeof secretKinds)[number];

/** A place and the one door whose secret stands there. */
export type Binding = Place & Door;

/**
 * What stands inside the ciphertext. Owner and column are outside, in the additional data, so that rotation needs
 * nothing but the row; the door is inside, so that a wrong one has a name and the binding can be moved.
 */
const content = z.strictObject({
  kind: z.enum(secretKinds),
  value: z.string(),
  /** Null while the servers are not known yet: such a secret waits, and opens nowhere. */
  door: z.strictObject({ host: z.string(), username: z.string() }).nullable(),
  /** The only hosts a waiting secret may be bound to; null: the seal named none. */
  hosts: z.array(z.string()).nullable(),
});
type Content = z.infer<typeof content>;

/** A stored secret that is asked for at another door than its own, or before it has one. A bug, or somebody's try. */
export class WrongDoorError extends Error {
  override readonly name = 'WrongDoorError';
}

/** Encrypt a secret for a place: bound to a door if one is given, else waiting until `bindSecret` gives it one. */
export function storeSecret(
  ring: KeyRing,
  { kind, value, hosts }: { kind: SecretKind; value: Secret; hosts?: readonly string[] | undefined },
  at: Place | Binding,
): string {
  const waiting: Content = { kind, value: value.reveal(), door: null, hosts: hosts?.map(plainHost) ?? null };
  return write(ring, 'host' in at ? atDoor(waiting, at) : waiting, at);
}

/**
 * Give a waiting secret its door, or move a bound one to another place. It never changes doors: settings that name
 * another host or user name need a fresh secret, else whoever may edit settings could have it sent to their own server.
 */
export function bindSecret(ring: KeyRing, ciphertext: string, from: Place, to: Binding): string {
  return write(ring, atDoor(read(ring, ciphertext, from), to), to);
}

/** Move a secret to another place. Its door, or the want of one, goes with it. */
export function moveSecret(ring: KeyRing, ciphertext: string, from: Place, to: Place): string {
  return write(ring, read(ring, ciphertext, from), to);
}

/** The secret in clear, for its own door only. For `src/mail`, at the moment of login; nobody else calls this. */
export function openSecret(ring: KeyRing, ciphertext: string, at: Binding): { kind: SecretKind; secret: Secret } {
  const { kind, value, door } = read(ring, ciphertext, at);
  if (!door) throw new WrongDoorError('the secret is not bound to a host and user name yet');
  if (!sameDoor(door, at)) throw new WrongDoorError('the secret is bound to another host or user name');
  return { kind, secret: new Secret(value) };
}

function atDoor(stored: Content, { host, username }: Door): Content {
  if (stored.door && !sameDoor(stored.door, { host, username }))
    throw new WrongDoorError('the secret is bound to another host or user name');
  if (stored.hosts && !stored.hosts.includes(plainHost(host)))
    throw new SealError('credentials.seal_invalid', `host ${host} is not in the sealed hosts`);
  return { ...stored, door: { host: plainHost(host), username } };
}

function write(ring: KeyRing, stored: Content, { ownerId, column }: Place): string {
  return ring.encrypt(JSON.stringify(stored), { ownerId, column });
}

function read(ring: KeyRing, ciphertext: string, { ownerId, column }: Place): Content {
  const text = ring.decrypt(ciphertext, { ownerId, column });
  try {
    return content.parse(JSON.parse(text));
  } catch {
    throw new Error(`what ${column} of ${ownerId} holds is not a stored secret`); // JSON.parse would quote it
  }
}
