import { any, atLogin, atSending, lasting, type Rule, saidBy } from './rule.ts';

/** Yandex gives one text for a bad password, IMAP off and a missing app password. */
const yandex = saidBy(
  ['yandex'],
  [
    { name: 'yandex.any-of-three', words: /invalid credentials or imap/, reason: 'auth.invalid_credentials' },
    { name: 'yandex.captcha', words: /not a robot|captcha|suspicio|unblock/, phase: atLogin, reason: 'login.blocked' },
    {
      name: 'yandex.smtp-off',
      protocol: 'smtp',
      words: /does not have access rights to this service|no access rights/,
      phase: atLogin,
      reason: 'smtp.disabled',
    },
    {
      name: 'yandex.imap-off',
      words: any(
        /(?:imap|pop3?|protocol|service).{0,30}(?:disabled|turned off|not enabled|is off|limited)/,
        /does not have access rights to this service|no access rights/,
      ),
      phase: atLogin,
      reason: 'imap.disabled',
    },
    {
      name: 'yandex.recipient',
      words: /policy rejection on the target|no such user/,
      reason: 'send.recipient_rejected',
    },
  ],
);

/** Mail.ru refuses account passwords outright, and says so in transliterated Russian. */
const mailru = saidBy(
  ['mailru'],
  [
    {
      name: 'mailru.app-password',
      words: lasting(
        /application password|parol prilozheniya|neobkhodim|neobhodim/,
        /incorrect authentication data|authentication failed|invalid (?:login|user|password|credentials)/,
      ),
      phase: atLogin,
      reason: 'auth.app_password_required',
    },
  ],
);

/** QQ and Tencent Exmail: one sentence for everything, nearly always the missing authorization code. */
const qq = saidBy(
  ['qq'],
  [
    {
      name: 'qq.frequency',
      words: /connection frequency limited|frequency limited\s?\[|too frequent|ip frequency/,
      reason: 'rate.limited',
      permanent: false,
    },
    {
      name: 'qq.code',
      words: any(
        /login fail|authorization code|authen(?:tication)? fail|weixin token|account is abnormal/,
        /invalid (?:user|password|login)/,
      ),
      phase: atLogin,
      reason: 'auth.app_password_required',
    },
  ],
);

/** NetEase: 163, 126, yeah (mail.163.com/help/help_spam_16.htm lists the two-letter codes). */
const netease = saidBy(
  ['netease'],
  [
    // After the login: the client must say who it is (ID) before SELECT, or be allowed on the web.
    { name: 'netease.unsafe', words: /unsafe login|kefu@188/, reason: 'login.blocked' },
    {
      name: 'netease.imap-off',
      protocol: 'imap',
      words: /err\.login\.(?:service|permission|imap)|user has no permission|service is not open/,
      reason: 'imap.disabled',
    },
    { name: 'netease.smtp-off', protocol: 'smtp', words: /user has no permission/, reason: 'smtp.disabled' },
    {
      name: 'netease.code',
      words: lasting(
        /err\.login|login error|password error|authentication (?:is )?fail|auth(?:orization)? code|reqcode/,
      ),
      phase: atLogin,
      reason: 'auth.app_password_required',
    },
    {
      name: 'netease.frequency',
      words: /\b(?:rp|mi|dt):(?:qrc|cel|dcl|rcl|ccl|drc|frl|trc|frq|spb|sfq|stc|dmc)|\bhl:(?:icc|ifc|mep)/,
      reason: 'send.rate_limited',
    },
    {
      name: 'netease.spam',
      words: /\bdt:(?:spm|sur|pub|rbl)|\bhl:(?:ipb|ihu|rep)|\bwm:bl/,
      reason: 'send.content_rejected',
    },
    {
      name: 'netease.sender',
      words: /\bmi:(?:spf|dnl|nhd)|mail from must equal/,
      reason: 'send.sender_rejected',
    },
  ],
);

const ofr = (numbers: string): RegExp => new RegExp(`\\b(?:ofr|lpn)\\d{0,4}_(?:${numbers})\\b`);

/** Orange and Laposte number their answers (OFR_nnn, LPN_nnn); the words vary with the language. */
const orange: readonly Rule[] = [
  { name: 'orange.connections', words: ofr('104|109'), reason: 'rate.limited', permanent: false },
  { name: 'orange.login', words: ofr('305'), reason: 'auth.invalid_credentials' },
  { name: 'orange.login-needed', words: ofr('402'), reason: 'auth.required' },
  { name: 'orange.sender', words: ofr('405|415|421'), reason: 'send.sender_rejected' },
  { name: 'orange.recipient', words: ofr('416'), reason: 'send.recipient_rejected' },
  { name: 'orange.recipient-full', words: ofr('417'), reason: 'send.recipient_rejected', permanent: false },
  { name: 'orange.spam', words: ofr('102|103|506'), reason: 'send.content_rejected' },
  { name: 'orange.later', words: ofr('999|107|505'), reason: 'server.unavailable', permanent: false },
];

/** GoDaddy numbers its answers too (IBnnn; godaddy.com/help, "What does my email bounceback mean"). */
const godaddy: readonly Rule[] = [
  { name: 'godaddy.sessions', words: /\bib007\b/, reason: 'rate.limited', permanent: false },
  { name: 'godaddy.hourly', words: /\bib(?:504|510|60[567])\b/, reason: 'send.rate_limited' },
  // An hour or a day of silence for an address that sent too much rubbish, or to too many wrong addresses.
  { name: 'godaddy.punished', words: /\bib11\d\b/, reason: 'send.rate_limited' },
  { name: 'godaddy.wrong-server', words: /\bib401\b/, reason: 'auth.mechanism_unsupported' },
  { name: 'godaddy.sender', words: /\bib50[1-36-8]\b/, reason: 'send.sender_rejected' },
  { name: 'godaddy.spam', words: /\bib(?:7[01]\d|60[1-4]|2\d\d|10[3-68])\b/, reason: 'send.content_rejected' },
  { name: 'godaddy.busy', words: /\bib10\d\b/, reason: 'server.unavailable', permanent: false },
];

/** Cox, Charter and the Cloudfilter gateways (cox.com, "Email error codes"; spectrum.net, "Email error codes"). */
const acceptableUse: readonly Rule[] = [
  {
    name: 'aup.rate',
    words: /aup#(?:cxmxrt|cxcnct|cxthrt|[io]-?1(?:3\d|4\d|54|55|58)\d?)/,
    reason: 'send.rate_limited',
  },
  { name: 'aup.sender', words: /aup#(?:cxsndr|[io]-?15[02]0)/, reason: 'send.sender_rejected' },
  { name: 'aup.size', words: /aup#[io]-?1530/, reason: 'send.message_too_large' },
  { name: 'aup.account', words: /aup#(?:cxmj|o-?10[1-8]0)/, reason: 'account.suspended' },
  { name: 'aup.later', words: /aup#[io]-?1090/, reason: 'server.unavailable', permanent: false },
  { name: 'aup.address', words: /aup#/, phase: [...atSending, 'greeting', 'connect'], reason: 'send.content_rejected' },
];

/** Forpsi shuts sending for an hour, under a 550 in the customer's language. */
const forpsi: readonly Rule[] = [
  { name: 'forpsi.hour', words: /support\.forpsi\.com\/kb/, reason: 'send.rate_limited' },
];

/** Providers of one country or language, and those that count in codes of their own. */
export const regional: readonly Rule[] = [
  ...yandex,
  ...mailru,
  ...qq,
  ...netease,
  ...orange,
  ...godaddy,
  ...acceptableUse,
  ...forpsi,
];
