import { setTimeout as delay } from 'node:timers/promises';
import { siteOf } from '../doors/budget.ts';
import type { Log } from '../log.ts';
import type { ReadBlob } from '../mail/compose.ts';
import type { Login } from '../mail/login.ts';
import type { Smtp } from '../mail/smtp.ts';
import { createSmtpPool } from '../mail/smtp-pool.ts';
import { isInfrastructureFault } from '../queues/faults.ts';
import { readBlob } from './attachments.ts';
import { createBatch } from './batch.ts';
import { deliver } from './deliver.ts';
import { type Claimed, claim, dueAccounts, giveBack, type LedgerParts, markDataSent } from './ledger.ts';
import { dueLooks } from './looks.ts';
import { expireSends, forgetOldSends, recoverOwnSends } from './recover.ts';
import { isPlain, settle } from './settle.ts';
import { settleAccepted } from './settle-accepted.ts';
import { createTallies } from './tallies.ts';

export type SendingEngine = ReturnType<typeof startSending>;

/** What is due is looked for this often, beside being told. */
const pollEveryMs = 1_000;
/** What has waited too long is given up, and what ended long ago is forgotten. */
const tidyEveryMs = 60_000;
const stopLimitMs = 10_000;
/** A mail that could not be tried for reasons of our own is not tried again at once. */
const breatherMs = 1_000;

type InHand = { mail: Claimed; abort: AbortController; done: Promise<void> };

/**
 * Send what is due: one mail of an account at a time (or as many as `perAccount` says), many accounts beside each other.
 * The turn goes round by accounts: one that has sent a mail goes to the end of the line, however much it still has. Those
 * of a provider whose connections are all in use wait outside, so that a provider that hangs holds up nobody else.
 */
export function startSending({
  ledger,
  processId,
  isFresh,
  smtp,
  loginOf,
  log,
  concurrency = 100,
  perAccount = 1,
  perSite = 50,
  onErrand = () => {},
}: {
  ledger: LedgerParts;
  processId: string;
  /** False when this process could not renew its heartbeat in time: then it claims nothing and ends no mail. */
  isFresh: () => boolean;
  smtp: Pick<Smtp, 'open'>;
  loginOf: (account: Claimed['account']) => Login;
  log: Pick<Log, 'debug' | 'info' | 'warn' | 'error'>;
  concurrency?: number;
  perAccount?: number;
  /** Connections to one provider, and so mails. */
  perSite?: number;
  /** There is something to do in this account's mailbox: a copy to file, a mail to look for. */
  onErrand?: (accountId: string) => void;
}) {
  const pool = createSmtpPool({ smtp, siteOf, perSite });
  const mark = createBatch((mails: Claimed[]) => markDataSent(ledger, mails));
  const accept = createBatch((sent: Parameters<typeof settleAccepted>[1]) => settleAccepted(ledger, sent), {
    keyOf: ({ mail }) => JSON.stringify([mail.tenantId, mail.userId]),
  });
  const readsBlob: ReadBlob = (blobId, size) => readBlob(ledger.db, blobId, size);
  const inHand = new Map<string, InHand>();
  const underWay = createTallies();
  /** Accounts that may have something due, in the order of their turn. */
  const line = new Set<string>();
  const stopping = new AbortController();
  let claiming: Promise<void> | undefined;
  let polling: Promise<void> | undefined;
  let soon: NodeJS.Immediate | undefined;
  /** There may be mails that are ours by their rows and in nobody's hands. */
  let lostSome = false;
  let hasLooked = false;

  function pump() {
    soon ??= setImmediate(() => {
      soon = undefined;
      claiming ??= claimAll().finally(() => {
        claiming = undefined;
        if (nextInLine().length > 0 && !stopping.signal.aborted && isFresh()) pump();
      });
    });
  }

  /** Whose turn it is: as many as there are free hands. */
  function nextInLine(): string[] {
    const turn: string[] = [];
    const asked = new Map<string, number>();
    for (const accountId of line) {
      if (inHand.size + turn.length >= concurrency) break;
      const site = underWay.siteOf(accountId) ?? '';
      const isFull = site !== '' && underWay.atSite(site) + (asked.get(site) ?? 0) >= perSite;
      if (isFull || underWay.of(accountId) >= perAccount) continue;
      turn.push(accountId);
      asked.set(site, (asked.get(site) ?? 0) + 1);
    }
    return turn;
  }

  async function claimAll() {
    const turn = nextInLine();
    if (turn.length === 0 || stopping.signal.aborted || !isFresh()) return;
    for (const accountId of turn) line.delete(accountId);
    try {
      for (const mail of await claim(ledger, processId, turn, perAccount)) {
        if (underWay.hasRoom(mail, perSite)) take(mail);
        else await putBack(mail);
        // There may be more of it, and room.
        if (perAccount > 1) line.add(mail.accountId);
      }
    } catch (error) {
      // The poll finds these accounts again, and what was claimed although the answer did not come.
      lostSome = true;
      log.warn({ err: error }, 'mails could not be claimed');
      await delay(breatherMs, undefined, { signal: stopping.signal }).catch(() => {});
    }
  }

  /** Where it goes was not known before it was claimed, and there nobody else fits in: it waits outside. */
  async function putBack(mail: Claimed) {
    line.add(mail.accountId);
    await giveBack(ledger, mail).catch(() => {
      lostSome = true;
    });
  }

  function take(mail: Claimed) {
    const abort = new AbortController();
    if (stopping.signal.aborted) abort.abort(stopping.signal.reason);
    const done = send(mail, abort.signal)
      .catch((error) => {
        log.error({ err: error, sendId: mail.id, accountId: mail.accountId }, 'a send broke');
        lostSome = true;
      })
      .finally(() => {
        inHand.delete(mail.id);
        underWay.ended(mail);
        line.add(mail.accountId);
        pump();
      });
    inHand.set(mail.id, { mail, abort, done });
    underWay.began(mail);
  }

  async function send(mail: Claimed, signal: AbortSignal) {
    const startedAt = performance.now();
    const outcome = await deliver({ mark, pool, loginOf, readBlob: readsBlob, isFresh, log }, mail, signal);
    const said = typeof outcome === 'string' ? outcome : outcome.kind;
    if (outcome === 'give-back') {
      await untilWritten(() => giveBack(ledger, mail));
      if (!stopping.signal.aborted) await delay(breatherMs, undefined, { signal: stopping.signal }).catch(() => {});
    } else if (outcome !== 'overtaken') {
      const counted = await untilWritten(() =>
        outcome.kind === 'accepted' && isPlain(mail, outcome)
          ? accept({ mail, ...outcome })
          : settle(ledger, mail, outcome),
      );
      if (counted && outcome.kind === 'accepted') onErrand(mail.accountId);
    }
    const tookMs = Math.round(performance.now() - startedAt);
    const fields = { sendId: mail.id, accountId: mail.accountId, attempt: mail.attempt, tookMs, outcome: said };
    if (typeof outcome === 'object' && outcome.kind === 'refused') {
      const { reason, permanent } = outcome.error;
      log.info({ ...fields, reason, permanent }, 'send tried');
    } else log.debug(fields, 'send tried');
  }

  /** What is known must be written, also when the database is away for a while: else a sent mail ends in doubt. */
  async function untilWritten<R>(write: () => Promise<R>): Promise<R> {
    for (let waitMs = 100; ; waitMs = Math.min(waitMs * 2, 2_000)) {
      try {
        return await write();
      } catch (error) {
        if (stopped) throw error;
        const say = isInfrastructureFault(error) ? 'warn' : 'error';
        log[say]({ err: error }, 'the outcome of a send could not be written yet');
        await delay(waitMs);
      }
    }
  }

  function poll() {
    if (!isFresh() || stopping.signal.aborted) return;
    polling ??= lookForWork()
      .catch((error) => log.warn({ err: error }, 'due mails could not be looked for'))
      .finally(() => {
        polling = undefined;
      });
  }

  async function lookForWork() {
    if (lostSome && claiming === undefined) {
      // Nothing is claimed meanwhile: a mail whose claim is under way is in nobody's hands either.
      claiming = takeUpLost().finally(() => {
        claiming = undefined;
      });
      await claiming;
    }
    for (const accountId of await dueAccounts(ledger)) line.add(accountId);
    pump();
    for (const accountId of await dueLooks(ledger.db, !hasLooked)) onErrand(accountId);
    hasLooked = true;
  }

  async function takeUpLost() {
    await recoverOwnSends(ledger, processId, [...inHand.keys()]);
    lostSome = false;
  }

  function tidy() {
    tidying ??= expireSends(ledger)
      .then(() => forgetOldSends(ledger))
      .catch((error) => log.warn({ err: error }, 'old mails could not be given up'))
      .finally(() => {
        tidying = undefined;
      });
  }

  let stopped = false;
  let tidying: Promise<unknown> | undefined;
  const timer = setInterval(poll, pollEveryMs);
  const tidyTimer = setInterval(tidy, tidyEveryMs);
  tidy();
  poll();

  return {
    /** There may be something to send, of this account or of any. */
    poke(accountId?: string) {
      if (accountId === undefined) return poll();
      line.add(accountId);
      pump();
    },
    /** An account was paused, disconnected or has other servers: let go of its connection. */
    drop: (accountId: string) => pool.drop(accountId),
    /** Mails that are being sent now. */
    inHand: () => inHand.size,
    /**
     * Claim no more. Mails whose end is not sent yet go back to the queue; the others get some time for their answer,
     * and are left to the recovery when there is none.
     */
    async stop() {
      clearInterval(timer);
      clearInterval(tidyTimer);
      stopping.abort(new Error('the process stops'));
      for (const { abort } of inHand.values()) abort.abort(stopping.signal.reason);
      const limit = new AbortController();
      await Promise.race([allDone(), delay(stopLimitMs, undefined, { signal: limit.signal }).catch(() => {})]);
      limit.abort();
      stopped = true;
      clearImmediate(soon);
      await pool.close();
    },
  };

  /** A claim that was under way may still bring mails; they go back at once. */
  async function allDone() {
    await Promise.all([polling, claiming, tidying]);
    while (inHand.size > 0) await Promise.all([...inHand.values()].map(({ done }) => done));
  }
}
