import type { ImapResponse } from 'imapflow';
import { tooMuch } from './faults.ts';
import type { Exec } from './imap-exec.ts';
import { expand, mostMessages, readRanges } from './imap-uids.ts';

/** UIDs of two million messages, plain. */
export const searchBytes = 24 * 2 ** 20;

/**
 * The UIDs of the selected folder's messages that meet `criteria`, ascending. With ESEARCH they come as ranges: a
 * hundred thousand neighbours in a dozen bytes.
 */
export async function searchUids(exec: Exec, criteria: string, { esearch }: { esearch: boolean }): Promise<number[]> {
  const found = new Set<number>();
  const add = (uids: readonly number[]) => {
    for (const uid of uids) found.add(uid);
    if (found.size > mostMessages) throw tooMuch();
  };
  await exec.command(`UID SEARCH ${esearch ? 'RETURN (ALL) ' : ''}${criteria}`, {
    SEARCH: (answer) => add(numbersIn(answer)),
    ESEARCH: ({ attributes = [] }) => {
      const all = attributes.findIndex((one) => String(one?.value ?? '').toUpperCase() === 'ALL');
      const set = all < 0 ? undefined : attributes[all + 1]?.value;
      if (set) add(expand(readRanges(String(set))));
    },
  });
  return Uint32Array.from(found).sort().values().toArray();
}

/** ImapFlow reads a plain answer as numbers, any other as values. */
function numbersIn({ numbers, attributes = [] }: ImapResponse): number[] {
  if (numbers) return numbers.filter(isUid);
  return attributes.map((one) => Number(one?.value ?? 0)).filter(isUid);
}

const isUid = (number: number) => Number.isInteger(number) && number > 0 && number <= 0xffff_ffff;

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** A day as SEARCH writes it. */
export const searchDay = (date: Date) =>
  `${date.getUTCDate()}-${months[date.getUTCMonth()]}-${`${date.getUTCFullYear()}`.padStart(4, '0')}`;

/** A string as a command may hold it; undefined when it needs a literal. */
export function quoted(text: string): string | undefined {
  return /^[\x20-\x7e]*$/.test(text) ? `"${text.replace(/["\\]/g, '\\$&')}"` : undefined;
}
