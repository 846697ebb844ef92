import { setTimeout as delay } from 'node:timers/promises';
import { Queue, QueueEvents } from 'bullmq';
import { Redis } from 'ioredis';
import type { JWK } from 'jose';
import { seal } from '../../src/secrets/seal.ts';
import type { Daemon } from './daemon.ts';
import { type EventListener, listenEvents } from './events.ts';
import type { MailUser } from './mail-user.ts';
import { freshName } from './servers.ts';

/** Whose mailbox is connected. */
type Owner = Pick<MailUser, 'address' | 'password' | 'imap' | 'smtp'>;

/** A CRM as the contract knows it: it adds jobs, and hears events. */
export type Crm = {
  tenantId: string;
  events: EventListener;
  redis: Redis;
  /** A sealed secret for one order. */
  seal(who: { userId: string; email: string; password: string; hosts?: string[] }): Promise<string>;
  /** The whole payload that connects a mailbox of the test server. */
  connectPayload(user: Owner, options?: { userId?: string; password?: string }): Promise<Record<string, unknown>>;
  /** Add a job; `result` waits for its end and rejects with the reason of a failed one. */
  add(
    queue: string,
    payload: unknown,
    options?: Record<string, unknown>,
    // biome-ignore lint/suspicious/noExplicitAny: results differ by queue, and tests look at single fields
  ): Promise<{ id: string; result(timeoutMs?: number): Promise<any> }>;
  /** Connect a mailbox and wait until it is watched. */
  connect(user: Owner, options?: { userId?: string }): Promise<{ accountId: string; userId: string }>;
  /** What HTTP says of a user's account. */
  // biome-ignore lint/suspicious/noExplicitAny: tests look at single fields
  account(userId: string): Promise<any>;
  queue(name: string): Queue;
  close(): Promise<void>;
};

/** A CRM of its own tenant on the Redis of a daemon. */
export async function startCrm(daemon: Daemon, { tenantId = freshName('acme') } = {}): Promise<Crm> {
  const redisUrl = daemon.env.REDIS_URL!;
  const prefix = `{${daemon.env.POSTBUD_PREFIX}}`;
  const redis = new Redis(redisUrl, { maxRetriesPerRequest: null });
  redis.on('error', () => {}); // tests take Redis away
  const events = await listenEvents({ redisUrl, tenantId });
  const queues = new Map<string, Queue>();
  const ended = new Map<string, QueueEvents>();
  const blocking: Redis[] = [];

  const queue = (name: string) => {
    const known = queues.get(name);
    if (known) return known;
    const open = new Queue(name, { connection: redis, prefix });
    open.on('error', () => {}); // tests take Redis away
    queues.set(name, open);
    return open;
  };
  const endsOf = async (name: string) => {
    const known = ended.get(name);
    if (known) return known;
    const connection = redis.duplicate();
    connection.on('error', () => {});
    blocking.push(connection);
    const open = new QueueEvents(name, { connection, prefix });
    open.on('error', () => {});
    ended.set(name, open);
    await open.waitUntilReady();
    return open;
  };

  const crm: Crm = {
    tenantId,
    events,
    redis,
    queue,

    async seal({ userId, email, password, hosts = ['localhost'] }) {
      const keys = (await (await daemon.fetch('/.well-known/jwks.json')).json()) as { keys: JWK[] };
      return seal({ tenantId, userId, email, password, hosts }, keys);
    },

    async connectPayload(user, { userId = freshName('user'), password = user.password } = {}) {
      const { address: email, imap, smtp } = user;
      const sealed = await crm.seal({ userId, email, password });
      return { tenantId, userId, email, credentials: { kind: 'password', sealed }, imap, smtp };
    },

    async add(name, payload, options) {
      const queueEvents = await endsOf(name);
      const job = await queue(name).add(name, payload, options);
      return { id: job.id!, result: (timeoutMs = 20_000) => job.waitUntilFinished(queueEvents, timeoutMs) };
    },

    async connect(user, { userId = freshName('user') } = {}) {
      const job = await crm.add('connect-account', await crm.connectPayload(user, { userId }));
      const result = await job.result();
      if (result.outcome !== 'connected') throw new Error(`not connected: ${JSON.stringify(result)}`);
      await events.next((event) => event.type === 'postbud.mailbox.sync_completed' && event.userid === userId);
      return { accountId: result.accountId, userId };
    },

    async account(userId) {
      return (await daemon.fetch(`/v1/accounts/${tenantId}/${userId}`)).json();
    },

    async close() {
      await events.close();
      // Disconnected first: a close that waits for a blocking read would take as long as the read.
      for (const connection of [redis, ...blocking]) connection.disconnect();
      const closed = Promise.allSettled([...queues.values(), ...ended.values()].map((open) => open.close()));
      await Promise.race([closed, delay(2_000, undefined, { ref: false })]);
    },
  };
  return crm;
}
