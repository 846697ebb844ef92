import { type Cluster, Redis, type RedisOptions } from 'ioredis';
import type { Log } from '../log.ts';
import { openRedis } from '../queues/redis.ts';
import type { OnTrouble } from './types.ts';

/** An address (also of Sentinel or Cluster, as in `REDIS_URL`), options of ioredis, or a client of the caller's. */
export type RedisChoice = string | Omit<RedisOptions, 'replyMapping'> | Redis | Cluster;

export type Connections = ReturnType<typeof openConnections>;

/** Opens connections to the Redis of the installation; a client that the caller gave is used and never closed. */
export function openConnections(redis: RedisChoice, onTrouble: OnTrouble) {
  const own: (Redis | Cluster)[] = [];
  const log = {
    warn: ({ err }: { err: Error }, what: string) => onTrouble(err, what),
    info: () => {},
  } as unknown as Log;

  function make(role: string, blocking: boolean): Redis | Cluster {
    // A blocking read and a subscription wait for as long as Redis is away; an order is told to wait by its own limit.
    const options = { maxRetriesPerRequest: blocking ? null : 2 };
    if (typeof redis === 'string') return openRedis(redis, { log, role, blocking });
    const made = isCluster(redis)
      ? redis.duplicate([], { redisOptions: options })
      : isClient(redis)
        ? redis.duplicate(options)
        : new Redis({ ...redis, ...options });
    let told = false;
    made.on('error', (error: Error) => {
      if (!told) onTrouble(error, 'Redis cannot be reached; trying again');
      told = true;
    });
    made.on('ready', () => {
      told = false;
    });
    return made;
  }

  return {
    open(role: string, { blocking = false } = {}): Redis | Cluster {
      const made = make(role, blocking);
      own.push(made);
      return made;
    },
    /** End all at once: a close that waits for a blocking read takes as long as the read. */
    close() {
      for (const connection of own) connection.disconnect();
    },
  };
}

// Not by class: the CRM may have another copy of ioredis than this package.
const isClient = (redis: object): redis is Redis => 'duplicate' in redis;
const isCluster = (redis: object): redis is Cluster => 'duplicate' in redis && 'nodes' in redis;
