import type { AccountParts } from '../accounts/index.ts';
import { heldLeases, type Lease, releaseLease } from '../accounts/lease.ts';
import type { Log } from '../log.ts';
import type { ImapConnection } from '../mail/imap.ts';
import type { Session } from '../sync/session.ts';
import type { FileCopies } from './file-copies.ts';
import { type Watcher, watch } from './watcher.ts';

export type Watchers = ReturnType<typeof openWatchers>;

/** What is watched here is compared with Postgres this often. */
const compareEveryMs = 15_000;

/** A session that ends sooner than this was none: a server that takes the login and hangs up is not to be asked each second. */
const hastyMs = 60_000;

/** The mailboxes that this process watches. */
export function openWatchers({
  accounts,
  processId,
  capacity,
  fileCopies,
  again,
  changed,
  log,
}: {
  accounts: AccountParts;
  processId: string;
  capacity: number;
  fileCopies: FileCopies;
  /** A mailbox is due again; the job that logs in is the caller's to add. */
  again: (lease: Lease, nextTryAt: Date) => void;
  /** How many are watched changed. */
  changed: (watched: number) => void;
  log: Log;
}) {
  const watchers = new Map<string, Watcher>();
  /** Mailboxes that are being opened here: their leases are in hands, although nobody watches yet. */
  const opening = new Map<string, number>();
  /** How many sessions of a mailbox ended in haste, one after another. */
  const hasty = new Map<string, number>();
  let stopped = false;

  /** The first time it is made again at once, then after twice as long each time, up to minutes. */
  function firstBackOff(accountId: string, lastedMs: number): number {
    const before = lastedMs < hastyMs ? (hasty.get(accountId) ?? 0) : -1;
    if (before < 0) hasty.delete(accountId);
    else hasty.set(accountId, before + 1);
    return 1_000 * 2 ** Math.min(9, Math.max(0, before));
  }

  /**
   * Compare with Postgres, both ways. Whatever others hold by now is let go. What is ours there and in nobody's hands here
   * is given back: a lease that was taken, or not given back, by a statement whose answer was lost with the connection
   * would keep the mailbox from everybody for as long as this process lives.
   */
  async function check(only?: string) {
    const here = only ? [watchers.get(only)] : [...watchers.values()];
    if (stopped || (only && !here[0])) return;
    const held = await heldLeases(accounts.db, processId, only);
    for (const watcher of here) {
      if (!watcher || held.get(watcher.accountId) === watcher.lease.token) continue;
      if (watchers.get(watcher.accountId) !== watcher) continue;
      log.info({ accountId: watcher.accountId }, 'watched elsewhere, or no more');
      watchers.delete(watcher.accountId);
      hasty.delete(watcher.accountId);
      changed(watchers.size);
      // Polite: a session that is left open counts against the provider's limit until it times out.
      void watcher.stop().catch((error) => log.debug({ err: error }, 'logout failed'));
    }
    for (const [accountId, token] of held) {
      if (stopped || opening.has(accountId) || watchers.has(accountId)) continue;
      const lease = { accountId, processId, token };
      // The token tells whether it is still the lease that was asked about.
      if (!(await releaseLease(accounts.db, lease))) continue;
      log.warn({ accountId }, 'gave back a mailbox that was held here and not watched');
      again(lease, new Date());
    }
  }

  let checking: Promise<void> | undefined;
  const timer = setInterval(() => {
    checking ??= check()
      .catch((error) => log.debug({ err: error }, 'leases could not be compared; trying again'))
      .finally(() => {
        checking = undefined;
      });
  }, compareEveryMs);

  return {
    size: () => watchers.size,
    hasRoom: () => !stopped && watchers.size < capacity,
    has: (accountId: string) => watchers.has(accountId),

    /** Take over a connection that is logged in and caught up. */
    take(session: Session, connection: ImapConnection) {
      const { lease } = session;
      watchers.get(lease.accountId)?.drop();
      const openedAt = performance.now();
      const watcher = watch({
        accounts,
        session,
        connection,
        fileCopies,
        firstBackOffMs: () => firstBackOff(lease.accountId, performance.now() - openedAt),
        log,
        ended: (nextTryAt) => {
          if (watchers.get(lease.accountId) === watcher) watchers.delete(lease.accountId);
          changed(watchers.size);
          if (nextTryAt && !stopped) again(lease, nextTryAt);
        },
      });
      watchers.set(lease.accountId, watcher);
      changed(watchers.size);
    },

    /** There is something to do on this mailbox's connection, if it is here. */
    poke(accountId: string, what: 'copies' | 'commands') {
      watchers.get(accountId)?.poke(what);
    },

    /** There may be something to do on any of them. */
    pokeAll(what: 'copies' | 'commands') {
      for (const watcher of watchers.values()) watcher.poke(what);
    },

    check,

    /** Take a lease and open its mailbox: whatever is done in here counts as in hands. */
    async open<R>(accountId: string, act: () => Promise<R>): Promise<R> {
      opening.set(accountId, (opening.get(accountId) ?? 0) + 1);
      try {
        return await act();
      } finally {
        const others = opening.get(accountId)! - 1;
        if (others > 0) opening.set(accountId, others);
        else opening.delete(accountId);
      }
    },

    /** Hand all mailboxes over: log out first, then give the lease back, so that nobody is logged in twice. */
    async stop() {
      stopped = true;
      clearInterval(timer);
      await checking;
      const released = await Promise.allSettled(
        [...watchers.values()].map(async (watcher) => {
          await watcher.stop();
          return (await releaseLease(accounts.db, watcher.lease)) ? watcher.lease : null;
        }),
      );
      watchers.clear();
      return released.flatMap((one) => (one.status === 'fulfilled' && one.value ? [one.value] : []));
    },
  };
}
