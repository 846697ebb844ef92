import { lookup, Resolver } from 'node:dns/promises';
import ipaddr from 'ipaddr.js';
import { plainHost } from '../secrets/door.ts';
import { MailError } from './errors.ts';

/** An address that may be connected to. Connect to it and to nothing else: a second look-up may answer otherwise. */
export type Address = { address: string; family: 4 | 6 };

/** Which hosts this installation connects to. */
export interface Door {
  /**
   * The addresses of a host, in the order to try them. All of them are allowed, or none is given.
   * @throws {MailError} `network.forbidden` when one of them is not public and not allowed by name or address;
   *   `network.dns` when there is none.
   */
  resolve(host: string, signal?: AbortSignal): Promise<Address[]>;
  /** May a password go to this host unencrypted? `address` is where the connection goes, when that is known. */
  isAllowedCleartext(host: string, address?: string): boolean;
  /** Is this host named among those that the installation allows: one of its own? */
  isOwn(host: string): boolean;
}

const timeLimitMs = 5_000;
/** A name with hundreds of addresses would keep one login busy for minutes. */
const maxAddresses = 8;

/** The door of an installation: `allowHosts` opens it to private addresses, `dnsServers` asks those instead of the system. */
export function createDoor(options: {
  allowHosts: readonly string[];
  allowCleartextHosts?: readonly string[];
  dnsServers?: readonly string[];
}): Door {
  const allowed = hostList(options.allowHosts);
  const cleartext = hostList(options.allowCleartextHosts ?? []);
  const ask = options.dnsServers?.length ? askServers(options.dnsServers) : askSystem;

  return {
    async resolve(host, signal) {
      const name = plainHost(host);
      const literal = addressIn(name);
      const addresses = literal ? [literal] : await withinLimit(ask(nameToAsk(name)), name, signal);
      const forbidden = addresses.find((address) => !isPublic(address) && !allowed(name, address));
      if (forbidden) throw fault('network.forbidden', true, `${name} is ${forbidden}, which is not a public address`);
      return [...new Set(addresses.map(String))].slice(0, maxAddresses).map((address) => ({
        address,
        family: address.includes(':') ? 6 : 4,
      }));
    },
    isOwn(host) {
      const name = plainHost(host);
      return allowed(name, addressIn(name));
    },
    isAllowedCleartext(host, address) {
      const name = plainHost(host);
      return cleartext(name, (address === undefined ? undefined : addressIn(address)) ?? addressIn(name));
    },
  };
}

type Ip = ipaddr.IPv4 | ipaddr.IPv6;

/**
 * The address that a host is written as, in any form that the system's resolver would take (`127.1`, `0x7f.1`,
 * `2130706433`); undefined for a name. No top-level domain is a number (RFC 6912), so what ends in one is no name.
 */
function addressIn(host: string): Ip | undefined {
  if (host.includes(':')) {
    const address = host.split('%')[0]!;
    if (!ipaddr.IPv6.isValid(address)) throw fault('network.dns', true, `${host} is not an address`);
    return unmapped(ipaddr.IPv6.parse(address));
  }
  if (!isAddress(host)) return undefined;
  if (!ipaddr.IPv4.isValid(host)) throw fault('network.dns', true, `${host} is not an address`);
  return ipaddr.IPv4.parse(host);
}

/** Is this host written as an address, and so has no name? */
export const isAddress = (host: string): boolean => host.includes(':') || /(^|\.)(\d+|0x[\da-f]*)$/i.test(host);

/** `::ffff:10.0.0.1` is 10.0.0.1 to the kernel, so it is to us. */
const unmapped = (address: ipaddr.IPv6): Ip => (address.isIPv4MappedAddress() ? address.toIPv4Address() : address);

/**
 * Only what is known to be public passes. Beside the ranges that ipaddr.js names, IPv6 ends at 2000::/3, the only
 * space that is given out; addresses that carry an IPv4 address in them are as public as that one.
 */
function isPublic(address: Ip): boolean {
  if (address instanceof ipaddr.IPv4) return address.range() === 'unicast' && !cloudMetadata.has(String(address));
  const bytes = address.toByteArray();
  const embedded = (at: number) => isPublic(new ipaddr.IPv4(bytes.slice(at, at + 4)));
  const range = address.range();
  if (range === 'ipv4Mapped') return isPublic(address.toIPv4Address());
  if (range === '6to4') return embedded(2);
  // NAT64's well-known prefix is how an IPv6-only network reaches public IPv4 (RFC 6052).
  if (address.match(nat64)) return embedded(12);
  return range === 'unicast' && address.match(globalUnicast) && !documentation.some((net) => address.match(net));
}

/** Public by its number, but the machine's own host answers there: Azure's wire server. */
const cloudMetadata = new Set(['168.63.129.16']);
const nat64 = ipaddr.IPv6.parseCIDR('64:ff9b::/96');
const globalUnicast = ipaddr.IPv6.parseCIDR('2000::/3');
const documentation = ['2001:db8::/32', '3fff::/20'].map((net) => ipaddr.IPv6.parseCIDR(net));

/** Does a list of host names, addresses and CIDR ranges name this host, or the address it has? */
function hostList(entries: readonly string[]): (host: string, address: Ip | undefined) => boolean {
  const names = new Set<string>();
  const nets: [Ip, number][] = [];
  for (const entry of entries) {
    if (entry.includes('/')) {
      const [net, bits] = ipaddr.parseCIDR(entry);
      nets.push([net, bits]);
      continue;
    }
    const name = plainHost(entry);
    const address = addressIn(name);
    if (address) nets.push([address, address.kind() === 'ipv4' ? 32 : 128]);
    else names.add(name);
  }
  return (host, address) =>
    names.has(host) ||
    (address !== undefined && nets.some(([net, bits]) => net.kind() === address.kind() && address.match(net, bits)));
}

type Ask = (name: string) => Promise<string[]>;

/** As the system resolves, hosts file included, in its order (RFC 6724). */
const askSystem: Ask = async (name) =>
  (await lookup(name, { all: true, order: 'verbatim' })).map(({ address }) => address);

/** Ask these servers, past the system's settings. */
function askServers(servers: readonly string[]): Ask {
  const resolver = new Resolver({ timeout: 1_500, tries: 3 });
  resolver.setServers([...servers]);
  return async (name) => {
    const answers = await Promise.allSettled([resolver.resolve4(name), resolver.resolve6(name)]);
    const addresses = answers.flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : []));
    // One half unanswered is no failure: broken AAAA servers are common, and only what was answered is connected to.
    const failures = answers.flatMap((answer) => (answer.status === 'rejected' ? [answer.reason] : []));
    if (addresses.length === 0) throw failures.find((failure) => !isAbsence(failure)) ?? failures[0];
    return addresses;
  };
}

const isAbsence = (error: NodeJS.ErrnoException) => error.code === 'ENODATA' || error.code === 'ENOTFOUND';

async function withinLimit(asking: Promise<string[]>, name: string, signal: AbortSignal | undefined): Promise<Ip[]> {
  const limit = AbortSignal.timeout(timeLimitMs);
  const stop = signal ? AbortSignal.any([signal, limit]) : limit;
  let stopped = () => {};
  const waiting = new Promise<never>((_, reject) => {
    stopped = () => reject(stop.reason);
    if (stop.aborted) stopped();
    else stop.addEventListener('abort', stopped, { once: true });
  });
  try {
    const addresses = await Promise.race([asking, waiting]);
    return addresses.map((address) => {
      const parsed = ipaddr.parse(address.split('%')[0]!);
      return parsed instanceof ipaddr.IPv6 ? unmapped(parsed) : parsed;
    });
  } catch (error) {
    signal?.throwIfAborted();
    // Never permanent: a domain that lapsed, and a resolver that lies while its network is away, both look like this.
    const what = (error as NodeJS.ErrnoException).code ?? 'no answer in time';
    throw fault('network.dns', false, `${name} was not found (${what})`, error);
  } finally {
    stop.removeEventListener('abort', stopped);
    // The look-up itself cannot be taken back; its late failure has nobody left to tell.
    asking.catch(() => {});
  }
}

/** What could never be looked up is refused here, permanently: no waiting mends a typing error. */
function nameToAsk(name: string): string {
  if (name === '' || name.length > 253 || /[\s\0/\\]|\.\.|^\./.test(name)) {
    throw fault('network.dns', true, 'this is not a host name');
  }
  return name;
}

function fault(reason: 'network.dns' | 'network.forbidden', permanent: boolean, response: string, cause?: unknown) {
  return new MailError({ reason, permanent, protocol: 'dns', response }, { cause });
}
