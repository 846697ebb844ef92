import { setTimeout as delay } from 'node:timers/promises';
import type { Log } from '../log.ts';
import type { RedisClient } from '../queues/redis.ts';
import { siteOf, type Why } from './budget.ts';
import { limitsOf } from './limits.ts';

export type Ramp = ReturnType<typeof openRamp>;

/** Waits longer than this are for the queue and not for a job that holds a place in it. */
const longestWaitMs = 20_000;
const ownLoginsPerSecond = 200;

/** Thrown when a login's turn is further off than a job should wait. */
export class TurnTooFar extends Error {
  override name = 'TurnTooFar';
  readonly inMs: number;

  constructor(inMs: number) {
    super(`the turn to log in comes in ${Math.round(inMs)} ms`);
    this.inMs = inMs;
  }
}

/**
 * Give the next slot at a provider: the later of now and one interval after the last one given. Slots are kept as long as
 * they lie in the future, so a quiet provider costs nothing.
 */
const nextSlot = `
local time = redis.call('TIME')
local now = time[1] * 1000 + time[2] / 1000
local last = tonumber(redis.call('GET', KEYS[1]) or '0')
local slot = math.max(now, last + tonumber(ARGV[1]))
local wait = slot - now
if wait > tonumber(ARGV[2]) then return tostring(wait) end
redis.call('SET', KEYS[1], tostring(slot), 'PX', math.ceil(wait + tonumber(ARGV[1]) + 1000))
return tostring(wait)`;

/**
 * The login ramp: new logins at one provider are spread over all processes, so that a start or a lost network is no
 * storm. A person who waits at a dialog goes ahead of what Postbud does by itself. While Redis is away each process
 * keeps the pace by itself.
 */
export function openRamp({
  redis,
  prefix,
  isOwn,
  log,
}: {
  redis: RedisClient;
  prefix: string;
  /** A host that the installation allows by name or address: its own, which nobody protects from us. */
  isOwn: (host: string) => boolean;
  log: Log;
}) {
  const local = new Map<string, number>();

  async function slot(site: string, intervalMs: number): Promise<number> {
    try {
      return Number(await redis.eval(nextSlot, 1, `${prefix}:ramp:${site}`, intervalMs, longestWaitMs));
    } catch (error) {
      log.debug({ err: error, site }, 'the login ramp is kept locally');
      const now = performance.now();
      const at = Math.max(now, (local.get(site) ?? 0) + intervalMs);
      if (at - now <= longestWaitMs) local.set(site, at);
      return at - now;
    }
  }

  return {
    /** Wait for the turn to log in at this host. @throws {TurnTooFar} */
    async turn(host: string, why: Why, signal: AbortSignal): Promise<void> {
      if (why === 'order') return;
      const waitMs = await slot(
        siteOf(host),
        1_000 / (isOwn(host) ? ownLoginsPerSecond : limitsOf(host).loginsPerSecond),
      );
      if (waitMs > longestWaitMs) throw new TurnTooFar(waitMs);
      if (waitMs >= 1) await delay(waitMs, undefined, { signal });
    },
  };
}
