import type { Rule } from './rule.ts';
import { atSending } from './rule.ts';

/**
 * IMAP response codes (RFC 3501, 5530, 9051 and Google's own) that leave nothing to interpret. Read before any words.
 */
export const decisiveBrackets: readonly Rule[] = [
  // Google: the untagged line before the tagged NO, with the link that lets the owner allow the sign-in.
  { name: 'imap.webalert', code: /^WEBALERT$/, reason: 'login.blocked' },
  { name: 'imap.privacyrequired', code: /^PRIVACYREQUIRED$/, reason: 'tls.required' },
  { name: 'imap.throttled', code: /^THROTTLED$/, reason: 'rate.limited' },
  { name: 'imap.limit', code: /^LIMIT$/, reason: 'rate.limited' },
  { name: 'imap.toobig', code: /^TOOBIG$/, reason: 'send.message_too_large' },
  { name: 'imap.folder', code: /^(?:NONEXISTENT|TRYCREATE)$/, reason: 'mailbox.folder_missing' },
];

/** Codes that give the class; provider and generic words are asked first. */
export const brackets: readonly Rule[] = [
  { name: 'imap.authenticationfailed', code: /^AUTHENTICATIONFAILED$/, reason: 'auth.invalid_credentials' },
  { name: 'imap.authorizationfailed', code: /^AUTHORIZATIONFAILED$/, reason: 'mailbox.access_denied' },
  { name: 'imap.expired', code: /^EXPIRED$/, reason: 'login.blocked' },
  { name: 'imap.contactadmin', code: /^CONTACTADMIN$/, reason: 'account.suspended' },
  { name: 'imap.noperm', code: /^NOPERM$/, reason: 'mailbox.access_denied' },
  { name: 'imap.overquota', code: /^OVERQUOTA$/, reason: 'mailbox.over_quota' },
  {
    name: 'imap.unavailable',
    code: /^(?:UNAVAILABLE|SERVERBUG|CORRUPTION|INUSE|SYS\/TEMP)$/,
    reason: 'server.unavailable',
  },
  {
    name: 'imap.clientbug',
    code: /^(?:CLIENTBUG|CANNOT|BADCHARSET|UNKNOWN-CTE|PARSE)$/,
    reason: 'protocol.bad_command',
  },
];

/** RFC 5321: 500 to 504 and 555 are about a command, as long as the words speak of nothing else. */
export const commandReplies: readonly Rule[] = [
  {
    name: 'smtp.greeting-command',
    code: /^(?:50[0-4]|555)$/,
    words: /\b(?:helo|ehlo)\b/,
    phase: ['greeting', ...atSending],
    reason: 'protocol.bad_command',
  },
  {
    name: 'smtp.command',
    code: /^(?:50[0-4]|555)$/,
    // Servers use these codes for whatever they like: about a command only where the words name nothing else.
    words:
      /^(?!.*(?:auth|tls|ssl|log ?in|recipient|sender|mailbox|address|domain|relay|spam)).*\b(?:syntax|sequence|command|parameter|argument|chars|unbalanced|not supported|not implemented|unrecogni[sz]ed|decode|too long)/,
    phase: ['greeting', ...atSending],
    reason: 'protocol.bad_command',
  },
];

/** Enhanced status codes that leave nothing to interpret once the provider's own rules were asked. */
export const decisiveStatus: readonly Rule[] = [
  // A full mailbox is emptied by its owner: time mends it, whatever the first digit says.
  {
    name: 'smtp.recipient-full',
    code: /^[45]\.2\.2$/,
    phase: ['rcpt', 'data'],
    reason: 'send.recipient_rejected',
    permanent: false,
  },
  // Nobody of that name, unless the words tell of something else that befell the same address.
  {
    name: 'smtp.recipient-unknown',
    code: /^5\.1\.(?:[1236]|10)$/,
    phase: ['rcpt', 'data'],
    words:
      /^(?!.*(?:\bfull\b|quota|\bspace\b|relay(?!=)|spam|listed|gr[ae]y|sender|too (?:many|large|big)|later\b|temporar))/,
    reason: 'send.recipient_rejected',
  },
  { name: 'smtp.too-large', code: /^[45]\.3\.4$/, reason: 'send.message_too_large' },
  { name: 'smtp.sender-exact', code: /^[45]\.1\.[78]$/, reason: 'send.sender_rejected' },
  { name: 'smtp.account-disabled', code: /^5\.7\.13$/, phase: ['auth'], reason: 'account.suspended' },
];

/** Enhanced status codes (RFC 3463, 5248, 7372 and the registry) whose meaning does not hang on the words. */
export const enhancedCodes: readonly Rule[] = [
  { name: 'smtp.encryption-needed', code: /^[45]\.7\.1[01]$/, reason: 'tls.required' },
  { name: 'smtp.credentials-invalid', code: /^5\.7\.8$/, reason: 'auth.invalid_credentials' },
  { name: 'smtp.mechanism-weak', code: /^[45]\.7\.9$/, phase: ['auth'], reason: 'auth.mechanism_unsupported' },
  {
    name: 'smtp.password-transition',
    code: /^4\.7\.12$/,
    phase: ['auth'],
    reason: 'auth.mechanism_unsupported',
    permanent: false,
  },
  { name: 'smtp.no-authentication', code: /^5\.7\.3$/, phase: ['auth'], reason: 'auth.invalid_credentials' },
  { name: 'smtp.mechanism-unknown', code: /^[45]\.7\.4$/, reason: 'auth.mechanism_unsupported' },
  // Zoho uses 5.2.3 for policies as well, so it comes after the words.
  { name: 'smtp.too-long', code: /^[45]\.2\.3$/, reason: 'send.message_too_large' },
  { name: 'smtp.requiretls', code: /^5\.7\.30$/, reason: 'tls.required' },

  {
    name: 'smtp.recipient-address',
    code: /^[45]\.1\.(?:0|1|2|3|4|5|6|9|10)$/,
    phase: ['rcpt', 'data'],
    reason: 'send.recipient_rejected',
  },
  { name: 'smtp.recipient-exact', code: /^[45]\.1\.(?:1|2|3|4|6|10)$/, reason: 'send.recipient_rejected' },
  {
    name: 'smtp.recipient-mailbox',
    code: /^[45]\.2\.[014]$/,
    phase: ['rcpt', 'data'],
    reason: 'send.recipient_rejected',
  },
  { name: 'smtp.system-full', code: /^[45]\.3\.[0125]$/, reason: 'server.unavailable', permanent: false },
  { name: 'smtp.routing', code: /^4\.4\.\d+$/, reason: 'server.unavailable' },
  // No route, a loop, or time ran out on the way: it does not reach this recipient.
  {
    name: 'smtp.no-route',
    code: /^5\.4\.(?:[0-467]|1\d|3\d\d)$/,
    phase: ['rcpt', 'data'],
    reason: 'send.recipient_rejected',
  },
  { name: 'smtp.too-many-recipients', code: /^[45]\.5\.3$/, reason: 'send.rate_limited' },
  { name: 'smtp.address-script', code: /^5\.6\.7$/, phase: ['rcpt'], reason: 'send.recipient_rejected' },
  { name: 'smtp.media', code: /^5\.6\.\d+$/, reason: 'send.content_rejected' },
  { name: 'smtp.list-closed', code: /^5\.7\.(?:2|17|18|19)$/, reason: 'send.recipient_rejected' },
  { name: 'smtp.sender-unproven', code: /^[45]\.7\.2[0-46-7]$/, reason: 'send.sender_rejected' },
  { name: 'smtp.reverse-dns', code: /^[45]\.7\.25$/, reason: 'send.content_rejected' },
  { name: 'smtp.flood', code: /^[45]\.7\.28$/, reason: 'send.rate_limited' },
  { name: 'smtp.arc', code: /^5\.7\.29$/, reason: 'send.content_rejected' },
  // A policy refusal without a known word judges what was just named.
  { name: 'smtp.policy-mail', code: /^5\.7\.[01]$/, phase: ['mail'], reason: 'send.sender_rejected' },
  { name: 'smtp.policy-rcpt', code: /^5\.7\.[01]$/, phase: ['rcpt'], reason: 'send.recipient_rejected' },
  { name: 'smtp.syntax', code: /^5\.5\.[0-24-6]$/, reason: 'protocol.bad_command' },
  { name: 'smtp.sending-disabled', code: /^5\.7\.[01]$/, phase: ['auth'], reason: 'auth.invalid_credentials' },
];

/** The bare reply code and the place where it came: all that is left when neither code nor words were known. */
export const replyCodes: readonly Rule[] = [
  { name: 'smtp.530', code: /^530$/, reason: 'auth.required' },
  { name: 'smtp.535', code: /^535$/, reason: 'auth.invalid_credentials' },
  { name: 'smtp.538', code: /^(?:538|523)$/, reason: 'tls.required' },
  { name: 'smtp.525', code: /^525$/, reason: 'account.suspended' },
  { name: 'smtp.534', code: /^(?:504|534|432)$/, phase: ['auth'], reason: 'auth.mechanism_unsupported' },
  { name: 'smtp.454-tls', code: /^454$/, phase: ['tls'], reason: 'tls.handshake' },
  // RFC 4954: a 4xx on AUTH is the server's trouble, and no reason to ask for another password.
  {
    name: 'smtp.4xx-early',
    code: /^4/,
    phase: ['connect', 'greeting', 'tls', 'auth', 'bye', 'idle'],
    reason: 'server.unavailable',
  },
  { name: 'smtp.452', code: /^45[23]$/, phase: ['rcpt'], reason: 'send.rate_limited' },
  { name: 'smtp.450-rcpt', code: /^450$/, phase: ['rcpt'], reason: 'send.recipient_rejected' },
  { name: 'smtp.4xx', code: /^4/, reason: 'server.unavailable' },
  { name: 'smtp.550-auth', code: /^55/, phase: ['auth'], reason: 'auth.invalid_credentials' },
  // A server that refuses the whole connection judges our address, not the owner; another day it may not.
  {
    name: 'smtp.5xx-greeting',
    code: /^5/,
    phase: ['connect', 'greeting'],
    reason: 'server.unavailable',
    permanent: false,
  },
  { name: 'smtp.552', code: /^552$/, phase: ['mail', 'data'], reason: 'send.message_too_large' },
  { name: 'smtp.55x-mail', code: /^5[1-5]/, phase: ['mail'], reason: 'send.sender_rejected' },
  { name: 'smtp.552-rcpt', code: /^552$/, phase: ['rcpt'], reason: 'send.recipient_rejected', permanent: false },
  { name: 'smtp.55x-rcpt', code: /^5[1-5]/, phase: ['rcpt'], reason: 'send.recipient_rejected' },
  { name: 'smtp.55x-data', code: /^5[45]/, phase: ['data'], reason: 'send.content_rejected' },
  { name: 'smtp.50x', code: /^5(?:0|55)/, reason: 'protocol.bad_command' },
  { name: 'smtp.sending', code: /^5/, phase: atSending, reason: 'send.content_rejected' },
];
