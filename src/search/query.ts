import { fold, wordsOf } from './words.ts';

/** One thing that has to be found, or must not be. `from` and `to`: in the names and addresses there. */
export type Term = { in: 'anywhere' | 'from' | 'to'; words: string[]; unwanted: boolean };

/** More is no question that a person asks. */
const mostTerms = 16;
const mostWords = 16;

/**
 * What a person typed, as terms: words and "phrases", `-word` for what must not be there, `from:` and `to:`. Nothing in it
 * is an error; what has no word in it is left out.
 */
export function termsOf(query: string): Term[] {
  const terms: Term[] = [];
  for (const [, minus, place, phrase, plain] of fold(query).matchAll(/(-?)(?:(from|to):)?(?:"([^"]*)"?|([^\s"]+))/g)) {
    // A word with a mark inside, as in "e-mail" or an address, is several words one after another.
    const words = wordsOf(phrase ?? plain ?? '').slice(0, mostWords);
    if (words.length === 0) continue;
    terms.push({ in: (place as 'from' | 'to' | undefined) ?? 'anywhere', words, unwanted: minus === '-' });
    if (terms.length === mostTerms) break;
  }
  return terms;
}
