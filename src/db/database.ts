import { sql as fragment } from 'drizzle-orm';
import { drizzle, type PostgresJsDatabase } from 'drizzle-orm/postgres-js';
import postgres from 'postgres';
import * as tables from './tables.ts';

export type Drizzle = PostgresJsDatabase<typeof tables>;
export type Transaction = Parameters<Parameters<Drizzle['transaction']>[0]>[0];
export type Database = Awaited<ReturnType<typeof openDatabase>>;

/**
 * Open the database: a pool for Drizzle, a client of its own for LISTEN, NOTIFY and hand-written statements
 * (`drizzle(client)` changes how that client writes dates), and one for the heartbeat. Statements have a time limit of their own, so that a
 * database that hangs shows as an error and not as silence.
 * @param url where transactions go; `directUrl` where LISTEN goes, past a transaction pooler; `readUrl` a replica, which
 *   may lag.
 */
export function openDatabase({
  url,
  directUrl = url,
  readUrl,
  poolSize = 10,
  log,
}: {
  url: string;
  directUrl?: string | undefined;
  readUrl?: string | undefined;
  poolSize?: number;
  log: { warn(fields: object, message: string): void };
}) {
  const options = {
    max: poolSize,
    connect_timeout: 10,
    idle_timeout: 60,
    // By itself the client waits up to 20 s between tries: the first process that is back would call the others dead.
    backoff: () => 0.2 + Math.random() * 0.8,
    onnotice: () => {},
    connection: { application_name: 'postbud', statement_timeout: 30_000, idle_in_transaction_session_timeout: 30_000 },
    // PgBouncer in transaction mode keeps no prepared statements; only ask for them when we are sure of a session.
    prepare: url === directUrl,
  } as const;
  // A plan that was kept for any mailbox would look into all 64 partitions of a table, and one that was made while a
  // table was empty would read all of it for good: each statement is planned with its parameters.
  const pooled = { ...options, connection: { ...options.connection, plan_cache_mode: 'force_custom_plan' } } as const;
  const pool = postgres(url, options.prepare ? pooled : options);
  const direct = postgres(directUrl, { ...options, max: 2, prepare: true });
  const beating = postgres(url, { ...options, max: 1 });
  const reading = readUrl === undefined ? undefined : postgres(readUrl, options);
  const db = drizzle(pool, { schema: tables });
  let stopped = false;
  const pending = new Map<string, { channel: string; payload: string }>();
  let telling = false;

  async function tell() {
    telling = true;
    while (pending.size > 0) {
      const all = [...pending.values()];
      pending.clear();
      try {
        await direct`select pg_notify(n.channel, n.payload) from jsonb_to_recordset(${direct.json(all)})
          as n(channel text, payload text)`;
      } catch (error) {
        log.warn({ err: error, notifications: all.length }, 'other processes could not be told');
      }
    }
    telling = false;
  }

  return {
    db,
    /** For lists that may lag, and for nothing that decides anything: the replica, where there is one. */
    lists: reading ? drizzle(reading, { schema: tables }) : db,
    /** A connection that nothing else waits for: a pool full of waiting transactions must not look like a death. */
    pulse: drizzle(beating, { schema: tables }),
    /** For statements that no query builder is needed for. */
    sql: direct,
    /** Ask the server for a sign of life; rejects within 5 s. */
    async ping() {
      await Promise.race([
        db.execute(fragment`select 1`),
        new Promise((_, reject) => setTimeout(() => reject(new Error('no answer within 5 s')), 5_000).unref()),
      ]);
    },
    /** Hear a channel's notifications until the database is closed. Renewed by itself after a lost connection. */
    async listen(channel: string, heard: (payload: string) => void, renewed: () => void = () => {}) {
      const listening = await direct.listen(channel, heard, renewed);
      return () => (stopped ? Promise.resolve() : listening.unlisten());
    },
    /**
     * Tell the other processes; a loss is made good by their polling. Never in a transaction, and one at a time: each
     * NOTIFY takes a lock that all of them share, so what comes meanwhile goes out together after it.
     */
    notify(channel: string, payload = '') {
      pending.set(`${channel} ${payload}`, { channel, payload });
      if (!telling) void tell();
    },
    async close() {
      stopped = true;
      await Promise.allSettled([pool, direct, beating, reading].map((client) => client?.end({ timeout: 5 })));
    },
  };
}
