import { domainToASCII } from 'node:url';
import type { KeyRing } from './key-ring.ts';

/** Where a secret is shown: the login of one user name at one host. */
export type Door = { host: string; username: string };

/** A host name as it is compared: lower case, no final dot, international names in their ASCII form. */
export function plainHost(host: string): string {
  const lower = host.trim().toLowerCase().replace(/\.$/, '');
  const name = lower.startsWith('[') && lower.endsWith(']') ? lower.slice(1, -1) : lower;
  // Only names that need it: domainToASCII is the URL parser, to which "a/b" is the host "a" and "1.2" is "1.0.0.2".
  const international = /[^\x00-\x7f]/.test(name) && /^[\p{L}\p{M}\p{N}.-]+$/u.test(name);
  return (international && domainToASCII(name)) || name;
}

/** The same host by the same name. User names are compared exactly: some servers tell upper from lower case. */
export function sameDoor(one: Door, other: Door): boolean {
  return plainHost(one.host) === plainHost(other.host) && one.username === other.username;
}

/**
 * The key of a door's refusal counters and holds: an HMAC, because a list of who logs in where is not for a dump. It
 * ignores the case of the user name, as the servers' own lock-outs do: another spelling must not buy more tries.
 *
 * It comes from the last key of the ring, so putting a new key in front changes nothing. When the last key is dropped,
 * counters and holds start over: the price is at most one more round of tries at each closed door.
 */
export function doorKey(ring: KeyRing, { host, username }: Door): string {
  return ring.lastingHmac('door', JSON.stringify([plainHost(host), username.normalize('NFC').toLowerCase()]));
}
