import { asciiAddress, openMail, type ReadBlob } from '../mail/compose.ts';
import { MailError } from '../mail/errors.ts';
import type { Login } from '../mail/login.ts';
import { SendError } from '../mail/smtp-faults.ts';
import type { SmtpPool } from '../mail/smtp-pool.ts';
import { isInfrastructureFault } from '../queues/faults.ts';
import type { Claimed } from './ledger.ts';
import { waitingRecipients } from './partly.ts';
import type { Outcome } from './settle.ts';
import { isDoorTrouble } from './submission.ts';

/** The mail is not ours any more: somebody else has decided about it, so nothing is sent and nothing written. */
class Overtaken extends Error {
  override name = 'Overtaken';
}

/** This process may be taken for dead: it must not send the end of a mail that another one may have taken over. */
class Stale extends Error {
  override name = 'Stale';
}

/** A mark whose answer took this long came back from a frozen process or a hung database. */
const markLimitMs = 5_000;

export type Delivering = {
  /** Write down that the mail's end is about to be sent; false when the mail is not ours any more. */
  mark: (mail: Claimed) => Promise<boolean>;
  pool: SmtpPool;
  loginOf: (account: Claimed['account']) => Login;
  readBlob: ReadBlob;
  /** False when this process could not renew its heartbeat in time. */
  isFresh: () => boolean;
  log: { error(fields: object, message: string): void };
};

/**
 * Try one mail: log in, hand over the body, write down that the end is about to be sent, send it, hear the verdict.
 * @returns `overtaken`: leave the row alone; `give-back`: the end was certainly not sent, and the mail is not to blame.
 */
export async function deliver(
  { mark, pool, loginOf, readBlob, isFresh, log }: Delivering,
  mail: Claimed,
  signal: AbortSignal,
): Promise<Outcome | 'overtaken' | 'give-back'> {
  const { account, content } = mail;
  const { smtp, smtpSecret } = account;
  if (smtp === null || smtpSecret === null) {
    const error = new MailError({ reason: 'auth.required', permanent: true, protocol: 'smtp' });
    return { kind: 'refused', error, door: true };
  }
  let mayHaveEnded = false;

  const beforeEnd = async () => {
    if (!isFresh()) throw new Stale();
    const askedAt = performance.now();
    if (!(await mark(mail))) throw new Overtaken();
    if (!isFresh() || performance.now() - askedAt > markLimitMs) throw new Stale();
    mayHaveEnded = true;
  };
  try {
    const opened = await openMail(content, mail.messageIdHeader, readBlob);
    const submitter = { accountId: account.id, server: smtp, login: loginOf(account), secretMark: smtpSecret };
    const envelope = { from: asciiAddress(content.from), to: waitingRecipients(mail), envelopeId: mail.id };
    const { response, rejected } = await pool.send(submitter, { ...envelope, ...opened, beforeEnd }, signal);
    return { kind: 'accepted', response, rejected };
  } catch (error) {
    if (error instanceof Overtaken) return 'overtaken';
    if (error instanceof SendError && error.uncertain) return { kind: 'in-doubt' };
    if (error instanceof MailError) {
      return { kind: 'refused', error, door: isDoorTrouble(error, error instanceof SendError) };
    }
    if (mayHaveEnded) {
      log.error({ err: error, sendId: mail.id, accountId: mail.accountId }, 'a send broke at its end');
      return { kind: 'in-doubt' };
    }
    if (error instanceof Stale || signal.aborted || isInfrastructureFault(error)) return 'give-back';
    // A bug: this mail must not come back every second, and the others must not wait behind it.
    log.error({ err: error, sendId: mail.id, accountId: mail.accountId }, 'a send broke');
    const unknown = new MailError({ reason: 'unknown', permanent: false, protocol: 'smtp' }, { cause: error });
    return { kind: 'refused', error: unknown, door: false };
  }
}
