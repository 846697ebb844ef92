/** How text becomes words, the same for what is indexed and for what is looked for. */

/** Letters that are no other letter with an accent. */
const letters: Record<string, string> = {
  æ: 'ae',
  ø: 'o',
  œ: 'oe',
  ß: 'ss',
  ł: 'l',
  đ: 'd',
  ð: 'd',
  þ: 'th',
  ı: 'i',
  ŋ: 'n',
};

/** Runs of foreign letters that were folded before: a language has few, and each mail has them all. */
const known = new Map<string, string>();
const mostKnown = 5_000;

/** Lower case, without accents: `Ærø` and `aero` are the same. */
export function fold(text: string): string {
  return text.toLowerCase().replace(/[^\x00-\x7f]+/g, (run) => {
    if (run.length > 2) return foldRun(run);
    let folded = known.get(run);
    if (folded === undefined) {
      folded = foldRun(run);
      if (known.size === mostKnown) known.clear();
      known.set(run, folded);
    }
    return folded;
  });
}

const foldRun = (run: string) =>
  run
    .normalize('NFKD')
    .replace(/\p{M}+/gu, '')
    .toLowerCase() // a compatibility form may have been a capital letter
    .replace(/[æøœßłđðþıŋ]/g, (letter) => letters[letter]!);

/** Longer ones are no words: base64, tokens, lines of a table. */
const longest = 80;

/** The words of a text, folded, in order. What is no letter or digit parts two words. */
export function wordsOf(text: string): string[] {
  const folded = fold(text);
  const words = folded.match(/[^\x00-\x7f]/.test(folded) ? /[\p{L}\p{N}]+/gu : /[a-z0-9]+/g) ?? [];
  return words.filter((word) => word.length <= longest);
}

/** From here on a word may be made of others: `fakturanummer`, `rykkerfaktura`. */
const longFrom = 8;
const mostLong = 2_000;

/** The words in which parts of compound words are looked for: each once. */
export function longWordsOf(words: Iterable<string>): string[] {
  const found = new Set<string>();
  for (const word of words) {
    if (word.length < longFrom || /\d/.test(word)) continue;
    found.add(word);
    if (found.size === mostLong) break;
  }
  return [...found];
}

/** A word this short is a part of too many others. */
export const shortestPart = 4;

const languages: Record<string, string> = {
  da: 'danish',
  en: 'english',
  de: 'german',
  nb: 'norwegian',
  nl: 'dutch',
  sv: 'swedish',
};

/** Postgres' name for how words of a language are brought to their stems. */
export const languageOf = (locale: string): string => languages[locale] ?? 'english';
