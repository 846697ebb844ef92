import type { Message } from '../db/messages.ts';
import type { MessageView } from '../mailbox-view.ts';
import { iso } from './account-view.ts';

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
