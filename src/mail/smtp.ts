import { connect, isIP, type Socket } from 'node:net';
import type { ConnectionOptions, TLSSocket } from 'node:tls';
import SMTPConnection from 'nodemailer/lib/smtp-connection';
import type { Server } from '../words.ts';
import type { Address, Door } from './addresses.ts';
import { afterSecret, MailError } from './errors.ts';
import type { Login } from './login.ts';
import { clean } from './refusals/index.ts';
import { faultOf, type NodemailerFault, type RefusedRecipient, SendError } from './smtp-faults.ts';
import { type OutgoingMail, type Sent, sendHeldBack } from './smtp-send.ts';
import { limitTalk } from './smtp-talk.ts';

/** A connection to a submission server, logged in. It ends by an error, by the server, or by `quit` and `destroy`. */
export type SmtpConnection = {
  extensions: string[];
  /** Octets that the server takes; 0 when it names no limit. */
  maxSize: number;
  /** The TLS version, or `none`. */
  tls: string;
  /** False once it is of no use any more. */
  readonly open: boolean;
  /** @throws {SendError}, or what `mail.beforeEnd` rejected with; the connection is destroyed then. */
  send(mail: OutgoingMail): Promise<Sent>;
  /** Ask for a sign of life; false when there was none within the limit, and the connection is gone. */
  isAlive(timeLimitMs: number): Promise<boolean>;
  /** Say goodbye; the server has two seconds to answer. Resolves when the connection is gone. */
  quit(): Promise<void>;
  destroy(): void;
  /** Called once when it has ended. */
  onEnd(ended: () => void): void;
};

export type Smtp = ReturnType<typeof createSmtp>;

type Limits = { signal: AbortSignal; timeLimitMs: number };

/** Silence of a server within a dialogue, before the verdict on a whole mail. */
const silenceLimitMs = 2 * 60_000;
const goodbyeLimitMs = 2_000;

/**
 * The edge to submission servers. It connects to addresses that the door has checked and to no others, and tries
 * exactly one login for each connection.
 */
export function createSmtp({
  door,
  tls,
  verdictLimitMs,
}: {
  door: Door;
  tls: ConnectionOptions;
  /** How long a server may think about a whole mail; default: ten minutes. */
  verdictLimitMs?: number;
}) {
  return {
    /** @throws {MailError} that says why not; the reason of `signal` when that ended it. */
    async open(
      { server, login }: { server: Server; login: Login },
      { signal, timeLimitMs }: Limits,
    ): Promise<SmtpConnection> {
      if (server.port === 110 || server.port === 995) throw fault('protocol.pop3', `port ${server.port} is POP3`);
      if (server.security === 'none' && !door.isAllowedCleartext(server.host)) throw fault('tls.required');
      const limit = AbortSignal.timeout(timeLimitMs);
      const stop = AbortSignal.any([signal, limit]);
      const began = {
        socket: undefined as Socket | undefined,
        client: undefined as SMTPConnection | undefined,
        login: false,
      };
      const end = () => {
        began.client?.close();
        began.socket?.destroy();
      };
      stop.addEventListener('abort', end, { once: true });
      try {
        const addresses = await door.resolve(server.host, stop);
        began.socket = await connectTo(addresses, server, stop, timeLimitMs);
        began.client = await greet(began.socket, server, tls, timeLimitMs, (client) => (began.client = client));
        began.login = true;
        await logIn(began.client, server, login);
        stop.throwIfAborted();
        return connectionOf(began.client, server, verdictLimitMs);
      } catch (error) {
        end();
        signal.throwIfAborted();
        const failure = limit.aborted ? fault('network.timeout', '', false, error) : error;
        throw began.login && failure instanceof MailError ? afterSecret(failure) : failure;
      } finally {
        stop.removeEventListener('abort', end);
      }
    },
  };
}

/** A TCP connection to one of the checked addresses, in their order. */
function connectTo(
  addresses: Address[],
  { host, port }: Server,
  stop: AbortSignal,
  timeLimitMs: number,
): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({
      port,
      // With one address there is nothing to look up; else the look-up gives what was checked.
      host: addresses.length === 1 ? addresses[0]!.address : host,
      autoSelectFamily: addresses.length > 1,
      autoSelectFamilyAttemptTimeout: Math.max(1_000, Math.floor(timeLimitMs / (addresses.length + 1))),
      lookup: (_name, options, found) =>
        options.all ? found(null, addresses) : found(null, addresses[0]!.address, addresses[0]!.family),
    });
    const failed = (error: Error) => {
      socket.destroy();
      reject(new MailError(faultOf(firstOf(error), { host, phase: 'connect' }), { cause: error }));
    };
    const aborted = () => {
      socket.destroy();
      reject(stop.reason);
    };
    stop.addEventListener('abort', aborted, { once: true });
    socket.once('error', failed);
    socket.once('connect', () => {
      stop.removeEventListener('abort', aborted);
      socket.off('error', failed);
      // Until Nodemailer listens, an error has to find somebody.
      socket.on('error', () => {});
      resolve(socket);
    });
  });
}

/** Several addresses that failed are one error with many inside: the last one had its whole time. */
const firstOf = (error: Error): Error => (error instanceof AggregateError ? (error.errors.at(-1) as Error) : error);

/** Greeting, EHLO and TLS. */
function greet(
  socket: Socket,
  server: Server,
  tls: ConnectionOptions,
  timeLimitMs: number,
  made: (client: SMTPConnection) => void,
): Promise<SMTPConnection> {
  return new Promise((resolve, reject) => {
    const client = new SMTPConnection({
      connection: socket,
      host: server.host,
      port: server.port,
      ...(isIP(server.host) ? {} : { servername: server.host }),
      secure: server.security === 'tls',
      requireTLS: server.security === 'starttls',
      ignoreTLS: server.security === 'none',
      tls: { minVersion: 'TLSv1.2', ...tls },
      connectionTimeout: timeLimitMs,
      greetingTimeout: timeLimitMs,
      socketTimeout: silenceLimitMs,
      socketCloseTimeout: 0,
      maxResponseSize: 64 * 1024,
      logger: false,
      customAuth: {
        [ownName('XOAUTH2')]: tokenLogin('XOAUTH2'),
        [ownName('OAUTHBEARER')]: tokenLogin('OAUTHBEARER', server),
      },
    });
    made(client);
    limitTalk(client);
    const failed = (error: NodemailerFault) => {
      const noTls = error.command === 'STARTTLS' && (error.responseCode ?? 0) >= 500;
      if (noTls) return reject(fault('tls.required', clean(error.response ?? ''), true, error));
      const phase = client.upgrading || error.code === 'ETLS' ? 'tls' : 'greeting';
      reject(new MailError(faultOf(error, { host: server.host, phase }), { cause: error }));
    };
    client.on('error', failed); // stays: an error of a connection at rest ends it and nothing else
    client.once('end', () => failed(new Error('Connection closed unexpectedly')));
    client.connect((error) => (error ? failed(error) : resolve(client)));
  });
}

/** One mechanism, one try. Nodemailer's own XOAUTH2 asks for a new token and tries again; this one does not. */
async function logIn(client: SMTPConnection, server: Server, login: Login): Promise<void> {
  const { host, username } = server;
  const { offered } = offersOf(client);
  const wanted = login.kind === 'oauth2' ? ['XOAUTH2', 'OAUTHBEARER'] : ['PLAIN', 'LOGIN', 'CRAM-MD5'];
  const mechanism = wanted.find((name) => offered.includes(name));
  if (mechanism === undefined) {
    const onlyTokens =
      offered.some((name) => name === 'XOAUTH2' || name === 'OAUTHBEARER') && login.kind === 'password';
    throw fault(
      onlyTokens ? 'auth.oauth_required' : 'auth.mechanism_unsupported',
      `offered: ${offered.join(' ') || 'no login'}`,
    );
  }
  const secret = login.reveal();
  // Some servers repeat what they were given, as they got it.
  const secrets = [
    secret,
    `\0${username}\0${secret}`,
    tokenLine(username, secret),
    tokenLine(username, secret, server),
  ];
  await new Promise<void>((resolve, reject) => {
    const failed = (error: NodemailerFault) =>
      reject(
        new MailError(faultOf(error, { host, phase: 'auth', mechanism, secrets }), {
          cause: new Error(clean(error.message, secrets)),
        }),
      );
    client.once('end', () => failed(new Error('Connection closed unexpectedly')));
    client.once('error', failed);
    const method = login.kind === 'oauth2' ? ownName(mechanism) : mechanism;
    client.login({ method, user: username, pass: secret }, (error) => (error ? failed(error) : resolve()));
  });
  // Nodemailer would keep the secret as long as the connection.
  (client as unknown as { _auth: unknown })._auth = {};
}

/**
 * A name that Nodemailer does not know. Under its own it takes XOAUTH2 without a token generator to mean whatever the
 * server offers first, and sends the token as a PLAIN password.
 */
const ownName = (mechanism: string) => `OWN-${mechanism}`;

/** What goes out as a token's login: XOAUTH2, or RFC 7628 where a server is named. */
const tokenLine = (user: string, token: string, server?: Server) => {
  const escaped = user.replaceAll('=', '=3D').replaceAll(',', '=2C');
  const head = server ? `n,a=${escaped},\x01host=${server.host}\x01port=${server.port}` : `user=${user}`;
  return `${head}\x01auth=Bearer ${token}\x01\x01`;
};

/** On a refusal the server explains itself in a challenge; an empty line ends XOAUTH2, a lone \x01 OAUTHBEARER. */
function tokenLogin(mechanism: string, server?: Server): SMTPConnection.CustomAuthenticationHandlers[string] {
  return async ({ auth, sendCommand }) => {
    const line = tokenLine(auth.credentials.user, auth.credentials.pass, server);
    const first = await sendCommand(`AUTH ${mechanism} ${Buffer.from(line).toString('base64')}`);
    if (first.status === 235) return;
    const last = first.status === 334 ? await sendCommand(server ? 'AQ==' : '') : first;
    const challenge = first.status === 334 ? first.text.trim() : undefined;
    throw Object.assign(new Error('Invalid login'), { challenge, response: last.response, responseCode: last.status });
  };
}

function connectionOf(client: SMTPConnection, server: Server, verdictLimitMs?: number): SmtpConnection {
  const { extensions, maxSize } = offersOf(client);
  const socket = client._socket as TLSSocket;
  return {
    extensions,
    maxSize,
    tls: socket.getProtocol?.() ?? 'none',
    get open() {
      return !client.destroyed && !socket.destroyed && socket.writable;
    },
    async send(mail) {
      try {
        limitTalk(client, mail.to.length);
        const { able, unable } = nameable(mail, extensions);
        if (able.length === 0) throw unnamed(mail, unable);
        // Nodemailer asks for SMTPUTF8 when the envelope needs it, and only then may the headers be international.
        const plain = [mail.from, ...able].every(isAscii) ? await mail.ascii?.() : undefined;
        const written = { ...mail, ...plain, to: able };
        const size = sizeOf(written) ?? 0;
        if (maxSize > 0 && size > maxSize) throw tooLarge(size, maxSize);
        const sent = await sendHeldBack(client, server.host, written, verdictLimitMs);
        return { ...sent, rejected: [...unable, ...sent.rejected] };
      } finally {
        if (!socket.destroyed) socket.setTimeout(silenceLimitMs);
      }
    },
    isAlive(timeLimitMs) {
      return new Promise((resolve) => {
        const answer = (alive: boolean) => {
          clearTimeout(timer);
          client.off('end', ended);
          if (!alive) client.close();
          resolve(alive);
        };
        const ended = () => answer(false);
        const timer = setTimeout(ended, timeLimitMs);
        client.once('end', ended);
        client.reset((error) => answer(!error));
      });
    },
    quit() {
      if (client.destroyed) return Promise.resolve();
      return new Promise((resolve) => {
        const timer = setTimeout(() => client.close(), goodbyeLimitMs);
        client.once('end', () => {
          clearTimeout(timer);
          resolve();
        });
        client.quit();
      });
    },
    destroy: () => client.close(),
    onEnd(ended) {
      if (client.destroyed) ended();
      else client.once('end', ended);
    },
  };
}

/** What the server offered in its last EHLO. Nodemailer keeps it to itself, but for custom logins. */
function offersOf(client: SMTPConnection) {
  const inside = client as unknown as { _ehloLines?: string[]; _maxAllowedSize: number };
  const extensions = inside._ehloLines ?? [];
  const offered = extensions
    .flatMap((line) => /^AUTH[ =](.*)/i.exec(line)?.[1]?.split(/[\s=]+/) ?? [])
    .map((name) => name.toUpperCase());
  return { extensions, offered, maxSize: inside._maxAllowedSize };
}

/** Addresses outside of ASCII go only to servers that offer SMTPUTF8 (RFC 6531). */
function nameable({ from, to }: OutgoingMail, extensions: string[]): { able: string[]; unable: RefusedRecipient[] } {
  const offered = extensions.some((line) => /^SMTPUTF8\b/i.test(line));
  const isAble = (address: string) => offered || isAscii(from + address);
  const able = to.filter(isAble);
  const unable = to
    .filter((address) => !isAble(address))
    .map((address) => ({
      address,
      response: `this server takes no address with letters like those of ${isAscii(from) ? address : from} (it does not offer SMTPUTF8)`,
      reason: 'send.recipient_rejected' as const,
      permanent: true,
    }));
  return { able, unable };
}

const isAscii = (text: string) => !/[^\x00-\x7f]/.test(text);

const unnamed = ({ from }: OutgoingMail, rejected: RefusedRecipient[]) =>
  new SendError({
    reason: isAscii(from) ? 'send.recipient_rejected' : 'send.sender_rejected',
    permanent: true,
    protocol: 'smtp',
    response: rejected[0]?.response ?? 'the mail has no recipient',
    stage: 'envelope',
    rejected,
  });

const sizeOf = ({ body, size }: OutgoingMail) => (Buffer.isBuffer(body) ? body.length : size);

const tooLarge = (size: number, maxSize: number) =>
  new SendError({
    reason: 'send.message_too_large',
    permanent: true,
    protocol: 'smtp',
    response: `the mail has ${size} octets, and the server takes ${maxSize}`,
    stage: 'envelope',
  });

const fault = (
  reason: ConstructorParameters<typeof MailError>[0]['reason'],
  response = '',
  permanent = true,
  cause?: unknown,
) => new MailError({ reason, permanent, protocol: 'smtp', response }, { cause });
