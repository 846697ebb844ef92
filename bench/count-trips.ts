import { connect, createServer, type Socket } from 'node:net';

/**
 * A way to Postgres that counts round trips: each Sync or Query of the client is one (PostgreSQL protocol 3.0). It only
 * looks at the lengths and kinds of messages.
 */
export async function countTrips(url: string) {
  const target = new URL(url);
  let trips = 0;
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const upstream = connect(Number(target.port || 5432), target.hostname);
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.setNoDelay(true).on('error', () => socket.destroy());
      socket.on('close', () => sockets.delete(socket));
    }
    let rest = Buffer.alloc(0);
    let begun = false;
    client.on('data', (chunk) => {
      upstream.write(chunk);
      rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
      for (;;) {
        // The first message has no kind.
        const head = begun ? 5 : 4;
        if (rest.length < head) break;
        const length = rest.readInt32BE(head - 4) + head - 4;
        if (rest.length < length) break;
        if (begun && (rest[0] === 0x53 || rest[0] === 0x51)) trips++;
        rest = rest.subarray(length);
        begun = true;
      }
    });
    upstream.on('data', (chunk) => client.write(chunk));
    client.on('end', () => upstream.end());
    upstream.on('end', () => client.end());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const through = new URL(url);
  through.hostname = '127.0.0.1';
  through.port = String((server.address() as { port: number }).port);
  return {
    url: through.href,
    trips: () => trips,
    close() {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}
