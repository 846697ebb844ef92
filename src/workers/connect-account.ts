import { type Attempt, beginConnect, commitConnect, refuseConnect } from '../accounts/connect.ts';
import type { AccountParts } from '../accounts/index.ts';
import { secretPlace, withoutSecrets } from '../accounts/secrets.ts';
import { type GuardedImap, type GuardedSmtp, Held } from '../doors/guard.ts';
import { refusalOf } from '../mail/errors.ts';
import { loginFrom } from '../mail/login.ts';
import { type Proof, proveLogins } from '../mail/prove.ts';
import type { ConnectPayload, ConnectResult } from '../queues/orders.ts';
import type { JobKind } from '../queues/runner.ts';

export type Doors = { imap: GuardedImap; smtp: GuardedSmtp };

/** Connect a mailbox: accept the order, try both logins, and make it the user's account if both doors opened. */
export function connectAccount(accounts: AccountParts, doors: Doors): JobKind<'connect-account'> {
  return {
    name: 'connect-account',
    concurrency: 20,
    timeLimitMs: 60_000,

    async process(payload, running): Promise<ConnectResult> {
      const begun = await beginConnect(accounts, running.key, payload);
      if ('result' in begun) return begun.result;
      const { attempt } = begun;
      await running.keep({ ...withoutSecrets(payload), orderId: attempt.order.id });

      const proof = await prove(accounts, doors, attempt, running.signal);
      const failed = proof.imap.error ?? proof.smtp.error;
      if (failed || !proof.imap.inbox) {
        const { locale } = attempt.order.payload as ConnectPayload;
        const { host } = proof.imap.error ? attempt.imap : attempt.smtp;
        const until = failed instanceof Held ? failed.until : null;
        return refuseConnect(accounts, attempt, refusalOf(failed!, { locale, host, until, held: until !== null }));
      }
      return commitConnect(accounts, attempt, proof.imap.inbox);
    },
  };
}

function prove(accounts: AccountParts, doors: Doors, attempt: Attempt, signal: AbortSignal): Promise<Proof> {
  const { order, imap, smtp, kind } = attempt;
  const { ring } = accounts.sealing;
  const loginOf = (side: 'imap' | 'smtp') => {
    const { host, username } = attempt[side];
    const at = { ...secretPlace('orders', order.id, side), host, username };
    return loginFrom(ring, { ciphertext: order[`${side}Secret`]!, at, kind });
  };
  const ownSecret = (order.payload as { smtp?: { ownSecret?: boolean } }).smtp?.ownSecret === true;
  const logins = { imapLogin: loginOf('imap'), smtpLogin: loginOf('smtp') };
  return proveLogins(doors, { imap, smtp, ...logins, sameSecret: !ownSecret }, signal);
}
