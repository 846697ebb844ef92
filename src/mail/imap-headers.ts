import { type Token, textIn } from './imap-tokens.ts';

/** More than any honest program writes into the few headers that are fetched. */
export const mostHeaderBytes = 65_536;

/** Headers that the envelope does not hold, and that say how a message belongs to others and who sent it. */
export const fetchedHeaders = 'REFERENCES LIST-ID AUTO-SUBMITTED PRECEDENCE X-AUTO-RESPONSE-SUPPRESS';

/** What these headers say. */
export type Headers = { references?: string; listId?: string; autoSubmitted?: string; marks: string[] };

const none: Headers = { marks: [] };

/** Read a header block; of a header that comes twice, the first counts. */
export function headersIn(block: Token | undefined): Headers {
  // Most messages have none of them: an empty line.
  if (!block || block.length < 4) return none;
  const text = Buffer.isBuffer(block) ? textIn(block.subarray(0, mostHeaderBytes)) : textIn(block);
  const fields = new Map<string, string>();
  for (const line of text.replace(/\r?\n[ \t]+/g, ' ').split('\n')) {
    const colon = line.indexOf(':');
    if (colon < 1) continue;
    const name = line.slice(0, colon).trim().toLowerCase();
    if (!fields.has(name)) fields.set(name, line.slice(colon + 1).trim());
  }
  const references = fields.get('references');
  const listId = fields.get('list-id');
  const autoSubmitted = /^[a-z-]{1,40}/.exec(fields.get('auto-submitted')?.toLowerCase() ?? '')?.[0];
  return {
    ...(references !== undefined && { references }),
    ...(listId !== undefined && { listId }),
    ...(autoSubmitted !== undefined && { autoSubmitted }),
    marks: marksIn(fields, autoSubmitted),
  };
}

function marksIn(fields: Map<string, string>, autoSubmitted: string | undefined): string[] {
  if (fields.size === (fields.has('references') ? 1 : 0)) return [];
  const precedence = fields.get('precedence')?.toLowerCase();
  const marks: string[] = [];
  // RFC 3834, and what was there before it; the last is how Exchange asks not to be answered by a machine.
  const bySender = (autoSubmitted ?? 'no') !== 'no' || /^(?:auto_reply|bulk|junk)$/.test(precedence ?? '');
  if (bySender || fields.has('x-auto-response-suppress')) marks.push('auto');
  if (fields.has('list-id') || precedence === 'list') marks.push('list');
  return marks;
}

/** `Some list <list.example.com>` is called list.example.com. */
export function listIdIn(value: string): string {
  return /<([^<>]*)>[^<>]*$/.exec(value)?.[1] ?? value;
}
