import type { MiddlewareHandler } from 'hono';
import { routePath } from 'hono/route';
import type { Log } from '../log.ts';
import type { Metrics } from '../metrics.ts';

/** An answer of the API is data: nothing in it may run, load or be framed. */
const apiPolicy = "default-src 'none'; frame-ancestors 'none'";

/** Headers that every answer has. What a page sets itself stays: one that is framed needs another policy. */
export function secureHeaders({ publicUrl }: { publicUrl: string }): MiddlewareHandler {
  const usual: Record<string, string> = {
    'content-security-policy': apiPolicy,
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-resource-policy': 'same-origin',
    'permissions-policy': 'camera=(), geolocation=(), microphone=()',
    ...(publicUrl.startsWith('https:') ? { 'strict-transport-security': 'max-age=31536000' } : {}),
  };
  return async (c, next) => {
    await next();
    const { headers } = c.res;
    for (const [name, value] of Object.entries(usual)) if (!headers.has(name)) headers.set(name, value);
  };
}

const quietRoutes = new Set(['/healthz', '/readyz', '/metrics']);

/** One line a request, with the route's pattern: a path holds user ids and tokens of links. */
export function requestLog({ log, metrics }: { log: Log; metrics: Metrics }): MiddlewareHandler {
  return async (c, next) => {
    const startedAt = performance.now();
    await next();
    const { method } = c.req;
    const { status } = c.res;
    const pattern = routePath(c);
    const route = status === 404 && pattern.endsWith('*') ? 'none' : pattern;
    const tookMs = Math.round(performance.now() - startedAt);
    metrics.requestAnswered({ method, route, status, tookMs });
    log[quietRoutes.has(route) ? 'debug' : 'info']({ method, route, status, tookMs }, 'request answered');
  };
}
