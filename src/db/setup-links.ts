import { index, integer, pgTable, text, timestamp, uniqueIndex, uuid } from 'drizzle-orm/pg-core';
import type { Locale } from '../words.ts';

/** What a dialog may be used for: to connect a mailbox; to look at the connected one, edit it or remove it; or both. */
export const setupPurposes = ['connect', 'manage', 'any'] as const;
export type SetupPurpose = (typeof setupPurposes)[number];

/**
 * Links to the dialogs. The link is the permission, so only a digest of its token is here; a row (and not a signed
 * token) because a link ends when the mailbox is connected, and 15 minutes after its first use.
 */
export const setupLinks = pgTable(
  'setup_links',
  {
    id: uuid('id').primaryKey(),
    tokenHash: text('token_hash').notNull(),
    tenantId: text('tenant_id').notNull(),
    userId: text('user_id').notNull(),
    purpose: text('purpose').$type<SetupPurpose>().notNull(),
    /** What the CRM knows already; the dialog asks for the rest. */
    email: text('email'),
    primaryEmail: text('primary_email'),
    mailClient: text('mail_client').$type<'crm' | 'webtools' | 'other'>().notNull().default('crm'),
    locale: text('locale').$type<Locale>().notNull(),
    returnUrl: text('return_url'),
    /** How often somebody tried to connect with it. */
    tries: integer('tries').notNull().default(0),
    createdAt: timestamp('created_at', { withTimezone: true }).notNull().defaultNow(),
    /** The first use, from which on it has 15 minutes. */
    usedAt: timestamp('used_at', { withTimezone: true }),
    closedAt: timestamp('closed_at', { withTimezone: true }),
    expiresAt: timestamp('expires_at', { withTimezone: true }).notNull(),
  },
  (table) => [
    uniqueIndex('setup_links_token').on(table.tokenHash),
    index('setup_links_user').on(table.tenantId, table.userId),
    index('setup_links_expires').on(table.expiresAt),
  ],
);
export type SetupLink = typeof setupLinks.$inferSelect;
