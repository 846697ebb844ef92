/** What a person or the CRM does to a mail that is in the ledger already. */
import { and, eq, sql } from 'drizzle-orm';
import { type Locked, type Who, withUser } from '../accounts/user-lock.ts';
import { accounts, type Send, type SendState, sends } from '../db/tables.ts';
import type { MailContent } from '../mail/compose.ts';
import { refusalOf } from '../mail/errors.ts';
import type { SendChange } from '../queues/orders.ts';
import { attachmentsOf, keepBlobs } from './attachments.ts';
import type { LedgerParts } from './ledger.ts';
import { checkContent, isScheduled, refOf, textColumns, usualGiveUpAfterMs } from './order.ts';
import { partlyEnded } from './partly.ts';

/** What became of the wish. `too-late`: the mail is in a state in which that cannot be done any more. */
export type Amended = { send: Send } | 'not-found' | 'too-late';

type Parts = Pick<LedgerParts, 'db' | 'wake' | 'changed'> & { giveUpAfterMs?: number };
type Named = Who & { sendId: string };

/**
 * Cancel a mail that has not left. One that is being sent finds at its mark that it is not wanted any more; once the
 * mark is there it is too late. Of one that some recipients have, the others are given up.
 */
export function cancelSend(parts: Parts, named: Named): Promise<Amended> {
  return amend(parts, named, ['queued', 'connecting'], async ({ tx, emit }, send) => {
    const account = await accountOf(tx, send);
    const refusal = refusalOf({ reason: 'send.cancelled', permanent: true, protocol: 'smtp' }, account);
    if (send.delivered.length > 0) {
      const { told, values } = partlyEnded(send, 'cancelled');
      emit('send.sent', told, { accountId: send.accountId });
      return values;
    }
    emit('send.cancelled', { ...refOf(send), ...refusal }, { accountId: send.accountId });
    return { state: 'cancelled', refusal, holder: null, content: null, endedAt: sql`now()` };
  });
}

/** Change a mail that waits: its texts, its recipients, its time. Nobody may have it yet. */
export function changeSend(parts: Parts, named: Named, change: SendChange): Promise<Amended> {
  return amend(parts, named, ['queued'], async ({ tx }, send) => {
    if (send.delivered.length > 0 || send.content === null) return 'too-late';
    const { sendAt: asked, attachments, ...texts } = change;
    const sendAt = asked === undefined ? send.sendAt : asked === null ? null : new Date(asked);
    const startAt = isScheduled(sendAt) ? sendAt! : new Date();
    const files = attachments && (await attachmentsOf(tx, named.tenantId, attachments));
    const content = {
      ...send.content,
      ...texts,
      ...(files && { attachments: files }),
      date: startAt.toISOString(),
    } as MailContent;
    checkContent(content);
    if (files) await keepBlobs(tx, send.id, files);
    const wait = asked === undefined && !isScheduled(sendAt) ? {} : { nextTryAt: startAt };
    return {
      ...textColumns(content),
      sendAt,
      ...wait,
      giveUpAt: new Date(startAt.getTime() + (parts.giveUpAfterMs ?? usualGiveUpAfterMs)),
    };
  });
}

/** Send again what failed, or what a person knows did not arrive: the same mail, with the same Message-ID. */
export function retrySend(parts: Parts, named: Named): Promise<Amended> {
  return amend(parts, named, ['failed', 'in-doubt'], async ({ tx }, send) => {
    if (send.content === null || !(await isLiving(tx, send))) return 'too-late';
    return {
      state: 'queued',
      // A late answer to the try before must not count for this one.
      attempt: send.attempt + 1,
      holder: null,
      refusal: null,
      // Nobody has what failed, so all of them are asked again, also those whom the server did not know.
      rejected: send.state === 'failed' ? [] : send.rejected,
      dataSentAt: null,
      endedAt: null,
      lookAt: null,
      looks: 0,
      nextTryAt: sql`now()`,
      giveUpAt: new Date(Date.now() + (parts.giveUpAfterMs ?? usualGiveUpAfterMs)),
    };
  });
}

/** A person knows that a mail in doubt went out. Its copy is filed as that of any other. */
export function confirmSend(parts: Parts, named: Named): Promise<Amended> {
  return amend(parts, named, ['in-doubt'], async ({ tx, emit }, send) => {
    const response = 'confirmed by a person';
    const copy = send.content !== null && (await isLiving(tx, send)) ? 'pending' : 'failed';
    const told = { ...refOf(send), response, rejectedRecipients: send.rejected, copy } as const;
    emit('send.sent', told, { accountId: send.accountId });
    // It may be in Sent already: it is looked for before it is appended.
    return { state: 'accepted', response, refusal: null, copy: copy === 'pending' ? 'filing' : copy, lookAt: null };
  });
}

type Values = Parameters<ReturnType<Locked['tx']['update']>['set']>[0];

/** Under the user's lock, and by compare-and-set on state and attempt: a try that goes on meanwhile decides first. */
async function amend(
  parts: Parts,
  { sendId, ...who }: Named,
  from: readonly SendState[],
  decide: (locked: Locked, send: Send) => Promise<Values | 'too-late'>,
): Promise<Amended> {
  const amended = await withUser(parts, who, async (locked): Promise<Amended> => {
    const { tx } = locked;
    const itself = and(eq(sends.id, sendId), eq(sends.tenantId, who.tenantId), eq(sends.userId, who.userId));
    const [send] = await tx.select().from(sends).where(itself).for('update');
    if (!send) return 'not-found';
    if (!from.includes(send.state)) return 'too-late';
    const values = await decide(locked, send);
    if (values === 'too-late') return 'too-late';
    const [row] = await tx.update(sends).set(values).where(itself).returning();
    return { send: row! };
  });
  if (typeof amended === 'object') parts.changed(sendId);
  return amended;
}

async function accountOf(tx: Locked['tx'], send: Send) {
  const [account] = await tx
    .select({ locale: accounts.locale, provider: accounts.provider })
    .from(accounts)
    .where(eq(accounts.id, send.accountId));
  return account ?? { locale: 'en', provider: null };
}

async function isLiving(tx: Locked['tx'], send: Send): Promise<boolean> {
  const [account] = await tx.select({ state: accounts.state }).from(accounts).where(eq(accounts.id, send.accountId));
  return account !== undefined && account.state !== 'disconnected';
}
