import type { KeyRing } from '../secrets/key-ring.ts';
import { type Binding, openSecret } from '../secrets/stored-secret.ts';

/**
 * A way in: which kind of secret, and how to read it. It is opened when the protocol asks for it and not before, so that
 * clear text exists only inside this folder, for the moment of a login.
 */
export type Login = {
  kind: 'password' | 'oauth2';
  reveal(): string;
  /** Get what the login needs before a server is asked: a token that still serves. @throws {MailError} */
  prepare?(signal: AbortSignal): Promise<void>;
  /** The server refused it: get another one, if the one that was shown was not fresh. @throws {MailError} */
  renew?(signal: AbortSignal): Promise<boolean>;
};

/** What logins are made from: the key ring, and the tokens of those that have no password. */
export type LoginParts = {
  ring: KeyRing;
  grants?: { loginOf(stored: { ciphertext: string; at: Binding }): Login } | undefined;
};

/** The login that a stored secret gives, for the one door that it is bound to. */
export function loginFrom(
  { ring, grants }: LoginParts,
  { ciphertext, at, kind }: { ciphertext: string; at: Binding; kind: 'password' | 'oauth2' },
): Login {
  // Beside a token for IMAP, SMTP may have a password of its own.
  if (kind === 'oauth2' && openSecret(ring, ciphertext, at).kind !== 'password') {
    if (!grants) throw new Error('there is nothing to get tokens from');
    return grants.loginOf({ ciphertext, at });
  }
  return { kind: 'password', reveal: () => openSecret(ring, ciphertext, at).secret.reveal() };
}
