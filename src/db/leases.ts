import { bigint, jsonb, pgTable, text, timestamp, uuid } from 'drizzle-orm/pg-core';

/** One row a process, renewed every 2 s however many mailboxes it holds. Dead 8 s after its last beat. */
export const processes = pgTable('processes', {
  id: uuid('id').primaryKey(),
  host: text('host').notNull(),
  roles: jsonb('roles').$type<string[]>().notNull(),
  startedAt: timestamp('started_at', { withTimezone: true }).notNull().defaultNow(),
  beatAt: timestamp('beat_at', { withTimezone: true }).notNull().defaultNow(),
});

/** A part that one process leads at a time. The token grows with each change of leader and fences its writes. */
export const leases = pgTable('leases', {
  name: text('name').primaryKey(),
  holder: uuid('holder'),
  token: bigint('token', { mode: 'number' }).notNull().default(0),
});
