import { createRoute, type OpenAPIHono } from '@hono/zod-openapi';
import { z } from 'zod';
import type { Drizzle } from '../db/database.ts';
import { uploadView } from '../send-view.ts';
import { storeUpload, UploadTooLarge } from '../sending/uploads.ts';
import { id, text } from '../words.ts';
import { answer, problems } from './api.ts';
import { type HttpEnv, mayActFor, needs } from './authorize.ts';
import { Problem } from './problem.ts';

export const uploadPath = '/v1/uploads';

const upload = createRoute({
  method: 'post',
  path: uploadPath,
  operationId: 'upload',
  security: needs('send'),
  tags: ['Sending'],
  summary: 'Upload a file to attach',
  description:
    'The body is the file as it is, `Content-Type` its type. Name the `uploadId` in the `attachments` of a mail within a day. A repeat does no harm: the same bytes are kept once, under another `uploadId`, and what no mail names goes after that day. A mail that is ordered again has to name the same `uploadId`, else it is another mail.',
  request: {
    query: z.object({ tenantId: id, filename: text.min(1).max(255) }),
    body: { required: true, content: { '*/*': { schema: z.string().meta({ format: 'binary' }) } } },
  },
  responses: { 201: answer('It waits to be attached', uploadView), ...problems('body-too-large') },
});

/** `POST /v1/uploads`: a file comes in and waits to be attached. */
export function uploadRoutes(app: OpenAPIHono<HttpEnv>, { db, mostBytes }: { db: Drizzle; mostBytes: number }): void {
  app.openapi(upload, async (c) => {
    const { tenantId, filename } = c.req.valid('query');
    mayActFor(c, tenantId);
    const tooLarge = () =>
      // The rest of the body is not read, so no other request can follow on this connection.
      new Problem('body-too-large', { detail: `at most ${mostBytes} bytes`, headers: { connection: 'close' } });
    if (Number(c.req.header('content-length') ?? 0) > mostBytes) throw tooLarge();
    const contentType = (c.req.header('content-type') ?? 'application/octet-stream').slice(0, 255);
    const pieces = (c.req.raw.body ?? []) as AsyncIterable<Uint8Array>;
    try {
      const stored = await storeUpload(db, { tenantId, filename, contentType }, pieces, mostBytes);
      const { id: uploadId, size, expiresAt } = stored;
      return c.json({ uploadId, filename, contentType, size, expiresAt: expiresAt.toISOString() }, 201);
    } catch (error) {
      if (error instanceof UploadTooLarge) throw tooLarge();
      throw error;
    }
  });
}
