import { jsonb, pgTable, text, timestamp } from 'drizzle-orm/pg-core';

/** Key pairs that CRMs seal secrets to. The private half is ciphertext of the key ring. */
export const sealingKeys = pgTable('sealing_keys', {
  kid: text('kid').primaryKey(),
  publicJwk: jsonb('public_jwk').$type<Record<string, unknown>>().notNull(),
  privateKey: text('private_key').notNull(),
  createdAt: timestamp('created_at', { withTimezone: true }).notNull().defaultNow(),
  replacedAt: timestamp('replaced_at', { withTimezone: true }),
});
