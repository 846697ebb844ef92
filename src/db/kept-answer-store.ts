import { createHash, randomBytes } from 'node:crypto';
import { and, eq, lt, sql } from 'drizzle-orm';
import type { KeyRing } from '../secrets/key-ring.ts';
import type { Drizzle, Transaction } from './database.ts';
import { keptAnswers } from './tables.ts';

/** As long as a finished order is kept. */
export const answerKeptHours = 24;

/** What a repeat is told by. The content is compared; the rest says whose key it is. */
export type Keyed = { operation: string; caller: string; tenantId: string; key: string; content: unknown };

/** What was made, now or by the request that this one repeats; or why there is no answer. */
export type Made<A> = { answer: A; secret: string } | { refused: 'other-content' | 'secret-gone' };

/** A secret of 256 random bits that nobody has to see twice. */
export const freshSecret = () => randomBytes(32).toString('base64url');

/**
 * Make something once for a key. A repeat with the same content gets the same answer, and with it the same secret.
 *
 * The secret is an HMAC under the key ring's lasting key, over the key and a nonce that stands in this row: who has the
 * database alone, or the key ring alone, has no token. To keep it encrypted instead would say the same with a live
 * token in the row, which would have to be rotated with the ring.
 * @param make writes what is made, in the transaction that also keeps its answer. Two requests at once wait for each
 * other at the row's key, so only one of them makes anything.
 */
export async function makeOnce<A extends Record<string, unknown>>(
  { db, ring }: { db: Drizzle; ring: Pick<KeyRing, 'lastingHmac'> },
  { operation, caller, tenantId, key, content }: Keyed,
  make: (tx: Transaction, secret: string) => Promise<A>,
): Promise<Made<A>> {
  const keyHash = digest(JSON.stringify([operation, caller, tenantId, key]));
  const contentHash = digest(JSON.stringify(content));
  const secretOf = (nonce: string) => ring.lastingHmac('idempotent-secret', JSON.stringify([keyHash, nonce]));
  return db.transaction(async (tx) => {
    const own = eq(keptAnswers.keyHash, keyHash);
    const old = lt(keptAnswers.createdAt, sql`now() - make_interval(hours => ${answerKeptHours})`);
    await tx.delete(keptAnswers).where(and(own, old));
    const nonce = freshSecret();
    const secret = secretOf(nonce);
    const row = { keyHash, contentHash, nonce, secretHash: digest(secret), answer: {} };
    const [mine] = await tx
      .insert(keptAnswers)
      .values(row)
      .onConflictDoNothing()
      .returning({ nonce: keptAnswers.nonce });
    if (mine) {
      const answer = await make(tx, secret);
      await tx.update(keptAnswers).set({ answer }).where(own);
      return { answer, secret };
    }
    const [kept] = await tx.select().from(keptAnswers).where(own).limit(1);
    if (!kept) throw new Error('the row of an idempotency key went while it was read');
    if (kept.contentHash !== contentHash) return { refused: 'other-content' };
    const again = secretOf(kept.nonce);
    return digest(again) === kept.secretHash ? { answer: kept.answer as A, secret: again } : { refused: 'secret-gone' };
  });
}

const digest = (text: string) => createHash('sha256').update(text).digest('base64url');
