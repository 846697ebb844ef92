import type { Server } from '../words.ts';
import type { Login } from './login.ts';
import type { Smtp, SmtpConnection } from './smtp.ts';
import { SendError } from './smtp-faults.ts';
import type { OutgoingMail, Sent } from './smtp-send.ts';

/** Whom a connection belongs to. `secretMark` changes with the secret, so that a new one logs in anew. */
export type Submitter = { accountId: string; server: Server; login: Login; secretMark: string };

export type SmtpPool = ReturnType<typeof createSmtpPool>;

const idleLimitMs = 30_000;
/** After a pause this long a connection is asked whether it still lives. */
const askAfterMs = 2_000;
const askLimitMs = 5_000;
const openLimitMs = 30_000;

/**
 * Connections that are kept for the next mail: one for each account, closed when idle, dropped on any error.
 * A mail goes over one connection. Only a kept connection that turns out to be dead before the mail's body has begun
 * is replaced, once; Nodemailer's own pool would put the mail into its queue again, and that is a way to send twice.
 */
export function createSmtpPool({ smtp, now = () => performance.now() }: { smtp: Smtp; now?: () => number }) {
  type Kept = { connection: SmtpConnection; key: string; idleSince: number; timer: NodeJS.Timeout };
  const kept = new Map<string, Kept>();

  function take(accountId: string): Kept | undefined {
    const found = kept.get(accountId);
    if (!found) return undefined;
    kept.delete(accountId);
    clearTimeout(found.timer);
    return found;
  }

  async function reuse(who: Submitter): Promise<SmtpConnection | undefined> {
    const found = take(who.accountId);
    if (!found) return undefined;
    const { connection } = found;
    if (found.key !== keyOf(who)) {
      void connection.quit();
      return undefined;
    }
    if (!connection.open) return undefined;
    if (now() - found.idleSince < askAfterMs || (await connection.isAlive(askLimitMs))) return connection;
    return undefined;
  }

  async function open(who: Submitter, signal: AbortSignal): Promise<SmtpConnection> {
    const connection = await smtp.open(who, { signal, timeLimitMs: openLimitMs });
    connection.onEnd(() => {
      if (kept.get(who.accountId)?.connection === connection) take(who.accountId);
    });
    return connection;
  }

  /** Nothing in here may fail: the mail is out, and an error now would look like one of the mail. */
  function keep(who: Submitter, connection: SmtpConnection) {
    if (!connection.open || closed) return void connection.quit();
    void take(who.accountId)?.connection.quit();
    const timer = setTimeout(() => void take(who.accountId)?.connection.quit(), idleLimitMs);
    kept.set(who.accountId, { connection, key: keyOf(who), idleSince: now(), timer });
  }

  let closed = false;
  return {
    /**
     * @throws {MailError} of opening, or {@link SendError} of the mail, or what `mail.beforeEnd` rejected with.
     */
    async send(who: Submitter, mail: OutgoingMail, signal: AbortSignal): Promise<Sent> {
      const old = await reuse(who);
      if (old) {
        try {
          const sent = await old.send({ ...mail, signal });
          keep(who, old);
          return sent;
        } catch (error) {
          if (!diedAtRest(error)) throw error;
        }
      }
      const connection = await open(who, signal);
      const sent = await connection.send({ ...mail, signal });
      keep(who, connection);
      return sent;
    },
    /** Let go of an account's connection: it was paused, disconnected, or has other servers now. */
    drop(accountId: string) {
      void take(accountId)?.connection.quit();
    },
    /** Connections at rest. */
    size: () => kept.size,
    /** Close what is idle. What is in use is closed when its mail is done. */
    async close() {
      closed = true;
      await Promise.all([...kept.keys()].map((accountId) => take(accountId)?.connection.quit()));
    },
  };
}

/** The server had closed it, or said 421, before it took anything of the mail. */
function diedAtRest(error: unknown): boolean {
  return (
    error instanceof SendError &&
    error.stage === 'envelope' &&
    (error.reason.startsWith('network.') || error.reason === 'session.expired' || /^421/.test(error.response))
  );
}

const keyOf = ({ server, secretMark }: Submitter) => JSON.stringify([server, secretMark]);
