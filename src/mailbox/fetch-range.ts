import type { Refusal } from '../words.ts';

/**
 * Ask whoever holds a mailbox's connection for bytes of a message, as they stand on the server: still encoded. `part` is a
 * number of the structure (BODY[…]) or that with `.MIME`; null is the whole source. Fewer bytes than asked for are the last
 * ones; null: the message or the part is gone. Rejects with a `CommandRefused` when the mail server would not, and with a
 * `CommandExpired` when no answer came in time.
 */
export type FetchRange = (
  wanted: { accountId: string; messageId: string; part: string | null; offset: number; length: number },
  signal: AbortSignal,
) => Promise<Buffer | null>;

/** What the server refused, if that is what an error of `FetchRange` says. */
export const refusalIn = (error: unknown): Refusal | null =>
  error instanceof Error && error.name === 'CommandRefused' ? (error as Error & { refusal: Refusal }).refusal : null;

/** Whether nobody answered in time. */
export const isExpired = (error: unknown): boolean => error instanceof Error && error.name === 'CommandExpired';
