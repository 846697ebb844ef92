import { sql } from 'drizzle-orm';
import { check, integer, jsonb, pgTable, text, timestamp } from 'drizzle-orm/pg-core';
import type { Locale } from '../words.ts';

/** What of a message's body is kept: nothing, the text for search, or everything. */
export const bodyPolicies = ['none', 'text', 'full'] as const;
export type BodyPolicy = (typeof bodyPolicies)[number];

/** Which folders are synced. A folder is named by its role (`inbox`, `sent`, …) or by its path. */
export type FolderChoice = {
  /** Watched: a new message is an event at once, or within a minute. */
  watch: string[];
  /** The others are kept by interval: all of them, the subscribed ones, or none. */
  others: 'all' | 'subscribed' | 'none';
  /** Never looked into. */
  never: string[];
};

/** What a tenant decided for itself. No row: the defaults of `tenant-settings.ts`. */
export const tenants = pgTable(
  'tenants',
  {
    tenantId: text('tenant_id').primaryKey(),
    /** What its users call it; empty: its id. */
    name: text('name').notNull().default(''),
    folders: jsonb('folders').$type<FolderChoice>().notNull(),
    bodyPolicy: text('body_policy').$type<BodyPolicy>().notNull(),
    /** Bodies larger than this are fetched when they are asked for; what is kept is kept for so many days. */
    bodyMaxBytes: integer('body_max_bytes').notNull().default(1_048_576),
    bodyDays: integer('body_days').notNull().default(90),
    /** Where a browser may be sent back to, and which pages may show a dialog in a frame. */
    returnOrigins: jsonb('return_origins').$type<string[]>().notNull(),
    frameOrigins: jsonb('frame_origins').$type<string[]>().notNull(),
    locale: text('locale').$type<Locale>().notNull(),
    updatedAt: timestamp('updated_at', { withTimezone: true }).notNull().defaultNow(),
  },
  () => [
    check('tenants_body_policy', sql.raw(`body_policy in (${bodyPolicies.map((name) => `'${name}'`).join(', ')})`)),
  ],
);
export type TenantRow = typeof tenants.$inferSelect;
