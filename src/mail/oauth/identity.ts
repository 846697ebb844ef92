/** Claims that can hold an address of whoever logged in. Entra puts it into any of the last three. */
const single = ['email', 'preferred_username', 'upn', 'unique_name'] as const;
const many = ['verified_primary_email', 'verified_secondary_email', 'emails'] as const;

/** Every address that the provider gives for whoever logged in, in lower case; one that it calls unverified does not count. */
export function addressesIn(claims: object): string[] {
  const all = claims as Record<string, unknown>;
  const found: unknown[] = [];
  for (const name of single) {
    const unverified = name === 'email' && (all.email_verified === false || all.email_verified === 'false');
    if (!unverified) found.push(all[name]);
  }
  for (const name of many) if (Array.isArray(all[name])) found.push(...all[name]);
  const addresses = found.filter((one): one is string => typeof one === 'string' && /^[^\s@]+@[^\s@]+$/.test(one));
  return [...new Set(addresses.map((address) => address.toLowerCase()))];
}

/** Is one of these addresses the wanted one? */
export const isAmong = (addresses: readonly string[], wanted: string): boolean =>
  addresses.includes(wanted.trim().toLowerCase());
