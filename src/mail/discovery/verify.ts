import type { Reason } from '../refusals/index.ts';
import { bestOf, type Way } from './in-order.ts';
import type { Network } from './network.ts';
import { knock } from './probe.ts';
import type { Candidate, Offer, Tried } from './types.ts';

/** The servers of a candidate that answered, or why they did not. */
export type Verified = { imap: Offer; smtp: Offer } | { failures: Reason[] };

const limitMs = 2_000;
/** The next best server of a protocol joins in when the one before has not answered by then. */
const staggerMs = 700;
const graceMs = 400;

/** Connect to both servers of a candidate at once, as far as the greeting. */
export async function verify(
  candidate: Candidate,
  { network, signal, note }: { network: Network; signal: AbortSignal; note: (tried: Tried) => void },
): Promise<Verified> {
  const stop = AbortSignal.any([signal, AbortSignal.timeout(limitMs)]);
  const failures: Reason[] = [];
  const failed = ({ host, port }: Offer, reason: Reason) => {
    failures.push(reason);
    note({ source: candidate.source, host, port, reason });
  };
  const answering = async (protocol: 'imap' | 'smtp', offers: readonly Offer[]) => {
    const open = new Set(offers);
    const ways = offers.map(
      (offer): Way<Offer> =>
        async (end) => {
          const knocked = await knock(protocol, offer, network, { limitMs, signal: end });
          if (!end.aborted) {
            open.delete(offer);
            if (!knocked.ok) failed(offer, knocked.reason);
          }
          return knocked.ok ? offer : null;
        },
    );
    const best = await bestOf(ways, { staggerMs, graceMs, signal: stop });
    if (best === null && stop.aborted && open.size > 0) failed([...open][0]!, 'network.timeout');
    return best;
  };
  const [imap, smtp] = await Promise.all([answering('imap', candidate.imap), answering('smtp', candidate.smtp)]);
  return imap && smtp ? { imap, smtp } : { failures };
}
