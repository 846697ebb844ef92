import { readFileSync } from 'node:fs';
import { createSecureContext, getCACertificates, type SecureContext } from 'node:tls';

/** How every connection to a mail server is encrypted. Goes to Node's `tls.connect` as it is. */
export type MailTls = Readonly<{ rejectUnauthorized: true; minVersion: 'TLSv1.2'; secureContext: SecureContext }>;

/**
 * The TLS of all mail connections: certificates are always checked, TLS 1.2 is the least.
 * Made once and shared: parsing some 150 root certificates again for each connection costs more than the handshake.
 * @param caFile PEM file of certificates to trust beside the ones that Node trusts by itself.
 */
export function readTls({ caFile }: { caFile?: string | undefined } = {}): MailTls {
  // `ca` replaces Node's own list, so that one is named too.
  const ca = caFile === undefined ? undefined : [...getCACertificates('default'), ...certificatesIn(caFile)];
  const secureContext = createSecureContext({ minVersion: 'TLSv1.2', ...(ca && { ca }) });
  return { rejectUnauthorized: true, minVersion: 'TLSv1.2', secureContext };
}

function certificatesIn(file: string): string[] {
  let pem: string;
  try {
    pem = readFileSync(file, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new Error(`POSTBUD_CA_FILE: ${file} cannot be read (${code})`, { cause: error });
  }
  const certificates = pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g);
  // OpenSSL takes a file without certificates without a word, and every login fails later.
  if (!certificates) throw new Error(`POSTBUD_CA_FILE: there is no certificate in ${file}`);
  return certificates;
}
