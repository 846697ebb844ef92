import { index, jsonb, pgTable, text, timestamp, uniqueIndex, uuid } from 'drizzle-orm/pg-core';

/** What a tenant's token may be for. `ops`: the tenant's own settings and tokens; nothing of the installation. */
export const scopes = ['accounts', 'messages', 'send', 'events', 'ops'] as const;
export type Scope = (typeof scopes)[number];

/** Tokens of tenants for HTTP. Each is 256 random bits, so a plain digest of it tells nothing and needs no salt. */
export const tokens = pgTable(
  'tokens',
  {
    id: uuid('id').primaryKey(),
    tokenHash: text('token_hash').notNull(),
    /** The first characters, by which people tell their tokens apart. */
    hint: text('hint').notNull(),
    tenantId: text('tenant_id').notNull(),
    name: text('name').notNull().default(''),
    scopes: jsonb('scopes').$type<Scope[]>().notNull(),
    createdAt: timestamp('created_at', { withTimezone: true }).notNull().defaultNow(),
    expiresAt: timestamp('expires_at', { withTimezone: true }),
    /** To within ten minutes: a write for every request would be one too many. */
    lastUsedAt: timestamp('last_used_at', { withTimezone: true }),
  },
  (table) => [uniqueIndex('tokens_token').on(table.tokenHash), index('tokens_tenant').on(table.tenantId)],
);
export type TokenRow = typeof tokens.$inferSelect;
