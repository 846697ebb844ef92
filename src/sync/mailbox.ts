import { and, eq, isNull, sql } from 'drizzle-orm';
import type { AccountParts } from '../accounts/index.ts';
import type { Lease } from '../accounts/lease.ts';
import type { Who } from '../accounts/user-lock.ts';
import { type Account, type Folder, folders, messages } from '../db/tables.ts';
import { type TenantSettings, tenantSettings } from '../db/tenant-settings.ts';
import type { Log } from '../log.ts';

/** How far back a first sync goes when the order did not say. */
const defaultDays = 180;

/**
 * A mailbox under a lease: what its holder knows of it. As long as the token fits, nobody else writes its folders' and
 * messages' rows, so these copies are as true as the rows.
 */
export type Mailbox = {
  lease: Lease;
  who: Who;
  account: Pick<Account, 'id' | 'locale' | 'syncedAt'>;
  /** Every folder that is known, by id. */
  folders: Map<string, Folder>;
  /** Messages whose place is not known now: they vanished from their folder, or it was renumbered. */
  lost: number;
  /** Folders from which something that arrived may have been moved; it is not stored before they are looked at. */
  sources: Set<string>;
  /** Where such messages arrived, by folder. */
  doubts: Map<string, Doubt>;
  /** Folders that the server refused, by id: how often, and until when they are left alone. */
  shut: Map<string, { until: number; times: number; missing: boolean }>;
  log?: Pick<Log, 'warn'> | undefined;
  /** Older messages stay where they are. */
  syncFrom: Date;
  /** What its tenant decided. */
  settings: TenantSettings;
  /** Folders that may hold messages whose words are not in the index yet. */
  toIndex: Set<string>;
};

/** Messages that have UIDs below this, and the folders that were looked at since they were seen. */
export type Doubt = { below: number; looked: Set<string> };

/** Everything about a mailbox that Postgres knows. */
export async function loadMailbox(
  parts: AccountParts,
  lease: Lease,
  account: Account,
  log?: Pick<Log, 'warn'>,
): Promise<Mailbox> {
  const { tenantId, userId, id, locale, syncedAt, syncFrom, createdAt } = account;
  const [known, lost, settings] = await Promise.all([
    parts.db.select().from(folders).where(eq(folders.accountId, id)),
    parts.db.$count(messages, and(eq(messages.accountId, id), isNull(messages.uid))),
    tenantSettings(parts.db, tenantId),
  ]);
  const from = syncFrom === null ? createdAt.getTime() - defaultDays * 86_400_000 : Date.parse(syncFrom);
  return {
    lease,
    who: { tenantId, userId },
    account: { id, locale, syncedAt },
    folders: new Map(known.map((folder) => [folder.id, { ...folder, path: folder.path.split(asideSign)[0]! }])),
    lost,
    sources: new Set(),
    doubts: new Map(),
    shut: new Map(),
    log,
    syncFrom: new Date(from),
    settings,
    toIndex: new Set(known.map((folder) => folder.id)),
  };
}

/** What follows it in a path keeps two rows apart: a folder that is gone may have had the name of one that is there. */
export const asideSign = '\u0001';

/** The folder with this path; `gone` ones have none. */
export function folderAt({ folders }: Pick<Mailbox, 'folders'>, path: string): Folder | undefined {
  for (const folder of folders.values()) if (folder.path === path && folder.mode !== 'gone') return folder;
  return undefined;
}

/** INBOX, under which name the server knows it. @throws before the folders were listed once. */
export function inboxOf(mailbox: Pick<Mailbox, 'folders'>): Folder {
  const inbox = folderAt(mailbox, 'INBOX');
  if (!inbox) throw new Error('a mailbox without INBOX');
  return inbox;
}

/** Folders whose messages are kept here: the watched ones first, in the order in which they are to be filled. */
export function syncedFolders({ folders }: Pick<Mailbox, 'folders'>): Folder[] {
  const place = ({ role, mode }: Folder) => (role === 'inbox' ? 0 : role === 'sent' ? 1 : mode === 'watched' ? 2 : 3);
  return [...folders.values()]
    .filter(({ mode, selectable }) => selectable && (mode === 'watched' || mode === 'kept'))
    .sort((one, other) => place(one) - place(other) || (one.path < other.path ? -1 : 1));
}

/** The fence of a statement: the user's row is locked first, like by all who change anything of a user. */
export const fence = ({ lease, who }: Pick<Mailbox, 'lease' | 'who'>) => sql`
  locked as materialized (
    select tenant_id, user_id from users
    where tenant_id = ${who.tenantId} and user_id = ${who.userId} for update
  ), held as materialized (
    select accounts.id from accounts, locked
    where accounts.id = ${lease.accountId}::uuid and accounts.holder = ${lease.processId}::uuid
      and accounts.token = ${lease.token}
    for no key update of accounts
  )`;
