import { isInfrastructureFault } from '../queues/faults.ts';

/**
 * Do many small things in one statement: what is asked for while a statement runs goes into the next one. Alone, a
 * request waits for nothing; under load, a round trip and a commit are shared by all that came meanwhile.
 * What has the same key is done in the order in which it was asked for: never in two statements at once.
 * @param run answers for each item, in their order.
 * @param mostOfKey how many of one key may be in one statement.
 */
export function createBatch<Item, Answer>(
  run: (items: Item[]) => Promise<Answer[]>,
  {
    most = 100,
    mostOfKey = 1,
    atOnce = 2,
    keyOf,
  }: { most?: number; mostOfKey?: number; atOnce?: number; keyOf?: (item: Item) => string } = {},
) {
  type Asked = { item: Item; resolve: (answer: Answer) => void; reject: (error: unknown) => void };
  let waiting: Asked[] = [];
  let running = 0;
  const runningKeys = new Set<string>();
  let soon = false;

  function flush() {
    soon = false;
    while (running < atOnce) {
      const batch = take();
      if (batch.length === 0) return;
      void begin(batch);
    }
  }

  /** The oldest ones, not too many of each key, and none whose key is under way. */
  function take(): Asked[] {
    const taken = new Map<string, number>();
    const batch: Asked[] = [];
    const rest: Asked[] = [];
    for (const asked of waiting) {
      const key = keyOf?.(asked.item);
      const ofKey = key === undefined ? 0 : runningKeys.has(key) ? mostOfKey : (taken.get(key) ?? 0);
      if (batch.length >= most || ofKey >= mostOfKey) rest.push(asked);
      else {
        batch.push(asked);
        if (key !== undefined) taken.set(key, ofKey + 1);
      }
    }
    waiting = rest;
    return batch;
  }

  async function begin(batch: Asked[]) {
    const keys = keyOf ? batch.map(({ item }) => keyOf(item)) : [];
    for (const key of keys) runningKeys.add(key);
    running++;
    await runAll(batch);
    running--;
    for (const key of keys) runningKeys.delete(key);
    flush();
  }

  /** It tells each who asked how it went, and never fails itself. */
  async function runAll(batch: Asked[]) {
    try {
      const answers = await run(batch.map(({ item }) => item));
      batch.forEach(({ resolve }, at) => {
        resolve(answers[at]!);
      });
    } catch (error) {
      // One that cannot be done must not take the others with it. When the database is away, each hears it by itself.
      if (batch.length > 1 && !isInfrastructureFault(error)) for (const asked of batch) await runAll([asked]);
      else for (const { reject } of batch) reject(error);
    }
  }

  return (item: Item): Promise<Answer> =>
    new Promise((resolve, reject) => {
      waiting.push({ item, resolve, reject });
      if (soon) return;
      soon = true;
      setImmediate(flush);
    });
}
