import type { Rule } from './rule.ts';
import { atLogin } from './rule.ts';

/**
 * What one provider means by words (or by a code) that mean something else elsewhere. Read from the top, before the
 * generic words. `code` here is compared with the enhanced code, the reply code and the IMAP bracket codes.
 */
export const providerRules: readonly Rule[] = [
  // Google: support.google.com/mail/answer/7126229 and /a/answer/3726730.
  {
    name: 'google.imap-limit',
    from: ['google'],
    protocol: 'imap',
    code: /^OVERQUOTA$/,
    words: /limits?|exceeded/,
    reason: 'rate.limited',
  },
  { name: 'google.too-many-logins', from: ['google'], words: /too many login attempts/, reason: 'rate.limited' },
  {
    name: 'google.app-password',
    from: ['google'],
    words: /application-specific password|invalidsecondfactor/,
    reason: 'auth.app_password_required',
  },
  {
    name: 'google.web-login',
    from: ['google'],
    words:
      /log in (?:via|with|through|using) your (?:web )?browser|web login required|webloginrequired|continue.?sign.?in|answer\/78754/,
    reason: 'login.blocked',
  },
  { name: 'google.534-5.7.14', from: ['google'], code: /^5\.7\.14$/, reason: 'login.blocked' },
  {
    name: 'google.534-5.7.9',
    from: ['google'],
    code: /^5\.7\.9$/,
    phase: ['auth'],
    reason: 'auth.app_password_required',
  },
  {
    name: 'google.imap-off',
    from: ['google'],
    words:
      /(?:not enabled|disabled|enable|turned off|not allowed).{0,20}imap|imap.{0,40}(?:not enabled|disabled|turned off|not allowed)|domain policy has disabled/,
    reason: 'imap.disabled',
  },
  { name: 'google.session', from: ['google'], protocol: 'imap', words: /session expired/, reason: 'session.expired' },
  // No IMAP for this account, a missing scope, or a blocked password login: all three want a person.
  { name: 'google.lookup', from: ['google'], protocol: 'imap', words: /lookup failed/, reason: 'imap.disabled' },
  { name: 'google.quota', from: ['google'], code: /^[45]\.4\.5$/, reason: 'send.rate_limited' },
  {
    name: 'google.peak',
    from: ['google'],
    words:
      /peak smtp relay limit|(?:sending|relay|user|e-?mail) (?:quota|limit) exceeded|limit exceeded for (?:user|customer)/,
    reason: 'send.rate_limited',
  },
  {
    name: 'google.receiving-rate',
    from: ['google'],
    words: /receiving mail (?:at a rate|too quickly)|receivingrate/,
    reason: 'send.rate_limited',
  },
  {
    name: 'google.sending-denied',
    from: ['google'],
    words: /mail sending denied|smtp relay denied|not authorized to use this (?:relay )?service/,
    reason: 'account.suspended',
  },
  {
    name: 'google.relay',
    from: ['google'],
    words: /mail relay denied|relay denied|invalid credentials for relay/,
    reason: 'send.relay_denied',
  },
  {
    name: 'google.inbound-gate',
    from: ['google'],
    words: /not in whitelist for rcpt/,
    reason: 'send.recipient_rejected',
  },

  // Microsoft 365 and Outlook.com. 535 5.7.139: only the tail says which of five things it is.
  {
    name: 'microsoft.throttled',
    from: ['microsoft'],
    words:
      /throttled|backoff time|too many (?:concurrent )?(?:connections|sessions)|concurrent (?:\w+ )?connections|resource limits? (?:is |has been )?exceeded|exceeded.{0,20}budget/,
    reason: 'rate.limited',
  },
  {
    name: 'microsoft.smtp-auth-off',
    from: ['microsoft'],
    words:
      /smtpclientauth(?:entication)?(?: is)? disabled|smtp_auth_disabled|smtp auth(?:entication)? is disabled|smtpclientauthentication/,
    reason: 'smtp.disabled',
  },
  {
    name: 'microsoft.basic-off',
    from: ['microsoft'],
    words:
      /basic auth(?:entication)?(?: is)? (?:disabled|blocked|not)|basicauthblocked|logondenied-basicauthentication|security defaults/,
    reason: 'auth.oauth_required',
  },
  {
    name: 'microsoft.conditional',
    from: ['microsoft'],
    words:
      /did not meet the criteria|conditional access|contact your administrator|blocked by (?:your|an) (?:organi[sz]ation|admin)|access ?policy/,
    phase: ['auth'],
    reason: 'login.blocked',
  },
  {
    name: 'microsoft.locked',
    from: ['microsoft'],
    words: /(?:account|user) (?:is |has been )?(?:temporarily )?locked|accountlocked/,
    phase: atLogin,
    reason: 'account.locked',
  },
  {
    name: 'microsoft.credentials',
    from: ['microsoft'],
    words: /credentials were incorrect|user(?: ?name)? or password is incorrect|logondenied|badcredentials/,
    phase: ['auth'],
    reason: 'auth.invalid_credentials',
  },
  {
    name: 'microsoft.imap-off',
    from: ['microsoft'],
    protocol: 'imap',
    words: /imap.{0,30}(?:disabled|not enabled|blocked)|protocol.{0,10}disabled/,
    reason: 'imap.disabled',
  },
  // Another user's token, no right to a shared mailbox, no licence, IMAP off: one more try after minutes, then a person.
  {
    name: 'microsoft.not-connected',
    from: ['microsoft'],
    words: /authenticated but not connected/,
    reason: 'mailbox.access_denied',
    permanent: false,
  },
  {
    name: 'microsoft.token-expired',
    from: ['microsoft'],
    protocol: 'imap',
    words: /accesstokenexpired|token ?(?:has )?expired/,
    reason: 'auth.token_expired',
    permanent: false,
  },
  {
    name: 'microsoft.session-over',
    from: ['microsoft'],
    protocol: 'imap',
    words: /session invalidated/,
    reason: 'session.expired',
  },
  // Passwords are off for every tenant, so the tagged NO to LOGIN says nothing about the password.
  {
    name: 'microsoft.login-failed',
    from: ['microsoft'],
    protocol: 'imap',
    words: /\bno login failed/,
    reason: 'auth.oauth_required',
  },
  {
    name: 'microsoft.size-limit',
    from: ['microsoft'],
    words: /sizelimit|message too large|exceeds (?:fixed )?maximum/,
    phase: ['mail', 'rcpt', 'data'],
    reason: 'send.message_too_large',
  },
  {
    name: 'microsoft.quota',
    from: ['microsoft'],
    words:
      /submissionquotaexceeded|quotaexceeded|exceeded the (?:daily |maximum )?(?:limit|number)|recipient rate limit|message rate limit|sending limit|refusequota|hourly limit/,
    reason: 'send.rate_limited',
  },
  {
    name: 'microsoft.verify',
    from: ['microsoft'],
    words: /hipnotify|hipsend|showtierupgrade|wascl useraction|verify your (?:account|identity)/,
    reason: 'login.blocked',
  },
  {
    name: 'microsoft.outbound-suspend',
    from: ['microsoft'],
    words: /bad outbound sender|outbound ?spam|account (?:is |has been )?(?:suspended|blocked|restricted|disabled)/,
    reason: 'account.suspended',
  },
  {
    name: 'microsoft.send-as',
    from: ['microsoft'],
    words: /sendasdenied|permissions? to send (?:as|on behalf)/,
    reason: 'send.sender_rejected',
  },
  {
    name: 'microsoft.not-authenticated',
    from: ['microsoft'],
    words: /client was not authenticated|not authenticated to send (?:anonymous )?mail/,
    reason: 'auth.required',
  },
  {
    name: 'microsoft.relay',
    from: ['microsoft'],
    words: /relay access denied|unable to relay/,
    reason: 'send.relay_denied',
  },
  {
    name: 'microsoft.recipient-restricted',
    from: ['microsoft'],
    words:
      /resolver\.rst|resolver\.adr|recipientnotfound|restricted recipient|all recipient addresses rejected|not authenticated for (?:group|mailbox|recipient)/,
    reason: 'send.recipient_rejected',
  },
  {
    name: 'microsoft.ews-server',
    from: ['microsoft'],
    words:
      /server unavailable|server is not available|mapi|storage transient|storedrv\.\w+\.exception:(?:storage|mailboxoffline|connection)/,
    reason: 'server.unavailable',
    permanent: false,
  },
  { name: 'microsoft.banned-sender', from: ['microsoft'], code: /^5\.7\.50[1-3]$/, reason: 'send.sender_rejected' },
  {
    name: 'microsoft.banned-recipient',
    from: ['microsoft'],
    code: /^5\.7\.(?:504|505|124|12[0-9]|13[3-6])$/,
    reason: 'send.recipient_rejected',
  },
  {
    name: 'microsoft.spoof',
    from: ['microsoft'],
    code: /^5\.7\.(?:509|51[0-5]|23|26|60)$/,
    reason: 'send.sender_rejected',
  },
  {
    name: 'microsoft.banned-ip',
    from: ['microsoft'],
    code: /^5\.7\.(?:50[6-8]|6\d\d|70[5-8]|7[1-5]\d)$/,
    reason: 'send.content_rejected',
  },
  {
    name: 'microsoft.ip-throttle',
    from: ['microsoft'],
    code: /^4\.7\.(?:6[5-9]\d|8[5-9]\d)$/,
    reason: 'send.rate_limited',
  },
  { name: 'microsoft.greylist', from: ['microsoft'], code: /^4\.7\.(?:[56]\d\d)$/, reason: 'send.greylisted' },
  {
    name: 'microsoft.recipient-rate',
    from: ['microsoft'],
    code: /^[45]\.(?:1\.90|2\.12[0-2]|3\.2|7\.3)$/,
    words: /limit|exceed|quota|submission/,
    reason: 'send.rate_limited',
  },

  // Yahoo and AOL take app passwords only; the code after the words tells load and abuse apart.
  {
    name: 'yahoo.limit',
    from: ['yahoo', 'aol'],
    words:
      /rate limit|too many (?:connections|requests|sessions)|\[ts\d\d\]|\[tss\d\d\]|temporarily deferred|deferred due to/,
    phase: ['select', 'idle', 'bye', 'greeting', 'connect'],
    reason: 'rate.limited',
  },
  {
    name: 'yahoo.deferred',
    from: ['yahoo', 'aol'],
    words: /\[tss?\d\d\]|temporarily deferred|deferred due to|excessive|unexpected volume/,
    phase: ['mail', 'rcpt', 'data'],
    reason: 'send.rate_limited',
  },
  {
    name: 'yahoo.auth005',
    from: ['yahoo', 'aol'],
    words: /#auth005|too many bad auth/,
    reason: 'auth.app_password_required',
  },
  {
    name: 'yahoo.locked',
    from: ['yahoo', 'aol'],
    words: /too many (?:bad|failed|invalid) (?:login|auth)/,
    reason: 'account.locked',
  },
  {
    name: 'yahoo.blocked',
    from: ['yahoo', 'aol'],
    words: /#mbr1240|#mbr1244|suspicious|account.{0,10}(?:restricted|blocked)/,
    phase: atLogin,
    reason: 'login.blocked',
  },
  {
    name: 'yahoo.server',
    from: ['yahoo', 'aol'],
    words: /server error|unavailable|try again|temporar/,
    phase: atLogin,
    reason: 'server.unavailable',
    permanent: false,
  },
  { name: 'yahoo-japan.credentials', from: ['yahoo'], words: /#auth011/, reason: 'auth.invalid_credentials' },
  {
    name: 'yahoo.app-password',
    from: ['yahoo', 'aol'],
    words:
      /invalid credentials|incorrect (?:user ?name|password)|#mbr12|#auth0|authentication failed|invalid (?:login|password|user)|auth failed|please verify your account/,
    phase: atLogin,
    reason: 'auth.app_password_required',
  },
  {
    name: 'yahoo.from',
    from: ['yahoo', 'aol'],
    words: /mailbox unavailable|from address not verified|not (?:an )?(?:allowed|authorized|verified).{0,20}from/,
    phase: ['mail', 'data'],
    reason: 'send.sender_rejected',
  },

  // iCloud: every refused password is one that is not app-specific, or a mistyped one that is.
  {
    name: 'icloud.empty',
    from: ['icloud'],
    protocol: 'imap',
    words: /\bbad\b.{0,30}login/,
    reason: 'protocol.bad_command',
  },
  {
    name: 'icloud.app-password',
    from: ['icloud'],
    words:
      /authentication failed|invalid (?:login|credentials|user)|bad (?:user ?name|password)|incorrect|app-specific/,
    phase: atLogin,
    reason: 'auth.app_password_required',
  },
  {
    name: 'fastmail.app-password',
    from: ['fastmail'],
    words:
      /incorrect (?:user ?name|password)|access token|app password|authentication failed|invalid (?:user|login|password|credentials)/,
    phase: atLogin,
    reason: 'auth.app_password_required',
  },
  {
    name: 't-online.app-password',
    from: ['t-online'],
    words: /authentication failed|auth\w* fail|login failed|invalid|incorrect|falsch|passwort/,
    phase: atLogin,
    reason: 'auth.app_password_required',
  },
  {
    name: 'purelymail.app-password',
    from: ['purelymail'],
    words: /app password/,
    reason: 'auth.app_password_required',
  },

  // Zoho.
  {
    name: 'zoho.imap-off',
    from: ['zoho'],
    words: /yet to enable imap|enable imap|imap.{0,20}(?:disabled|not enabled)|not have imap/,
    reason: 'imap.disabled',
  },
  {
    name: 'zoho.unusual',
    from: ['zoho'],
    words: /unusual (?:sending|activity|login)|unblockme|unblock/,
    reason: 'login.blocked',
  },
  {
    name: 'zoho.from',
    from: ['zoho'],
    words: /relaying disallowed(?: as)?(?:$| [^,]*@| as)|relaying issues|sender is not allowed|not allowed to relay/,
    phase: ['mail', 'data'],
    reason: 'send.sender_rejected',
  },
  { name: 'zoho.relay', from: ['zoho'], words: /relaying disallowed/, reason: 'send.relay_denied' },

  // Yandex: one text for a bad password, IMAP off and a missing app password.
  {
    name: 'yandex.any-of-three',
    from: ['yandex'],
    words: /invalid credentials or imap/,
    reason: 'auth.invalid_credentials',
  },
  {
    name: 'yandex.captcha',
    from: ['yandex'],
    words: /not a robot|captcha|suspicio|unblock/,
    phase: atLogin,
    reason: 'login.blocked',
  },
  {
    name: 'yandex.imap-off',
    from: ['yandex'],
    words:
      /(?:imap|pop3?|protocol|service).{0,30}(?:disabled|turned off|not enabled|is off|limited)|does not have access rights to this service|no access rights/,
    phase: atLogin,
    reason: 'imap.disabled',
  },
  {
    name: 'yandex.app-password',
    from: ['yandex'],
    words: /app(?:lication)?[- ]password|this user does not have access/,
    phase: atLogin,
    reason: 'auth.app_password_required',
  },
  {
    name: 'yandex.recipient',
    from: ['yandex'],
    words: /policy rejection on the target|no such user/,
    reason: 'send.recipient_rejected',
  },

  // Mail.ru refuses account passwords outright.
  {
    name: 'mailru.app-password',
    from: ['mailru'],
    words:
      /application password|parol prilozheniya|incorrect authentication data|authentication failed|invalid (?:login|user|password|credentials)|neobkhodim/,
    phase: atLogin,
    reason: 'auth.app_password_required',
  },

  // QQ, Tencent Exmail: one sentence for everything, nearly always the missing authorization code.
  {
    name: 'qq.frequency',
    from: ['qq'],
    words: /connection frequency limited|frequency limited\s?\[|too frequent|ip frequency/,
    reason: 'rate.limited',
    permanent: false,
  },
  {
    name: 'qq.code',
    from: ['qq'],
    words:
      /login fail|authorization code|authen(?:tication)? fail|weixin token|account is abnormal|invalid (?:user|password|login)/,
    phase: atLogin,
    reason: 'auth.app_password_required',
  },

  // NetEase (163, 126, yeah).
  { name: 'netease.unsafe', from: ['netease'], words: /unsafe login|kefu@188/, reason: 'login.blocked' },
  {
    name: 'netease.off',
    from: ['netease'],
    words: /err\.login\.(?:service|permission|imap)|user has no permission|service is not open/,
    reason: 'imap.disabled',
    protocol: 'imap',
  },
  {
    name: 'netease.smtp-off',
    from: ['netease'],
    words: /user has no permission/,
    reason: 'smtp.disabled',
    protocol: 'smtp',
  },
  {
    name: 'netease.code',
    from: ['netease'],
    words: /err\.login|login error|password error|authentication (?:is )?fail|auth(?:orization)? code|reqcode/,
    phase: atLogin,
    reason: 'auth.app_password_required',
  },
  {
    name: 'netease.frequency',
    from: ['netease'],
    words: /\b(?:rp|mi):(?:qrc|cel|dcl|rcl|ccl|frl|trc|frq|spb)/,
    reason: 'send.rate_limited',
  },
  {
    name: 'netease.spam',
    from: ['netease'],
    words: /\bdt:(?:spm|sur|pub)|\bhl:(?:ipb|ifc|mep|ihu)/,
    reason: 'send.content_rejected',
  },
  {
    name: 'netease.sender',
    from: ['netease'],
    words: /\bmi:(?:spf|dmc|sfq|dnl)|mail from must equal/,
    reason: 'send.sender_rejected',
  },

  // Orange and Laposte number their answers (OFR_nnn, LPN_nnn); the words vary with the language.
  { name: 'orange.connections', words: /\b(?:ofr|lpn)\d{0,4}_(?:104|109)\b/, reason: 'rate.limited', permanent: false },
  { name: 'orange.login', words: /\b(?:ofr|lpn)\d{0,4}_305\b/, reason: 'auth.invalid_credentials' },
  { name: 'orange.login-needed', words: /\b(?:ofr|lpn)\d{0,4}_402\b/, reason: 'auth.required' },
  { name: 'orange.sender', words: /\b(?:ofr|lpn)\d{0,4}_(?:405|415|421)\b/, reason: 'send.sender_rejected' },
  { name: 'orange.recipient', words: /\b(?:ofr|lpn)\d{0,4}_416\b/, reason: 'send.recipient_rejected' },
  {
    name: 'orange.recipient-full',
    words: /\b(?:ofr|lpn)\d{0,4}_417\b/,
    reason: 'send.recipient_rejected',
    permanent: false,
  },
  { name: 'orange.spam', words: /\b(?:ofr|lpn)\d{0,4}_(?:102|103|506)\b/, reason: 'send.content_rejected' },
  {
    name: 'orange.later',
    words: /\b(?:ofr|lpn)\d{0,4}_(?:999|107|505)\b/,
    reason: 'server.unavailable',
    permanent: false,
  },

  // GoDaddy numbers its answers too (IBnnn).
  { name: 'godaddy.sessions', words: /\bib007\b/, reason: 'rate.limited', permanent: false },
  { name: 'godaddy.hourly', words: /\bib(?:504|607|605|606)\b/, reason: 'send.rate_limited' },
  { name: 'godaddy.wrong-server', words: /\bib401\b/, reason: 'auth.mechanism_unsupported' },
  { name: 'godaddy.spam', words: /\bib(?:70\d|71\d|60[1-4]|50[123])\b/, reason: 'send.content_rejected' },
  { name: 'godaddy.busy', words: /\bib(?:10\d|11\d)\b/, reason: 'server.unavailable', permanent: false },

  // GMX and WEB.DE answer "mailbox unavailable" and "try again later" in one breath when the sender sent too much.
  {
    name: 'gmx.sending-limit',
    from: ['gmx', 'webde', 'mailcom'],
    words: /failure sending mail|try again later/,
    phase: ['mail', 'rcpt', 'data'],
    reason: 'send.rate_limited',
  },
  {
    name: 'gmx.imap-off',
    from: ['gmx', 'webde', 'mailcom'],
    words: /imap.{0,40}(?:nicht aktiviert|deaktiviert|disabled|not (?:activated|enabled))|pop3\/imap/,
    phase: atLogin,
    reason: 'imap.disabled',
  },
  {
    name: 'proton.no-plan',
    from: ['proton'],
    words: /upgrade|paid plan|not available on (?:your|the free) plan/,
    reason: 'account.suspended',
  },
  {
    name: 'proton.no-user',
    words: /\bno (?:such user|user \S{1,80} not found)/,
    phase: atLogin,
    protocol: 'imap',
    reason: 'auth.invalid_credentials',
  },
];
