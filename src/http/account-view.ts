import { z } from 'zod';
import { type Account, states } from '../db/accounts.ts';
import { prefill, refusal, server } from '../words.ts';

const time = z.iso.datetime();

/** An account as the API shows it: everything that helps to explain it, and nothing secret. */
export const accountView = z.object({
  tenantId: z.string(),
  userId: z.string(),
  accountId: z.uuid(),
  email: z.string(),
  provider: z.string().nullable(),
  state: z.enum(states),
  stateSince: time,
  reason: z.string().nullable().describe('Why it is not well; null when it is'),
  refusal: refusal.nullable().describe("The same with the server's own words and what its owner can do"),
  prefill: prefill.nullable().describe('What is known of the servers when a person has to complete them'),
  imap: server.nullable(),
  smtp: server.nullable(),
  sending: z
    .object({ ok: z.boolean(), since: time, reason: z.string().nullable() })
    .nullable()
    .describe('Whether sending works, apart from the state, which is about IMAP'),
  answeredAt: time.nullable().describe('When the server last answered anything'),
  lastDelayMs: z.int().nullable().describe("From the server's time of arrival to our event, of the newest message"),
  nextTryAt: time.nullable().describe('When the next try is due, while it is not connected'),
  downSince: time.nullable(),
  syncFrom: z.string().nullable(),
  syncedAt: time.nullable().describe('When the first sync was done'),
  locale: z.string(),
  createdAt: time,
});

/** Render an account's row. */
export function viewAccount(account: Account): z.infer<typeof accountView> {
  const { id, tenantId, userId, email, provider, state, imap, smtp, lastDelayMs, locale } = account;
  const { sending } = account;
  return {
    tenantId,
    userId,
    accountId: id,
    email,
    provider,
    state,
    stateSince: account.stateSince.toISOString(),
    reason: account.refusal?.reason ?? null,
    refusal: account.refusal,
    prefill: account.prefill,
    imap,
    smtp,
    // Only these three: the row holds more for those who knock.
    sending: sending && { ok: sending.ok, since: sending.since, reason: sending.reason },
    answeredAt: iso(account.answeredAt),
    lastDelayMs,
    nextTryAt: state === 'connected' || state === 'syncing' ? null : iso(account.nextTryAt),
    downSince: iso(account.downSince),
    syncFrom: account.syncFrom,
    syncedAt: iso(account.syncedAt),
    locale,
    createdAt: account.createdAt.toISOString(),
  };
}

/** A time as the API writes it. */
export const iso = (date: Date | null): string | null => date?.toISOString() ?? null;
