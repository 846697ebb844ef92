import { z } from 'zod';

/**
 * Where a page of a list ended: the sort key of its last message. What is added or deleted later moves nothing: the next
 * page holds what comes after that key. `score`: of a ranked list. `at` is in microseconds, which Postgres counts in.
 */
export type Place = { at: string; id: string; score?: string | undefined };

/** Mail comes between 1970 and 9999; Postgres has no words for times that are far from that, nor for such numbers. */
const lastMicros = 253_402_300_799_999_999n;
const time = z.string().refine((at) => /^\d{1,18}$/.test(at) && BigInt(at) <= lastMicros);
const score = z.string().regex(/^-?\d{1,4}(\.\d{1,20})?(e-?\d{1,2})?$/);
const written = z.union([z.tuple([time, z.uuid()]), z.tuple([time, z.uuid(), score])]);

/** A place as text that callers have no reason to look into. */
export const cursorOf = ({ at, id, score }: Place): string =>
  Buffer.from(JSON.stringify(score === undefined ? [at, id] : [at, id, score])).toString('base64url');

/** The place of a cursor, or null when it is none of ours. */
export function placeOf(cursor: string): Place | null {
  try {
    const parsed = written.safeParse(JSON.parse(Buffer.from(cursor, 'base64url').toString()));
    if (!parsed.success) return null;
    const [at, id, score] = parsed.data;
    return { at, id, score };
  } catch {
    return null;
  }
}
