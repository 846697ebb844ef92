/** What Nodemailer's errors mean. Nobody else looks inside them. */
import { MailError } from './errors.ts';
import { classify, clean, type Phase } from './refusals/index.ts';

/** The fields that Nodemailer hangs on its errors, as far as we read them. */
export type NodemailerFault = Error & {
  code?: string | undefined;
  /** Node's own code, when `code` only names the kind. */
  originalCode?: string | undefined;
  response?: string | undefined;
  responseCode?: number | undefined;
  command?: string | undefined;
  recipient?: string | undefined;
  /** What the server put before its refusal of a token, base64. */
  challenge?: string | undefined;
  rejectedErrors?: NodemailerFault[] | undefined;
};

/** How far a mail had come when it failed. `end`: its last byte was sent, and whether it was taken is not known. */
export type SendStage = 'envelope' | 'body' | 'end';

/** A mail that did not go through. `uncertain`: its end was sent and no answer came, so it may have gone out. */
export class SendError extends MailError {
  override name = 'SendError';
  readonly stage: SendStage;
  readonly uncertain: boolean;
  readonly rejected: RefusedRecipient[];

  constructor(
    fault: ConstructorParameters<typeof MailError>[0] & {
      stage: SendStage;
      uncertain?: boolean;
      rejected?: RefusedRecipient[];
    },
    options?: { cause?: unknown },
  ) {
    super(fault, options);
    this.stage = fault.stage;
    this.uncertain = fault.uncertain ?? false;
    this.rejected = fault.rejected ?? [];
  }
}

/** A recipient that the server refused. */
export type Rejected = { address: string; response: string };

/** The same, with what it means: one that is refused for now is tried again. */
export type RefusedRecipient = Rejected & {
  reason: MailError['reason'];
  permanent: boolean;
  retryAfterMs?: number | undefined;
};

const phases: Record<string, Phase> = {
  'MAIL FROM': 'mail',
  'RCPT TO': 'rcpt',
  DATA: 'data',
  EHLO: 'greeting',
  STARTTLS: 'tls',
};

/** The reason, its permanence and the server's words, of whatever Nodemailer threw. */
export function faultOf(
  error: NodemailerFault,
  about: {
    host: string;
    phase?: Phase | undefined;
    mechanism?: string | undefined;
    secrets?: readonly string[] | undefined;
  },
): ConstructorParameters<typeof MailError>[0] {
  const { response } = error;
  const phase = about.phase ?? phases[error.command ?? ''];
  // Nodemailer repeats the server's words in its message; only a failure of the socket is told by the message alone.
  const own = response === undefined ? { errorMessage: error.message } : {};
  const verdict = classify({
    protocol: 'smtp',
    host: about.host,
    phase,
    code: error.responseCode,
    text: response,
    mechanism: about.mechanism,
    challenge: error.challenge,
    errorCode: error.originalCode ?? error.code,
    ...own,
  });
  return {
    reason: verdict.reason,
    permanent: verdict.permanent,
    protocol: 'smtp',
    response: clean(response ?? '', about.secrets),
    retryAfterMs: verdict.retryAfterMs,
    url: verdict.url,
  };
}
