/**
 * What is known of the messages of all mailboxes. The migrations partition these tables by a hash of the account, and
 * all keys begin with it: a mailbox's rows lie together, and every question is about one mailbox.
 */
import { sql } from 'drizzle-orm';
import {
  bigint,
  boolean,
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
import { tsvector } from './bytes.ts';

/** An attachment of a stored message; `part` is its place in the structure (BODY[…]), which is how its bytes are fetched. */
export type StoredAttachment = { name: string; contentType: string; size: number; part: string; cid?: string };

/**
 * A part of the message's structure that people read, or that is attached: enough to fetch and decode it.
 * `size` is in octets as they stand on the server, still encoded.
 */
export type StoredPart = {
  part: string;
  type: string;
  encoding: string;
  charset?: string;
  size: number;
  disposition?: string;
  name?: string;
  cid?: string;
};

/** A message as it was seen on the server. */
export const messages = pgTable(
  'messages',
  {
    accountId: uuid('account_id').notNull(),
    id: uuid('id').notNull(),
    folderId: uuid('folder_id').notNull(),
    /**
     * Null while nobody knows where it is: it vanished from its folder, or the server renumbered that, and it may yet be
     * found in another place. Found, it keeps its id; else it is deleted.
     */
    uid: bigint('uid', { mode: 'number' }),
    messageIdHeader: text('message_id_header'),
    /** The server's own lasting name for it (EMAILID of RFC 8474, X-GM-MSGID). */
    emailId: text('email_id'),
    threadId: text('thread_id').notNull().default(''),
    inReplyTo: text('in_reply_to'),
    references: jsonb('references').$type<string[]>().notNull().default([]),
    /** The Date header. */
    date: timestamp('date', { withTimezone: true }),
    internalDate: timestamp('internal_date', { withTimezone: true }).notNull(),
    size: integer('size').notNull(),
    flags: jsonb('flags').$type<string[]>().notNull(),
    unread: boolean('unread').notNull().generatedAlwaysAs(sql`not (flags @> '["\\\\Seen"]'::jsonb)`),
    from: jsonb('from').$type<Person[]>().notNull(),
    to: jsonb('to').$type<Person[]>().notNull().default([]),
    cc: jsonb('cc').$type<Person[]>().notNull().default([]),
    replyTo: jsonb('reply_to').$type<Person[]>().notNull().default([]),
    subject: text('subject').notNull(),
    preview: text('preview').notNull().default(''),
    listId: text('list_id'),
    autoSubmitted: text('auto_submitted'),
    attachments: jsonb('attachments').$type<StoredAttachment[]>().notNull().default([]),
    /** The parts that its text is made from, in reading order. */
    textParts: jsonb('text_parts').$type<StoredPart[]>().notNull().default([]),
    hasAttachments: boolean('has_attachments').notNull().default(false),
    /** What the mail is besides: `signed`, `encrypted`, `tnef`, `report`, `auto`, `list`. */
    marks: jsonb('marks').$type<string[]>().notNull().default([]),
    /** Why parts of it are missing; null for a message that could be read. */
    broken: text('broken'),
    /** Its persons and words are not in `message_people` and `message_search` yet. */
    indexWanted: boolean('index_wanted').notNull().default(true),
    createdAt: timestamp('created_at', { withTimezone: true }).notNull().defaultNow(),
  },
  (table) => [
    primaryKey({ columns: [table.accountId, table.id] }),
    uniqueIndex('messages_uid').on(table.accountId, table.folderId, table.uid),
    index('messages_header').on(table.accountId, table.messageIdHeader),
    index('messages_in_folder').on(table.accountId, table.folderId, table.internalDate, table.id),
    index('messages_by_date').on(table.accountId, table.internalDate, table.id),
    index('messages_thread').on(table.accountId, table.threadId, table.internalDate),
    index('messages_unread').on(table.accountId, table.internalDate, table.id).where(sql`${table.unread}`),
    index('messages_lost').on(table.accountId, table.messageIdHeader).where(sql`${table.uid} is null`),
    index('messages_unread_in_folder')
      .on(table.accountId, table.folderId, table.internalDate, table.id)
      .where(sql`${table.unread} and ${table.uid} is not null`),
    index('messages_with_attachments')
      .on(table.accountId, table.internalDate, table.id)
      .where(sql`${table.hasAttachments}`),
    index('messages_to_index').on(table.accountId, table.folderId, table.internalDate).where(sql`${table.indexWanted}`),
    index('messages_broken').on(table.accountId, table.internalDate).where(sql`${table.broken} is not null`),
  ],
);
export type Message = typeof messages.$inferSelect;

/** Who a message is from and to, a row each: by these the CRM finds the mails of a person. */
export const messagePeople = pgTable(
  'message_people',
  {
    accountId: uuid('account_id').notNull(),
    messageId: uuid('message_id').notNull(),
    role: text('role').$type<'from' | 'to' | 'cc' | 'reply-to'>().notNull(),
    /** In lower case. */
    address: text('address').notNull(),
    name: text('name').notNull(),
    internalDate: timestamp('internal_date', { withTimezone: true }).notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.accountId, table.messageId, table.role, table.address] }),
    index('message_people_address').on(table.accountId, table.address, table.internalDate),
  ],
);

/**
 * The words of a message: stems by weight (subject, people, text), and beside them its long words as they stand, in which
 * the parts of compound words are found by their trigrams. Folded: lower case, no accents.
 */
export const messageSearch = pgTable(
  'message_search',
  {
    accountId: uuid('account_id').notNull(),
    messageId: uuid('message_id').notNull(),
    stems: tsvector('stems').notNull(),
    longWords: text('long_words').notNull().default(''),
  },
  (table) => [primaryKey({ columns: [table.accountId, table.messageId] })],
);

/** Which bytes of a message are kept here: `text` for what is read, else the number of a part. */
export const messageParts = pgTable(
  'message_parts',
  {
    accountId: uuid('account_id').notNull(),
    messageId: uuid('message_id').notNull(),
    part: text('part').notNull(),
    /** SHA-256 of the bytes. */
    hash: text('hash').notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.accountId, table.messageId, table.part] }),
    index('message_parts_hash').on(table.hash),
  ],
);
