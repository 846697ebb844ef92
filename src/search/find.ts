import { and, desc, eq, inArray, type SQL, sql } from 'drizzle-orm';
import { messageSearch, messages } from '../db/tables.ts';
import type { Place } from '../mailbox/cursor.ts';
import { conditions, type Filter, isAfter, type Listed, listed, timeOf } from '../mailbox/list.ts';
import type { Reading } from '../mailbox/read-as.ts';
import { type Term, termsOf } from './query.ts';
import { languageOf, shortestPart } from './words.ts';

/** A question in Postgres' terms: what has to be found, the parts of longer words that will do, and what must not be. */
export type Question = { wanted: string[]; parts: (string | null)[]; unwanted: string[] };

/** More messages than this have a word that says nothing: they are not ranked but listed, newest first. */
const mostCandidates = 5_000;

type Page = { filter: Filter; after?: Place | undefined; limit: number };
export type Found = Listed & { score?: string };

/**
 * The messages that a question finds: best first, and where it finds too many to compare, newest first. Words are looked
 * for by their stems in the language of the mailbox, and as parts of compound words.
 */
export async function findMessages(reading: Reading, query: string, locale: string, page: Page): Promise<Found[]> {
  const question = await questionOf(reading, termsOf(query), locale);
  if (question === null) return [];
  const { after } = page;
  // A cursor says which of the two orders its page was in.
  if (question.wanted.length === 0 || (after && after.score === undefined)) return newestQuery(reading, question, page);
  const best = await reading.tx.execute<Best>(bestQuery(reading.accountId, question, page));
  if (best[0]!.candidates > mostCandidates && !after) return newestQuery(reading, question, page);
  const ids = best.flatMap(({ id }) => (id === null ? [] : [id]));
  const rows = ids.length === 0 ? [] : await byIdQuery(reading, ids);
  const byId = new Map(rows.map((row) => [row.id, row]));
  return best.flatMap(({ id, score }) => (id === null || !byId.has(id) ? [] : [{ ...byId.get(id)!, score: score! }]));
}

/** What the language makes of the words; null when there is nothing to look for. */
async function questionOf({ tx }: Reading, terms: Term[], locale: string): Promise<Question | null> {
  const question: Question = { wanted: [], parts: [], unwanted: [] };
  const stemmed = terms.length === 0 ? [] : await tx.execute<Stemmed>(stemsQuery(terms, languageOf(locale)));
  for (const [at, term] of terms.entries()) {
    const { stem, stems, plain } = stemmed[at]!;
    const query = term.in === 'anywhere' ? anywhere(stems, plain) : inPeople(term);
    if (query === null) continue; // a word like "the" is in no index
    if (term.unwanted) {
      question.unwanted.push(query);
      continue;
    }
    question.wanted.push(query);
    const [word, ...more] = term.words;
    const part = stem !== null && word!.startsWith(stem) ? stem : word!;
    const mayBePart = term.in === 'anywhere' && more.length === 0 && part.length >= shortestPart;
    question.parts.push(mayBePart ? `%${part}%` : null);
  }
  return question.wanted.length + question.unwanted.length === 0 ? null : question;
}

type Stemmed = { stem: string | null; stems: string; plain: string };

/** Names are indexed as they are, all else by stems; either will do. */
const anywhere = (stems: string, plain: string) => (stems === '' ? null : `(${stems}) | (${plain})`);

/** The words of a person are indexed a second time, with the place before them. Words are letters and digits only. */
const inPeople = ({ in: place, words }: Term) =>
  words.map((word) => `'${place === 'from' ? 'f' : 't'}:${word}'`).join(' & ');

function stemsQuery(terms: Term[], language: string): SQL {
  const texts = JSON.stringify(terms.map(({ words }) => words.join(' ')));
  return sql`
    select phraseto_tsquery(${language}::regconfig, term)::text as stems, phraseto_tsquery('simple', term)::text as plain,
      (tsvector_to_array(to_tsvector(${language}::regconfig, term)))[1] as stem
    from jsonb_array_elements_text(${texts}::text::jsonb) with ordinality as terms(term, at) order by at`;
}

type Best = { candidates: number } & ({ id: string; score: string } | { id: null; score: null });

/**
 * The best page among the candidates. A year makes as much as a twentieth of a good match, counted from a fixed day: the
 * order stays as it is while pages are turned.
 */
export function bestQuery(accountId: string, question: Question, { filter, after, limit }: Page): SQL {
  const array = (values: (string | null)[], type: string) => sql`(
    select coalesce(array_agg(value::${sql.raw(type)} order by at), '{}')
    from jsonb_array_elements_text(${JSON.stringify(values)}::text::jsonb) with ordinality as one(value, at))`;
  const score = sql`(found.score + extract(epoch from ${messages.internalDate})::float8 / 631152000)`;
  const place =
    after?.score === undefined
      ? undefined
      : sql`(${score}, ${messages.internalDate}, ${messages.id}) <
          (${after.score}::float8, ${timeOf(after.at)}, ${after.id}::uuid)`;
  return sql`
    with found as materialized (
      select * from search_mailbox(${array(question.wanted, 'tsquery')}, ${array(question.parts, 'text')},
        ${array(question.unwanted, 'tsquery')}, ${mostCandidates + 1})
    ), best as (
      select ${messages.id}, ${messages.internalDate}, ${score} as score
      from found join messages on ${messages.accountId} = ${accountId}::uuid and ${messages.id} = found.message_id
      where ${and(...conditions(accountId, filter), place ?? sql`(select count(*) from found) <= ${mostCandidates}`)}
      order by 3 desc, 2 desc, 1 desc limit ${limit})
    select (select count(*)::int from found) as candidates, best.id, best.score::text as score
    from (values (1)) as one left join best on true
    order by best.score desc, best.internal_date desc, best.id desc`;
}

/** Messages by their ids. */
export const byIdQuery = ({ tx, accountId }: Reading, ids: string[]) =>
  tx
    .select(listed)
    .from(messages)
    .where(and(eq(messages.accountId, accountId), inArray(messages.id, ids)));

/** The newest messages that a question finds, by a walk over the messages: quick where it finds many of them. */
export function newestQuery({ tx, accountId }: Reading, question: Question, { filter, after, limit }: Page) {
  const { stems, longWords } = messageSearch;
  const found = question.wanted.map((query, at) => {
    const part = question.parts[at];
    const isPart = part == null ? sql`` : sql` or ${longWords} like ${part}`;
    return sql`(${stems} @@ ${query}::tsquery${isPart})`;
  });
  const left = question.unwanted.map((query) => sql`not ${stems} @@ ${query}::tsquery`);
  return tx
    .select(listed)
    .from(messages)
    .innerJoin(
      messageSearch,
      and(eq(messageSearch.accountId, accountId), eq(messageSearch.messageId, messages.id), ...found, ...left),
    )
    .where(and(...conditions(accountId, filter), after && isAfter(after)))
    .orderBy(desc(messages.internalDate), desc(messages.id))
    .limit(limit);
}
