import { readFileSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { connect, createSecureContext, TLSSocket } from 'node:tls';
import type { Certificate } from './certificates.ts';
import { lineDialogue } from './line-dialogue.ts';
import { freePort } from './ports.ts';

/** A real IMAP server behind a door that a test can close: whoever logs in meanwhile hears the test's lines. */
export type Switch = {
  port: number;
  /** Logins that were refused here. */
  readonly refusedLogins: number;
  /** From now on answer each login with these lines (`$tag` is its tag), and end all connections. */
  refuse(...lines: string[]): void;
  /** From now on hang up on whoever comes, and end all connections. */
  hangUp(): void;
  /** Let everybody through to the real server again. */
  open(): void;
  close(): Promise<void>;
};

/** Put one before a server that speaks TLS on this port. */
export async function startSwitch(options: { certificate: Certificate; to: number }): Promise<Switch> {
  const { certFile, keyFile } = options.certificate;
  const secureContext = createSecureContext({ cert: readFileSync(certFile), key: readFileSync(keyFile) });
  const sockets = new Set<Socket>();
  let mode: 'open' | 'hang-up' | { says: string[] } = 'open';
  let refusedLogins = 0;

  const own = <S extends Socket>(socket: S): S => {
    sockets.add(socket);
    socket.on('error', () => {}).on('close', () => sockets.delete(socket));
    return socket;
  };
  const server = createServer((plain) => {
    own(plain);
    if (mode === 'hang-up') return plain.destroy();
    const client = own(new TLSSocket(plain, { isServer: true, secureContext }));
    if (mode !== 'open') return void refuseLogins(client, mode.says).catch(() => plain.destroy());
    const real = own(connect({ port: options.to, host: '127.0.0.1', rejectUnauthorized: false }));
    client.pipe(real).pipe(client);
    real.on('close', () => client.destroy());
    client.on('close', () => real.destroy());
  });

  async function refuseLogins(client: TLSSocket, says: string[]) {
    const talk = lineDialogue(client);
    talk.write('* OK ready\r\n');
    for (;;) {
      const [tag = '', verb = ''] = (await talk.line()).split(' ');
      if (verb.toUpperCase() === 'LOGIN') {
        refusedLogins++;
        talk.write(says.map((line) => `${line.replaceAll('$tag', tag)}\r\n`).join(''));
      } else talk.write(`${verb === 'CAPABILITY' ? '* CAPABILITY IMAP4rev1\r\n' : ''}${tag} OK done\r\n`);
    }
  }

  const change = (next: typeof mode) => {
    mode = next;
    for (const socket of sockets) socket.destroy();
  };
  const port = await freePort();
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(port, '127.0.0.1', resolve));
  server.unref();
  return {
    port,
    get refusedLogins() {
      return refusedLogins;
    },
    refuse: (...says) => change({ says }),
    hangUp: () => change('hang-up'),
    open: () => change('open'),
    close: () =>
      new Promise((resolve) => {
        for (const socket of sockets) socket.destroy();
        server.close(() => resolve());
      }),
  };
}
