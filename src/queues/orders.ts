/** Every order that a CRM can add: payload and result of each queue. Queue name = job name. */
import { z } from 'zod';
import { validation } from '../events.ts';
import { emailAddress, id, isText, locales, prefill, refusal, server, text } from '../words.ts';
import { changeIsWhole, changeOf } from './changes.ts';

const who = { tenantId: id, userId: id };

/** At most 8 KiB of compact JWE; what is inside is checked by `src/secrets`. */
const sealed = text.min(1).max(8_192);
const plainSecret = text.min(1).max(4_096);

const credentials = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('password'),
    sealed: sealed.optional(),
    password: plainSecret.optional().describe('In clear: only over HTTPS, or where the installation accepts it'),
  }),
  z.object({
    kind: z.literal('oauth2'),
    provider: text.min(1).max(64),
    sealed: sealed.optional(),
    refreshToken: plainSecret.optional(),
  }),
]);
const withOwnSecret = server.extend({ sealed: sealed.optional(), password: plainSecret.optional() });

export const connectPayload = z.object({
  ...who,
  email: emailAddress,
  primaryEmail: text.trim().max(254).optional(),
  mailClient: z.enum(['crm', 'webtools', 'other']).default('crm'),
  credentials: credentials.optional(),
  imap: server.extend({ username: server.shape.username.optional() }).optional(),
  smtp: withOwnSecret.extend({ username: server.shape.username.optional() }).optional(),
  locale: z.enum(locales).catch('en').default('en'),
  returnUrl: z
    .url({ protocol: /^https?$/ })
    .refine(isText)
    .optional(),
  syncFrom: z.iso.date().optional(),
});
export type ConnectPayload = z.infer<typeof connectPayload>;

/** Postgres writes other years in another way, and a mail is waited for some days beyond. */
function isInReach(at: string): boolean {
  const year = new Date(at).getUTCFullYear();
  return year >= 1970 && year <= 9_998;
}

const address = z.object({ name: text.max(998).default(''), address: emailAddress });

const cid = text.max(255).nullable().default(null);

/** A file that came by `POST /v1/uploads`; a name or type of its own wins over the upload's. */
const uploaded = z.object({
  uploadId: z.uuid(),
  filename: text.min(1).max(255).optional(),
  contentType: text.max(255).optional(),
  cid,
});
const inline = z.object({
  filename: text.min(1).max(255),
  contentType: text.max(255).default('application/octet-stream'),
  content: z.base64(),
  cid,
});

export const sendPayload = z.object({
  ...who,
  idempotencyKey: text.min(1).max(200),
  fromName: text.max(998).default(''),
  to: z.array(address).default([]),
  cc: z.array(address).default([]),
  bcc: z.array(address).default([]),
  replyTo: address.nullable().default(null),
  subject: text.max(10_000).default(''),
  text: text.nullable().default(null),
  html: text.nullable().default(null),
  inReplyTo: text.max(998).nullable().default(null),
  forwardOf: text.max(998).nullable().default(null),
  headers: z.record(z.string().regex(/^X-[A-Za-z0-9-]{1,70}$/i, 'only X-* headers'), text.max(998)).default({}),
  listUnsubscribe: text.max(900).nullable().default(null).describe('A link (https or mailto), or some: `<…>, <…>`'),
  listUnsubscribeOneClick: z
    .boolean()
    .default(false)
    .describe('The https link ends the subscription on a POST, without a page (RFC 8058)'),
  attachments: z.array(z.union([uploaded, inline])).default([]),
  sendAt: z.iso.datetime({ offset: true }).refine(isInReach, 'must lie between 1970 and 9998').nullable().default(null),
});
export type SendPayload = z.infer<typeof sendPayload>;

const mail = sendPayload.shape;

/** What may change of a mail that has not left. What is not named stays. */
export const sendChange = z
  .object({
    fromName: mail.fromName.unwrap(),
    to: mail.to.unwrap(),
    cc: mail.cc.unwrap(),
    bcc: mail.bcc.unwrap(),
    replyTo: mail.replyTo.unwrap(),
    subject: mail.subject.unwrap(),
    text: mail.text.unwrap(),
    html: mail.html.unwrap(),
    headers: mail.headers.unwrap(),
    listUnsubscribe: mail.listUnsubscribe.unwrap(),
    listUnsubscribeOneClick: mail.listUnsubscribeOneClick.unwrap(),
    attachments: mail.attachments.unwrap(),
    sendAt: mail.sendAt.unwrap(),
  })
  .partial();
export type SendChange = z.infer<typeof sendChange>;

export const userPayload = z.object(who);

export const changePayload = changeIsWhole(z.object({ ...who, ...changeOf }));
export type ChangePayload = z.infer<typeof changePayload>;

const connectResult = z.discriminatedUnion('outcome', [
  z.object({ outcome: z.literal('connected'), accountId: z.uuid() }),
  z.object({
    outcome: z.literal('authorization-required'),
    accountId: z.uuid(),
    authorizationUrl: z.url(),
    expiresAt: z.iso.datetime(),
  }),
  z.object({ outcome: z.literal('settings-required'), accountId: z.uuid(), reason: z.string(), prefill }),
  z.object({ outcome: z.literal('refused'), accountId: z.uuid().optional(), ...refusal.shape }),
  z.object({ outcome: z.literal('superseded') }),
]);
export type ConnectResult = z.infer<typeof connectResult>;

const superseded = z.object({ outcome: z.literal('superseded') });

export const sendStatuses = ['sent', 'failed', 'in-doubt', 'queued', 'scheduled', 'deferred'] as const;

/** Queue → payload and result. What Postbud adds itself (`watch-mailbox`) has ids only. */
export const orders = {
  /** Connect a mailbox, or try new settings beside the one that works. */
  'connect-account': { payload: connectPayload, result: connectResult, addedBy: 'crm' },
  /** Try both logins and save nothing. */
  'validate-credentials': { payload: connectPayload, result: validation, addedBy: 'crm' },
  /** Log in, catch up, and hand the connection to this process's watcher. */
  'watch-mailbox': {
    payload: z.object({
      accountId: z.uuid(),
      turnAt: z.number().optional().describe('When its turn at the provider comes (ms); set once it has one'),
    }),
    result: z.object({ watcher: z.string().nullable(), caughtUp: z.number() }),
    addedBy: 'postbud',
  },
  /** Send one mail, once. */
  'send-message': {
    payload: sendPayload,
    result: z.object({
      sendId: z.uuid().optional(),
      messageIdHeader: z.string().optional(),
      status: z.enum(sendStatuses),
      ...refusal.partial().shape,
    }),
    addedBy: 'crm',
  },
  /** Remove the account here. Nothing changes at the provider. */
  'disconnect-account': {
    payload: userPayload,
    result: z.union([z.object({ outcome: z.literal('disconnected') }), superseded]),
    addedBy: 'crm',
  },
  /** Let watching and sending rest. */
  'pause-account': {
    payload: userPayload,
    result: z.union([z.object({ status: z.string(), reason: z.string().optional() }), superseded]),
    addedBy: 'crm',
  },
  /** Go on; of an account that is not paused: try now. */
  'resume-account': {
    payload: userPayload,
    result: z.union([z.object({ status: z.string(), reason: z.string().optional() }), superseded]),
    addedBy: 'crm',
  },
  /** Change flags of messages, move them, or delete them, at the provider. */
  'change-messages': {
    payload: changePayload,
    result: z.union([
      z.object({
        changed: z.int().describe('How many are now as was asked'),
        notFound: z.array(z.uuid()).describe('Those that are not in the mailbox (any more)'),
        ...refusal.partial().shape,
      }),
      superseded,
    ]),
    addedBy: 'crm',
  },
} as const;

export type QueueName = keyof typeof orders;
export const queueNames = Object.keys(orders) as QueueName[];
export type Payload<Q extends QueueName> = z.infer<(typeof orders)[Q]['payload']>;
export type Result<Q extends QueueName> = z.infer<(typeof orders)[Q]['result']>;
