import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { getRequestListener } from '@hono/node-server';
import { openTokens } from '../db/token-store.ts';
import { openSanitizer } from '../mailbox/html/sanitizer.ts';
import { type HttpParts, openApp } from './app.ts';
import { openDoor } from './authorize.ts';
import { openEventWake } from './event-wake.ts';
import { answerProblem, Problem } from './problem.ts';

/** Time for answers that are under way when the process stops. */
const stopLimitMs = 5_000;

/** Start HTTP. Resolves once it listens. */
export async function listen({
  http,
  adminToken,
  redisUrl,
  ...parts
}: Omit<HttpParts, 'door' | 'tokens' | 'wake' | 'stopping' | 'sanitizer'> & {
  http: { host: string; port: number };
  adminToken: string;
  redisUrl: string;
}): Promise<{ address: string; stop(): Promise<void> }> {
  const { log } = parts;
  const stopping = new AbortController();
  const wake = openEventWake({ redisUrl, log });
  const sanitizer = openSanitizer();
  const tokens = openTokens(parts.database.db);
  const door = openDoor({ adminToken, tokens });
  const app = openApp({ ...parts, door, tokens, wake, sanitizer, stopping: stopping.signal });
  const listener = getRequestListener(app.fetch, {
    // Other parts of this process have the platform's Request and Response, and keep them.
    overrideGlobalObjects: false,
    // What never became a request: a Host header or a path that is none.
    errorHandler: () => answerProblem(new Problem('invalid-request')),
  });
  const server = createServer(
    // An upload may take this long; for all other bodies the answer comes before.
    { requestTimeout: 10 * 60_000, headersTimeout: 10_000, keepAliveTimeout: 65_000, maxHeaderSize: 16_384 },
    (incoming, outgoing) => void listener(incoming, outgoing),
  );
  server.listen(http.port, http.host);
  try {
    await once(server, 'listening');
  } catch (cause) {
    wake.close();
    const why = (cause as NodeJS.ErrnoException).code ?? 'unknown';
    throw new Error(`HTTP cannot listen on ${http.host}:${http.port} (${why}): see POSTBUD_HTTP`, { cause });
  }
  const { address, family, port } = server.address() as AddressInfo;
  const host = family === 'IPv6' ? `[${address}]` : address;
  log.info({ host: address, port }, 'HTTP listens');

  return {
    address: `http://${host}:${port}`,
    /** Take no more requests; event streams end, waits for orders answer 202, the rest gets a little time. */
    async stop() {
      stopping.abort();
      const closed = new Promise((resolve) => server.close(resolve));
      // `close` lets go of connections that are idle now; those whose answer ends later would be kept alive.
      const idle = setInterval(() => server.closeIdleConnections(), 50);
      const timer = setTimeout(() => server.closeAllConnections(), stopLimitMs);
      await closed;
      clearInterval(idle);
      clearTimeout(timer);
      wake.close();
      sanitizer.close();
    },
  };
}
