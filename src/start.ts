import { setTimeout as delay } from 'node:timers/promises';
import type { Log } from './log.ts';
import { isInfrastructureFault } from './queues/faults.ts';

/** Each part has this long to stop before the next one is stopped anyway. */
const stopLimitMs = 15_000;

export type Parts = ReturnType<typeof startParts>;

/** Remembers what was started, and stops it in reverse. */
export function startParts(log: Log) {
  const started: { name: string; stop: () => unknown }[] = [];

  async function part<T>(name: string, starting: T | Promise<T>, stop: (running: T) => unknown): Promise<T> {
    const running = await starting;
    started.push({ name, stop: () => stop(running) });
    return running;
  }

  async function stop() {
    for (const { name, stop } of started.splice(0).reverse()) {
      const limit = new AbortController();
      const late = delay(stopLimitMs, 'late', { signal: limit.signal }).catch(() => 'stopped');
      try {
        const how = await Promise.race([Promise.resolve(stop()).then(() => 'stopped'), late]);
        if (how === 'late') log.warn({ part: name }, 'a part did not stop in time');
      } catch (error) {
        log.warn({ err: error, part: name }, 'a part did not stop cleanly');
      } finally {
        limit.abort();
      }
    }
  }

  return { part, stop };
}

/** Wait for a server that everything rests on, however long it takes; say so once, and again every half minute. */
export async function untilItAnswers(name: string, attempt: () => Promise<void>, log: Log): Promise<void> {
  let toldAt = Number.NEGATIVE_INFINITY;
  for (let waitMs = 250; ; waitMs = Math.min(5_000, waitMs * 2)) {
    try {
      return await attempt();
    } catch (error) {
      if (!isInfrastructureFault(error)) throw error;
      if (performance.now() - toldAt > 30_000) {
        log.error({ err: error, server: name }, 'a server cannot be reached; waiting for it');
        toldAt = performance.now();
      }
      await delay(waitMs);
    }
  }
}
