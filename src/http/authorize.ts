import { createHash, timingSafeEqual } from 'node:crypto';
import type { HttpBindings } from '@hono/node-server';
import type { Context, MiddlewareHandler } from 'hono';
import { Problem } from './problem.ts';

/** Who asks: for which tenants a token speaks, and whether it is the installation's own. */
export type Caller = { tenants: 'all' | ReadonlySet<string>; installation: boolean };

export type HttpEnv = { Bindings: HttpBindings; Variables: { caller: Caller } };

/** Wrong tokens from one address within this time before they are no longer looked at one by one. */
const triesPerWindow = 20;
const windowMs = 60_000;
const maxAddresses = 10_000;

/** Finds out who asks. Tokens of tenants will be looked up here. */
export type Door = { callerOf(token: string): Caller | null; wrongTokenFrom(address: string): 'again' | 'too-many' };

/** The door of HTTP. Tokens are compared as digests: neither their length nor where they differ shows in the time it takes. */
export function openDoor({
  adminToken,
  now = () => performance.now(),
}: {
  adminToken: string;
  now?: () => number;
}): Door {
  const admin = digest(adminToken);
  const wrong = new Map<string, { count: number; until: number }>();
  return {
    callerOf: (token) => (timingSafeEqual(digest(token), admin) ? { tenants: 'all', installation: true } : null),
    // A right token always passes: behind a proxy all have one address, and nobody may lock the others out.
    wrongTokenFrom(address) {
      const seen = wrong.get(address);
      if (seen && seen.until > now()) return ++seen.count > triesPerWindow ? 'too-many' : 'again';
      if (wrong.size >= maxAddresses) wrong.clear();
      wrong.set(address, { count: 1, until: now() + windowMs });
      return 'again';
    },
  };
}

/** Lets only callers with a token in. `basic`: a browser may give it as the password of HTTP Basic. */
export function authorize(door: Door, { basic = false } = {}): MiddlewareHandler<HttpEnv> {
  const challenge = basic ? 'Basic realm="Postbud", charset="UTF-8"' : 'Bearer realm="Postbud"';
  return async (c, next) => {
    const token = tokenOf(c.req.header('authorization') ?? '', basic);
    const caller = token === null ? null : door.callerOf(token);
    if (caller === null) {
      const address = c.env.incoming.socket.remoteAddress ?? '';
      if (token !== null && door.wrongTokenFrom(address) === 'too-many') {
        throw new Problem('too-many-tries', { headers: { 'retry-after': String(windowMs / 1_000) } });
      }
      throw new Problem('unauthorized', { headers: { 'www-authenticate': challenge } });
    }
    c.set('caller', caller);
    await next();
  };
}

/** Pages about the whole installation are for its own tokens only. */
export const installationOnly: MiddlewareHandler<HttpEnv> = async (c, next) => {
  if (!c.get('caller').installation) throw new Problem('forbidden');
  await next();
};

/** Whether the caller speaks for a tenant. */
export function speaksFor(c: Context<HttpEnv>, tenantId: string): boolean {
  const { tenants } = c.get('caller');
  return tenants === 'all' || tenants.has(tenantId);
}

/** Let only those go on who speak for a tenant. @throws {Problem} */
export function mayActFor(c: Context<HttpEnv>, tenantId: string): void {
  if (!speaksFor(c, tenantId)) throw new Problem('forbidden', { detail: 'another tenant' });
}

function tokenOf(header: string, basic: boolean): string | null {
  const [, scheme = '', value = ''] = /^(\S+) +(\S+) *$/.exec(header) ?? [];
  if (scheme.toLowerCase() === 'bearer') return value;
  if (!basic || scheme.toLowerCase() !== 'basic') return null;
  const login = Buffer.from(value, 'base64').toString('utf8');
  return login.slice(login.indexOf(':') + 1);
}

const digest = (text: string) => createHash('sha256').update(text).digest();
