import { bigint, pgTable, primaryKey, text, timestamp } from 'drizzle-orm/pg-core';

/**
 * A person in a tenant's CRM. The row is the lock under which that user's account, orders and event counter change;
 * it is never deleted while the tenant lives, so that `userseq` has no gap and an old order stays old.
 */
export const users = pgTable(
  'users',
  {
    tenantId: text('tenant_id').notNull(),
    userId: text('user_id').notNull(),
    /** `userseq` of the newest event. */
    eventSeq: bigint('event_seq', { mode: 'number' }).notNull().default(0),
    /** `job.timestamp` (ms) of the newest account order, and `queue:id` to break a tie. */
    orderAt: bigint('order_at', { mode: 'number' }).notNull().default(0),
    orderKey: text('order_key').notNull().default(''),
    createdAt: timestamp('created_at', { withTimezone: true }).notNull().defaultNow(),
  },
  (table) => [primaryKey({ columns: [table.tenantId, table.userId] })],
);
export type User = typeof users.$inferSelect;
