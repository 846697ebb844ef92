import { setTimeout as sleep } from 'node:timers/promises';
import { bestOf, type Way } from './in-order.ts';
import type { Network } from './network.ts';
import { knock, type Protocol } from './probe.ts';
import type { Offer, Tried } from './types.ts';

/** What guessing proved, protocol by protocol. */
export type Guessed = { imap: Offer | null; smtp: Offer | null; pop3: boolean; cleartext: boolean };

const hostLimitMs = 1_500;
const pop3LimitMs = 1_000;
const staggerMs = 100;
/** A better guess that is still silent this long after a worse one was proved is not waited for. */
const graceMs = 600;
const maxHosts = 4;
/** The exchanger is asked for last and a little later, so that a file that is on its way saves the question. */
const exchangerDelayMs = 600;

/**
 * Try the names that mail servers usually have. A name counts when a server of the right protocol greets there under a
 * certificate for that very name, and for SMTP when it takes logins; a name alone, as a wildcard in the DNS gives to
 * everything, is nothing.
 */
export async function guess(
  domain: string,
  {
    network,
    signal,
    first,
    exchanger,
    enough,
    note,
  }: {
    network: Network;
    signal: AbortSignal;
    /** Servers that a record or a file named without their counterpart. */
    first: { imap: readonly Offer[]; smtp: readonly Offer[] };
    exchanger: string | null;
    /** Resolves when a better source has spoken. */
    enough: Promise<boolean>;
    note: (tried: Tried) => void;
  },
): Promise<Guessed> {
  let cleartext = false;
  const prove = (protocol: Protocol, offer: Offer, limitMs = hostLimitMs): Way<Offer> => {
    return async (stop) => {
      const knocked = await knock(protocol, offer, network, { limitMs, signal: stop, strict: true });
      if (knocked.ok) return offer;
      // A name that does not exist is no news: most guesses are wrong.
      if (knocked.reason !== 'network.dns' && !stop.aborted)
        note({ source: 'guess', host: offer.host, reason: knocked.reason });
      if (knocked.reason === 'tls.required' && protocol === 'imap') cleartext = true;
      return null;
    };
  };
  const late = (way: Way<Offer>): Way<Offer> => {
    return async (stop) => {
      const known = await Promise.race([enough, sleep(exchangerDelayMs, false, { signal: stop })]);
      return known ? null : way(stop);
    };
  };
  const ways = (protocol: 'imap' | 'smtp', named: readonly Offer[]): Way<Offer>[] => {
    const usual = [`${protocol}.${domain}`, `mail.${domain}`, domain];
    const hosts = [...new Set([...usual, ...(exchanger === null ? [] : [exchanger])])].slice(0, maxHosts);
    return [
      ...named.map((offer) => prove(protocol, offer)),
      ...(['tls', 'starttls'] as const).flatMap((security) =>
        hosts.map((host) => {
          const way = prove(protocol, { host, port: portOf[protocol][security], security, user: 'unknown' });
          return host === exchanger && !usual.includes(host) ? late(way) : way;
        }),
      ),
    ];
  };
  const options = { staggerMs, graceMs, signal };
  const [imap, smtp] = await Promise.all([
    bestOf(ways('imap', first.imap), options),
    bestOf(ways('smtp', first.smtp), options),
  ]);
  if (imap !== null) return { imap, smtp, pop3: false, cleartext };
  const pop3Hosts = [`pop.${domain}`, `mail.${domain}`];
  const pop3 = await bestOf(
    pop3Hosts.map((host) => prove('pop3', { host, port: 995, security: 'tls', user: 'unknown' }, pop3LimitMs)),
    options,
  );
  return { imap, smtp, pop3: pop3 !== null, cleartext };
}

const portOf = { imap: { tls: 993, starttls: 143 }, smtp: { tls: 465, starttls: 587 } } as const;
