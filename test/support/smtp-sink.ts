import { readFileSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { createSecureContext, TLSSocket } from 'node:tls';
import type { Certificate } from './certificates.ts';
import { freePort } from './ports.ts';

/** A mail that the sink answered with 250 after its final dot. */
export type SunkMail = { messageId: string; from: string; to: string[]; raw: string; at: number };

/** Where in a mail's way a test may step in. `end`: the final dot has come, and nothing is answered yet. */
export type SinkPhase = 'greeting' | 'auth' | 'mail' | 'rcpt' | 'data' | 'body' | 'end';

/** What a step does: answer with this line, hang up, say nothing, or (undefined) go on as always. */
type Step = (about: {
  socket: Socket;
  /** The client's line; in a body what has come so far. */
  text: string;
}) => Promise<string | 'hang-up' | 'silence' | undefined> | string | 'hang-up' | 'silence' | undefined;

/** An SMTP server that takes every mail, counts them, and can be made to misbehave at any point. */
export type SmtpSink = {
  host: 'localhost';
  port: number;
  mails: SunkMail[];
  /** Final dots that came, answered or not: the number of times that a mail may have gone out. */
  ends: { messageId: string; at: number }[];
  logins: string[];
  connections: number;
  /** Step in at a phase, until the returned function is called. */
  at(phase: SinkPhase, step: Step): () => void;
  /** Resolves when a client comes to a phase the next time. */
  reached(phase: SinkPhase): Promise<void>;
  close(): Promise<void>;
};

/** Start one. With `tls` it offers STARTTLS, or speaks TLS from the first byte. */
export async function startSmtpSink(
  options: {
    extensions?: string[];
    tls?: { certificate: Certificate; implicit: boolean };
    /** Answers to DATA and before come without waiting; false leaves PIPELINING out. */
    pipelining?: boolean;
  } = {},
): Promise<SmtpSink> {
  const { extensions = ['AUTH PLAIN LOGIN', '8BITMIME', 'SIZE 30000000'], tls, pipelining = true } = options;
  const steps = new Map<SinkPhase, Step>();
  const waiting = new Map<SinkPhase, (() => void)[]>();
  const sockets = new Set<Socket>();
  const sink: SmtpSink = {
    host: 'localhost',
    port: await freePort(),
    mails: [],
    ends: [],
    logins: [],
    connections: 0,
    at(phase, step) {
      steps.set(phase, step);
      return () => void (steps.get(phase) === step && steps.delete(phase));
    },
    reached: (phase) => new Promise((resolve) => waiting.set(phase, [...(waiting.get(phase) ?? []), resolve])),
    close: () =>
      new Promise((resolve) => {
        for (const socket of sockets) socket.destroy();
        server.close(() => resolve());
      }),
  };

  async function reach(phase: SinkPhase, socket: Socket, text: string) {
    for (const resolve of waiting.get(phase)?.splice(0) ?? []) resolve();
    return steps.get(phase)?.({ socket, text });
  }

  function serve(plain: Socket) {
    let socket = plain;
    let buffer = '';
    let inData = false;
    let from = '';
    let to: string[] = [];
    let loginStep = 0;
    let working = false;

    const answer = async (phase: SinkPhase, text: string, usual: string) => {
      const said = await reach(phase, socket, text);
      if (said === 'hang-up') return void socket.destroy();
      if (said !== 'silence') socket.write(`${said ?? usual}\r\n`);
      return said;
    };
    const command = async (line: string) => {
      const verb = line.split(/[ :]/)[0]!.toUpperCase();
      if (loginStep > 0) {
        loginStep--;
        if (loginStep > 0) return void socket.write('334 UGFzc3dvcmQ6\r\n');
        return void (await answer('auth', line, '235 2.7.0 ok'));
      }
      if (verb === 'EHLO') {
        const offers = [...extensions, ...(pipelining ? ['PIPELINING'] : [])];
        if (tls && !tls.implicit && socket === plain) offers.push('STARTTLS');
        const lines = ['sink', ...offers];
        socket.write(lines.map((offer, at) => `250${at === lines.length - 1 ? ' ' : '-'}${offer}\r\n`).join(''));
      } else if (verb === 'STARTTLS' && tls) {
        socket.write('220 go\r\n');
        encrypt();
      } else if (verb === 'AUTH') {
        sink.logins.push(line);
        if (/^AUTH LOGIN/i.test(line)) {
          loginStep = 2;
          socket.write('334 VXNlcm5hbWU6\r\n');
        } else await answer('auth', line, '235 2.7.0 ok');
      } else if (verb === 'MAIL') {
        from = /<(.*?)>/.exec(line)?.[1] ?? '';
        to = [];
        await answer('mail', line, '250 2.1.0 ok');
      } else if (verb === 'RCPT') {
        const said = await answer('rcpt', line, '250 2.1.5 ok');
        if (said === undefined || said.startsWith('2')) to.push(/<(.*?)>/.exec(line)?.[1] ?? '');
      } else if (verb === 'DATA') {
        if (to.length === 0) return void socket.write('554 5.5.1 no valid recipients\r\n');
        const said = await answer('data', line, '354 go on');
        inData = said === undefined || said.startsWith('3');
      } else if (verb === 'RSET' || verb === 'NOOP') socket.write('250 2.0.0 ok\r\n');
      else if (verb === 'QUIT') {
        socket.write('221 bye\r\n');
        socket.end();
      } else socket.write('502 5.5.2 what?\r\n');
    };
    const end = async (raw: string) => {
      inData = false;
      const messageId = /^Message-ID: (\S+)/im.exec(raw)?.[1] ?? '';
      sink.ends.push({ messageId, at: Date.now() });
      const mail = { messageId, from, to, raw, at: Date.now() };
      const said = await answer('end', raw, '250 2.0.0 taken');
      if (said === undefined || said.startsWith('2')) sink.mails.push(mail);
    };
    const work = async () => {
      if (working) return;
      working = true;
      for (;;) {
        if (inData) {
          const at = buffer.startsWith('.\r\n') ? 0 : buffer.indexOf('\r\n.\r\n');
          if (at < 0) {
            if (buffer.length > 0) {
              const said = await reach('body', socket, buffer);
              if (said === 'hang-up') socket.destroy();
              else if (said !== undefined && said !== 'silence') socket.write(`${said}\r\n`);
            }
            break;
          }
          const raw = buffer.slice(0, at + 2);
          buffer = buffer.slice(at + (at === 0 ? 3 : 5));
          await end(raw);
        } else {
          const at = buffer.indexOf('\r\n');
          if (at < 0) break;
          const line = buffer.slice(0, at);
          buffer = buffer.slice(at + 2);
          await command(line);
        }
      }
      working = false;
      if (pendingMore) {
        pendingMore = false;
        await work();
      }
    };
    let pendingMore = false;
    const heard = (chunk: Buffer) => {
      buffer += chunk.toString('latin1');
      if (working) pendingMore = true;
      else void work();
    };
    const encrypt = () => {
      const { certFile, keyFile } = tls!.certificate;
      const secureContext = createSecureContext({ cert: readFileSync(certFile), key: readFileSync(keyFile) });
      plain.removeAllListeners('data');
      socket = new TLSSocket(plain, { isServer: true, secureContext });
      socket.on('data', heard).on('error', () => {});
    };
    if (tls?.implicit) encrypt();
    else socket.on('data', heard);
    void answer('greeting', '', '220 sink ESMTP');
  }

  const server = createServer((socket) => {
    sink.connections++;
    sockets.add(socket);
    socket.setNoDelay(true).on('error', () => {});
    socket.on('close', () => sockets.delete(socket));
    serve(socket);
  });
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(sink.port, '127.0.0.1', resolve));
  server.unref();
  return sink;
}
