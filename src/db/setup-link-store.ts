import { createHash, randomUUIDv7 } from 'node:crypto';
import { and, eq, isNull, lte, sql } from 'drizzle-orm';
import type { Drizzle, Transaction } from './database.ts';
import { type SetupLink, setupLinks } from './tables.ts';

/** A link that nobody used; long enough for one that waits in somebody's mail over a weekend. */
const unusedDays = 7;
/** From the first use on. */
const usedMinutes = 15;

/** What a link is made for. */
export type SetupLinkFacts = Pick<
  typeof setupLinks.$inferInsert,
  'tenantId' | 'userId' | 'purpose' | 'locale' | 'email' | 'primaryEmail' | 'mailClient' | 'returnUrl'
>;

/**
 * What a token opens. `fresh`: never used. `in-use`: its 15 minutes run. `closed`: the mailbox was connected, or the link
 * taken back. A link that is over still says whose it was, for the page that tells so in the right language.
 */
export type OpenedSetupLink =
  | { state: 'fresh' | 'in-use' | 'closed' | 'expired'; link: SetupLink }
  | { state: 'unknown'; link?: undefined };

/** Make a link that a token of 256 bits opens. What stays of the token is a digest. */
export async function makeSetupLink(
  db: Drizzle | Transaction,
  token: string,
  facts: SetupLinkFacts,
): Promise<SetupLink> {
  const [link] = await db
    .insert(setupLinks)
    .values({
      id: randomUUIDv7(),
      tokenHash: digest(token),
      ...facts,
      expiresAt: sql`now() + make_interval(days => ${unusedDays})`,
    })
    .returning();
  return link!;
}

/** Look at a link. Changes nothing: whoever scans links in mails for evil asks for them, too. */
export async function openSetupLink(db: Drizzle, token: string): Promise<OpenedSetupLink> {
  const [found] = await db
    .select({ link: setupLinks, over: sql<boolean>`${setupLinks.expiresAt} <= now()` })
    .from(setupLinks)
    .where(eq(setupLinks.tokenHash, digest(token)))
    .limit(1);
  if (!found) return { state: 'unknown' };
  const { link, over } = found;
  if (link.closedAt !== null) return { state: 'closed', link };
  if (over) return { state: 'expired', link };
  return { state: link.usedAt === null ? 'fresh' : 'in-use', link };
}

/** Use a link, which only a POST may do. The first use starts its 15 minutes; later ones do not lengthen them. */
export async function useSetupLink(db: Drizzle, token: string): Promise<OpenedSetupLink> {
  const [link] = await db
    .update(setupLinks)
    .set({
      usedAt: sql`coalesce(${setupLinks.usedAt}, now())`,
      expiresAt: sql`case when ${setupLinks.usedAt} is null then now() + make_interval(mins => ${usedMinutes})
        else ${setupLinks.expiresAt} end`,
    })
    .where(
      and(eq(setupLinks.tokenHash, digest(token)), isNull(setupLinks.closedAt), sql`${setupLinks.expiresAt} > now()`),
    )
    .returning();
  return link ? { state: 'in-use', link } : openSetupLink(db, token);
}

/** Count one more try to connect with a link. @returns how many there were, this one included. */
export async function countSetupTry(db: Drizzle, linkId: string): Promise<number> {
  const [counted] = await db
    .update(setupLinks)
    .set({ tries: sql`${setupLinks.tries} + 1` })
    .where(eq(setupLinks.id, linkId))
    .returning({ tries: setupLinks.tries });
  return counted?.tries ?? 0;
}

/**
 * Close every link of a user, because the mailbox was connected or removed.
 * @param madeUntil leaves those open that were made later: the order that closes them may have waited.
 * @returns how many were open.
 */
export async function closeSetupLinks(
  db: Drizzle | Transaction,
  { tenantId, userId }: { tenantId: string; userId: string },
  madeUntil?: Date,
): Promise<number> {
  const closed = await db
    .update(setupLinks)
    .set({ closedAt: sql`now()` })
    .where(
      and(
        eq(setupLinks.tenantId, tenantId),
        eq(setupLinks.userId, userId),
        isNull(setupLinks.closedAt),
        madeUntil && lte(setupLinks.createdAt, madeUntil),
      ),
    )
    .returning({ id: setupLinks.id });
  return closed.length;
}

const digest = (token: string) => createHash('sha256').update(token).digest('base64url');
