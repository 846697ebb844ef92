import type { Drizzle, Transaction } from '../db/database.ts';
import { answerKeptHours, freshSecret, makeOnce } from '../db/kept-answer-store.ts';
import type { KeyRing } from '../secrets/key-ring.ts';
import { keyHeader } from './api.ts';
import type { Caller } from './authorize.ts';
import { Problem } from './problem.ts';

export const makingHeader = keyHeader(
  `The same key with the same content gives the same answer again for ${answerKeptHours} hours, the secret in it included`,
);

export type MakingParts = { db: Drizzle; ring: Pick<KeyRing, 'lastingHmac'> };

/**
 * Make something that is shown once; with an `Idempotency-Key`, the same thing for each repeat. A key belongs to its
 * caller: the installation's keys are not a tenant's.
 * @throws {Problem} when the key came with other content before.
 */
export async function makeKeyed<A extends Record<string, unknown>>(
  parts: MakingParts,
  asked: { operation: string; caller: Caller; key: string | undefined; content: { tenantId: string } },
  make: (db: Drizzle | Transaction, secret: string) => Promise<A>,
): Promise<{ answer: A; secret: string }> {
  const { operation, caller, key, content } = asked;
  if (key === undefined) {
    const secret = freshSecret();
    return { answer: await make(parts.db, secret), secret };
  }
  const who = caller.installation ? 'installation' : 'tenant';
  const made = await makeOnce(parts, { operation, caller: who, tenantId: content.tenantId, key, content }, make);
  if (!('refused' in made)) return made;
  const detail =
    made.refused === 'secret-gone'
      ? 'What this key made can no longer be shown: the key ring has changed. Use another Idempotency-Key.'
      : undefined;
  throw new Problem('key-reused', detail === undefined ? {} : { detail });
}
