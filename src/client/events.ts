import { setTimeout as delay } from 'node:timers/promises';
import { channelOf } from '../channels.ts';
import { PostbudProblem } from './errors.ts';
import type { Http } from './http.ts';
import type { Connections } from './redis.ts';
import { memoryOf } from './seen.ts';
import type { OnTrouble, PostbudEvent } from './types.ts';

/** Where the caller keeps how far it got; the `cursor` of an event that it stored with its own data is as good. */
export type CursorStore = {
  load(): string | null | undefined | Promise<string | null | undefined>;
  /** After each event that was handled. */
  save?(cursor: string): unknown;
};

/** How to listen. */
export type ListenOptions = {
  /** Default: kept in memory only, so each start begins with the oldest event that is kept (30 days). */
  cursors?: CursorStore;
  /** The log was cut behind the cursor: what was between is gone. Goes on from the oldest that there is. */
  onLost?: (oldest: string) => unknown;
};

type Page = { events: PostbudEvent[]; next: string | null; lost?: true };

/** A subscription that stands until `close`, which waits for the handler. */
export type Subscription = {
  /** Everything that was missed has been handled, and new events are heard. */
  ready: Promise<void>;
  close(): Promise<void>;
};

const pageSize = 500;
/** What pub/sub lost without a trace (the last event before a silence) is found after this long. */
const lookEveryMs = 30_000;
/** And what it lost of a user of whom nothing more is heard, while others are. */
const goBackSeldomMs = 10 * 60_000;
/** And this often while there is no subscription. */
const lookWhileDeafMs = 2_000;
const mostWaiting = 5_000;
const closeLimitMs = 10_000;

/**
 * Hear a tenant's events: each at least once, in the order of the log, one after the other. Live ones come over pub/sub;
 * what may have been missed (at the start, after a lost connection, when a number is missing) is read from the log. An
 * event whose handler throws is given to it again, and the next ones wait.
 */
export function listenTo(
  {
    tenantId,
    http,
    connections,
    onTrouble,
  }: { tenantId: string; http: Pick<Http, 'ask'>; connections: Connections; onTrouble: OnTrouble },
  handle: (event: PostbudEvent) => unknown,
  { cursors, onLost }: ListenOptions = {},
): Subscription {
  const ended = new AbortController();
  const over = ended.signal;
  const memory = memoryOf();
  const live: PostbudEvent[] = [];
  let behind = true;
  let subscribed = false;
  let cursor: string | undefined;
  /** Up to here the log was read; what came live after it may have had something before it that did not come. */
  let certain: { cursor: string | undefined; at: number } | undefined;
  let wake = () => {};
  let isReady = () => {};
  const ready = new Promise<void>((resolve) => {
    isReady = resolve;
  });

  const redis = connections.open('events', { blocking: true });
  // A Cluster client takes another node for its subscription without a word, and what was published meanwhile is lost.
  const silent = redis.isCluster;
  const goBackEveryMs = silent ? lookEveryMs : goBackSeldomMs;
  const channel = channelOf(tenantId);
  redis.on('message', (_, text) => {
    const event = subscribed && live.length < mostWaiting ? readEvent(text) : undefined;
    if (event) live.push(event);
    else behind = true; // no event, a slow handler, or so early that something before may be missing: the log has it
    wake();
  });
  redis.on('close', () => {
    subscribed = false;
    behind = true;
  });
  // Each time: only after the subscription stands the log can be asked for what was missed.
  redis.on('ready', subscribe);
  if (redis.status === 'wait') subscribe(); // a client that connects with its first command

  function subscribe() {
    redis.subscribe(channel).then(
      () => {
        subscribed = true;
        behind = true;
        wake();
      },
      (error: Error) => onTrouble(error, 'the subscription failed; events come from the log until it stands'),
    );
  }

  async function run() {
    for (let waitMs = 500; !over.aborted; ) {
      try {
        cursor ??= (await cursors?.load()) ?? undefined;
        certain ??= { cursor, at: performance.now() };
        behind ||= performance.now() - certain.at > goBackEveryMs;
        if (behind) await catchUp(certain.cursor);
        else await next();
        waitMs = 500;
      } catch (error) {
        behind = true;
        if (over.aborted) return;
        onTrouble(error as Error, 'the event log cannot be read; trying again');
        await pause(waitMs);
        waitMs = Math.min(waitMs * 2, 15_000);
      }
    }
  }

  /** Everything in the log after a place, but for what was handled. What waits was published before: it is there, too. */
  async function catchUp(from: string | undefined) {
    behind = false;
    live.length = 0;
    const heardAll = subscribed;
    const at = performance.now();
    let place = from;
    for (let full = true; full && !over.aborted; ) {
      const page = await pageAfter(place);
      for (const event of page.events) {
        if (over.aborted) return;
        if (!memory.has(event)) await deliver(event, { isCertain: true });
      }
      // Read from the log, so nothing before it is missing; what came live did not move a Cluster's cursor.
      if (silent && page.next && page.next !== place) await save(page.next);
      place = page.next ?? place;
      full = page.events.length === pageSize || page.lost === true;
    }
    certain = { cursor: place, at };
    if (heardAll && !behind) isReady();
  }

  async function pageAfter(place: string | undefined): Promise<Page> {
    const query = new URLSearchParams({ tenantId, limit: String(pageSize), ...(place ? { after: place } : {}) });
    try {
      return await http.ask<Page>(`/v1/events?${query}`, { signal: over });
    } catch (error) {
      if (!(error instanceof PostbudProblem) || error.kind !== 'cursor-gone') throw error;
      const oldest = String(error.problem.oldest);
      await onLost?.(oldest);
      if (!onLost) onTrouble(error, 'events were deleted before they were read');
      return { events: [], next: oldest, lost: true };
    }
  }

  /** The next live event, or a look into the log when none came for a while. */
  async function next() {
    const event = live.shift();
    if (event === undefined) {
      const heard = await news(subscribed ? lookEveryMs : lookWhileDeafMs);
      behind ||= !heard;
    } else if (memory.has(event)) {
      return; // published twice
    } else if (memory.follows(event)) {
      await deliver(event, { isCertain: !silent });
    } else {
      behind = true; // a number is missing: the log has what was not heard, and this one
    }
  }

  /** `isCertain`: what was before it in the log was handled, too; only such a place is told to who keeps it. */
  async function deliver(event: PostbudEvent, { isCertain }: { isCertain: boolean }) {
    for (let waitMs = 500; ; waitMs = Math.min(waitMs * 2, 30_000)) {
      try {
        await handle(event);
        break;
      } catch (error) {
        onTrouble(error as Error, `the handler failed on event ${event.id}; trying again`);
        await pause(waitMs);
        if (over.aborted) return;
      }
    }
    memory.add(event);
    if (isCertain) await save(event.cursor);
  }

  async function save(place: string) {
    cursor = place;
    try {
      await cursors?.save?.(place);
    } catch (error) {
      onTrouble(error as Error, 'the cursor could not be saved; after a restart some events come again');
    }
  }

  /** Whether something was heard before the time was over. */
  async function news(limitMs: number): Promise<boolean> {
    if (live.length > 0 || behind || over.aborted) return true;
    const heard = new AbortController();
    wake = () => heard.abort();
    await pause(limitMs, heard.signal);
    wake = () => {};
    return heard.signal.aborted;
  }

  const pause = (ms: number, sooner?: AbortSignal) =>
    delay(ms, undefined, { signal: sooner ? AbortSignal.any([over, sooner]) : over }).catch(() => {}); // woken, or over

  const running = run();
  return {
    ready,
    async close() {
      ended.abort();
      redis.disconnect();
      await Promise.race([running, delay(closeLimitMs, undefined, { ref: false })]);
      isReady();
    },
  };
}

/** What a channel brings is whatever somebody published there; an error in a listener would end the CRM's process. */
function readEvent(text: string): PostbudEvent | undefined {
  try {
    const event = JSON.parse(text) as PostbudEvent | null;
    return typeof event?.id === 'string' && typeof event.cursor === 'string' ? event : undefined;
  } catch {
    return undefined; // not JSON
  }
}
