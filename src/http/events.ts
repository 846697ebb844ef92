import { createRoute, type OpenAPIHono } from '@hono/zod-openapi';
import { z } from 'zod';
import type { Drizzle } from '../db/database.ts';
import { envelope } from '../events.ts';
import type { Log } from '../log.ts';
import { toEnvelope } from '../relay/envelope.ts';
import { id } from '../words.ts';
import { answer, problems } from './api.ts';
import { type HttpEnv, mayActFor, needs } from './authorize.ts';
import { placeOf, readEvents } from './event-log.ts';
import { eventStream } from './event-stream.ts';
import type { EventWake } from './event-wake.ts';
import { Problem } from './problem.ts';

/** Streams that one process keeps open; each costs a query every two seconds. */
const maxStreams = 1_000;
/** A stream ends so long after its token was taken back or has expired. */
const lookAtTokenEveryMs = 10_000;

const route = createRoute({
  method: 'get',
  path: '/v1/events',
  operationId: 'readEvents',
  security: needs('events'),
  tags: ['Events'],
  summary: "A tenant's events after a cursor, once or as a stream",
  description:
    'With `Accept: text/event-stream` the events follow live; `id:` is the cursor, and `Last-Event-ID` goes before `after`. Without a cursor it begins with the oldest event that is kept.',
  request: {
    query: z.object({
      tenantId: id,
      after: z.string().max(64).optional().describe('The `cursor` of the last event that you have'),
      limit: z.coerce.number().int().min(1).max(1_000).default(100).describe('Not for streams'),
    }),
    headers: z.object({ accept: z.string().optional(), 'last-event-id': z.string().max(64).optional() }),
  },
  responses: {
    200: {
      description: 'Events in the order of the log. `next` is the cursor to go on from, also when there were none.',
      content: {
        ...answer('', z.object({ events: z.array(envelope), next: z.string().nullable() })).content,
        'text/event-stream': { schema: z.string() },
      },
    },
    ...problems('cursor-gone'),
  },
});

export type EventRouteParts = { db: Drizzle; wake: EventWake; publicUrl: string; stopping: AbortSignal; log: Log };

/** `/v1/events`: what a consumer missed, or all of it live. */
export function eventRoutes(app: OpenAPIHono<HttpEnv>, parts: EventRouteParts): void {
  const { db, wake, publicUrl: source, stopping, log } = parts;
  let streams = 0;

  app.openapi(route, async (c) => {
    const { tenantId, after, limit } = c.req.valid('query');
    mayActFor(c, tenantId);
    const live = wantsStream(c.req.valid('header').accept);
    const lastId = live ? c.req.valid('header')['last-event-id'] : undefined;
    const from =
      placeOf(lastId, { in: 'header', field: 'last-event-id' }) ?? placeOf(after, { in: 'query', field: 'after' });
    const read = (place: number | undefined, count: number) => readEvents(db, { tenantId, from: place, limit: count });
    if (!live) {
      const rows = await read(from, limit);
      const next = rows.at(-1)?.cursor ?? from;
      const events = rows.map((row) => toEnvelope(row, source));
      return c.json({ events, next: next === undefined ? null : String(next) }, 200);
    }

    if (streams >= maxStreams) {
      throw new Problem('unavailable', { detail: 'too many event streams', headers: { 'retry-after': '10' } });
    }
    // Before the first look, so that nothing that is published from here on goes by unheard.
    const follow = wake.follow(tenantId);
    const { outgoing } = c.env;
    const ended = new AbortController();
    // Also before the first look: a reader who leaves during it is told of only once, and then.
    const leave = () => {
      streams -= 1;
      ended.abort();
    };
    streams += 1;
    if (outgoing.destroyed) leave();
    else outgoing.once('close', leave);
    try {
      const first = await read(from, 100);
      const place = first.at(-1)?.cursor ?? from ?? 0;
      const { stillGood } = c.get('caller');
      const looking = setInterval(() => {
        stillGood().then(
          (good) => good || ended.abort(),
          (error) => log.debug({ err: error }, 'whether a stream may go on could not be asked'), // asked again soon
        );
      }, lookAtTokenEveryMs);
      if (ended.signal.aborted) clearInterval(looking);
      else ended.signal.addEventListener('abort', () => clearInterval(looking), { once: true });
      const signal = AbortSignal.any([stopping, ended.signal]);
      const stuck = () => outgoing.destroy();
      return new Response(eventStream({ first, from: place, read, follow, source, signal, stuck, log }), {
        headers: {
          'content-type': 'text/event-stream; charset=utf-8',
          'cache-control': 'no-store',
          // nginx would hold events back until its buffer is full.
          'x-accel-buffering': 'no',
        },
      });
    } catch (error) {
      follow.close();
      throw error;
    }
  });
}

function wantsStream(accept: string | undefined): boolean {
  return /(^|[\s,])text\/event-stream\b/i.test(accept ?? '');
}
