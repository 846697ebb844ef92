import { createBullBoard } from '@bull-board/api';
import { BullMQAdapter } from '@bull-board/api/bullMQAdapter';
import { HonoAdapter } from '@bull-board/hono';
import { serveStatic } from '@hono/node-server/serve-static';
import type { Hono } from 'hono';
import { csrf } from 'hono/csrf';
import { withoutSecrets } from '../accounts/secrets.ts';
import type { Queues } from '../queues/queues.ts';
import type { HttpEnv } from './authorize.ts';

const path = '/queues';

/** Its styles stand inline in the page; its fonts would come from a third party, and do not. */
const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "font-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'self'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** `/queues`: the jobs, for who runs the installation. */
export function dashboard(
  app: Hono<HttpEnv>,
  { queues, publicUrl }: { queues: Pick<Queues, 'all'>; publicUrl: string },
) {
  const adapter = new HonoAdapter(serveStatic);
  adapter.setBasePath(path);
  const boards = queues.all().map((queue) => {
    const board = new BullMQAdapter(queue);
    // A sealed secret is ciphertext, and a job of a careless producer may hold worse until it is cut: show neither.
    board.setFormatter('data', withoutSecrets);
    return board;
  });
  createBullBoard({
    queues: boards,
    serverAdapter: adapter,
    options: { uiConfig: { boardTitle: 'Postbud queues', boardLogo: { path: '', width: 0, height: 0 } } },
  });
  const own = new URL(publicUrl).origin;
  // A browser sends the password of HTTP Basic along with whatever another site makes it ask.
  const sameOrigin = csrf({ origin: (origin, c) => origin === own || origin === new URL(c.req.url).origin });
  for (const under of [path, `${path}/*`]) {
    app.use(under, sameOrigin, async (c, next) => {
      await next();
      c.res.headers.set('content-security-policy', policy);
      c.res.headers.set('x-robots-tag', 'noindex, nofollow');
    });
  }
  app.route(path, adapter.registerPlugin());
}
