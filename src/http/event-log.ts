import { and, asc, eq, gt, sql } from 'drizzle-orm';
import type { Drizzle } from '../db/database.ts';
import { type EventRow, eventLog, eventTrims } from '../db/tables.ts';
import { Problem } from './problem.ts';

/** Where a reader of a tenant's log stands: after the event with this cursor; 0 before the first. */
export type Place = number;

/** The place that a cursor names. @throws {Problem} when it is none of ours. */
export function placeOf(
  cursor: string | undefined,
  field: { in: 'query' | 'header'; field: string },
): Place | undefined {
  if (cursor === undefined || cursor === '') return undefined;
  if (/^\d{1,15}$/.test(cursor)) return Number(cursor);
  throw new Problem('invalid-request', { errors: [{ ...field, message: 'is not a cursor of this log' }] });
}

/**
 * The next events of a tenant after a place, in the order of the log.
 *
 * `cursor > place order by cursor` misses nothing and never will, although cursors come from a sequence: they are drawn
 * by the relay's leader alone, in a transaction that first locks the lease row (`stillLeads`) and holds it to its commit.
 * Postgres makes a commit visible before it releases its locks, so whoever draws the next number does so after every
 * smaller one can be seen: a snapshot that shows a cursor shows all smaller ones of rows that exist. A draw that is
 * rolled back leaves a hole in the numbers and none in the log. Rows without a cursor are simply still to come.
 *
 * One statement, and so one snapshot, for the rows and for how far the log was cut: no trim can come in between.
 * @param from undefined begins at the oldest event that is kept.
 * @throws {Problem} when the log was cut behind that place, or is not that long.
 */
export async function readEvents(
  db: Drizzle,
  { tenantId, from, limit }: { tenantId: string; from: Place | undefined; limit: number },
): Promise<EventRow[]> {
  const page = db
    .select()
    .from(eventLog)
    .where(and(eq(eventLog.tenantId, tenantId), gt(eventLog.cursor, from ?? 0)))
    .orderBy(asc(eventLog.cursor))
    .limit(limit)
    .as('page');
  const { no, id, userId, userSeq, accountId, type, time, data, cursor, publishedAt } = page;
  const found = await db
    .select({
      cut: eventTrims.cursor,
      last: sql<string>`(select last_value from event_cursor)`,
      event: { no, id, tenantId: page.tenantId, userId, userSeq, accountId, type, time, data, cursor, publishedAt },
    })
    .from(sql`(values (1)) as one(n)`)
    .leftJoin(eventTrims, eq(eventTrims.tenantId, tenantId))
    .leftJoin(page, sql`true`)
    .orderBy(asc(page.cursor));
  const [state] = found;
  const rows = found.flatMap(({ event }) => (event === null ? [] : [event as EventRow]));
  if (from === undefined) return rows;
  if (state?.cut != null && from < state.cut) throw new Problem('cursor-gone', { oldest: String(state.cut) });
  if (from > Number(state?.last ?? 0)) {
    // A number that was never given out: another installation's, or one from before a database was restored.
    throw new Problem('invalid-request', { detail: 'the cursor is not of this log: it is ahead of it' });
  }
  return rows;
}
