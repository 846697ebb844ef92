/** How a reason ends: a person acts, time mends it, or Postbud itself reconnects without a word. */
export type Mends = 'person' | 'time' | 'reconnect';

/**
 * Every reason of the public contract (section 5) and what ends it. `person` means that trying again without a change
 * only knocks on a closed door, so such a refusal is permanent unless the server's own code says otherwise.
 */
export const reasons = {
  'auth.invalid_credentials': 'person',
  'auth.password_required': 'person',
  'auth.app_password_required': 'person',
  'auth.oauth_required': 'person',
  'auth.token_expired': 'person',
  'auth.token_revoked': 'person',
  'auth.insufficient_scope': 'person',
  /** The server wants a login before this command: our session was never logged in. */
  'auth.required': 'person',
  'auth.mechanism_unsupported': 'person',
  'oauth.denied': 'person',
  'oauth.expired': 'person',
  'oauth.identity_mismatch': 'person',
  /** The installation's own app registration is wrong; the mailbox's owner can do nothing about it. */
  'oauth.client_invalid': 'person',
  'login.blocked': 'person',
  /** Lifts by itself, but each try before that prolongs it: wait out the server's hint or a long pause. */
  'account.locked': 'time',
  'account.suspended': 'person',
  'account.email_mismatch': 'person',
  'account.webtools_active': 'person',
  'account.not_preferred_client': 'person',
  'account.not_found': 'person',
  'account.paused': 'person',
  'account.disconnected': 'person',
  'imap.disabled': 'person',
  'smtp.disabled': 'person',
  'rate.limited': 'time',
  'server.unavailable': 'time',
  'session.expired': 'reconnect',
  'protocol.pop3': 'person',
  'protocol.not_imap': 'person',
  'protocol.not_smtp': 'person',
  'protocol.bad_command': 'person',
  'tls.required': 'person',
  'tls.certificate': 'person',
  'tls.handshake': 'person',
  'network.dns': 'time',
  'network.refused': 'time',
  'network.timeout': 'time',
  'network.reset': 'time',
  'network.forbidden': 'person',
  'mailbox.over_quota': 'person',
  'mailbox.access_denied': 'person',
  'mailbox.folder_missing': 'person',
  'discovery.not_found': 'person',
  'discovery.unconfirmed': 'person',
  'send.recipient_rejected': 'person',
  'send.sender_rejected': 'person',
  'send.message_too_large': 'person',
  'send.content_rejected': 'person',
  'send.rate_limited': 'time',
  'send.greylisted': 'time',
  'send.relay_denied': 'person',
  'send.idempotency_conflict': 'person',
  'send.cancelled': 'person',
  'credentials.not_sealed': 'person',
  'credentials.seal_invalid': 'person',
  /** Waiting is safer than giving up on a mailbox: what we do not understand is tried again, slowly. */
  unknown: 'time',
} as const satisfies Record<string, Mends>;

/** A reason code of the public contract. */
export type Reason = keyof typeof reasons;

/** All reason codes, in the contract's order. */
export const reasonList = Object.keys(reasons) as Reason[];

/** Is this one of the contract's reason codes? */
export const isReason = (value: unknown): value is Reason => typeof value === 'string' && Object.hasOwn(reasons, value);

/** Does this reason need a person, as long as the server's code does not say that it is temporary? */
export const permanentByDefault = (reason: Reason): boolean => reasons[reason] === 'person';
