import type { AccountParts } from '../accounts/index.ts';
import type { FetchedMessage } from '../mail/imap.ts';
import type { Mailbox } from './mailbox.ts';
import { type Stored, type Storing, store } from './store.ts';

/**
 * Store messages, whatever is in them: a batch that is refused is halved until the message to blame is found. That one
 * is put aside, as a row that says little more than why, and the mailbox goes on. What is refused again and again would
 * hold up all that comes after it.
 * @throws {LeaseLost}
 */
export async function storeAny(
  parts: AccountParts,
  mailbox: Mailbox,
  batch: readonly FetchedMessage[],
  storing: Storing,
): Promise<Stored> {
  try {
    return await store(parts, mailbox, batch, storing);
  } catch (error) {
    const why = whyRefused(error);
    if (why === null || batch.length === 0) throw error;
    if (batch.length > 1) return storeHalves(parts, mailbox, batch, storing);
    const [message] = batch;
    // A row that says why already was refused: not even its place can be kept, and the cursor goes past it.
    const rest = message!.broken?.startsWith(putAside) ? [] : [bare(message!, `${putAside}: ${why}`)];
    return storeAny(parts, mailbox, rest, storing);
  }
}

const putAside = 'it could not be stored';

/** The cursor moves with the second half: a crash in between repeats the first, which changes nothing. */
async function storeHalves(
  parts: AccountParts,
  mailbox: Mailbox,
  batch: readonly FetchedMessage[],
  storing: Storing,
): Promise<Stored> {
  const middle = Math.ceil(batch.length / 2);
  const one = await storeAny(parts, mailbox, batch.slice(0, middle), { ...storing, cursor: {} });
  const cursor = one.twins.length > 0 ? {} : storing.cursor;
  const other = await storeAny(parts, mailbox, batch.slice(middle), { ...storing, cursor });
  return {
    stored: one.stored + other.stored,
    announced: one.announced + other.announced,
    twins: [...one.twins, ...other.twins],
  };
}

/**
 * Why a value cannot be stored; null for any other fault. Postgres' classes for it: data (22), a value that a column does
 * not allow (23502, 23514), a limit such as the longest key of an index (54). Others are ours, and no message's.
 */
function whyRefused(error: unknown): string | null {
  for (let at: unknown = error; at instanceof Error; at = at.cause) {
    const code = (at as NodeJS.ErrnoException).code;
    if (typeof code === 'string' && /^(?:22...|23502|23514|54...)$/.test(code))
      return `${code} ${at.message}`.slice(0, 200);
    if (at instanceof RangeError || at.name === 'ZodError') return at.name;
  }
  return null;
}

/** A message as little as it can be: its place, so that it is seen and can be fetched, moved and deleted. */
function bare(message: FetchedMessage, broken: string): FetchedMessage {
  const { uid, size, flags, internalDate } = message;
  const time = internalDate.getTime();
  return {
    ...message,
    uid,
    messageIdHeader: null,
    inReplyTo: null,
    references: [],
    from: [],
    to: [],
    cc: [],
    replyTo: [],
    subject: '',
    date: null,
    internalDate: time >= 0 && time < Date.UTC(9_999, 0) ? internalDate : new Date(),
    size: Number.isInteger(size) && size >= 0 && size < 2 ** 31 ? size : 0,
    flags: flags.filter((flag) => /^[!-~]{1,200}$/.test(flag)),
    listId: null,
    autoSubmitted: null,
    attachments: [],
    textParts: [],
    marks: [],
    preview: '',
    emailId: null,
    threadId: null,
    broken,
  };
}
