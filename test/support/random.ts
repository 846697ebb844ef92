/** Choices that look random and are the same for the same seed. */
export type Random = ReturnType<typeof randomFrom>;

/** The generator "mulberry32": small, and good enough to shuffle a mailbox. */
export function randomFrom(seed: number) {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (limit: number) => Math.floor(next() * limit);
  const pick = <T>(all: readonly T[]) => all[below(all.length)];
  return {
    below,
    pick,
    chance: (share: number) => next() < share,
    /** Some of them, at least one where there are any, in their order. */
    some<T>(all: readonly T[], most = all.length): T[] {
      const left = [...all.keys()];
      const chosen = Array.from({ length: Math.min(left.length, 1 + below(most)) }, () =>
        left.splice(below(left.length), 1),
      ).flat();
      return chosen.sort((one, other) => one - other).map((at) => all[at]!);
    },
    /** One of these, the likelier the greater its number. */
    weighed<T extends string>(shares: Record<T, number>): T {
      const all = Object.entries(shares) as [T, number][];
      let left = next() * all.reduce((sum, [, share]) => sum + share, 0);
      for (const [name, share] of all) {
        left -= share;
        if (left < 0) return name;
      }
      return all[0]![0];
    },
  };
}
