/** Who in this process waits for a send to change. Others hear of it by looking at the row. */
export function createWaiting() {
  const waiting = new Map<string, Set<(state?: 'accepted') => void>>();
  return {
    /** A send has another state. */
    changed(sendId: string, state?: 'accepted') {
      for (const heard of waiting.get(sendId) ?? []) heard(state);
    },
    /**
     * Resolves when the send has changed in this process, when the time is over, or when `signal` is aborted.
     * With the state where the row need not be looked at.
     */
    change(sendId: string, limitMs: number, signal?: AbortSignal): Promise<'accepted' | undefined> {
      return new Promise((resolve) => {
        const over = () => heard();
        const heard = (state?: 'accepted') => {
          clearTimeout(timer);
          signal?.removeEventListener('abort', over);
          others.delete(heard);
          if (others.size === 0) waiting.delete(sendId);
          resolve(state);
        };
        const others = waiting.get(sendId) ?? new Set();
        waiting.set(sendId, others.add(heard));
        const timer = setTimeout(over, limitMs);
        signal?.addEventListener('abort', over, { once: true });
        if (signal?.aborted) over();
      });
    },
  };
}

export type Waiting = ReturnType<typeof createWaiting>;
