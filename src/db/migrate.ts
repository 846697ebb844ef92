import { fileURLToPath } from 'node:url';
import { drizzle } from 'drizzle-orm/postgres-js';
import { migrate as apply } from 'drizzle-orm/postgres-js/migrator';
import postgres from 'postgres';
import { readConfig } from '../config.ts';

/** One lock for all who migrate this database; the number means nothing but ours. */
const lockNumber = 7_678_283_001;

/**
 * Apply all pending migrations, alone: processes that start together wait here for each other.
 * @param databaseUrl a direct connection; a session lock does not survive a transaction pooler.
 */
export async function migrate(databaseUrl: string): Promise<void> {
  const sql = postgres(databaseUrl, { max: 1, onnotice: () => {}, connect_timeout: 10 });
  try {
    await sql`set lock_timeout = '120s'`;
    await sql`select pg_advisory_lock(${lockNumber})`;
    await apply(drizzle(sql), { migrationsFolder: fileURLToPath(new URL('../../drizzle', import.meta.url)) });
    await sql`select pg_advisory_unlock(${lockNumber})`;
  } finally {
    await sql.end({ timeout: 5 });
  }
}

if (import.meta.main) {
  const config = readConfig(process.env);
  const url = config.databaseDirectUrl ?? config.databaseUrl;
  if (url === undefined) {
    console.error('DATABASE_URL is not set. The embedded database of `npm start` is migrated when it starts.');
    process.exitCode = 1;
  } else {
    await migrate(url);
    console.log('The database is up to date.');
  }
}
