import { boolean, index, pgTable, text, timestamp, uuid } from 'drizzle-orm/pg-core';

/**
 * Logins that were refused or are under way: what a provider counts against a mailbox and against our address. A row is
 * written before the login and removed when it was not refused, so that two processes cannot spend the last one together. `door` is an HMAC of host and user name, so that nobody's address stands here.
 */
export const knocks = pgTable(
  'knocks',
  {
    id: uuid('id').primaryKey(),
    door: text('door').notNull(),
    /** The provider, or the host where the provider is not known. */
    site: text('site').notNull(),
    at: timestamp('at', { withTimezone: true }).notNull(),
    /** Whether the server has refused it; until that is known it counts for as long as a login may take. */
    refused: boolean('refused').notNull().default(true),
    /** The secret was sent and no answer came: it may have been refused. */
    unheard: boolean('unheard').notNull().default(false),
  },
  (table) => [index('knocks_door').on(table.door, table.at), index('knocks_site').on(table.site, table.at)],
);
