import type { AccountParts } from '../accounts/index.ts';
import { heldLeases, type Lease, releaseLease } from '../accounts/lease.ts';
import type { Log } from '../log.ts';
import type { ImapConnection } from '../mail/imap.ts';
import type { Inbox } from '../sync/new-mail.ts';
import type { FileCopies } from './file-copies.ts';
import { type Watcher, watch } from './watcher.ts';

export type Watchers = ReturnType<typeof openWatchers>;

/** The mailboxes that this process watches. */
export function openWatchers({
  accounts,
  capacity,
  fileCopies,
  again,
  changed,
  log,
}: {
  accounts: AccountParts;
  capacity: number;
  fileCopies: FileCopies;
  /** A mailbox is due again; the job that logs in is the caller's to add. */
  again: (lease: Lease, nextTryAt: Date) => void;
  /** How many are watched changed. */
  changed: (watched: number) => void;
  log: Log;
}) {
  const watchers = new Map<string, Watcher>();
  let stopped = false;

  return {
    size: () => watchers.size,
    hasRoom: () => !stopped && watchers.size < capacity,
    has: (accountId: string) => watchers.has(accountId),

    /** Take over a connection that is logged in and caught up. */
    take(inbox: Inbox, connection: ImapConnection) {
      const { lease } = inbox;
      watchers.get(lease.accountId)?.drop();
      const watcher = watch({
        accounts,
        inbox,
        connection,
        fileCopies,
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
    poke(accountId: string) {
      watchers.get(accountId)?.poke();
    },

    /** Compare with Postgres: whatever others hold by now is let go. Asked after a gap, and for one account after a change. */
    async check(processId: string, only?: string) {
      const here = only ? [watchers.get(only)] : [...watchers.values()];
      if (!here.some(Boolean)) return;
      const held = await heldLeases(accounts.db, processId);
      for (const watcher of here) {
        if (!watcher || held.get(watcher.accountId) === watcher.lease.token) continue;
        log.info({ accountId: watcher.accountId }, 'watched elsewhere, or no more');
        watchers.delete(watcher.accountId);
        changed(watchers.size);
        // Polite: a session that is left open counts against the provider's limit until it times out.
        void watcher.stop().catch((error) => log.debug({ err: error }, 'logout failed'));
      }
    },

    /** Hand all mailboxes over: log out first, then give the lease back, so that nobody is logged in twice. */
    async stop() {
      stopped = true;
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
