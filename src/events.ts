/** Every event that Postbud publishes. This file is the public contract; `npm run docs` writes it out as AsyncAPI. */
import { z } from 'zod';
import { person, prefill, publicServer, refusal } from './words.ts';

export { channelOf, streamOf } from './channels.ts';

const at = z.iso.datetime();
const by = z.object({ by: z.enum(['order', 'replaced', 'setup', 'ops']) });
const nextTryAt = z.object({ nextTryAt: at.nullable() });
const messageRef = z.object({ messageId: z.uuid(), folder: z.string() });
const sendRef = z.object({ sendId: z.uuid(), idempotencyKey: z.string(), messageIdHeader: z.string() });
const side = z.object({
  ok: z.boolean(),
  skipped: z.boolean().optional(),
  ...refusal.partial().shape,
  capabilities: z.array(z.string()).optional(),
  tls: z.string().optional(),
  tookMs: z.number(),
});

/** Result of `validate-credentials`, and the data of `credentials.validated`: both sides tried and reported apart. */
export const validation = z.object({ ok: z.boolean(), imap: side, smtp: side });
export type Validation = z.infer<typeof validation>;

export const messageReceived = messageRef.extend({
  folderRole: z.string().nullable(),
  uid: z.number(),
  from: z.array(person),
  to: z.array(person),
  cc: z.array(person),
  subject: z.string(),
  date: at.nullable(),
  preview: z.string(),
  messageIdHeader: z.string().nullable(),
  inReplyTo: z.string().nullable(),
  references: z.array(z.string()),
  flags: z.array(z.string()),
  size: z.number(),
  attachments: z.array(z.object({ name: z.string(), contentType: z.string(), size: z.number() })),
  threadId: z.string().nullable(),
  marks: z
    .array(z.string())
    .optional()
    .describe('What it is besides: `auto` sent by a machine, `report`, `list`, `signed`, `encrypted`'),
  inReplyToSendId: z.uuid().optional(),
  sendId: z.uuid().optional(),
});

/** Type (after `postbud.`) → data. */
export const events = {
  /** The provider wants the user to log in there. */
  'account.authorization_required': z.object({ authorizationUrl: z.url(), provider: z.string(), expiresAt: at }),
  /** The servers were not found, are not certain, a password is needed, or what was found was refused. */
  'account.settings_required': z.object({ reason: z.string(), prefill }),
  /** IMAP and SMTP both accepted the login; watching starts. */
  'account.connected': z.object({
    email: z.string(),
    imap: publicServer,
    smtp: publicServer,
    provider: z.string().nullable(),
  }),
  /** Connecting ended without success. */
  'account.refused': refusal,
  /** The provider of a connected account blocks the login. */
  'account.login_blocked': refusal,
  /** The credentials of a connected account are no longer accepted. */
  'account.auth_failed': refusal,
  /** No answer for longer than five minutes; still trying. */
  'account.unreachable': refusal.extend(nextTryAt.shape),
  /** The provider asked to slow down. */
  'account.throttled': refusal.extend(nextTryAt.shape),
  /** Works again, by itself or after a new login. `caughtUp` counts the messages that came meanwhile. */
  'account.recovered': z.object({ after: z.string(), downForMs: z.number(), caughtUp: z.number() }),
  /** Watching and sending rest, as ordered. */
  'account.paused': by,
  /** Watching and sending go on, as ordered. */
  'account.resumed': by,
  /** The account is gone here, with its credentials and what was synced; nothing changed at the provider. */
  'account.disconnected': by,
  /** A `validate-credentials` order ended. */
  'credentials.validated': validation,
  /** The first sync goes on. */
  'mailbox.sync_progress': z.object({ folder: z.string(), done: z.number(), total: z.number() }),
  /** The first sync is done; from here on each new message is an event. */
  'mailbox.sync_completed': z.object({ messages: z.number(), tookMs: z.number() }),
  /** The server renumbered the folder (UIDVALIDITY changed). */
  'mailbox.folder_reset': z.object({ folder: z.string() }),
  /** There is a new folder. */
  'mailbox.folder_created': z.object({ folder: z.string() }),
  /** A folder has another name now. */
  'mailbox.folder_renamed': z.object({ folder: z.string(), from: z.string() }),
  /** A folder is gone. */
  'mailbox.folder_deleted': z.object({ folder: z.string() }),
  /** A new message is in a watched folder (not history of the first sync). */
  'message.received': messageReceived,
  /** Flags changed, or the message moved. */
  'message.changed': messageRef.extend({
    addedFlags: z.array(z.string()),
    removedFlags: z.array(z.string()),
    movedFrom: z.string().nullable(),
  }),
  /** The message is gone from the folder. */
  'message.deleted': messageRef.extend({ reason: z.enum(['deleted', 'moved-out']) }),
  /** The SMTP server accepted the mail. May follow `send.in_doubt`. */
  'send.sent': sendRef.extend({
    response: z.string(),
    rejectedRecipients: z.array(z.object({ address: z.string(), response: z.string() })),
    copy: z.enum(['filed', 'by-provider', 'failed', 'pending']),
  }),
  /** The mail will be tried again. */
  'send.deferred': sendRef
    .extend(refusal.shape)
    .extend(nextTryAt.shape)
    .extend({
      recipients: z.array(z.string()).optional().describe('Who is tried again, where others have it already'),
    }),
  /** The mail was given up. */
  'send.failed': sendRef.extend(refusal.shape),
  /** The mail was cancelled by order. */
  'send.cancelled': sendRef.extend(refusal.shape),
  /** The connection died after the mail's end was sent: it may have gone out. Never sent again by itself. */
  'send.in_doubt': sendRef,
  /** A delivery report came in for a mail that was sent. Once for each of its recipients, by the address it went to. */
  'send.bounced': sendRef.extend({ recipient: z.string(), status: z.string(), diagnostic: z.string() }),
} as const satisfies Record<string, z.ZodType>;

export type EventType = keyof typeof events;
export type EventData<T extends EventType> = z.infer<(typeof events)[T]>;

/** CloudEvents 1.0, structured mode. Extension attributes are lower case by that specification. */
export const envelope = z.object({
  specversion: z.literal('1.0'),
  id: z.uuid().describe('UUID v7; tells a repeat'),
  source: z.url().describe("The installation's public URL"),
  type: z.string().describe('`postbud.` and the event type'),
  time: at,
  subject: z.uuid().optional().describe('accountId; absent where there is no account'),
  datacontenttype: z.literal('application/json'),
  tenantid: z.string(),
  userid: z.string(),
  userseq: z.int().min(1).describe('Counts per (tenant, user) from 1, without gaps'),
  cursor: z.string().describe("Opaque position in the tenant's log"),
  data: z.record(z.string(), z.unknown()),
});
export type Envelope = z.infer<typeof envelope>;
