const unitMs: Readonly<Record<string, number>> = { m: 1, s: 1_000, i: 60_000, h: 3_600_000, d: 86_400_000 };
const longestMs = 7 * 86_400_000;

/** The pause that a server asks for in its words: "Suggested Backoff Time: 299961 milliseconds", "in 30 minutes". */
export function retryAfter(words: string): number | undefined {
  const hint =
    /(?:back-?off time:?|(?:again|retry|wait|locked|blocked|banned|greylisted|grey-listed|delayed)(?: (?:back|again|it|out|at least|about|another))?(?: (?:in|after|for))?:?) (\d{1,9}) ?(milliseconds?|ms\b|seconds?|secs?\b|s\b|minutes?|mins?\b|hours?|hrs?\b|h\b|days?)/.exec(
      words,
    );
  if (hint) return bounded(Number(hint[1]) * (unitMs[unitKey(hint[2] ?? '')] ?? 0));
  // postgrey and relatives: "Greylisted, see … (00:05:00)", "retry in 00:04:59".
  const clock = /(?:retry|again|wait|greylisted)\D{0,40}(\d{2}):(\d{2}):(\d{2})\b/.exec(words);
  if (clock) return bounded(((Number(clock[1]) * 60 + Number(clock[2])) * 60 + Number(clock[3])) * 1_000);
  return undefined;
}

function unitKey(unit: string): string {
  if (unit === 'ms' || unit.startsWith('milli')) return 'm';
  return unit.startsWith('min') ? 'i' : (unit[0] ?? '');
}

function bounded(ms: number): number | undefined {
  return ms > 0 ? Math.min(ms, longestMs) : undefined;
}
