import { randomUUIDv7 } from 'node:crypto';
import { hostname } from 'node:os';
import { sql } from 'drizzle-orm';
import type { Drizzle } from '../db/database.ts';
import { processes } from '../db/tables.ts';
import type { Log } from '../log.ts';

/** A process renews its row this often, however many mailboxes it holds. */
export const beatEveryMs = 2_000;
/** A process is dead this long after its last beat, by Postgres' clock. */
export const deadAfterMs = 8_000;
/** A process that could not renew for this long, by its own monotonic clock, stops writing and sending. */
export const staleAfterMs = 6_000;

/** SQL for "this holder is dead"; the holder's column is given. */
export const isDead = (holder: unknown) =>
  sql`not exists (select 1 from processes p where p.id = ${holder} and p.beat_at > now() - interval '${sql.raw(String(deadAfterMs))} milliseconds')`;

export type Heartbeat = Awaited<ReturnType<typeof startHeartbeat>>;

/**
 * Make this process known and keep it alive in Postgres.
 * `isFresh()` answers at once and from the monotonic clock, so it is right also after a SIGSTOP.
 * @param onGap is called after a beat that came too late: others may have taken over meanwhile.
 */
export async function startHeartbeat({
  db,
  roles,
  log,
  onGap = () => {},
}: {
  db: Drizzle;
  roles: Iterable<string>;
  log: Log;
  onGap?: () => void;
}) {
  const id = randomUUIDv7();
  const row = { id, host: hostname(), roles: [...roles] };
  let renewedAt = performance.now();
  /** Since when each beat has arrived in time: Postgres answers, and this process was not frozen. */
  let steadySince = performance.now();
  let beating: Promise<void> | undefined;

  async function beat() {
    const startedAt = performance.now();
    try {
      await db
        .insert(processes)
        .values(row)
        .onConflictDoUpdate({ target: processes.id, set: { beatAt: sql`now()` } });
    } catch (error) {
      steadySince = Number.POSITIVE_INFINITY;
      log.warn({ err: error }, 'heartbeat could not be written');
      return;
    }
    const gapMs = startedAt - renewedAt;
    // The clock starts when we asked, not when the answer came: Postgres may have written it right then.
    renewedAt = startedAt;
    if (gapMs > staleAfterMs || steadySince === Number.POSITIVE_INFINITY) steadySince = performance.now();
    if (gapMs > staleAfterMs) onGap();
  }

  await beat();
  const timer = setInterval(() => {
    beating ??= beat().finally(() => {
      beating = undefined;
    });
  }, beatEveryMs);

  return {
    processId: id,
    /** Whether this process may still write and send. */
    isFresh: () => performance.now() - renewedAt < staleAfterMs,
    /** Whether this process has seen a working Postgres long enough to call others dead. */
    canJudge: () => performance.now() - steadySince > deadAfterMs && performance.now() - renewedAt < staleAfterMs,
    async stop() {
      clearInterval(timer);
      await beating;
      // Those who look see at once that nobody holds what this process held.
      await db.delete(processes).where(sql`id = ${id}`);
    },
  };
}
