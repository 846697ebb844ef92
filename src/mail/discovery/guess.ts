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
    pop3: wanted,
    enough,
    mayAsk,
    note,
  }: {
    network: Network;
    signal: AbortSignal;
    /** Servers that a record or a file named without their counterpart. */
    first: { imap: readonly Offer[]; smtp: readonly Offer[] };
    exchanger: string | null;
    /** Find out whether there is only POP3, when there is no IMAP. */
    pop3: boolean;
    /** Resolves when a better source has spoken, or none is left that could. */
    enough: Promise<boolean>;
    /** May one more host be looked up? If not now, then perhaps once no file is awaited any more. */
    mayAsk: () => boolean;
    note: (tried: Tried) => void;
  },
): Promise<Guessed> {
  let cleartext = false;
  const allowed = async (host: string): Promise<boolean> =>
    network.lookedUp.has(host) || mayAsk() || (!(await enough) && mayAsk());
  const prove = (protocol: Protocol, offer: Offer, limitMs = hostLimitMs): Way<Offer> => {
    return async (stop) => {
      if (!(await allowed(offer.host))) return null;
      const knocked = await knock(protocol, offer, network, { limitMs, signal: stop, strict: true });
      if (knocked.ok) return offer;
      // A name that does not exist is no news: most guesses are wrong.
      if (knocked.reason !== 'network.dns' && !stop.aborted) {
        note({ source: 'guess', host: offer.host, port: offer.port, reason: knocked.reason });
      }
      if (knocked.reason === 'tls.required' && protocol === 'imap') cleartext = true;
      return null;
    };
  };
  const ways = (protocol: 'imap' | 'smtp', named: readonly Offer[]): Way<Offer>[] => {
    const usual = [`${protocol}.${domain}`, `mail.${domain}`, domain];
    const hosts = [...new Set([...usual, ...(exchanger === null ? [] : [exchanger])])].slice(0, maxHosts);
    return [
      ...named.map((offer) => prove(protocol, offer)),
      ...(['tls', 'starttls'] as const).flatMap((security) =>
        hosts.map((host) => prove(protocol, { host, port: portOf[protocol][security], security, user: 'unknown' })),
      ),
    ];
  };
  const options = { staggerMs, graceMs, signal };
  const [imap, smtp] = await Promise.all([
    bestOf(ways('imap', first.imap), options),
    bestOf(ways('smtp', first.smtp), options),
  ]);
  if (imap !== null || !wanted) return { imap, smtp, pop3: false, cleartext };
  const pop3Hosts = [`pop.${domain}`, `mail.${domain}`];
  const pop3 = await bestOf(
    pop3Hosts.map((host) => prove('pop3', { host, port: 995, security: 'tls', user: 'unknown' }, pop3LimitMs)),
    options,
  );
  return { imap, smtp, pop3: pop3 !== null, cleartext };
}

const portOf = { imap: { tls: 993, starttls: 143 }, smtp: { tls: 465, starttls: 587 } } as const;
