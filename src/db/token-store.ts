import { createHash, randomUUIDv7 } from 'node:crypto';
import { and, asc, eq, gt, sql } from 'drizzle-orm';
import type { Drizzle, Transaction } from './database.ts';
import { type TokenRow, tokens } from './tables.ts';

/** By this people and scanners of leaked secrets know what it is. */
export const tokenPrefix = 'pbt_';
const form = /^pbt_[A-Za-z0-9_-]{43}$/;
const hintLength = tokenPrefix.length + 4;

/** A token that was taken back still opens other processes for this long. */
const keptMs = 5_000;
const mostKept = 1_000;
const useNotedEveryMs = 10 * 60_000;

export type Tokens = ReturnType<typeof openTokens>;

/** The tokens of tenants. */
export function openTokens(db: Drizzle) {
  const kept = new Map<string, { at: number; row: TokenRow }>();

  async function find(tokenHash: string): Promise<TokenRow | null> {
    const known = kept.get(tokenHash);
    if (known && performance.now() - known.at < keptMs) return known.row;
    const [row] = await db.select().from(tokens).where(eq(tokens.tokenHash, tokenHash)).limit(1);
    kept.delete(tokenHash);
    if (!row) return null;
    if (kept.size >= mostKept) kept.clear();
    kept.set(tokenHash, { at: performance.now(), row });
    if (Date.now() - (row.lastUsedAt?.getTime() ?? 0) > useNotedEveryMs) {
      await db.update(tokens).set({ lastUsedAt: sql`now()` }).where(eq(tokens.id, row.id));
    }
    return row;
  }

  return {
    /** Whose token it is; null when it is none, was taken back, or has expired. */
    async look(token: string): Promise<TokenRow | null> {
      if (!form.test(token)) return null;
      const row = await find(digest(token));
      return row !== null && (row.expiresAt === null || row.expiresAt.getTime() > Date.now()) ? row : null;
    },

    /** Tokens in the order in which they were made, of one tenant or of all. */
    list: (tenantId: string | undefined, { after, limit }: { after?: string | undefined; limit: number }) =>
      db
        .select()
        .from(tokens)
        .where(
          and(
            tenantId === undefined ? undefined : eq(tokens.tenantId, tenantId),
            after === undefined ? undefined : gt(tokens.id, after),
          ),
        )
        .orderBy(asc(tokens.id))
        .limit(limit),

    /** Take a token back. @returns whether there was such a one (of that tenant, when one is named). */
    async takeBack(id: string, tenantId: string | undefined): Promise<boolean> {
      const [gone] = await db
        .delete(tokens)
        .where(and(eq(tokens.id, id), tenantId === undefined ? undefined : eq(tokens.tenantId, tenantId)))
        .returning({ tokenHash: tokens.tokenHash });
      if (gone) kept.delete(gone.tokenHash);
      return gone !== undefined;
    },
  };
}

/** Make a token of a secret of 256 bits. What stays of it is a digest. */
export async function issueToken(
  db: Drizzle | Transaction,
  secret: string,
  facts: Pick<TokenRow, 'tenantId' | 'name' | 'scopes' | 'expiresAt'>,
): Promise<TokenRow> {
  const token = tokenPrefix + secret;
  const [row] = await db
    .insert(tokens)
    .values({ id: randomUUIDv7(), tokenHash: digest(token), hint: token.slice(0, hintLength), ...facts })
    .returning();
  return row!;
}

const digest = (token: string) => createHash('sha256').update(token).digest('base64url');
