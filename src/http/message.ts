import { createRoute, type OpenAPIHono } from '@hono/zod-openapi';
import { z } from 'zod';
import type { Who } from '../accounts/user-lock.ts';
import type { Drizzle } from '../db/database.ts';
import { type TenantSettings, tenantSettings } from '../db/tenant-settings.ts';
import { type Body, bodyParts, readBody } from '../mailbox/body.ts';
import type { FetchRange } from '../mailbox/fetch-range.ts';
import type { Cleaned } from '../mailbox/html/clean.ts';
import { NotCleaned, type Sanitizer } from '../mailbox/html/sanitizer.ts';
import { keepPart } from '../mailbox/keep.ts';
import { type Opened, openMessage } from '../mailbox/message.ts';
import { wholeMessage } from '../mailbox-view.ts';
import { answer, problems, userPath } from './api.ts';
import { askServer } from './ask-server.ts';
import { type HttpEnv, mayActFor, needs } from './authorize.ts';
import { inlineImages } from './inline-images.ts';
import { messagePage, pagePolicy } from './message-page.ts';
import { viewMessage } from './message-view.ts';
import { Problem } from './problem.ts';
import { readMailbox } from './read-mailbox.ts';

const tags = ['Messages'];
export const messagePath = '/v1/accounts/{tenantId}/{userId}/messages/{messageId}';
export const messageParams = userPath.extend({ messageId: z.uuid().toLowerCase() });
/** A body is waited for this long; then it is answered without what has not come. */
const bodyLimitMs = 12_000;

const images = z.object({
  images: z
    .enum(['none', 'remote'])
    .default('none')
    .describe('`remote`: images on other servers are loaded, and tell them'),
});

const show = createRoute({
  method: 'get',
  path: messagePath,
  operationId: 'readMessage',
  security: needs('messages'),
  tags,
  summary: 'A message with its body',
  description:
    'What is not kept here is fetched from the mail server. Without a connection the message comes without that, and `missing` says so. Images that came with it are addresses of its attachments, relative to this API.',
  request: { params: messageParams, query: images },
  responses: { 200: answer('The message', wholeMessage), ...problems('account-not-found', 'not-found') },
});

const page = createRoute({
  method: 'get',
  path: `${messagePath}/html`,
  operationId: 'showMessage',
  security: needs('messages'),
  tags,
  summary: 'A message as a page that can do nothing, for a frame',
  request: { params: messageParams, query: images },
  responses: {
    200: { description: 'The page', content: { 'text/html': { schema: z.string() } } },
    ...problems('account-not-found', 'not-found', 'mailbox-away'),
  },
});

export type ReadMessageParts = {
  db: Drizzle;
  /** Asks whoever holds a mailbox's connection; without it, only what is kept here is shown. */
  fetchRange: FetchRange | undefined;
  sanitizer: Sanitizer;
  stopping: AbortSignal;
};

/** `…/messages/{messageId}`, as JSON and as a page. */
export function readMessageRoutes(app: OpenAPIHono<HttpEnv>, parts: ReadMessageParts): void {
  app.openapi(show, async (c) => {
    const { messageId, ...who } = c.req.valid('param');
    mayActFor(c, who.tenantId);
    const signal = AbortSignal.any([parts.stopping, c.req.raw.signal, AbortSignal.timeout(bodyLimitMs)]);
    const read = await readMessage(parts, who, messageId, signal);
    const { message, folder } = read.opened;
    const at = `/v1/accounts/${encodeURIComponent(who.tenantId)}/${encodeURIComponent(who.userId)}/messages/${message.id}`;
    const cids = Object.fromEntries(
      message.attachments.flatMap(({ cid }, n) => (cid === undefined ? [] : [[cid, `${at}/attachments/${n + 1}`]])),
    );
    const { text, missing } = read.body;
    const cleaned = await clean(parts, read.body, { remoteImages: c.req.valid('query').images === 'remote', cids });
    const { html, remoteImages } = cleaned ?? { html: null, remoteImages: 0 };
    return c.json({ ...viewMessage(message, folder), body: { text, html, remoteImages, missing } }, 200);
  });

  app.openapi(page, async (c) => {
    const { messageId, ...who } = c.req.valid('param');
    mayActFor(c, who.tenantId);
    const signal = AbortSignal.any([parts.stopping, c.req.raw.signal, AbortSignal.timeout(bodyLimitMs)]);
    const { opened, body, source, settings } = await readMessage(parts, who, messageId, signal);
    const remoteImages = c.req.valid('query').images === 'remote';
    const cids = body.html === null ? {} : await inlineImages(body.html, opened, source);
    const cleaned = await clean(parts, body, { remoteImages, cids });
    if (cleaned === null && body.text === null && body.missing.length > 0) {
      throw new Problem('mailbox-away', { detail: body.missing[0]!.why, headers: { 'retry-after': '10' } });
    }
    c.header('content-security-policy', pagePolicy({ remoteImages, frameOrigins: settings.frameOrigins }));
    return c.html(messagePage({ subject: opened.message.subject, html: cleaned?.html ?? null, text: body.text }), 200);
  });
}

async function readMessage({ db, fetchRange }: ReadMessageParts, who: Who, messageId: string, signal: AbortSignal) {
  const opened = await readMailbox(db, who, (reading) =>
    openMessage(reading, { tenantId: who.tenantId, messageId }, ({ textParts, attachments }) => [
      ...bodyParts(textParts),
      ...attachments.filter(({ cid }) => cid !== undefined).map(({ part }) => part),
    ]),
  );
  if (!opened) throw new Problem('not-found');
  const { accountId } = opened.message;
  const settings = await tenantSettings(db, who.tenantId);
  const source = {
    at: { accountId, messageId },
    kept: opened.kept,
    fetchRange: askServer(db, who, fetchRange),
    keep: keeping(db, who, opened, settings),
    signal,
  };
  return { opened, source, settings, body: await readBody(opened.message.textParts, source) };
}

/** Keeps what the tenant's policy lets be kept. */
export function keeping(db: Drizzle, { tenantId }: Who, { message }: Opened, settings: TenantSettings) {
  return async (part: string, bytes: Buffer): Promise<void> => {
    if (settings.bodyPolicy !== 'full' || bytes.length > settings.bodyMaxBytes) return;
    await keepPart(db, { tenantId, accountId: message.accountId, messageId: message.id, part }, bytes);
  };
}

/** The HTML of a body as it may be shown; null where there is none, or where it could not be made safe. */
async function clean(
  { sanitizer }: ReadMessageParts,
  body: Body,
  options: Parameters<Sanitizer['clean']>[1],
): Promise<Cleaned | null> {
  if (body.html === null) return null;
  try {
    return await sanitizer.clean(body.html, options);
  } catch (error) {
    if (!(error instanceof NotCleaned)) throw error;
    body.missing.push({ part: 'html', why: `it could not be made safe: ${error.message}` });
    return null;
  }
}
