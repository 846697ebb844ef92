import { any, atSending, type Rule } from './rule.ts';

/**
 * Words about a mail that was handed in: the submission server's own, and those of the recipient's server that it
 * passes on. Read from the top: narrow meanings first ("mailbox full" before "recipient rejected").
 */
export const sendWords: readonly Rule[] = [
  // The connection, not the mail: pooled connections grow old, and servers count their errors.
  {
    name: 'send.connection-old',
    words: /connection (?:has |is |was )?expired|try reconnecting|idle (?:for )?too long|session (?:has )?expired/,
    reason: 'session.expired',
  },
  {
    name: 'send.connection-timeout',
    words: any(
      /time-?out (?:exceeded|-)|timed? ?out (?:waiting for|while reading)/,
      /closing connection (?:after|due to) (?:\w+ )?time/,
    ),
    reason: 'network.timeout',
  },
  {
    name: 'send.errors',
    words: any(
      /too many (?:\w+ )?errors|messages? per (?:\w+ )?(?:connection|session)/,
      /too many (?:\w+ ){0,2}(?:connections?|sessions?)|(?:concurrent|simultaneous) (?:\w+ )?(?:connections?|sessions?)/,
      /connections? from [^.;]{1,60} limited/,
    ),
    reason: 'rate.limited',
  },
  // Our own commands.
  {
    name: 'send.command',
    words: any(
      /(?:data|talk\w*|commands?|input|sent|traffic) before (?:the |our )?(?:\w+ )?(?:greeting|banner)|identity change/,
      /(?:helo|ehlo)\S* (?:argument|command|name|parameter)?s?[^.;]{0,20}(?:invalid|not allowed|missing|required|syntax|need)/,
    ),
    reason: 'protocol.bad_command',
  },

  // Greylisting, before everything that also says "try again later".
  {
    name: 'send.greylist',
    words:
      /gr[ae]y-?list|grey\.|deferred (?:for|due to) policy|first time sender|confirm this mail server|server requires confirmation/,
    reason: 'send.greylisted',
  },
  {
    name: 'send.account-inactive',
    words: /account[^.;]{0,20} not (?:yet )?activ|activate your (?:\w+ )?account/,
    reason: 'account.suspended',
  },
  {
    name: 'send.auth-required',
    words: any(
      /auth\w* (?:is )?(?:\w+ )?required|authentification requise|anmeldung erforderlich|login required/,
      /(?:must|need to|have to|please) (?:first )?(?:be )?(?:auth\w*|log ?in|logged in)|requires? (?:\w+ )?auth/,
      /not (?:\w+ )?(?:authenticated|logged in)|don't authenticate|(?:log ?in|authenticate) (?:first|before)/,
      /auth\w* turned on|unauthenticated (?:mail|senders?|user|client|commands)\b|pop3?[- ]before[- ]smtp|check.{0,20}mail before sending/,
    ),
    reason: 'auth.required',
  },
  {
    name: 'send.tls',
    words: /starttls|(?:tls|ssl|encrypt\w*) (?:\w+ ){0,3}required|require\w* (?:\w+ )?(?:tls|ssl|encrypt)/,
    reason: 'tls.required',
  },

  // A full mailbox, then size, both before quotas.
  {
    name: 'send.recipient-full',
    words: any(
      /(?:mailbox|inbox|recipient|account|boite|postfach|maildir|folder|mailfolder)[^.;]{0,60}(?:\bfull\b|quota|storage|disk|pleine|voll\b|size limit|local limit)/,
      /(?:user|he|she|you are trying to reach|contact)[^.;]{0,40}(?:\bfull\b|over (?:the )?quota|quota exceeded|exceeded (?:\w+ )?quota|too many messages)/,
      /full mailbox|over ?quota\b|\b(?:disk|disc|storage|mail) quota|quota (?:usage|violation|is full)/,
      /enough (?:\w+ )?space|space (?:\w+ ){0,3}used up/,
      /^too much mail data|storage (?:allocation|space)|insufficient (?:disk|storage|mailbox) (?:space|quota)/,
    ),
    phase: ['rcpt', 'data'],
    reason: 'send.recipient_rejected',
    permanent: false,
  },
  // At a recipient it is theirs, unless it speaks of sending.
  {
    name: 'send.recipient-quota',
    words: /^(?!.*(?:daily|hourly|sending|outgoing|\bper\b|\byou\b|\byour\b|limit)).*\bquota exceeded/s,
    code: /^55[02]$/,
    phase: ['rcpt', 'data'],
    reason: 'send.recipient_rejected',
    permanent: false,
  },
  {
    name: 'send.line-length',
    words: /line (?:length|limit)|lines? (?:are |is )?too long/,
    phase: atSending,
    reason: 'send.content_rejected',
  },
  {
    name: 'send.too-large',
    words: any(
      /(?:message|mail|e-?mail|size) (?:size |is |was )?(?:\w+ ){0,3}(?:too (?:big|large|long)|exceeds)/,
      /too (?:big|large)/,
      /size (?:limit|exceed)|exceed\w* (?:\w+ ){0,4}size|maximum (?:\w+ )?size|message length|size=/,
      /size of (?:the )?message/,
      /zu gro(?:ss|ß)|trop (?:gros|volumineux)|demasiado grande|for stor|te groot/,
    ),
    phase: atSending,
    reason: 'send.message_too_large',
  },
  {
    name: 'send.harmful',
    words: any(
      /virus|malware|infected|phish|potential(?:ly)? (?:security|dangerous|harmful)|dangerous|executable/,
      /(?:blocked|illegal|banned|forbidden|not allowed|blacklisted|prohibited) (?:file|attachment|content)|attachment/,
    ),
    reason: 'send.content_rejected',
  },

  // Too much.
  {
    name: 'send.rate',
    words: any(
      /(?:daily|hourly|sending|message|mail|outgoing|outbound|smtp|recipient|submission|relay|user|hour|day)s? (?:\w+ ){0,2}(?:limit|quota|rate)s? (?:\w+ ){0,3}(?:exceed|reach|hit|over)/,
      /(?:exceed|reach|over)\w* (?:\w+ ){0,5}(?:limit|quota|\brate|allow|number of (?:messages|mails|recipients)|max e-?mails|outmail)/,
      /too (?:many|much) (?:\w+ ){0,3}(?:mails?|messages?|e-?mails?|recipients?|rcpt|envelopes)|sent too many/,
      /sending too|rcpt (?:numbers?|count|limit)|credits? (?:exceeded|exhausted|used up)/,
      /rate.?limit|throttl|quota ?exceeded|limit (?:exceeded|reached)|frequency|per (?:hour|day|minute)/,
      /too (?:fast|quickly|frequent)|slow(?:er| down)|rate (?:is )?too high/,
      /(?:unexpected|excessive|high|unusual) (?:\w+ )?(?:volume|rate|number)|deferred due to|temporarily deferred/,
      /receiving mail at a rate|(?:limit|quota|allowance)[^.;]{0,30}(?:used up|exhausted|spent)/,
      /limit (?:for|of|on) [^.;]{0,60}(?:reached|exceeded|hit)|sent (?:\d+|too many) (?:\w+ )?(?:mails|messages|e-mails)/,
      /zu viele (?:e-?mails|mails|nachrichten|empfanger)|trop de (?:messages|destinataires|mails)/,
    ),
    phase: [...atSending, 'greeting', 'connect'],
    reason: 'send.rate_limited',
  },

  // The account itself may not send.
  {
    name: 'send.account-stopped',
    words: any(
      /your (?:\w+ ){0,2}(?:account|mailbox|subscription)[^.;]{0,40}(?:suspended|disabled|blocked|restricted|inactive|locked)/,
      /suspended from sending|outgoing (?:mail )?(?:\w+ )?(?:blocked|suspended|disabled|suspension)/,
      /sending (?:\w+ ){0,5}(?:blocked|suspended|disabled|revoked|paused|stopped)/,
    ),
    phase: [...atSending, 'greeting'],
    reason: 'account.suspended',
  },

  {
    name: 'send.relay-denied',
    words: any(
      /relay\w* (?:access |is )?(?:denied|not (?:allowed|permitted)|prohibited|disabled)/,
      /(?:unable|not allowed|cannot|refuse\w*) to relay/,
    ),
    phase: atSending,
    reason: 'send.relay_denied',
  },

  // Our own host, seen from the other side: its name, address and reputation.
  {
    name: 'send.client-host',
    words: any(
      /client host rejected|(?:reverse|your) hostname|\bptr\b|reverse dns|\brdns\b/,
      /(?:helo|ehlo) (?:\w+ )?(?:command |name )?(?:rejected|invalid|not)/,
      /unresolvable (?:relay )?host|(?:cannot|can't|unable to) resolve your|ip name lookup|dynamic ip|\bips? blocked/,
      /(?:bad|sender) (?:sender )?ip\b|from (?:your|dynamic|this|\w+ mail) (?:ips?|servers?|network)\b|from ip\b/,
      /(?:server|client|your) ip\b|network is|\bip (?:\S+ ){0,3}(?:rejected|denied|banned|refused|not allowed)|\bip[=:] ?\d|connection (?:was |is |has been )?(?:denied|rejected)/,
      /\baccess to [^.;]{0,60}(?:rejected|denied|blocked|refused|restricted)/,
      /smtp server of your (?:isp|provider)|mail server at|no access from|open proxy\b|not allowed to connect|go away|blocked - see|refused - see/,
    ),
    phase: [...atSending, 'greeting', 'connect'],
    reason: 'send.content_rejected',
  },
  {
    name: 'send.sender-list',
    words: any(
      /(?:un|not )able to verify (?:the )?sender|mail ?from domain is listed|sender (?:domain )?(?:is )?(?:listed|spammer|on)/,
      /(?:e-?mail|sender|sending) address (?:has been |is |was )?(?:blacklisted|blocked|not accepted|banned)/,
    ),
    reason: 'send.sender_rejected',
  },

  // What went wrong behind the scenes, although the line begins with the address that it happened to.
  {
    name: 'send.behind',
    words: any(
      /config(?:uration)? (?:problem|error)|lookup (?:failure|failed|error|problem)|name ?server (?:reply|problem|error)|resources (?:\w+ ){0,2}unavailable/,
      /(?:service|server|system) (?:is )?(?:currently |temporarily )unavailable/,
    ),
    reason: 'server.unavailable',
    permanent: false,
  },

  // It does not arrive: it goes round in circles, or was on its way for too long.
  {
    name: 'send.lost',
    words: any(
      /\bhops?\b|(?:mail|routing|message|forwarding)[- ]loop|loop(?:ing|s)? (?:detected|back)|\bloop(?:ing|ed|s)\b/,
      /(?:message|mail|delivery time) (?:has |is )?expired|in the queue too long|nonexistent ?domain|retry time (?:not|out)|after \d+ (?:tries|attempts)/,
    ),
    phase: ['rcpt', 'data'],
    reason: 'send.recipient_rejected',
  },

  // The recipient by name; an address that could not be verified is the recipient's too.
  {
    name: 'send.recipient-named',
    words: any(
      /recipient (?:is )?only accept|recipient (?:address )?(?:rejected(?!: \S{0,12} ?senders?\b)|unknown|not|suspend|is not|does)/,
      /(?:unknown|invalid|bad|no valid|archived|rejected)[- ]recipient/,
      /unverified address|user (?:unknown|suspended)|unknown (?:user|local)/,
      /no such (?:user|recipient|mailbox|person|address)|rcpt <|badrcptto/,
      /(?:user|mailbox|recipient) not found|invalid mailbox|no mailbox (?:here )?by that name/,
      /invalid or unknown (?:\w+ )?user|address verification (?:in|failed)/,
    ),
    phase: ['rcpt', 'data'],
    reason: 'send.recipient_rejected',
  },

  // Who it claims to be from.
  {
    name: 'send.sender',
    words: any(
      /senders? (?:\S+ )?(?:address |domain )?(?:is |was )?(?:rejected|not (?:the )?(?:allowed|valid|owned|permitted|authori[sz]ed|accepted|verified|exist|found|same)|invalid|denied|blocked|unknown|refused|incorrect|empty|must|mismatch|does not|verify)/,
      /(?:invalid|bad|null|unroutable|unknown|forged|empty) (?:\w+ )?senders?|badsender/,
      /(?:mail )?from:? (?:address |domain )?(?:must|not|is not|is invalid|does not|mismatch|header|domain)/,
      /(?:not|n't) (?:\w+ ){0,3}(?:owned by|permission|permissions|allowed|authori[sz]ed|permitted|able) (?:\w+ ){0,3}(?:to send|to post|send as|send from|sending as|use this (?:sender|address)|this sender)/,
      /send as|sendas|spoof|dmarc|\bspf\b|dkim|domain of sender|sender'?s? domain|non-?member|members-only/,
      /purported responsible|senderfilter|not (?:a )?local sender|'?from'? address you|sender signature|not (?:authori[sz]ed|allowed|permitted) to perform/,
      /not (?:a )?verified (?:sender|address|identity)|e-?mail address (?:is )?not verified|same as auth\w*/,
      /one of your addresses|does not accept mail from|not subscribed to/,
      /emetteur invalide|expediteur|absender|envelope from|return.path|originating ip|mail from/,
      /fully qualified (?:e-?mail|address)|administrative prohibition/,
    ),
    phase: atSending,
    reason: 'send.sender_rejected',
  },
  {
    name: 'send.relay',
    words: any(
      /retransmiss|vidarebefordr|videresend|weiterleitung (?:\w+ )?(?:abgelehnt|verweigert|nicht)|retransmision/,
      /list of allowed|relay(?!=)|not (?:a )?local (?:domain|user)|not permitted to (?:send|route)|non-?local|rcpthosts|not a gateway/,
      /we do not accept mail for|not our (?:customer|domain)|(?:cannot|can't|not) deliver (?:mail |messages )?for|forwards? no mail/,
    ),
    phase: atSending,
    reason: 'send.relay_denied',
  },

  // Spam, reputation and policy judge the mail or our address.
  {
    name: 'send.content',
    words: any(
      /\bon (?:the |a |our )?(?:\S+ )?(?:black|block|deny)?-?list\b/,
      /spam|block[- ]?list|black[- ]?list|\brbl\b|dnsbl|blocked (?:using|by)|listed (?:at|in|on|by)/,
      /(?:local |security |content )?polic(?:y|ies)|reputation|abus/,
      /suspicio|unsolicited|\bbulk\b|mass mail|complaint|junk|score|points|unacceptable|unwanted|inappropriate/,
      /prohibited|banned|poor|secur\w+ (?:reasons?|rules?|settings?)/,
      /(?:message|mail|content|e-?mail|data) (?:\w+ ){0,2}(?:rejected|refused|blocked|denied|filtered|not accepted|considered|discarded|malformed)/,
      /reject\w* (?:due to|because|by) (?:\w+ )?(?:content|filter|header)|content filter|header|helo|ehlo/,
      /bare (?:lf|cr)|malformed|(?:multiple|several|many) (?:\w+ ){0,2}in '?from\b/,
      /traffic not accepted|not (?:currently )?accept(?:ing|ed)? (?:mail|traffic|connections|messages)/,
      /transaction failed|(?:access|server) (?:\w+ ){0,4}(?:blocked|forbidden)/,
      /barracuda|spamhaus|cloudmark|proofpoint|surbl|uribl|mimecast|closed mailing list/,
    ),
    phase: [...atSending, 'greeting', 'connect'],
    reason: 'send.content_rejected',
  },

  // Whom it goes to.
  {
    name: 'send.recipient',
    words: any(
      /(?:recipient|user|mailbox|mail box|account|address(?:es)?|addressee|domain|destinataire|empfanger|usuario|person|alias|local part|inbox|rcpt|host)s?\b[^.;]{0,60}(?:\bnot\b|n't|unknown|were unknown|reject|invalid|unavailable|disabled|inactive|inactivity|suspended|locked|no longer|inconnu|unbekannt|undeliverable|unrout\w*|discontinued|expired|deactivated|denied|misspelled|incorrect|missing|wrong|blocked)/,
      /(?:no|no such|unknown|invalid|bad|nonexist\w*|inactive|unrout\w*|unavailable|undeliverable|illegal|disabled|deactivated|valid|active) (?:\w+ ){0,2}(?:recipient|user|mailbox|mail box|address|account|person|alias|domain|host|destination|e-?mail|destinataire|mx)/,
      /no one at|not (?:able|possible) to (?:find|deliver)|(?:weren't|not|un) ?able to find/,
      /(?:> |recipients? )not found|does not exist|can't accept user|rejected recipients|null mx/,
      /(?:could not|cannot|can't) be delivered/,
      /nicht (?:gefunden|vorhanden)|n'existe pas|no existe|pas de boite|findes ikke|finns inte|bestaat niet/,
    ),
    phase: ['rcpt', 'data'],
    reason: 'send.recipient_rejected',
  },
  // The receiving side's trouble, once nothing about sender, recipient or content was said.
  {
    name: 'send.server',
    words: any(
      /temporar|try (?:again|later)|later\b/,
      /(?:internal|local|server|system|queue|write|configuration|config) (?:\w+ )?(?:error|failure|problem|call)/,
      /unavailable|too busy|timed? ?out/,
      /system (?:full|resources|storage|not accepting|load)|insufficient|mail system|overload|load too high/,
      /maintenance|local problem|space|database|ldap|memory/,
      /could not|can(?:not|'t)|unable to|shutting down|closing|queue|lost connection|requested action aborted/,
      /interrupted|loop|resources/,
    ),
    reason: 'server.unavailable',
    permanent: false,
  },
];
