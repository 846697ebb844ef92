import type { Reason } from '../reasons.ts';

/** A title of a few words and what the person must do. */
export interface Words {
  title: string;
  text: string;
}

/**
 * Where one provider asks for another step than the rest: reason, then the family whose text it is. Families that need
 * the same steps share one text (see `sharedBy` in actions.ts); `{provider}` in it becomes the provider's own name.
 */
export const variants = [
  'auth.app_password_required@google',
  'auth.app_password_required@yahoo',
  'auth.app_password_required@icloud',
  'auth.app_password_required@fastmail',
  'auth.app_password_required@t-online',
  'auth.app_password_required@yandex',
  'auth.app_password_required@mailru',
  'auth.app_password_required@zoho',
  'auth.app_password_required@gmx',
  'auth.app_password_required@qq',
  'auth.invalid_credentials@google',
  'auth.invalid_credentials@microsoft',
  'auth.invalid_credentials@yahoo',
  'auth.invalid_credentials@icloud',
  'auth.invalid_credentials@yandex',
  'auth.invalid_credentials@zoho',
  'auth.invalid_credentials@gmx',
  'auth.oauth_required@google',
  'auth.oauth_required@microsoft',
  'auth.insufficient_scope@google',
  'auth.insufficient_scope@microsoft',
  'imap.disabled@google',
  'imap.disabled@microsoft',
  'imap.disabled@gmx',
  'imap.disabled@yandex',
  'imap.disabled@zoho',
  'imap.disabled@qq',
  'smtp.disabled@microsoft',
  'smtp.disabled@qq',
  'login.blocked@google',
  'login.blocked@microsoft',
  'login.blocked@yahoo',
  'login.blocked@yandex',
  'login.blocked@zoho',
  'login.blocked@qq',
  'account.suspended@microsoft',
  'mailbox.access_denied@microsoft',
  'rate.limited@ceiling',
  'send.rate_limited@google',
] as const;

/** Reasons that Postbud mends by trying again where a mailbox works; an attempt to connect is tried by a person. */
export const attemptReasons = [
  'rate.limited',
  'server.unavailable',
  'session.expired',
  'network.dns',
  'network.refused',
  'network.timeout',
  'network.reset',
  'unknown',
] as const satisfies readonly Reason[];

/** A reason with the family whose steps differ; `ceiling` is our own budget of refused logins. */
export type Variant = (typeof variants)[number];

/** All texts of one language. */
export interface Texts {
  reasons: Record<Reason, Words>;
  variants: Record<Variant, Words>;
  /** The text (under the same title) when it was an attempt to connect, which nobody repeats but its person. */
  attempts: Record<(typeof attemptReasons)[number], string>;
  /** Added when Postbud tries again by itself; `{until}` is the time. */
  nextTry: string;
  /** Added when a person must wait before trying again; `{until}` is the time. */
  notBefore: string;
}
