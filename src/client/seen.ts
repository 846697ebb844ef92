import type { PostbudEvent } from './types.ts';

const mostIds = 10_000;
const mostUsers = 100_000;

/** What was handled: ids and each user's last number tell a repeat, and the number that one is missing before it. */
export function memoryOf() {
  const ids = new Set<string>();
  const lastOf = new Map<string, number>();

  return {
    has: ({ id, userid, userseq }: PostbudEvent) => ids.has(id) || userseq <= (lastOf.get(userid) ?? 0),

    /** Whether nothing of this user is missing before an event. Of a user who was not heard of yet nothing is known. */
    follows({ userid, userseq }: PostbudEvent): boolean {
      const last = lastOf.get(userid);
      return last === undefined || userseq === last + 1;
    },

    add({ id, userid, userseq }: PostbudEvent) {
      keepNewest(ids, mostIds);
      ids.add(id);
      lastOf.delete(userid); // to the end: who was heard of lately is forgotten last
      keepNewest(lastOf, mostUsers);
      lastOf.set(userid, userseq);
    },
  };
}

/** Sets and maps keep the order in which things came. */
function keepNewest(kept: Set<string> | Map<string, unknown>, most: number): void {
  if (kept.size < most) return;
  const [oldest] = kept.keys();
  kept.delete(oldest!);
}
