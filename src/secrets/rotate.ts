/**
 * `npm run keys:rotate`: bring every stored secret under the first key of `POSTBUD_KEYS`. It runs beside the daemon, may
 * be stopped and started again at any time, and says how far it is. When it ends with "nothing is left", the old keys may
 * leave the ring.
 */
import postgres from 'postgres';
import { readConfig } from '../config.ts';
import { openLog } from '../log.ts';
import { ownServers } from '../own-servers.ts';
import type { KeyRing } from './key-ring.ts';
import { rotateColumn } from './rotation.ts';

const pageSize = 500;

/** Every encrypted column, with the column that names the owner in its encryption. */
const columns = [
  { table: 'accounts', column: 'imap_secret', owner: 'id' },
  { table: 'accounts', column: 'smtp_secret', owner: 'id' },
  { table: 'orders', column: 'imap_secret', owner: 'id' },
  { table: 'orders', column: 'smtp_secret', owner: 'id' },
  { table: 'oauth_attempts', column: 'verifier', owner: 'id' },
  { table: 'oauth_attempts', column: 'refresh_token', owner: 'id' },
  { table: 'oauth_attempts', column: 'access_token', owner: 'id' },
  { table: 'oauth_grants', column: 'refresh_token', owner: 'owner_id' },
  { table: 'oauth_grants', column: 'access_token', owner: 'owner_id' },
  { table: 'sealing_keys', column: 'private_key', owner: 'kid' },
] as const;

/**
 * Rotate all columns.
 * @param say is told of each page.
 * @returns how many rows were renewed, and those that no key of the ring opens, as `table.column owner`.
 */
export async function rotateAll(sql: postgres.Sql, ring: KeyRing, say: (line: string) => void) {
  let renewed = 0;
  const unreadable: string[] = [];
  for (const { table, column, owner } of columns) {
    const name = `${table}.${column}`;
    let done = 0;
    // Only what is not under the current key: a second run, and one that goes on after a stop, finds the rest.
    const outdated = sql`${sql(column)} is not null and not starts_with(${sql(column)}, ${ring.currentPrefix})`;
    const [left] = await sql<{ count: number }[]>`select count(*)::int as count from ${sql(table)} where ${outdated}`;
    const result = await rotateColumn(ring, {
      column: name,
      async page(after) {
        if (after !== null) say(`${name}: ${done} of ${left!.count}`);
        const rows = await sql<{ ownerId: string; ciphertext: string }[]>`
          select ${sql(owner)}::text as "ownerId", ${sql(column)} as ciphertext from ${sql(table)}
          where ${outdated} ${after === null ? sql`` : sql`and ${sql(owner)}::text > ${after}`}
          order by ${sql(owner)}::text limit ${pageSize}`;
        done += rows.length;
        return [...rows];
      },
      async replace(ownerId, old, fresh) {
        const rows = await sql`
          update ${sql(table)} set ${sql({ [column]: fresh })}
          where ${sql(owner)}::text = ${ownerId} and ${sql(column)} = ${old} returning 1`;
        return rows.length === 1;
      },
    });
    renewed += result.renewed;
    unreadable.push(...result.unreadable.map((ownerId) => `${name} ${ownerId}`));
    say(`${name}: done, ${result.renewed} renewed`);
  }
  return { renewed, unreadable };
}

if (import.meta.main) {
  const config = readConfig(process.env);
  const log = openLog({ level: 'warn' });
  const servers = await ownServers({ ...config, redisUrl: config.redisUrl ?? 'redis://unused' }, log);
  const sql = postgres(servers.databaseDirectUrl, { max: 1, onnotice: () => {} });
  try {
    const { renewed, unreadable } = await rotateAll(sql, servers.keyRing, (line) => console.log(line));
    for (const row of unreadable) console.error(`No key of POSTBUD_KEYS opens ${row}.`);
    console.log(
      unreadable.length === 0
        ? `${renewed} secrets renewed. Nothing is left under an older key.`
        : `${renewed} secrets renewed; ${unreadable.length} could not be opened. Put their key back into POSTBUD_KEYS.`,
    );
    process.exitCode = unreadable.length === 0 ? 0 : 1;
  } finally {
    await sql.end({ timeout: 5 });
    await servers.stop();
  }
}
