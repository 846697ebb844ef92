import { and, eq, isNotNull, like, sql } from 'drizzle-orm';
import type { Drizzle } from '../db/database.ts';
import { type EventRow, eventLog } from '../db/tables.ts';
import { channelOf, streamOf } from '../events.ts';
import type { Heartbeat } from '../leases/heartbeat.ts';
import { releaseLead, takeLead } from '../leases/leader.ts';
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
   * The next rows to publish, each with its place in the log, or null when somebody else leads by now; what was
   * published before is marked on the way. One statement, which holds the lease's row: places are given by one process
   * at a time, and their order is the order of the numbers.
   */
  async function placed(lead: number): Promise<EventRow[] | null> {
    const marks = unmarked;
    const found = await db.execute<Record<string, unknown>>(sql`
      with lease as materialized (
        select 1 from leases
        where name = 'relay' and holder = ${heartbeat.processId}::uuid and token = ${lead} for update
      ), marked as (
        update events set published_at = now() from lease where no = any(${numbers(marks)})
      ), next as materialized (
        -- What has a place already goes first: it was to be published when the last leader ended.
        select no, coalesce(cursor, nextval('event_cursor')) as place
        from (
          select no, cursor from events, lease
          where published_at is null and no <> all(${numbers(marks)})
          order by cursor nulls last, no limit ${batchSize}
        ) as ordered
      ), given as (
        update events set cursor = next.place from next where events.no = next.no
        returning events.*
      )
      select given.*, true as held from given
      union all select events.*, true from lease left join events on false
      order by cursor`);
    unmarked = unmarked.filter((no) => !marks.includes(no));
    if (found.length === 0) return null;
    return found.filter(({ no }) => no !== null).map(rowOf);
  }

  async function publish(rows: EventRow[]) {
    for (const row of rows) {
      if (row.type === 'account.disconnected' && row.accountId) await eraseFromStream(row.tenantId, row.accountId);
    }
    // The streams of two tenants lie on different nodes of a Cluster, which takes no pipeline for both.
    const batches = redis.isCluster ? [...Map.groupBy(rows, ({ tenantId }) => tenantId).values()] : [rows];
    await Promise.all(batches.map(publishTogether));
  }

  async function publishTogether(rows: EventRow[]) {
    const pipeline = redis.pipeline();
    for (const row of rows) {
      const text = JSON.stringify(toEnvelope(row, source));
      // The entry's id is the cursor: a repeat is refused by Redis and is in the stream only once.
      pipeline.xadd(streamOf(row.tenantId), 'MAXLEN', '~', streamLength, `${row.cursor}-0`, 'event', text);
      pipeline.publish(channelOf(row.tenantId), text);
    }
    const answers = (await pipeline.exec()) ?? [];
    for (const [error] of answers) {
      if (!error || /equal or smaller than/.test(error.message)) continue;
      if (!isRefusalOfKey(error)) throw error;
      // Somebody else's key has the stream's name: that tenant lacks its stream, and all others go on.
      log.error({ err: error, tenantId: rows[0]!.tenantId }, 'the stream of a tenant cannot be written');
    }
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

  /** Losing a mark costs a repeat and nothing else, so this commit need not wait for the disk. */
  async function mark() {
    const marks = unmarked;
    if (marks.length === 0) return;
    await db.execute(sql`
      with quick as materialized (select set_config('synchronous_commit', 'off', true))
      update events set published_at = now() from quick where no = any(${numbers(marks)})`);
    unmarked = unmarked.filter((no) => !marks.includes(no));
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

const isRefusalOfKey = (error: Error) => /^(WRONGTYPE|NOPERM) /.test(error.message);

/** postgres.js does not know the type of an array within a statement that Drizzle prepared; text it does. */
const numbers = (all: readonly number[]) => sql`string_to_array(${all.join(',')}, ',')::bigint[]`;

function rowOf(row: Record<string, unknown>): EventRow {
  return {
    no: Number(row.no),
    id: row.id as string,
    tenantId: row.tenant_id as string,
    userId: row.user_id as string,
    userSeq: Number(row.user_seq),
    accountId: row.account_id as string | null,
    type: row.type as string,
    time: new Date(row.time as string),
    data: row.data as Record<string, unknown>,
    cursor: Number(row.cursor),
    publishedAt: null,
  };
}
