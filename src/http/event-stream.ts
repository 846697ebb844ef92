import type { EventRow } from '../db/tables.ts';
import type { Log } from '../log.ts';
import { toEnvelope } from '../relay/envelope.ts';
import type { Place } from './event-log.ts';
import type { EventWake } from './event-wake.ts';

const heartbeatEveryMs = 15_000;
const pageSize = 100;
/** A reader who takes nothing for this long has gone without saying so. */
const notTakenLimitMs = 60_000;

/**
 * A tenant's log as server-sent events, from a place on and then live. Pulled, never pushed: the next page is read
 * when the reader has taken the last one, so a slow reader costs one page of memory and loses nothing.
 * @param first what was read already, to be sent at once.
 */
export function eventStream({
  first,
  from,
  read,
  follow,
  source,
  signal,
  stuck,
  log,
}: {
  first: EventRow[];
  from: Place;
  read: (from: Place, limit: number) => Promise<EventRow[]>;
  follow: ReturnType<EventWake['follow']>;
  source: string;
  signal: AbortSignal;
  /** Called when the reader takes nothing any more. */
  stuck: () => void;
  log: Log;
}): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  const gone = new AbortController();
  const over = AbortSignal.any([signal, gone.signal]);
  let place = from;
  let pending: EventRow[] | undefined = first;
  let takenInTime: NodeJS.Timeout | undefined;

  // Also when nobody ever takes anything: the answer to HEAD has this stream and reads none of it.
  if (over.aborted) close();
  else over.addEventListener('abort', close, { once: true });
  function close() {
    clearTimeout(takenInTime);
    follow.close();
  }

  /** The next text to send, or null at the end. */
  async function next(): Promise<string | null> {
    const beatAt = performance.now() + heartbeatEveryMs;
    while (!over.aborted) {
      const rows = pending ?? (await read(place, pageSize));
      const opening = pending === undefined ? '' : 'retry: 2000\n: Postbud events\n\n';
      pending = undefined;
      place = rows.at(-1)?.cursor ?? place;
      if (rows.length > 0 || opening) return opening + rows.map((row) => asServerSentEvent(row, source)).join('');
      const leftMs = beatAt - performance.now();
      if (leftMs <= 0) return ': still here\n\n';
      await follow.next(over, leftMs);
    }
    return null;
  }

  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        clearTimeout(takenInTime);
        try {
          const text = await next();
          if (text !== null) {
            controller.enqueue(encoder.encode(text));
            takenInTime = setTimeout(stuck, notTakenLimitMs);
            return;
          }
        } catch (error) {
          // The reader connects again with its last id, and is told then what is wrong (a cursor that is gone, say).
          log.debug({ err: error }, 'an event stream ended early');
        }
        close();
        if (!gone.signal.aborted) controller.close();
      },
      cancel() {
        gone.abort();
        close();
      },
    },
    { highWaterMark: 1 },
  );
}

/** No `event:` line: a reader then hears every type by one handler, and finds the type in the envelope. */
function asServerSentEvent(row: EventRow, source: string): string {
  // JSON has no raw line break, so one data line holds it.
  return `id: ${row.cursor}\ndata: ${JSON.stringify(toEnvelope(row, source))}\n\n`;
}
