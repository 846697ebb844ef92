import { any, type Rule, saidBy } from './rule.ts';

/**
 * Gmail and Google Workspace. Sources: support.google.com/a/answer/3726730 (SMTP replies), /mail/answer/7126229 and
 * /78754 (refused sign-ins), /a/answer/1071518 (IMAP limits).
 */
export const google: readonly Rule[] = saidBy(
  ['google'],
  [
    // Not a full mailbox but a day's bandwidth: back off for hours.
    {
      name: 'google.imap-limit',
      protocol: 'imap',
      code: /^OVERQUOTA$/,
      words: /limits?|exceeded/,
      reason: 'rate.limited',
    },
    { name: 'google.too-many-logins', words: /too many login attempts/, reason: 'rate.limited' },
    {
      name: 'google.app-password',
      words: /application-specific password|invalidsecondfactor/,
      reason: 'auth.app_password_required',
    },
    {
      name: 'google.web-login',
      words: any(
        /log in (?:via|with|through|using) your (?:web )?browser|web login required|webloginrequired/,
        /continue.?sign.?in|answer\/78754/,
      ),
      reason: 'login.blocked',
    },
    { name: 'google.5.7.14', code: /^5\.7\.14$/, reason: 'login.blocked' },
    { name: 'google.5.7.9', code: /^5\.7\.9$/, phase: ['auth'], reason: 'auth.app_password_required' },
    {
      name: 'google.imap-off',
      words: any(
        /(?:not enabled|disabled|enable|turned off|not allowed).{0,20}imap/,
        /imap.{0,40}(?:not enabled|disabled|turned off|not allowed)|domain policy has disabled/,
      ),
      reason: 'imap.disabled',
    },
    { name: 'google.session', protocol: 'imap', words: /session expired/, reason: 'session.expired' },
    // No Gmail for this account, a missing scope, or a blocked password login: all three want a person.
    { name: 'google.lookup', protocol: 'imap', words: /lookup failed/, reason: 'imap.disabled' },
    { name: 'google.daily-limit', code: /^[45]\.4\.5$/, words: /limit|quota|exceed/, reason: 'send.rate_limited' },
    {
      name: 'google.limit',
      words: any(
        /peak smtp relay limit|limit exceeded for (?:user|customer)/,
        /(?:sending|relay|user|e-?mail) (?:quota|limit) exceeded/,
      ),
      reason: 'send.rate_limited',
    },
    {
      name: 'google.receiving-rate',
      words: /receiving mail (?:at a rate|too quickly)|receivingrate/,
      reason: 'send.rate_limited',
    },
    {
      name: 'google.sending-denied',
      words: /mail sending denied|smtp relay denied|not authorized to use this (?:relay )?service/,
      reason: 'account.suspended',
    },
    {
      name: 'google.relay',
      words: /mail relay denied|relay denied|invalid credentials for relay/,
      reason: 'send.relay_denied',
    },
    // The recipient's domain takes mail from its inbound gateway only.
    { name: 'google.inbound-gate', words: /not in whitelist for rcpt/, reason: 'send.recipient_rejected' },
  ],
);
