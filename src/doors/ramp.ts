import type { Log } from '../log.ts';
import type { RedisClient } from '../queues/redis.ts';
import { siteOf } from './budget.ts';
import { limitsOf } from './limits.ts';

export type Ramp = ReturnType<typeof openRamp>;

/** Slots are given this far ahead; who comes later asks again. */
const furthestMs = 10 * 60_000;
const ownLoginsPerSecond = 200;

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
      return Number(await redis.eval(nextSlot, 1, `${prefix}:ramp:${site}`, intervalMs, furthestMs));
    } catch (error) {
      log.debug({ err: error, site }, 'the login ramp is kept locally');
      const now = performance.now();
      const at = Math.max(now, (local.get(site) ?? 0) + intervalMs);
      if (at - now <= furthestMs) local.set(site, at);
      return at - now;
    }
  }

  return {
    /** Take the next slot for a login at this host. @returns in how many ms it is. */
    async reserve(host: string): Promise<number> {
      const perSecond = isOwn(host) ? ownLoginsPerSecond : limitsOf(host).loginsPerSecond;
      return slot(siteOf(host), 1_000 / perSecond);
    },
  };
}
