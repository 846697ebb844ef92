import { createRoute, type OpenAPIHono } from '@hono/zod-openapi';
import { and, desc, eq } from 'drizzle-orm';
import { z } from 'zod';
import type { Drizzle } from '../db/database.ts';
import { orders } from '../db/tables.ts';
import type { Scope } from '../db/tokens.ts';
import { type QueueName, queueNames } from '../queues/orders.ts';
import type { Queues } from '../queues/queues.ts';
import { answer, orderState, problems } from './api.ts';
import { type HttpEnv, mustHave, needs } from './authorize.ts';
import { publicReason } from './give-order.ts';
import { Problem } from './problem.ts';

const show = createRoute({
  method: 'get',
  path: '/v1/orders/{queue}/{id}',
  operationId: 'readOrder',
  security: needs('accounts', 'messages', 'send'),
  tags: ['Orders'],
  summary: 'How far an order is, and its result',
  description: 'Also for orders that were added to a queue directly: `id` is the id of the job.',
  request: { params: z.object({ queue: z.enum(queueNames), id: z.string().min(1).max(200) }) },
  responses: { 200: answer('The order', orderState), ...problems('not-found') },
});

export type OrderRouteParts = { db: Drizzle; queues: Pick<Queues, 'get'> };

/** `/v1/orders`: what became of an order. */
export function orderRoutes(app: OpenAPIHono<HttpEnv>, parts: OrderRouteParts): void {
  app.openapi(show, async (c) => {
    const { queue, id } = c.req.valid('param');
    mustHave(c, scopeOf(queue));
    const caller = c.get('caller');
    const whose = caller.installation ? undefined : caller.tenantId;
    // Ids of jobs begin again at 1 in a Redis that lost its data: another tenant's order may have the same one.
    const own = (found: Found | undefined) =>
      found && (whose === undefined || found.tenantId === whose) ? found : undefined;
    const found = own(await inQueue(parts, queue, id)) ?? (await accepted(parts, { queue, id, whose }));
    // Whether another tenant has such an order is nobody's business.
    if (!found) throw new Problem('not-found');
    return c.json({ queue, id, ...found.order }, 200);
  });
}

/** The scope that may give an order is the one that may ask about it. */
const scopeOf = (queue: QueueName): Scope => (queue === 'send-message' ? 'send' : 'accounts');

type Found = { tenantId: string; order: Omit<z.infer<typeof orderState>, 'queue' | 'id'> };

async function inQueue({ queues }: OrderRouteParts, queue: QueueName, id: string): Promise<Found | undefined> {
  const job = await queues
    .get(queue)
    .getJob(id)
    .catch((error: Error) => {
      if (!error.message.startsWith('WRONGTYPE')) throw error;
    });
  // BullMQ keeps more than jobs under a queue's names, `meta` for one.
  if (job?.name !== queue) return undefined;
  const tenantId = String(job.data?.tenantId ?? '');
  const state = await job.getState();
  if (state === 'completed') return { tenantId, order: { state: 'ended', result: job.returnvalue } };
  if (state === 'failed') return { tenantId, order: { state: 'failed', error: publicReason(job.failedReason) } };
  return { tenantId, order: { state: state === 'active' ? 'active' : 'waiting' } };
}

/** Redis may have forgotten a job whose order Postgres has. */
async function accepted(
  { db }: OrderRouteParts,
  { queue, id, whose }: { queue: QueueName; id: string; whose: string | undefined },
): Promise<Found | undefined> {
  const [order] = await db
    .select({ tenantId: orders.tenantId, result: orders.result })
    .from(orders)
    .where(
      and(eq(orders.queue, queue), eq(orders.jobId, id), whose === undefined ? undefined : eq(orders.tenantId, whose)),
    )
    .orderBy(desc(orders.jobAt))
    .limit(1);
  if (!order) return undefined;
  const { tenantId, result } = order;
  return { tenantId, order: result ? { state: 'ended', result } : { state: 'waiting' } };
}
