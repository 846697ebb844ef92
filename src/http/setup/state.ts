import { createHmac, timingSafeEqual } from 'node:crypto';
import type { z } from 'zod';

/** Longer than a link can be in use; what a form carries is worth nothing after it. */
const validForMs = 60 * 60_000;

/**
 * What a page hands to the next one, signed with the token of its link. It travels in the form or the address, because a
 * cookie is blocked in the iframe of a CRM of another site. Whoever does not know the link cannot make one, so it also
 * proves that a form came from a page of that link. Whoever does know it could do everything by hand, and gains nothing.
 */
export function writeState(token: string, what: string, value: object, now = Date.now()): string {
  const body = Buffer.from(JSON.stringify({ ...value, at: now })).toString('base64url');
  return `${body}.${macOf(token, what, body)}`;
}

/** Read it again; null when it is another link's, another page's, too old, or made up. */
export function readState<T>(
  token: string,
  what: string,
  text: string,
  schema: z.ZodType<T>,
  now = Date.now(),
): T | null {
  const [body = '', given = '', ...rest] = text.split('.');
  const expected = Buffer.from(macOf(token, what, body));
  const got = Buffer.from(given);
  if (rest.length > 0 || got.length !== expected.length || !timingSafeEqual(got, expected)) return null;
  const value = JSON.parse(Buffer.from(body, 'base64url').toString('utf8')) as { at: number };
  if (now - value.at > validForMs) return null;
  const parsed = schema.safeParse(value);
  return parsed.success ? parsed.data : null;
}

const macOf = (token: string, what: string, body: string) =>
  createHmac('sha256', token)
    .update(JSON.stringify(['postbud/setup', what, body]))
    .digest('base64url');
