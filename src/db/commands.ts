import { sql } from 'drizzle-orm';
import { bigserial, index, integer, jsonb, pgTable, text, timestamp, uniqueIndex, uuid } from 'drizzle-orm/pg-core';
import type { Refusal } from '../words.ts';
import { bytea } from './bytes.ts';

export const commandKinds = ['change', 'fetch'] as const;

/**
 * What is to be done on a mailbox's open connection: whoever wants it writes a row, the holder of the lease carries it out
 * and writes the answer. Nobody else logs in to a watched mailbox.
 */
export const commands = pgTable(
  'commands',
  {
    id: uuid('id').primaryKey(),
    no: bigserial('no', { mode: 'number' }).notNull(),
    accountId: uuid('account_id').notNull(),
    kind: text('kind').$type<(typeof commandKinds)[number]>().notNull(),
    payload: jsonb('payload').$type<Record<string, unknown>>().notNull(),
    /** The order that it is for; the same order again is the same command. */
    orderKey: text('order_key'),
    /** How often it was begun. */
    tries: integer('tries').notNull().default(0),
    answer: jsonb('answer').$type<Record<string, unknown>>(),
    bytes: bytea('bytes'),
    refusal: jsonb('refusal').$type<Refusal>(),
    createdAt: timestamp('created_at', { withTimezone: true }).notNull().defaultNow(),
    /** Not begun after this; nobody waits any more. */
    expiresAt: timestamp('expires_at', { withTimezone: true }).notNull(),
    endedAt: timestamp('ended_at', { withTimezone: true }),
  },
  (table) => [
    index('commands_open').on(table.accountId, table.no).where(sql`${table.endedAt} is null`),
    uniqueIndex('commands_order').on(table.accountId, table.orderKey).where(sql`${table.orderKey} is not null`),
    index('commands_expired').on(table.expiresAt),
  ],
);
export type Command = typeof commands.$inferSelect;

/** Mailboxes whose rows are being deleted, in batches: a mailbox may have a million. */
export const erasures = pgTable('erasures', {
  accountId: uuid('account_id').primaryKey(),
  tenantId: text('tenant_id').notNull(),
  askedAt: timestamp('asked_at', { withTimezone: true }).notNull().defaultNow(),
});
