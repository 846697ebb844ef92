import type { Server } from '../words.ts';
import type { Login } from './login.ts';
import { createSlots } from './slots.ts';
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
/** Servers that count mails of a connection stop at a hundred or far above. */
const usualMailsEach = 100;

type Kept = { connection: SmtpConnection; who: Submitter; mails: number; idleSince: number; timer: NodeJS.Timeout };

/**
 * Connections that are kept for the account's next mail, closed when idle, dropped on any error.
 * A mail goes over one connection. Only a kept connection that turns out to be dead before the mail's body has begun
 * is replaced, once; Nodemailer's own pool would put the mail into its queue again, and that is a way to send twice.
 * @param siteOf whose server it is: `perSite` connections at the most are open to one provider.
 */
export function createSmtpPool({
  smtp,
  siteOf = (host) => host,
  perSite = 50,
  mailsEach = usualMailsEach,
  now = () => performance.now(),
}: {
  smtp: Pick<Smtp, 'open'>;
  siteOf?: (host: string) => string;
  perSite?: number;
  mailsEach?: number;
  now?: () => number;
}) {
  const slots = createSlots(perSite);
  const kept = new Map<SmtpConnection, Kept>();
  const siteFor = ({ server }: Submitter) => siteOf(server.host);

  function takeOut(found: Kept): Kept {
    kept.delete(found.connection);
    clearTimeout(found.timer);
    return found;
  }

  /** Those of an account, the one that rested least first: it is the likeliest to live. */
  const keptOf = (accountId: string) => [...kept.values()].filter(({ who }) => who.accountId === accountId).reverse();

  const letGo = (found: Kept) => takeOut(found).connection.quit();

  async function reuse(who: Submitter): Promise<Kept | undefined> {
    for (const found of keptOf(who.accountId)) {
      if (keyOf(found.who) !== keyOf(who)) void letGo(found);
      else {
        takeOut(found);
        const { connection, idleSince } = found;
        const lives = connection.open && (now() - idleSince < askAfterMs || (await connection.isAlive(askLimitMs)));
        if (lives) return found;
      }
    }
    return undefined;
  }

  async function open(who: Submitter, signal: AbortSignal): Promise<SmtpConnection> {
    const site = siteFor(who);
    if (slots.isFull(site)) {
      // One that has nothing to do gives way: it has rested longest.
      const idle = [...kept.values()].find((one) => siteFor(one.who) === site);
      if (idle) void letGo(idle);
    }
    const release = await slots.take(site, signal);
    try {
      const connection = await smtp.open(who, { signal, timeLimitMs: openLimitMs });
      connection.onEnd(() => {
        release();
        const found = kept.get(connection);
        if (found) takeOut(found);
      });
      return connection;
    } catch (error) {
      release();
      throw error;
    }
  }

  /** Nothing in here may fail: the mail is out, and an error now would look like one of the mail. */
  function keep(who: Submitter, connection: SmtpConnection, mails: number) {
    const isWanted = !closed && connection.open && mails < mailsEach && !slots.isWaitedFor(siteFor(who));
    if (!isWanted) return void connection.quit();
    const timer = setTimeout(() => void letGo(found), idleLimitMs);
    const found: Kept = { connection, who, mails, idleSince: now(), timer };
    kept.set(connection, found);
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
          const sent = await old.connection.send({ ...mail, signal });
          keep(who, old.connection, old.mails + 1);
          return sent;
        } catch (error) {
          if (!diedAtRest(error)) throw error;
        }
      }
      const connection = await open(who, signal);
      const sent = await connection.send({ ...mail, signal });
      keep(who, connection, 1);
      return sent;
    },
    /** Let go of an account's connections: it was paused, disconnected, or has other servers now. */
    drop(accountId: string) {
      for (const found of keptOf(accountId)) void letGo(found);
    },
    /** Connections at rest. */
    size: () => kept.size,
    /** Close what is idle. What is in use is closed when its mail is done. */
    async close() {
      closed = true;
      await Promise.all([...kept.values()].map(letGo));
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
