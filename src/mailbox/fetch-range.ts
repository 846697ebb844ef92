import type { Refusal } from '../words.ts';

/**
 * Ask whoever holds a mailbox's connection for bytes of a message, as they stand on the server: still encoded. `part` is a
 * number of the structure (BODY[…]); null is the whole source. Fewer bytes than asked for are the last ones; null: the
 * message or the part is gone.
 * @throws {CommandRefused} when the mail server would not, or its mailbox is not connected.
 * @throws {CommandExpired} when no answer came in time.
 */
export type FetchRange = (
  wanted: { accountId: string; messageId: string; part: string | null; offset: number; length: number },
  signal: AbortSignal,
) => Promise<Buffer | null>;

/** What was asked of a mailbox's connection was refused. */
export class CommandRefused extends Error {
  override name = 'CommandRefused';
  readonly refusal: Refusal;

  constructor(refusal: Refusal) {
    super(refusal.reason);
    this.refusal = refusal;
  }
}

/** Nobody answered what was asked of a mailbox's connection, within its time. */
export class CommandExpired extends Error {
  override name = 'CommandExpired';
}
