import { index, jsonb, pgTable, text, timestamp } from 'drizzle-orm/pg-core';

/**
 * What a POST with an Idempotency-Key was answered, for a repeat of it. Nothing secret is here: the key and the content are
 * digests, and what the answer shows only once is derived again under the key ring.
 */
export const keptAnswers = pgTable(
  'kept_answers',
  {
    /** A digest of who asked for what, and of the key. */
    keyHash: text('key_hash').primaryKey(),
    contentHash: text('content_hash').notNull(),
    /** Random, so that the same key makes another secret once this row is gone. */
    nonce: text('nonce').notNull(),
    /** A digest of the secret: one derived under other keys is another one, and shows here. */
    secretHash: text('secret_hash').notNull(),
    answer: jsonb('answer').$type<Record<string, unknown>>().notNull(),
    createdAt: timestamp('created_at', { withTimezone: true }).notNull().defaultNow(),
  },
  (table) => [index('kept_answers_created').on(table.createdAt)],
);
