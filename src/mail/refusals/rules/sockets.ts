import type { Reason } from '../reasons.ts';
import { any } from './rule.ts';

/** A fault below the protocol. `code` is Node's, ImapFlow's or Nodemailer's; `words` its message. */
export interface SocketRule {
  readonly name: string;
  readonly code?: RegExp;
  readonly words?: RegExp;
  readonly reason: Reason;
  readonly permanent?: boolean;
}

/**
 * Read from the top. Messages come before codes, because Nodemailer's codes are coarse: ESOCKET covers a refused
 * connection, a bad certificate and TLS on a cleartext port alike.
 */
export const socketRules: readonly SocketRule[] = [
  // Node's resolver: `queryA ECONNREFUSED` is our resolver refusing, not the mail server.
  {
    name: 'dns.query',
    words: /\bquery(?:a|aaaa|mx|srv|cname|txt|any)? e[a-z]+|getaddrinfo|\beai_|enotfound|edns\b/,
    reason: 'network.dns',
  },
  {
    name: 'dns.code',
    code: /^(?:ENOTFOUND|EAI_[A-Z]+|EDNS|ENODATA|ESERVFAIL|EREFUSED|ENONAME|EBADNAME|EBADRESP|EFORMERR)$/,
    reason: 'network.dns',
  },

  // OpenSSL's X509_V_ERR names, as Node gives them in `code`.
  {
    name: 'tls.certificate-code',
    code: /CERT|^(?:SELF_SIGNED|UNABLE_TO_(?:GET_ISSUER|VERIFY_LEAF|DECODE_ISSUER)|HOSTNAME_MISMATCH|INVALID_PURPOSE|INVALID_CA|PATH_LENGTH_EXCEEDED|CRL_)/,
    reason: 'tls.certificate',
  },
  {
    name: 'tls.certificate-words',
    words: any(
      /self[- ]signed certificate/,
      /certificate (?:has expired|is not yet valid|revoked|is not trusted|rejected|verify failed|signature failure|chain too long)/,
      /unable to (?:get (?:local )?issuer|verify the first|verify leaf) ?certificate|altname/,
      /hostname\/ip do(?:es)?n'?t match|hostname\/ip does not match|err_tls_cert|depth_zero|unable_to_/,
      /cert_has_expired|unsuitable certificate purpose|certificate_?verify_?failed|bad certificate/,
    ),
    reason: 'tls.certificate',
  },
  // Implicit TLS on a STARTTLS or cleartext port: OpenSSL reads the greeting as a record.
  {
    name: 'tls.wrong-port',
    words: any(
      /wrong version number|packet length too long|http request|unknown protocol|record overflow/,
      /not (?:an )?(?:ssl|tls)/,
    ),
    reason: 'tls.handshake',
  },
  // A server too old (or too strict) for us; a person changes a setting.
  {
    name: 'tls.protocol',
    words: any(
      /unsupported protocol|no protocols available|protocol version|no shared cipher|inappropriate fallback/,
      /handshake failure/,
      /(?:dh|ee) key too small|ca md too weak|legacy (?:sigalg|renegotiation)|bad ecpoint|insufficient security/,
    ),
    reason: 'tls.handshake',
  },
  // Any other alert may come from a server in trouble.
  {
    name: 'tls.alert',
    words: any(
      /ssl3?_?alert|sslv3 alert|tlsv1 alert|decode error|decryption failed|bad record|internal error.{0,20}ssl/,
      /err_ssl|eproto\b/,
    ),
    reason: 'tls.handshake',
    permanent: false,
  },
  {
    name: 'tls.starttls-missing',
    words: any(
      /starttls (?:is )?(?:not (?:supported|available|offered)|required)/,
      /server does not support (?:secure|starttls)|upgrad\w+ (?:to tls )?(?:failed|not possible)/,
    ),
    reason: 'tls.required',
  },
  { name: 'tls.upgrade-timeout', code: /^UPGRADE_TIMEOUT$/, reason: 'network.timeout' },
  // The peer went away in the middle of the handshake: often load, so time may mend it.
  {
    name: 'tls.cut',
    words: any(
      /(?:disconnected|closed|hang up|reset) before (?:the )?secure (?:tls )?connection|before secure tls/,
      /socket hang up/,
    ),
    reason: 'network.reset',
  },
  { name: 'tls.code', code: /^(?:EPROTO|ETLS|ERR_SSL_[A-Z0-9_]+)$/, reason: 'tls.handshake', permanent: false },
  {
    name: 'tls.setup-timeout',
    words: /tls (?:handshake|setup|negotiation).{0,20}(?:timed? ?out|timeout)/,
    reason: 'network.timeout',
  },

  // No knock was heard.
  { name: 'network.refused', words: /econnrefused|connection refused|actively refused/, reason: 'network.refused' },
  { name: 'network.refused-code', code: /^ECONNREFUSED$/, reason: 'network.refused' },
  {
    name: 'network.timeout',
    words: any(
      /e?timed?[- ]?out\b|etimedout|timeout|greeting never received|no (?:response|answer) (?:from|within)/,
      /not respond/,
    ),
    reason: 'network.timeout',
  },
  {
    name: 'network.timeout-code',
    code: /^(?:ETIMEDOUT|ETIMEOUT|ESOCKETTIMEDOUT|TIMEOUT|(?:GREETING|CONNECT)_TIMEOUT|LockTimeout|UND_ERR_[A-Z_]*TIMEOUT)$/,
    reason: 'network.timeout',
  },
  // The network has no way there now.
  {
    name: 'network.unreachable',
    words: /ehostunreach|enetunreach|ehostdown|enetdown|eaddrnotavail|no route to host|network is unreachable/,
    reason: 'network.timeout',
  },
  {
    name: 'network.unreachable-code',
    code: /^(?:EHOSTUNREACH|ENETUNREACH|EHOSTDOWN|ENETDOWN|EADDRNOTAVAIL)$/,
    reason: 'network.timeout',
  },
  // A packet filter on the way, or on this machine.
  { name: 'network.filtered-code', code: /^(?:EACCES|EPERM)$/, reason: 'network.refused' },
  {
    name: 'network.reset',
    words: any(
      /econnreset|econnaborted|epipe|connection (?:was |has been )?(?:reset|aborted|lost|dropped)/,
      /(?:connection|socket|stream) (?:was |has been |is )?(?:closed|ended|terminated)/,
      /closed (?:the )?(?:connection|socket)|unexpected(?:ly)? (?:close|end|socket)/,
      /premature(?:ly)? (?:close|end)|write after end|connection not available|other side closed|broken pipe/,
    ),
    reason: 'network.reset',
  },
  {
    name: 'network.reset-code',
    code: /^(?:ECONNRESET|ECONNABORTED|EPIPE|ECONNECTION|ENOTCONN|ERR_STREAM_[A-Z_]+|EConnectionClosed|NoConnection|ConnectionClosed|UND_ERR_SOCKET)$/,
    reason: 'network.reset',
  },
  { name: 'imapflow.throttled', code: /^ETHROTTLE$/, reason: 'rate.limited' },

  // What our own libraries say when no login could be tried, or when what answers is no mail server.
  {
    name: 'library.mechanism',
    words: any(
      /unsupported auth\w* (?:mechanism|method|type)|no (?:supported|compatible|matching) auth\w* (?:mechanism|method)/,
      /unknown authentication|auth\w* (?:mechanism|method) (?:is )?not (?:supported|available)/,
    ),
    reason: 'auth.mechanism_unsupported',
  },
  {
    name: 'library.no-password',
    words: /missing credentials|no (?:password|credentials) (?:given|configured|provided|set)|configure the login/,
    reason: 'auth.password_required',
  },
  // ImapFlow: LOGINDISABLED was announced, so it did not send the password.
  { name: 'library.login-disabled', words: /^login is disabled$/, reason: 'tls.required' },
  { name: 'library.folder', words: /^mailbox doesn't exist/, reason: 'mailbox.folder_missing' },
  { name: 'library.too-large', words: /message size larger than allowed/, reason: 'send.message_too_large' },
  {
    name: 'library.not-mail',
    words: /invalid (?:greeting|server response)|unexpected greeting|not an imap/,
    reason: 'protocol.not_imap',
  },
  {
    name: 'library.gone',
    code: /^(?:StateLogout|ClosedAfterConnect(?:Text|TLS)|ERR_SOCKET_[A-Z_]+|UND_ERR_[A-Z_]+)$/,
    reason: 'network.reset',
  },
  { name: 'library.injection', code: /^STARTTLS_INJECTION$/, reason: 'tls.handshake' },
  {
    name: 'library.starttls',
    words: /error (?:upgrading|initiating) |does not support required starttls/,
    reason: 'tls.handshake',
  },
];
