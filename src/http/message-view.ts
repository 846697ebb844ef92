import { z } from 'zod';
import type { Message } from '../db/messages.ts';
import { person } from '../words.ts';
import { iso } from './account-view.ts';

const time = z.iso.datetime();

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

/** Render a message's row. */
export function viewMessage(row: Message, folder: { path: string; role: string | null } | undefined): MessageView {
  const { id, uid, threadId, messageIdHeader, inReplyTo, references, subject, preview, size, flags, unread } = row;
  const { from, to, cc, replyTo, listId, autoSubmitted, marks, broken } = row;
  return {
    messageId: id,
    folder: folder?.path ?? '',
    folderRole: folder?.role ?? null,
    uid,
    threadId,
    messageIdHeader,
    inReplyTo,
    references,
    from,
    to,
    cc,
    replyTo,
    subject,
    preview,
    date: iso(row.date),
    internalDate: row.internalDate.toISOString(),
    size,
    flags,
    unread,
    listId,
    autoSubmitted,
    attachments: row.attachments.map(({ name, contentType, size: bytes, cid }, at) => ({
      n: at + 1,
      name,
      contentType,
      size: bytes,
      ...(cid === undefined ? {} : { cid }),
    })),
    marks,
    broken,
  };
}
