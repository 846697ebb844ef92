import { any, atLogin, atSending, inSession, lasting, type Rule, saidBy } from './rule.ts';

/** Yahoo and AOL take app passwords only; the code behind the words tells load and abuse apart (help.yahoo.com). */
const yahoo = saidBy(
  ['yahoo', 'aol'],
  [
    {
      name: 'yahoo.limit',
      words: /rate limit|too many (?:connections|requests|sessions)|\[tss?\d\d\]|deferred/,
      phase: [...inSession, 'greeting', 'connect'],
      reason: 'rate.limited',
    },
    { name: 'yahoo.from-domain', words: /unresolvable .{0,20}from/, phase: atSending, reason: 'send.sender_rejected' },
    {
      name: 'yahoo.deferred',
      words: /\[tss?\d\d\]|temporarily deferred|deferred due to|excessive|unexpected volume/,
      phase: atSending,
      reason: 'send.rate_limited',
    },
    // Said of the first try with an account password as well.
    { name: 'yahoo.auth005', words: /#auth005|too many bad auth/, reason: 'auth.app_password_required' },
    { name: 'yahoo.locked', words: /too many (?:bad|failed|invalid) (?:login|auth)/, reason: 'account.locked' },
    {
      name: 'yahoo.blocked',
      words: /#mbr124[04]|suspicious|account.{0,10}(?:restricted|blocked)/,
      phase: atLogin,
      reason: 'login.blocked',
    },
    // Yahoo Japan has no app passwords.
    { name: 'yahoo-japan.credentials', words: /#auth011/, reason: 'auth.invalid_credentials' },
    {
      name: 'yahoo.app-password',
      words: lasting(
        /invalid (?:credentials|login|password|user)|incorrect (?:user ?name|password)|#mbr12|#auth0/,
        /auth(?:entication)? failed|please verify your account/,
      ),
      phase: atLogin,
      reason: 'auth.app_password_required',
    },
    {
      name: 'yahoo.from',
      words: /mailbox unavailable|from address not verified|not (?:an )?(?:allowed|authorized|verified).{0,20}from/,
      phase: ['mail', 'data'],
      reason: 'send.sender_rejected',
    },
  ],
);

/** iCloud: a refused password is one that is not app-specific, or a mistyped one that is (support.apple.com/102654). */
const icloud = saidBy(
  ['icloud'],
  [
    // It repeats the syntax of LOGIN when the password that we sent was empty.
    { name: 'icloud.empty', protocol: 'imap', words: /\bbad\b.{0,30}login/, reason: 'protocol.bad_command' },
    {
      name: 'icloud.app-password',
      words: lasting(
        /authentication failed|invalid (?:login|credentials|user)|bad (?:user ?name|password)|incorrect|app-specific/,
      ),
      phase: atLogin,
      reason: 'auth.app_password_required',
    },
  ],
);

/** Fastmail and Purelymail know no other password for programs; T-Online has one of its own for e-mail. */
const appPasswordsOnly: readonly Rule[] = [
  {
    name: 'fastmail.app-password',
    from: ['fastmail'],
    words: lasting(
      /incorrect (?:user ?name|password)|access token|app password|authentication failed/,
      /invalid (?:user|login|password|credentials)/,
    ),
    phase: atLogin,
    reason: 'auth.app_password_required',
  },
  {
    name: 't-online.app-password',
    from: ['t-online'],
    words: lasting(/auth\w* fail|login failed|invalid|incorrect|falsch|passwort/),
    phase: atLogin,
    reason: 'auth.app_password_required',
  },
  {
    name: 'purelymail.app-password',
    from: ['purelymail'],
    words: /app password/,
    reason: 'auth.app_password_required',
  },
];

/** Zoho (zoho.com/mail/help): IMAP has to be switched on; unusual activity is answered on a page to unblock. */
const zoho = saidBy(
  ['zoho'],
  [
    {
      name: 'zoho.imap-off',
      words: /yet to enable imap|enable imap|imap.{0,20}(?:disabled|not enabled)|not have imap/,
      reason: 'imap.disabled',
    },
    { name: 'zoho.unusual', words: /unusual (?:sending|activity|login)|unblock/, reason: 'login.blocked' },
    {
      name: 'zoho.from',
      words: /relaying disallowed(?:$| as| [^,]{0,80}@)|relaying issues|sender is not allowed|not allowed to relay/,
      phase: ['mail', 'data'],
      reason: 'send.sender_rejected',
    },
    { name: 'zoho.relay', words: /relaying disallowed/, reason: 'send.relay_denied' },
  ],
);

/** GMX, WEB.DE and mail.com share one system (postmaster.gmx.net/en/error-messages). */
const gmx = saidBy(
  ['gmx', 'webde', 'mailcom'],
  [
    // "Mailbox unavailable" and "try again later" in one breath: the sender sent too much.
    {
      name: 'gmx.sending-limit',
      words: /failure sending mail|try again later/,
      phase: atSending,
      reason: 'send.rate_limited',
    },
    {
      name: 'gmx.imap-off',
      words: /imap.{0,40}(?:nicht aktiviert|deaktiviert|disabled|not (?:activated|enabled))|pop3\/imap/,
      phase: atLogin,
      reason: 'imap.disabled',
    },
  ],
);

const proton = saidBy(
  ['proton'],
  [
    {
      name: 'proton.no-plan',
      words: any(/upgrade|paid plan/, /not available on (?:your|the free) plan/),
      reason: 'account.suspended',
    },
  ],
);

/** Webmail providers whose words mean something of their own. */
export const webmail: readonly Rule[] = [...yahoo, ...icloud, ...appPasswordsOnly, ...zoho, ...gmx, ...proton];
