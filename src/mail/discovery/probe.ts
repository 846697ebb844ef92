import type { Socket } from 'node:net';
import { MailError } from '../errors.ts';
import type { Reason } from '../refusals/index.ts';
import { type Network, reasonOf } from './network.ts';
import type { Offer } from './types.ts';

export type Protocol = 'imap' | 'smtp' | 'pop3';

/** What knocking at a server showed: nothing but a greeting, the offer of TLS, and its certificate. Nobody logs in. */
export type Knock = { ok: true } | { ok: false; reason: Reason };

/**
 * Does a server of this protocol greet us under a certificate for its name?
 * @param strict an SMTP server has to take logins too: an exchanger that only takes mail in is no submission server.
 */
export async function knock(
  protocol: Protocol,
  { host, port, security }: Omit<Offer, 'user'>,
  network: Network,
  { limitMs, signal, strict = false }: { limitMs: number; signal: AbortSignal; strict?: boolean },
): Promise<Knock> {
  const stop = AbortSignal.any([signal, AbortSignal.timeout(limitMs)]);
  let lines: Lines | undefined;
  let socket: Socket | undefined;
  try {
    socket = await network.reach(host, port, stop);
    lines = createLines(security === 'tls' ? await network.secure(socket, host, stop) : socket, stop);
    const dialogue = { imap: imapDialogue, smtp: smtpDialogue, pop3: pop3Dialogue }[protocol];
    await dialogue(lines, {
      strict,
      ...(security === 'starttls' && {
        async secure() {
          lines = createLines(await network.secure(lines!.release(), host, stop), stop);
          return lines;
        },
      }),
    });
    lines.close();
    return { ok: true };
  } catch (error) {
    lines?.destroy();
    socket?.destroy();
    return { ok: false, reason: reasonOf(error) };
  }
}

type Dialogue = (lines: Lines, options: { strict: boolean; secure?: () => Promise<Lines> }) => Promise<void>;

const imapDialogue: Dialogue = async (lines, { secure }) => {
  const greeting = await lines.next();
  // A server that is full says BYE, and is an IMAP server all the same.
  if (!/^\* (OK|PREAUTH|BYE)\b/i.test(greeting)) throw otherProtocol(greeting, 'protocol.not_imap');
  if (!secure) return lines.say('a1 LOGOUT');
  if (!/^\* OK/i.test(greeting)) throw fault('tls.required', greeting);
  lines.say('a1 STARTTLS');
  let answer = await lines.next();
  while (answer.startsWith('*')) answer = await lines.next();
  if (!/^a1 OK\b/i.test(answer)) throw fault('tls.required', answer);
  (await secure()).say('a2 LOGOUT');
};

const smtpDialogue: Dialogue = async (lines, { secure, strict }) => {
  const greeting = await reply(lines);
  // 421 is a server that is busy.
  if (!/^(220|421)/.test(greeting[0]!)) throw otherProtocol(greeting[0]!, 'protocol.not_smtp');
  if (greeting[0]!.startsWith('421')) {
    if (secure || strict) throw fault('server.unavailable', greeting[0]!);
    return;
  }
  let talk = lines;
  if (secure) {
    if (!(await hello(lines)).some((line) => /^250[ -]STARTTLS\s*$/i.test(line))) throw fault('tls.required', '');
    lines.say('STARTTLS');
    const answer = await reply(lines);
    if (!answer[0]!.startsWith('220')) throw fault('tls.required', answer[0]!);
    talk = await secure();
  }
  if (strict && !(await hello(talk)).some((line) => /^250[ -]AUTH[ =]/i.test(line))) {
    throw fault('protocol.not_smtp', 'it takes no logins');
  }
  talk.say('QUIT');
};

const pop3Dialogue: Dialogue = async (lines) => {
  const greeting = await lines.next();
  if (!greeting.startsWith('+OK')) throw otherProtocol(greeting, 'unknown');
  lines.say('QUIT');
};

async function hello(lines: Lines): Promise<string[]> {
  // An address literal says nothing about where we are, and every server takes it (RFC 5321 4.1.3).
  lines.say('EHLO [127.0.0.1]');
  return reply(lines);
}

async function reply(lines: Lines): Promise<string[]> {
  const said = [await lines.next()];
  while (/^\d{3}-/.test(said.at(-1)!)) said.push(await lines.next());
  return said;
}

function otherProtocol(greeting: string, reason: Reason): MailError {
  return fault(greeting.startsWith('+OK') ? 'protocol.pop3' : reason, greeting);
}

const fault = (reason: Reason, said: string) =>
  new MailError({ reason, permanent: true, protocol: 'imap', response: said.slice(0, 200) });

/** A server's lines, for as long as the greeting takes. */
type Lines = {
  next(): Promise<string>;
  say(line: string): void;
  /** Give the socket up for TLS. @throws when the server said more than it was asked: somebody speaks in its place. */
  release(): Socket;
  /** Leave, once what was said last is on its way. */
  close(): void;
  destroy(): void;
};

/** A greeting and its capabilities are far shorter; a server that says more is none that we want. */
const maxBytes = 16 * 1024;
/** A peer that does not take our farewell keeps us no longer than this. */
const farewellMs = 1_000;

function createLines(socket: Socket, stop: AbortSignal): Lines {
  let buffer = '';
  let bytes = 0;
  let ended: Error | undefined;
  let wake = () => {};
  const end = (error: Error) => {
    ended ??= error;
    wake();
  };
  const heard = (chunk: Buffer) => {
    bytes += chunk.length;
    buffer += chunk.toString('latin1');
    if (bytes > maxBytes) end(fault('unknown', 'it says too much'));
    wake();
  };
  const gone = () => end(fault('network.reset', ''));
  const aborted = () => {
    end(stop.reason);
    socket.destroy();
  };
  socket.on('data', heard).on('error', gone).on('close', gone);
  if (stop.aborted) aborted();
  else stop.addEventListener('abort', aborted, { once: true });
  const leave = () => {
    stop.removeEventListener('abort', aborted);
    socket.off('data', heard).off('close', gone); // `error` keeps its listener
  };
  return {
    async next() {
      for (;;) {
        const at = buffer.indexOf('\n');
        if (at >= 0 && bytes <= maxBytes) {
          const line = buffer.slice(0, at).replace(/\r$/, '');
          buffer = buffer.slice(at + 1);
          return line;
        }
        if (ended) throw ended;
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    },
    say(line) {
      if (socket.writable) socket.write(`${line}\r\n`);
    },
    release() {
      // What came before the handshake anybody on the way may have written (CVE-2011-0411).
      if (buffer !== '') throw fault('tls.handshake', 'the server spoke before the handshake');
      leave();
      return socket;
    },
    close() {
      leave();
      socket.setTimeout(farewellMs, () => socket.destroy()).destroySoon();
    },
    destroy() {
      leave();
      socket.destroy();
    },
  };
}
