import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { localeAsked, locales, setupTexts } from '../src/http/setup/texts/texts.ts';

/** Every text of a language by its place. */
function flat(value: object, path = ''): Map<string, string> {
  return new Map(
    Object.entries(value).flatMap(([name, inner]) =>
      typeof inner === 'string' ? [[`${path}${name}`, inner] as const] : [...flat(inner, `${path}${name}.`)],
    ),
  );
}

const holes = (text: string) => [...text.matchAll(/\{\w+\}/g)].map(String).sort();
const english = flat(setupTexts.en);
/** Words that are the same in two languages. */
const same = new Set(['Port', 'Status', 'Next', 'Server', 'Waiting']);

describe('the texts of the set-up pages', () => {
  for (const locale of locales) {
    it(`are all there in ${locale}, with the same things to fill in`, () => {
      const texts = flat(setupTexts[locale]);
      assert.deepEqual([...texts.keys()], [...english.keys()]);
      for (const [place, text] of texts) {
        assert.ok(text.trim().length > 1, `${place} is empty`);
        assert.equal(text, text.trim(), place);
        assert.deepEqual(holes(text), holes(english.get(place)!), place);
        const translated = locale === 'en' || text !== english.get(place) || same.has(text);
        assert.ok(translated, `${place} is English in ${locale}: ${text}`);
      }
    });
  }

  it('go by Accept-Language where a link says nothing', () => {
    const asked = {
      'da-DK,da;q=0.9,en;q=0.8': 'da',
      'no,en;q=0.5': 'nb',
      'nn-NO': 'nb',
      'fr-FR,de;q=0.7,en;q=0.3': 'de',
      'en;q=0.3, sv;q=0.9': 'sv',
      'nl;q=0': 'en',
      '*': 'en',
      '': 'en',
      [`x${',x'.repeat(5_000)}`]: 'en',
    };
    for (const [header, locale] of Object.entries(asked))
      assert.equal(localeAsked(header), locale, header.slice(0, 40));
  });
});
