import type { Phase } from '../answer.ts';
import type { Family } from '../providers.ts';
import type { Reason } from '../reasons.ts';

/** One row of a table: when everything it names fits the answer, this is the reason. Absent = does not matter. */
export interface Rule {
  readonly name: string;
  readonly from?: readonly Family[];
  readonly protocol?: 'imap' | 'smtp';
  readonly phase?: readonly Phase[];
  /** SMTP reply code, enhanced code or IMAP bracket code, as `code` of the row's table says. */
  readonly code?: RegExp;
  /** Matched against one lower-case line. Linear time only: no quantifier inside a quantified group, gaps bounded. */
  readonly words?: RegExp;
  readonly reason: Reason;
  /** Only where it differs from the reason's own: `true` even on a 4xx, `false` even on a 5xx. */
  readonly permanent?: boolean;
}

/** The phases in which a server judges the login. */
export const atLogin: readonly Phase[] = ['connect', 'tls', 'greeting', 'auth', 'bye'];

/** The phases in which a server judges the mail. */
export const atSending: readonly Phase[] = ['mail', 'rcpt', 'data'];
