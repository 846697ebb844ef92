import { sql } from 'drizzle-orm';
import { bigint, check, index, jsonb, pgTable, text, timestamp, uuid } from 'drizzle-orm/pg-core';
import type { Server } from '../words.ts';

/** `open`: nobody came yet; `started`: at the provider; `exchanging`: back from there; `confirming`: as somebody else. */
export const attemptSteps = ['open', 'started', 'exchanging', 'confirming', 'done'] as const;
export type AttemptStep = (typeof attemptSteps)[number];

/** A login at a provider that a connect order asked for. Whoever has the id may begin it; the browser that began it ends it. */
export const oauthAttempts = pgTable(
  'oauth_attempts',
  {
    /** 24 random bytes: part of the link. */
    id: text('id').primaryKey(),
    orderId: uuid('order_id').notNull(),
    tenantId: text('tenant_id').notNull(),
    userId: text('user_id').notNull(),
    accountId: uuid('account_id').notNull(),
    email: text('email').notNull(),
    provider: text('provider').notNull(),
    imap: jsonb('imap').$type<Server>().notNull(),
    smtp: jsonb('smtp').$type<Server>().notNull(),
    locale: text('locale').notNull(),
    returnUrl: text('return_url'),
    step: text('step').$type<AttemptStep>().notNull().default('open'),
    /** Digests of what the provider gives back and of what the browser keeps. */
    stateHash: text('state_hash'),
    browserHash: text('browser_hash'),
    nonce: text('nonce'),
    /** The PKCE verifier; from here on ciphertext of the key ring, bound to this row. */
    verifier: text('verifier'),
    /** Who logged in, while the user has not said yet whether that is right; and what the provider gave for it. */
    identity: jsonb('identity').$type<string[]>(),
    refreshToken: text('refresh_token'),
    accessToken: text('access_token'),
    accessUntil: timestamp('access_until', { withTimezone: true }),
    expiresAt: timestamp('expires_at', { withTimezone: true }).notNull(),
    createdAt: timestamp('created_at', { withTimezone: true }).notNull().defaultNow(),
  },
  (table) => [
    index('oauth_attempts_state').on(table.stateHash),
    index('oauth_attempts_open').on(table.expiresAt).where(sql`${table.step} <> 'done'`),
    check('oauth_attempts_step', sql.raw(`step in (${attemptSteps.map((step) => `'${step}'`).join(', ')})`)),
  ],
);
export type OAuthAttempt = typeof oauthAttempts.$inferSelect;

/**
 * What a provider gave for a login: one row for an account, or for an order that is being tried. The row is the lock under
 * which tokens are renewed. The refresh token that came first stands with the account's secrets, bound to the mail servers.
 */
export const oauthGrants = pgTable('oauth_grants', {
  ownerId: uuid('owner_id').primaryKey(),
  provider: text('provider').notNull(),
  /** The newest refresh token, when the provider gave another one; ciphertext, bound to the provider and our client id. */
  refreshToken: text('refresh_token'),
  accessToken: text('access_token'),
  /** The access token is renewed from then on, a while before it ends. */
  accessUntil: timestamp('access_until', { withTimezone: true }),
  /** Grows with each renewal. */
  renewals: bigint('renewals', { mode: 'number' }).notNull().default(0),
  updatedAt: timestamp('updated_at', { withTimezone: true }).notNull().defaultNow(),
});
export type OAuthGrant = typeof oauthGrants.$inferSelect;
