import { createRoute, type OpenAPIHono } from '@hono/zod-openapi';
import { and, asc, eq, gt, ne } from 'drizzle-orm';
import { z } from 'zod';
import { findAccount } from '../accounts/index.ts';
import { states } from '../db/accounts.ts';
import type { Drizzle } from '../db/database.ts';
import { accounts } from '../db/tables.ts';
import { connectPayload, type QueueName } from '../queues/orders.ts';
import type { SealingKeys } from '../secrets/sealing-keys.ts';
import { id } from '../words.ts';
import { accountView, viewAccount } from './account-view.ts';
import { answer, answerOrder, body, idempotencyHeader, orderAnswers, page, problems, userPath } from './api.ts';
import { type HttpEnv, mayActFor, needs } from './authorize.ts';
import { giveOrder, type OrderQueues } from './give-order.ts';
import { withSealedSecrets } from './plain-secrets.ts';
import { Problem } from './problem.ts';
import { mustReturnTo } from './setup-links.ts';

const tags = ['Accounts'];
const onePath = '/v1/accounts/{tenantId}/{userId}';

const list = createRoute({
  method: 'get',
  path: '/v1/accounts',
  operationId: 'listAccounts',
  security: needs('accounts'),
  tags,
  summary: "A tenant's accounts, by user",
  request: { query: page.extend({ tenantId: id, state: z.enum(states).optional() }) },
  responses: {
    200: answer('A page of them', z.object({ accounts: z.array(accountView), next: z.string().nullable() })),
    ...problems(),
  },
});

const show = createRoute({
  method: 'get',
  path: onePath,
  operationId: 'readAccount',
  security: needs('accounts'),
  tags,
  summary: "A user's account: its state, since when and why",
  request: { params: userPath },
  responses: { 200: answer('The account', accountView), ...problems('account-not-found') },
});

const connect = createRoute({
  method: 'post',
  path: '/v1/accounts',
  operationId: 'connectAccount',
  security: needs('accounts'),
  tags,
  summary: 'Connect a mailbox, or try new settings beside the one that works',
  description:
    'Adds a `connect-account` job. A secret may come sealed, or in clear over HTTPS; then it is sealed before the job is added.',
  request: { headers: idempotencyHeader, body: body(connectPayload) },
  responses: { ...orderAnswers('connect-account'), ...problems('secret-in-clear', 'key-reused', 'order-failed') },
});

const validate = createRoute({
  method: 'post',
  path: `${onePath}/validate`,
  operationId: 'validateCredentials',
  security: needs('accounts'),
  tags,
  summary: 'Try both logins and save nothing',
  request: {
    params: userPath,
    headers: idempotencyHeader,
    body: body(connectPayload.omit({ tenantId: true, userId: true })),
  },
  responses: { ...orderAnswers('validate-credentials'), ...problems('secret-in-clear', 'key-reused', 'order-failed') },
});

const shortOrder = <const Q extends 'pause-account' | 'resume-account' | 'disconnect-account'>(
  queue: Q,
  route: { method: 'post' | 'delete'; path: string; operationId: string; summary: string },
) =>
  createRoute({
    ...route,
    tags,
    security: needs('accounts'),
    request: { params: userPath, headers: idempotencyHeader },
    responses: orderAnswers(queue),
  });

const shortOrders = {
  'pause-account': shortOrder('pause-account', {
    method: 'post',
    path: `${onePath}/pause`,
    operationId: 'pauseAccount',
    summary: 'Let watching and sending rest',
  }),
  'resume-account': shortOrder('resume-account', {
    method: 'post',
    path: `${onePath}/resume`,
    operationId: 'resumeAccount',
    summary: 'Go on; of an account that is not paused: try now',
  }),
  'disconnect-account': shortOrder('disconnect-account', {
    method: 'delete',
    path: onePath,
    operationId: 'disconnectAccount',
    summary: 'Remove the account here; nothing changes at the provider',
  }),
};

export type AccountRouteParts = {
  db: Drizzle;
  /** May lag. */
  lists: Drizzle;
  queues: OrderQueues;
  sealingKeys: SealingKeys;
  publicUrl: string;
  stopping: AbortSignal;
};

/** `/v1/accounts`: connect, look at, pause, resume and disconnect. */
export function accountRoutes(app: OpenAPIHono<HttpEnv>, parts: AccountRouteParts): void {
  app.openapi(list, async (c) => {
    const { tenantId, state, after, limit } = c.req.valid('query');
    mayActFor(c, tenantId);
    const rows = await parts.lists
      .select()
      .from(accounts)
      .where(
        and(
          eq(accounts.tenantId, tenantId),
          ne(accounts.state, 'disconnected'),
          state === undefined ? undefined : eq(accounts.state, state),
          after === undefined ? undefined : gt(accounts.userId, after),
        ),
      )
      .orderBy(asc(accounts.userId))
      .limit(limit);
    return c.json({ accounts: rows.map(viewAccount), next: rows.length < limit ? null : rows.at(-1)!.userId }, 200);
  });

  app.openapi(show, async (c) => {
    const who = c.req.valid('param');
    mayActFor(c, who.tenantId);
    const account = await findAccount(parts.db, who);
    if (!account) throw new Problem('account-not-found', { reason: 'account.not_found' });
    return c.json(viewAccount(account), 200);
  });

  app.openapi(connect, async (c) => {
    const payload = c.req.valid('json');
    mayActFor(c, payload.tenantId);
    await mustReturnTo(parts.db, parts.publicUrl, payload);
    const sealed = await withSealedSecrets(payload, { ...parts, env: c.env, header: (name) => c.req.header(name) });
    const key = c.req.valid('header')['idempotency-key'];
    return answerOrder(c, await giveOrder(waiting(c.req.raw), 'connect-account', sealed, key));
  });

  app.openapi(validate, async (c) => {
    const payload = { ...c.req.valid('json'), ...c.req.valid('param') };
    mayActFor(c, payload.tenantId);
    const sealed = await withSealedSecrets(payload, { ...parts, env: c.env, header: (name) => c.req.header(name) });
    const key = c.req.valid('header')['idempotency-key'];
    return answerOrder(c, await giveOrder(waiting(c.req.raw), 'validate-credentials', sealed, key));
  });

  for (const [queue, route] of Object.entries(shortOrders)) {
    app.openapi(route, async (c) => {
      const who = c.req.valid('param');
      mayActFor(c, who.tenantId);
      const key = c.req.valid('header')['idempotency-key'];
      return answerOrder(c, await giveOrder(waiting(c.req.raw), queue as QueueName, who, key));
    });
  }

  /** The wait for a result ends when its caller has gone, or the process stops; the order goes on. */
  function waiting(request: Request) {
    return { queues: parts.queues, signal: AbortSignal.any([parts.stopping, request.signal]) };
  }
}
