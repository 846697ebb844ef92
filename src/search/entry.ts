import type { Message, StoredPart } from '../db/messages.ts';
import type { PersonRole } from '../mailbox/list.ts';
import type { Person } from '../words.ts';
import { readableParts, readableText } from './text.ts';
import { longWordsOf, wordsOf } from './words.ts';

/** What the index wants of a message's row. */
export type ToIndex = Pick<
  Message,
  'id' | 'uid' | 'internalDate' | 'subject' | 'from' | 'to' | 'cc' | 'replyTo' | 'textParts'
>;

/** A message as the index has it. `text` is null where none was read. */
export type IndexEntry = {
  id: string;
  at: string;
  people: { role: PersonRole; address: string; name: string }[];
  /** Words, folded: of the subject, of the persons, of the text. */
  subject: string;
  names: string;
  body: string;
  /** Words of persons by their place: `f:` and `t:`. */
  places: string[];
  long: string;
  text: string | null;
  broken: string | null;
};

/** More would make a row a burden, and nobody finds a message by its thousandth recipient's second name. */
const mostPlaces = 2_000;

/**
 * An entry of the index, also of a message that cannot be handled.
 * @param bytes the encoded bytes of its text parts by number; null when texts are not read.
 */
export function entryOf(row: ToIndex, bytes: ReadonlyMap<string, Buffer> | null): IndexEntry {
  const people = peopleOf(row);
  const subject = wordsOf(row.subject);
  const names = people.map(({ role, name, address }) => ({ role, words: wordsOf(`${name} ${address}`) }));
  const { text, broken } = bytes === null ? { text: null, broken: null } : textOrWhyNot(row.textParts, bytes);
  const body = text === null ? [] : wordsOf(text);
  const allNames = names.flatMap(({ words }) => words);
  const places = new Set<string>();
  for (const { role, words } of names) {
    for (const word of words) if (places.size < mostPlaces) places.add(`${role === 'from' ? 'f' : 't'}:${word}`);
  }
  return {
    id: row.id,
    at: row.internalDate.toISOString(),
    people,
    subject: subject.join(' '),
    names: allNames.slice(0, mostPlaces).join(' '),
    body: body.join(' '),
    places: [...places],
    long: longWordsOf([...subject, ...allNames, ...body]).join(' '),
    text,
    broken,
  };
}

function textOrWhyNot(parts: readonly StoredPart[], bytes: ReadonlyMap<string, Buffer>) {
  if (readableParts(parts).length > 0 && bytes.size === 0) {
    // Deleted meanwhile, or the server does not give it: what is known without it is indexed all the same.
    return { text: null, broken: null };
  }
  try {
    return { text: readableText(parts, bytes), broken: null };
  } catch (error) {
    return { text: null, broken: `its text could not be read: ${(error as Error).message}`.slice(0, 200) };
  }
}

/** Each person once for each place; those without an address are words only. */
function peopleOf({ from, to, cc, replyTo }: ToIndex): IndexEntry['people'] {
  const all = new Map<string, IndexEntry['people'][number]>();
  const add = (role: PersonRole, persons: Person[]) => {
    for (const { name, address } of persons) {
      const key = `${role} ${address.toLowerCase()}`;
      if (!all.has(key)) all.set(key, { role, name, address: address.toLowerCase() });
    }
  };
  add('from', from);
  add('to', to);
  add('cc', cc);
  add('reply-to', replyTo);
  return [...all.values()];
}
