import { connect as connectTcp, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import type { Address, Door } from '../addresses.ts';
import { MailError } from '../errors.ts';
import { classify, type Reason } from '../refusals/index.ts';
import type { MailTls } from '../tls.ts';

/** Open a connection to an address that was checked. Tests pass their own, to reach servers on unprivileged ports. */
export type Connect = (to: { host: string; address: string; family: 4 | 6; port: number }) => Socket;

/** The ways out of one discovery. Each host is looked up once, and only what was checked is connected to. */
export interface Network {
  /** A TCP connection to a host. @throws {MailError} */
  reach(host: string, port: number, signal: AbortSignal): Promise<Socket>;
  /** TLS on it, with a certificate for this very host. @throws {MailError} */
  secure(socket: Socket, host: string, signal: AbortSignal): Promise<TLSSocket>;
  /** Does the host have an address that may be connected to? Asks at most once. */
  exists(host: string, signal: AbortSignal): Promise<boolean>;
  /** The hosts that were looked up. */
  readonly lookedUp: ReadonlyMap<string, unknown>;
}

/** Connect as Node does. */
export const connectDirectly: Connect = ({ address, family, port }) =>
  connectTcp({ host: address, family, port, noDelay: true });

/** The next address is tried when one is silent for so long. */
const addressStaggerMs = 300;
const maxAddresses = 3;

/** The network of one discovery; `signal` ends its look-ups. */
export function createNetwork(
  { door, tls, connect }: { door: Pick<Door, 'resolve'>; tls: MailTls; connect: Connect },
  signal: AbortSignal,
): Network {
  const lookedUp = new Map<string, Promise<Address[]>>();
  const resolve = (host: string) => {
    let asking = lookedUp.get(host);
    if (!asking) {
      asking = door.resolve(host, signal);
      asking.catch(() => {}); // whoever waits for it hears of it; nobody may
      lookedUp.set(host, asking);
    }
    return asking;
  };
  return {
    async reach(host, port, stop) {
      const addresses = await orAborted(resolve(host), stop);
      return firstToConnect(
        addresses.slice(0, maxAddresses).map(
          ({ address, family }) =>
            () =>
              connect({ host, address, family, port }),
        ),
        { host, stop },
      );
    },
    secure(socket, host, stop) {
      const secured = connectTls({ ...tls, socket, servername: host, host });
      return settled(secured, 'secureConnect', { host, phase: 'tls', stop });
    },
    exists: (host, stop) =>
      orAborted(resolve(host), stop).then(
        () => true,
        () => false,
      ),
    lookedUp,
  };
}

/** Several addresses, each a little after the one before or when that one failed; the first that answers is taken. */
async function firstToConnect(
  attempts: readonly (() => Socket)[],
  { host, stop }: { host: string; stop: AbortSignal },
): Promise<Socket> {
  const losers = new AbortController();
  const end = AbortSignal.any([stop, losers.signal]);
  const tries: Promise<Socket>[] = [];
  for (const attempt of attempts) {
    const before = tries.at(-1);
    const turn = before && Promise.race([sleep(addressStaggerMs, undefined, { signal: end }), failureOf(before)]);
    const one = (turn ?? Promise.resolve()).then(() => {
      end.throwIfAborted();
      return settled(attempt(), 'connect', { host, phase: 'connect', stop: end });
    });
    tries.push(one);
  }
  try {
    const winner = await Promise.any(tries);
    for (const one of tries) one.then((socket) => socket !== winner && socket.destroy()).catch(() => {});
    return winner;
  } catch (error) {
    stop.throwIfAborted();
    throw error instanceof AggregateError ? error.errors[0] : error;
  } finally {
    losers.abort();
  }
}

const failureOf = (attempt: Promise<unknown>): Promise<void> =>
  new Promise((resolve) => {
    attempt.catch(() => resolve());
  });

/** Wait until a socket has come as far as `event`. It is destroyed on every other way out. */
function settled<S extends Socket>(
  socket: S,
  event: 'connect' | 'secureConnect',
  { host, phase, stop }: { host: string; phase: 'connect' | 'tls'; stop: AbortSignal },
): Promise<S> {
  return new Promise((resolve, reject) => {
    const leave = () => {
      stop.removeEventListener('abort', aborted);
      socket.off(event, reached).off('error', failed).off('close', closed);
      // Whatever happens to the socket later, somebody has to hear it.
      socket.on('error', () => {});
    };
    const fail = (error: unknown) => {
      leave();
      socket.destroy();
      reject(error);
    };
    const reached = () => {
      leave();
      resolve(socket);
    };
    const failed = (error: Error) => fail(new MailError(faultOf(error, host, phase), { cause: error }));
    const closed = () => failed(new Error('the connection was closed'));
    const aborted = () => fail(stop.reason);
    if (stop.aborted) return aborted();
    stop.addEventListener('abort', aborted, { once: true });
    socket.once(event, reached).once('error', failed).once('close', closed);
  });
}

function faultOf(error: NodeJS.ErrnoException, host: string, phase: 'connect' | 'tls') {
  const { reason, permanent } = classify({
    protocol: 'imap',
    phase,
    host,
    errorCode: error.code,
    errorMessage: error.message,
  });
  return { reason, permanent, protocol: 'imap' as const, response: error.message };
}

/** Do not wait any longer than this signal, though what is under way goes on. */
export function orAborted<T>(waiting: Promise<T>, stop: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const aborted = () => reject(stop.reason);
    if (stop.aborted) {
      waiting.catch(() => {}); // too late to be heard
      return aborted();
    }
    stop.addEventListener('abort', aborted, { once: true });
    waiting.then(resolve, reject).finally(() => stop.removeEventListener('abort', aborted));
  });
}

/** Why something failed, in the words of the contract. */
export function reasonOf(error: unknown): Reason {
  if (error instanceof MailError) return error.reason;
  const { name } = error as Error;
  if (name === 'TimeoutError' || name === 'AbortError') return 'network.timeout';
  throw error;
}
