import { createRoute, type OpenAPIHono } from '@hono/zod-openapi';
import { z } from 'zod';
import type { Drizzle } from '../db/database.ts';
import { cursorOf, type Place, placeOf } from '../mailbox/cursor.ts';
import { foldersQuery } from '../mailbox/folders.ts';
import { anyRole, type Filter, folderNamed, listQuery } from '../mailbox/list.ts';
import type { Reading } from '../mailbox/read-as.ts';
import { messageView } from '../mailbox-view.ts';
import { changeIsWhole, changeOf } from '../queues/changes.ts';
import { type Found, findMessages } from '../search/find.ts';
import { isText } from '../words.ts';
import { answer, answerOrder, body, idempotencyHeader, orderAnswers, page, problems, userPath } from './api.ts';
import { type HttpEnv, mayActFor, needs } from './authorize.ts';
import { giveOrder, type OrderQueues } from './give-order.ts';
import { viewMessage } from './message-view.ts';
import { Problem } from './problem.ts';
import { readMailbox } from './read-mailbox.ts';

const tags = ['Messages'];
const path = '/v1/accounts/{tenantId}/{userId}/messages';

const yesOrNo = z.enum(['true', 'false']).transform((value) => value === 'true');
const words = z.string().min(1).max(1_000).refine(isText, 'must not contain NUL or broken characters');
const address = words.max(320).transform((value) => value.trim().toLowerCase());
const moment = z
  .union([z.iso.datetime({ offset: true }), z.iso.date()])
  .transform((value) => new Date(value))
  // The hours of a zone may lead out of the years that have four digits.
  .refine(
    (at) => at.getUTCFullYear() >= 1_000 && at.getUTCFullYear() <= 9_999,
    'must be between the years 1000 and 9999',
  );

const filters = page.extend({
  q: words
    .optional()
    .describe('Words that all have to be there, "phrases", `-word`, `from:` and `to:`; the best ones come first'),
  folder: words.optional().describe('By path, or by role: `inbox`, `sent`, …'),
  from: address.optional().describe('An address, whole'),
  to: address.optional().describe('An address in To or Cc, whole'),
  person: address.optional().describe('An address in From, To, Cc or Reply-To, whole: the mails with a person'),
  hasAttachment: yesOrNo.optional(),
  since: moment.optional().describe('Came at this time or later'),
  until: moment.optional().describe('Came before this time'),
  unread: yesOrNo.optional(),
  threadId: words.optional(),
});

const list = createRoute({
  method: 'get',
  path,
  operationId: 'listMessages',
  security: needs('messages'),
  tags,
  summary: "A mailbox's messages, newest first; with `q` the best first",
  description:
    'Words are found by their stems in the language of the mailbox, without accents, and as parts of compound words (`faktura` in `rykkerfaktura`). A question that finds thousands is answered newest first. Persons and words are known a little later than the message itself.',
  request: { params: userPath, query: filters },
  responses: {
    200: answer('A page of them', z.object({ messages: z.array(messageView), next: z.string().nullable() })),
    ...problems('account-not-found'),
  },
});

const change = createRoute({
  method: 'patch',
  path,
  operationId: 'changeMessages',
  security: needs('messages'),
  tags,
  summary: 'Change flags of messages, move them, or delete them',
  description: 'Adds a `change-messages` job. What has changed at the provider is also told by `message.*` events.',
  request: { params: userPath, headers: idempotencyHeader, body: body(changeIsWhole(z.object(changeOf))) },
  responses: { ...orderAnswers('change-messages'), ...problems('order-failed', 'key-reused') },
});

export type MessageRouteParts = { db: Drizzle; queues: OrderQueues; stopping: AbortSignal };

/** `…/messages`: list, and change. */
export function messageRoutes(app: OpenAPIHono<HttpEnv>, { db, queues, stopping }: MessageRouteParts): void {
  app.openapi(list, async (c) => {
    const who = c.req.valid('param');
    const query = c.req.valid('query');
    mayActFor(c, who.tenantId);
    const after = query.after === undefined ? undefined : mustBePlace(query.after);
    const found = await readMailbox(db, who, (reading) => readPage(reading, query, after));
    const messages = found.rows.map((row) => viewMessage(row, found.folders.get(row.folderId)));
    return c.json({ messages, next: found.next }, 200);
  });

  app.openapi(change, async (c) => {
    const payload = { ...c.req.valid('json'), ...c.req.valid('param') };
    mayActFor(c, payload.tenantId);
    const signal = AbortSignal.any([stopping, c.req.raw.signal]);
    const key = c.req.valid('header')['idempotency-key'];
    return answerOrder(c, await giveOrder({ queues, signal }, 'change-messages', payload, key));
  });
}

async function readPage(reading: Reading, query: z.infer<typeof filters>, after: Place | undefined) {
  const { limit } = query;
  const folders = new Map((await foldersQuery(reading)).map((folder) => [folder.id, folder]));
  const filter = await filterOf(reading, query);
  const rows = filter === null ? [] : await rowsOf(reading, query, { filter, after, limit });
  return { rows, folders, next: rows.length < limit ? null : cursorOf(rows.at(-1)!) };
}

async function rowsOf(
  reading: Reading,
  { q }: z.infer<typeof filters>,
  page: { filter: Filter; after: Place | undefined; limit: number },
): Promise<Found[]> {
  if (q !== undefined) return findMessages(reading, q, reading.locale, page);
  if (page.after?.score !== undefined) mustBePlace('');
  return listQuery(reading, page);
}

/** What the query asks for, or null when it names a folder that is not there. */
async function filterOf(reading: Reading, query: z.infer<typeof filters>): Promise<Filter | null> {
  const { folder, from, to, person, q: _, ...rest } = query;
  const folderId = folder === undefined ? undefined : await folderNamed(reading, folder);
  if (folderId === null) return null;
  const people: Filter['people'] = [];
  if (from !== undefined) people.push({ roles: ['from'], address: from });
  if (to !== undefined) people.push({ roles: ['to', 'cc'], address: to });
  if (person !== undefined) people.push({ roles: anyRole, address: person });
  return { ...rest, folderId, people };
}

function mustBePlace(after: string): Place {
  const place = placeOf(after);
  if (place) return place;
  const errors = [{ in: 'query' as const, field: 'after', message: 'must be the `next` of a page' }];
  throw new Problem('invalid-request', { errors });
}
