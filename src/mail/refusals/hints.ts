const unitMs: Readonly<Record<string, number>> = { m: 1, s: 1_000, i: 60_000, h: 3_600_000, d: 86_400_000 };
const longestMs = 7 * 86_400_000;

const english =
  /(?:back-?off time:?|(?:again|retry|wait|back|locked|blocked|banned|suspended|greylisted|grey-listed|delayed)(?: (?:back|again|it|out|at least|about|another|for|your \w+))?(?: (?:in|after|for))?:?) (\d{1,9}|an?|one) ?(milliseconds?|ms\b|seconds?|secs?\b|s\b|minutes?|mins?\b|hours?|hrs?\b|h\b|days?)/;
const trailing =
  /(\d{1,9}) ?(milliseconds?|ms|seconds?|secs?|minutes?|mins?|hours?|hrs?|days?) (?:remaining|left|to wait|before (?:trying|retrying|logging|the next|you can))/;
// "erneut in 5 Minuten", "igen om 10 minutter", "de nouveau dans 2 heures", "повторите через 5 минут".
const elsewhere =
  /(?:erneut|nochmals?|wieder|igen|igjen|nouveau|reessay|ressay|nuevo|opnieuw|ponow|nuovo|novamente|riprova|снова|повтор)[^.;\d]{0,40}? (?:in|om|dans|en|over|nach|efter|etter|apres|tra|fra|za|em|через) (\d{1,9}) ?(millis|sek|sec|seg|сек|minu|мин|min|stund|time|heure|hora|ore|ora|uur|godzin|час|tag|dag|jour|dia|giorn|ден|дн)/;
const foreignUnits: Readonly<Record<string, string>> = {
  millis: 'm',
  ...unitOf('s', 'sek sec seg сек'),
  ...unitOf('i', 'minu min мин'),
  ...unitOf('h', 'stund time heure hora ore ora uur godzin час'),
  ...unitOf('d', 'tag dag jour dia giorn ден дн'),
};
const moments = [
  /(?:until|till|before|bis|indtil|jusqu'au|hasta) (\d{4}-\d\d-\d\d)[t ](\d\d:\d\d(?::\d\d)?)(?:\.\d{1,9})? ?(z|utc|gmt|[+-]\d\d:?\d\d)\b/,
  /(?:until|till|before) (?:[a-z]{3}, )?(\d{1,2} [a-z]{3} \d{4}) (\d\d:\d\d(?::\d\d)?) ?(z|utc|gmt|[+-]\d{4})\b/,
];

/**
 * The pause that a server asks for in its words: "Suggested Backoff Time: 299961 milliseconds", "in 30 minutes", "until
 * 2026-11-26 12:00 UTC". A time of day without its zone says nothing.
 */
export function retryAfter(words: string): number | undefined {
  const hint = english.exec(words) ?? trailing.exec(words);
  if (hint)
    return bounded((Number(hint[1]) || (/^\d/.test(hint[1] ?? '') ? 0 : 1)) * (unitMs[unitKey(hint[2] ?? '')] ?? 0));
  const foreign = elsewhere.exec(words);
  if (foreign) return bounded(Number(foreign[1]) * (unitMs[foreignUnits[foreign[2] ?? ''] ?? ''] ?? 0));
  // postgrey and relatives: "Greylisted, see … (00:05:00)", "retry in 00:04:59".
  const clock = /(?:retry|again|wait|back|greylist\w*)\D{0,40}(\d{2}):(\d{2}):(\d{2})\b/.exec(words);
  if (clock) return bounded(((Number(clock[1]) * 60 + Number(clock[2])) * 60 + Number(clock[3])) * 1_000);
  for (const moment of moments) {
    const named = moment.exec(words);
    if (named) return bounded(Date.parse(`${named[1]} ${named[2]} ${named[3]?.replace(':', '')}`) - Date.now());
  }
  return undefined;
}

function unitOf(unit: string, beginnings: string): Record<string, string> {
  return Object.fromEntries(beginnings.split(' ').map((beginning) => [beginning, unit]));
}

function unitKey(unit: string): string {
  if (unit === 'ms' || unit.startsWith('milli')) return 'm';
  return unit.startsWith('min') ? 'i' : (unit[0] ?? '');
}

function bounded(ms: number): number | undefined {
  return ms > 0 ? Math.min(ms, longestMs) : undefined;
}
