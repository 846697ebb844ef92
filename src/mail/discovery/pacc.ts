import { createHash } from 'node:crypto';
import { z } from 'zod';
import { isHostName } from './address.ts';
import type { FileContent } from './autoconfig-file.ts';
import type { Offer } from './types.ts';

const server = z.object({ host: z.string().transform((host) => host.toLowerCase().replace(/\.$/, '')) });
const file = z.object({
  protocols: z.object({ imap: server.optional(), smtp: server.optional(), pop3: server.optional() }),
});

/** Where a domain keeps its file (draft-ietf-mailmaint-pacc-04). */
export const paccUrl = (domain: string): string =>
  `https://ua-auto-config.${domain}/.well-known/user-agent-configuration.json`;

/**
 * Read a PACC file. It counts only together with a digest from the domain's DNS: one of them alone is nothing. Its
 * servers speak TLS from the first byte on the usual ports; whose OAuth they take is not believed.
 */
export function readPacc(body: Buffer, digests: readonly string[]): FileContent | null {
  if (!digests.some((record) => isDigestOf(record, body))) return null;
  let content: unknown;
  try {
    content = JSON.parse(body.toString('utf8'));
  } catch {
    return null; // not JSON, so no such file
  }
  const parsed = file.safeParse(content);
  if (!parsed.success) return null;
  const { imap, smtp, pop3 } = parsed.data.protocols;
  return {
    imap: offers(imap?.host, 993),
    smtp: offers(smtp?.host, 465),
    onlyPop3: imap === undefined && pop3 !== undefined,
    onlyCleartext: false,
  };
}

const offers = (host: string | undefined, port: number): Offer[] =>
  host !== undefined && isHostName(host) ? [{ host, port, security: 'tls', user: 'address' }] : [];

/** `v=UAAC1; a=sha256; d=<base64 of the body's SHA-256>` */
function isDigestOf(record: string, body: Buffer): boolean {
  const tags = new Map(
    record.split(';').map((tag) => {
      const at = tag.indexOf('=');
      return [tag.slice(0, at).trim().toLowerCase(), tag.slice(at + 1).trim()] as const;
    }),
  );
  if (tags.get('v')?.toUpperCase() !== 'UAAC1' || tags.get('a')?.toLowerCase() !== 'sha256') return false;
  return tags.get('d') === createHash('sha256').update(body).digest('base64');
}
