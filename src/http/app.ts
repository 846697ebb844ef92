import { OpenAPIHono } from '@hono/zod-openapi';
import { methodNotAllowed } from 'hono/method-not-allowed';
import type { SignInParts } from '../accounts/sign-in.ts';
import type { Database } from '../db/database.ts';
import type { Tokens } from '../db/token-store.ts';
import type { Heartbeat } from '../leases/heartbeat.ts';
import type { Log } from '../log.ts';
import type { FetchRange } from '../mailbox/fetch-range.ts';
import type { Sanitizer } from '../mailbox/html/sanitizer.ts';
import type { Metrics } from '../metrics.ts';
import type { Queues } from '../queues/queues.ts';
import type { KeyRing } from '../secrets/key-ring.ts';
import type { SealingKeys } from '../secrets/sealing-keys.ts';
import { accountRoutes } from './accounts.ts';
import { requestLog, secureHeaders } from './answers.ts';
import { authorize, type Door, type HttpEnv, installationOnly, onlyInScope } from './authorize.ts';
import { dashboard } from './dashboard.ts';
import { docsRoutes } from './docs.ts';
import type { EventWake } from './event-wake.ts';
import { eventRoutes } from './events.ts';
import { folderRoutes } from './folders.ts';
import { healthRoutes } from './health.ts';
import { jwksRoute } from './jwks.ts';
import { limitBody } from './limit-body.ts';
import { readMessageRoutes } from './message.ts';
import { messageBytesRoutes } from './message-bytes.ts';
import { messageRoutes } from './messages.ts';
import { metricsRoute } from './metrics.ts';
import { oauthPages } from './oauth.ts';
import { openApiOf } from './openapi.ts';
import { orderRoutes } from './orders.ts';
import { answerProblem, Problem, problemOf, rejectInvalid } from './problem.ts';
import { amendRoutes } from './send-changes.ts';
import { sendRoutes } from './sends.ts';
import { setupPages } from './setup/routes.ts';
import { setupLinkRoutes } from './setup-links.ts';
import { tenantRoutes } from './tenants.ts';
import { tokenRoutes } from './tokens.ts';
import { uploadPath, uploadRoutes } from './uploads.ts';
import { within } from './within.ts';

/** An order is at most 1 MiB; JSON may write it longer. */
const maxBodyBytes = 1.5 * 1024 * 1024;
/** Longer than the wait for an order's result. A stream is answered when it begins. */
const answerLimitMs = 25_000;
/** A large file over a poor line. */
const uploadLimitMs = 10 * 60_000;

/** What the pages and routes need. */
export type HttpParts = {
  publicUrl: string;
  database: Pick<Database, 'db' | 'lists' | 'ping'>;
  queues: Queues;
  sealingKeys: SealingKeys;
  /** What is shown once is made under it, where a repeat shall show it again. */
  ring: Pick<KeyRing, 'lastingHmac'>;
  heartbeat: Pick<Heartbeat, 'isFresh'>;
  metrics: Metrics;
  door: Door;
  /** Logins at providers; without it there are no pages for them. */
  signIn?: SignInParts;
  /** Asks whoever holds a mailbox's connection for bytes of a message. */
  fetchRange?: FetchRange | undefined;
  sanitizer: Sanitizer;
  tokens: Tokens;
  wake: EventWake;
  /** There are new event rows: publish them. */
  eventsWritten: () => void;
  uploadBytes: number;
  /** After this long a mail that was changed or tried again has failed; default: 48 hours. */
  giveUpAfterMs?: number;
  stopping: AbortSignal;
  log: Log;
};

/** The routes that OpenAPI describes. Nothing is asked of the parts before a request comes. */
export function apiRoutes(app: OpenAPIHono<HttpEnv>, parts: HttpParts): void {
  const { database, queues, sealingKeys, ring, publicUrl, tokens, wake, stopping, eventsWritten, uploadBytes, log } =
    parts;
  const { fetchRange, sanitizer, giveUpAfterMs } = parts;
  const db = database?.db;
  const lists = database?.lists;
  healthRoutes(app, parts);
  jwksRoute(app, { sealingKeys });
  accountRoutes(app, { db, lists, queues, sealingKeys, publicUrl, stopping });
  setupLinkRoutes(app, { db, ring, publicUrl });
  folderRoutes(app, { db });
  messageRoutes(app, { db, queues, stopping });
  readMessageRoutes(app, { db, fetchRange, sanitizer, stopping });
  messageBytesRoutes(app, { db, fetchRange, stopping });
  sendRoutes(app, { db, lists, queues, stopping });
  amendRoutes(app, { db, wake: eventsWritten, ...(giveUpAfterMs && { giveUpAfterMs }) });
  uploadRoutes(app, { db, mostBytes: uploadBytes });
  orderRoutes(app, { db, queues });
  eventRoutes(app, { db, wake, publicUrl, stopping, log });
  tenantRoutes(app, { db });
  tokenRoutes(app, { db, ring, tokens });
}

/** All of HTTP as one function from a request to its answer. */
export function openApp(parts: HttpParts): OpenAPIHono<HttpEnv> {
  const { door, log, metrics } = parts;
  const app = new OpenAPIHono<HttpEnv>({ defaultHook: rejectInvalid });
  const refuse = (problem: Problem) => answerProblem(problem);
  app.use(requestLog({ log, metrics }), secureHeaders(parts));
  app.use(
    methodNotAllowed({
      app,
      onMethodNotAllowed: (_, methods) =>
        refuse(new Problem('method-not-allowed', { headers: { allow: methods.join(', ') } })),
    }),
  );
  app.notFound(() => refuse(new Problem('not-found')));
  app.onError((error) => refuse(problemOf(error, log)));
  app.use((c, next) =>
    within(
      c.req.path === uploadPath ? uploadLimitMs : answerLimitMs,
      next(),
      // What was not read of the body by now is not waited for.
      () => new Problem('unavailable', { headers: { 'retry-after': '10', connection: 'close' } }),
    ),
  );
  app.use('/v1/*', authorize(door), onlyInScope(app));
  for (const page of ['/metrics', '/queues', '/queues/*']) {
    app.use(page, authorize(door, { basic: true }), installationOnly);
  }
  const limit = limitBody(maxBodyBytes);
  // An upload is counted as it is stored.
  app.use((c, next) => (c.req.path === uploadPath ? next() : limit(c, next)));
  apiRoutes(app, parts);
  docsRoutes(app, openApiOf(app));
  app.route('/', setupPages({ ...parts, db: parts.database.db }));
  if (parts.signIn) app.route('/', oauthPages({ ...parts, signIn: parts.signIn }));
  metricsRoute(app, { ...parts, db: parts.database.db });
  dashboard(app, parts);
  return app;
}
