import { createRoute, type OpenAPIHono } from '@hono/zod-openapi';
import { and, desc, eq, getTableColumns, lt } from 'drizzle-orm';
import { z } from 'zod';
import type { Drizzle } from '../db/database.ts';
import { copyStates, type Send, sends } from '../db/sends.ts';
import { sendPayload, sendStatuses } from '../queues/orders.ts';
import { refusal } from '../words.ts';
import { iso } from './account-view.ts';
import { answer, answerOrder, body, idempotencyHeader, orderAnswers, page, problems, userPath } from './api.ts';
import { type HttpEnv, mayActFor, needs } from './authorize.ts';
import { giveOrder, type OrderQueues } from './give-order.ts';
import { Problem } from './problem.ts';

const tags = ['Sending'];
const path = '/v1/accounts/{tenantId}/{userId}/sends';
const time = z.iso.datetime();

/** A mail in the ledger; never its content. */
const sendView = z.object({
  sendId: z.uuid(),
  idempotencyKey: z.string(),
  messageIdHeader: z.string(),
  status: z.enum([...sendStatuses, 'sending', 'cancelled']),
  attempt: z.int(),
  refusal: refusal.nullable().describe('Of the last try'),
  response: z.string().nullable().describe('What the server answered when it took the mail'),
  rejectedRecipients: z.array(z.object({ address: z.string(), response: z.string() })),
  copy: z.enum(copyStates).describe('The copy in the folder of sent mails'),
  sendAt: time.nullable(),
  nextTryAt: time.nullable(),
  createdAt: time,
  endedAt: time.nullable(),
});

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
  request: { params: userPath, query: page },
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
  summary: 'What became of a mail',
  request: { params: userPath.extend({ sendId: z.uuid() }) },
  responses: { 200: answer('The mail', sendView), ...problems('not-found') },
});

/** A mail's content can be a megabyte, and is nobody's business here. */
const { content: _, ...columns } = getTableColumns(sends);
type SendRow = Omit<Send, 'content'>;

export type SendRouteParts = { db: Drizzle; queues: OrderQueues; stopping: AbortSignal };

/** `…/sends`: send a mail and ask what became of it. */
export function sendRoutes(app: OpenAPIHono<HttpEnv>, { db, queues, stopping }: SendRouteParts): void {
  app.openapi(send, async (c) => {
    const payload = { ...c.req.valid('json'), ...c.req.valid('param') };
    mayActFor(c, payload.tenantId);
    const signal = AbortSignal.any([stopping, c.req.raw.signal]);
    const key = c.req.valid('header')['idempotency-key'];
    return answerOrder(c, await giveOrder({ queues, signal }, 'send-message', payload, key));
  });

  app.openapi(list, async (c) => {
    const { tenantId, userId } = c.req.valid('param');
    const { after, limit } = c.req.valid('query');
    mayActFor(c, tenantId);
    const before = after === undefined ? undefined : lt(sends.no, placeOf(after));
    const rows = await db
      .select(columns)
      .from(sends)
      .where(and(eq(sends.tenantId, tenantId), eq(sends.userId, userId), before))
      .orderBy(desc(sends.no))
      .limit(limit);
    return c.json({ sends: rows.map(viewSend), next: rows.length < limit ? null : String(rows.at(-1)!.no) }, 200);
  });

  app.openapi(show, async (c) => {
    const { tenantId, userId, sendId } = c.req.valid('param');
    mayActFor(c, tenantId);
    const [row] = await db
      .select(columns)
      .from(sends)
      .where(and(eq(sends.id, sendId), eq(sends.tenantId, tenantId), eq(sends.userId, userId)))
      .limit(1);
    if (!row) throw new Problem('not-found');
    return c.json(viewSend(row), 200);
  });
}

function placeOf(after: string): number {
  if (/^\d{1,15}$/.test(after)) return Number(after);
  const errors = [{ in: 'query' as const, field: 'after', message: 'must be the `next` of a page' }];
  throw new Problem('invalid-request', { errors });
}

function viewSend(row: SendRow): z.infer<typeof sendView> {
  const { id, idempotencyKey, messageIdHeader, attempt, refusal, response, rejected, copy } = row;
  return {
    sendId: id,
    idempotencyKey,
    messageIdHeader,
    status: statusOf(row),
    attempt,
    refusal,
    response,
    rejectedRecipients: rejected,
    copy,
    sendAt: iso(row.sendAt),
    nextTryAt: row.state === 'queued' ? iso(row.nextTryAt) : null,
    createdAt: row.createdAt.toISOString(),
    endedAt: iso(row.endedAt),
  };
}

/** The public word for where a mail is. */
function statusOf({ state, sendAt, refusal, nextTryAt }: SendRow): z.infer<typeof sendView>['status'] {
  if (state === 'accepted') return 'sent';
  if (state === 'connecting' || state === 'data-sent') return 'sending';
  if (state !== 'queued') return state;
  if (sendAt !== null && sendAt.getTime() > Date.now()) return 'scheduled';
  return refusal !== null && nextTryAt.getTime() > Date.now() ? 'deferred' : 'queued';
}
