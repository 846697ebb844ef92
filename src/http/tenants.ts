import { createRoute, type OpenAPIHono } from '@hono/zod-openapi';
import { z } from 'zod';
import type { Drizzle } from '../db/database.ts';
import { originOf, saveTenantSettings, tenantDefaults, tenantSettings } from '../db/tenant-settings.ts';
import { bodyPolicies } from '../db/tenants.ts';
import { id, locales } from '../words.ts';
import { answer, body, problems } from './api.ts';
import { type HttpEnv, mayActFor, needs } from './authorize.ts';

const tags = ['Tenants'];
const path = '/v1/tenants/{tenantId}';

/** What URL parsing lets through (`*`, `;`, `'`) would mean something in the policy that names who may frame a page. */
const originForm = /^https?:\/\/([a-z0-9_-]+(\.[a-z0-9_-]+)*|\[[0-9a-f:.]+\])(:\d{1,5})?$/;

/** Exactly `scheme://host[:port]`, as browsers write it; without TLS only on this machine. */
const origin = z
  .string()
  .max(300)
  .refine(
    (text) => originForm.test(text) && originOf(text) === text,
    'must be scheme://host[:port], in lower case and with nothing after it',
  )
  .refine(isPrivate, 'must be https, except on a loopback address');
const origins = z.array(origin).max(50);

const folderName = z.string().min(1).max(500);
const folderNames = z.array(folderName).max(100);

/** A tenant's settings; in a PUT what is left out goes back to its default. */
export const tenantSettingsSchema = z.object({
  name: z
    .string()
    .trim()
    .max(100)
    .regex(/^[^\p{C}]*$/u, 'must not have control characters')
    .default(tenantDefaults.name)
    .describe('What users call the CRM, in the dialogs and where they sign in. Default: the id of the tenant'),
  folders: z
    .object({
      watch: folderNames
        .default(tenantDefaults.folders.watch)
        .describe('Watched. A role (`inbox`, `sent`, …) or a path'),
      others: z.enum(['all', 'subscribed', 'none']).default('all').describe('Which others are kept, by interval'),
      never: folderNames.default(tenantDefaults.folders.never).describe('Never looked into'),
    })
    .default(tenantDefaults.folders),
  bodyPolicy: z
    .enum(bodyPolicies)
    .default(tenantDefaults.bodyPolicy)
    .describe("What of a message's body is kept: nothing, its text for search, or everything"),
  bodyMaxBytes: z
    .int()
    .min(0)
    .max(50 * 2 ** 20)
    .default(tenantDefaults.bodyMaxBytes)
    .describe('What is larger is not kept, and comes from the mail server when it is asked for'),
  bodyDays: z.int().min(1).max(3_650).default(tenantDefaults.bodyDays).describe('Days that bodies are kept'),
  returnOrigins: origins.default([]).describe('Where browsers may be sent back to after a dialog'),
  frameOrigins: origins.default([]).describe('Which sites may show the dialogs in a frame'),
  locale: z.enum(locales).default(tenantDefaults.locale).describe('Of dialogs whose link names none'),
});

const show = createRoute({
  method: 'get',
  path,
  operationId: 'readTenant',
  tags,
  summary: 'What a tenant decided for itself',
  description: 'A tenant that decided nothing has the defaults.',
  security: needs('ops'),
  request: { params: z.object({ tenantId: id }) },
  responses: { 200: answer('The settings', tenantSettingsSchema), ...problems() },
});

const replace = createRoute({
  method: 'put',
  path,
  operationId: 'replaceTenant',
  tags,
  summary: "Replace a tenant's settings",
  description: 'What is left out goes back to its default. Other processes know of it after five seconds.',
  security: needs('ops'),
  request: { params: z.object({ tenantId: id }), body: body(tenantSettingsSchema) },
  responses: { 200: answer('The settings as they are now', tenantSettingsSchema), ...problems() },
});

/** `/v1/tenants/{tenantId}`. */
export function tenantRoutes(app: OpenAPIHono<HttpEnv>, { db }: { db: Drizzle }): void {
  app.openapi(show, async (c) => {
    const { tenantId } = c.req.valid('param');
    mayActFor(c, tenantId);
    return c.json(await tenantSettings(db, tenantId), 200);
  });

  app.openapi(replace, async (c) => {
    const { tenantId } = c.req.valid('param');
    mayActFor(c, tenantId);
    const settings = c.req.valid('json');
    await saveTenantSettings(db, tenantId, settings);
    return c.json(settings, 200);
  });
}

/** Whether nobody between can read what goes there. Judged only of what is an origin at all. */
function isPrivate(text: string): boolean {
  if (!URL.canParse(text)) return true;
  const { protocol, hostname } = new URL(text);
  return protocol === 'https:' || /^(localhost|\[::1\]|127(\.\d{1,3}){3})$/.test(hostname);
}
