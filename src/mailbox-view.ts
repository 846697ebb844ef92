/** A mailbox's folders and messages as HTTP shows them and the client gives them. */
import { z } from 'zod';
import { person } from './words.ts';

const time = z.iso.datetime();

/** How closely a folder is followed. */
const folderModes = ['watched', 'kept', 'off'] as const;

/** A folder as the API shows it. */
export const folderView = z.object({
  path: z.string().describe("The server's own name for it, decoded"),
  name: z.string().describe('The last part of the path'),
  role: z.string().nullable().describe('`inbox`, `sent`, `drafts`, `trash`, `junk`, `archive`, …'),
  selectable: z.boolean().describe('false: it only holds other folders'),
  subscribed: z.boolean(),
  mode: z
    .enum(folderModes)
    .describe('`watched`: news within a minute; `kept`: looked at by interval; `off`: only its name is known'),
  total: z.int().describe('Messages on the server when it was last compared'),
  unread: z.int().describe('Unread messages that are known here'),
  sync: z
    .object({
      done: z.int(),
      total: z.int(),
      complete: z.boolean().describe('All of its history that is wanted is here'),
    })
    .describe('How far its history has been read'),
  checkedAt: z.iso.datetime().nullable().describe('When it was last compared with the server'),
});
export type FolderView = z.infer<typeof folderView>;

/** A message as the API shows it: all that is known of it without its body. */
export const messageView = z.object({
  messageId: z.uuid(),
  folder: z.string().describe('Path of its folder'),
  folderRole: z.string().nullable(),
  uid: z.int().nullable().describe('null while it is between two folders'),
  threadId: z.string(),
  messageIdHeader: z.string().nullable(),
  inReplyTo: z.string().nullable(),
  references: z.array(z.string()),
  from: z.array(person),
  to: z.array(person),
  cc: z.array(person),
  replyTo: z.array(person),
  subject: z.string(),
  preview: z.string().describe('The first words of its text'),
  date: time.nullable().describe('What its Date header says'),
  internalDate: time.describe('When it came to the mail server; lists are in this order'),
  size: z.int(),
  flags: z.array(z.string()),
  unread: z.boolean(),
  listId: z.string().nullable(),
  autoSubmitted: z.string().nullable(),
  attachments: z.array(
    z.object({
      n: z.int().describe('Its number in `…/attachments/{n}`'),
      name: z.string(),
      contentType: z.string(),
      size: z.int().describe('About this many bytes'),
      cid: z.string().optional().describe('By this name its HTML shows it'),
    }),
  ),
  marks: z.array(z.string()).describe('What it is besides: `signed`, `encrypted`, `tnef`, `report`, `auto`, `list`'),
  broken: z.string().nullable().describe('Why parts of it are missing; null for a message that could be read'),
});
export type MessageView = z.infer<typeof messageView>;

/** A message with its body. */
export const wholeMessage = messageView.extend({
  body: z.object({
    text: z.string().nullable().describe('Readable text; of the HTML where there is no plain text'),
    html: z.string().nullable().describe('Without scripts, forms, style sheets and, unless asked for, remote images'),
    remoteImages: z.int().describe('How many images are on other servers'),
    missing: z.array(z.object({ part: z.string(), why: z.string() })).describe('What of it could not be had, and why'),
  }),
});
export type WholeMessage = z.infer<typeof wholeMessage>;
