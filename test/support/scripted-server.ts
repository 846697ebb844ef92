import { readFileSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { createSecureContext, TLSSocket } from 'node:tls';
import type { Certificate } from './certificates.ts';
import { lineDialogue } from './line-dialogue.ts';
import { freePort } from './ports.ts';

/** One client of a scripted server. */
export type ScriptedClient = {
  /** Send lines, each with CRLF. `$tag` stands for the first word of what the client said last. */
  send(...lines: string[]): void;
  /** The client's next line. */
  line(): Promise<string>;
  /** The bytes of a literal or of a message. */
  bytes(count: number): Promise<Buffer>;
  /** Answer STARTTLS first, then call this. */
  startTls(): void;
  close(): void;
  /** Break the connection (RST) without a goodbye. */
  reset(): void;
};

/** What is said to a line that matches: lines to send, or anything else. Nothing to say is `[]`. */
export type Answer = string | string[] | ((client: ScriptedClient, match: RegExpExecArray) => void | Promise<void>);

/** A server that says the literal lines of a test: for what no real server can be made to say. */
export type ScriptedServer = {
  host: 'localhost';
  port: number;
  /** Every line that any client said. */
  heard: string[];
  /** How many connections there were. */
  readonly connections: number;
  close(): Promise<void>;
};

/**
 * Start one. `answers` are tried in order against each line of the client; a line that nothing matches gets `otherwise`.
 * `dialogue` takes over the whole conversation instead.
 */
export async function scriptedServer(script: {
  greeting?: string | string[];
  answers?: [RegExp, Answer][];
  otherwise?: Answer;
  dialogue?: (client: ScriptedClient) => Promise<void>;
  /** TLS from the first byte, or the certificate that `startTls` shows. */
  tls?: { certificate: Certificate; implicit: boolean };
  port?: number;
}): Promise<ScriptedServer> {
  const { greeting = [], answers = [], otherwise = [], dialogue, tls } = script;
  const heard: string[] = [];
  const sockets = new Set<Socket>();
  let connections = 0;

  const serve = async (client: ScriptedClient) => {
    if (dialogue) return dialogue(client);
    client.send(...[greeting].flat());
    for (;;) {
      const line = await client.line();
      const [answer, match] = answerTo(line, answers) ?? [otherwise, /^.*$/s.exec(line) as RegExpExecArray];
      if (typeof answer === 'function') await answer(client, match);
      else client.send(...[answer].flat());
    }
  };
  const server = createServer((socket) => {
    connections++;
    sockets.add(socket);
    socket.setNoDelay(true).on('close', () => sockets.delete(socket));
    // A client that goes away, also in the middle of a line, is no failure of the script.
    serve(scriptedClient(socket, heard, tls)).catch(() => socket.destroy());
  });
  const port = script.port ?? (await freePort());
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(port, '127.0.0.1', resolve);
  });
  server.unref();
  return {
    host: 'localhost',
    port,
    heard,
    get connections() {
      return connections;
    },
    close: () =>
      new Promise((resolve) => {
        for (const socket of sockets) socket.destroy();
        server.close(() => resolve());
      }),
  };
}

function answerTo(line: string, answers: [RegExp, Answer][]): [Answer, RegExpExecArray] | null {
  for (const [pattern, answer] of answers) {
    const match = pattern.exec(line);
    if (match) return [answer, match];
  }
  return null;
}

function scriptedClient(
  plain: Socket,
  heard: string[],
  tls: { certificate: Certificate; implicit: boolean } | undefined,
): ScriptedClient {
  let talk: ReturnType<typeof lineDialogue>;
  let tag = '';
  const encrypt = () => {
    if (!tls) throw new Error('startTls needs a certificate');
    const { certFile, keyFile } = tls.certificate;
    const secureContext = createSecureContext({ cert: readFileSync(certFile), key: readFileSync(keyFile) });
    plain.removeAllListeners('data');
    talk = lineDialogue(new TLSSocket(plain, { isServer: true, secureContext }));
  };
  if (tls?.implicit) encrypt();
  else talk = lineDialogue(plain);
  return {
    send: (...lines) => talk.write(lines.map((line) => `${line.replaceAll('$tag', tag)}\r\n`).join('')),
    async line() {
      const line = await talk.line();
      heard.push(line);
      tag = line.split(' ')[0] ?? '';
      return line;
    },
    bytes: (count) => talk.bytes(count),
    startTls: encrypt,
    close: () => plain.end(),
    reset: () => plain.resetAndDestroy(),
  };
}
