import { sql } from 'drizzle-orm';
import { bigint, boolean, check, integer, pgTable, text, timestamp, uniqueIndex, uuid } from 'drizzle-orm/pg-core';

/** `watched`: news within a minute at most; `kept`: looked at every few minutes; `off`: only its name is known; `gone`: not on the server any more. */
export const folderModes = ['watched', 'kept', 'off', 'gone'] as const;
export type FolderMode = (typeof folderModes)[number];

/**
 * A folder of a mailbox, and how far it is known. UIDs count only together with UIDVALIDITY (RFC 9051 §2.3.1.1). The
 * row changes only under the account's lease.
 */
export const folders = pgTable(
  'folders',
  {
    id: uuid('id').primaryKey(),
    accountId: uuid('account_id').notNull(),
    path: text('path').notNull(),
    delimiter: text('delimiter').notNull().default('/'),
    role: text('role'),
    /** False for a folder that only holds others. */
    selectable: boolean('selectable').notNull().default(true),
    subscribed: boolean('subscribed').notNull().default(true),
    mode: text('mode').$type<FolderMode>().notNull().default('kept'),
    /** The server's own lasting name for it (OBJECTID, RFC 8474); tells a renamed folder from a new one. */
    mailboxId: text('mailbox_id'),
    /** 0: not opened yet. */
    uidValidity: bigint('uid_validity', { mode: 'number' }).notNull().default(0),
    /** All messages from here on are news; the server's UIDNEXT when it was last read. */
    uidNext: bigint('uid_next', { mode: 'number' }).notNull().default(0),
    /** All changes up to here are known; null where the server does not number changes (CONDSTORE, RFC 7162). */
    highestModseq: bigint('highest_modseq', { mode: 'bigint' }),
    /** Messages on the server when it was last compared. */
    messageCount: integer('message_count').notNull().default(0),
    /** History: all messages at or above this UID are here. Null: not begun; 0: all of it is here. */
    historyUid: bigint('history_uid', { mode: 'number' }),
    /** It was renumbered and is being read again: what is known of it waits to be found. */
    rebuilding: boolean('rebuilding').notNull().default(false),
    /** How many messages its history has, and how many of them are here. */
    historyTotal: integer('history_total').notNull().default(0),
    historyDone: integer('history_done').notNull().default(0),
    /** Messages that arrived before this are history, also after a reset. */
    newSince: timestamp('new_since', { withTimezone: true }).notNull().defaultNow(),
    /** When it was last compared with the server. */
    checkedAt: timestamp('checked_at', { withTimezone: true }),
  },
  (table) => [
    uniqueIndex('folders_path').on(table.accountId, table.path),
    check('folders_mode', sql.raw(`mode in (${folderModes.map((mode) => `'${mode}'`).join(', ')})`)),
  ],
);
export type Folder = typeof folders.$inferSelect;
