import { createRoute, type OpenAPIHono } from '@hono/zod-openapi';
import { z } from 'zod';
import { issueToken, type Tokens, tokenPrefix } from '../db/token-store.ts';
import { scopes, type TokenRow } from '../db/tokens.ts';
import { id } from '../words.ts';
import { iso } from './account-view.ts';
import { answer, body, page, problems } from './api.ts';
import { type Caller, type HttpEnv, mayActFor, needs } from './authorize.ts';
import { type MakingParts, makeKeyed, makingHeader } from './make-once.ts';
import { Problem } from './problem.ts';

const tags = ['Tenants'];
const time = z.iso.datetime();

/** A token as the API shows it: never again itself. */
const tokenView = z.object({
  tokenId: z.uuid(),
  tenantId: z.string(),
  name: z.string(),
  hint: z.string().describe('How the token begins'),
  scopes: z.array(z.enum(scopes)),
  createdAt: time,
  expiresAt: time.nullable(),
  lastUsedAt: time.nullable().describe('To within ten minutes'),
});

const wanted = z.object({
  tenantId: id,
  name: z.string().max(200).default('').describe('For people'),
  scopes: z
    .array(z.enum(scopes))
    .min(1)
    .transform((all) => scopes.filter((scope) => all.includes(scope))),
  expiresAt: z.iso
    .datetime({ offset: true })
    .refine((at) => Date.parse(at) > Date.now(), 'must be in the future')
    .nullable()
    .default(null),
});

const issue = createRoute({
  method: 'post',
  path: '/v1/tokens',
  operationId: 'issueToken',
  tags,
  summary: "A new token for a tenant's CRM",
  description:
    'The token is in this answer and nowhere else. A tenant with the scope `ops` may issue tokens that can do no more, and last no longer, than its own.',
  security: needs('ops'),
  request: { headers: makingHeader, body: body(wanted) },
  responses: { 201: answer('The token', tokenView.extend({ token: z.string() })), ...problems('key-reused') },
});

const list = createRoute({
  method: 'get',
  path: '/v1/tokens',
  operationId: 'listTokens',
  tags,
  summary: 'Tokens, oldest first',
  security: needs('ops'),
  request: { query: page.extend({ tenantId: id.optional().describe("Default: all, or the token's own tenant") }) },
  responses: {
    200: answer('A page of them', z.object({ tokens: z.array(tokenView), next: z.string().nullable() })),
    ...problems(),
  },
});

const takeBack = createRoute({
  method: 'delete',
  path: '/v1/tokens/{tokenId}',
  operationId: 'takeBackToken',
  tags,
  summary: 'Take a token back',
  description: 'At once where this is asked, and within five seconds in other processes.',
  security: needs('ops'),
  request: { params: z.object({ tokenId: z.uuid() }) },
  responses: { 204: { description: 'It opens nothing any more' }, ...problems('not-found') },
});

export type TokenRouteParts = MakingParts & { tokens: Tokens };

/** `/v1/tokens`: the tokens of tenants. */
export function tokenRoutes(app: OpenAPIHono<HttpEnv>, { tokens, ...making }: TokenRouteParts): void {
  app.openapi(issue, async (c) => {
    const content = c.req.valid('json');
    const { expiresAt, ...facts } = content;
    mayActFor(c, facts.tenantId);
    const until = expiresAt === null ? null : new Date(expiresAt);
    const caller = c.get('caller');
    mayGive(caller, facts.scopes, until);
    const asked = { operation: 'issueToken', caller, key: c.req.valid('header')['idempotency-key'], content };
    const { answer, secret } = await makeKeyed(making, asked, async (db, fresh) =>
      viewToken(await issueToken(db, fresh, { ...facts, expiresAt: until })),
    );
    return c.json({ ...answer, token: tokenPrefix + secret }, 201);
  });

  app.openapi(list, async (c) => {
    const { tenantId = ownTenant(c.get('caller')), ...wantedPage } = c.req.valid('query');
    if (tenantId !== undefined) mayActFor(c, tenantId);
    if (wantedPage.after !== undefined && !z.uuid().safeParse(wantedPage.after).success) {
      const errors = [{ in: 'query' as const, field: 'after', message: 'must be the `next` of a page' }];
      throw new Problem('invalid-request', { errors });
    }
    const rows = await tokens.list(tenantId, wantedPage);
    const next = rows.length < wantedPage.limit ? null : rows.at(-1)!.id;
    return c.json({ tokens: rows.map(viewToken), next }, 200);
  });

  app.openapi(takeBack, async (c) => {
    // Another tenant's token is not there for who asks.
    const gone = await tokens.takeBack(c.req.valid('param').tokenId, ownTenant(c.get('caller')));
    if (!gone) throw new Problem('not-found');
    return c.body(null, 204);
  });
}

const ownTenant = (caller: Caller) => (caller.installation ? undefined : caller.tenantId);

/** Nobody makes a token that can do more than the one in hand. @throws {Problem} */
function mayGive(caller: Caller, wantedScopes: readonly TokenRow['scopes'][number][], until: Date | null): void {
  if (caller.installation) return;
  const more = wantedScopes.filter((scope) => !caller.scopes.includes(scope));
  if (more.length > 0) throw new Problem('forbidden', { detail: `the token itself lacks ${more.join(', ')}` });
  if (caller.expiresAt !== null && (until === null || until > caller.expiresAt)) {
    throw new Problem('forbidden', { detail: `the token itself ends at ${caller.expiresAt.toISOString()}` });
  }
}

function viewToken({ id: tokenId, tenantId, name, hint, scopes, ...row }: TokenRow): z.infer<typeof tokenView> {
  const { createdAt, expiresAt, lastUsedAt } = row;
  return {
    tokenId,
    tenantId,
    name,
    hint,
    scopes,
    createdAt: createdAt.toISOString(),
    expiresAt: iso(expiresAt),
    lastUsedAt: iso(lastUsedAt),
  };
}
