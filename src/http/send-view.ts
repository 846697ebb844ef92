import { getTableColumns, type SQL, sql } from 'drizzle-orm';
import { type Send, sends } from '../db/sends.ts';
import type { SendStory, SendView, shownStatuses } from '../send-view.ts';
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

type Step = { type: string; time: Date; data: Record<string, unknown> };

/** What happened to a mail, oldest first. Of its tries the last one's times are known, and of the others their events. */
export function stepsOf({ createdAt, triedAt, dataSentAt, attempt }: SendRow, events: Step[]): SendStory['timeline'] {
  const phases = [
    { type: 'queued', time: createdAt, data: {} },
    { type: 'connecting', time: triedAt, data: { attempt } },
    { type: 'data-sent', time: dataSentAt, data: { attempt } },
  ].flatMap(({ time, ...phase }) => (time === null ? [] : [{ ...phase, time }]));
  return [...phases, ...events]
    .sort((one, other) => one.time.getTime() - other.time.getTime())
    .map(({ type, time, data }) => ({ type, time: time.toISOString(), data }));
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
