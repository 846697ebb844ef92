import type { Refusal } from '../words.ts';
import { type Reason, userAction } from './refusals/index.ts';

type Protocol = Refusal['protocol'];

/**
 * What `src/mail` throws: a reason of the contract, whether time can mend it, and the server's own words (cleaned).
 * Nothing outside of this folder looks into the errors of a protocol library.
 */
export class MailError extends Error {
  override name = 'MailError';
  readonly reason: Reason;
  readonly permanent: boolean;
  readonly protocol: Protocol;
  /** The server's own words, cut and cleaned of control characters and secrets; empty when it said nothing. */
  readonly response: string;
  /** The server asked to wait this long. */
  readonly retryAfterMs: number | undefined;
  /** A page that the server named for the owner to visit. */
  readonly url: string | undefined;
  /** The secret was sent and no answer came: for all we know, the server has counted a failed login. */
  readonly unheard: boolean;

  constructor(
    fault: {
      reason: Reason;
      permanent: boolean;
      protocol: Protocol;
      response?: string;
      retryAfterMs?: number | undefined;
      url?: string | undefined;
      unheard?: boolean;
    },
    options?: { cause?: unknown },
  ) {
    super(`${fault.protocol}: ${fault.reason}${fault.response ? ` (${fault.response})` : ''}`, options);
    this.reason = fault.reason;
    this.permanent = fault.permanent;
    this.protocol = fault.protocol;
    this.response = fault.response ?? '';
    this.retryAfterMs = fault.retryAfterMs;
    this.url = fault.url;
    this.unheard = fault.unheard ?? false;
  }
}

/** The same failure, of a login whose secret had been sent: silence may be how this server refuses. */
export function afterSecret(error: MailError): MailError {
  if (!/^network\.(?:timeout|reset)$/.test(error.reason)) return error;
  const { reason, permanent, protocol, response, retryAfterMs, url } = error;
  const options = error.cause === undefined ? {} : { cause: error.cause };
  return new MailError({ reason, permanent, protocol, response, retryAfterMs, url, unheard: true }, options);
}

/** A refusal as the contract has it, with what its owner can do in the owner's language. */
export function refusalOf(
  fault: { reason: Reason; permanent: boolean; protocol?: Protocol; response?: string; url?: string | undefined },
  {
    locale,
    provider,
    host,
    until,
    held,
    attempt,
  }: {
    locale: string;
    provider?: string | null;
    host?: string | undefined;
    until?: Date | null;
    held?: boolean;
    attempt?: boolean;
  },
): Refusal {
  const { reason, url } = fault;
  const action = userAction(reason, {
    locale,
    provider: provider ?? undefined,
    host,
    until: until ?? undefined,
    url,
    held,
    attempt,
  });
  return {
    reason: fault.reason,
    permanent: fault.permanent,
    protocol: fault.protocol ?? 'imap',
    response: fault.response ?? '',
    userAction: action,
  };
}
