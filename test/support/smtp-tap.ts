import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { freePort } from './ports.ts';

/** How far a mail has come. `end`: its final dot has reached the server, whose answer has not come through. */
export type TapPhase = 'greeting' | 'envelope' | 'body' | 'end';

/** A line to a real SMTP server, in clear, in which a mail can be stopped on its way without the server's help. */
export type SmtpTap = {
  port: number;
  /** Nothing comes through from the first connection on that gets as far as this, until `undo`. */
  holdAt(phase: TapPhase): { reached: Promise<void>; undo(): void };
  close(): Promise<void>;
};

/** Open one to a port of this machine. */
export async function openSmtpTap({ to }: { to: number }): Promise<SmtpTap> {
  let held: { phase: TapPhase; reach(): void } | undefined;
  const sockets = new Set<Socket>();

  function join(client: Socket) {
    const server = connect(to, '127.0.0.1');
    let seen: TapPhase = 'greeting';
    let tail = '';
    /** @returns whether the mail is to get no further. */
    const at = (phase: TapPhase) => {
      if (held?.phase !== phase) return false;
      held.reach();
      return true;
    };
    client.on('data', (chunk) => {
      if (seen === 'greeting' && /^MAIL FROM/im.test(chunk.toString('latin1'))) seen = 'envelope';
      if (seen === 'body' && at('body')) client.pause();
      tail = (tail + chunk.toString('latin1')).slice(-5);
      if (seen === 'body' && tail === '\r\n.\r\n') seen = 'end';
      server.write(chunk);
    });
    server.on('data', (chunk) => {
      if (at(seen)) return;
      // The body may follow its go-ahead at once, and a next mail the answer to the one before.
      if (/^354/m.test(chunk.toString('latin1'))) seen = 'body';
      else if (seen === 'end') seen = 'greeting';
      client.write(chunk);
    });
    for (const [one, other] of [
      [client, server],
      [server, client],
    ] as const) {
      sockets.add(one);
      one.setNoDelay(true).on('error', () => {});
      one.on('close', () => {
        sockets.delete(one);
        other.destroy();
      });
    }
  }

  const listener = createServer(join).listen(await freePort(), '127.0.0.1');
  await once(listener, 'listening');
  return {
    port: (listener.address() as { port: number }).port,
    holdAt(phase) {
      let reach = () => {};
      const reached = new Promise<void>((resolve) => {
        reach = resolve;
      });
      held = { phase, reach };
      return { reached, undo: () => (held = undefined) };
    },
    async close() {
      listener.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}
