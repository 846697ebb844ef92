import { desc, inArray, sql } from 'drizzle-orm';
import type { JWK } from 'jose';
import type { SealingKeyStore, StoredSealingKey } from '../secrets/sealing-keys.ts';
import type { Drizzle } from './database.ts';
import { sealingKeys } from './tables.ts';

/** One lock for all who put a sealing key in front; the number means nothing but ours. */
const lockNumber = 7_678_283_002;

const columns = {
  kid: sealingKeys.kid,
  publicJwk: sealingKeys.publicJwk,
  privateKey: sealingKeys.privateKey,
  createdAt: sealingKeys.createdAt,
};
const newestFirst = [desc(sealingKeys.createdAt), desc(sealingKeys.kid)];

/** The sealing keys in Postgres. */
export function sealingKeyStore(db: Drizzle): SealingKeyStore {
  return {
    async list() {
      const rows = await db
        .select(columns)
        .from(sealingKeys)
        .orderBy(...newestFirst);
      return rows.map((row): StoredSealingKey => ({ ...row, publicJwk: row.publicJwk as JWK }));
    },

    async insertIfNewestIs(kid, { publicJwk, ...key }) {
      return db.transaction(async (tx) => {
        // Held to the end of the transaction: two processes that start together must not both find no key.
        await tx.execute(sql`select pg_advisory_xact_lock(${lockNumber})`);
        const [newest] = await tx
          .select({ kid: sealingKeys.kid })
          .from(sealingKeys)
          .orderBy(...newestFirst)
          .limit(1);
        if ((newest?.kid ?? null) !== kid) return false;
        await tx.insert(sealingKeys).values({ ...key, publicJwk: { ...publicJwk } });
        return true;
      });
    },

    async remove(kids) {
      if (kids.length > 0) await db.delete(sealingKeys).where(inArray(sealingKeys.kid, kids));
    },
  };
}
