import { readFile } from 'node:fs/promises';

/**
 * The sentence that stands as a comment before each entry of a table in a source file: what people read in the code and
 * in the published documents is then the same.
 * @throws when an entry has none.
 */
export async function sentencesOf(file: string, names: readonly string[]): Promise<Map<string, string>> {
  const source = await readFile(new URL(`../${file}`, import.meta.url), 'utf8');
  const found = [...source.matchAll(/\/\*\* ([^*]+?) \*\/\n\s+'?([\w.-]+)'?:/g)];
  const sentences = new Map(found.map(([, sentence, name]) => [name!, sentence!]));
  const without = names.filter((name) => !sentences.has(name));
  if (without.length > 0) throw new Error(`${file}: no sentence before ${without.join(', ')}`);
  return sentences;
}
