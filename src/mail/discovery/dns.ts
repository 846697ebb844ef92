import type { MxRecord, SrvRecord } from 'node:dns';
import { Resolver } from 'node:dns/promises';
import { isAddress } from '../addresses.ts';
import { isHostName } from './address.ts';

/** What DNS said: records, `none`, or `silent` when there was no answer that could be used. */
export type Answer<T> = T[] | 'none' | 'silent';

/** The services of RFC 6186 and RFC 8314. */
export const services = ['_imaps', '_imap', '_submissions', '_submission'] as const;
export type Service = (typeof services)[number];

/** How many questions {@link askDomain} asks by itself, and how many more by `moreSigns`. */
export const questionsAsked = { atOnce: 8, moreSigns: 2 };

/** The questions about a domain, all of them under way at once. */
export interface Questions {
  readonly mx: Promise<Answer<MxRecord>>;
  readonly srv: Promise<Record<Service, Answer<SrvRecord>>>;
  /** Where `autodiscover` and the first DKIM selector lead, when they are other names for something. */
  readonly autodiscover: Promise<string | null>;
  readonly selector1: Promise<string | null>;
  /** The digests that vouch for a PACC file (draft-ietf-mailmaint-pacc). */
  readonly pacc: Promise<string[]>;
  /** The weaker signs of Microsoft, asked for only where the stronger ones are missing and it matters. */
  moreSigns(): Promise<string[]>;
}

/** All questions of one wave together. */
const waveLimitMs = 900;
/** Two tries of half a second: a lost packet costs little, and a silent server is given up in time. */
const resolverOptions = { timeout: 500, tries: 2 };

const absences = new Set(['ENOTFOUND', 'ENODATA', 'EBADNAME']);

/** Ask a domain's questions of these servers, or of the system's. */
export function askDomain(domain: string, servers: readonly string[], signal: AbortSignal): Questions {
  const wave = openWave(servers, signal);
  const cname = (name: string) => wave((resolver) => resolver.resolveCname(name)).then(firstName);
  return {
    // A filter that is taken for nothing because a packet was lost would send us guessing, so this one is asked again.
    mx: wave((resolver) => resolver.resolveMx(domain)).then((answer) =>
      answer === 'silent' && !signal.aborted
        ? openWave(servers, signal)((resolver) => resolver.resolveMx(domain))
        : answer,
    ),
    srv: Promise.all(
      services.map(async (service) => [service, await wave((r) => r.resolveSrv(`${service}._tcp.${domain}`))] as const),
    ).then((answers) => Object.fromEntries(answers) as Record<Service, Answer<SrvRecord>>),
    autodiscover: cname(`autodiscover.${domain}`),
    selector1: cname(`selector1._domainkey.${domain}`),
    pacc: wave((resolver) => resolver.resolveTxt(`_ua-auto-config.${domain}`)).then((answer) =>
      typeof answer === 'string'
        ? []
        : answer.map((parts) => parts.join('')).filter((text) => /^v=UAAC1\b/i.test(text)),
    ),
    async moreSigns() {
      const ask = openWave(servers, signal);
      const [selector2, srv] = await Promise.all([
        ask((resolver) => resolver.resolveCname(`selector2._domainkey.${domain}`)),
        ask((resolver) => resolver.resolveSrv(`_autodiscover._tcp.${domain}`)),
      ]);
      const names = [...(typeof selector2 === 'string' ? [] : selector2)];
      if (typeof srv !== 'string') names.push(...srv.map(({ name }) => name));
      return names.map((name) => name.toLowerCase());
    },
  };
}

/** Questions with one clock. `cancel` is the only way to end them at a given time: c-ares adds up its own tries. */
function openWave(servers: readonly string[], signal: AbortSignal) {
  const resolver = new Resolver(resolverOptions);
  if (servers.length > 0) resolver.setServers([...servers]);
  let open = 0;
  let clock: NodeJS.Timeout | undefined;
  const cancel = () => resolver.cancel();
  return async <T>(question: (resolver: Resolver) => Promise<T[]>): Promise<Answer<T>> => {
    if (signal.aborted) return 'silent';
    if (open++ === 0) {
      clock = setTimeout(cancel, waveLimitMs);
      signal.addEventListener('abort', cancel, { once: true });
    }
    try {
      const answer = await question(resolver);
      return answer.length > 0 ? answer : 'none';
    } catch (error) {
      return absences.has((error as NodeJS.ErrnoException).code ?? '') ? 'none' : 'silent';
    } finally {
      if (--open === 0) {
        clearTimeout(clock);
        signal.removeEventListener('abort', cancel);
      }
    }
  };
}

const firstName = (answer: Answer<string>): string | null =>
  typeof answer === 'string' ? null : (answer[0]?.toLowerCase() ?? null);

/** The exchangers that mail goes to first, and whether there is mail at all. */
export type Exchangers = 'none' | 'silent' | 'null' | string[];

/** The exchangers of the lowest preference: one behind another is often a left-over or a backup of another company. */
export function firstExchangers(answer: Answer<MxRecord>): Exchangers {
  if (typeof answer === 'string') return answer;
  // RFC 7505. Node gives the root as an empty name.
  if (answer.length === 1 && (answer[0]!.exchange === '' || answer[0]!.exchange === '.')) return 'null';
  const usable = answer
    .map(({ exchange, priority }) => ({ priority, host: exchange.toLowerCase().replace(/\.$/, '') }))
    // `ms123.msv1.invalid` only shows Microsoft who owns the domain. Some panels give exchangers names with underscores.
    .filter(
      ({ host }) => /^[a-z0-9_-]+(\.[a-z0-9_-]+)+$/.test(host) && !isAddress(host) && !/\.(invalid|local)$/.test(host),
    );
  const lowest = Math.min(...usable.map(({ priority }) => priority));
  const hosts = usable.filter(({ priority }) => priority === lowest).map(({ host }) => host);
  return hosts.length > 0 ? [...new Set(hosts)].sort() : 'none';
}

/** The targets of a service, best first (RFC 2782). `.` says that the service is not offered. */
export function targetsOf(answer: Answer<SrvRecord>): { host: string; port: number }[] | 'not offered' {
  if (typeof answer === 'string') return [];
  if (answer.every(({ name }) => name === '' || name === '.')) return 'not offered';
  return [...answer]
    .sort((one, other) => one.priority - other.priority || other.weight - one.weight)
    .map(({ name, port }) => ({ host: name.toLowerCase().replace(/\.$/, ''), port }))
    .filter(({ host }) => isHostName(host));
}
