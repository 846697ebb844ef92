import { createRoute, type OpenAPIHono } from '@hono/zod-openapi';
import { z } from 'zod';
import type { Drizzle } from '../db/database.ts';
import { tenantSettings } from '../db/tenant-settings.ts';
import type { FetchRange } from '../mailbox/fetch-range.ts';
import { encodedBytes, encodingOf } from '../mailbox/from-server.ts';
import { openMessage } from '../mailbox/message.ts';
import { decodeStream } from '../mailbox/transfer.ts';
import { problems } from './api.ts';
import { askServer, problemOfServer } from './ask-server.ts';
import { attachmentHeaders } from './attachment-headers.ts';
import { type HttpEnv, mayActFor, needs } from './authorize.ts';
import { byteStream } from './byte-stream.ts';
import { keeping, messageParams, messagePath } from './message.ts';
import { Problem } from './problem.ts';
import { readMailbox } from './read-mailbox.ts';

const tags = ['Messages'];
/** What the first bytes are waited for. */
const firstLimitMs = 20_000;
const bytesOf = (type: string) => ({ [type]: { schema: z.string().meta({ format: 'binary' }) } });
const serverProblems = problems('account-not-found', 'not-found', 'message-gone', 'mailbox-away', 'mailbox-silent');

const source = createRoute({
  method: 'get',
  path: `${messagePath}/source`,
  operationId: 'readSource',
  security: needs('messages'),
  tags,
  summary: 'A message as it stands on the mail server, byte for byte',
  request: { params: messageParams },
  responses: { 200: { description: 'Its source', content: bytesOf('message/rfc822') }, ...serverProblems },
});

const attachment = createRoute({
  method: 'get',
  path: `${messagePath}/attachments/{n}`,
  operationId: 'readAttachment',
  security: needs('messages'),
  tags,
  summary: 'An attachment, decoded; always as a file to save',
  request: { params: messageParams.extend({ n: z.coerce.number().int().min(1).max(1_000) }) },
  responses: { 200: { description: 'Its bytes', content: bytesOf('application/octet-stream') }, ...serverProblems },
});

export type MessageBytesParts = { db: Drizzle; fetchRange: FetchRange | undefined; stopping: AbortSignal };

/** `…/source` and `…/attachments/{n}`: streamed, so that memory does not count how large they are. */
export function messageBytesRoutes(app: OpenAPIHono<HttpEnv>, { db, fetchRange, stopping }: MessageBytesParts): void {
  app.openapi(source, async (c) => {
    const { messageId, ...who } = c.req.valid('param');
    mayActFor(c, who.tenantId);
    const opened = await readMailbox(db, who, (reading) =>
      openMessage(reading, { tenantId: who.tenantId, messageId }, () => []),
    );
    if (!opened) throw new Problem('not-found');
    const at = { accountId: opened.message.accountId, messageId, part: null };
    const gone = new AbortController();
    const signal = AbortSignal.any([stopping, c.req.raw.signal, gone.signal]);
    const bytes = encodedBytes(askServer(db, who, fetchRange), at, signal);
    return answerBytes(bytes, gone, { ...attachmentHeaders(`${messageId}.eml`, ''), 'content-type': 'message/rfc822' });
  });

  app.openapi(attachment, async (c) => {
    const { messageId, n, ...who } = c.req.valid('param');
    mayActFor(c, who.tenantId);
    const opened = await readMailbox(db, who, (reading) =>
      openMessage(reading, { tenantId: who.tenantId, messageId }, ({ attachments }) =>
        attachments[n - 1] ? [attachments[n - 1]!.part] : [],
      ),
    );
    const wanted = opened?.message.attachments[n - 1];
    if (!opened || !wanted) throw new Problem('not-found');
    const headers = attachmentHeaders(wanted.name, wanted.contentType);
    const gone = new AbortController();
    const kept = opened.kept.get(wanted.part);
    if (kept) return answerWhole([kept], headers);
    const at = { accountId: opened.message.accountId, messageId, part: wanted.part };
    const signal = AbortSignal.any([stopping, c.req.raw.signal, gone.signal]);
    const ask = askServer(db, who, fetchRange);
    const settings = await tenantSettings(db, who.tenantId);
    const keep = keeping(db, who, opened, settings);
    async function* decoded() {
      const encoding = await encodingOf(ask, at, signal);
      const most = settings.bodyPolicy === 'full' ? settings.bodyMaxBytes : -1;
      yield* copied(decodeStream(encodedBytes(ask, at, signal), encoding), most, (bytes) => keep(wanted!.part, bytes));
    }
    return answerBytes(decoded(), gone, headers);
  });
}

/** Pass chunks on, and hand over a copy of all of them at the end if they are not more than so many bytes. */
async function* copied(chunks: AsyncGenerator<Buffer>, most: number, take: (bytes: Buffer) => Promise<void>) {
  let copy: Buffer[] | null = most < 0 ? null : [];
  let size = 0;
  for await (const chunk of chunks) {
    size += chunk.length;
    if (size > most) copy = null;
    copy?.push(chunk);
    yield chunk;
  }
  if (copy) await take(Buffer.concat(copy));
}

/**
 * Answer with bytes. The first two chunks are waited for: until then a fault is a problem document and not a connection
 * that breaks off, and what is whole by then gets its length.
 */
async function answerBytes(
  bytes: AsyncGenerator<Buffer>,
  gone: AbortController,
  headers: Record<string, string>,
): Promise<Response> {
  const first: Buffer[] = [];
  const late = setTimeout(() => gone.abort(new DOMException('', 'TimeoutError')), firstLimitMs);
  try {
    while (first.length < 2) {
      const { value, done } = await bytes.next();
      if (done) return answerWhole(first, headers);
      first.push(value);
    }
  } catch (error) {
    if (gone.signal.aborted) throw new Problem('mailbox-silent', { headers: { 'retry-after': '10' } });
    throw problemOfServer(error);
  } finally {
    clearTimeout(late);
  }
  return new Response(byteStream(first, bytes, gone), { headers });
}

function answerWhole(chunks: Buffer[], headers: Record<string, string>): Response {
  const whole = Buffer.concat(chunks);
  return new Response(new Uint8Array(whole), { headers: { ...headers, 'content-length': String(whole.length) } });
}
