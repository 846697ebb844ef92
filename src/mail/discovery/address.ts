import { domainToASCII } from 'node:url';
import { getDomain } from 'tldts';
import { isAddress } from '../addresses.ts';

/** An address taken apart. The domain is lower case and ASCII; the local part is the user's own spelling. */
export type MailAddress = { address: string; localPart: string; domain: string };

/** Names that lead into the own network or nowhere (RFC 6761, 6762, 7686, 8375), and so are nobody's mail domain. */
const notPublic = new Set(['local', 'localhost', 'localdomain', 'internal', 'invalid', 'onion', 'arpa', 'lan']);

/** Take an address apart; null when no mail server can be found for it. */
export function readAddress(email: string): MailAddress | null {
  const text = email.trim();
  const at = text.lastIndexOf('@');
  const localPart = text.slice(0, Math.max(at, 0));
  if (at < 1 || Buffer.byteLength(localPart) > 64 || /[\s\x00-\x1f\x7f]/.test(localPart)) return null;
  const domain = readDomain(text.slice(at + 1));
  return domain === null ? null : { address: `${localPart}@${domain}`, localPart, domain };
}

/** A domain that mail can be sent to, in its ASCII form; null when it is none. */
export function readDomain(text: string): string | null {
  // The URL parser behind domainToASCII would cut "a.dk/b" short and read "1.2" as an address.
  if (!/^[\p{L}\p{M}\p{N}.-]{1,255}$/u.test(text)) return null;
  const domain = domainToASCII(text.toLowerCase()).replace(/\.$/, '');
  return isHostName(domain) && !notPublic.has(domain.slice(domain.lastIndexOf('.') + 1)) ? domain : null;
}

/** Is this a full host name, label by label, and no address? What a file or a DNS record names has to pass here. */
export function isHostName(host: string): boolean {
  if (host.length > 253 || isAddress(host)) return false;
  const labels = host.split('.');
  return labels.length >= 2 && labels.every((label) => /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/i.test(label));
}

/**
 * The domain that somebody registered, by the public suffix list. What shared hosts give to their customers counts as a
 * suffix too, so that one customer does not speak for another.
 */
export const registrableDomain = (host: string): string | null => getDomain(host, { allowPrivateDomains: true });
