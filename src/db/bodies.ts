import { index, integer, pgTable, primaryKey, text, timestamp } from 'drizzle-orm/pg-core';
import { bytea } from './bytes.ts';

/**
 * Bytes of messages that are kept for a while, by the tenant's policy: one copy of what ten of its users received. A
 * cache: whatever is missing here is on the mail server.
 */
export const bodies = pgTable(
  'bodies',
  {
    tenantId: text('tenant_id').notNull(),
    /** SHA-256 of `bytes`, in hex. */
    hash: text('hash').notNull(),
    bytes: bytea('bytes').notNull(),
    size: integer('size').notNull(),
    storedAt: timestamp('stored_at', { withTimezone: true }).notNull().defaultNow(),
  },
  (table) => [
    primaryKey({ columns: [table.tenantId, table.hash] }),
    index('bodies_stored').on(table.tenantId, table.storedAt),
  ],
);
