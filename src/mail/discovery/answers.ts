import { registrableDomain } from './address.ts';
import { orAborted } from './network.ts';

/** How long an answer is believed, how many are kept, and how often one domain or one payer may make us look around. */
export type Keeping = { foundMs: number; failedMs: number; entries: number; perMinute: number; payerPerMinute: number };

// A CRM that moves all of its users in names many domains within a minute; one domain has no reason to change so often.
const usual: Keeping = { foundMs: 3_600_000, failedMs: 60_000, entries: 5_000, perMinute: 10, payerPerMinute: 120 };
const minuteMs = 60_000;

/** Thrown when a domain or a tenant asks too often. */
export class TooOften extends Error {
  override name = 'TooOften';
  readonly retryAfterMs: number;

  constructor(retryAfterMs: number) {
    super('too many discoveries');
    this.retryAfterMs = retryAfterMs;
  }
}

/**
 * Answers of a slow question, kept for a while. Who asks what is being asked already waits for the same answer; the
 * search ends early only when nobody waits any more.
 */
export function createAnswers<T>(
  ask: (key: string, signal: AbortSignal) => Promise<T>,
  isFound: (answer: T) => boolean,
  { keeping = usual, now = Date.now }: { keeping?: Keeping; now?: () => number } = {},
) {
  type UnderWay = { answer: Promise<T>; stop: AbortController; waiting: number };
  const kept = new Map<string, { answer: T; until: number }>();
  const underWay = new Map<string, UnderWay>();
  const budgets = createBudgets(keeping, now);

  const begin = (key: string): UnderWay => {
    const stop = new AbortController();
    const one: UnderWay = {
      stop,
      waiting: 0,
      answer: ask(key, stop.signal).then((answer) => {
        const until = now() + (isFound(answer) ? keeping.foundMs : keeping.failedMs);
        kept.delete(key);
        kept.set(key, { answer, until });
        // The oldest goes: a map keeps the order in which its keys were put in.
        if (kept.size > keeping.entries) kept.delete(kept.keys().next().value!);
        return answer;
      }),
    };
    one.answer.catch(() => {}).finally(() => underWay.get(key) === one && underWay.delete(key));
    underWay.set(key, one);
    return one;
  };

  return {
    /**
     * @param payer who else is charged for a search, beside the domain.
     * @throws {TooOften}; the signal's reason when that ended the wait.
     */
    async of(key: string, { signal, payer }: { signal: AbortSignal; payer?: string | undefined }): Promise<T> {
      signal.throwIfAborted();
      const known = kept.get(key);
      if (known && known.until > now()) return known.answer;
      let one = underWay.get(key);
      if (!one || one.stop.signal.aborted) {
        budgets.charge([
          { name: `domain ${registrableDomain(key) ?? key}`, most: keeping.perMinute },
          ...(payer === undefined ? [] : [{ name: `payer ${payer}`, most: keeping.payerPerMinute }]),
        ]);
        one = begin(key);
      }
      one.waiting++;
      try {
        return await orAborted(one.answer, signal);
      } finally {
        if (--one.waiting === 0) one.stop.abort(new DOMException('nobody waits for this any more', 'AbortError'));
      }
    },
  };
}

function createBudgets({ entries }: Keeping, now: () => number) {
  const minutes = new Map<string, { since: number; count: number }>();
  return {
    charge(budgets: readonly { name: string; most: number }[]) {
      const at = now();
      for (const { name, most } of budgets) {
        const minute = minutes.get(name);
        if (minute && at - minute.since < minuteMs && minute.count >= most) {
          throw new TooOften(minute.since + minuteMs - at);
        }
      }
      for (const { name } of budgets) {
        const minute = minutes.get(name);
        const current = minute && at - minute.since < minuteMs;
        minutes.delete(name);
        minutes.set(name, current ? { since: minute.since, count: minute.count + 1 } : { since: at, count: 1 });
      }
      while (minutes.size > entries) minutes.delete(minutes.keys().next().value!);
    },
  };
}
