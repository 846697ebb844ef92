import { getTableColumns, type SQL, sql } from 'drizzle-orm';
import { type Send, sends } from '../db/sends.ts';
import type { SendView, shownStatuses } from '../send-view.ts';
import { iso } from './account-view.ts';

/** A mail's content can be a megabyte, and is nobody's business here. */
const { content: _, ...columns } = getTableColumns(sends);
export const shownColumns = columns;
export type SendRow = Omit<Send, 'content'>;

/** A row of the ledger as the API shows it. */
export function viewSend(row: SendRow): SendView {
  const { id, idempotencyKey, messageIdHeader, attempt, refusal, response, rejected, delivered, bounces, copy } = row;
  return {
    sendId: id,
    idempotencyKey,
    messageIdHeader,
    status: statusOf(row),
    attempt,
    refusal,
    response,
    acceptedRecipients: row.state === 'queued' ? delivered : [],
    rejectedRecipients: rejected,
    bounces,
    copy,
    sendAt: iso(row.sendAt),
    nextTryAt: row.state === 'queued' ? iso(row.nextTryAt) : null,
    createdAt: row.createdAt.toISOString(),
    endedAt: iso(row.endedAt),
  };
}

/** The public word for where a mail is. */
function statusOf({ state, sendAt, refusal, nextTryAt }: SendRow): SendView['status'] {
  if (state === 'accepted') return 'sent';
  if (state === 'connecting' || state === 'data-sent') return 'sending';
  if (state !== 'queued') return state;
  if (sendAt !== null && sendAt.getTime() > Date.now()) return 'scheduled';
  return refusal !== null && nextTryAt.getTime() > Date.now() ? 'deferred' : 'queued';
}

const scheduled = sql`${sends.sendAt} is not null and ${sends.sendAt} > now()`;
const deferred = sql`${sends.refusal} is not null and ${sends.nextTryAt} > now()`;

/** Rows with a public status: the same rule, for Postgres. */
export function hasStatus(status: (typeof shownStatuses)[number]): SQL {
  if (status === 'sent') return sql`${sends.state} = 'accepted'`;
  if (status === 'sending') return sql`${sends.state} in ('connecting', 'data-sent')`;
  if (status === 'scheduled') return sql`${sends.state} = 'queued' and (${scheduled})`;
  if (status === 'deferred') return sql`${sends.state} = 'queued' and not (${scheduled}) and (${deferred})`;
  if (status === 'queued') return sql`${sends.state} = 'queued' and not (${scheduled}) and not (${deferred})`;
  return sql`${sends.state} = ${status}`;
}
