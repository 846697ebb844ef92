import { randomUUIDv7 } from 'node:crypto';
import { eq, type SQL, sql } from 'drizzle-orm';
import type { Drizzle } from '../db/database.ts';
import { knocks } from '../db/tables.ts';
import { familyOf } from '../mail/refusals/index.ts';
import { doorKey, plainHost } from '../secrets/door.ts';
import type { KeyRing } from '../secrets/key-ring.ts';

/** Refused logins that one (host, user name) may have in an hour. Providers lock at five or more. */
export const perDoor = { most: 3, withinMs: 60 * 60_000 };
/**
 * Logins whose secret was sent and that got no answer. A server that is overloaded has refused nobody, one that holds
 * its refusals back has: so they fill the hour of the door beside the refused ones, and leave a person one try more.
 * What Postbud tries by itself is spaced after the second, so that it never waits longer than this for a server that
 * was only slow.
 */
export const unheard = { free: 2, spacedMs: 30 * 60_000, personsMost: perDoor.most + 1 };
/**
 * Refused logins at one provider in a day, over all accounts: some ban the address that they come from. It holds what
 * Postbud tries by itself; a person who has just typed a password is let through, within the ceiling of the door.
 */
export const perSite = { most: 300, withinMs: 24 * 60 * 60_000 };

/**
 * A login whose end is not known counts this long: longer than any login takes, and far shorter than the hour, since a
 * process that is killed in the middle of a thousand logins has been refused none of them.
 */
const underWayMs = 3 * 60_000;

/** Who wants to knock: a person's order, or Postbud by itself. */
export type Why = 'order' | 'automatic';

/** Leave to knock once; what came of it has to be told. */
export type Leave = { allowed: true; settle(outcome: Outcome): Promise<void> };
/** How a knock ended. `unheard`: nobody knows. */
export type Outcome = 'refused' | 'not-refused' | 'unheard';
export type Budget = ReturnType<typeof openBudget>;

/**
 * The budget of refused logins. Rows in Postgres, honoured by every process and kept when Redis is wiped; time comes from
 * `now`, never from the database, so that a test can let a month pass.
 */
export function openBudget({ db, ring, now }: { db: Drizzle; ring: KeyRing; now: () => Date }) {
  /** Logins of this process whose end is not known yet, by door. */
  const underWay = new Map<string, Set<Promise<void>>>();

  return {
    /** Ask before a login. @returns leave to try once, or until when nobody may. */
    async knock(to: { host: string; username: string }, why: Why): Promise<Leave | { allowed: false; until: Date }> {
      const door = doorKey(ring, to);
      for (;;) {
        const id = randomUUIDv7();
        const until = await ask(id, { door, site: siteOf(to.host) }, why);
        if (until === null) return leaveFor(id, door);
        // A login that may yet succeed counts as refused meanwhile: several at once at one mailbox are no reason to
        // send anybody away for an hour.
        const others = underWay.get(door);
        if (!others) return { allowed: false, until };
        await Promise.race(others);
      }
    },
  };

  /** Write a knock down if there is one left. @returns until when there is none; null when it is written. */
  async function ask(id: string, { door, site }: { door: string; site: string }, why: Why): Promise<Date | null> {
    const at = now();
    return db.transaction(async (tx) => {
      // Two who ask at the same time must see each other's row; the lock ends with the transaction.
      await tx.execute(sql`select pg_advisory_xact_lock(hashtextextended(${door}, 7))`);
      const since = (ms: number) => sql`${new Date(at.getTime() - ms).toISOString()}::timestamptz`;
      const plus = (ms: number | SQL) => sql`at + ${ms}::int * interval '1 millisecond'`;
      /** When so many of these knocks no longer count that one more is free. */
      const freeAt = (which: SQL, { most, withinMs }: typeof perDoor) => sql`(
        select ${plus(sql`case when refused or unheard then ${withinMs}::int else ${underWayMs}::int end`)} as ends
        from knocks where ${which} and at > ${since(withinMs)}
        order by ends desc offset ${most - 1} limit 1)::text`;
      const atDoor = sql`door = ${door}`;
      const withUnheard = { ...perDoor, most: why === 'order' ? unheard.personsMost : perDoor.most };
      const [free] = await tx.execute<Record<'here' | 'all' | 'there' | 'spaced', string | null>>(sql`
        select ${freeAt(sql`${atDoor} and not unheard`, perDoor)} as here,
          ${freeAt(atDoor, withUnheard)} as all,
          ${freeAt(sql`site = ${site} and not unheard`, perSite)} as there,
          (select max(${plus(unheard.spacedMs)})::text from knocks
            where ${atDoor} and unheard and at > ${since(perDoor.withinMs)} having count(*) >= ${unheard.free}) as spaced`);
      const time = (text: string | null | undefined) => (text ? Date.parse(text) : 0);
      const forAll = Math.max(time(free?.here), time(free?.all));
      const until = why === 'order' ? forAll : Math.max(forAll, time(free?.there), time(free?.spaced));
      if (until > at.getTime()) return new Date(until);
      await tx.insert(knocks).values({ id, door, site, at, refused: false });
      return null;
    });
  }

  function leaveFor(id: string, door: string): Leave {
    let over = () => {};
    const ended = new Promise<void>((resolve) => {
      over = resolve;
    });
    const here = underWay.get(door) ?? new Set();
    underWay.set(door, here.add(ended));
    return {
      allowed: true,
      async settle(outcome) {
        try {
          if (outcome === 'not-refused') await db.delete(knocks).where(eq(knocks.id, id));
          else {
            const ended = outcome === 'refused' ? { refused: true } : { unheard: true };
            await db.update(knocks).set(ended).where(eq(knocks.id, id));
          }
        } finally {
          here.delete(ended);
          if (here.size === 0 && underWay.get(door) === here) underWay.delete(door);
          over();
        }
      },
    };
  }
}

/** The hosts of one provider count together. */
export function siteOf(host: string): string {
  return familyOf({ host }) ?? plainHost(host);
}
