import { sql } from 'drizzle-orm';
import {
  bigserial,
  check,
  index,
  integer,
  jsonb,
  pgTable,
  smallint,
  text,
  timestamp,
  uniqueIndex,
  uuid,
} from 'drizzle-orm/pg-core';
import { copyStates } from '../send-view.ts';
import type { Refusal } from '../words.ts';

/** `accepted` is called `sent` in public; `queued` with a future `send_at` is called `scheduled`. */
export const sendStates = ['queued', 'connecting', 'data-sent', 'accepted', 'failed', 'in-doubt', 'cancelled'] as const;
export type SendState = (typeof sendStates)[number];

/** The message that a mail answers or forwards, and the flag that says so (RFC 9051 2.3.2, RFC 5788). */
export type OriginalMark = { messageId?: string; header?: string; flag: '\\Answered' | '$Forwarded' };

export type Bounce = { recipient: string; status: string; diagnostic: string; at: string };

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
    /** Which of the account's lanes it is on, while it is on its way; as many as may be sent side by side. */
    lane: smallint('lane').notNull().default(0),
    /** When this try began. */
    triedAt: timestamp('tried_at', { withTimezone: true }),
    /** What is to be sent; dropped once it is out and filed. */
    content: jsonb('content').$type<Record<string, unknown>>(),
    /** Addresses of all it goes to: what a delivery report tells of others is not believed. Gone with the account. */
    recipients: jsonb('recipients').$type<string[]>().notNull().default([]),
    refusal: jsonb('refusal').$type<Refusal>(),
    response: text('response'),
    rejected: jsonb('rejected').$type<{ address: string; response: string }[]>().notNull().default([]),
    copy: text('copy').$type<(typeof copyStates)[number]>().notNull().default('pending'),
    sendAt: timestamp('send_at', { withTimezone: true }),
    nextTryAt: timestamp('next_try_at', { withTimezone: true }).notNull().defaultNow(),
    giveUpAt: timestamp('give_up_at', { withTimezone: true }).notNull(),
    dataSentAt: timestamp('data_sent_at', { withTimezone: true }),
    endedAt: timestamp('ended_at', { withTimezone: true }),
    /** Who has it already, while others are tried again: nobody gets it twice. */
    delivered: jsonb('delivered').$type<string[]>().notNull().default([]),
    /** When it is looked for in the folder of sent mails the next time, and how often it was. */
    lookAt: timestamp('look_at', { withTimezone: true }),
    looks: integer('looks').notNull().default(0),
    /** Who did not get it after all, by delivery reports. */
    bounces: jsonb('bounces').$type<Bounce[]>().notNull().default([]),
    /** What is to be marked in the mailbox once this is out; null when there is nothing, or when it is done. */
    original: jsonb('original').$type<OriginalMark>(),
    createdAt: timestamp('created_at', { withTimezone: true }).notNull().defaultNow(),
  },
  (table) => [
    uniqueIndex('sends_key').on(table.tenantId, table.userId, table.idempotencyKey),
    index('sends_turn')
      .on(table.accountId, table.no)
      .where(sql`${table.state} in ('queued', 'connecting', 'data-sent')`),
    /** Is there one that is due, behind ten thousand that wait for tomorrow? */
    index('sends_wait').on(table.accountId, table.nextTryAt).where(sql`${table.state} = 'queued'`),
    index('sends_open').on(table.holder).where(sql`${table.state} in ('connecting', 'data-sent')`),
    /** One mail of an account on each lane, whichever process sends it. */
    uniqueIndex('sends_lane').on(table.accountId, table.lane).where(sql`${table.state} in ('connecting', 'data-sent')`),
    index('sends_copy')
      .on(table.accountId)
      .where(sql`${table.state} = 'accepted' and ${table.copy} in ('pending', 'filing')`),
    index('sends_of_user').on(table.tenantId, table.userId, table.no),
    index('sends_header').on(table.accountId, table.messageIdHeader),
    index('sends_look').on(table.lookAt).where(sql`${table.lookAt} is not null`),
    index('sends_original')
      .on(table.accountId)
      .where(sql`${table.state} = 'accepted' and ${table.original} is not null`),
    check('sends_state', sql.raw(`state in (${sendStates.map((state) => `'${state}'`).join(', ')})`)),
    check('sends_copy_state', sql.raw(`copy in (${copyStates.map((state) => `'${state}'`).join(', ')})`)),
  ],
);
export type Send = typeof sends.$inferSelect;
