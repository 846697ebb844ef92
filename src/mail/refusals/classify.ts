import { type Answer, type Reading, read } from './answer.ts';
import { retryAfter } from './hints.ts';
import { trustedLink } from './providers.ts';
import { permanentByDefault, type Reason } from './reasons.ts';
import {
  brackets,
  commandReplies,
  decisiveBrackets,
  decisiveStatus,
  enhancedCodes,
  replyCodes,
} from './rules/codes.ts';
import { loginWords } from './rules/login-words.ts';
import { entraNumbers, entraWrappers, oauthErrors, oauthWords } from './rules/oauth.ts';
import { providerRules } from './rules/providers.ts';
import { any, type Rule } from './rules/rule.ts';
import { sendWords } from './rules/send-words.ts';
import { socketRules } from './rules/sockets.ts';

/** What an answer means. */
export interface Verdict {
  reason: Reason;
  /** Trying again without a change by a person is of no use. Never true for what time mends. */
  permanent: boolean;
  /** The server's own wish for a pause. */
  retryAfterMs?: number;
  /** A link on the provider's own site that the server gave, such as Google's "log in here". */
  url?: string;
  /** The row that decided, for logs and metrics. */
  rule: string;
}

/** A server that speaks of later expects us back, whatever else it says; waiting is the smaller mistake. */
const passing = any(
  /temporar|try (?:again|it) (?:later|tomorrow)|try later|retry later|(?:come|check) back later|for the (?:day|moment)\b/,
  /vorubergehend|spater (?:erneut|noch)|midlertidig|tillfallig|tijdelijk|temporane|tymczasow|docasn|временн|позже|暂时|稍后/,
);

interface Hit {
  rule: string;
  reason: Reason;
  permanent?: boolean | undefined;
}

/**
 * Tell why a server refused. Safe to call with whatever a server sends; hangs on nothing else, but on the clock where
 * the server names a time. The order is: what the socket says,
 * which protocol answered, codes that leave no choice, the provider's own wording, wording that many servers share, and
 * last the codes that only give a class.
 */
export function classify(answer: Answer): Verdict {
  const reading = read(answer);
  const hit = decide(reading);
  const retryAfterMs = retryAfter(reading.words);
  const passes = reading.temporary || retryAfterMs !== undefined || passing.test(reading.words);
  const permanent = hit.permanent ?? (permanentByDefault(hit.reason) && !passes);
  const url = linkOf(reading);
  return {
    reason: hit.reason,
    permanent,
    ...(retryAfterMs !== undefined && { retryAfterMs }),
    ...(url && { url }),
    rule: hit.rule,
  };
}

function decide(reading: Reading): Hit {
  if (reading.protocol === 'dns') return socketHit(reading) ?? { rule: 'dns', reason: 'network.dns' };
  const said = reading.words !== '' || reading.challenge !== undefined || reading.oauthErrors.length > 0;
  const socket = socketHit(reading);
  // A line that the server got out before the socket broke tells more than the break; a bad name or certificate does not.
  if (socket && (!said || /^(?:dns|tls\.(?!code|cut|setup))/.test(socket.rule))) return socket;
  const spoken = reading.protocol === 'oauth' ? oauthHit(reading) : serverHit(reading);
  return spoken ?? socket ?? { rule: 'none', reason: 'unknown' };
}

function socketHit({ protocol, errorCode, errorWords }: Reading): Hit | undefined {
  if (errorCode === undefined && errorWords === '') return undefined;
  for (const rule of socketRules) {
    if (!rule.words?.test(errorWords) && !(errorCode !== undefined && rule.code?.test(errorCode))) continue;
    return rule.reason === 'protocol.not_imap' && protocol === 'smtp'
      ? { rule: rule.name, reason: 'protocol.not_smtp' }
      : hitOf(rule);
  }
  return undefined;
}

function serverHit(reading: Reading): Hit | undefined {
  const hit =
    protocolHit(reading) ??
    first(decisiveBrackets, reading, reading.brackets) ??
    first(providerRules, reading, codesOf(reading)) ??
    first(decisiveStatus, reading, reading.enhanced ? [reading.enhanced] : []) ??
    first(commandReplies, reading, reading.smtpCode ? [String(reading.smtpCode)] : []) ??
    wordsHit(reading) ??
    challengeHit(reading) ??
    first(brackets, reading, reading.brackets) ??
    first(enhancedCodes, reading, reading.enhanced ? [reading.enhanced] : []) ??
    first(replyCodes, reading, reading.smtpCode ? [String(reading.smtpCode)] : []) ??
    byeHit(reading) ??
    badHit(reading);
  return hit && tokenInsteadOfPassword(hit, reading);
}

/** Another protocol answers on this port, or this one only after STARTTLS. */
function protocolHit(reading: Reading): Hit | undefined {
  const { protocol, phase, words } = reading;
  const raw = reading.greeting || reading.raw;
  if (/^\s?\+OK\b/.test(raw)) return { rule: 'greeting.pop3', reason: 'protocol.pop3' };
  const notThis: Reason = protocol === 'smtp' ? 'protocol.not_smtp' : 'protocol.not_imap';
  if (/^\s?(?:HTTP\/\d|SSH-|<!doctype|<html|-ERR|\{")/i.test(raw)) return { rule: 'greeting.other', reason: notThis };
  if (protocol === 'smtp' && /^\s?\* (?:OK|PREAUTH|BYE)\b/.test(raw)) return { rule: 'greeting.imap', reason: notThis };
  if (protocol === 'imap' && /^\s?[2-5]\d\d[ -]/.test(raw)) return { rule: 'greeting.smtp', reason: notThis };
  if (phase === 'greeting' && /logindisabled/.test(words))
    return { rule: 'greeting.logindisabled', reason: 'tls.required' };
  return undefined;
}

function wordsHit(reading: Reading): Hit | undefined {
  const { protocol, phase, smtpCode } = reading;
  if (protocol === 'imap') return first(loginWords, reading, []);
  const sending = phase === undefined || phase === 'mail' || phase === 'rcpt' || phase === 'data';
  // A greeting of 5xx judges our address as it would judge a mail; one of 4xx is about load.
  const turnedAway = (phase === 'greeting' || phase === 'connect') && (smtpCode ?? 0) >= 500;
  const [near, far] = sending || turnedAway ? [sendWords, loginWords] : [loginWords, sendWords];
  const codes = codesOf(reading);
  return first(near, reading, codes) ?? first(far, reading, codes);
}

/** RFC 7628 and Google's dialect of it: why the token was refused. */
function challengeHit({ challenge }: Reading): Hit | undefined {
  if (challenge === undefined) return undefined;
  if (/scope|^403/.test(challenge)) return { rule: 'challenge.scope', reason: 'auth.insufficient_scope' };
  if (/^5\d\d|unavailable/.test(challenge)) return { rule: 'challenge.server', reason: 'server.unavailable' };
  if (/invalid_request/.test(challenge)) return { rule: 'challenge.request', reason: 'protocol.bad_command' };
  return { rule: 'challenge.token', reason: 'auth.token_expired' };
}

/** A refused token comes in the same words as a refused password. */
function tokenInsteadOfPassword(hit: Hit, reading: Reading): Hit {
  const password = hit.reason === 'auth.invalid_credentials' || hit.reason === 'auth.app_password_required';
  if (!password || !(reading.oauthLogin || reading.challenge !== undefined)) return hit;
  return challengeHit(reading) ?? { rule: `${hit.rule}.token`, reason: 'auth.token_expired' };
}

/** A BYE without a reason ends an old session; at the door it means that the server does not want us now. */
function byeHit({ protocol, phase, words }: Reading): Hit | undefined {
  if (protocol !== 'imap' || !/\bbye\b/.test(words)) return undefined;
  const early = phase === 'greeting' || phase === 'connect' || phase === 'auth';
  return early ? { rule: 'bye.early', reason: 'server.unavailable' } : { rule: 'bye', reason: 'session.expired' };
}

/** BAD says that our command was wrong (RFC 9051 7.1.3). Servers say it of other things too, so it is tried again. */
function badHit({ protocol, words }: Reading): Hit | undefined {
  if (protocol !== 'imap' || !/^(?:\S{1,40} )?bad\b/.test(words)) return undefined;
  return { rule: 'bad', reason: 'protocol.bad_command', permanent: false };
}

function oauthHit(reading: Reading): Hit | undefined {
  const numbers = reading.aadsts.filter((number) => !entraWrappers.has(number));
  for (const number of numbers.length > 0 ? numbers : reading.aadsts) {
    const verdict = entraNumbers.get(number);
    if (verdict) return { rule: `entra.${number}`, ...verdict };
  }
  // The sub-error is narrower than the error, and comes after it.
  const generic = new Set(['invalid_grant', 'invalid_request', 'access_denied', 'interaction_required']);
  const narrow = reading.oauthErrors.filter((error) => !generic.has(error));
  const words = oauthWords.find((rule) => rule.words.test(reading.words));
  for (const error of [...narrow, ...(words ? [] : reading.oauthErrors)]) {
    const verdict = oauthErrors.get(error);
    if (verdict) return { rule: `oauth.${error}`, ...verdict };
  }
  if (words) return hitOf(words);
  if (reading.httpStatus === 429) return { rule: 'oauth.http-429', reason: 'rate.limited' };
  if ((reading.httpStatus ?? 0) >= 500) return { rule: 'oauth.http-5xx', reason: 'server.unavailable' };
  return undefined;
}

function codesOf({ enhanced, smtpCode, brackets }: Reading): string[] {
  return [...(enhanced ? [enhanced] : []), ...(smtpCode ? [String(smtpCode)] : []), ...brackets];
}

/** The first row that fits. Where the code says "temporary", a login is never refused for good by words alone. */
function first(rules: readonly Rule[], reading: Reading, codes: readonly string[]): Hit | undefined {
  const { family, protocol, phase, words, temporary, atHome } = reading;
  const atLogin = phase === 'auth' || phase === 'greeting' || protocol === 'imap';
  for (const rule of rules) {
    if (rule.from && (family === undefined || !rule.from.includes(family))) continue;
    if (rule.atHome && !atHome) continue;
    if (rule.protocol && rule.protocol !== protocol) continue;
    if (rule.phase && phase !== undefined && !rule.phase.includes(phase)) continue;
    if (temporary && atLogin && rule.permanent === undefined && permanentByDefault(rule.reason)) continue;
    if (rule.code && !codes.some((code) => rule.code?.test(code))) continue;
    if (rule.words && !rule.words.test(words)) continue;
    return hitOf(rule);
  }
  return undefined;
}

function hitOf(rule: { name: string; reason: Reason; permanent?: boolean }): Hit {
  return { rule: rule.name, reason: rule.reason, permanent: rule.permanent };
}

function linkOf({ raw, host, family }: Reading): string | undefined {
  const links = raw.match(/https:\/\/[^\s\]<>"'`\\]{4,900}/g) ?? [];
  for (const link of links.slice(0, 4)) {
    const kept = trustedLink(link.replace(/[.,;)]+$/, ''), host, family);
    if (kept) return kept;
  }
  return undefined;
}
