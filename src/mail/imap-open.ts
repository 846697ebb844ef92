import { ImapFlow, type ImapFlowOptions } from 'imapflow';
import { plainHost } from '../secrets/door.ts';
import type { Server } from '../words.ts';
import { type Address, isAddress } from './addresses.ts';
import { afterSecret, MailError } from './errors.ts';
import { imapFault } from './faults.ts';
import { createEnding } from './imap-commands.ts';
import { createConnection } from './imap-connection.ts';
import type { ImapConnection } from './imap-contract.ts';
import { planLogin } from './imap-login.ts';
import { type Attempt, createAttempt } from './imap-transport.ts';
import type { Login } from './login.ts';
import type { Phase } from './refusals/index.ts';
import type { MailTls } from './tls.ts';

/** An address that does not answer by then is left for the next one. */
const addressLimitMs = 10_000;
const greetingLimitMs = 20_000;
/** Longer than any wait of ours, so that ImapFlow's own watchdog never breaks an IDLE. */
const libraryTimeoutMs = 35 * 60_000;

/**
 * What a hostile server may make us hold. A line holds an envelope or an answer to SEARCH (a million UIDs); literals
 * are parts of messages, which are asked for in pieces.
 */
const limits = {
  maxLineLength: 8 * 2 ** 20,
  maxLiteralSize: 4 * 2 ** 20,
  maxResponseSize: 12 * 2 ** 20,
  maxResponseTokens: 200_000,
};

/** Whom to log in where. */
export type Target = { server: Server; login: Login; address: Address; tls: MailTls };
/** `answered`: somebody accepted the connection, so another address is no way out. */
export type Outcome =
  | { connection: ImapConnection; fault?: undefined; answered: true }
  | { connection?: undefined; fault: MailError; answered: boolean };

/** One login at one address. Rejects only when it was aborted, or when the secret could not be opened. */
export async function openAt(
  target: Target,
  { signal, until }: { signal: AbortSignal | undefined; until: number },
): Promise<Outcome> {
  const { server, login, address } = target;
  const host = plainHost(server.host);
  const attempt = createAttempt({ address, name: nameOf(host), tls: target.tls });
  const logged = createLogged();
  const plan = planLogin({ server, login, attempt, client: () => client });
  const left = Math.max(1, until - performance.now());
  const client = new ImapFlow(optionsFor(target, { left, attempt, auth: plan.auth, logger: logged.logger }));
  client.on('error', () => {}); // The same error rejects `connect`; a later one comes to a closed connection.
  logged.onThrottled(() => client.close());
  const faultOf = (error: unknown) =>
    imapFault(error, {
      phase: attempt.phase,
      host,
      greeting: attempt.lines.greeting(),
      lines: attempt.lines.refusals(),
      mechanism: plan.mechanism(),
      secrets: attempt.phase === 'auth' ? plan.secrets() : [],
    });

  let late = false;
  const stop = () => client.close();
  const timer = setTimeout(() => {
    late = true;
    stop();
  }, left);
  signal?.addEventListener('abort', stop, { once: true });
  try {
    await client.connect();
    if (plan.mechanism() === undefined) throw new Error('The session was open without a login');
  } catch (error) {
    client.close();
    signal?.throwIfAborted();
    plan.rethrowOwn();
    const fault = late ? tooLate() : faultOf(error);
    return { fault: attempt.phase === 'auth' ? afterSecret(fault) : fault, answered: attempt.phase !== 'connect' };
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', stop);
  }
  attempt.settle();
  return { connection: connectionOver({ client, attempt, logged, host, address: address.address }), answered: true };
}

/** The connection of a login that worked. In a function of its own, so that nothing of the login stays in memory. */
function connectionOver(parts: {
  client: ImapFlow;
  attempt: Attempt;
  logged: ReturnType<typeof createLogged>;
  host: string;
  address: string;
}): ImapConnection {
  const { client, attempt, logged, host, address } = parts;
  client.options.auth = undefined;
  const faultOf = (error: unknown, phase: Phase) => imapFault(error, { phase, host, lines: attempt.lines.refusals() });
  const ending = createEnding(() => client.close());
  let firstError: unknown;
  client.on('error', (error) => {
    firstError ??= error;
  });
  logged.onThrottled((error) => ending.end(faultOf(error, 'idle')));
  client.on('close', () => {
    const phase = attempt.lines.refusals().length > 0 ? 'bye' : 'idle';
    ending.end(faultOf(firstError ?? { code: 'NoConnection', message: 'Connection not available' }, phase));
  });
  if (client.isClosed) ending.end(faultOf({ code: 'NoConnection', reason: client.byeReason }, 'bye'));
  const { lines } = attempt;
  return createConnection({ client, ending, address, tls: attempt.tlsVersion(), lines, faultOf, logged });
}

function optionsFor(
  { server, address, tls }: Target,
  parts: {
    left: number;
    attempt: Attempt;
    auth: NonNullable<ImapFlowOptions['auth']>;
    logger: ImapFlowOptions['logger'];
  },
): ImapFlowOptions {
  const { left, attempt, auth, logger } = parts;
  const name = nameOf(plainHost(server.host));
  return {
    host: address.address,
    port: server.port,
    ...(name !== null && { servername: name }),
    secure: server.security === 'tls',
    ...(server.security !== 'tls' && { doSTARTTLS: server.security === 'starttls' }),
    auth,
    transport: attempt.transport,
    tls,
    logger,
    clientInfo: { name: 'Postbud', version: false, vendor: false, 'support-url': false },
    disableAutoIdle: true,
    // A pair of zlib streams takes far more memory than the rest of an idle mailbox.
    disableCompression: true,
    // Every server still speaks rev1, and few have been used with rev2 for long.
    disableIMAP4rev2: true,
    // Messages that are gone are told by their UIDs.
    qresync: true,
    connectionTimeout: Math.min(addressLimitMs, left),
    greetingTimeout: Math.min(greetingLimitMs, left),
    socketTimeout: libraryTimeoutMs,
    ...limits,
  };
}

/** The name that the certificate must bear; null when the host is an address. */
const nameOf = (host: string) => (isAddress(host) ? null : host);

/**
 * ImapFlow's log, of which we keep what it tells nowhere else: the last refusal that it swallowed, and that the server
 * asked for a pause. There are no methods for lower levels, so that it does not build such lines.
 */
function createLogged() {
  let lastWarning: unknown;
  let onThrottled = (_: unknown) => {};
  const note = (entry: { err?: unknown; msg?: string }) => {
    if (entry.err !== undefined) lastWarning = entry.err;
    if (entry.msg === 'Throttling detected') onThrottled(entry.err);
  };
  const logger = { warn: note, error: note, fatal: note } as unknown as ImapFlowOptions['logger'];
  return {
    logger,
    lastWarning: () => lastWarning,
    /** ImapFlow would sit on a throttled command for minutes, and then try it again. Whoever calls can plan better. */
    onThrottled(heard: (error: unknown) => void) {
      onThrottled = heard;
    },
  };
}

const tooLate = () => new MailError({ reason: 'network.timeout', permanent: false, protocol: 'imap' });
