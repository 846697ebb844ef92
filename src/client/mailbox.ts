import type { FolderView, MessageView, WholeMessage } from '../mailbox-view.ts';
import type { Http } from './http.ts';

export type { FolderView as Folder, MessageView as Message, WholeMessage } from '../mailbox-view.ts';

/** Which messages `listMessages` gives; all conditions have to be met. */
export type MessageQuery = {
  /** Words, "phrases", `-word`, `from:` and `to:`; the best messages come first. */
  q?: string;
  /** A folder's path or role. */
  folder?: string;
  from?: string;
  to?: string;
  /** An address in From, To, Cc or Reply-To. */
  person?: string;
  hasAttachment?: boolean;
  unread?: boolean;
  since?: string | Date;
  until?: string | Date;
  threadId?: string;
  /** `next` of the page before. */
  after?: string;
  limit?: number;
};

/** Reading a user's mailbox over HTTP; the token wants the scope `messages`. */
export function openMailboxes({ http, tenantId }: { http: Http; tenantId: string }) {
  const pathOf = (userId: string, rest: string) =>
    `/v1/accounts/${encodeURIComponent(tenantId)}/${encodeURIComponent(userId)}/${rest}`;

  return {
    listFolders: async (userId: string): Promise<FolderView[]> =>
      (await http.ask<{ folders: FolderView[] }>(pathOf(userId, 'folders'))).folders,

    listMessages(userId: string, query: MessageQuery = {}): Promise<{ messages: MessageView[]; next: string | null }> {
      const asked = new URLSearchParams();
      for (const [name, value] of Object.entries(query)) {
        if (value !== undefined) asked.set(name, value instanceof Date ? value.toISOString() : String(value));
      }
      return http.ask(pathOf(userId, `messages?${asked}`));
    },

    readMessage: (userId: string, messageId: string, { images = 'none' }: { images?: 'none' | 'remote' } = {}) =>
      http.ask<WholeMessage>(pathOf(userId, `messages/${encodeURIComponent(messageId)}?images=${images}`)),

    readAttachment: (userId: string, messageId: string, n: number, options: { signal?: AbortSignal } = {}) =>
      http.bytes(pathOf(userId, `messages/${encodeURIComponent(messageId)}/attachments/${n}`), options),

    readSource: (userId: string, messageId: string, options: { signal?: AbortSignal } = {}) =>
      http.bytes(pathOf(userId, `messages/${encodeURIComponent(messageId)}/source`), options),
  };
}
