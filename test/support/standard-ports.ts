import { randomInt } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer as createSiteServer } from 'node:https';
import { connect, createServer, type Server, type Socket } from 'node:net';
import type { Certificate } from './certificates.ts';

/** The ports that discovery knows are below 1024. */
export const noStandardPorts =
  process.getuid?.() === 0 && process.platform === 'linux'
    ? false
    : 'only root on Linux may listen on 993, 143, 465, 587 and 443 of further loopback addresses';

/** A loopback address with servers on standard ports. */
export type LoopbackHost = { address: string; close(): Promise<void> };

/**
 * Lead standard ports of a loopback address of its own to servers on other ports: `{ 993: ports.imaps }`. The address is
 * one of millions, so that tests side by side do not meet.
 */
export async function openLoopbackHost(doors: Record<number, number>): Promise<LoopbackHost> {
  for (let tries = 1; ; tries += 1) {
    const address = `127.${randomInt(64, 255)}.${randomInt(0, 256)}.${randomInt(1, 255)}`;
    try {
      return await forwardAll(address, doors);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE' || tries === 10) throw error;
    }
  }
}

async function forwardAll(address: string, doors: Record<number, number>): Promise<LoopbackHost> {
  const sockets = new Set<Socket>();
  const servers: Server[] = [];
  const kept = (socket: Socket) => {
    sockets.add(socket.setNoDelay(true));
    return socket.on('close', () => sockets.delete(socket));
  };
  const close = async () => {
    for (const socket of sockets) socket.destroy();
    await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  };
  try {
    for (const [from, to] of Object.entries(doors)) {
      const server = createServer({ allowHalfOpen: true }, (near) => {
        const far = kept(connect({ port: to, host: '127.0.0.1', allowHalfOpen: true }));
        kept(near).pipe(far).pipe(near);
        // Whichever side breaks, the other one hears of it.
        near.on('error', () => far.destroy()).on('close', () => far.destroy());
        far.on('error', () => near.destroy()).on('close', () => near.destroy());
      });
      servers.push(server);
      await listening(server, Number(from), address);
    }
  } catch (error) {
    await close();
    throw error;
  }
  return { address, close };
}

/** A web site over HTTPS on a port of its own. It notes what it was asked for. */
export async function openSite(certificate: Certificate, pages: Record<string, string>) {
  const asked: string[] = [];
  const server = createSiteServer(
    { cert: readFileSync(certificate.certFile), key: readFileSync(certificate.keyFile) },
    (request, response) => {
      const at = `${request.headers.host}${request.url}`;
      asked.push(at);
      const page = pages[at];
      response.writeHead(page === undefined ? 404 : 200, { 'content-type': 'text/xml' }).end(page ?? '');
    },
  );
  await listening(server, 0, '127.0.0.1');
  const { port } = server.address() as { port: number };
  return {
    port,
    asked,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

const listening = (server: Server, port: number, address: string) =>
  new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, address, () => {
      server.off('error', reject);
      server.unref();
      resolve();
    });
  });
