import { type Family, familyOf, familyOfHost } from './providers.ts';

/** Where in a session the answer came. */
export type Phase =
  | 'connect'
  | 'tls'
  | 'greeting'
  | 'auth'
  | 'select'
  | 'idle'
  | 'bye'
  | 'mail'
  | 'rcpt'
  | 'data'
  | 'token';

/** What a server (or the socket to it) said, as far as the caller knows it. Everything but the protocol may be absent. */
export interface Answer {
  protocol: 'imap' | 'smtp' | 'oauth' | 'dns';
  phase?: Phase | undefined;
  host?: string | undefined;
  /** The provider's name, when discovery knew it. */
  provider?: string | undefined;
  /** The greeting line: shows the software, or that another protocol answers here. */
  greeting?: string | undefined;
  /** IMAP bracket code, SMTP reply code, or OAuth `error`. */
  code?: string | number | undefined;
  /** Enhanced status code (RFC 3463), `5.7.8`. */
  enhanced?: string | undefined;
  /** The server's words: one answer, or the raw body of the token endpoint. */
  text?: string | undefined;
  /** All lines of the exchange in order: untagged, tagged, BYE. Read together with `text`. */
  lines?: readonly string[] | undefined;
  /** SASL mechanism of the attempt, or `LOGIN` for the IMAP command. */
  mechanism?: string | undefined;
  /** The base64 challenge that an XOAUTH2 or OAUTHBEARER refusal carries. */
  challenge?: string | undefined;
  /** The token endpoint's error, parsed. */
  oauth?: OAuthError | undefined;
  /** Node's, ImapFlow's or Nodemailer's error code and message. */
  errorCode?: string | undefined;
  errorMessage?: string | undefined;
}

/** The body of a refusal by an OAuth token endpoint (RFC 6749 5.2, with Microsoft's and Google's additions). */
export interface OAuthError {
  error?: string | undefined;
  error_description?: string | undefined;
  error_codes?: readonly number[] | undefined;
  suberror?: string | undefined;
  error_subtype?: string | undefined;
  /** HTTP status. */
  status?: number | undefined;
}

/** An answer taken apart once, so that the rules only compare. */
export interface Reading {
  protocol: Answer['protocol'];
  phase: Phase | undefined;
  family: Family | undefined;
  host: string | undefined;
  /** The host is the provider's own, as far as is known, and not one that only runs its software. */
  atHome: boolean;
  /** The greeting as it came, cut. */
  greeting: string;
  /** Lines as they came, cut at a fixed length. */
  raw: string;
  /** Lower-case, one line, reply codes and accents removed: what the word rules read. */
  words: string;
  /** IMAP response codes, upper-case. */
  brackets: readonly string[];
  smtpCode: number | undefined;
  enhanced: string | undefined;
  /** The server's code itself says that this passes. */
  temporary: boolean;
  oauthLogin: boolean;
  challenge: string | undefined;
  oauthErrors: readonly string[];
  aadsts: readonly number[];
  httpStatus: number | undefined;
  errorCode: string | undefined;
  errorWords: string;
}

/** Longest text that any pattern sees: a hostile line of a megabyte costs no more than a long honest one. */
const maxText = 2_000;
const maxWords = 1_000;
const maxLines = 8;
/** Lines that are looked at, at each end of an answer. */
const endLines = 32;

/**
 * Which lines of an exchange speak of a refusal. A greeting or capability line beside them would only mislead:
 * LOGINDISABLED before STARTTLS is no answer to the login that failed after it.
 */
const refusingLine: Partial<Record<Answer['protocol'], RegExp>> = {
  imap: /^(?:\S{1,40} )?(?:NO|BAD|BYE|OK \[ALERT\])(?![a-z])|^\+ \S/i,
  smtp: /^(?:[45]\d\d|334)[ -]/,
};

/**
 * An untagged line that is no response of IMAP (RFC 9051 and its extensions), such as hMailServer's
 * "* Too many invalid logon attempts." A server that leaves the protocol to say something says it to a person.
 */
export const isFreeSpeech = (line: string): boolean =>
  /^\* (?!(?:OK|PREAUTH|CAPABILITY|FLAGS|X?LIST|LSUB|STATUS|E?SEARCH|SORT|THREAD|ID|ENABLED|NAMESPACE|(?:LIST|MY)RIGHTS|ACL|QUOTA(?:ROOT)?|METADATA|ANNOTATION|VANISHED|FETCH|LANGUAGE|COMPARATOR|CONVERSION|\d{1,12} \S{1,20})(?:\W|$))[A-Za-z]{2,}(?: \S|$)/i.test(
    line.slice(0, 200),
  );

/** Letters that Unicode does not take apart. */
const foldedLetters: Readonly<Record<string, string>> = { ß: 'ss', ø: 'o', æ: 'ae', ł: 'l', đ: 'd', ı: 'i' };

const temporaryBrackets = new Set([
  'UNAVAILABLE',
  'SERVERBUG',
  'INUSE',
  'LIMIT',
  'THROTTLED',
  'SYS/TEMP',
  'CORRUPTION',
]);

/** Take an answer apart. */
export function read(answer: Answer): Reading {
  const raw = rawText(answer);
  const code = String(answer.code ?? '').slice(0, 100);
  const smtp = answer.protocol === 'smtp' ? smtpCodes(`${code} ${answer.enhanced ?? ''}`, raw) : {};
  const brackets = answer.protocol === 'imap' ? bracketCodes(code, raw) : [];
  const greeting = (answer.greeting ?? '').slice(0, 300);
  const words = plainWords(raw.slice(0, maxWords));
  // A resolver has no words of its own: what it says is an error of ours.
  const message = answer.errorMessage ?? (answer.protocol === 'dns' ? answer.text : undefined);
  const errorWords = plainWords((message ?? '').slice(0, maxWords));
  const oauth = answer.protocol === 'oauth' ? oauthCodes(answer, code, raw) : { errors: [], aadsts: [] };
  return {
    protocol: answer.protocol,
    phase: answer.phase ?? phaseOfCode(smtp.code, answer.protocol),
    family: familyOf({
      ...(answer.provider && { provider: answer.provider }),
      ...(answer.host && { host: answer.host }),
      words: `${plainWords(greeting)} ${words}`,
    }),
    host: answer.host,
    atHome: !answer.host || answer.provider !== undefined || familyOfHost(answer.host) !== undefined,
    greeting,
    raw,
    words,
    brackets,
    smtpCode: smtp.code,
    enhanced: smtp.enhanced,
    temporary: isTemporary(smtp.code, smtp.enhanced) || brackets.some((bracket) => temporaryBrackets.has(bracket)),
    oauthLogin: /^(?:xoauth2?|oauthbearer)$/i.test(answer.mechanism ?? ''),
    challenge: challengeStatus(answer.challenge, raw),
    oauthErrors: oauth.errors,
    aadsts: oauth.aadsts,
    httpStatus: answer.oauth?.status,
    errorCode: answer.errorCode?.slice(0, 60),
    errorWords,
  };
}

function rawText(answer: Answer): string {
  const given = answer.lines ?? [];
  const all = given.length > 2 * endLines ? [...given.slice(0, endLines), ...given.slice(-endLines)] : [...given];
  const refusing = all.filter(
    (line) =>
      refusingLine[answer.protocol]?.test(line.slice(0, 200)) || (answer.protocol === 'imap' && isFreeSpeech(line)),
  );
  const lines = refusing.length > 0 ? refusing : all;
  // The first lines name the cause and the last one is the verdict; a flood between them is noise.
  const kept = lines.length > maxLines ? [...lines.slice(0, maxLines / 2), ...lines.slice(-maxLines / 2)] : lines;
  if (answer.text) kept.push(answer.text);
  else if (kept.length === 0) kept.push(replyInside(answer.errorMessage));
  if (answer.oauth?.error_description) kept.push(answer.oauth.error_description);
  const each = Math.max(200, Math.floor(maxText / Math.max(1, kept.length)));
  return kept
    .map((line) => line.slice(0, each))
    .join('\n')
    .slice(0, maxText);
}

/** Nodemailer puts the server's reply behind its own words: "Invalid login: 535 5.7.8 …". */
function replyInside(message: string | undefined): string {
  const reply = /(?:: |response=|greeting: )(?=[2-5]\d\d[ -]|\* (?:OK|NO|BYE|BAD|PREAUTH)\b|\+OK)/.exec(message ?? '');
  return reply ? (message ?? '').slice(reply.index + reply[0].length) : '';
}

function isTemporary(code: number | undefined, enhanced: string | undefined): boolean {
  // Where the two disagree, waiting is the smaller mistake.
  return (code !== undefined && code >= 400 && code < 500) || (enhanced?.startsWith('4') ?? false);
}

/** 53x and the two temporary ones exist only as answers to AUTH (RFC 4954). */
function phaseOfCode(code: number | undefined, protocol: Answer['protocol']): Phase | undefined {
  if (protocol === 'oauth') return 'token';
  return code !== undefined && (code === 334 || code === 432 || code === 454 || (code >= 534 && code <= 538))
    ? 'auth'
    : undefined;
}

function smtpCodes(given: string, raw: string): { code?: number; enhanced?: string } {
  const code = /(?:^|\s)([2-5]\d\d)(?![\d.])/.exec(given)?.[1] ?? /^([2-5]\d\d)(?=[\s-]|$)/.exec(raw)?.[1];
  // `(?!\.?\d)` keeps an IPv4 address from being read as a status.
  const enhancedPattern = /(?:^|[^\d.])([245]\.\d{1,2}\.\d{1,3})(?!\.?\d)/;
  const enhanced = enhancedPattern.exec(given)?.[1] ?? enhancedPattern.exec(raw)?.[1];
  return { ...(code && { code: Number(code) }), ...(enhanced && { enhanced }) };
}

function bracketCodes(given: string, raw: string): string[] {
  const found = [...raw.matchAll(/\[([A-Z][A-Z0-9/-]{2,30})[\]\s]/g)].map((match) => match[1] ?? '');
  const code = /^\[?([A-Za-z][A-Za-z0-9/-]{2,30})/.exec(given)?.[1]?.toUpperCase();
  return code && !found.includes(code) ? [code, ...found] : found;
}

function oauthCodes(answer: Answer, code: string, raw: string): { errors: string[]; aadsts: number[] } {
  const errors = [answer.oauth?.error, answer.oauth?.suberror, answer.oauth?.error_subtype];
  for (const match of raw.matchAll(/"(?:error|suberror|error_subtype)"\s?:\s?"([^"]{2,80})"/g)) errors.push(match[1]);
  if (/^[A-Za-z_.]{4,60}$/.test(code)) errors.push(code);
  errors.push(/^(?:error[=:]\s?)?([a-z]+_[a-z_]{2,50})(?![a-z0-9])/.exec(raw)?.[1]);
  const aadsts = [...`${code} ${raw}`.matchAll(/AADSTS(\d{4,8})/g)].map((match) => Number(match[1]));
  for (const number of answer.oauth?.error_codes?.slice(0, 8) ?? []) aadsts.push(number);
  return {
    errors: errors.filter((error) => error !== undefined).map((error) => error.slice(0, 80).toLowerCase()),
    aadsts,
  };
}

/** The `status` inside the JSON of an XOAUTH2 or OAUTHBEARER challenge. */
function challengeStatus(given: string | undefined, raw: string): string | undefined {
  const base64 = given ?? /^(?:\+|334) ([A-Za-z0-9+/]{8,1500}={0,2})\s?$/m.exec(raw)?.[1];
  if (!base64) return undefined;
  const json = Buffer.from(base64.slice(0, maxText), 'base64').toString('latin1');
  return /"status"\s?:\s?"?([a-z0-9_]{3,40})/i.exec(json)?.[1]?.toLowerCase();
}

/** One lower-case line without reply codes, accents and control characters, so that a phrase is found across lines. */
function plainWords(text: string): string {
  let plain = text.replace(/^(?:\d{3}[ -])?(?:[245]\.\d{1,2}\.\d{1,3}[ ])?/gm, '').toLowerCase();
  if (/[^\x20-\x7e]/.test(plain)) {
    plain = plain
      .replace(/[\u2018\u2019\u00b4]/g, "'")
      .normalize('NFD')
      .replace(/[\u0300-\u036f]/g, '')
      .replace(/[ßøæłđı]/g, (letter) => foldedLetters[letter] ?? letter)
      .replace(/[\x00-\x1f\x7f-\x9f\u00a0\u200b-\u200f\u2028-\u202f\ufeff]+/g, ' ');
  }
  // An address has dots and words of its own, which would end a phrase or fit one.
  if (plain.includes('@')) plain = plain.replace(/[^\s@<]{1,64}@[^\s@>:;,]{1,100}/g, 'x@x');
  return plain.replace(/ {2,}/g, ' ').trim();
}
