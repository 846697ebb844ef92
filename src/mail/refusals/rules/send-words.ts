import type { Rule } from './rule.ts';
import { atSending } from './rule.ts';

/**
 * Words about a mail that was handed in: the submission server's own, and those of the recipient's server that it
 * passes on. Read from the top: narrow meanings first ("mailbox full" before "recipient rejected").
 */
export const sendWords: readonly Rule[] = [
  // Greylisting, before everything that also says "try again later".
  {
    name: 'send.greylist',
    words:
      /gr[ae]y-?list|grey\.|deferred (?:for|due to) policy|first time sender|sender (?:is )?unknown.{0,20}try again/,
    reason: 'send.greylisted',
  },
  {
    name: 'send.auth-required',
    words:
      /auth\w* (?:is )?(?:\w+ )?required|authentification requise|must (?:first )?(?:be )?(?:auth\w*|log ?in|logged in)|requires? (?:\w+ )?auth|not (?:\w+ )?(?:authenticated|logged in)|(?:log ?in|authenticate) (?:first|before)|(?:please|need to) (?:\w+ )?(?:auth\w*|log ?in)|unauthenticated (?:mail|sender|user|client)|pop(?:3)?[- ]before[- ]smtp|check.{0,20}mail before sending|authenticated user/,
    reason: 'auth.required',
  },
  {
    name: 'send.tls',
    words: /starttls|(?:tls|ssl|encrypt\w*) (?:\w+ ){0,3}required|require\w* (?:\w+ )?(?:tls|ssl|encrypt)/,
    reason: 'tls.required',
  },

  // Size, before quotas.
  {
    name: 'send.too-large',
    words:
      /message (?:size |is )?(?:\w+ ){0,3}(?:too (?:big|large|long)|exceeds)|(?:too (?:big|large)|size limit|size exceed|exceed\w* (?:\w+ ){0,4}size|maximum (?:\w+ )?size|message length)|size=|zu gro(?:ss|ß)|trop (?:gros|volumineux)/,
    phase: atSending,
    reason: 'send.message_too_large',
  },
  {
    name: 'send.recipient-full',
    words:
      /(?:mailbox|inbox|recipient|user|account|boite|postfach)[^.;]{0,60}(?:is full|full\b|over ?quota|quota|out of storage|storage|pleine|voll|size limit)|over ?quota|quota (?:exceeded|full)|exceeded (?:\w+ )?(?:storage|disk|mailbox)|insufficient (?:disk|storage|mailbox)/,
    phase: ['rcpt'],
    reason: 'send.recipient_rejected',
    permanent: false,
  },
  {
    name: 'send.virus',
    words:
      /virus|malware|infected|phish|potential(?:ly)? (?:security|dangerous|harmful)|blocked (?:file|attachment|content)|attachment|dangerous|executable/,
    reason: 'send.content_rejected',
  },

  // Too much.
  {
    name: 'send.rate',
    words:
      /(?:daily|hourly|sending|message|mail|outgoing|outbound|smtp|recipient|submission|relay|user|hour|day)s? (?:\w+ ){0,2}(?:limit|quota|rate)s? (?:\w+ ){0,3}(?:exceed|reach|hit|over)|(?:exceed|reach|over)\w* (?:\w+ ){0,5}(?:limit|quota|rate|allow|number of (?:messages|mails|recipients)|outmail)|too (?:many|much) (?:\w+ ){0,3}(?:mails?|messages?|e-?mails?|recipients?|rcpt|envelopes)|rate.?limit|throttl|too (?:fast|quickly|frequent)|slow down|unexpected volume|quota exceeded|limit (?:exceeded|reached)|frequency|temporarily deferred|ratelimit|per (?:hour|day|minute)|receiving mail at a rate|sent too many|zu viele (?:mails|nachrichten|empfanger)|trop de (?:messages|destinataires|mails)/,
    phase: atSending,
    reason: 'send.rate_limited',
  },

  // Who it claims to be from.
  {
    name: 'send.sender',
    words:
      /sender (?:\S+ )?(?:address |domain )?(?:is |was )?(?:rejected|not (?:allowed|valid|owned|permitted|authori[sz]ed|accepted|verified|exist|found)|invalid|denied|blocked|unknown|refused|incorrect|must|mismatch|does not)|invalid sender|bad sender|(?:mail )?from (?:address )?(?:must|not|is not|does not|mismatch|header|domain)|(?:not|n't) (?:\w+ ){0,3}(?:owned by|permission|permissions|allowed|authori[sz]ed|permitted) (?:\w+ ){0,3}(?:to send|send as|send from|sending as|use this (?:sender|address)|this sender)|send as|sendas|spoof|dmarc|\bspf\b|dkim|domain of sender|sender'?s? domain|not (?:a )?verified (?:sender|address|identity)|address (?:is )?not verified|unverified address|same as auth\w*|emetteur invalide|expediteur|absender|envelope from|return.path|originating ip|mail from/,
    phase: atSending,
    reason: 'send.sender_rejected',
  },
  {
    name: 'send.relay',
    words:
      /relay|not (?:a )?local (?:domain|user|recipient)|not permitted to (?:send|route)|non-?local|rcpthosts|we do not (?:relay|accept mail for)|not our (?:customer|domain)/,
    phase: atSending,
    reason: 'send.relay_denied',
  },

  // Spam, reputation and policy judge the mail or our address.
  {
    name: 'send.content',
    words:
      /spam|block ?list|black ?list|\brbl\b|dnsbl|blocked using|(?:local |security |content )?policy|reputation|abuse|suspicio|unsolicited|bulk|\bptr\b|reverse dns|rdns|(?:message|mail|content|e-?mail) (?:\w+ ){0,2}(?:rejected|refused|blocked|denied|not accepted|considered)|reject\w* (?:due to|because|by) (?:\w+ )?(?:content|filter|header)|prohibited|banned|complaint|helo|ehlo|bare (?:lf|cr)|header|traffic not accepted|not accept(?:ing|ed) (?:mail|traffic|connections)|transaction failed|inappropriate|unwanted|poor|barracuda|spamhaus|cloudmark|proofpoint|surbl|uribl/,
    phase: [...atSending, 'greeting', 'connect'],
    reason: 'send.content_rejected',
  },

  // Whom it goes to.
  {
    name: 'send.recipient',
    words:
      /(?:recipient|user|mailbox|account|address|addressee|domain|destinataire|empfanger|usuario|person|alias|local part|inbox|rcpt|host)s?\b[^.;]{0,60}(?:not (?:found|exist|known|available|accept|local|listed|valid|active|be found)|does(?:n't| not)|doesn'?t|unknown|reject|invalid|unavailable|disabled|inactive|suspended|no longer|inconnu|unbekannt|undeliverable|unrouteable|unroutable|discontinued|expired|deactivated|denied|misspelled|incorrect)|(?:no such|unknown|invalid|bad|nonexist\w*|inactive|unrouteable|unroutable|undeliverable|illegal|disabled) (?:\w+ ){0,2}(?:recipient|user|mailbox|address|account|person|alias|domain|host|destination|e-?mail|destinataire)|no (?:mailbox|one|user|account|recipient|mx)|not (?:able|possible) to (?:find|deliver)|(?:weren't|not|un) ?able to find|verify (?:address|recipient)|null mx|nicht (?:gefunden|vorhanden|verfugbar)|n'existe pas|no existe|pas de boite/,
    phase: atSending,
    reason: 'send.recipient_rejected',
  },
  // The receiving side's trouble, once nothing about sender, recipient or content was said.
  {
    name: 'send.server',
    words:
      /temporar|try (?:again|later)|later\b|internal error|server error|system (?:error|full|resources|storage|not accepting)|unavailable|too busy|timed? ?out|resources|insufficient (?:system )?storage|mail system full|overload|load too high|maintenance|local error|could not|can(?:not|'t)|unable to|shutting down|closing|queue|lost connection|requested action aborted/,
    reason: 'server.unavailable',
    permanent: false,
  },
];
