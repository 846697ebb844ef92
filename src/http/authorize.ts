import { createHash, timingSafeEqual } from 'node:crypto';
import type { HttpBindings } from '@hono/node-server';
import type { OpenAPIHono } from '@hono/zod-openapi';
import type { Context, MiddlewareHandler } from 'hono';
import { matchedRoutes } from 'hono/route';
import type { Tokens } from '../db/token-store.ts';
import type { Scope } from '../db/tokens.ts';
import { Problem } from './problem.ts';

/** Who asks: the installation's own token may do everything, a tenant's what its scopes say, for that tenant. */
export type Caller =
  | { installation: true; stillGood(): Promise<boolean> }
  | {
      installation: false;
      tenantId: string;
      scopes: readonly Scope[];
      expiresAt: Date | null;
      /** Asked by what goes on for longer than a request. */
      stillGood(): Promise<boolean>;
    };

export type HttpEnv = { Bindings: HttpBindings; Variables: { caller: Caller } };

/** Wrong tokens from one address within this time before they are no longer looked at one by one. */
const triesPerWindow = 20;
const windowMs = 60_000;
const maxAddresses = 10_000;

/** Finds out who asks. */
export type Door = {
  callerOf(token: string): Promise<Caller | null>;
  wrongTokenFrom(address: string): 'again' | 'too-many';
};

/** The door of HTTP. Tokens are compared as digests: neither their length nor where they differ shows in the time it takes. */
export function openDoor({
  adminToken,
  tokens,
  now = () => performance.now(),
}: {
  adminToken: string;
  tokens: Pick<Tokens, 'look'>;
  now?: () => number;
}): Door {
  const admin = digest(adminToken);
  const wrong = new Map<string, { count: number; until: number }>();
  return {
    async callerOf(token) {
      // First: it opens also while Postgres is away.
      if (timingSafeEqual(digest(token), admin)) return { installation: true, stillGood: async () => true };
      const row = await tokens.look(token);
      if (row === null) return null;
      const { tenantId, scopes, expiresAt } = row;
      const stillGood = async () => (await tokens.look(token)) !== null;
      return { installation: false, tenantId, scopes, expiresAt, stillGood };
    },
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
    const caller = token === null ? null : await door.callerOf(token);
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

/** The scopes of which a tenant's token needs one; the `security` of a route. */
export const needs = (...scopes: Scope[]) => scopes.map((scope) => ({ token: [scope] }));

/**
 * Lets a tenant's token go on to the routes that its scopes are for. A route says which in its `security`, which is also
 * what the reference shows; one that says nothing is for the installation's own token. Before anything is parsed or read.
 */
export function onlyInScope(app: OpenAPIHono<HttpEnv>): MiddlewareHandler<HttpEnv> {
  let needed: Map<string, readonly string[]> | undefined;
  return async (c, next) => {
    const caller = c.get('caller');
    const route = matchedRoutes(c).find(({ method }) => method !== 'ALL');
    // Where there is no route there is nothing to guard: what follows says 404 or 405.
    if (!caller.installation && route) {
      needed ??= scopesByRoute(app);
      const wanted = needed.get(`${route.method} ${route.path}`) ?? [];
      if (!caller.scopes.some((scope) => wanted.includes(scope))) {
        throw new Problem('forbidden', {
          detail: wanted.length > 0 ? lacking(wanted) : "for the installation's token",
        });
      }
    }
    await next();
  };
}

function scopesByRoute(app: OpenAPIHono<HttpEnv>): Map<string, readonly string[]> {
  const routes = app.openAPIRegistry.definitions.flatMap((one) => (one.type === 'route' ? [one.route] : []));
  return new Map(
    routes.map(({ method, path, security = [] }) => [
      `${method.toUpperCase()} ${path.replaceAll(/\{([^}]+)\}/g, ':$1')}`,
      security.flatMap(({ token = [] }) => token),
    ]),
  );
}

/** Let only those go on who have a scope; for routes whose path alone does not say which. @throws {Problem} */
export function mustHave(c: Context<HttpEnv>, scope: Scope): void {
  const caller = c.get('caller');
  if (!caller.installation && !caller.scopes.includes(scope)) {
    throw new Problem('forbidden', { detail: lacking([scope]) });
  }
}

const lacking = (scopes: readonly string[]) => `the token lacks the scope ${scopes.join(' or ')}`;

/** Whether the caller speaks for a tenant. */
export function speaksFor(c: Context<HttpEnv>, tenantId: string): boolean {
  const caller = c.get('caller');
  return caller.installation || caller.tenantId === tenantId;
}

/**
 * Let only those go on who speak for a tenant. Asked before anything is looked up, so that the answer to a stranger is
 * the same whether or not there is something. @throws {Problem}
 */
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
