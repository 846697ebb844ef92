/** So many places for each name, and a line of those who wait for one. */
export function createSlots(most: number) {
  const taken = new Map<string, number>();
  const lines = new Map<string, Set<() => void>>();
  const count = (name: string, by: number) => {
    const now = (taken.get(name) ?? 0) + by;
    if (now > 0) taken.set(name, now);
    else taken.delete(name);
  };
  const isFull = (name: string) => (taken.get(name) ?? 0) >= most;
  const isWaitedFor = (name: string) => (lines.get(name)?.size ?? 0) > 0;

  function release(name: string) {
    const [next] = lines.get(name) ?? [];
    if (next) next();
    else count(name, -1);
  }

  function wait(name: string, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const line = lines.get(name) ?? new Set();
      lines.set(name, line);
      const leave = () => {
        line.delete(called);
        if (line.size === 0) lines.delete(name);
        signal.removeEventListener('abort', aborted);
      };
      const called = () => {
        leave();
        resolve();
      };
      const aborted = () => {
        leave();
        reject(signal.reason);
      };
      line.add(called);
      signal.addEventListener('abort', aborted, { once: true });
    });
  }

  return {
    isFull,
    isWaitedFor,
    /** @returns what gives the place back, once. */
    async take(name: string, signal: AbortSignal): Promise<() => void> {
      signal.throwIfAborted();
      if (isFull(name)) await wait(name, signal);
      else count(name, 1);
      let isTaken = true;
      return () => {
        if (isTaken) release(name);
        isTaken = false;
      };
    },
  };
}
