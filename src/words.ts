/** The words of the public contract that several parts share: ids, addresses, servers, refusals. */
import { z } from 'zod';

/** A tenant or user id: 1-64 of `A-Z a-z 0-9 . _ - @ +`, beginning with a letter or digit. */
export const id = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._\-@+]{0,63}$/, 'must be 1-64 of A-Z a-z 0-9 . _ - @ +');

/** Postgres keeps no NUL, and half a surrogate pair is no character: with them an order would break at its first write. */
export const text = z.string().refine(isText, 'must not contain NUL or broken characters');

export function isText(value: string): boolean {
  return !value.includes('\0') && value.isWellFormed();
}

/** An address of a mailbox as people write it (RFC 5321 limits: 64 octets before the @, 254 in all). */
export const emailAddress = text
  .trim()
  .max(254)
  .regex(
    /^[^\s\p{C}@<>"(),:;[\]\\]{1,64}@[^\s\p{C}@<>"(),:;[\]\\]+\.[^\s\p{C}@<>"(),:;[\]\\]+$/u,
    'must be an e-mail address',
  );

export const protocols = ['imap', 'smtp', 'oauth', 'dns'] as const;
export const securities = ['tls', 'starttls', 'none'] as const;
export const locales = ['da', 'en', 'de', 'nb', 'nl', 'sv'] as const;
export type Locale = (typeof locales)[number];

const hostName = text
  .trim()
  .toLowerCase()
  .max(253)
  .regex(/^[^\s/@:?#]+$|^\[?[0-9a-f:.]+\]?$/i, 'must be a host name or an IP address');

/** Control characters end the lines and fields of the protocols that a user name goes into. */
const userName = text
  .min(1)
  .max(320)
  .refine((name) => !/[\x00-\x1f\x7f]/.test(name), 'must not contain control characters');

/** A mail server and the name to log in with. */
export const server = z.object({
  host: hostName,
  port: z.int().min(1).max(65_535),
  security: z.enum(securities),
  username: userName,
});
export type Server = z.infer<typeof server>;

/** A server as events and pages show it. */
export const publicServer = server.omit({ username: true });

/** What the mailbox's owner can do about a refusal, in the account's locale. */
export const userAction = z.object({
  code: z.string(),
  title: z.string(),
  text: z.string(),
  url: z.url().optional(),
});

/** Why something was refused or stopped. `response` is the server's own words, cleaned; empty when there are none. */
export const refusal = z.object({
  reason: z.string(),
  permanent: z.boolean(),
  protocol: z.enum(protocols),
  response: z.string(),
  userAction,
});
export type Refusal = z.infer<typeof refusal>;

/** What is known of an account's servers when a person has to complete it. */
export const prefill = z.object({
  provider: z.string().optional(),
  login: z.enum(['password', 'app-password', 'oauth2']),
  imap: server.partial().nullable(),
  smtp: server.partial().nullable(),
  source: z.string(),
  confirmDomain: z.string().optional(),
  alternatives: z.array(z.unknown()).optional(),
});
export type Prefill = z.infer<typeof prefill>;

/** One person of a message's header. */
export const person = z.object({ name: z.string(), address: z.string() });
export type Person = z.infer<typeof person>;
