import { createRoute, type OpenAPIHono } from '@hono/zod-openapi';
import { and, desc, eq, lt, sql } from 'drizzle-orm';
import { z } from 'zod';
import type { Drizzle } from '../db/database.ts';
import { eventLog, sends } from '../db/tables.ts';
import { sendPayload } from '../queues/orders.ts';
import { sendStory, sendView, shownStatuses } from '../send-view.ts';
import { answer, answerOrder, body, idempotencyHeader, orderAnswers, page, problems, userPath } from './api.ts';
import { type HttpEnv, mayActFor, needs } from './authorize.ts';
import { giveOrder, type OrderQueues } from './give-order.ts';
import { Problem } from './problem.ts';
import { hasStatus, shownColumns, stepsOf, viewSend } from './send-view.ts';

const tags = ['Sending'];
/** More steps than a mail takes in its days. */
const mostSteps = 500;
const path = '/v1/accounts/{tenantId}/{userId}/sends';
const send = createRoute({
  method: 'post',
  path,
  operationId: 'sendMessage',
  security: needs('send'),
  tags,
  summary: 'Send one mail, once',
  description:
    'Adds a `send-message` job. `idempotencyKey` in the body is what makes a repeat the same mail, for 30 days.',
  request: {
    params: userPath,
    headers: idempotencyHeader,
    body: body(sendPayload.omit({ tenantId: true, userId: true })),
  },
  responses: { ...orderAnswers('send-message'), ...problems('order-failed', 'key-reused', 'body-too-large') },
});

const list = createRoute({
  method: 'get',
  path,
  operationId: 'listSends',
  security: needs('send'),
  tags,
  summary: "A user's mails, newest first",
  request: { params: userPath, query: page.extend({ status: z.enum(shownStatuses).optional() }) },
  responses: {
    200: answer('A page of them', z.object({ sends: z.array(sendView), next: z.string().nullable() })),
    ...problems(),
  },
});

const show = createRoute({
  method: 'get',
  path: `${path}/{sendId}`,
  operationId: 'readSend',
  security: needs('send'),
  tags,
  summary: 'What became of a mail, and how',
  request: { params: userPath.extend({ sendId: z.uuid() }) },
  responses: { 200: answer('The mail', sendStory), ...problems('not-found') },
});

/** `lists` may lag. */
export type SendRouteParts = { db: Drizzle; lists: Drizzle; queues: OrderQueues; stopping: AbortSignal };

/** `…/sends`: send a mail and ask what became of it. */
export function sendRoutes(app: OpenAPIHono<HttpEnv>, { db, lists, queues, stopping }: SendRouteParts): void {
  app.openapi(send, async (c) => {
    const payload = { ...c.req.valid('json'), ...c.req.valid('param') };
    mayActFor(c, payload.tenantId);
    const signal = AbortSignal.any([stopping, c.req.raw.signal]);
    const key = c.req.valid('header')['idempotency-key'];
    return answerOrder(c, await giveOrder({ queues, signal }, 'send-message', payload, key));
  });

  app.openapi(list, async (c) => {
    const { tenantId, userId } = c.req.valid('param');
    const { after, limit, status } = c.req.valid('query');
    mayActFor(c, tenantId);
    const before = after === undefined ? undefined : lt(sends.no, placeOf(after));
    const rows = await lists
      .select(shownColumns)
      .from(sends)
      .where(and(eq(sends.tenantId, tenantId), eq(sends.userId, userId), before, status && hasStatus(status)))
      .orderBy(desc(sends.no))
      .limit(limit);
    return c.json({ sends: rows.map(viewSend), next: rows.length < limit ? null : String(rows.at(-1)!.no) }, 200);
  });

  app.openapi(show, async (c) => {
    const { tenantId, userId, sendId } = c.req.valid('param');
    mayActFor(c, tenantId);
    const [row] = await db
      .select(shownColumns)
      .from(sends)
      .where(and(eq(sends.id, sendId), eq(sends.tenantId, tenantId), eq(sends.userId, userId)))
      .limit(1);
    if (!row) throw new Problem('not-found');
    const timeline = await db
      .select({ type: eventLog.type, time: eventLog.time, data: eventLog.data })
      .from(eventLog)
      .where(sql`${eventLog.data}->>'sendId' = ${sendId} and ${eventLog.type} like 'send.%'`)
      .orderBy(eventLog.userSeq)
      .limit(mostSteps);
    return c.json({ ...viewSend(row), timeline: stepsOf(row, timeline) }, 200);
  });
}

function placeOf(after: string): number {
  if (/^\d{1,15}$/.test(after)) return Number(after);
  const errors = [{ in: 'query' as const, field: 'after', message: 'must be the `next` of a page' }];
  throw new Problem('invalid-request', { errors });
}
