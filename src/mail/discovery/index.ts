import { getServers } from 'node:dns';
import { createDoor } from '../addresses.ts';
import { MailError } from '../errors.ts';
import type { MailTls } from '../tls.ts';
import { readAddress } from './address.ts';
import { createAnswers, type Keeping, TooOften } from './answers.ts';
import { type Connect, connectDirectly } from './network.ts';
import { forAddress } from './result.ts';
import { type Outcome, type Setting, search } from './search.ts';
import { providerOf } from './table.ts';
import type { Discovered } from './types.ts';

export { type MailAddress, readAddress } from './address.ts';
export type { Connect } from './network.ts';
export { prefillOf } from './result.ts';
export type { Alternative, Discovered, Found, LoginMethod, NotFound, Rank, Source, Tried } from './types.ts';

/** Finds the servers of an address. */
export interface Discovery {
  /**
   * Find the servers of an address. No password has a part in it, and the address itself goes nowhere.
   * @param tenantId who is charged for the search, beside the domain; see {@link Keeping}.
   * @throws {MailError} `rate.limited` when too many were asked for; the reason of `signal` when that ended it.
   */
  discover(email: string, options: { signal: AbortSignal; tenantId?: string }): Promise<Discovered>;
}

/** The discovery of an installation. `connect`, `table` and `keeping` are for tests. */
export function createDiscovery({
  allowHosts,
  dnsServers,
  autoconfigUrl,
  tls,
  log,
  connect = connectDirectly,
  table = true,
  keeping,
}: {
  allowHosts: readonly string[];
  dnsServers: readonly string[];
  autoconfigUrl: string | undefined;
  tls: MailTls;
  /** Hears what each search tried; the domain is all that it says of anybody. */
  log?: Setting['log'];
  connect?: Connect;
  table?: boolean;
  keeping?: Keeping;
}): Discovery {
  // The system's own look-up keeps one of four threads busy for as long as a stranger's name server is silent, and the
  // whole process shares them. So the system's servers are asked directly.
  const servers = dnsServers.length > 0 ? dnsServers : getServers();
  const door = createDoor({ allowHosts, dnsServers: servers });
  const database = autoconfigUrl === '' ? undefined : autoconfigUrl;
  const setting = { door, tls, dnsServers: servers, database, connect, table, log };
  const answers = createAnswers<Outcome>(
    (domain, signal) => search(domain, setting, signal),
    (outcome) => 'imap' in outcome,
    keeping ? { keeping } : {},
  );
  return {
    async discover(email, { signal, tenantId }) {
      const address = readAddress(email);
      if (!address) return { notFound: { reason: 'discovery.not_found', prefill: nothing, tried: [] } };
      const domain = (table && providerOf(address.domain)?.domains[0]) || address.domain;
      try {
        const known = domain.startsWith('.') ? address.domain : domain;
        return forAddress(await answers.of(known, { signal, payer: tenantId }), address);
      } catch (error) {
        if (!(error instanceof TooOften)) throw error;
        const { retryAfterMs } = error;
        throw new MailError(
          { reason: 'rate.limited', permanent: false, protocol: 'dns', retryAfterMs },
          { cause: error },
        );
      }
    },
  };
}

const nothing = { login: 'password', imap: null, smtp: null, source: 'none' } as const;
