import { tooMuch } from './faults.ts';
import type { UidRanges } from './imap-changes.ts';

/** More than anybody keeps in one folder. */
export const mostMessages = 2_000_000;
const highestUid = 0xffff_ffff;

/** UIDs in ascending order as a set of ranges. */
export function ranges(uids: readonly number[]): string {
  const parts: string[] = [];
  for (let at = 0; at < uids.length; ) {
    const first = uids[at]!;
    let last = first;
    while (uids[++at] === last + 1) last = uids[at]!;
    parts.push(first === last ? `${first}` : `${first}:${last}`);
  }
  return parts.join(',');
}

/** Ascending, each once, and only what may be a UID. */
export function inOrder(uids: readonly number[]): number[] {
  const valid = uids.filter((uid) => Number.isInteger(uid) && uid > 0 && uid <= highestUid);
  return [...new Set(valid)].sort((one, other) => one - other);
}

/** Cut ascending UIDs into pieces that fit into a command line: servers take 8,000 characters (RFC 7162 section 4). */
export function* pieces(uids: readonly number[], most = 500): Generator<number[]> {
  for (let at = 0; at < uids.length; at += most) yield uids.slice(at, at + most);
}

/**
 * A set of UIDs as a server writes it, in ascending order. It stays ranges: `1:4294967295` is a few bytes on the wire and
 * names more UIDs than memory holds.
 */
export function readRanges(set: string): UidRanges {
  const found: UidRanges = [];
  for (const [, one, other = one] of set.matchAll(/(\d{1,10})(?::(\d{1,10}))?/g)) {
    const first = Math.max(1, Math.min(Number(one), Number(other)));
    const last = Math.min(highestUid, Math.max(Number(one), Number(other)));
    if (first > last) continue;
    found.push([first, last]);
  }
  return merged(found);
}

/** Ranges in ascending order, with none that touches the next. */
export function merged(ranges: UidRanges): UidRanges {
  if (ranges.every(([first], at) => at === 0 || first > ranges[at - 1]![1] + 1)) return ranges;
  const sorted = ranges.sort(([one], [other]) => one - other);
  const whole: UidRanges = [];
  for (const [first, last] of sorted) {
    const before = whole.at(-1);
    if (before && first <= before[1] + 1) before[1] = Math.max(before[1], last);
    else whole.push([first, last]);
  }
  return whole;
}

/** Each UID of some ranges; for those of a folder, which has no more than so many messages. */
export function expand(ranges: UidRanges, most = mostMessages): number[] {
  const size = ranges.reduce((sum, [first, last]) => sum + last - first + 1, 0);
  if (size > most) throw tooMuch();
  const uids: number[] = [];
  for (const [first, last] of ranges) for (let uid = first; uid <= last; uid++) uids.push(uid);
  return uids;
}

/** The UIDs of a set in the order in which it names them; null when it names more than `most`, or is none. */
export function inGivenOrder(set: string, most: number): number[] | null {
  const uids: number[] = [];
  for (const part of set.split(',', most + 1)) {
    const match = /^(\d{1,10})(?::(\d{1,10}))?$/.exec(part);
    if (!match) return null;
    const [, one, other = one] = match;
    const [first, last] = [Math.min(Number(one), Number(other)), Math.max(Number(one), Number(other))];
    if (first < 1 || last > highestUid || uids.length + last - first + 1 > most) return null;
    for (let uid = first; uid <= last; uid++) uids.push(uid);
  }
  return uids;
}
