/** What can be asked of messages: flags, a move, a delete. */
import { z } from 'zod';
import { text } from '../words.ts';

const systemFlags = ['\\Seen', '\\Answered', '\\Flagged', '\\Draft'] as const;

/** An atom of RFC 9051 §9: no space, control character, parenthesis, brace, wildcard, quote, backslash or bracket. */
const keyword = /^[!#$&'+,\-./0-9:;<=>?@A-Z[^_`a-z|}~]{1,100}$/;

/**
 * A flag that a client may set. \Recent belongs to the server, and \Deleted is half of a delete, which is an order of its
 * own. System flags are the same in any case (RFC 9051 §2.3.2).
 */
export const flag = z.string().transform((value, context) => {
  const system = systemFlags.find((name) => name.toLowerCase() === value.toLowerCase());
  if (system) return system;
  if (keyword.test(value)) return value;
  context.addIssue({ code: 'custom', message: `must be ${systemFlags.join(', ')} or a keyword (an atom of RFC 9051)` });
  return z.NEVER;
});

const flags = z.array(flag).min(1).max(50).optional();

/** The fields of a change; ids of messages first, then what is to become of them. */
export const changeOf = {
  messageIds: z.array(z.uuid().toLowerCase()).min(1).max(1_000),
  addFlags: flags.describe('`\\Seen`, `\\Answered`, `\\Flagged`, `\\Draft` or keywords'),
  removeFlags: flags,
  moveTo: text.min(1).max(1_000).optional().describe('A folder by its role or its path'),
  delete: z
    .enum(['trash', 'permanently'])
    .optional()
    .describe('`trash` moves to the folder of that role; `permanently` cannot be undone'),
};

type Change = { addFlags?: string[] | undefined; removeFlags?: string[] | undefined; moveTo?: string | undefined } & {
  delete?: 'trash' | 'permanently' | undefined;
};

/** Something has to be asked for, and it must not contradict itself. */
export function changeIsWhole<S extends z.ZodType<Change>>(schema: S): S {
  return schema.superRefine((change, context) => {
    const refuse = (field: string, message: string) => context.addIssue({ code: 'custom', path: [field], message });
    const { addFlags, removeFlags, moveTo } = change;
    if (!addFlags && !removeFlags && moveTo === undefined && change.delete === undefined) {
      refuse('', 'needs addFlags, removeFlags, moveTo or delete');
    }
    if (moveTo !== undefined && change.delete !== undefined) refuse('delete', 'not together with moveTo');
    const removed = new Set(removeFlags?.map((name) => name.toLowerCase()));
    if (addFlags?.some((name) => removed.has(name.toLowerCase())))
      refuse('removeFlags', 'not a flag that is also added');
  });
}
