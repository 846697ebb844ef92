import { createRoute, type OpenAPIHono } from '@hono/zod-openapi';
import { z } from 'zod';
import type { Drizzle } from '../db/database.ts';
import { folderModes } from '../db/folders.ts';
import { listFolders } from '../mailbox/folders.ts';
import { iso } from './account-view.ts';
import { answer, problems, userPath } from './api.ts';
import { type HttpEnv, mayActFor, needs } from './authorize.ts';
import { readMailbox } from './read-mailbox.ts';

const folderView = z.object({
  path: z.string().describe("The server's own name for it, decoded"),
  name: z.string().describe('The last part of the path'),
  role: z.string().nullable().describe('`inbox`, `sent`, `drafts`, `trash`, `junk`, `archive`, …'),
  selectable: z.boolean().describe('false: it only holds other folders'),
  subscribed: z.boolean(),
  mode: z
    .enum(folderModes)
    .describe('`watched`: news within a minute; `kept`: looked at by interval; `off`: only its name is known'),
  total: z.int().describe('Messages on the server when it was last compared'),
  unread: z.int().describe('Unread messages that are known here'),
  sync: z
    .object({
      done: z.int(),
      total: z.int(),
      complete: z.boolean().describe('All of its history that is wanted is here'),
    })
    .describe('How far its history has been read'),
  checkedAt: z.iso.datetime().nullable().describe('When it was last compared with the server'),
});

const list = createRoute({
  method: 'get',
  path: '/v1/accounts/{tenantId}/{userId}/folders',
  operationId: 'listFolders',
  security: needs('messages'),
  tags: ['Messages'],
  summary: "A mailbox's folders, how many messages they hold, and how far they are known",
  request: { params: userPath },
  responses: {
    200: answer('All folders by path', z.object({ folders: z.array(folderView) })),
    ...problems('account-not-found'),
  },
});

/** `…/folders`. */
export function folderRoutes(app: OpenAPIHono<HttpEnv>, { db }: { db: Drizzle }): void {
  app.openapi(list, async (c) => {
    const who = c.req.valid('param');
    mayActFor(c, who.tenantId);
    const rows = await readMailbox(db, who, listFolders);
    const folders = rows.map((folder): z.infer<typeof folderView> => {
      const { path, delimiter, role, selectable, subscribed, mode, messageCount, unread } = folder;
      return {
        path,
        name: delimiter === '' ? path : path.slice(path.lastIndexOf(delimiter) + 1),
        role,
        selectable,
        subscribed,
        mode,
        total: messageCount,
        unread,
        sync: { done: folder.historyDone, total: folder.historyTotal, complete: folder.historyUid === 0 },
        checkedAt: iso(folder.checkedAt),
      };
    });
    return c.json({ folders }, 200);
  });
}
