import { sql } from 'drizzle-orm';
import {
  bigserial,
  check,
  index,
  integer,
  jsonb,
  pgTable,
  text,
  timestamp,
  uniqueIndex,
  uuid,
} from 'drizzle-orm/pg-core';
import type { Refusal } from '../words.ts';

/** `accepted` is called `sent` in public; `queued` with a future `send_at` is called `scheduled`. */
export const sendStates = ['queued', 'connecting', 'data-sent', 'accepted', 'failed', 'in-doubt', 'cancelled'] as const;
export type SendState = (typeof sendStates)[number];
export const copyStates = ['pending', 'filing', 'filed', 'by-provider', 'failed'] as const;

/** The ledger of sending: a row before anything else happens, and a mark before the step that cannot be repeated. */
export const sends = pgTable(
  'sends',
  {
    id: uuid('id').primaryKey(),
    no: bigserial('no', { mode: 'number' }).notNull(),
    tenantId: text('tenant_id').notNull(),
    userId: text('user_id').notNull(),
    accountId: uuid('account_id').notNull(),
    idempotencyKey: text('idempotency_key').notNull(),
    contentHash: text('content_hash').notNull(),
    messageIdHeader: text('message_id_header').notNull(),
    state: text('state').$type<SendState>().notNull().default('queued'),
    /** Each try has a number; a mark of an older try no longer fits. */
    attempt: integer('attempt').notNull().default(0),
    holder: uuid('holder'),
    /** What is to be sent; dropped once it is out and filed. */
    content: jsonb('content').$type<Record<string, unknown>>(),
    refusal: jsonb('refusal').$type<Refusal>(),
    response: text('response'),
    rejected: jsonb('rejected').$type<{ address: string; response: string }[]>().notNull().default([]),
    copy: text('copy').$type<(typeof copyStates)[number]>().notNull().default('pending'),
    sendAt: timestamp('send_at', { withTimezone: true }),
    nextTryAt: timestamp('next_try_at', { withTimezone: true }).notNull().defaultNow(),
    giveUpAt: timestamp('give_up_at', { withTimezone: true }).notNull(),
    dataSentAt: timestamp('data_sent_at', { withTimezone: true }),
    endedAt: timestamp('ended_at', { withTimezone: true }),
    createdAt: timestamp('created_at', { withTimezone: true }).notNull().defaultNow(),
  },
  (table) => [
    uniqueIndex('sends_key').on(table.tenantId, table.userId, table.idempotencyKey),
    index('sends_turn')
      .on(table.accountId, table.no)
      .where(sql`${table.state} in ('queued', 'connecting', 'data-sent')`),
    index('sends_due').on(table.nextTryAt).where(sql`${table.state} = 'queued'`),
    index('sends_open').on(table.holder).where(sql`${table.state} in ('connecting', 'data-sent')`),
    /** One mail of an account at a time, whichever process sends it. */
    uniqueIndex('sends_one_at_a_time').on(table.accountId).where(sql`${table.state} in ('connecting', 'data-sent')`),
    index('sends_copy')
      .on(table.accountId)
      .where(sql`${table.state} = 'accepted' and ${table.copy} in ('pending', 'filing')`),
    check('sends_state', sql.raw(`state in (${sendStates.map((state) => `'${state}'`).join(', ')})`)),
    check('sends_copy_state', sql.raw(`copy in (${copyStates.map((state) => `'${state}'`).join(', ')})`)),
  ],
);
export type Send = typeof sends.$inferSelect;
