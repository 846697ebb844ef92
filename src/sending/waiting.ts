/** Who in this process waits for a send to change. Others hear of it by looking at the row. */
export function createWaiting() {
  const waiting = new Map<string, Set<() => void>>();
  return {
    /** A send has another state. */
    changed(sendId: string) {
      for (const heard of waiting.get(sendId) ?? []) heard();
    },
    /** Resolves when the send has changed in this process, when the time is over, or when `signal` is aborted. */
    change(sendId: string, limitMs: number, signal?: AbortSignal): Promise<void> {
      return new Promise((resolve) => {
        const heard = () => {
          clearTimeout(timer);
          signal?.removeEventListener('abort', heard);
          others.delete(heard);
          if (others.size === 0) waiting.delete(sendId);
          resolve();
        };
        const others = waiting.get(sendId) ?? new Set();
        waiting.set(sendId, others.add(heard));
        const timer = setTimeout(heard, limitMs);
        signal?.addEventListener('abort', heard, { once: true });
        if (signal?.aborted) heard();
      });
    },
  };
}

export type Waiting = ReturnType<typeof createWaiting>;
