import { randomBytes } from 'node:crypto';
import postgres from 'postgres';

/** A database of one test. */
export type TestDatabase = {
  url: string;
  name: string;
  /** A client for looking into it; closed by `drop`, and at the end of the process anyway. */
  sql: postgres.Sql;
  drop(): Promise<void>;
};

/** Serialises the making of the template among the processes of a run. */
const templateLock = 0x706f_7374;

/**
 * A new database with the schema of today: a clone of a template that is migrated once a run.
 * `empty` gives one without any table.
 */
export async function makeDatabase(
  server: { url: string; run: string },
  options: { empty?: boolean } = {},
): Promise<TestDatabase> {
  const admin = postgres(server.url, { max: 1, onnotice: () => {} });
  const name = `${server.run}_${randomBytes(5).toString('hex')}`;
  try {
    if (options.empty) await admin`create database ${admin(name)}`;
    else await admin`create database ${admin(name)} template ${admin(await migratedTemplate(admin, server))}`;
  } finally {
    await admin.end();
  }
  const url = databaseUrl(server.url, name);
  const sql = postgres(url, { max: 2, onnotice: () => {}, idle_timeout: 1 });
  return {
    url,
    name,
    sql,
    async drop() {
      await sql.end({ timeout: 0 });
      const admin = postgres(server.url, { max: 1, onnotice: () => {} });
      await admin`drop database if exists ${admin(name)} with (force)`;
      await admin.end();
    },
  };
}

/** Drop everything a run made: needed where the Postgres outlives it. */
export async function dropRunDatabases(server: { url: string; run: string }) {
  const admin = postgres(server.url, { max: 1, onnotice: () => {} });
  const found = await admin`select datname from pg_database where starts_with(datname, ${`${server.run}_`})`;
  for (const { datname } of found) await admin`drop database if exists ${admin(datname)} with (force)`;
  await admin.end();
}

async function migratedTemplate(admin: postgres.Sql, server: { url: string; run: string }) {
  const name = `${server.run}_template`;
  await admin`select pg_advisory_lock(${templateLock})`;
  try {
    const [found] = await admin`select from pg_database where datname = ${name}`;
    if (!found) {
      const unfinished = `${name}_unfinished`; // so that a migration that fails leaves no half template
      await admin`drop database if exists ${admin(unfinished)} with (force)`;
      await admin`create database ${admin(unfinished)}`;
      const { migrate } = (await import(new URL('../../src/db/migrate.ts', import.meta.url).href)) as {
        migrate(databaseUrl: string): Promise<void>;
      };
      await migrate(databaseUrl(server.url, unfinished));
      await admin`alter database ${admin(unfinished)} rename to ${admin(name)}`;
    }
  } finally {
    await admin`select pg_advisory_unlock(${templateLock})`;
  }
  return name;
}

function databaseUrl(server: string, name: string) {
  const url = new URL(server);
  url.pathname = `/${name}`;
  return url.href;
}
