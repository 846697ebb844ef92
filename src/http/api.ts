/** What the routes of the API share: parameters, answers, and how an order is answered. */
import type { Context } from 'hono';
import { z } from 'zod';
import { orders, type QueueName } from '../queues/orders.ts';
import { id } from '../words.ts';
import type { Given } from './give-order.ts';
import { type ProblemKind, problemDocument, problemKinds } from './problem.ts';

export const userPath = z.object({ tenantId: id, userId: id });

/** A list goes on after the last thing of the page before; numbers come as text in a query. */
export const page = z.object({
  after: z.string().max(200).optional().describe('`next` of the page before'),
  limit: z.coerce.number().int().min(1).max(500).default(100),
});

/** `Idempotency-Key`, and what it does at a route. */
export const keyHeader = (does: string) =>
  z.object({ 'idempotency-key': z.string().min(1).max(200).optional().describe(does) });

export const idempotencyHeader = keyHeader(
  'The same key gives the same order and its result again, for 24 hours after it has ended',
);

/** An order that has not ended yet, or how it ended. */
export const orderState = z.object({
  queue: z.string(),
  id: z.string(),
  state: z.enum(['waiting', 'active', 'ended', 'failed']),
  result: z.record(z.string(), z.unknown()).optional().describe('What the job returned; once it has ended'),
  error: z.string().optional().describe('Once it has failed'),
});

const json = <S extends z.ZodType>(schema: S) => ({ 'application/json': { schema } });

/** A JSON answer of a route. */
export const answer = <S extends z.ZodType>(description: string, schema: S) => ({ description, content: json(schema) });

/** A JSON body of a route. */
export const body = <S extends z.ZodType>(schema: S) => ({ required: true, content: json(schema) }) as const;

/** The problems that a route answers with, beside those that every route can have. */
export function problems<K extends ProblemKind>(...kinds: K[]) {
  const all = [...new Set<ProblemKind>(['invalid-request', 'unauthorized', 'forbidden', 'unavailable', ...kinds])];
  const byStatus = Map.groupBy(all, (kind) => problemKinds[kind].status);
  return Object.fromEntries(
    [...byStatus].map(([status, some]) => [
      status,
      {
        description: some.map((kind) => `\`${kind}\`: ${problemKinds[kind].title}.`).join(' '),
        content: { 'application/problem+json': { schema: problemDocument } },
      },
    ]),
  );
}

/** The answers of a route that gives an order. */
export const orderAnswers = <Q extends QueueName>(queue: Q) => ({
  200: answer('The order has ended; its result', orders[queue].result as (typeof orders)[Q]['result']),
  202: {
    ...answer('The order goes on; `Location` says where to ask', orderState),
    headers: z.object({ location: z.string() }),
  },
  ...problems('order-failed'),
});

/** Where to ask about an order. */
export const orderUrl = (queue: string, orderId: string) =>
  `/v1/orders/${encodeURIComponent(queue)}/${encodeURIComponent(orderId)}`;

/** 200 with the result, or 202 and where to ask. */
export function answerOrder<Q extends QueueName>(c: Context, given: Given<Q>) {
  if (given.ended) return c.json(given.result as object, 200);
  c.header('location', orderUrl(given.queue, given.id));
  return c.json({ queue: given.queue as string, id: given.id, state: 'waiting' as const }, 202);
}
