import { createRoute, type OpenAPIHono } from '@hono/zod-openapi';
import { z } from 'zod';
import type { SealingKeys } from '../secrets/sealing-keys.ts';
import type { HttpEnv } from './authorize.ts';

const jwk = z.looseObject({
  kty: z.literal('EC'),
  crv: z.literal('P-256'),
  x: z.string(),
  y: z.string(),
  kid: z.string().describe('RFC 7638 thumbprint'),
  use: z.literal('enc'),
  alg: z.literal('ECDH-ES'),
});

const route = createRoute({
  method: 'get',
  path: '/.well-known/jwks.json',
  operationId: 'readSealingKey',
  tags: ['Secrets'],
  summary: 'The public key to seal secrets to',
  description: 'An old key is accepted for 30 days after it was replaced, so this answer may be kept for an hour.',
  security: [],
  responses: {
    200: { description: 'A JWK set', content: { 'application/json': { schema: z.object({ keys: z.array(jwk) }) } } },
  },
});

/** Nobody needs a token here, so asking often must not become load on Postgres. */
const answerCountsForMs = 5_000;

/** `/.well-known/jwks.json`. */
export function jwksRoute(app: OpenAPIHono<HttpEnv>, { sealingKeys }: { sealingKeys: SealingKeys }): void {
  let last: { at: number; keys: Promise<unknown> } | undefined;
  app.openapi(route, async (c) => {
    if (!last || performance.now() - last.at > answerCountsForMs) {
      last = { at: performance.now(), keys: sealingKeys.jwks().then(({ keys }) => keys) };
      last.keys.catch(() => {
        last = undefined; // a fault does not count for longer than it lasts
      });
    }
    const keys = await last.keys;
    c.header('cache-control', 'public, max-age=300');
    return c.json({ keys: keys as z.infer<typeof jwk>[] }, 200);
  });
}
