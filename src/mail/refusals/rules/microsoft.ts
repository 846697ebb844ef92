import { any, atLogin, lasting, type Rule, saidBy } from './rule.ts';

/**
 * Microsoft 365, Outlook.com and Exchange. Sources: learn.microsoft.com, "Email non-delivery reports and SMTP errors in
 * Exchange Online", "Fix issues with printers, scanners and LOB applications", "Disable Basic authentication".
 */
export const microsoft: readonly Rule[] = saidBy(
  ['microsoft'],
  [
    {
      name: 'microsoft.throttled',
      words: any(
        /throttled|backoff time|too many (?:concurrent )?(?:connections|sessions)|concurrent (?:\w+ )?connections/,
        /resource limits? (?:is |has been )?exceeded|exceeded.{0,20}budget/,
      ),
      reason: 'rate.limited',
    },

    // 535 5.7.139: only the tail says which of five things it is.
    {
      name: 'microsoft.smtp-auth-off',
      words: /smtpclientauth(?:entication)?|smtp_auth_disabled|smtp auth(?:entication)? is disabled/,
      reason: 'smtp.disabled',
    },
    {
      name: 'microsoft.basic-off',
      words: any(
        /basic auth(?:entication)?(?: is)? (?:disabled|blocked|not)|basicauthblocked/,
        /logondenied-basicauthentication|security defaults/,
      ),
      reason: 'auth.oauth_required',
    },
    {
      name: 'microsoft.conditional',
      words: any(
        /did not meet the criteria|conditional access|contact your administrator|access ?policy/,
        /blocked by (?:your|an) (?:organi[sz]ation|admin)/,
      ),
      phase: ['auth'],
      reason: 'login.blocked',
    },
    {
      name: 'microsoft.locked',
      words: /(?:account|user) (?:is |has been )?(?:temporarily )?locked|accountlocked/,
      phase: atLogin,
      reason: 'account.locked',
    },
    {
      name: 'microsoft.credentials',
      words: lasting(/credentials were incorrect|user(?: ?name)? or password is incorrect|logondenied|badcredentials/),
      phase: ['auth'],
      reason: 'auth.invalid_credentials',
    },

    {
      name: 'microsoft.imap-off',
      protocol: 'imap',
      words: /imap.{0,30}(?:disabled|not enabled|blocked)|protocol.{0,10}disabled/,
      reason: 'imap.disabled',
    },
    // Another user's token, no right to a shared mailbox, no licence, IMAP off, even load: one more try, then a person.
    {
      name: 'microsoft.not-connected',
      words: /authenticated but not connected/,
      reason: 'mailbox.access_denied',
      permanent: false,
    },
    {
      name: 'microsoft.token-expired',
      protocol: 'imap',
      words: /accesstokenexpired|token ?(?:has )?expired/,
      reason: 'auth.token_expired',
      permanent: false,
    },
    { name: 'microsoft.session-over', protocol: 'imap', words: /session invalidated/, reason: 'session.expired' },
    // Passwords are off for every tenant, so the tagged NO to LOGIN says nothing about the password; at a firm's own
    // Exchange, which greets in the same words, it does.
    {
      name: 'microsoft.login-failed',
      atHome: true,
      protocol: 'imap',
      words: lasting(/\bno login failed/),
      reason: 'auth.oauth_required',
    },

    {
      name: 'microsoft.size-limit',
      words: /sizelimit|message too large|exceeds (?:fixed )?maximum/,
      phase: ['mail', 'rcpt', 'data'],
      reason: 'send.message_too_large',
    },
    {
      name: 'microsoft.quota',
      words: any(
        /quotaexceeded|exceeded the (?:daily |maximum )?(?:limit|number)|refusequota/,
        /(?:recipient|message) rate limit|sending limit|hourly limit/,
      ),
      reason: 'send.rate_limited',
    },
    // The verdict inside an OutboundSpamException: the owner proves on the web to be human, or is suspended.
    {
      name: 'microsoft.verify',
      words: /hipnotify|hipsend|showtierupgrade|verify your (?:account|identity)/,
      reason: 'login.blocked',
    },
    {
      name: 'microsoft.outbound-suspend',
      words: /bad outbound sender|outbound ?spam|account (?:is |has been )?(?:suspended|blocked|restricted|disabled)/,
      reason: 'account.suspended',
    },
    {
      name: 'microsoft.send-as',
      words: /sendasdenied|permissions? to send (?:as|on behalf)/,
      reason: 'send.sender_rejected',
    },
    {
      name: 'microsoft.not-authenticated',
      words: /client (?:was )?not authenticated|not authenticated to send (?:anonymous )?mail/,
      reason: 'auth.required',
    },
    { name: 'microsoft.relay', words: /relay access denied|unable to relay/, reason: 'send.relay_denied' },
    {
      name: 'microsoft.recipient-restricted',
      words: any(
        /resolver\.(?:rst|adr)|recipientnotfound|restricted recipient|all recipient addresses rejected/,
        /not authenticated for (?:group|mailbox|recipient)/,
      ),
      reason: 'send.recipient_rejected',
    },
    {
      name: 'microsoft.store',
      words: any(
        /server unavailable|server is not available|mapi|storage transient/,
        /storedrv\.\w+\.exception:(?:storage|mailboxoffline|connection)/,
      ),
      reason: 'server.unavailable',
      permanent: false,
    },

    { name: 'microsoft.banned-sender', code: /^5\.7\.50[1-3]$/, reason: 'send.sender_rejected' },
    {
      name: 'microsoft.banned-recipient',
      code: /^5\.7\.(?:504|505|12[0-9]|13[3-6])$/,
      reason: 'send.recipient_rejected',
    },
    { name: 'microsoft.spoof', code: /^5\.7\.(?:509|51[0-5]|23|26|60)$/, reason: 'send.sender_rejected' },
    {
      name: 'microsoft.banned-ip',
      code: /^5\.7\.(?:50[6-8]|6\d\d|70[5-8]|7[1-5]\d)$/,
      reason: 'send.content_rejected',
    },
    { name: 'microsoft.ip-throttle', code: /^4\.7\.(?:6[5-9]\d|8[5-9]\d)$/, reason: 'send.rate_limited' },
    { name: 'microsoft.greylist', code: /^4\.7\.[56]\d\d$/, reason: 'send.greylisted' },
    {
      name: 'microsoft.recipient-rate',
      code: /^[45]\.(?:1\.90|2\.12[0-2]|3\.2|7\.3)$/,
      words: /limit|exceed|quota|submission/,
      reason: 'send.rate_limited',
    },
  ],
);
