import { createRoute, type OpenAPIHono } from '@hono/zod-openapi';
import { z } from 'zod';
import type { Drizzle } from '../db/database.ts';
import { listFolders } from '../mailbox/folders.ts';
import { type FolderView, folderView } from '../mailbox-view.ts';
import { iso } from './account-view.ts';
import { answer, problems, userPath } from './api.ts';
import { type HttpEnv, mayActFor, needs } from './authorize.ts';
import { readMailbox } from './read-mailbox.ts';

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
    const folders = rows.flatMap((folder): FolderView[] => {
      // It is remembered for as long as messages from it may be found elsewhere.
      if (folder.mode === 'gone') return [];
      const { path, delimiter, role, selectable, subscribed, mode, messageCount, unread } = folder;
      const view = {
        path,
        name: delimiter === '' ? path : path.slice(path.lastIndexOf(delimiter) + 1),
        role,
        selectable,
        subscribed,
        total: messageCount,
        unread,
        sync: { done: folder.historyDone, total: folder.historyTotal, complete: folder.historyUid === 0 },
        checkedAt: iso(folder.checkedAt),
      };
      return [{ ...view, mode }];
    });
    return c.json({ folders }, 200);
  });
}
