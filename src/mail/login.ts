import type { KeyRing } from '../secrets/key-ring.ts';
import { type Binding, openSecret } from '../secrets/stored-secret.ts';

/**
 * A way in: which kind of secret, and how to read it. It is opened when the protocol asks for it and not before, so that
 * clear text exists only inside this folder, for the moment of a login.
 */
export type Login = { kind: 'password' | 'oauth2'; reveal(): string };

/** The login that a stored secret gives, for the one door that it is bound to. */
export function loginFrom(
  ring: KeyRing,
  { ciphertext, at, kind }: { ciphertext: string; at: Binding; kind: 'password' | 'oauth2' },
): Login {
  return { kind, reveal: () => openSecret(ring, ciphertext, at).secret.reveal() };
}
