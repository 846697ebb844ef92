import type { Phase } from '../answer.ts';
import type { Family } from '../providers.ts';
import type { Reason } from '../reasons.ts';

/** One row of a table: when everything it names fits the answer, this is the reason. Absent = does not matter. */
export interface Rule {
  readonly name: string;
  readonly from?: readonly Family[];
  readonly protocol?: 'imap' | 'smtp';
  readonly phase?: readonly Phase[];
  /** Not for the provider's software at somebody else's host. */
  readonly atHome?: true;
  /** Tried on each code that the row's table is about: enhanced code, reply code, IMAP bracket code. */
  readonly code?: RegExp;
  /**
   * Tried on the server's words: one lower-case line without codes and accents. The text may be hostile, so matching is
   * linear: no quantifier over an ambiguous group, and gaps are counted in words or characters.
   */
  readonly words?: RegExp;
  readonly reason: Reason;
  /** Only where it differs from the reason's own: `true` even on a 4xx, `false` even on a 5xx. */
  readonly permanent?: boolean;
}

/** The phases in which a server judges the login. */
export const atLogin: readonly Phase[] = ['connect', 'tls', 'greeting', 'auth', 'bye'];

/** The phases after the login in which IMAP answers come. */
export const inSession: readonly Phase[] = ['select', 'idle', 'bye'];

/** The phases in which a server judges the mail. */
export const atSending: readonly Phase[] = ['mail', 'rcpt', 'data'];

/** One pattern of many phrases, so that a row lists them a line each and is still matched in one go. */
export const any = (...phrases: readonly RegExp[]): RegExp => new RegExp(phrases.map(({ source }) => source).join('|'));

/** Rows that hold for one provider only. */
export const saidBy = (from: readonly Family[], rules: readonly Rule[]): readonly Rule[] =>
  rules.map((rule) => ({ ...rule, from }));

/**
 * The phrases, unless the same words speak of a passing trouble: a provider whose every refused password means one
 * thing has bad days too.
 */
export const lasting = (...phrases: readonly RegExp[]): RegExp =>
  new RegExp(
    `^(?!.*(?:temporar|(?<!reason )unavailable|later\\b|busy|maintenance|internal|server error|time-?out)).*?(?:${any(...phrases).source})`,
  );
