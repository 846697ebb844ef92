import type { MiddlewareHandler } from 'hono';
import { Problem } from './problem.ts';

/**
 * Takes bodies up to a size. One of known length is judged by its length, which Node's parser holds it to; one that
 * comes in chunks is read here, to where it passes the limit. (Hono's own limit makes a new Request of the platform,
 * which the requests of its Node server are not.)
 */
export function limitBody(maxBytes: number): MiddlewareHandler {
  return async (c, next) => {
    if (Number(c.req.header('content-length') ?? 0) > maxBytes) throw tooLarge(maxBytes);
    if (c.req.header('transfer-encoding') !== undefined && c.req.raw.body !== null) {
      // What was read once is given to whoever asks for it in any form; the cache holds promises, whatever its type says.
      Object.assign(c.req.bodyCache, { arrayBuffer: Promise.resolve(await readAtMost(c.req.raw.body, maxBytes)) });
    }
    await next();
  };
}

async function readAtMost(body: ReadableStream<Uint8Array>, maxBytes: number): Promise<ArrayBuffer> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.byteLength;
    if (size > maxBytes) throw tooLarge(maxBytes);
    chunks.push(chunk);
  }
  const all = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    all.set(chunk, at);
    at += chunk.byteLength;
  }
  return all.buffer;
}

// The rest of the body is not read, so no other request can follow on this connection.
const tooLarge = (maxBytes: number) =>
  new Problem('body-too-large', { detail: `at most ${maxBytes} bytes`, headers: { connection: 'close' } });
