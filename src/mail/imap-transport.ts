import { connect as connectTcp, type Socket } from 'node:net';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import type { ImapTransport } from 'imapflow';
import type { Address } from './addresses.ts';
import { refusedGreeting, tooMuch } from './faults.ts';
import { createServerLines, type ServerLines } from './imap-lines.ts';
import type { Phase } from './refusals/index.ts';
import type { MailTls } from './tls.ts';

/** One try at one address: ImapFlow's way to the server, and what is known about it when it fails. */
export interface Attempt {
  readonly transport: ImapTransport;
  /** How far it came. The login moves it to `auth`. */
  phase: Phase;
  readonly lines: ServerLines;
  /** The protocol version once TLS is up. */
  tlsVersion(): string | null;
  /** The login is done: from here on the connection is mostly quiet. */
  settle(): void;
}

/**
 * ImapFlow listens for errors while it has a use for the socket, and not after it has let go of it: an error that comes
 * later than that would end the process.
 */
const nobodyLeft = () => {};

/** Greeting, capabilities and refusals are a few hundred bytes. */
const bytesBeforeLogin = 2 ** 20;

/** A peer that vanished without a word is found within this and ten seconds. */
const keepAliveMs = 30_000;

/**
 * Connect to exactly this address, under the name that the certificate must bear. ImapFlow's own way would do the
 * same, but tells neither how far it came nor what a server said that speaks another protocol.
 */
export function createAttempt({
  address,
  name,
  tls,
}: {
  address: Address;
  name: string | null;
  tls: MailTls;
}): Attempt {
  const lines = createServerLines();
  let socket: Socket | TLSSocket | undefined;

  // Without `servername` the certificate must name the address itself; `host` is what Node then compares it with.
  const identity = { host: address.address, ...(name !== null && { servername: name }), ...tls };
  const own = <S extends Socket>(opening: S): S => opening.setNoDelay(true).on('error', nobodyLeft);
  const listen = (opened: Socket) => {
    socket = opened;
    attempt.phase = 'greeting';
    opened.on('data', lines.hear);
    lines.budget(bytesBeforeLogin, () => opened.destroy(tooMuch()));
    // A server of another protocol waits for commands that never come: there is nothing to wait for.
    lines.onGreeting((greeting) => {
      if (refusedGreeting(greeting)) opened.destroy(new Error('refused by its greeting'));
    });
  };

  const attempt: Attempt = {
    phase: 'connect',
    lines,
    tlsVersion: () => (socket && 'getProtocol' in socket ? socket.getProtocol() : null),
    settle() {
      lines.relax();
      // ImapFlow probes every 5 s, and Linux by Node's setting each second after that: a lot for thousands of mailboxes.
      socket?.setKeepAlive(true, keepAliveMs);
    },
    transport: {
      connect({ port, secure }, onConnect) {
        const to = { host: address.address, port, family: address.family };
        const opening = own(secure ? connectTls({ ...to, ...identity }) : connectTcp(to));
        opening.once('connect', () => {
          attempt.phase = 'tls';
        });
        opening.once(secure ? 'secureConnect' : 'connect', () => {
          listen(opening);
          onConnect();
        });
        return opening;
      },
      upgrade(plain, _options, onSecure) {
        // What was said in clear does not count once there is TLS: anybody on the way may have said it.
        plain.off('data', lines.hear);
        lines.forget();
        attempt.phase = 'tls';
        const secured = own(connectTls({ ...identity, socket: plain }));
        secured.once('secureConnect', () => {
          listen(secured);
          onSecure();
        });
        return secured;
      },
    },
  };
  return attempt;
}
