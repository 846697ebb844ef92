import { channelOf } from '../events.ts';
import type { Log } from '../log.ts';
import { openRedis, type RedisClient } from '../queues/redis.ts';

/** A lost message on pub/sub costs a stream this long and nothing else. */
const lookAnywayMs = 2_000;

export type EventWake = ReturnType<typeof openEventWake>;

/**
 * Tells streams when their tenant has new events: one Redis subscription a tenant, however many streams it has. What
 * is in the message does not count; the events are read from Postgres.
 */
export function openEventWake({ redisUrl, log }: { redisUrl: string; log: Log }) {
  let redis: RedisClient | undefined;
  const waiting = new Map<string, Set<() => void>>();
  const news = new Map<string, number>();

  function connection(): RedisClient {
    if (redis) return redis;
    redis = openRedis(redisUrl, { log, role: 'event-streams', blocking: true });
    redis.on('message', heard);
    return redis;
  }

  function heard(channel: string) {
    news.set(channel, (news.get(channel) ?? 0) + 1);
    for (const wake of waiting.get(channel) ?? []) wake();
  }

  return {
    /** Follow a tenant's events until `close`. */
    follow(tenantId: string) {
      const channel = channelOf(tenantId);
      const own = new Set<() => void>();
      const all = waiting.get(channel) ?? new Set();
      const wakeOwn = () => {
        for (const wake of own) wake();
      };
      if (!waiting.has(channel)) {
        waiting.set(channel, all);
        // Redis may be away: the subscription is made once it is back, and until then streams look by the clock.
        connection()
          .subscribe(channel)
          .then(() => heard(channel)) // something may have been published just before
          .catch((error: Error) => log.debug({ err: error }, 'subscription to wake streams failed'));
      }
      all.add(wakeOwn);
      let seen = news.get(channel) ?? 0;
      return {
        /** Wait for news that came after the last call, for the clock, or for the end; at most `limitMs`. */
        async next(signal: AbortSignal, limitMs = lookAnywayMs): Promise<void> {
          if ((news.get(channel) ?? 0) === seen && !signal.aborted) {
            await new Promise<void>((resolve) => {
              const end = () => {
                clearTimeout(timer);
                own.delete(end);
                signal.removeEventListener('abort', end);
                resolve();
              };
              const timer = setTimeout(end, Math.min(limitMs, lookAnywayMs));
              own.add(end);
              signal.addEventListener('abort', end, { once: true });
            });
          }
          seen = news.get(channel) ?? 0;
        },
        close() {
          all.delete(wakeOwn);
          if (all.size > 0 || waiting.get(channel) !== all) return;
          waiting.delete(channel);
          news.delete(channel);
          redis?.unsubscribe(channel).catch(() => {}); // a connection that is away has no subscription
        },
      };
    },
    close() {
      redis?.disconnect();
    },
  };
}
