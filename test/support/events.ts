import { Redis } from 'ioredis';

/** An event as a CRM hears it on pub/sub. */
export type HeardEvent = {
  id: string;
  type: string;
  time: string;
  subject?: string;
  tenantid: string;
  userid: string;
  userseq: number;
  cursor: string;
  // biome-ignore lint/suspicious/noExplicitAny: what is in it differs by type, and tests look at single fields
  data: any;
  /** When it was heard here, in milliseconds since 1970. */
  heardAt: number;
};

/** A type, with or without `postbud.` in front, or any question about an event. */
export type Wanted = string | ((event: HeardEvent) => boolean);

/** A CRM's ear. */
export type EventListener = {
  /** Everything heard, in order. */
  all: HeardEvent[];
  /** The earliest event that was not yet given out by `next` and is wanted; waits for it. */
  next(wanted?: Wanted, options?: { timeoutMs?: number }): Promise<HeardEvent>;
  /** Wait until so many wanted events were heard in all, and return all of them. */
  count(wanted: Wanted, count: number, options?: { timeoutMs?: number }): Promise<HeardEvent[]>;
  /** Those heard so far. */
  of(wanted: Wanted): HeardEvent[];
  /** Called with every event from now on. */
  onEvent(heard: (event: HeardEvent) => void): void;
  close(): Promise<void>;
};

/** Subscribe to a tenant's events; resolves once Redis has taken the subscription. */
export async function listenEvents(options: { redisUrl: string; tenantId: string }): Promise<EventListener> {
  const all: HeardEvent[] = [];
  const given = new Set<HeardEvent>();
  const waiting = new Set<() => void>();
  const listeners = new Set<(event: HeardEvent) => void>();
  const redis = new Redis(options.redisUrl, { maxRetriesPerRequest: null, retryStrategy: () => 50 });
  redis.on('error', () => {}); // it reconnects and subscribes again; what was missed is for replay to tell
  redis.on('message', (_channel, message) => {
    const event: HeardEvent = { ...JSON.parse(message), heardAt: Date.now() };
    all.push(event);
    for (const listener of listeners) listener(event);
    for (const look of waiting) look();
  });
  await redis.subscribe(`postbud:events:${options.tenantId}`);

  /** Look again after each event, until `find` has an answer. */
  const wait = <T>(what: string, timeoutMs: number, find: () => T | undefined) =>
    new Promise<T>((resolve, reject) => {
      const look = () => {
        const found = find();
        if (found === undefined) return;
        waiting.delete(look);
        clearTimeout(patience);
        resolve(found);
      };
      const patience = setTimeout(() => {
        waiting.delete(look);
        const heard = all.map(({ type, userseq }) => `${userseq} ${type}`).slice(-30);
        reject(new Error(`${what} did not come within ${timeoutMs} ms. Heard: ${heard.join(', ') || 'nothing'}`));
      }, timeoutMs);
      waiting.add(look);
      look();
    });
  const of = (wanted: Wanted) => all.filter(question(wanted));

  return {
    all,
    next: (wanted = () => true, { timeoutMs = 15_000 } = {}) =>
      wait(describe(wanted), timeoutMs, () => {
        const found = all.find((event) => !given.has(event) && question(wanted)(event));
        if (found) given.add(found);
        return found;
      }),
    count: (wanted, count, { timeoutMs = 15_000 } = {}) =>
      wait(`${count} times ${describe(wanted)}`, timeoutMs, () => {
        const found = of(wanted);
        return found.length >= count ? found : undefined;
      }),
    of,
    onEvent: (listener) => void listeners.add(listener),
    async close() {
      redis.disconnect();
    },
  };
}

const fullType = (type: string) => (type.startsWith('postbud.') ? type : `postbud.${type}`);
const question = (wanted: Wanted) =>
  typeof wanted === 'string' ? ({ type }: HeardEvent) => type === fullType(wanted) : wanted;
const describe = (wanted: Wanted) => (typeof wanted === 'string' ? fullType(wanted) : `an event with ${wanted}`);
