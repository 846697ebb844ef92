import { any, atLogin, inSession, type Rule } from './rule.ts';

const noCleartext = any(
  /starttls (?:\w+ )?(?:is )?(?:required|first|command first|needed)|logindisabled|privacyrequired/,
  /(?:must|should|please) (?:\w+ )?(?:issue|use|do|run|start|send|enable)(?: an?)? (?:starttls|ssl|tls)/,
  /(?:ssl|tls|encrypt\w*|secured? connection)[^.]{0,30}(?:required|needed|mandatory|necessary)/,
  /requires? (?:\w+ )?(?:ssl|tls|encrypt\w*|secure)/,
  /(?:clear ?text|plain ?text|unencrypted)[^.]{0,40}(?:disallowed|not (?:allowed|permitted|supported)|disabled|prohibited|forbidden|rejected)/,
  /only (?:available|allowed|permitted) (?:under|over|with|via) (?:a |an )?(?:layer|ssl|tls|encrypt|secure)/,
  /(?:un|not )encrypted (?:link|connection|channel|line)|switch to (?:tls|ssl)|before auth\b/,
  /non-secure|not (?:a )?secure connection|without (?:ssl|tls|encryption)|insecure (?:connection|channel)/,
  /login (?:is )?disabled/,
  /nur (?:\w+ )?(?:verschlusselt|uber ssl|mit tls)/,
);

/**
 * Words that many servers share about connections, sessions and logins: Dovecot, Cyrus, Courier, Exchange, Zimbra,
 * hMailServer, Kerio, Postfix and Exim with SASL, and the providers built on them. Read from the top: what only time
 * mends comes first, so that "temporary authentication failure" is never taken for a wrong password.
 */
export const loginWords: readonly Rule[] = [
  // Our bug, or characters of a password that were not quoted: said of the command, so before "invalid" and "too many".
  {
    name: 'protocol.syntax',
    words: any(
      /error in imap command|syntax error|pars(?:e|ing) error|line (?:is )?too long|command line limit/,
      /(?:missing|unexpected|extra|null|too (?:few|many)|invalid number of|invalid) arg/,
      /too many (?:invalid|unknown|unrecogni[sz]ed|bad|unauthenticated) (?:\w+ )?commands/,
      /(?:invalid|illegal) (?:characters?|atom|literal|tag|sasl arg|base64)|expected end/,
      /already (?:logged in|authenticated)|identity change/,
    ),
    phase: [...atLogin, 'select', 'idle'],
    reason: 'protocol.bad_command',
  },

  // Too many at a time. Dovecot says so under [LIMIT], older ones under [UNAVAILABLE]; the words win.
  {
    name: 'login.connections',
    words: any(
      /too many (?!failed|bad|invalid|wrong|incorrect|unsuccessful|auth|password)(?:\w+ ){0,3}(?:connections?|sessions?|clients|channels|logins?)\b/,
      /max(?:imum|\.)? (?:number of |allowed )?(?:\w+ ){0,2}(?:connections?|sessions?|logins)/,
      /(?:connections?|sessions?) (?:\w+ ){0,3}(?:limit|exceed|reached|frequency)/,
      /(?:exceed|limit)\w* (?:\w+ ){0,5}(?:connections?|sessions?)/,
      /(?:connections?|sessions?) (?:at a time|at once|(?:are )?(?:in use|taken|used up|limited))|connections? from \S+ \S+ (?:are |is )?limited/,
      /trop de connexions|zu viele (?:\w+ )?(?:verbindungen|anmeldungen)|demasiadas conexiones/,
      /for mange (?:forbindelser|tilkoblinger)|te veel verbindingen|troppe connessioni|muitas conexoes/,
    ),
    reason: 'rate.limited',
    permanent: false,
  },
  {
    name: 'login.throttled',
    words: any(
      /throttl|back-?off time|rate.?limit|rate (?:is |was )?(?:exceeded|too)|slow(?:er| down)/,
      /too (?:fast|frequent|often|quickly|many (?:times|requests|commands|messages in this|login attempts|logons|errors))/,
      /(?:bandwidth|command|login|auth\w*) (?:rate )?limit|limit (?:was )?(?:hit|reached|exceeded)/,
      /credits? exceeded|excessive (?:use|usage|login|connection|request|access)|too many .{0,20}this (?:hour|minute)|per (?:hour|minute)\b|penalty/,
      /слишком (?:много|часто)|过于频繁|频率|troppi tentativi|za duzo prob|for mange forsog|te veel pogingen/,
    ),
    phase: [...atLogin, 'select', 'idle'],
    reason: 'rate.limited',
    permanent: false,
  },

  // The lock that follows wrong passwords.
  {
    name: 'login.locked',
    words: any(
      /(?:account|user|mailbox|login|konto|e-?mail|access) (?:\S+ ){0,3}locked/,
      /locked (?:out|account|temporar|for \d|until)|account ?lock/,
      /too m(?:any|uch) (?:\w+ ){0,2}(?:bad|fail(?:ed|ures)?|invalid|incorrect|wrong|unsuccessful)(?! (?:\w+ )?(?:commands|recipients?|address))/,
      /too many (?:\w+ )?(?:auth\w*|password|sign-?in) (?:attempts|tries|errors|failures|requests)/,
      /temporar\w+ (?:locked|blocked|banned|suspended) (?:due|because|after|for)/,
      /(?:konto|postfach|zugang|mailbox|account)[^.;]{0,30}gesperrt|compte (?:est )?(?:bloque|verrouille)|cuenta (?:esta )?bloqueada/,
      /kontoen er (?:last|sperret)|заблокирован|zablokowan|bloccat[oa]|bloquead[oa]|geblokkeerd|锁定|冻结/,
    ),
    phase: atLogin,
    reason: 'account.locked',
  },

  // Which secret is wanted.
  {
    name: 'login.app-password',
    words: any(
      /app(?:lication)?[- ]?(?:specific)?[- ]?(?:password|passcode)|app(?:lication)?[- ]specific/,
      /(?:authori[sz]ation|client|app) code|(?:device|external|client.specific|dedicated|third.party \w+) password/,
      /(?:program|device|client)[- ]specific (?:password|passcode)/,
      /app-passwort|anwendungs\w*[- ]?passwort|mot de passe d'application|contrasena de aplicacion|wachtwoord voor app/,
      /applikationsadgangskode|applosenord|apppassord|parol prilozheniya/,
    ),
    phase: atLogin,
    reason: 'auth.app_password_required',
  },

  // Our address is shut out. Such bans run out, so nothing here is permanent.
  {
    name: 'login.address-banned',
    words: any(
      /intrusion prevention|fail2ban|brute.?force|dictionary attack/,
      /\b(?:ip|address|host)\b:? (?:\S+ ){0,4}(?:blocked|banned|blacklisted|block-?listed|denied)/,
      /(?:blocked|banned|blacklisted).{0,20}\bip\b|banned (?:for|until)/,
    ),
    phase: ['connect', 'greeting', 'auth', 'bye'],
    reason: 'login.blocked',
    permanent: false,
  },
  {
    name: 'login.blocked',
    words: any(
      /(?:via|with|using|through|in) (?:your |a |the )?(?:web )?browser|web ?log-?in (?:is )?required/,
      /log ?in (?:to|on|at|via) (?:the )?web/,
      /unsafe login|suspicious|unusual (?:log|sign|activity)|geo.?(?:block|restrict|ip)/,
      /(?:log-?in|sign-?in|access|logon) (?:attempt )?(?:is |was |has been )?(?:blocked|restricted|prevented)/,
      /blocked (?:\w+ ){0,2}(?:log-?in|sign-?in|access)|security (?:challenge|check|reasons|concern)/,
      /not allowed from (?:\w+ ){0,2}(?:ip|country|location|network|address)|unauthori[sz]ed ip|\bvalid mailbox/,
      /(?:country|location|region) (?:\S+ )?(?:is |are )?(?:blocked|not allowed|denied|restricted)/,
      /verify (?:your (?!credential|password|user|login|setting|config|e-?mail address and)|that you|it'?s you)/,
      /(?:sign-?in|log-?in) (?:\w+ ){0,5}(?:stopped|held back|paused)|(?:approve|confirm) (?:it|this|the) (?:\w+ )?(?:in|on|at)\b/,
      /captcha|not a robot|accept (?:the )?(?:eula|terms)|terms of (?:service|use)/,
      /password (?:has |is )?(?:\w+ )?(?:expired|must be changed|needs to be)|(?:change|reset) your password/,
      /expired password/,
      /conditional access|\btotp\b|one-?time (?:code|password)|two-?factor|2fa|second factor|mfa\b|multi-?factor/,
    ),
    phase: [...atLogin, 'select'],
    reason: 'login.blocked',
  },

  {
    name: 'login.token-expired',
    words: any(
      /token (?:has |is |was )?(?:expired|invalid|not valid|rejected|revoked)|(?:expired|invalid|bad) (?:\w+ )?token/,
      /invalid_token|accesstokenexpired/,
    ),
    reason: 'auth.token_expired',
  },
  {
    name: 'login.scope',
    words: /insufficient[_ ]scope|scope (?:is )?(?:missing|not|insufficient)|missing scope/,
    reason: 'auth.insufficient_scope',
  },
  {
    name: 'login.oauth',
    words: any(
      /basic auth\w* (?:is |has been )?(?:\w+ )?(?:disabled|blocked|not|no longer|deprecated)|modern auth/,
      /security defaults/,
      /oauth ?2?(?:\.0)? (?:\w+ )?(?:required|only)|(?:use|requires?|only) (?:\w+ )?x?oauth/,
      /xoauth2 (?:is )?(?:required|only)|(?:sign|log) in (?:with|by|using) oauth/,
      /passwords? (?:are |is )?(?:no longer |not )(?:accepted|supported|allowed|taken)[^.;]{0,30}(?:oauth|token|modern)/,
      /(?:password|plain)(?: based)? (?:auth\w*|logins?) (?:is |are |has been )?(?:disabled|no longer|not (?:allowed|supported|permitted|available))/,
    ),
    phase: atLogin,
    reason: 'auth.oauth_required',
  },

  // The door for programs is shut.
  {
    name: 'login.imap-off',
    protocol: 'imap',
    words: any(
      /imap4?(?:rev1)?[- ]?(?:\w+ ){0,4}(?:disabled|blocked|turned off|switched off|deactivated|prohibited|inactive|is off)/,
      /imap4?(?:rev1)?[- ]?(?:\w+ ){0,4}not (?:\w+ )?(?:enabled|allowed|active|activated|permitted|available|included|supported|open)/,
      /imap4?[- ]?(?:\w+ ){0,4}(?:deaktiviert|nicht (?:aktiviert|freigeschaltet|erlaubt)|desactive|ikke (?:aktiveret|aktivert))/,
      /(?:external|other|third.party) (?:mail )?(?:programs?|clients?|apps?) (?:\w+ ){0,2}(?:off|disabled|not allowed|blocked)/,
      /(?:enable|enabled|activate|turn on|switch on|permission to use|allowed to use|include|included) (?:\w+ )?imap/,
      /(?:not|n't) have (?:\w+ ){0,2}imap|no (?:access to )?imap|imap (?:access )?(?:denied|restricted|refused)/,
      /not (?:enabled|authori[sz]ed|allowed) for (?:\w+ )?imap|domain policy has disabled/,
      /(?:service|protocol|mail ?client access|external access) (?:is |has been )?(?:\w+ )?(?:disabled|not (?:open|enabled|allowed|activated))/,
    ),
    reason: 'imap.disabled',
  },
  {
    name: 'login.smtp-off',
    protocol: 'smtp',
    phase: ['greeting', 'auth', 'mail'],
    words: any(
      /smtp (?:\w+ ){0,3}(?:disabled|blocked|turned off|deactivated|not (?:\w+ )?(?:enabled|allowed|activated|permitted))/,
      /(?:auth\w*|submission) (?:is )?(?:not enabled|disabled)|smtpclientauth|(?:enable|activate) smtp/,
      /service is not open/,
      /sending (?:is |has been )?disabled|not (?:allowed|permitted|authori[sz]ed) to use smtp/,
    ),
    reason: 'smtp.disabled',
  },
  // The folder went, not the account.
  {
    name: 'session.folder-gone',
    protocol: 'imap',
    words: /(?:mailbox|folder) (?:has been |was |is )?(?:\w+ )?(?:deleted|renamed|removed)/,
    phase: ['bye', 'idle'],
    reason: 'session.expired',
  },
  {
    name: 'login.suspended',
    words: any(
      /(?:account|user|mailbox|subscription|licen[sc]e|domain|service|konto|compte|postfach) (?:\S+ )?(?:is |has been |was |ist |a ete |currently ){0,2}(?:disabled|suspended|deactivated|inactive|expired|closed|terminated|frozen|hibernated|on hold|cancell?ed|deleted|not active|blocked|gesperrt|deaktiviert|suspendu|desactive)/,
      /(?:disabled|suspended|inactive|deactivated|expired|blocked) (?:account|user|mailbox)/,
      // Dovecot, of a user who may not log in: "[CONTACTADMIN] Login disabled for this user".
      /log-?ins? (?:is |are |has been |have been )?(?:disabled|not allowed|blocked) (?:for|by) (?:this|your|the|an?) (?:user|account|mailbox|admin)/,
      /(?:user|account|mailbox) (?:\S+ )?(?:is |has been )?(?:not|no longer) (?:allowed|permitted) to log ?in/,
      /has an outgoing mail suspension/,
      /payment|unpaid|overdue/,
    ),
    phase: atLogin,
    reason: 'account.suspended',
  },

  // No cleartext here; with a code of the fourth class it may be that TLS alone is missing for a moment. Not so with
  // Courier's 400, which no RFC knows and which stays.
  {
    name: 'login.tls-now',
    protocol: 'smtp',
    code: /^4[1-9]\d/,
    words: noCleartext,
    phase: [...atLogin, 'mail', 'rcpt'],
    reason: 'tls.required',
    permanent: false,
  },
  {
    name: 'login.tls',
    words: noCleartext,
    phase: [...atLogin, 'mail', 'rcpt'],
    reason: 'tls.required',
    permanent: true,
  },
  {
    name: 'login.tls-failed',
    words: any(
      /tls (?:is )?(?:currently |temporarily )?(?:not available|unavailable|negotiation failed|handshake failed|failed)/,
      /(?:unable|failed) to (?:start|negotiate|initiali[sz]e) (?:tls|ssl)/,
      /(?:tls|ssl) ?v?[123](?:\.\d)?[^;]{0,30}(?:not |un|dis|no longer )(?:supported|allowed|accepted)|client to (?:support|use) tls/,
    ),
    reason: 'tls.handshake',
    permanent: false,
  },
  {
    name: 'login.no-auth-command',
    protocol: 'smtp',
    words: /command (?:is |was )?(?:not |un)(?:recogni[sz]ed|implemented|supported|known)|unrecogni[sz]ed command/,
    phase: ['auth'],
    reason: 'auth.mechanism_unsupported',
  },
  {
    name: 'login.mechanism',
    words: any(
      /(?:unsupported|unknown|unrecogni[sz]ed|invalid|unavailable) (?:sasl |auth\w* ){0,2}(?:mech\w*|method|type|scheme)/,
      /(?:mech\w*|auth\w* (?:type|method|scheme)) (?:\S+ )?(?:is |are )?(?:not (?:supported|available|allowed|enabled|recogni[sz]ed|permitted)|unknown|unsupported|disabled|unavailable|too weak)/,
      /no (?:supported|suitable|worthy|matching|common) (?:\w+ )?(?:auth\w*|mech\w*)|no such (?:\w+ )?mech|no mech\w* /,
      /auth (?:command )?(?:is )?(?:unrecogni[sz]ed|not (?:supported|available|implemented|recogni[sz]ed|advertised))/,
      /auth\w* (?:(?:plain|login|cram-md5|xoauth2|oauthbearer|ntlm|digest-md5) )?(?:is )?not (?:supported|available|implemented)/,
      /(?:plain|login|cram-md5|digest-md5|xoauth2|oauthbearer|ntlm|scram\S*) (?:is |auth\w* )?not (?:supported|available|offered|allowed)/,
      /auth\w* (?:command )?used when not advertised|(?:does not|doesn'?t) support auth|authentication not allowed/,
    ),
    phase: atLogin,
    reason: 'auth.mechanism_unsupported',
  },

  // The normal end of a session.
  {
    name: 'session.over',
    words: any(
      /session (?:has |was |is )?(?:expired|timed out|timeout|invalidated|over|terminated|ended|closed|revoked|replaced)/,
      /auto-?logout|idle (?:for )?too long|(?:idle|inactive) (?:connection|time-?out)|\binactivity\b|been idle/,
      /connection (?:is )?idle/,
      /(?:user|client) (?:is |was )?(?:logged out|disconnected)|logging (?:you )?out|log(?:ged)? in from another/,
      /kicked/,
      /max(?:imum)? session (?:time|duration|length)/,
    ),
    phase: [...atLogin, 'select', 'idle'],
    reason: 'session.expired',
    permanent: false,
  },

  // The server's own trouble.
  {
    name: 'server.trouble',
    words: any(
      /temporar|internal (?:\w+ )?(?:error|failure|server)|(?<!reason )unavailable|un?available (?:now|at)/,
      /error \w+ opening|maintenance|panic|crash|system storage|retry operation/,
      /(?:mailbox|folder) (?:is |has been )?(?:currently )?(?:locked|reserved|moved|busy)/,
      /(?:connection|connect|access|talk|query|lookup) (?:to|of|with|in) (?:the )?(?:\w+ )?(?:\w+ )?(?:daemon|server|backend|database|socket|service|store)/,
      /\bsql\b|\bdaemon\b/,
      /(?:system|server|software|i\/o|backend|database|storage|disk|dns|ldap|script|fatal|unexpected|initiali[sz]ation|application|generic) (?:\w+ )?(?:error|failure|failed|problem)/,
      /(?:server|service|system|database|backend|site|host|proxy|store|ldap|dns) (?:is |too |currently |now ){1,2}(?:busy|down|not available|overloaded|shutting|closing|restarting|starting|stopped|offline)/,
      /(?:server|system|service) busy|service not available|too (?:busy|much load)|overload|high load/,
      /(?:try|retry) (?:it )?(?:later|again (?:in|after|soon|later))|please retry|later\b/,
      /out of (?:memory|disk|resources|order)|lost connection|connection lost|not (?:respond|reachable|erreichbar)/,
      /nicht erreichbar|timed? ?out|shut(?:ting)? ?down|going down|restart|broken|offline|corrupt|invalid format/,
      /(?:can(?: ?not|'t)|could not|couldn't|unable to|failed to) (?:\w+ )?(?:connect|contact|reach|access|open|proxy|start|read|write|talk|(?:find|look ?up)(?! (?:\w+ ){0,2}(?:user|account|mailbox|e-?mail|login)))/,
      /no (?:free|available|more) (?:\w+ )?(?:slots?|process|servers?|workers?|resources)|system full|no space left/,
      /\bin use\b|ports are busy|locked by (?:another|pop|an? |the )|(?:being|is) (?:moved|migrat\w+|transferred)/,
      /wartung|indisponible|vorubergehend|nicht verfugbar|spater (?:erneut|noch)|plus tard|mas tarde|senere/,
      /niet beschikbaar|temporane|tijdelijk|midlertidig|tillfallig|tymczasow|docasn|non disponibil|niedostepn/,
      /временн|позже|недоступ|稍后|暂时|繁忙|系统|しばらく/,
    ),
    phase: [...atLogin, 'select', 'idle'],
    reason: 'server.unavailable',
    permanent: false,
  },

  {
    name: 'session.no-login',
    protocol: 'imap',
    words: any(
      /(?:login|log in|authenticate) first|not (?:yet )?(?:authenticated|logged in)/,
      /must (?:be )?(?:authenticate|logged in)/,
    ),
    phase: inSession,
    reason: 'auth.required',
  },

  // The login stands, the mailbox does not open.
  {
    name: 'mailbox.folder',
    protocol: 'imap',
    words: any(
      /(?:mailbox|folder) (?:\S+ )?(?:does(?:n't| not) exist|not found|is unknown|nonexist)|invalid mailbox name/,
      /unknown (?:mailbox|folder|namespace)|no such (?:mailbox|folder)|non-?existent (?:mailbox|folder)/,
      /ordner .{0,30}nicht|(?:mailbox|folder) \S[^;]{0,60}(?:not be found|not found|not exist)/,
    ),
    phase: inSession,
    reason: 'mailbox.folder_missing',
  },
  {
    name: 'mailbox.quota',
    protocol: 'imap',
    words: any(
      /over ?quota|quota (?:\w+ ){0,2}(?:exceeded|full|reached|used up|exhausted)|exceed\w* (?:\w+ ){0,3}quota|out of quota/,
      /(?:storage|space|disk) (?:limit|quota|space)|mailbox (?:\w+ )?full/,
      /(?:not enough|insufficient|no|out of) (?:disk |storage )?space/,
    ),
    phase: [...inSession, 'auth'],
    reason: 'mailbox.over_quota',
  },
  {
    name: 'mailbox.too-large',
    protocol: 'imap',
    words: /(?:message|mail|literal|data|size) (?:\w+ ){0,3}(?:exceeds|too (?:large|big|long))|size (?:limit|exceed)/,
    phase: inSession,
    reason: 'send.message_too_large',
  },
  {
    name: 'mailbox.denied',
    protocol: 'imap',
    words: any(
      /not connected|access (?:to .{0,40})?(?:is )?denied|permission denied|no (?:permission|rights?|access)/,
      /not permitted|not have (?:the |any )?(?:right|permission|access)/,
      /not authori[sz]ed|insufficient (?:access|permission|rights)|\bacl\b|authorization failed|read-?only/,
    ),
    phase: inSession,
    reason: 'mailbox.access_denied',
  },

  // And only then the password.
  {
    name: 'login.credentials',
    words: any(
      /(?:log-?in|log-?on|auth|authenticat\w+|authori[sz]ation|sign-?in|credentials?|password|user ?name)[ :]{0,2}(?:\w+ )?(?:has |have |is |was |were )?(?:\w+ )?(?:fail|unsuccessful|error|incorrect|invalid|denied|reject|refuse|wrong|not (?:accepted|valid|recogni[sz]ed|correct|match)|mismatch|disallow)/,
      /(?:invalid|incorrect|bad|wrong|unknown|unrecogni[sz]ed|illegal) (?:\w+ ){0,2}(?:user|login|log-?on|password|credential|passw|passphrase|account|auth\w*|e-?mail)/,
      /(?:failed|unable|fail) (?:to |on )?(?:login|log in|logon|auth\w*)|can(?:not|'t) (?:login|log in|authenticate)/,
      /no such (?:user|account)|user (?:\S+ )?(?:is )?(?:not found|unknown|does(?:n't| not) exist)|unknown user/,
      /(?:can(?: ?not|'t)|could not|unable to) find (?:\w+ ){0,2}(?:user|account|mailbox)/,
      /(?:password|login|user ?name|secret) (?:is |was )(?:not|in)(?: \w+)? ?(?:right|correct|good|known)/,
      /(?:not|n't) (?:accepted|match|recogni[sz]e)|permission denied|access denied|not authori[sz]ed|not permitted/,
      /identifiant|mot de passe|authentification (?:invalide|echouee|a echoue)|code d'authentification/,
      /authentifizierung (?:ist )?(?:fehlgeschlagen|ungultig)|anmeldung (?:ist )?fehlgeschlagen/,
      /(?:falsche?[rs]?|ungultige?[rs]?) (?:\w+ ){0,2}(?:passwort|kennwort|benutzer|zugangsdaten|anmeld)/,
      /(?:passwort|kennwort|zugangsdaten) (?:\w+ ){0,2}(?:falsch|ungultig|nicht korrekt)/,
      /(?:contrasena|usuario) (?:\S+ ){0,3}(?:incorrect|invalid)|logowani|haslo|errore di autenticazione/,
      /credenziali/,
      // At a login, a language's word for the secret is enough once every passing trouble has been ruled out.
      /\b(?:heslo|jelszo|salasana|sifre|senha|parola|lozinka|geslo|slaptazodi|parool|kennwort|wachtwoord)/,
      /\bpassword (?:errat|non valid|sbagliat|incorrett)|парол|密码|口令|授权码|(?:認証|ロク.{0,3}イン).{0,4}失敗/,
      /(?:forkert|feil|fel|onjuist\w*|verkeerd\w*|ongeldig\w*) (?:\w+ )?(?:adgangskode|passord|losenord|wachtwoord|brug|bruk|anv|gebruik)/,
    ),
    phase: ['auth', 'bye'],
    reason: 'auth.invalid_credentials',
  },
  {
    name: 'login.contact',
    words: /contact (?:your |the )?(?:\w+ )?(?:support|billing|sales|help ?desk|administrator|provider)/,
    phase: ['auth', 'bye'],
    reason: 'account.suspended',
  },

  // IMAP extensions that we asked for and the server does not have.
  {
    name: 'protocol.extension',
    protocol: 'imap',
    words: /^(?:\S{1,12} )?(?:(?:no|bad) )?[a-z]{2,20}(?: command)? (?:is )?not (?:supported|implemented|available)/,
    phase: inSession,
    reason: 'protocol.bad_command',
  },
  {
    name: 'protocol.command',
    words: any(
      /(?:unknown|invalid|bad|illegal|unexpected|unrecogni[sz]ed|unimplemented|malformed|missing|unsupported) (?:\w+ ){0,2}(?:commands?|syntax|param\w*|sequence|token|string)/,
      /command (?:\S+ )?(?:was |is )?(?:not |un|line )(?:recogni[sz]ed|implemented|supported|known|too long|understood|permitted|allowed|valid|expected)/,
      /command is disabled|this is an imap|expected (?:\w+ )?(?:arg|argument|string)/,
      /(?:can(?:not|'t)?|could not|unable to) (?:decode|parse)|not (?:valid )?base64/,
      /(?:protocol|synchroni[sz]ation) (?:error|violation)|already (?:logged in|authenticated)/,
      /(?:wrong|invalid) state|optional argument|helo first|hello first/,
    ),
    reason: 'protocol.bad_command',
  },
];
