/** One of several ways to the same end; null when it leads nowhere. It has to give up when the signal says so. */
export type Way<T> = (signal: AbortSignal) => Promise<T | null>;

/**
 * Try several ways, each a little after the one before, and take the best that works rather than the first: a worse one
 * counts once all better ones have failed, or when it has waited for them long enough. Never rejects.
 * @returns null when none works, or when the signal ended it.
 */
export function bestOf<T>(
  ways: readonly Way<T>[],
  { staggerMs, graceMs, signal }: { staggerMs: number; graceMs: number; signal: AbortSignal },
): Promise<T | null> {
  return new Promise((resolve) => {
    const outcomes: (T | null | undefined)[] = ways.map(() => undefined);
    const stop = new AbortController();
    let started = 0;
    let next: NodeJS.Timeout | undefined;
    let grace: NodeJS.Timeout | undefined;

    const end = (value: T | null) => {
      clearTimeout(next);
      clearTimeout(grace);
      signal.removeEventListener('abort', aborted);
      stop.abort();
      resolve(value);
    };
    const aborted = () => end(null);
    const best = () => outcomes.find((outcome) => outcome !== undefined && outcome !== null);
    const judge = () => {
      const open = outcomes.findIndex((outcome) => outcome !== null);
      if (open === -1) return end(null);
      const value = outcomes[open];
      if (value !== undefined && value !== null) return end(value);
      if (best() !== undefined) grace ??= setTimeout(() => end(best() ?? null), graceMs);
      // Nobody is under way any more: the next one need not wait for its turn.
      else if (outcomes.slice(0, started).every((outcome) => outcome === null)) start();
    };
    const start = () => {
      clearTimeout(next);
      if (stop.signal.aborted || started >= ways.length || best() !== undefined) return;
      const at = started++;
      next = setTimeout(start, staggerMs);
      ways[at]!(stop.signal)
        .catch(() => null) // a way that throws leads nowhere
        .then((outcome) => {
          if (stop.signal.aborted) return;
          outcomes[at] = outcome;
          judge();
        });
    };

    if (signal.aborted) return end(null);
    signal.addEventListener('abort', aborted, { once: true });
    if (ways.length === 0) end(null);
    else start();
  });
}
