import { createRoute, type OpenAPIHono } from '@hono/zod-openapi';
import { z } from 'zod';
import type { Drizzle } from '../db/database.ts';
import { sendChange } from '../queues/orders.ts';
import { sendView } from '../send-view.ts';
import { type Amended, cancelSend, changeSend, confirmSend, retrySend } from '../sending/amend.ts';
import { OrderRefused } from '../sending/order.ts';
import { answer, body, problems, userPath } from './api.ts';
import { type HttpEnv, mayActFor, needs } from './authorize.ts';
import { Problem } from './problem.ts';
import { viewSend } from './send-view.ts';

const path = '/v1/accounts/{tenantId}/{userId}/sends/{sendId}';
const params = userPath.extend({ sendId: z.uuid() });
const shared = { security: needs('send'), tags: ['Sending'] };
const responses = { 200: answer('The mail as it is now', sendView), ...problems('not-found', 'too-late') };

const cancel = createRoute({
  ...shared,
  method: 'delete',
  path,
  operationId: 'cancelSend',
  summary: 'Cancel a mail before it leaves',
  request: { params },
  responses,
});

const change = createRoute({
  ...shared,
  method: 'patch',
  path,
  operationId: 'changeSend',
  summary: 'Change a mail before it leaves',
  description:
    'What is not named stays; `sendAt: null` sends it now. Its idempotency key stays that of the first order.',
  request: { params, body: body(sendChange) },
  responses,
});

const retry = createRoute({
  ...shared,
  method: 'post',
  path: `${path}/retry`,
  operationId: 'retrySend',
  summary: 'Send again what failed or is in doubt',
  description: 'The same mail with the same Message-ID. One in doubt may arrive twice by this: a person has to know.',
  request: { params },
  responses,
});

const confirm = createRoute({
  ...shared,
  method: 'post',
  path: `${path}/confirm`,
  operationId: 'confirmSend',
  summary: 'Say that a mail in doubt went out',
  request: { params },
  responses,
});

/** What a person or the CRM does to a mail that was ordered before. */
export function amendRoutes(
  app: OpenAPIHono<HttpEnv>,
  given: { db: Drizzle; wake: () => void; giveUpAfterMs?: number },
): void {
  // Who waits for the mail in another process sees it by looking at the row.
  const parts = { ...given, changed: () => {} };
  app.openapi(cancel, async (c) => {
    mayActFor(c, c.req.valid('param').tenantId);
    return c.json(shown(await cancelSend(parts, c.req.valid('param'))), 200);
  });
  app.openapi(change, async (c) => {
    mayActFor(c, c.req.valid('param').tenantId);
    return c.json(shown(await orRefuse(changeSend(parts, c.req.valid('param'), c.req.valid('json')))), 200);
  });
  app.openapi(retry, async (c) => {
    mayActFor(c, c.req.valid('param').tenantId);
    return c.json(shown(await retrySend(parts, c.req.valid('param'))), 200);
  });
  app.openapi(confirm, async (c) => {
    mayActFor(c, c.req.valid('param').tenantId);
    return c.json(shown(await confirmSend(parts, c.req.valid('param'))), 200);
  });
}

function shown(amended: Amended) {
  if (amended === 'not-found' || amended === 'too-late') throw new Problem(amended);
  return viewSend(amended.send);
}

async function orRefuse<R>(work: Promise<R>): Promise<R> {
  try {
    return await work;
  } catch (error) {
    if (!(error instanceof OrderRefused)) throw error;
    throw new Problem('invalid-request', { detail: error.message, reason: error.reason });
  }
}
