import { createRoute, type OpenAPIHono } from '@hono/zod-openapi';
import { z } from 'zod';
import type { Drizzle } from '../db/database.ts';
import { makeSetupLink } from '../db/setup-link-store.ts';
import { setupPurposes } from '../db/setup-links.ts';
import { mayReturnTo, tenantSettings } from '../db/tenant-settings.ts';
import { connectPayload } from '../queues/orders.ts';
import { locales } from '../words.ts';
import { answer, body, problems } from './api.ts';
import { type HttpEnv, mayActFor, needs } from './authorize.ts';
import { type MakingParts, makeKeyed, makingHeader } from './make-once.ts';
import { Problem } from './problem.ts';

const { tenantId, userId, email, primaryEmail, returnUrl } = connectPayload.shape;

/** What a dialog has to know; what is left out the dialog asks for, or the tenant has decided. */
const wanted = z.object({
  tenantId,
  userId,
  email: email.optional(),
  primaryEmail,
  mailClient: z.enum(['crm', 'webtools', 'other']).default('crm'),
  locale: z.enum(locales).optional().catch(undefined).describe("Default: the tenant's"),
  returnUrl: returnUrl.describe('Its origin has to be one that the tenant returns to'),
  purpose: z
    .enum(setupPurposes)
    .default('any')
    .describe(
      '`connect`: a mailbox, and no more; `manage`: look at the connected one, edit or remove it; `any`: what there is to do',
    ),
});

const create = createRoute({
  method: 'post',
  path: '/v1/setup-links',
  operationId: 'createSetupLink',
  tags: ['Accounts'],
  summary: 'A link to the dialog in which a user connects or manages the mailbox',
  description:
    'Valid until the mailbox is connected, or 15 minutes after its first use; unused for seven days. To look at the link is not to use it. Each call makes another link (unless it repeats one with the same `Idempotency-Key`), and none makes an older one invalid.',
  security: needs('accounts'),
  request: { headers: makingHeader, body: body(wanted) },
  responses: {
    201: answer(
      'The link. Whoever has it may act for that user',
      z.object({ url: z.url(), expiresAt: z.iso.datetime() }),
    ),
    ...problems('key-reused'),
  },
});

export type SetupLinkRouteParts = MakingParts & { publicUrl: string };

/** `POST /v1/setup-links`. What the link opens is in `src/http/setup/`. */
export function setupLinkRoutes(app: OpenAPIHono<HttpEnv>, { publicUrl, ...making }: SetupLinkRouteParts): void {
  app.openapi(create, async (c) => {
    const { db } = making;
    const content = c.req.valid('json');
    const { locale, ...facts } = content;
    mayActFor(c, facts.tenantId);
    await mustReturnTo(db, publicUrl, facts);
    const settled = { ...facts, locale: locale ?? (await tenantSettings(db, facts.tenantId)).locale };
    const key = c.req.valid('header')['idempotency-key'];
    const asked = { operation: 'createSetupLink', caller: c.get('caller'), key, content };
    const { answer, secret } = await makeKeyed(making, asked, async (db, token) => {
      const { expiresAt } = await makeSetupLink(db, token, settled);
      return { expiresAt: expiresAt.toISOString() };
    });
    return c.json({ url: `${publicUrl}/setup/${secret}`, ...answer }, 201);
  });
}

/** A `returnUrl` in the body of a request has to be one that the tenant returns to. @throws {Problem} */
export async function mustReturnTo(
  db: Drizzle,
  publicUrl: string,
  { tenantId, returnUrl }: { tenantId: string; returnUrl?: string | undefined },
): Promise<void> {
  if (returnUrl === undefined || (await mayReturnTo(db, publicUrl, tenantId, returnUrl))) return;
  const message = "its origin is not one of the tenant's returnOrigins";
  throw new Problem('invalid-request', { errors: [{ in: 'body', field: 'returnUrl', message }] });
}
