/**
 * `postbud/client`: what a CRM in Node uses. It needs Redis and HTTP of an installation, and no Postgres.
 * Its imports are bullmq, ioredis and jose; it runs on Node 20 and newer.
 */
import type { OrderRef } from './errors.ts';
import { type ListenOptions, listenTo, type Subscription } from './events.ts';
import { openHttp } from './http.ts';
import { openMailboxes } from './mailbox.ts';
import { type OrderOptions, openOrders } from './orders.ts';
import { openConnections, type RedisChoice } from './redis.ts';
import { openSealer } from './sealing.ts';
import { openSends } from './sends.ts';
import type {
  ChangeOrder,
  ChangeResult,
  ConnectOrder,
  ConnectResult,
  DisconnectResult,
  OnTrouble,
  PauseResult,
  PostbudEvent,
  ResumeResult,
  SendOrder,
  SendResult,
  SetupLinkOrder,
  ValidationResult,
} from './types.ts';

export { seal, type ToSeal } from '../secrets/seal.ts';
export { OrderFailed, OrderPending, type OrderRef, PostbudProblem } from './errors.ts';
export type { CursorStore, ListenOptions, Subscription } from './events.ts';
export type { UploadBody } from './http.ts';
export type { Folder, Message, MessageQuery, WholeMessage } from './mailbox.ts';
export type { OrderOptions } from './orders.ts';
export type { RedisChoice } from './redis.ts';
export type { SendName, SendQuery } from './sends.ts';
export type * from './types.ts';

/** Where Postbud is, and for which tenant this speaks. */
export type PostbudOptions = {
  /** The public URL of the installation. */
  url: string;
  redis: RedisChoice;
  tenantId: string;
  /**
   * A token of the tenant: `onEvent` wants the scope `events`, `createSetupLink` the scope `accounts`, and all about mails
   * that were ordered before, and uploads, the scope `send`.
   */
  token?: string;
  /** `POSTBUD_PREFIX` of the installation. */
  prefix?: string;
  /** Told of what goes wrong and is tried again by itself; default: a warning on the console. */
  onTrouble?: OnTrouble;
};

export type Postbud = ReturnType<typeof openPostbud>;

/** A tenant's Postbud. Opens connections when they are needed; `close` ends all of them. */
export function openPostbud({ url, redis, tenantId, token, prefix = 'postbud', onTrouble = warn }: PostbudOptions) {
  const http = openHttp({ url, token });
  const sealer = openSealer(http);
  const connections = openConnections(redis, onTrouble);
  const orders = openOrders({ connections, prefix: `{${prefix}}`, onTrouble });
  const subscriptions = new Set<Subscription>();

  /** A seal that was not accepted may be of a key that is no longer known. */
  function learn<R extends object>(result: R): R {
    if ('reason' in result && String(result.reason).startsWith('credentials.')) sealer.forget();
    return result;
  }

  return {
    tenantId,

    /** Connect a user's mailbox, or try new settings beside the one that works. A refused login is a result. */
    async connectAccount(order: ConnectOrder, options?: OrderOptions): Promise<ConnectResult> {
      const sealed = await sealer.sealed(tenantId, order);
      return learn(await orders.give('connect-account', { ...sealed, tenantId }, options));
    },

    /** Try both logins and save nothing. */
    async validateCredentials(order: ConnectOrder, options?: OrderOptions): Promise<ValidationResult> {
      const sealed = await sealer.sealed(tenantId, order);
      const result = await orders.give('validate-credentials', { ...sealed, tenantId }, options);
      learn(result.imap);
      return result;
    },

    /** Send one mail, once for each `idempotencyKey`. What is not settled within half a minute is told by `send.*` events. */
    sendMessage: (order: SendOrder, options?: OrderOptions): Promise<SendResult> =>
      orders.give('send-message', { ...order, tenantId }, options),

    ...openSends(http, tenantId),

    /** Remove a user's account here; nothing changes at the provider. */
    disconnectAccount: (userId: string, options?: OrderOptions): Promise<DisconnectResult> =>
      orders.give('disconnect-account', { tenantId, userId }, options),

    /** Let watching and sending rest. */
    pauseAccount: (userId: string, options?: OrderOptions): Promise<PauseResult> =>
      orders.give('pause-account', { tenantId, userId }, options),

    /** Go on; of an account that is not paused: try now. */
    resumeAccount: (userId: string, options?: OrderOptions): Promise<ResumeResult> =>
      orders.give('resume-account', { tenantId, userId }, options),

    /** Wait again for an order that an `OrderPending` named. */
    resultOf: <R extends OrderRef>(order: R, options?: OrderOptions) => orders.resultOf(order, options),

    /** Change flags of messages, move them, or delete them, at the provider. */
    changeMessages: (order: ChangeOrder, options?: OrderOptions): Promise<ChangeResult> =>
      orders.give('change-messages', { ...order, tenantId }, options),

    /** A mailbox's folders, messages, bodies and attachments. */
    ...openMailboxes({ http, tenantId }),

    /** A link to the dialog in which a user connects or manages the mailbox. */
    createSetupLink: (order: SetupLinkOrder): Promise<{ url: string; expiresAt: string }> =>
      http.ask('/v1/setup-links', { body: { ...order, tenantId } }),

    /** Hear the tenant's events: each at least once, in order, also those that came while nobody listened. */
    onEvent(handle: (event: PostbudEvent) => unknown, options?: ListenOptions): Subscription {
      if (!http.hasToken) throw new Error('onEvent needs a token with the scope events: what was missed is read by it');
      const open = listenTo({ tenantId, http, connections, onTrouble }, handle, options);
      const subscription = {
        ready: open.ready,
        close: () => {
          subscriptions.delete(subscription);
          return open.close();
        },
      };
      subscriptions.add(subscription);
      return subscription;
    },

    /** End everything. Orders that are waited for go on; the waits end with `OrderPending`. */
    async close(): Promise<void> {
      await Promise.all([...subscriptions].map((open) => open.close()));
      await orders.close();
    },
  };
}

const warn: OnTrouble = (error, what) => console.warn(`postbud: ${what}: ${error.message}`);
