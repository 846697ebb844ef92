import { createHash, randomUUIDv7 } from 'node:crypto';
import { and, eq, sql } from 'drizzle-orm';
import { type Locked, type Who, withUser } from '../accounts/user-lock.ts';
import { type Account, accounts, messages, type Send, sends } from '../db/tables.ts';
import { asciiAddress, type MailContent, messageIdOf, messageIdsIn } from '../mail/compose.ts';
import { refusalOf } from '../mail/errors.ts';
import type { Reason } from '../mail/refusals/index.ts';
import type { SendPayload } from '../queues/orders.ts';
import type { Refusal } from '../words.ts';
import { canSendNow, type LedgerParts } from './ledger.ts';

/** Longer than that a mail waits for nothing: then it has failed. */
export const giveUpAfterMs = 48 * 60 * 60_000;
/** Large attachments are uploaded first. */
const maxPayloadBytes = 1024 * 1024;

/** A send order in the ledger, or why it is not there. `goesNow`: nothing stands between it and its first try. */
export type Accepted = { send: Send; goesNow: boolean } | { refusal: Refusal; send?: undefined };

/**
 * Write a send order down. The same key with the same content is the same send again; with another content it is
 * refused. One transaction under the user's lock, so that it does not slip past a disconnect.
 */
export async function acceptSend(
  parts: LedgerParts & { mac?: (text: string) => string },
  payload: SendPayload,
): Promise<Accepted> {
  const refused = (reason: Reason, response: string, account?: Account): Accepted => ({
    refusal: refusalOf(
      { reason, permanent: true, protocol: 'smtp', response },
      { locale: account?.locale ?? 'en', provider: account?.provider ?? null },
    ),
  });
  if (Buffer.byteLength(JSON.stringify(payload)) > maxPayloadBytes) {
    return refused('send.message_too_large', 'the order is larger than 1 MiB');
  }
  if (payload.to.length + payload.cc.length + payload.bcc.length === 0) {
    return refused('send.recipient_rejected', 'the order names no recipient');
  }
  const contentHash = hashOf(payload);

  return withUser(parts, payload, async ({ tx }): Promise<Accepted> => {
    const [found] = await tx
      .select({ account: accounts, send: sends })
      .from(sql`(values (1)) as one(n)`)
      .leftJoin(accounts, and(isOf(accounts, payload), sql`${accounts.state} <> 'disconnected'`))
      .leftJoin(sends, and(isOf(sends, payload), eq(sends.idempotencyKey, payload.idempotencyKey)));
    const account = found?.account ?? undefined;
    if (found?.send) {
      const same = found.send.contentHash === contentHash;
      if (!same) return refused('send.idempotency_conflict', 'this key was used for another mail', account);
      return { send: found.send, goesNow: found.send.state !== 'queued' };
    }
    if (!account) return refused('account.not_found', 'this user has no connected mailbox');

    const sendAt = payload.sendAt === null ? null : new Date(payload.sendAt);
    const scheduled = sendAt !== null && sendAt.getTime() > Date.now();
    const startAt = scheduled ? sendAt : new Date();
    const row = {
      id: randomUUIDv7(),
      tenantId: payload.tenantId,
      userId: payload.userId,
      accountId: account.id,
      idempotencyKey: payload.idempotencyKey,
      contentHash,
      messageIdHeader: messageIdOf(payload, account.email, parts.mac),
      content: await contentOf(tx, account, payload),
      sendAt,
      ...(scheduled ? { nextTryAt: sendAt } : {}),
      giveUpAt: new Date(startAt.getTime() + giveUpAfterMs),
    };
    const [written] = await tx
      .insert(sends)
      .values(row)
      .returning({
        no: sends.no,
        nextTryAt: sends.nextTryAt,
        createdAt: sends.createdAt,
        ahead: sql<boolean>`exists (select from ${sends} s where s.account_id = ${account.id}
          and (s.state in ('connecting', 'data-sent') or (s.state = 'queued' and s.next_try_at <= now())))`,
      });
    const goesNow = !scheduled && !written!.ahead && canSendNow(account);
    return { send: { ...defaults, ...row, ...written! }, goesNow };
  });
}

const defaults = {
  state: 'queued',
  attempt: 0,
  holder: null,
  refusal: null,
  response: null,
  rejected: [],
  copy: 'pending',
  dataSentAt: null,
  endedAt: null,
} as const satisfies Partial<Send>;

const isOf = (table: typeof accounts | typeof sends, who: Who) =>
  and(eq(table.tenantId, who.tenantId), eq(table.userId, who.userId));

async function contentOf(tx: Locked['tx'], account: Account, payload: SendPayload): Promise<MailContent> {
  const { fromName, to, cc, bcc, replyTo, subject, text, html, headers, listUnsubscribe, attachments } = payload;
  const references = payload.inReplyTo === null ? [] : await messageIdsOf(tx, account.id, payload.inReplyTo);
  return {
    ...{ fromName, to, cc, bcc, replyTo, subject, text, html, headers, listUnsubscribe, attachments },
    from: asciiAddress(account.email),
    date: new Date().toISOString(),
    inReplyTo: references.at(-1) ?? null,
    references,
  };
}

/** The order names a message by Postbud's id or by the header itself. */
async function messageIdsOf(tx: Locked['tx'], accountId: string, named: string): Promise<string[]> {
  if (!/^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i.test(named)) return messageIdsIn(named);
  const [message] = await tx
    .select({ header: messages.messageIdHeader })
    .from(messages)
    .where(and(eq(messages.accountId, accountId), eq(messages.id, named)));
  return messageIdsIn(message?.header ?? '');
}

/**
 * What makes two orders the same: everything but the ids and the key. What is empty does not count, so that a field
 * that a later release adds does not make every order another one.
 */
export function hashOf({ tenantId: _, userId: __, idempotencyKey: ___, ...content }: SendPayload): string {
  return createHash('sha256')
    .update(JSON.stringify(withoutEmpty(content)))
    .digest('hex');
}

function withoutEmpty(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutEmpty);
  if (value === null || typeof value !== 'object') return value;
  const kept = Object.entries(value)
    .filter(
      ([, part]) => part !== null && part !== '' && JSON.stringify(part) !== '[]' && JSON.stringify(part) !== '{}',
    )
    .sort(([one], [other]) => (one < other ? -1 : 1));
  return Object.fromEntries(kept.map(([name, part]) => [name, withoutEmpty(part)]));
}
