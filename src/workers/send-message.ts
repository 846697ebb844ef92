import { eq } from 'drizzle-orm';
import { type Send, sends } from '../db/tables.ts';
import type { Result, SendPayload } from '../queues/orders.ts';
import { acceptSend } from '../sending/accept.ts';
import type { LedgerParts } from '../sending/ledger.ts';
import type { AcceptParts } from '../sending/order.ts';
import { isClosed } from '../sending/submission.ts';
import type { Waiting } from '../sending/waiting.ts';

/** The final status is waited for this long; after that events tell the rest. */
const waitMs = 30_000;
/** A send that another process settles is seen this often. */
const lookEveryMs = 1_000;

export type SendMessageParts = {
  ledger: AcceptParts;
  waiting: Waiting;
  /** There may be something to send for this account. */
  poke: (accountId: string) => void;
};

/**
 * Send one mail, once. The order is in the ledger before anything else happens; its turn comes from there.
 * @param running what an earlier run of the job got to, how to keep less in the job's data, and when to stop waiting.
 */
export async function sendMessage(
  { ledger, waiting, poke }: SendMessageParts,
  payload: SendPayload,
  running: { orderId?: string | undefined; keep(data: Record<string, unknown>): Promise<void>; signal: AbortSignal },
): Promise<Result<'send-message'>> {
  const accepted = (await writtenBefore(ledger, payload, running.orderId)) ?? (await acceptSend(ledger, payload));
  if (accepted.send === undefined) return { status: 'failed', ...accepted.refusal };
  const { send, goesNow } = accepted;
  if (running.orderId !== send.id) await running.keep({ ...stripped(payload), orderId: send.id });
  if (isFinal(send) || !goesNow) return resultOf(send);
  poke(send.accountId);
  return resultOf(await firstTry(ledger, waiting, send, running.signal));
}

/** Job data without texts and attachments. What is kept says which send it is, should the job run again. */
export function strip(data: unknown): Record<string, unknown> {
  const { orderId } = (data ?? {}) as { orderId?: unknown };
  return { ...stripped((data ?? {}) as Record<string, unknown>), ...(typeof orderId === 'string' ? { orderId } : {}) };
}

const keptFields = ['tenantId', 'userId', 'idempotencyKey', 'sendAt'] as const;

function stripped(data: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(keptFields.filter((name) => name in data).map((name) => [name, data[name]]));
}

/** An earlier run of this job wrote the send down and cut the texts from the job. */
async function writtenBefore({ db }: LedgerParts, payload: SendPayload, sendId: string | undefined) {
  if (sendId === undefined) return undefined;
  const [send] = await db.select().from(sends).where(eq(sends.id, sendId));
  const ours =
    send?.tenantId === payload.tenantId &&
    send.userId === payload.userId &&
    send.idempotencyKey === payload.idempotencyKey;
  return ours ? { send, goesNow: true } : undefined;
}

/** Wait until the first try is over, or the time is up. */
async function firstTry({ db }: LedgerParts, waiting: Waiting, send: Send, signal: AbortSignal): Promise<Send> {
  const until = performance.now() + waitMs;
  for (let seen = send; ; ) {
    const leftMs = until - performance.now();
    // A stop: the job goes back to its queue, and its next run waits on.
    signal.throwIfAborted();
    if (leftMs <= 0) return seen;
    const told = await waiting.change(send.id, Math.min(lookEveryMs, leftMs), signal);
    if (told) return { ...seen, state: told, refusal: null };
    const [row] = await db.select().from(sends).where(eq(sends.id, send.id));
    if (!row) return seen;
    seen = row;
    if (isFinal(row) || (row.state === 'queued' && row.attempt > send.attempt && row.refusal !== null)) return row;
  }
}

const isFinal = ({ state }: Send) => state !== 'queued' && state !== 'connecting' && state !== 'data-sent';

/** A send as its order's result shows it. */
export function resultOf(send: Send): Result<'send-message'> {
  const { id: sendId, messageIdHeader, refusal } = send;
  return { sendId, messageIdHeader, status: statusOf(send), ...(refusal ?? {}) };
}

/** The public word for where a send is. */
export function statusOf({ state, sendAt, attempt, refusal }: Send): Result<'send-message'>['status'] {
  if (state === 'accepted') return 'sent';
  if (state === 'in-doubt' || state === 'failed') return state;
  if (state === 'cancelled') return 'failed';
  if (attempt === 0) return sendAt !== null && sendAt.getTime() > Date.now() ? 'scheduled' : 'queued';
  // What waits for its owner has no next try to be told of; what waits for time has.
  return refusal !== null && !isClosed(refusal) ? 'deferred' : 'queued';
}
