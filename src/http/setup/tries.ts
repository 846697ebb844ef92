import { createHash } from 'node:crypto';
import type { Drizzle } from '../../db/database.ts';
import { countSetupTry } from '../../db/setup-link-store.ts';
import type { OrderQueues } from '../give-order.ts';
import { Problem } from '../problem.ts';
import { within } from '../within.ts';

/** Each try makes us open connections, and may count at the provider. */
const most = { perLink: 20, perAddress: 10 };
const windowSeconds = 15 * 60;
const redisLimitMs = 3_000;

/**
 * Count a try to connect: per link, and per mail address, whichever link it comes by.
 * @returns how many minutes to wait; null when it may be tried.
 */
export async function countTry(
  { db, queues }: { db: Drizzle; queues: OrderQueues },
  linkId: string,
  email: string,
): Promise<number | null> {
  if ((await countSetupTry(db, linkId)) > most.perLink) return Math.ceil(windowSeconds / 60);
  // A digest: a list of who sets up a mailbox is nobody's business.
  const address = createHash('sha256').update(email.trim().toLowerCase()).digest('base64url');
  const key = queues.get('connect-account').toKey(`setup-tries:${address}`);
  const unavailable = () => new Problem('unavailable');
  const counted = await within(
    redisLimitMs,
    queues.connection.multi().set(key, 0, 'EX', windowSeconds, 'NX').incr(key).ttl(key).exec(),
    unavailable,
  );
  const [, tries, secondsLeft] = (counted ?? []).map(([error, value]) => {
    if (error) throw error;
    return Number(value);
  });
  return (tries ?? 0) > most.perAddress ? Math.max(1, Math.ceil((secondsLeft ?? windowSeconds) / 60)) : null;
}
