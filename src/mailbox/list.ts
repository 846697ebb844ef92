import { and, desc, eq, getTableColumns, gte, isNotNull, lt, ne, type SQL, sql } from 'drizzle-orm';
import { folders, messages } from '../db/tables.ts';
import type { Place } from './cursor.ts';
import type { Reading } from './read-as.ts';

/** Which messages of a mailbox are asked for; `folderId` is of one of its folders. Addresses are in lower case. */
export type Filter = {
  folderId?: string | undefined;
  threadId?: string | undefined;
  unread?: boolean | undefined;
  hasAttachment?: boolean | undefined;
  since?: Date | undefined;
  until?: Date | undefined;
  /** Persons that it has to be from, to, or about. */
  people: { roles: readonly PersonRole[]; address: string }[];
};
export type PersonRole = 'from' | 'to' | 'cc' | 'reply-to';
export const anyRole: readonly PersonRole[] = ['from', 'to', 'cc', 'reply-to'];

/** When a message came, in the microseconds that Postgres counts in: a Date would round it. */
export const micros = (column: SQL | typeof messages.internalDate) =>
  sql<string>`(extract(epoch from ${column}) * 1000000)::bigint::text`;

/** A time that `micros` wrote. */
export const timeOf = (at: string) => sql`('epoch'::timestamptz + ${at}::bigint * interval '1 microsecond')`;

/** All that is stored of a message, and what a cursor is made of. */
export const listed = { ...getTableColumns(messages), at: micros(messages.internalDate) };
export type Listed = typeof messages.$inferSelect & { at: string };

/** The folder with this path, else the one with this role; null when the mailbox has neither. */
export async function folderNamed({ tx, accountId }: Reading, name: string): Promise<string | null> {
  const rows = await tx
    .select({ id: folders.id })
    .from(folders)
    .where(
      and(
        eq(folders.accountId, accountId),
        // It is remembered for as long as messages from it may be found elsewhere.
        ne(folders.mode, 'gone'),
        // The name INBOX is the same in any case (RFC 9051 §5.1).
        sql`(${folders.path} = ${name} or ${folders.role} = ${name.toLowerCase()})`,
      ),
    )
    .orderBy(desc(sql`${folders.path} = ${name}`), folders.path)
    .limit(1);
  return rows[0]?.id ?? null;
}

/** What a filter demands of a message, but for those persons that the list is already driven by. */
export function conditions(accountId: string, filter: Filter, people = filter.people): (SQL | undefined)[] {
  const { folderId, threadId, unread, hasAttachment, since, until } = filter;
  return [
    eq(messages.accountId, accountId),
    // Without a UID it is nowhere: it vanished from its folder, and may yet be found in another.
    isNotNull(messages.uid),
    folderId === undefined ? undefined : eq(messages.folderId, folderId),
    threadId === undefined ? undefined : eq(messages.threadId, threadId),
    since === undefined ? undefined : gte(messages.internalDate, since),
    until === undefined ? undefined : lt(messages.internalDate, until),
    isTrue(messages.unread, unread),
    isTrue(messages.hasAttachments, hasAttachment),
    ...people.map(
      ({ roles, address }) => sql`exists (select from message_people p where p.account_id = ${messages.accountId}
        and p.message_id = ${messages.id} and p.role in ${roles} and p.address = ${address})`,
    ),
  ];
}

/** As a bare column: that is how partial indexes are recognised. */
function isTrue(column: typeof messages.unread | typeof messages.hasAttachments, wanted: boolean | undefined) {
  if (wanted === undefined) return undefined;
  return wanted ? sql`${column}` : sql`not ${column}`;
}

/**
 * Messages by when they came, newest first, from a place on. Where a person is asked for, the walk goes over that person's
 * rows, which lie in the same order; else over the messages.
 */
export function listQuery(
  { tx, accountId }: Reading,
  { filter, after, limit }: { filter: Filter; after?: Place | undefined; limit: number },
) {
  const [person, ...others] = filter.people;
  if (!person) {
    return tx
      .select(listed)
      .from(messages)
      .where(and(...conditions(accountId, filter), after && isAfter(after)))
      .orderBy(desc(messages.internalDate), desc(messages.id))
      .limit(limit);
  }
  const { since, until } = filter;
  const { roles, address } = person;
  const found = and(
    sql`p.account_id = ${accountId}::uuid and p.address = ${address} and p.role in ${roles}`,
    since && sql`p.internal_date >= ${since.toISOString()}::timestamptz`,
    until && sql`p.internal_date < ${until.toISOString()}::timestamptz`,
    after && sql`(p.internal_date, p.message_id) < (${timeOf(after.at)}, ${after.id}::uuid)`,
    // A mail to oneself has two rows; one of them counts. Looked up row by row, so that the walk can stop at the page's end.
    roles.length === 1
      ? undefined
      : sql`p.role = (select min(q.role) from message_people q where q.account_id = ${accountId}::uuid
          and q.message_id = p.message_id and q.address = p.address and q.role in ${roles})`,
  );
  return tx
    .select({ ...listed, at: micros(sql`p.internal_date`) })
    .from(sql`message_people p`)
    .innerJoin(messages, and(eq(messages.accountId, accountId), sql`${messages.id} = p.message_id`))
    .where(and(found, ...conditions(accountId, { ...filter, since: undefined, until: undefined }, others)))
    .orderBy(sql`p.internal_date desc`, sql`p.message_id desc`)
    .limit(limit);
}

/** Comes after a place in a list that is newest first. */
export const isAfter = ({ at, id }: Place) =>
  sql`(${messages.internalDate}, ${messages.id}) < (${timeOf(at)}, ${id}::uuid)`;
