import type { Context } from 'hono';
import { HTTPException } from 'hono/http-exception';
import { z } from 'zod';
import type { Log } from '../log.ts';
import { isInfrastructureFault } from '../queues/faults.ts';

/** Every way in which a request can fail. The name is the problem's type (`/docs#<name>`) and never changes its meaning. */
export const problemKinds = {
  'invalid-request': { status: 400, title: 'The request is not valid; `errors` names each bad field' },
  'secret-in-clear': { status: 400, title: 'A secret came in clear over a connection that is not encrypted' },
  unauthorized: { status: 401, title: 'A valid token is needed' },
  forbidden: { status: 403, title: 'This token may not do that' },
  'not-found': { status: 404, title: 'There is nothing here' },
  'account-not-found': { status: 404, title: 'This user has no mailbox' },
  'method-not-allowed': { status: 405, title: 'This path takes other methods; `Allow` names them' },
  'too-late': { status: 409, title: 'The mail is past the point where that can be done' },
  'message-gone': { status: 410, title: 'The message is not on the mail server any more' },
  'cursor-gone': { status: 410, title: 'Events after this cursor were deleted; go on from `oldest`' },
  'body-too-large': { status: 413, title: 'The body is too large' },
  'unsupported-media-type': { status: 415, title: 'The body has to be application/json' },
  'key-reused': { status: 422, title: 'This Idempotency-Key was used for something else' },
  'too-many-tries': { status: 429, title: 'Too many wrong tokens; `Retry-After` says when to go on' },
  'order-failed': { status: 500, title: 'The order failed' },
  internal: { status: 500, title: 'A fault of this installation; its log says more' },
  'mailbox-away': {
    status: 503,
    title: 'The mailbox is not connected now, or its server refused; `detail` says which',
  },
  'mailbox-silent': { status: 504, title: 'The mail server did not answer in time' },
  unavailable: { status: 503, title: 'Postgres or Redis does not answer; try again' },
} as const;
export type ProblemKind = keyof typeof problemKinds;

/** RFC 9457. */
export const problemDocument = z.object({
  type: z.string().describe('`/docs#` and the kind of problem, as listed there'),
  title: z.string(),
  status: z.int(),
  detail: z.string().optional(),
  reason: z.string().optional().describe('A reason code, where the problem is about an account'),
  errors: z
    .array(z.object({ in: z.enum(['path', 'query', 'header', 'body']), field: z.string(), message: z.string() }))
    .optional()
    .describe('Every bad field'),
  oldest: z.string().optional().describe('The oldest cursor that can be continued from'),
});
type Extra = Omit<z.infer<typeof problemDocument>, 'type' | 'title' | 'status'> & { headers?: Record<string, string> };

/** Thrown by handlers; answered as a problem document. Nothing in it is secret. */
export class Problem extends Error {
  override name = 'Problem';
  readonly kind: ProblemKind;
  readonly extra: Extra;

  constructor(kind: ProblemKind, extra: Extra = {}) {
    super(extra.detail ?? problemKinds[kind].title);
    this.kind = kind;
    this.extra = extra;
  }
}

/** A problem as the answer to a request. */
export function answerProblem({ kind, extra: { headers, ...extra } }: Problem): Response {
  const { status, title } = problemKinds[kind];
  return new Response(JSON.stringify({ type: `/docs#${kind}`, title, status, ...extra }), {
    status,
    headers: { 'content-type': 'application/problem+json', 'cache-control': 'no-store', ...headers },
  });
}

/** What an error that a handler let rise means to the caller. A bug is told to the log, and never to the caller. */
export function problemOf(error: unknown, log: Log): Problem {
  if (error instanceof Problem) return error;
  if (error instanceof HTTPException) return ofFramework(error);
  if (isInfrastructureFault(error) || isNotMigrated(error)) {
    log.warn({ err: error }, 'a request could not be answered for now');
    return new Problem('unavailable', { headers: { 'retry-after': '2' } });
  }
  log.error({ err: error }, 'a request failed');
  return new Problem('internal');
}

/** HTTP is up before the migrations have run, and beside a newer process that has not run them yet. */
function isNotMigrated(error: unknown): boolean {
  const { code } = ((error as Error)?.cause ?? {}) as { code?: unknown };
  return code === '42P01' || code === '42703'; // undefined table, undefined column
}

const ofStatus: Record<number, ProblemKind> = {
  400: 'invalid-request',
  401: 'unauthorized',
  403: 'forbidden',
  404: 'not-found',
  413: 'body-too-large',
  415: 'unsupported-media-type',
};

function ofFramework(error: HTTPException): Problem {
  const kind = ofStatus[error.status];
  return kind === undefined
    ? new Problem('internal')
    : new Problem(kind, error.message ? { detail: error.message } : {});
}

const places = { param: 'path', query: 'query', header: 'header', json: 'body' } as const;

/** Every bad field of a request, by name. Zod's messages say what was expected and never what was there. */
export function rejectInvalid(result: { success: boolean; target: string; error?: z.ZodError }, _: Context): void {
  if (result.success || !result.error) return;
  const where = places[result.target as keyof typeof places] ?? 'body';
  const errors = result.error.issues.map(({ path, message }) => ({ in: where, field: path.join('.'), message }));
  throw new Problem('invalid-request', { errors });
}
