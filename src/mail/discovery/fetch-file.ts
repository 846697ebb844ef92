import { request } from 'node:https';
import type { TLSSocket } from 'node:tls';
import type { Reason } from '../refusals/index.ts';
import { isHostName, registrableDomain } from './address.ts';
import { type Network, orAborted, reasonOf } from './network.ts';
import { isKnownSite } from './table.ts';

/** A file that a host gave, or why there is none (`null`: it has no such file). `exists`: the host is there at all. */
export type Fetched = { body: Buffer } | { body: null; reason: Reason | null; exists: boolean };

/** No configuration is larger; a page that answers to every path may be. */
const maxBytes = 64 * 1024;
const maxRedirects = 2;
const limitMs = 2_000;

/**
 * Fetch a file over https. Redirects are followed by hand: to https on the usual port, within the same registered domain
 * or to one that the tables name, and through the same check of addresses as every other connection. The request carries
 * no address and no cookie, only the path.
 */
export async function fetchFile(address: string, network: Network, signal: AbortSignal): Promise<Fetched> {
  const stop = AbortSignal.any([signal, AbortSignal.timeout(limitMs)]);
  let exists = false;
  try {
    let url = readUrl(address);
    for (let hops = 0; url !== null && hops <= maxRedirects; hops++) {
      exists = await network.exists(url.hostname, stop);
      const answer = await get(url, network, stop);
      if (Buffer.isBuffer(answer)) return { body: answer };
      if (answer === null) return { body: null, reason: null, exists };
      url = redirection(url, answer);
    }
    return { body: null, reason: 'network.forbidden', exists };
  } catch (error) {
    return { body: null, reason: reasonOf(error), exists };
  }
}

function readUrl(address: string): URL | null {
  if (!URL.canParse(address)) return null;
  const url = new URL(address);
  return url.protocol === 'https:' && isHostName(url.hostname) && !url.username && !url.password ? url : null;
}

/** Where a redirect may lead; null when it may not. */
function redirection(from: URL, location: string): URL | null {
  if (!URL.canParse(location, from.href)) return null;
  const to = readUrl(new URL(location, from.href).href);
  if (to === null || to.port !== '') return null;
  const within = registrableDomain(to.hostname) === registrableDomain(from.hostname);
  return within || isKnownSite(to.hostname) ? to : null;
}

/** The body, where else to look, or null. */
async function get(url: URL, network: Network, stop: AbortSignal): Promise<Buffer | string | null> {
  const port = url.port === '' ? 443 : Number(url.port);
  const socket = await network.secure(await network.reach(url.hostname, port, stop), url.hostname, stop);
  try {
    return await orAborted(exchange(url, socket), stop);
  } finally {
    socket.destroy();
  }
}

function exchange(url: URL, socket: TLSSocket): Promise<Buffer | string | null> {
  return new Promise((resolve) => {
    const asking = request(
      {
        host: url.hostname,
        // Without an agent Node believes in port 80, and says so to the host: `Host: autoconfig.example.dk:80`.
        defaultPort: 443,
        port: url.port === '' ? 443 : url.port,
        path: `${url.pathname}${url.search}`,
        headers: { accept: 'application/xml, text/xml, application/json', 'accept-encoding': 'identity' },
        createConnection: () => socket,
      },
      (response) => {
        const { statusCode = 0, headers } = response;
        if (statusCode >= 300 && statusCode < 400) return resolve(headers.location ?? null);
        const encoding = headers['content-encoding'] ?? 'identity';
        // A packed body could be any size, and an HTML page is what a site answers to every path.
        const usable = statusCode === 200 && encoding === 'identity' && !/html/i.test(headers['content-type'] ?? '');
        if (!usable || Number(headers['content-length'] ?? 0) > maxBytes) return resolve(null);
        const chunks: Buffer[] = [];
        let size = 0;
        response.on('data', (chunk: Buffer) => {
          size += chunk.length;
          if (size > maxBytes) return resolve(null);
          chunks.push(chunk);
        });
        response.on('end', () => resolve(Buffer.concat(chunks)));
        response.on('error', () => resolve(null));
      },
    );
    // Whatever else goes wrong within HTTP, this host has no file for us.
    asking.on('error', () => resolve(null));
    socket.once('close', () => resolve(null));
    asking.end();
  });
}
