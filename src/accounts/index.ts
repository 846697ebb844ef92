import { and, eq, sql } from 'drizzle-orm';
import type { Drizzle } from '../db/database.ts';
import { type Account, accounts } from '../db/tables.ts';
import type { LoginParts } from '../mail/login.ts';
import type { Sealing } from './secrets.ts';
import type { Who } from './user-lock.ts';

/** What the functions of this folder share. */
export type AccountParts = {
  db: Drizzle;
  sealing: Sealing;
  /** The tokens of accounts that log in by OAuth; a test without such accounts needs none. */
  grants?: LoginParts['grants'];
  /** The clock that holds and next tries go by; a test lets a month pass. */
  now: () => Date;
  /** A message became an event this long after its mail server took it. */
  heard?: (delayMs: number) => void;
  /** A command on a mailbox's connection is done: whoever waits for it is told. */
  answered?: (commandId: string) => void;
  /** There are new event rows: publish them. */
  wake: () => void;
  /** After a commit: an account is another one than before. Adds the job that its state wants, and tells its holder. */
  changed: (accountId: string) => void;
  /** Do something with the user of an account; the user of an account never changes. */
  ofAccount<R>(accountId: string, act: (who: Who) => Promise<R>): Promise<R>;
};

/** The accounts: whoever has one of these may write their rows through the functions beside this file. */
export function openAccounts(parts: Omit<AccountParts, 'ofAccount'>): AccountParts {
  return {
    ...parts,
    async ofAccount(accountId, act) {
      const [who] = await parts.db
        .select({ tenantId: accounts.tenantId, userId: accounts.userId })
        .from(accounts)
        .where(eq(accounts.id, accountId))
        .limit(1);
      if (!who) throw new Error(`there is no account ${accountId}`);
      return act(who);
    },
  };
}

/** The user's account, or undefined when there is none that is not disconnected. */
export async function findAccount(db: Drizzle, { tenantId, userId }: Who): Promise<Account | undefined> {
  const [account] = await db
    .select()
    .from(accounts)
    .where(and(eq(accounts.tenantId, tenantId), eq(accounts.userId, userId), sql`${accounts.state} <> 'disconnected'`))
    .limit(1);
  return account;
}
