import { sql } from 'drizzle-orm';
import {
  bigint,
  boolean,
  check,
  date,
  index,
  integer,
  jsonb,
  pgTable,
  text,
  timestamp,
  uniqueIndex,
  uuid,
} from 'drizzle-orm/pg-core';
import type { Prefill, Refusal, Server } from '../words.ts';

/** The states of contract section 4. What leads from one to the other stands in `src/accounts/states.ts`. */
export const states = [
  'authorizing',
  'needs-settings',
  'validating',
  'syncing',
  'connected',
  'reconnecting',
  'throttled',
  'login-blocked',
  'auth-failed',
  'paused',
  'disconnected',
] as const;
export type State = (typeof states)[number];

/** SMTP apart from IMAP: whether sending works, since when, and why not. */
export type Sending = { ok: boolean; since: string; reason: string | null };

/** The one mailbox that a user has connected. Only `src/accounts` writes state; `holder` and `token` are the lease. */
export const accounts = pgTable(
  'accounts',
  {
    id: uuid('id').primaryKey(),
    tenantId: text('tenant_id').notNull(),
    userId: text('user_id').notNull(),
    email: text('email').notNull(),
    state: text('state').$type<State>().notNull(),
    stateSince: timestamp('state_since', { withTimezone: true }).notNull().defaultNow(),
    /** Why the account is not well; null when it is. */
    refusal: jsonb('refusal').$type<Refusal>(),
    prefill: jsonb('prefill').$type<Prefill>(),
    provider: text('provider'),
    imap: jsonb('imap').$type<Server>(),
    smtp: jsonb('smtp').$type<Server>(),
    /** What `src/secrets` made of the password or refresh token; bound to this row, its column, the host and user name. */
    imapSecret: text('imap_secret'),
    smtpSecret: text('smtp_secret'),
    secretKind: text('secret_kind').$type<'password' | 'oauth2'>().notNull().default('password'),
    locale: text('locale').notNull().default('en'),
    returnUrl: text('return_url'),
    syncFrom: date('sync_from', { mode: 'string' }),
    sending: jsonb('sending').$type<Sending>(),
    /** Set when the first sync is done; until then nothing that is found counts as new. */
    syncedAt: timestamp('synced_at', { withTimezone: true }),
    /** The last time that the server answered anything. */
    answeredAt: timestamp('answered_at', { withTimezone: true }),
    /** From the server's clock of arrival to our event, of the newest message. */
    lastDelayMs: integer('last_delay_ms'),
    /** Trouble: since when, told to the CRM as what, how many tries, and when the next one is (null = none planned). */
    downSince: timestamp('down_since', { withTimezone: true }),
    /** When the server began to say nothing at all, since it last said something. */
    silentSince: timestamp('silent_since', { withTimezone: true }),
    announced: text('announced'),
    tries: integer('tries').notNull().default(0),
    nextTryAt: timestamp('next_try_at', { withTimezone: true }).defaultNow(),
    /** A person asked for the next try: it does not wait behind what Postbud does by itself. */
    asked: boolean('asked').notNull().default(false),
    /** HMAC of the IMAP host and user name: accounts that share a mailbox share its connections. */
    imapDoor: text('imap_door'),
    /** The lease: which process watches, and the fencing token that grows with each take-over. */
    holder: uuid('holder'),
    token: bigint('token', { mode: 'number' }).notNull().default(0),
    createdAt: timestamp('created_at', { withTimezone: true }).notNull().defaultNow(),
    updatedAt: timestamp('updated_at', { withTimezone: true }).notNull().defaultNow(),
  },
  (table) => [
    uniqueIndex('accounts_one_per_user').on(table.tenantId, table.userId).where(sql`${table.state} <> 'disconnected'`),
    index('accounts_holder').on(table.holder),
    index('accounts_imap_door').on(table.imapDoor),
    index('accounts_due').on(table.nextTryAt).where(sql`${table.holder} is null and ${table.state} <> 'disconnected'`),
    check('accounts_state', sql.raw(`state in (${states.map((state) => `'${state}'`).join(', ')})`)),
  ],
);
export type Account = typeof accounts.$inferSelect;
