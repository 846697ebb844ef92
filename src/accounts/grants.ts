/** What a login provider gave, as orders and accounts own it. For transactions that hold the user's row. */
import { eq } from 'drizzle-orm';
import type { Transaction } from '../db/database.ts';
import { oauthGrants } from '../db/tables.ts';
import { grantPlace } from '../mail/oauth/grants.ts';
import type { KeyRing } from '../secrets/key-ring.ts';
import { moveSecret } from '../secrets/stored-secret.ts';

/** An order was accepted: what it was given is the account's from now on, in place of what that had. */
export async function moveGrant(tx: Transaction, ring: KeyRing, from: string, to: string): Promise<void> {
  const [row] = await tx.delete(oauthGrants).where(eq(oauthGrants.ownerId, from)).returning();
  await dropGrant(tx, to);
  if (!row) return;
  const moved = (ciphertext: string | null, token: 'refresh' | 'access') =>
    ciphertext && moveSecret(ring, ciphertext, grantPlace(from, token), grantPlace(to, token));
  const tokens = { refreshToken: moved(row.refreshToken, 'refresh'), accessToken: moved(row.accessToken, 'access') };
  await tx.insert(oauthGrants).values({ ...row, ...tokens, ownerId: to });
}

/** Forget what an order or an account was given. Nothing happens at the provider. */
export async function dropGrant(tx: Transaction, ownerId: string): Promise<void> {
  await tx.delete(oauthGrants).where(eq(oauthGrants.ownerId, ownerId));
}
