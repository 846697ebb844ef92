import { sql } from 'drizzle-orm';
import { bigint, index, jsonb, pgTable, text, timestamp, uniqueIndex, uuid } from 'drizzle-orm/pg-core';

/**
 * An accepted order: from here on Redis may forget it. A job is the same order again when queue, id and timestamp are
 * the same (ids alone begin again at 1 in a wiped Redis). Secrets are ciphertext from the first row on.
 */
export const orders = pgTable(
  'orders',
  {
    id: uuid('id').primaryKey(),
    queue: text('queue').notNull(),
    jobId: text('job_id').notNull(),
    jobAt: bigint('job_at', { mode: 'number' }).notNull(),
    tenantId: text('tenant_id').notNull(),
    userId: text('user_id').notNull(),
    /** The account that the order is about; for a connect with another address the id that it would get. */
    accountId: uuid('account_id'),
    /** The payload without its secrets. */
    payload: jsonb('payload').$type<Record<string, unknown>>().notNull(),
    imapSecret: text('imap_secret'),
    smtpSecret: text('smtp_secret'),
    /** Null until the order has ended. */
    result: jsonb('result').$type<Record<string, unknown>>(),
    acceptedAt: timestamp('accepted_at', { withTimezone: true }).notNull().defaultNow(),
    endedAt: timestamp('ended_at', { withTimezone: true }),
  },
  (table) => [
    uniqueIndex('orders_job').on(table.queue, table.jobId, table.jobAt),
    index('orders_open').on(table.acceptedAt).where(sql`${table.endedAt} is null`),
    index('orders_user').on(table.tenantId, table.userId),
    index('orders_ended').on(table.endedAt),
  ],
);
export type Order = typeof orders.$inferSelect;

/** Sealed secrets that were taken, so that the same JWE in another job is refused. */
export const sealedUses = pgTable(
  'sealed_uses',
  {
    jweHash: text('jwe_hash').primaryKey(),
    queue: text('queue').notNull(),
    jobId: text('job_id').notNull(),
    jobAt: bigint('job_at', { mode: 'number' }).notNull(),
    expiresAt: timestamp('expires_at', { withTimezone: true }).notNull(),
  },
  (table) => [index('sealed_uses_expires').on(table.expiresAt)],
);
