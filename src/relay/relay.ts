import { and, asc, eq, inArray, isNotNull, isNull, like, sql } from 'drizzle-orm';
import type { Drizzle } from '../db/database.ts';
import { type EventRow, eventLog } from '../db/tables.ts';
import { channelOf, streamOf } from '../events.ts';
import type { Heartbeat } from '../leases/heartbeat.ts';
import { releaseLead, stillLeads, takeLead } from '../leases/leader.ts';
import type { Log } from '../log.ts';
import type { RedisClient } from '../queues/redis.ts';
import { toEnvelope } from './envelope.ts';

const batchSize = 500;
const streamLength = 10_000;
/** Without being woken the relay looks this often: a lost NOTIFY costs a second and nothing else. */
const pollEveryMs = 1_000;

/** The channel on which writers in other processes wake the leader. */
export const eventChannel = 'postbud_events';

export type Relay = ReturnType<typeof startRelay>;

/**
 * Publish the event log. One process leads, by lease; it gives each event its place in the log (`cursor`) and publishes
 * in that order, to the tenant's channel and stream. At least once: an event is marked only after Redis has it, so what
 * could not be published while Redis was away follows when it is back.
 */
export function startRelay({
  db,
  redis,
  heartbeat,
  source,
  log,
  published = () => {},
}: {
  db: Drizzle;
  redis: RedisClient;
  heartbeat: Heartbeat;
  source: string;
  log: Log;
  published?: (rows: EventRow[]) => void;
}) {
  let token: number | null = null;
  let stopped = false;
  let running: Promise<void> | undefined;
  let again = false;
  /** Published, and not yet marked: kept out of the next batch until the mark is written. */
  let unmarked: number[] = [];

  async function drain() {
    do {
      again = false;
      if (!heartbeat.isFresh() || !(await lead())) return;
      const rows = await placed(token!);
      if (rows === null) {
        token = null;
        return;
      }
      if (rows.length === 0) continue;
      await publish(rows);
      unmarked = rows.map(({ no }) => no);
      published(rows);
      again ||= rows.length === batchSize;
      if (!again) await mark();
    } while (again && !stopped);
  }

  async function lead(): Promise<boolean> {
    if (token !== null) return true;
    if (!heartbeat.canJudge() && (await isLed())) return false;
    token = await takeLead(db, 'relay', heartbeat.processId);
    if (token !== null) log.info({ lead: token }, 'leading the relay');
    return token !== null;
  }

  /** Before others may be called dead, only a lease that nobody holds is free. */
  async function isLed(): Promise<boolean> {
    const rows = await db.execute(sql`select 1 from leases where name = 'relay' and holder is not null`);
    return rows.length > 0;
  }

  /**
   * The next rows to publish, each with its place in the log, or null when somebody else leads by now. The lease row is
   * held meanwhile, so places are given by one process at a time and their order is the order of the numbers.
   */
  async function placed(lead: number): Promise<EventRow[] | null> {
    return db.transaction(async (tx) => {
      if (!(await stillLeads(tx, 'relay', heartbeat.processId, lead))) return null;
      if (unmarked.length > 0) {
        await tx.update(eventLog).set({ publishedAt: sql`now()` }).where(inArray(eventLog.no, unmarked));
        unmarked = [];
      }
      const rows = await tx
        .select()
        .from(eventLog)
        .where(isNull(eventLog.publishedAt))
        // What has a place already goes first: it was to be published when the last leader ended.
        .orderBy(sql`${eventLog.cursor} nulls last`, asc(eventLog.no))
        .limit(batchSize);
      const without = rows.filter((row) => row.cursor === null);
      if (without.length === 0) return rows;
      const numbers = await tx.execute<{ no: string; cursor: string }>(sql`
        with place as (
          select no, nextval('event_cursor') as cursor
          from (select unnest(${sql.param(without.map(({ no }) => no))}::bigint[]) as no order by 1) as ordered)
        update events set cursor = place.cursor from place where events.no = place.no
        returning events.no, events.cursor`);
      const cursorOf = new Map(numbers.map(({ no, cursor }) => [Number(no), Number(cursor)]));
      return rows.map((row) => ({ ...row, cursor: row.cursor ?? cursorOf.get(row.no)! }));
    });
  }

  async function publish(rows: EventRow[]) {
    for (const row of rows) {
      if (row.type === 'account.disconnected' && row.accountId) await eraseFromStream(row.tenantId, row.accountId);
    }
    const pipeline = redis.pipeline();
    for (const row of rows) {
      const text = JSON.stringify(toEnvelope(row, source));
      // The entry's id is the cursor: a repeat is refused by Redis and is in the stream only once.
      pipeline.xadd(streamOf(row.tenantId), 'MAXLEN', '~', streamLength, `${row.cursor}-0`, 'event', text);
      pipeline.publish(channelOf(row.tenantId), text);
    }
    const answers = (await pipeline.exec()) ?? [];
    const failed = answers.find(([error]) => error && !/equal or smaller than/.test(error.message))?.[0];
    if (failed) throw failed;
  }

  /** What a disconnect erased in Postgres also leaves the stream. */
  async function eraseFromStream(tenantId: string, accountId: string) {
    const rows = await db
      .select({ cursor: eventLog.cursor })
      .from(eventLog)
      .where(and(eq(eventLog.accountId, accountId), like(eventLog.type, 'message.%'), isNotNull(eventLog.cursor)));
    for (let from = 0; from < rows.length; from += 1_000) {
      const ids = rows.slice(from, from + 1_000).map(({ cursor }) => `${cursor}-0`);
      await redis.xdel(streamOf(tenantId), ...ids);
    }
  }

  async function mark() {
    if (unmarked.length === 0) return;
    const marked = unmarked;
    await db.update(eventLog).set({ publishedAt: sql`now()` }).where(inArray(eventLog.no, marked));
    unmarked = unmarked.filter((no) => !marked.includes(no));
  }

  /** There are new rows: publish them now. Calls while it is busy are one more round. */
  function wake() {
    if (stopped) return;
    again = true;
    running ??= drain()
      .catch((error) => {
        // Rows stay unmarked and the next look takes them again. Redis' own outage is told by its connection.
        log.debug({ err: error }, 'events could not be published yet');
        token = null;
      })
      .finally(() => {
        running = undefined;
        if (again && !stopped && token !== null) wake();
      });
  }

  const timer = setInterval(wake, pollEveryMs);
  wake();

  return {
    wake,
    leads: () => token !== null,
    async stop() {
      clearInterval(timer);
      await running;
      stopped = true;
      await mark();
      await releaseLead(db, 'relay', heartbeat.processId);
    },
  };
}
