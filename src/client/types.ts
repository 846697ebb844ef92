/** The types of the contract as a CRM uses them, from the schemas that Postbud itself checks with. */
import type { z } from 'zod';
import type { Envelope, EventData, EventType } from '../events.ts';
import type { changePayload, connectPayload, Result, sendChange, sendPayload } from '../queues/orders.ts';

export type { EventData, EventType } from '../events.ts';
export type { QueueName } from '../queues/orders.ts';
export type { SendStory, SendView, UploadView } from '../send-view.ts';
export type { Locale, Person, Prefill, Refusal, Server } from '../words.ts';

/** What `connectAccount` and `validateCredentials` take. A `password` or `refreshToken` in clear is sealed before it leaves this process. */
export type ConnectOrder = Omit<z.input<typeof connectPayload>, 'tenantId'>;
export type ConnectResult = Result<'connect-account'>;
export type ValidationResult = Result<'validate-credentials'>;

/** What `sendMessage` takes. `idempotencyKey` is what makes a repeat the same mail. */
export type SendOrder = Omit<z.input<typeof sendPayload>, 'tenantId'>;
export type SendResult = Result<'send-message'>;
/** What `changeSend` takes: what is not named stays. */
export type SendChanges = z.input<typeof sendChange>;

/** What `changeMessages` takes: ids of messages, and what is to become of them. */
export type ChangeOrder = Omit<z.input<typeof changePayload>, 'tenantId'>;
export type ChangeResult = Result<'change-messages'>;

export type DisconnectResult = Result<'disconnect-account'>;
export type PauseResult = Result<'pause-account'>;
export type ResumeResult = Result<'resume-account'>;

/** What `createSetupLink` takes. */
export type SetupLinkOrder = Pick<ConnectOrder, 'userId' | 'primaryEmail' | 'mailClient' | 'locale' | 'returnUrl'> & {
  email?: string;
  purpose?: 'connect' | 'manage';
};

/** An event whose account was disconnected: what it told of a message is gone. */
export type Erased = { erased: true };

/** One type of event, with its data. */
export type EventOf<T extends EventType> = Omit<Envelope, 'type' | 'data'> & {
  type: `postbud.${T}`;
  data: EventData<T> | (T extends `message.${string}` ? Erased : never);
};

/** Any event; `type` tells which, and so what its data is. A later Postbud may send types that are not named here. */
export type PostbudEvent = { [T in EventType]: EventOf<T> }[EventType];

/** Told of what goes wrong and is tried again by itself. */
export type OnTrouble = (error: Error, what: string) => void;
