import { isInfrastructureFault } from '../queues/faults.ts';

/**
 * Do many small things in one statement: what is asked for while a statement runs goes into the next one. Alone, a
 * request waits for nothing; under load, a round trip and a commit are shared by all that came meanwhile.
 * @param run answers for each item, in their order.
 * @param sameBatch whether an item may be in one statement with those before it.
 */
export function createBatch<Item, Answer>(
  run: (items: Item[]) => Promise<Answer[]>,
  { most = 100, atOnce = 2, keyOf }: { most?: number; atOnce?: number; keyOf?: (item: Item) => string } = {},
) {
  type Asked = { item: Item; resolve: (answer: Answer) => void; reject: (error: unknown) => void };
  let waiting: Asked[] = [];
  let running = 0;
  let soon = false;

  function flush() {
    soon = false;
    while (waiting.length > 0 && running < atOnce) void runOne(take());
  }

  /** The oldest ones, of each key one. */
  function take(): Asked[] {
    const keys = new Set<string>();
    const batch: Asked[] = [];
    const rest: Asked[] = [];
    for (const asked of waiting) {
      const key = keyOf?.(asked.item);
      if (batch.length >= most || (key !== undefined && keys.has(key))) rest.push(asked);
      else {
        batch.push(asked);
        if (key !== undefined) keys.add(key);
      }
    }
    waiting = rest;
    return batch;
  }

  async function runOne(batch: Asked[]) {
    running++;
    try {
      const answers = await run(batch.map(({ item }) => item));
      batch.forEach(({ resolve }, at) => {
        resolve(answers[at]!);
      });
    } catch (error) {
      // One that cannot be done must not take the others with it. When the database is away, each hears it by itself.
      if (batch.length > 1 && !isInfrastructureFault(error)) for (const asked of batch) await runOne([asked]);
      else for (const { reject } of batch) reject(error);
    } finally {
      running--;
      flush();
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
