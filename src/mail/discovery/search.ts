import type { Door } from '../addresses.ts';
import type { Reason } from '../refusals/index.ts';
import type { MailTls } from '../tls.ts';
import { candidateOf } from './autoconfig-file.ts';
import { askDomain, firstExchangers, questionsAsked } from './dns.ts';
import { anyServers, domainFiles, exchangerFiles, type FromFile } from './files.ts';
import { type Guessed, guess } from './guess.ts';
import { type Connect, createNetwork, type Network } from './network.ts';
import { pairOf } from './records.ts';
import { fromExchanger, fromHoster, isMicrosoft, type Judgement, judge, microsoft365, workMail } from './signs.ts';
import { providerOf } from './table.ts';
import type { Candidate, DeadEnd, Offer, Tried } from './types.ts';
import { verify } from './verify.ts';

/** What is known about a domain, before an address of it is put in. */
export type Outcome =
  | { candidate: Candidate; imap: Offer; smtp: Offer; certain: boolean; alternatives: Candidate[] }
  | (DeadEnd & { candidate: Candidate | null; tried: Tried[] });

/** What a search needs of the installation. */
export type Setting = {
  door: Pick<Door, 'resolve'>;
  tls: MailTls;
  dnsServers: readonly string[];
  /** Where the autoconfig database is; undefined switches it off. */
  database: string | undefined;
  connect: Connect;
  /** False leaves the table of domains out, for trying what the other sources know. */
  table: boolean;
  log: { debug(fields: object, message: string): void } | undefined;
};

/** Whatever is open then is given up, and what is known so far counts. */
const hardStopMs = 8_000;
/** What one discovery asks of name servers at the most; the names that promise least are left out for it. */
const maxQuestions = 24;

/**
 * Find the servers of a domain. All sources are asked at once and heard in the order of their rank: a better one that
 * comes later still wins. What wins has to answer before it counts.
 */
export async function search(domain: string, setting: Setting, signal: AbortSignal): Promise<Outcome> {
  const over = new AbortController();
  const stop = AbortSignal.any([signal, over.signal, AbortSignal.timeout(hardStopMs)]);
  const began = performance.now();
  const { run, tried } = createSearch(domain, setting, stop);
  try {
    const outcome = await run();
    signal.throwIfAborted();
    const found = 'imap' in outcome;
    const { rank, source } = found ? outcome.candidate : { rank: undefined, source: outcome.source };
    const end = found ? { certain: outcome.certain, imap: outcome.imap.host } : { reason: outcome.reason };
    const tookMs = Math.round(performance.now() - began);
    setting.log?.debug({ domain, rank, source, ...end, tried, tookMs }, 'discovery ended');
    return outcome;
  } finally {
    over.abort();
  }
}

function createSearch(domain: string, setting: Setting, signal: AbortSignal) {
  const tried: Tried[] = [];
  const note = (one: Tried) => {
    if (!signal.aborted && tried.length < 50) tried.push(one);
  };
  const network: Network = createNetwork(setting, signal);
  const tools = { network, signal, note };
  /** Why sources that had something came to nothing, and the best of what they had. */
  const failures: Reason[] = [];
  let best: Candidate | null = null;
  let filtered = false;

  const stopAt = (deadEnd: DeadEnd): Outcome => ({ ...deadEnd, candidate: best, tried });
  /** The candidate if its servers answer; else it is kept for the form that the user fills in. */
  const settle = async (candidate: Candidate, others: (Candidate | null)[] = []): Promise<Outcome | null> => {
    const verified = await verify(candidate, tools);
    if ('failures' in verified) {
      failures.push(...verified.failures);
      best ??= candidate;
      return null;
    }
    const alternatives = others.flatMap((other) => (other && other.imap[0]?.host !== verified.imap.host ? other : []));
    // Two sources that disagree are a question for the user, however good the better one is.
    return { candidate, ...verified, certain: candidate.rank <= 'C' && alternatives.length === 0, alternatives };
  };
  const nothing = (source: string, provider?: string): Outcome =>
    stopAt({ reason: worst(failures), source, ...(provider !== undefined && { provider }) });

  return {
    tried: tried as readonly Tried[],
    async run(): Promise<Outcome> {
      const row = setting.table ? providerOf(domain) : undefined;
      if (!row) return askAround();
      if (row.without) {
        const reason = row.without === 'pop3' ? 'protocol.pop3' : 'imap.disabled';
        return stopAt({ reason, source: 'table', provider: row.id });
      }
      const { id, login, imap, smtp } = row;
      const candidate: Candidate = { rank: 'A', source: 'table', provider: id, login, imap, smtp };
      return (await settle(candidate)) ?? nothing('table', id);
    },
  };

  async function askAround(): Promise<Outcome> {
    const questions = askDomain(domain, setting.dnsServers, signal);
    const files = domainFiles(domain, questions, setting.database, tools);
    const judged = judge(firstExchangers(await questions.mx));

    if (judged.kind === 'null') return stopAt({ reason: 'discovery.not_found', source: 'null-mx' });
    if (judged.kind === 'no imap') {
      return stopAt({ reason: 'imap.disabled', source: 'mx', provider: judged.exchanger.id });
    }
    if (judged.kind === 'mailbox') {
      const { exchanger, host } = judged;
      return (await settle(fromExchanger('B', 'mx', exchanger, host))) ?? nothing('mx', exchanger.id);
    }

    filtered = judged.kind === 'filter';
    const records = await questions.srv;
    // Without DNS for the domain there are no names to guess either.
    if (judged.kind === 'silent' && Object.values(records).every((answer) => answer === 'silent')) {
      return stopAt({ reason: 'network.dns', source: 'none' });
    }
    const srv = pairOf(records);
    const autodiscover = await questions.autodiscover;
    const signs = isMicrosoft(autodiscover, domain) || isMicrosoft(await questions.selector1, domain);
    // With signs of Microsoft there is no need to find out who else takes the mail in.
    const stranger = judged.kind === 'unknown' && !signs ? judged.host : null;
    const further = stranger === null ? [] : exchangerFiles(domain, stranger, setting.database, tools);
    let spoken: boolean | undefined;
    const enough = anyServers([...files, ...further]).then((any) => {
      spoken = any;
      return any;
    });
    let guessing: Promise<Guessed> | undefined;
    const guessed = () => {
      const mayAsk = () => !spoken && hasRoom(spoken === false);
      guessing ??= guess(domain, { ...tools, first: srv.partial, exchanger: stranger, pop3: !signs, enough, mayAsk });
      guessing.catch(() => {}); // whoever waits for it hears of it; nobody may
      return guessing;
    };
    // A domain whose mail goes where nobody knows is likely to have servers of its own.
    if (['unknown', 'none', 'silent'].includes(judged.kind) && !srv.pair) void guessed();

    const microsoft = signs || (filtered && (await questions.moreSigns()).some((name) => isMicrosoft(name, domain)));
    const others = [microsoft ? microsoft365() : null];

    // Behind a filter the file of the web host is often a left-over, and the signs of Microsoft are not.
    if (filtered && microsoft) {
      const found = await settle(microsoft365());
      if (found) return found;
    }
    let half: { imap: readonly Offer[]; smtp: readonly Offer[] } = { imap: [], smtp: [] };
    const fromFiles = async (waiting: Promise<FromFile>[]): Promise<Outcome | null> => {
      for (const file of waiting) {
        const answer = await file;
        if (answer.kind === 'pop3') return stopAt({ reason: 'protocol.pop3', source: answer.source });
        if (answer.kind === 'cleartext') failures.push('tls.required');
        if (answer.kind === 'partial' && half.imap.length + half.smtp.length === 0) half = answer;
        const found = answer.kind === 'servers' ? await settle(answer.candidate, others) : null;
        if (found) return found;
      }
      return null;
    };

    const owned = (await fromFiles(files)) ?? (await fromRecords(judged, autodiscover, srv.pair, others));
    if (owned) return owned;
    if (srv.notOffered) return stopAt({ reason: 'imap.disabled', source: 'srv' });
    if (judged.kind === 'forwarder') return nothing('forwarder', judged.exchanger.id);
    if (judged.kind === 'hoster' && judged.exchanger.id === 'aws') {
      best ??= workMail(judged.host);
      return nothing('mx', 'aws');
    }
    if (microsoft && !filtered) {
      const own = await guessed();
      const found = await settle(microsoft365(), [proved(own)]);
      if (found) return found;
    }
    return (await fromFiles(further)) ?? (await fromGuess(await guessed()));

    /** What was proved, with what a file knew of the other protocol. */
    async function fromGuess(own: Guessed): Promise<Outcome> {
      const imap = half.imap.length > 0 || !own.imap ? half.imap : [own.imap];
      const smtp = half.smtp.length > 0 || !own.smtp ? half.smtp : [own.smtp];
      const candidate = candidateOf('H', 'guess', imap, smtp);
      // A host for exactly this purpose that does not answer today would have known better than a guess.
      const unheard = (await Promise.all(files)).some((file) => file.kind === 'none' && file.silent);
      if (imap[0] && smtp[0] && !unheard) {
        if (imap[0] === own.imap && smtp[0] === own.smtp)
          return { candidate, imap: imap[0], smtp: smtp[0], certain: false, alternatives: [] };
        const found = await settle(candidate);
        if (found) return found;
      }
      if (imap.length + smtp.length > 0) best ??= candidate;
      if (own.pop3) return stopAt({ reason: 'protocol.pop3', source: 'guess' });
      if (own.cleartext) failures.push('tls.required');
      return nothing('none');
    }
  }

  /** Each host is two questions. As long as a file may still name two servers, there has to be room for them. */
  function hasRoom(filesEnded: boolean): boolean {
    const asked = questionsAsked.atOnce + questionsAsked.moreSigns * Number(filtered) + 2 * network.lookedUp.size;
    return asked + 2 <= maxQuestions - (filesEnded ? 0 : 4);
  }

  /** What DNS says beside the exchangers of large providers: a hoster's exchanger, then SRV records. */
  async function fromRecords(
    judged: Judgement,
    autodiscover: string | null,
    pair: Candidate | null,
    others: (Candidate | null)[],
  ): Promise<Outcome | null> {
    const hoster = judged.kind === 'hoster' ? fromHoster(judged.exchanger, judged.host, autodiscover) : null;
    for (const candidate of [hoster, pair]) {
      const found = candidate ? await settle(candidate, others) : null;
      if (found) return found;
    }
    return null;
  }
}

const proved = ({ imap, smtp }: Guessed): Candidate | null =>
  imap && smtp ? candidateOf('H', 'guess', [imap], [smtp]) : null;

/** One reason for all that failed: the one that a person can do something about. */
function worst(failures: readonly Reason[]): Reason {
  const telling = (['tls.required', 'tls.certificate', 'network.forbidden', 'protocol.pop3'] as const).find((reason) =>
    failures.includes(reason),
  );
  return telling ?? 'discovery.not_found';
}
