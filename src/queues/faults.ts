/** Thrown by a processor that has to wait for something else of ours: the job comes back, no attempt is spent. */
export class ComeBackLater extends Error {
  override name = 'ComeBackLater';
  readonly afterMs: number;

  constructor(afterMs: number) {
    super('come back later');
    this.afterMs = afterMs;
  }
}

/** Postgres' own classes for "not now": connection (08), resources (53), operator intervention (57), rolled back (40). */
const passingSqlState = /^(08|53|57|40)/;
const lostConnection = new Set([
  'CONNECTION_CLOSED',
  'CONNECTION_ENDED',
  'CONNECTION_DESTROYED',
  'CONNECT_TIMEOUT',
  'ECONNREFUSED',
  'ECONNRESET',
  'ETIMEDOUT',
  'EPIPE',
  'ENOTFOUND',
  'EAI_AGAIN',
  '55P03',
  // Frozen within a transaction, and ended by Postgres; talking to a primary that became a standby.
  '25P03',
  '25006',
]);

/**
 * Whether an error means that Postgres or Redis is away for now, and not that something is wrong with the job. Errors of
 * mail servers never come here: `src/mail` turns all of them into a `MailError`.
 */
export function isInfrastructureFault(error: unknown): boolean {
  for (let at: unknown = error; at instanceof Error; at = at.cause) {
    if (at.name === 'MailError') return false;
    const code = (at as NodeJS.ErrnoException).code;
    if (typeof code === 'string' && (lostConnection.has(code) || passingSqlState.test(code))) return true;
    // Redis' own words for "not now".
    if (at.name === 'ReplyError' && /^(OOM|LOADING|READONLY|CLUSTERDOWN|MASTERDOWN|TRYAGAIN|BUSY) /.test(at.message))
      return true;
    if (at.name === 'MaxRetriesPerRequestError' || at.message === 'Connection is closed.') return true;
  }
  return false;
}
