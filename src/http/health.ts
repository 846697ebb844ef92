import { readFile } from 'node:fs/promises';
import { createRoute, type OpenAPIHono } from '@hono/zod-openapi';
import { sql } from 'drizzle-orm';
import { z } from 'zod';
import type { Database } from '../db/database.ts';
import type { Heartbeat } from '../leases/heartbeat.ts';
import type { Queues } from '../queues/queues.ts';
import type { HttpEnv } from './authorize.ts';
import { within } from './within.ts';

const checkLimitMs = 3_000;
/** Nobody needs a token here, so asking often must not become load on Postgres. */
const answerCountsForMs = 500;

const check = z.object({ name: z.string(), ok: z.boolean(), why: z.string().optional() });
const readiness = z.object({ ready: z.boolean(), checks: z.array(check) });
type Readiness = z.infer<typeof readiness>;

const healthz = createRoute({
  method: 'get',
  path: '/healthz',
  operationId: 'isAlive',
  tags: ['Operation'],
  summary: 'Does the process live?',
  security: [],
  responses: {
    200: { description: 'It does', content: { 'application/json': { schema: z.object({ ok: z.literal(true) }) } } },
  },
});

const readyz = createRoute({
  method: 'get',
  path: '/readyz',
  operationId: 'isReady',
  tags: ['Operation'],
  summary: 'Can it work? Each thing that it needs, by name',
  security: [],
  responses: {
    200: { description: 'It can', content: { 'application/json': { schema: readiness } } },
    503: { description: 'It cannot, and why', content: { 'application/json': { schema: readiness } } },
  },
});

export type HealthParts = {
  database: Pick<Database, 'db' | 'ping'>;
  queues: Pick<Queues, 'connection'>;
  heartbeat: Pick<Heartbeat, 'isFresh'>;
  stopping: AbortSignal;
};

/** `/healthz` and `/readyz`: for whoever starts and stops processes. */
export function healthRoutes(app: OpenAPIHono<HttpEnv>, parts: HealthParts): void {
  let last: { at: number; answer: Promise<Readiness> } | undefined;
  app.openapi(healthz, (c) => c.json({ ok: true as const }, 200));
  app.openapi(readyz, async (c) => {
    if (parts.stopping.aborted) {
      return c.json({ ready: false, checks: [{ name: 'process', ok: false, why: 'it stops' }] }, 503);
    }
    if (!last || performance.now() - last.at > answerCountsForMs) {
      last = { at: performance.now(), answer: lookAround(parts) };
    }
    const answer = await last.answer;
    return answer.ready ? c.json(answer, 200) : c.json(answer, 503);
  });
}

async function lookAround({ database, queues, heartbeat }: HealthParts): Promise<Readiness> {
  const checks = await Promise.all([
    looked('postgres', () => database.ping()),
    looked('redis', () => queues.connection.ping()),
    looked('migrations', async () => {
      const missing = await missingMigrations(database);
      if (missing > 0) throw new Shortcoming(`${missing} not applied: npm run migrate`);
    }),
    looked('heartbeat', async () => {
      if (!heartbeat.isFresh()) throw new Shortcoming('this process could not write its heartbeat lately');
    }),
  ]);
  return { ready: checks.every(({ ok }) => ok), checks };
}

/** Something that is our own to say, and may be read by everybody. */
class Shortcoming extends Error {}

async function looked(name: string, look: () => Promise<unknown>): Promise<z.infer<typeof check>> {
  try {
    await within(checkLimitMs, look(), () => new Shortcoming(`no answer within ${checkLimitMs} ms`));
    return { name, ok: true };
  } catch (error) {
    // The text of a driver's error names hosts and users; the page is open to all.
    const code = codeOf(error);
    return { name, ok: false, why: error instanceof Shortcoming ? error.message : `does not answer${code}` };
  }
}

function codeOf(error: unknown): string {
  for (let at: unknown = error; at instanceof Error; at = at.cause) {
    const { code } = at as NodeJS.ErrnoException;
    if (typeof code === 'string' && /^[A-Z0-9_]{4,40}$/.test(code)) return ` (${code})`;
  }
  return '';
}

async function missingMigrations({ db }: Pick<Database, 'db'>): Promise<number> {
  const journal = await readFile(new URL('../../drizzle/meta/_journal.json', import.meta.url), 'utf8');
  const { entries } = JSON.parse(journal) as { entries: { when: number }[] };
  const [table] = await db.execute(sql`select to_regclass('drizzle.__drizzle_migrations') is not null as there`);
  if (!table?.there) return entries.length;
  const [applied] = await db.execute(sql`select max(created_at) as last from drizzle.__drizzle_migrations`);
  return entries.filter(({ when }) => when > Number(applied?.last ?? 0)).length;
}
