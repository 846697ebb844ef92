import { sql } from 'drizzle-orm';
import {
  bigint,
  bigserial,
  index,
  jsonb,
  pgSequence,
  pgTable,
  text,
  timestamp,
  uniqueIndex,
  uuid,
} from 'drizzle-orm/pg-core';

/** Places in the log. Only the relay's leader draws from it, under its lease, so the order is the order of publishing. */
export const eventCursor = pgSequence('event_cursor');

/** The event log: a row is written in the transaction of the change it tells of; the relay publishes it. */
export const eventLog = pgTable(
  'events',
  {
    no: bigserial('no', { mode: 'number' }).primaryKey(),
    id: uuid('id').notNull(),
    tenantId: text('tenant_id').notNull(),
    userId: text('user_id').notNull(),
    userSeq: bigint('user_seq', { mode: 'number' }).notNull(),
    accountId: uuid('account_id'),
    type: text('type').notNull(),
    time: timestamp('time', { withTimezone: true }).notNull(),
    data: jsonb('data').$type<Record<string, unknown>>().notNull(),
    /** Given when it is published for the first time. */
    cursor: bigint('cursor', { mode: 'number' }),
    publishedAt: timestamp('published_at', { withTimezone: true }),
  },
  (table) => [
    uniqueIndex('events_user_seq').on(table.tenantId, table.userId, table.userSeq),
    index('events_log').on(table.tenantId, table.cursor),
    index('events_unpublished').on(table.no).where(sql`${table.publishedAt} is null`),
    index('events_of_account')
      .on(table.accountId)
      .where(sql`${table.type} like 'message.%' and not ${table.data} ? 'erased'`),
    index('events_of_send').on(sql`(${table.data}->>'sendId')`).where(sql`${table.type} like 'send.%'`),
    index('events_time').on(table.time),
  ],
);
export type EventRow = typeof eventLog.$inferSelect;

/** How far a tenant's log has been cut: a cursor below this one can no longer be continued from. */
export const eventTrims = pgTable('event_trims', {
  tenantId: text('tenant_id').primaryKey(),
  cursor: bigint('cursor', { mode: 'number' }).notNull(),
});
