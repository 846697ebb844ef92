import { Cluster, Redis, type RedisOptions } from 'ioredis';
import type { Log } from '../log.ts';

export type RedisClient = Redis | Cluster;

type Options = Omit<RedisOptions, 'replyMapping'>;

/**
 * Open a Redis connection from a URL: `redis://`, `rediss://`, `redis+sentinel://user:pass@host:port,host:port/name`,
 * `redis+cluster://host:port,host:port` (each also with `rediss+…`). It connects by itself again, for ever; `role` says
 * in the log whose connection it is.
 */
export function openRedis(
  url: string,
  {
    log,
    role,
    blocking = false,
    silenceLimitMs = 30_000,
  }: { log: Log; role: string; blocking?: boolean; silenceLimitMs?: number },
) {
  const options: Options = {
    // BullMQ's blocking reads wait for as long as Redis is away; everybody else wants an answer.
    maxRetriesPerRequest: blocking ? null : 2,
    enableReadyCheck: true,
    connectTimeout: 5_000,
    // A network that swallows everything: the kernel alone would wait a quarter of an hour. BullMQ blocks for 10 s at most.
    socketTimeout: silenceLimitMs,
    keepAlive: 10_000,
    retryStrategy: (times) => Math.min(2_000, 100 * times) * (0.75 + Math.random() / 2),
    reconnectOnError: (error) => (error.message.startsWith('READONLY') ? 2 : false),
    connectionName: `postbud-${role}`,
  };
  const client = create(url, options);
  let told = false;
  client.on('error', (error: Error) => {
    // One line an outage; ioredis reports every try.
    if (!told) log.warn({ err: error, role }, 'Redis cannot be reached; trying again');
    told = true;
  });
  client.on('ready', () => {
    if (told) log.info({ role }, 'Redis answers again');
    told = false;
  });
  return client;
}

function create(url: string, options: Options): RedisClient {
  const [, scheme = '', kind = '', login = '', hosts = '', path = ''] =
    /^(rediss?)(?:\+(sentinel|cluster))?:\/\/(?:([^@/]*)@)?([^/?]*)\/?([^?]*)/.exec(url) ?? [];
  if (kind === '') return new Redis(url, options);
  const [username, password] = login.split(':').map((part) => decodeURIComponent(part));
  const nodes = hosts.split(',').map((entry) => {
    const at = entry.lastIndexOf(':');
    return at < 0
      ? { host: entry, port: kind === 'sentinel' ? 26_379 : 6_379 }
      : { host: entry.slice(0, at), port: Number(entry.slice(at + 1)) };
  });
  const each: Options = { ...options };
  if (username) each.username = username;
  if (password) each.password = password;
  if (scheme === 'rediss') each.tls = {};
  if (kind === 'sentinel') {
    if (scheme === 'rediss') Object.assign(each, { enableTLSForSentinelMode: true, sentinelTLS: {} });
    return new Redis({ ...each, sentinels: nodes, name: decodeURIComponent(path) || 'mymaster' });
  }
  const { retryStrategy, ...ofNodes } = each;
  return new Cluster(nodes, {
    redisOptions: ofNodes,
    clusterRetryStrategy: (times) => retryStrategy?.(times) as number,
  });
}
