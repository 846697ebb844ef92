import { bigint, index, integer, pgTable, primaryKey, text, timestamp, uniqueIndex, uuid } from 'drizzle-orm/pg-core';
import { bytea } from './bytes.ts';
import { sends } from './sends.ts';

/** The bytes of an uploaded file, once for each tenant. */
export const blobs = pgTable(
  'blobs',
  {
    id: uuid('id').primaryKey(),
    tenantId: text('tenant_id').notNull(),
    /** SHA-256 in hex; null while it is still coming in. */
    hash: text('hash'),
    size: bigint('size', { mode: 'number' }).notNull().default(0),
    createdAt: timestamp('created_at', { withTimezone: true }).notNull().defaultNow(),
  },
  (table) => [uniqueIndex('blobs_content').on(table.tenantId, table.hash), index('blobs_created').on(table.createdAt)],
);

/** They come and go in pieces, so that no file is ever whole in memory. */
export const blobChunks = pgTable(
  'blob_chunks',
  {
    blobId: uuid('blob_id')
      .notNull()
      .references(() => blobs.id, { onDelete: 'cascade' }),
    no: integer('no').notNull(),
    bytes: bytea('bytes').notNull(),
  },
  (table) => [primaryKey({ columns: [table.blobId, table.no] })],
);

/** A file that waits to be attached, under the name that its sender gave it. */
export const uploads = pgTable(
  'uploads',
  {
    id: uuid('id').primaryKey(),
    tenantId: text('tenant_id').notNull(),
    blobId: uuid('blob_id')
      .notNull()
      .references(() => blobs.id),
    filename: text('filename').notNull(),
    contentType: text('content_type').notNull(),
    createdAt: timestamp('created_at', { withTimezone: true }).notNull().defaultNow(),
    expiresAt: timestamp('expires_at', { withTimezone: true }).notNull(),
  },
  (table) => [index('uploads_expired').on(table.expiresAt), index('uploads_blob').on(table.blobId)],
);
export type Upload = typeof uploads.$inferSelect;

/** Which mails need which bytes: those stay until the mail's content is dropped, however long ago they were uploaded. */
export const sendBlobs = pgTable(
  'send_blobs',
  {
    sendId: uuid('send_id')
      .notNull()
      .references(() => sends.id, { onDelete: 'cascade' }),
    blobId: uuid('blob_id')
      .notNull()
      .references(() => blobs.id),
  },
  (table) => [primaryKey({ columns: [table.sendId, table.blobId] }), index('send_blobs_blob').on(table.blobId)],
);
