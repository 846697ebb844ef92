import { MailError } from './errors.ts';
import { type Answer, classify, clean, type Phase } from './refusals/index.ts';

/** What is known about a failure beside the error itself. */
export interface Circumstances {
  phase: Phase;
  host: string;
  /** The server's greeting and its last refusing lines, as it sent them. */
  greeting?: string | undefined;
  lines?: readonly string[];
  mechanism?: string | undefined;
  /** What must not be repeated although the server said it: some echo the command with the password in it. */
  secrets?: readonly string[];
}

/** The parts of ImapFlow's and Node's errors that say something. Both are plain objects; nothing is sure to be there. */
interface LibraryError {
  message?: string;
  code?: string;
  responseStatus?: string;
  responseText?: string;
  serverResponseCode?: string;
  response?: unknown;
  reason?: string;
  mailboxMissing?: boolean;
  oauthError?: unknown;
  _err?: unknown;
}

/**
 * The one place where errors of ImapFlow, of sockets and of TLS become ours. ImapFlow marks every refused LOGIN as
 * `authenticationFailed`, also an UNAVAILABLE one: so the server's own lines are what is judged, code before words.
 */
export function imapFault(error: unknown, circumstances: Circumstances): MailError {
  if (error instanceof MailError) return error;
  const { phase, host, greeting, lines = [], mechanism, secrets = [] } = circumstances;
  const known = error as LibraryError;
  const own = ownVerdict(known, circumstances);
  const spoken = lines.length > 0 ? [...lines] : spokenIn(known);
  const response = clean(spoken.map(withoutTag).filter(Boolean).join(' '), secrets);
  const options = { cause: secrets.length > 0 ? withoutAnswer(known, secrets) : error };
  if (own) return new MailError({ ...own, protocol: 'imap', response: response || clean(own.words) }, options);

  const socketSpeaks = known.responseStatus === undefined;
  const answer: Answer = {
    protocol: 'imap',
    phase,
    host,
    greeting,
    mechanism,
    code: known.serverResponseCode,
    lines: spoken,
    ...(socketSpeaks && { errorCode: known.code, errorMessage: known.message }),
  };
  const { reason, permanent, retryAfterMs, url } = classify(answer);
  return new MailError({ reason, permanent, retryAfterMs, url, protocol: 'imap', response }, options);
}

/** ImapFlow's error repeats the server's answer, in which a careless server may have put the password. */
const withoutAnswer = ({ message = '', code }: LibraryError, secrets: readonly string[]) =>
  Object.assign(new Error(clean(message, secrets)), code !== undefined && { code });

type Verdict = { reason: MailError['reason']; permanent: boolean; words: string };

/** What only this library's own codes tell, and no server said. */
function ownVerdict(
  { code, message, mailboxMissing }: LibraryError,
  { greeting, lines = [] }: Circumstances,
): Verdict | undefined {
  if (mailboxMissing || code === 'NotFound') {
    return { reason: 'mailbox.folder_missing', permanent: true, words: '' };
  }
  if (code === 'STARTTLS_INJECTION') {
    return { reason: 'tls.handshake', permanent: false, words: 'data was sent between STARTTLS and TLS' };
  }
  // ImapFlow's words for "required, and not there". A server that offers it and then refuses may be in trouble.
  if (/STARTTLS/.test(message ?? '')) return { reason: 'tls.required', permanent: lines.length === 0, words: message! };
  if (code !== undefined && tooLarge.test(code)) {
    // Nothing that an honest server sends; but it may be honest again tomorrow.
    return { reason: 'unknown', permanent: false, words: `the server sent more than we take (${code})` };
  }
  return greeting === undefined ? undefined : refusedGreeting(greeting);
}

const tooLarge = /^(?:LineTooLarge|LiteralTooLarge|ResponseTooLarge|TooManyTokens|TooManyResponses)$/;

/** The error of a server that sends more than an honest one would. */
export const tooMuch = () =>
  Object.assign(new Error('The server sent more than was to be expected'), { code: 'ResponseTooLarge' });

/** Why there is nothing to say to a server that greets like this; undefined when it may be talked to. */
export function refusedGreeting(greeting: string): Verdict | undefined {
  if (/^\s*\* (?:OK|BYE|NO|BAD)\b/i.test(greeting)) return undefined;
  // Such a session would work with any password, so it proves nothing about ours; on the way to STARTTLS it is a known
  // trick of somebody in between.
  if (/^\s*\* PREAUTH\b/i.test(greeting)) {
    return { reason: 'auth.mechanism_unsupported', permanent: true, words: 'the server asks for no login (PREAUTH)' };
  }
  const reason = /^\s*(?:\+OK|-ERR)\b/.test(greeting) ? 'protocol.pop3' : 'protocol.not_imap';
  return { reason, permanent: true, words: greeting };
}

/** What the error itself repeats of the server's words: status and text of the tagged answer, or the BYE. */
function spokenIn({ responseStatus, responseText, serverResponseCode, response, reason }: LibraryError): string[] {
  const text = responseText ?? (typeof response === 'string' ? response : undefined);
  if (text !== undefined || responseStatus !== undefined) {
    const code = serverResponseCode === undefined ? '' : `[${serverResponseCode}] `;
    return [`${responseStatus ?? 'NO'} ${code}${text ?? ''}`.trim()];
  }
  return reason === undefined ? [] : [`* BYE ${reason}`];
}

/** A line without what only the protocol needs: its tag, and a challenge that is nothing but base64. */
const withoutTag = (line: string) =>
  line.startsWith('+ ') ? '' : line.replace(/^(?:\*|[0-9A-F]{1,8}) (?=(?:NO|BAD|BYE|OK)\b)/i, '');
