import {
  bigint,
  index,
  integer,
  jsonb,
  pgTable,
  primaryKey,
  text,
  timestamp,
  uniqueIndex,
  uuid,
} from 'drizzle-orm/pg-core';
import type { Person } from '../words.ts';
import { accounts } from './accounts.ts';

/** A folder of a mailbox and how far it has been read. UIDs count only together with UIDVALIDITY (RFC 9051 §2.3.1.1). */
export const folders = pgTable(
  'folders',
  {
    id: uuid('id').primaryKey(),
    accountId: uuid('account_id')
      .notNull()
      .references(() => accounts.id, { onDelete: 'cascade' }),
    path: text('path').notNull(),
    role: text('role'),
    uidValidity: bigint('uid_validity', { mode: 'number' }).notNull(),
    /** All messages below this UID have been seen: the server's UIDNEXT at that time. */
    uidNext: bigint('uid_next', { mode: 'number' }).notNull(),
    highestModseq: bigint('highest_modseq', { mode: 'bigint' }),
    /** Messages that arrived before this are history, also after a reset. */
    newSince: timestamp('new_since', { withTimezone: true }).notNull().defaultNow(),
  },
  (table) => [uniqueIndex('folders_path').on(table.accountId, table.path)],
);
export type Folder = typeof folders.$inferSelect;

/** A message as it was seen on the server. Keys begin with the account, so that a mailbox's rows lie together. */
export const messages = pgTable(
  'messages',
  {
    accountId: uuid('account_id')
      .notNull()
      .references(() => accounts.id, { onDelete: 'cascade' }),
    id: uuid('id').notNull(),
    folderId: uuid('folder_id').notNull(),
    /** Null once the server has renumbered the folder: the row then only remembers the Message-ID. */
    uid: bigint('uid', { mode: 'number' }),
    messageIdHeader: text('message_id_header'),
    internalDate: timestamp('internal_date', { withTimezone: true }),
    size: integer('size').notNull(),
    flags: jsonb('flags').$type<string[]>().notNull(),
    from: jsonb('from').$type<Person[]>().notNull(),
    subject: text('subject').notNull(),
    createdAt: timestamp('created_at', { withTimezone: true }).notNull().defaultNow(),
  },
  (table) => [
    primaryKey({ columns: [table.accountId, table.id] }),
    uniqueIndex('messages_uid').on(table.accountId, table.folderId, table.uid),
    index('messages_header').on(table.accountId, table.messageIdHeader),
  ],
);
