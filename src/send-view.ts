/** A mail in the ledger as the API shows it; never its content. */
import { z } from 'zod';
import { sendStatuses } from './queues/orders.ts';
import { refusal } from './words.ts';

export const copyStates = ['pending', 'filing', 'filed', 'by-provider', 'failed'] as const;

/** The public words for where a mail is. */
export const shownStatuses = [...sendStatuses, 'sending', 'cancelled'] as const;

const time = z.iso.datetime();

export const sendView = z.object({
  sendId: z.uuid(),
  idempotencyKey: z.string(),
  messageIdHeader: z.string(),
  status: z.enum(shownStatuses),
  attempt: z.int(),
  refusal: refusal.nullable().describe('Of the last try'),
  response: z.string().nullable().describe('What the server answered when it took the mail'),
  acceptedRecipients: z.array(z.string()).describe('Who has it already, while others are tried again'),
  rejectedRecipients: z.array(z.object({ address: z.string(), response: z.string() })),
  bounces: z
    .array(z.object({ recipient: z.string(), status: z.string(), diagnostic: z.string(), at: time }))
    .describe('Who did not get it after all, by delivery reports'),
  copy: z.enum(copyStates).describe('The copy in the folder of sent mails'),
  sendAt: time.nullable(),
  nextTryAt: time.nullable(),
  createdAt: time,
  endedAt: time.nullable(),
});
export type SendView = z.infer<typeof sendView>;

/** The same with what happened to it: its phases and its events, oldest first, those as long as they are kept. */
export const sendStory = sendView.extend({
  timeline: z
    .array(z.object({ type: z.string(), time, data: z.record(z.string(), z.unknown()) }))
    .describe('`queued`, `connecting` and `data-sent` (of the last try), and each `send.*` event'),
});
export type SendStory = z.infer<typeof sendStory>;

/** A file that waits to be attached. */
export const uploadView = z.object({
  uploadId: z.uuid(),
  filename: z.string(),
  contentType: z.string(),
  size: z.int(),
  expiresAt: time.describe('Not attached by then, it is forgotten'),
});
export type UploadView = z.infer<typeof uploadView>;
