import type { SrvRecord } from 'node:dns';
import { candidateOf } from './autoconfig-file.ts';
import { type Answer, type Service, targetsOf } from './dns.ts';
import type { Offer } from './types.ts';

/** The servers that SRV records name: a pair, half of one, or the plain word that there is no IMAP here. */
export function pairOf(records: Record<Service, Answer<SrvRecord>>) {
  const offers = (service: Service): Offer[] => {
    const targets = targetsOf(records[service]);
    const named = targets === 'not offered' ? [] : targets.slice(0, 2);
    return named.flatMap(({ host, port }) => {
      const security = securityAt(port, service);
      return security ? [{ host, port, security, user: 'unknown' as const }] : [];
    });
  };
  const imap = [...offers('_imaps'), ...offers('_imap')];
  const smtp = [...offers('_submissions'), ...offers('_submission')];
  const notOffered = (['_imaps', '_imap'] as const).every((service) => targetsOf(records[service]) === 'not offered');
  const pair = imap.length > 0 && smtp.length > 0 ? candidateOf('E', 'srv', imap, smtp) : null;
  return { pair, partial: pair ? { imap: [], smtp: [] } : { imap, smtp }, notOffered };
}

/** The port decides where it can: `_submission` with port 465 is common, and STARTTLS never works there (RFC 8314). */
function securityAt(port: number, service: Service): Offer['security'] | null {
  const imap = service.startsWith('_imap');
  if (port === (imap ? 993 : 465)) return 'tls';
  if (imap) return port === 143 ? 'starttls' : null;
  if (port !== 587) return null;
  return service === '_submissions' ? 'tls' : 'starttls';
}
