import type { SendStory, SendView, UploadView } from '../send-view.ts';
import type { Http, UploadBody } from './http.ts';
import type { SendChanges } from './types.ts';

/** Which mail: its user, and the `sendId` of the order's result. */
export type SendName = { userId: string; sendId: string };

/** Which of a user's mails, newest first; `after` is the `next` of the page before. */
export type SendQuery = { userId: string; status?: SendView['status']; after?: string; limit?: number };

/** What is asked and done about mails that were ordered before. */
export function openSends(http: Pick<Http, 'ask' | 'upload'>, tenantId: string) {
  const pathOf = (userId: string) => `/v1/accounts/${encodeURIComponent(tenantId)}/${encodeURIComponent(userId)}/sends`;
  const at = ({ userId, sendId }: SendName) => `${pathOf(userId)}/${encodeURIComponent(sendId)}`;

  return {
    /** What became of a mail, and how. */
    readSend: (name: SendName): Promise<SendStory> => http.ask(at(name)),

    /** A user's mails, newest first. */
    listSends({ userId, ...query }: SendQuery): Promise<{ sends: SendView[]; next: string | null }> {
      const given = new URLSearchParams();
      for (const [key, value] of Object.entries(query)) if (value !== undefined) given.set(key, String(value));
      return http.ask(`${pathOf(userId)}?${given}`);
    },

    /** Cancel a mail before it leaves. */
    cancelSend: (name: SendName): Promise<SendView> => http.ask(at(name), { method: 'DELETE' }),

    /** Change a mail before it leaves. */
    changeSend: (name: SendName, changes: SendChanges): Promise<SendView> =>
      http.ask(at(name), { method: 'PATCH', body: changes }),

    /** Send again what failed, or what is in doubt and did not arrive. */
    retrySend: (name: SendName): Promise<SendView> => http.ask(`${at(name)}/retry`, { method: 'POST' }),

    /** Say that a mail in doubt went out. */
    confirmSend: (name: SendName): Promise<SendView> => http.ask(`${at(name)}/confirm`, { method: 'POST' }),

    /** Upload a file; its `uploadId` goes into the `attachments` of a mail within a day. */
    upload(
      file: { filename: string; contentType?: string; content: UploadBody },
      { signal }: { signal?: AbortSignal } = {},
    ): Promise<UploadView> {
      const query = new URLSearchParams({ tenantId, filename: file.filename });
      return http.upload(`/v1/uploads?${query}`, file.content, file.contentType ?? 'application/octet-stream', signal);
    },
  };
}
