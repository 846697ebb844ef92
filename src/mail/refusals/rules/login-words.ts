import type { Rule } from './rule.ts';
import { atLogin } from './rule.ts';

/**
 * Words that many servers share about connections, sessions and logins: Dovecot, Cyrus, Courier, Exchange, Zimbra,
 * hMailServer, Kerio, Postfix with SASL and the providers built on them. Read from the top: what only time mends comes
 * first, so that "temporary authentication failure" is never taken for a wrong password.
 */
export const loginWords: readonly Rule[] = [
  // Too many at a time. Dovecot says so under [LIMIT], older ones under [UNAVAILABLE]; the words win.
  {
    name: 'login.connections',
    words:
      /too many (?:\w+ ){0,3}(?:connections?|sessions?|clients|logins?)\b|max(?:imum|\.)? (?:number of |allowed )?(?:\w+ ){0,2}(?:connections?|sessions?|logins)|(?:connections?|sessions?) (?:\w+ ){0,3}(?:limit|exceed|reached)|(?:exceed|limit)\w* (?:\w+ ){0,5}(?:connections?|sessions?)|trop de connexions|zu viele (?:\w+ )?(?:verbindungen|anmeldungen)|demasiadas conexiones|connection frequency/,
    reason: 'rate.limited',
    permanent: false,
  },
  {
    name: 'login.throttled',
    words:
      /throttl|back-?off time|rate.?limit|rate (?:is |was )?(?:exceeded|too)|too (?:fast|frequent|often|many (?:requests|commands|messages in this|login attempts|logons))|slow down|bandwidth limit|command limit|limit (?:was )?(?:hit|reached)|too many .{0,20}this hour|anvil|penalty/,
    phase: [...atLogin, 'select', 'idle'],
    reason: 'rate.limited',
    permanent: false,
  },

  // The lock that follows wrong passwords. Where the words promise an end, it is temporary.
  {
    name: 'login.locked-for-a-while',
    words:
      /temporar\w+ (?:\w+ ){0,2}(?:locked|blocked|banned|suspended|disabled)|(?:locked|blocked|banned|suspended|disabled) temporar|locked (?:out )?for \d|too many (?:\w+ ){0,2}(?:attempts|failures|failed|bad|invalid|wrong|incorrect|errors).{0,80}(?:later|wait|minute|hour|again)|(?:try|wait).{0,40}locked/,
    phase: atLogin,
    reason: 'account.locked',
    permanent: false,
  },
  {
    name: 'login.locked',
    words:
      /(?:account|user|mailbox|login|konto) (?:\w+ ){0,3}(?:is |has been )?locked|locked out|too many (?:\w+ ){0,2}(?:bad|failed|failures|invalid|incorrect|wrong|unsuccessful)|too many (?:\w+ )?(?:auth\w*|password|sign-?in) (?:attempts|tries|errors|failures)|konto (?:ist )?gesperrt|compte (?:est )?(?:bloque|verrouille)/,
    phase: atLogin,
    reason: 'account.locked',
  },

  // Our address is shut out. Such bans run out, so nothing here is permanent.
  {
    name: 'login.address-banned',
    words:
      /intrusion prevention|(?:ip|address|host) (?:\S+ )?(?:\w+ ){0,3}(?:is |was |has been )?(?:blocked|banned|blacklisted|denied)|(?:blocked|banned|blacklisted).{0,20}\bip\b|fail2ban|brute.?force|dictionary attack/,
    phase: ['connect', 'auth', 'bye'],
    reason: 'login.blocked',
    permanent: false,
  },
  {
    name: 'login.blocked',
    words:
      /(?:via|with|using|through) (?:your |a )?(?:web )?browser|web ?log-?in (?:is )?required|log ?in (?:to|on|at|via) (?:the )?web|unsafe login|suspicious|unusual (?:log|sign|activity)|(?:log-?in|sign-?in|access|logon) (?:attempt )?(?:is |was |has been )?(?:blocked|restricted|prevented)|blocked (?:\w+ ){0,2}(?:log-?in|sign-?in|access)|not allowed from (?:\w+ ){0,2}(?:ip|country|location|network|address)|geo.?(?:block|restrict|ip)|verify (?:your|that you)|captcha|not a robot|security (?:challenge|check|reasons)|password (?:has |is )?(?:expired|must be changed)|change your password|conditional access|two-?factor|2fa|second factor|mfa\b/,
    phase: [...atLogin, 'select'],
    reason: 'login.blocked',
  },

  // Which secret is wanted.
  {
    name: 'login.app-password',
    words:
      /app(?:lication)?[- ]?(?:specific)?[- ]?(?:password|passcode)|app[- ]specific|application[- ]specific|authori[sz]ation code|device password|client.specific password|external password|app-passwort|anwendungs\w*passwort|mot de passe d'application|contrasena de aplicacion|applikationsadgangskode|third.party (?:app|client|password)/,
    phase: atLogin,
    reason: 'auth.app_password_required',
  },
  {
    name: 'login.token-expired',
    words:
      /(?:access )?token (?:has |is |was )?(?:expired|invalid|not valid|rejected)|(?:expired|invalid) (?:access |oauth2? )?token|invalid_token|accesstokenexpired/,
    reason: 'auth.token_expired',
  },
  {
    name: 'login.scope',
    words: /insufficient[_ ]scope|scope (?:is )?(?:missing|not|insufficient)|missing scope/,
    reason: 'auth.insufficient_scope',
  },
  {
    name: 'login.oauth',
    words:
      /basic auth\w* (?:is |has been )?(?:\w+ )?(?:disabled|blocked|not|no longer|deprecated)|modern auth|oauth ?2?(?:\.0)? (?:\w+ )?(?:required|only)|(?:use|requires?|only) (?:\w+ )?oauth|xoauth2 (?:is )?(?:required|only)|password (?:based )?(?:auth\w*|logins?) (?:is |are |has been )?(?:disabled|not (?:allowed|supported|permitted|available))|security defaults/,
    phase: atLogin,
    reason: 'auth.oauth_required',
  },

  // The door for programs is shut.
  {
    name: 'login.imap-off',
    protocol: 'imap',
    words:
      /imap4? ?(?:\w+ ){0,4}(?:disabled|blocked|turned off|switched off|deactivated|not (?:\w+ )?(?:enabled|allowed|active|activated|permitted|available|included|supported)|prohibited|deaktiviert|nicht (?:aktiviert|freigeschaltet|erlaubt)|desactive|inactive)|(?:enable|activate|turn on|switch on|permission to use|allowed to use|access to|access via) (?:the )?imap|not enabled for (?:\w+ )?imap|(?:service|protocol|mail ?client access|external access) (?:is |has been )?(?:\w+ )?(?:disabled|not (?:open|enabled|allowed|activated))|domain policy has disabled/,
    reason: 'imap.disabled',
  },
  {
    name: 'login.smtp-off',
    protocol: 'smtp',
    phase: ['greeting', 'auth', 'mail'],
    words:
      /smtp (?:\w+ ){0,3}(?:disabled|blocked|turned off|deactivated|not (?:\w+ )?(?:enabled|allowed|activated|permitted))|authentication (?:is )?(?:not enabled|disabled)|smtpclientauth|(?:enable|activate) smtp|service is not open|auth\w* not (?:enabled|available for)|sending (?:is |has been )?disabled/,
    reason: 'smtp.disabled',
  },
  {
    name: 'login.suspended',
    words:
      /(?:account|user|mailbox|subscription|licen[sc]e|domain|service|access|konto|compte|postfach) (?:\S+ )?(?:is |has been |was |ist |a ete |currently |temporarily ){0,2}(?:disabled|suspended|deactivated|inactive|expired|closed|terminated|frozen|hibernated|on hold|cancell?ed|deleted|not active|blocked|gesperrt|deaktiviert|suspendu|desactive)|(?:disabled|suspended|inactive|deactivated|expired|blocked) (?:account|user|mailbox)|payment|unpaid|overdue|contact (?:your |the )?(?:\w+ )?(?:support|billing|sales)/,
    phase: atLogin,
    reason: 'account.suspended',
  },

  // No cleartext here.
  {
    name: 'login.tls',
    words:
      /starttls (?:\w+ )?(?:is )?(?:required|first|command first|needed)|(?:must|should|please) (?:\w+ )?(?:issue|use|do|run|start|send|enable)(?: an?)? (?:starttls|ssl|tls)|(?:ssl|tls|encrypt\w*|secure connection|secured connection)[^.]{0,30}(?:is )?(?:required|needed|mandatory|necessary)|requires? (?:\w+ )?(?:ssl|tls|encrypt\w*|secure)|(?:cleartext|plaintext|plain text|clear text|unencrypted)[^.]{0,40}(?:disallowed|not (?:allowed|permitted|supported)|disabled|prohibited|forbidden|rejected)|only available (?:under|over|with|via) (?:a |an )?(?:layer|ssl|tls|encrypt|secure)|logindisabled|non-secure|not (?:a )?secure connection|without (?:ssl|tls|encryption)|insecure (?:connection|channel)|login (?:is )?disabled|privacyrequired|nur (?:\w+ )?(?:verschlusselt|uber ssl|mit tls)/,
    phase: [...atLogin, 'mail', 'rcpt'],
    reason: 'tls.required',
    permanent: true,
  },
  {
    name: 'login.tls-failed',
    words:
      /tls (?:is )?(?:currently |temporarily )?(?:not available|unavailable|negotiation failed|handshake failed|failed)|(?:unable|failed) to (?:start|negotiate|initiali[sz]e) (?:tls|ssl)/,
    reason: 'tls.handshake',
  },
  {
    name: 'login.mechanism',
    words:
      /(?:unsupported|unknown|unrecogni[sz]ed|invalid|unavailable) (?:sasl |auth\w* ){0,2}(?:mech\w*|method|type|scheme)|(?:mech\w*|auth\w* (?:type|method|scheme)) (?:\S+ )?(?:is |are )?(?:not (?:supported|available|allowed|enabled|recogni[sz]ed|permitted)|unknown|unsupported|disabled|unavailable|too weak)|no (?:such|supported|suitable|worthy|matching|common) (?:\w+ )?(?:auth\w*|mech\w*)|auth (?:command )?(?:is )?(?:unrecogni[sz]ed|not (?:supported|available|implemented|recogni[sz]ed|advertised))|auth\w* (?:command )?used when not advertised|auth\w* (?:is )?not (?:supported|available|implemented)|auth not available|(?:does not|doesn't) support auth/,
    phase: atLogin,
    reason: 'auth.mechanism_unsupported',
  },

  // The normal end of a session.
  {
    name: 'session.over',
    words:
      /session (?:has |was |is )?(?:expired|timed out|timeout|invalidated|over|terminated|ended|closed|revoked)|auto-?logout|idle (?:for )?too long|(?:idle|inactivity|inactive) time-?out|(?:for|due to|because of) (?:\w+ )?inactivity|been idle|connection (?:is )?idle|(?:user|client) (?:is )?(?:logged out|disconnected)|logging (?:you )?out|log(?:ged)? in from another|kicked|max(?:imum)? session (?:time|duration)/,
    reason: 'session.expired',
    permanent: false,
  },

  // The server's own trouble.
  {
    name: 'server.trouble',
    words:
      /temporar|internal (?:\w+ )?(?:error|failure|server)|(?:system|server|software|i\/o|backend|database|storage|disk|dns|ldap|script|fatal|unexpected) (?:\w+ )?(?:error|failure|failed|problem)|server (?:is |too |currently |temporarily ){0,2}(?:busy|down|unavailable|not available|overload|shutting|closing|restarting)|service (?:is |currently |temporarily ){0,2}(?:busy|down|unavailable|not available|stopped|closing)|un?available|too (?:busy|much load)|overload|try (?:again|later|it later)|please retry|later\b|maintenance|out of (?:memory|disk|resources|order)|lost connection|(?:can(?:not|'t)|could not|couldn't|unable to|failed to) (?:\w+ )?(?:connect|contact|reach|access|open|find|lookup|proxy|start)|not respond|timed? ?out|shut(?:ting)? ?down|going down|restart|broken|no (?:free|available|more) (?:\w+ )?(?:slots?|process|servers?|workers?|resources)|system full|no space left|wartung|indisponible|vorubergehend|nicht verfugbar|spater (?:erneut|noch)|plus tard|mas tarde|panic|crash/,
    phase: [...atLogin, 'select', 'idle'],
    reason: 'server.unavailable',
    permanent: false,
  },

  // The login stands, the mailbox does not open.
  {
    name: 'mailbox.folder',
    protocol: 'imap',
    words:
      /(?:mailbox|folder) (?:\S+ )?(?:does(?:n't| not) exist|not found|is unknown|nonexist)|unknown (?:mailbox|folder)|no such (?:mailbox|folder)|unknown namespace|non-?existent (?:mailbox|folder)|invalid mailbox name|ordner .{0,30}nicht/,
    phase: ['select', 'idle', 'bye'],
    reason: 'mailbox.folder_missing',
  },
  {
    name: 'mailbox.quota',
    words:
      /over ?quota|quota (?:\w+ ){0,2}(?:exceeded|full|reached)|exceed\w* (?:\w+ ){0,3}quota|(?:storage|space|disk) (?:limit|quota|space)|mailbox (?:\w+ )?full|(?:not enough|insufficient|no|out of) (?:disk |storage )?space/,
    phase: ['select', 'idle', 'auth', 'bye'],
    protocol: 'imap',
    reason: 'mailbox.over_quota',
  },
  {
    name: 'mailbox.denied',
    protocol: 'imap',
    words:
      /not connected|access (?:to .{0,40})?(?:is )?denied|permission denied|no (?:permission|rights?|access)|not authori[sz]ed|not permitted|insufficient (?:access|permission|rights)|acl\b|authorization failed/,
    phase: ['select', 'idle', 'bye'],
    reason: 'mailbox.access_denied',
  },

  // And only then the password.
  {
    name: 'login.credentials',
    words:
      /(?:log-?in|log-?on|auth|authenticat\w+|sign-?in|sasl[ a-z0-9-]{0,20}|credentials?|password|user ?name)[ :]{0,2}(?:\w+ )?(?:has |have |is |was |were )?(?:\w+ )?(?:fail|unsuccessful|error|incorrect|invalid|denied|reject|refuse|wrong|not (?:accepted|valid|recogni[sz]ed|correct|match)|mismatch|disallow)|(?:invalid|incorrect|bad|wrong|unknown|unrecogni[sz]ed|illegal|no) (?:\w+ ){0,2}(?:user|login|log-?on|password|credential|passw|account|auth\w*|e-?mail address|mailbox name)|(?:failed|unable|fail) (?:to |on )?(?:login|log in|logon|auth\w*)|no such (?:user|account)|user (?:\S+ )?(?:is )?(?:not found|unknown|does(?:n't| not) exist)|(?:not|n't) (?:accepted|match|recogni[sz]e)|can(?:not|'t) (?:login|log in|authenticate)|identifiant|mot de passe|authentification (?:invalide|echouee|a echoue)|authentifizierung (?:ist )?(?:fehlgeschlagen|ungultig)|anmeldung fehlgeschlagen|(?:falsche?s?|ungultige?s?) (?:\w+ ){0,2}(?:passwort|kennwort|benutzer|zugangsdaten)|(?:contrasena|usuario) (?:\w+ )?(?:incorrect|invalid)|logowani|haslo|errore di autenticazione|credenziali|permission denied|access denied|not authori[sz]ed|login denied/,
    phase: ['auth', 'greeting', 'connect', 'bye'],
    reason: 'auth.invalid_credentials',
  },

  // Our bug, or characters of a password that were not quoted.
  {
    name: 'protocol.command',
    words:
      /(?:unknown|invalid|bad|illegal|unexpected|unrecogni[sz]ed|unimplemented|malformed|missing|null|unsupported|extra) (?:\w+ ){0,2}(?:commands?|arguments?|syntax|param\w*|sequence|tag|token|literal|characters?|base64|string)|syntax error|pars(?:e|ing) error|command (?:\S+ )?(?:not |un|line )(?:recogni[sz]ed|implemented|supported|known|limit|too long|understood|permitted|allowed|valid)|too many (?:\w+ )?invalid|error in imap command|line (?:is )?too long|this is an imap|expected (?:\w+ )?(?:arg|argument|string)|can(?:not|'t)? ?decode|not (?:valid )?base64|protocol (?:error|violation)|already (?:logged in|authenticated)|wrong state|bad command|command (?:was )?(?:unknown|invalid|unrecogni[sz]ed)/,
    reason: 'protocol.bad_command',
  },
];
