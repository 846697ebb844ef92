import { wantAuthorization } from '../accounts/authorize.ts';
import { type Attempt, askFor, attemptAt, beginConnect, commitConnect, refuseConnect } from '../accounts/connect.ts';
import type { AccountParts } from '../accounts/index.ts';
import { connectDataToKeep, secretPlace, withoutSecrets } from '../accounts/secrets.ts';
import { type Finding, findWay } from '../accounts/way-in.ts';
import type { Order } from '../db/tables.ts';
import { type GuardedImap, type GuardedSmtp, Held } from '../doors/guard.ts';
import { MailError, refusalOf } from '../mail/errors.ts';
import { loginFrom } from '../mail/login.ts';
import { type DoorStates, type Proof, proveLogins } from '../mail/prove.ts';
import type { ConnectPayload, ConnectResult } from '../queues/orders.ts';
import type { JobKind } from '../queues/runner.ts';
import { SealError } from '../secrets/seal-error.ts';
import type { Prefill, Refusal } from '../words.ts';

export type Doors = { imap: GuardedImap; smtp: GuardedSmtp };

/** Connect a mailbox: accept the order, find its servers, try both logins, and make it the user's account if both doors opened. */
export function connectAccount(
  accounts: AccountParts,
  { doors, finding, publicUrl }: { doors: Doors; finding: Finding; publicUrl: string },
): JobKind<'connect-account'> {
  return {
    name: 'connect-account',
    strip: connectDataToKeep,
    concurrency: 20,
    // Both doors at their slowest, and some time to write it down.
    timeLimitMs: 90_000,

    async process(payload, running): Promise<ConnectResult> {
      const begun = await beginConnect(accounts, running.key, payload);
      if ('result' in begun) return begun.result;
      const { order } = begun;
      await running.keep({ ...withoutSecrets(payload), orderId: order.id });

      const way = await wayOf(accounts, { finding, publicUrl }, order, running.signal);
      if ('result' in way) return way.result;
      const { attempt } = way;
      const proof = await prove(accounts, doors, attempt, running.signal, running.tell);
      const failed = proof.imap.error ?? proof.smtp.error;
      if (failed || !proof.imap.inbox) {
        await running.tell?.(bothRefusals(order, attempt, proof));
        const { host } = proof.imap.error ? attempt.imap : attempt.smtp;
        return refuseConnect(accounts, order, refusalTo(order, failed!, host), prefillOfTried(attempt));
      }
      return commitConnect(accounts, attempt, proof.imap.inbox);
    },
  };
}

/** What to try, or how the order ended because there is nothing to try yet. */
async function wayOf(
  accounts: AccountParts,
  { finding, publicUrl }: { finding: Finding; publicUrl: string },
  order: Order,
  signal: AbortSignal,
): Promise<{ attempt: Attempt } | { result: ConnectResult }> {
  try {
    const way = await findWay(finding, order, signal);
    if (way.kind === 'try') return { attempt: attemptAt(accounts, order, way) };
    if (way.kind === 'ask') return { result: await askFor(accounts, order, way) };
    if (way.kind === 'authorize') return { result: await wantAuthorization(accounts, order, way, { publicUrl }) };
    throw new MailError({ reason: way.reason, permanent: true, protocol: 'oauth' });
  } catch (error) {
    if (error instanceof SealError) {
      const fault = { reason: error.reason, permanent: true, response: error.message };
      return { result: await refuseConnect(accounts, order, refusalTo(order, fault)) };
    }
    if (!(error instanceof MailError)) throw error;
    return { result: await refuseConnect(accounts, order, refusalTo(order, error)) };
  }
}

function refusalTo(order: Order, fault: Parameters<typeof refusalOf>[0], host?: string): Refusal {
  const { locale } = order.payload as ConnectPayload;
  const until = fault instanceof Held ? fault.until : null;
  return refusalOf(fault, { locale, host, until, held: until !== null, attempt: true });
}

/** The result names one refusal. Whoever sees the dialog corrects both sides at once. */
function bothRefusals(order: Order, attempt: Attempt, proof: Proof): Record<string, unknown> {
  const refusals = (['imap', 'smtp'] as const).flatMap((side) => {
    const { error } = proof[side];
    // Which side it was is what counts here, also where only its name could not be found.
    return error ? [{ ...refusalTo(order, error, attempt[side].host), protocol: side }] : [];
  });
  return { refusals };
}

/** What was tried stands in the form again, for whoever corrects it. */
const prefillOfTried = ({ imap, smtp, kind, provider }: Attempt): Prefill => ({
  ...(provider !== null && { provider }),
  login: kind,
  imap,
  smtp,
  source: 'order',
});

/** Try both doors of an attempt. */
export function prove(
  accounts: AccountParts,
  doors: Doors,
  { order, imap, smtp, kind }: Attempt<Pick<Order, 'id' | 'payload' | 'imapSecret' | 'smtpSecret'>>,
  signal: AbortSignal,
  tell?: (states: DoorStates) => unknown,
): Promise<Proof> {
  const parts = { ring: accounts.sealing.ring, grants: accounts.grants };
  const loginOf = (side: 'imap' | 'smtp') => {
    const { host, username } = side === 'imap' ? imap : smtp;
    const at = { ...secretPlace('orders', order.id, side), host, username };
    return loginFrom(parts, { ciphertext: order[`${side}Secret`]!, at, kind });
  };
  const ownSecret = (order.payload as { smtp?: { ownSecret?: boolean } }).smtp?.ownSecret === true;
  const logins = { imapLogin: loginOf('imap'), smtpLogin: loginOf('smtp') };
  return proveLogins(doors, { imap, smtp, ...logins, sameSecret: !ownSecret }, signal, tell);
}
