import { randomUUIDv7 } from 'node:crypto';
import { and, eq, sql } from 'drizzle-orm';
import type { Transaction } from '../db/database.ts';
import { closeSetupLinks } from '../db/setup-link-store.ts';
import { type Account, accounts, folders, type Order, orders } from '../db/tables.ts';
import { refusalOf } from '../mail/errors.ts';
import { beginGrant } from '../mail/oauth/grants.ts';
import { permanentByDefault, type Reason } from '../mail/refusals/index.ts';
import type { ConnectPayload, ConnectResult } from '../queues/orders.ts';
import { doorKey } from '../secrets/door.ts';
import { SealError } from '../secrets/seal-error.ts';
import { bindSecret } from '../secrets/stored-secret.ts';
import type { Prefill, Refusal, Server } from '../words.ts';
import { disconnect } from './disconnect.ts';
import { moveGrant } from './grants.ts';
import type { AccountParts } from './index.ts';
import { takenBack } from './lease.ts';
import { acceptOrder, currentAccount, endOrder, isOvertaken, type JobKey, useSealed } from './orders.ts';
import { payloadToKeep, type Sealing, secretPlace, type TakenSecrets, takeSecrets } from './secrets.ts';
import { next } from './states.ts';
import { type Locked, withUser } from './user-lock.ts';
import type { Way } from './way-in.ts';

/** What a connect order tries: both servers, and the order's row, which holds the secrets. */
export type Attempt<O = Order> = {
  order: O;
  imap: Server;
  smtp: Server;
  kind: 'password' | 'oauth2';
  provider: string | null;
};

/** Where INBOX stood when the login was proved: what arrives later is new. */
export type Baseline = { path: string; uidValidity: number; uidNext: number };

type Begun = { order: Order } | { result: ConnectResult };

/**
 * Accept a connect order, take its secrets, and hold it against the rules before set-up.
 * @returns the order, or how it ended.
 */
export async function beginConnect(parts: AccountParts, job: JobKey, payload: ConnectPayload): Promise<Begun> {
  const orderId = job.orderId ?? randomUUIDv7();
  const secrets = await secretsOf(payload, orderId, parts.sealing);
  return withUser(parts, payload, async (locked): Promise<Begun> => {
    const accepted = await acceptOrder(locked, job, payloadToKeep(payload), async () => ({
      id: orderId,
      accountId: await accountIdFor(locked.tx, payload),
      ...('taken' in secrets ? { imapSecret: secrets.taken.imapSecret, smtpSecret: secrets.taken.smtpSecret } : {}),
    }));
    if (accepted.kind === 'superseded') return { result: { outcome: 'superseded' } };
    if (accepted.kind === 'ended') return { result: accepted.result as ConnectResult };
    const { order, isNew } = accepted;
    const current = await beginAttempt(locked, order, payload);
    const say = { locale: payload.locale, provider: current.provider };

    const fault = isNew ? await sealFault(locked.tx, job, secrets) : null;
    if (fault) return { result: await refuse(locked, order, refusalOf({ ...fault, permanent: true }, say)) };
    const { credentials } = payload;
    if (credentials?.kind === 'oauth2') {
      await beginGrant(locked.tx, { ownerId: order.id, provider: credentials.provider });
    }
    const rule = brokenRule(payload);
    if (rule) return { result: await refuse(locked, order, refusalOf({ reason: rule, permanent: true }, say)) };
    return { order };
  });
}

/**
 * Give an order's secrets the servers that were found for it. A secret that came without servers waits until then; its
 * row stays as it is, so that a second run may find others.
 * @throws {SealError} when it may not be shown to them.
 */
export function attemptAt<O extends Pick<Order, 'id' | 'imapSecret' | 'smtpSecret'>>(
  { sealing }: AccountParts,
  order: O,
  { imap, smtp, login, provider }: Extract<Way, { kind: 'try' }>,
): Attempt<O> {
  const bound = (side: 'imap' | 'smtp', { host, username }: Server) => {
    const place = secretPlace('orders', order.id, side);
    return bindSecret(sealing.ring, order[`${side}Secret`]!, place, { ...place, host, username });
  };
  const secrets = { imapSecret: bound('imap', imap), smtpSecret: bound('smtp', smtp) };
  return { order: { ...order, ...secrets }, imap, smtp, kind: login, provider };
}

/** End an order that lacks something: the event says what, and the form is filled in with what is known. */
export async function askFor(
  parts: AccountParts,
  order: Order,
  { reason, prefill }: { reason: Reason; prefill: Prefill },
): Promise<ConnectResult> {
  return withUser(parts, order, async (locked) => {
    const ended = await endedMeanwhile(locked.tx, order);
    return ended ?? askForSettings(locked, order, reason, prefill);
  });
}

/** Both logins were accepted: make it the user's account, unless a newer order has overtaken this one. */
export async function commitConnect(
  parts: AccountParts,
  { order, imap, smtp, kind, provider }: Attempt,
  baseline: Baseline,
): Promise<ConnectResult> {
  let changed: string[] = [];
  const result = await withUser(parts, order, async (locked): Promise<ConnectResult> => {
    const { tx, emit } = locked;
    const ended = await endedMeanwhile(tx, order);
    if (ended) return ended;
    const payload = order.payload as ConnectPayload;
    const current = await currentAccount(tx, order);
    const replaces = current !== undefined && current.id !== order.accountId;
    if (replaces) await disconnect(locked, current, 'replaced');
    const id = order.accountId!;
    const before = replaces ? undefined : current;
    const values = {
      email: payload.email,
      provider,
      imap,
      smtp,
      secretKind: kind,
      imapSecret: rebind(parts.sealing, order, id, 'imap', imap),
      smtpSecret: rebind(parts.sealing, order, id, 'smtp', smtp),
      locale: payload.locale,
      returnUrl: payload.returnUrl ?? null,
      syncFrom: payload.syncFrom ?? daysAgo(180),
      state: next(before?.state ?? 'validating', 'connect.accepted') ?? 'syncing',
      refusal: null,
      prefill: null,
      sending: { ok: true, since: new Date().toISOString(), reason: null },
      tries: 0,
      asked: true,
      imapDoor: doorKey(parts.sealing.ring, imap),
    } as const;
    if (before) {
      const moved = before.imap?.host !== imap.host || before.imap.username !== imap.username;
      await tx
        .update(accounts)
        .set({ ...values, ...takenBack, nextTryAt: parts.now(), stateSince: parts.now() })
        .where(eq(accounts.id, id));
      // Another server numbers its messages anew: each folder counts as reset. No server's number is below 0.
      if (moved && before.imap) await tx.update(folders).set({ uidValidity: -1 }).where(eq(folders.accountId, id));
    } else {
      await tx
        .insert(accounts)
        .values({ id, tenantId: order.tenantId, userId: order.userId, ...values, nextTryAt: parts.now() });
    }
    await tx
      .insert(folders)
      .values({ id: randomUUIDv7(), accountId: id, role: 'inbox', mode: 'watched', ...baseline })
      .onConflictDoNothing();
    await moveGrant(tx, parts.sealing.ring, order.id, id);
    changed = replaces ? [current.id, id] : [id];
    await closeSetupLinks(tx, order);
    emit('account.connected', { email: payload.email, imap, smtp, provider }, { accountId: id });
    return endOrder(tx, order, { outcome: 'connected', accountId: id });
  });
  for (const accountId of changed) parts.changed(accountId);
  return result;
}

/** A login was refused, or could not be tried: the old mailbox, if there is one, stays as it was. */
export async function refuseConnect(
  parts: AccountParts,
  order: Order,
  refusal: Refusal,
  prefill?: Prefill,
): Promise<ConnectResult> {
  return withUser(parts, order, async (locked) => {
    return (await endedMeanwhile(locked.tx, order)) ?? (await refuse(locked, order, refusal, prefill));
  });
}

/** Whatever ran this order too: the first to commit has said how it ended. */
export async function endedMeanwhile(tx: Transaction, order: Order): Promise<ConnectResult | undefined> {
  const [row] = await tx.select({ result: orders.result }).from(orders).where(eq(orders.id, order.id)).limit(1);
  if (row?.result) return row.result as ConnectResult;
  if (await isOvertaken(tx, order)) return endOrder(tx, order, { outcome: 'superseded' as const });
  return undefined;
}

async function secretsOf(
  payload: ConnectPayload,
  orderId: string,
  sealing: Sealing,
): Promise<{ taken: TakenSecrets } | { fault: SealError }> {
  try {
    return { taken: await takeSecrets(payload, orderId, sealing) };
  } catch (error) {
    if (error instanceof SealError) return { fault: error };
    throw error;
  }
}

async function sealFault(
  tx: Transaction,
  job: JobKey,
  secrets: { taken: TakenSecrets } | { fault: SealError },
): Promise<{ reason: Reason; response: string } | null> {
  if ('fault' in secrets) return { reason: secrets.fault.reason, response: secrets.fault.message };
  for (const { jweHash, expiresAt } of secrets.taken.uses) {
    if (!(await useSealed(tx, job, jweHash, expiresAt))) {
      return { reason: 'credentials.seal_invalid', response: 'this sealed secret was used by another job' };
    }
  }
  return null;
}

/** The same address keeps its account, also one that never worked; another address gets an id of its own. */
async function accountIdFor(tx: Transaction, payload: ConnectPayload): Promise<string> {
  const current = await currentAccount(tx, payload);
  const same = current && (current.imap === null || sameAddress(current.email, payload.email));
  return same ? current.id : randomUUIDv7();
}

/** A first connect makes the account's row; an attempt beside a mailbox that works changes nothing yet. */
async function beginAttempt({ tx }: Locked, order: Order, payload: ConnectPayload): Promise<Account> {
  const current = await currentAccount(tx, order);
  if (!current) {
    const [made] = await tx
      .insert(accounts)
      .values({
        id: order.accountId!,
        tenantId: order.tenantId,
        userId: order.userId,
        email: payload.email,
        locale: payload.locale,
        state: 'validating',
        nextTryAt: null,
      })
      .returning();
    return made!;
  }
  const state = next(current.state, 'connect.started');
  if (state === null) return current;
  const [changed] = await tx
    .update(accounts)
    .set({ state, stateSince: sql`now()`, email: payload.email, locale: payload.locale, updatedAt: sql`now()` })
    .where(eq(accounts.id, current.id))
    .returning();
  return changed!;
}

/** The rules before set-up that only the CRM's own facts decide. */
function brokenRule({ email, primaryEmail, mailClient }: ConnectPayload): Reason | null {
  if (mailClient === 'webtools') return 'account.webtools_active';
  if (mailClient === 'other') return 'account.not_preferred_client';
  if (primaryEmail !== undefined && !sameAddress(email, primaryEmail)) return 'account.email_mismatch';
  return null;
}

async function refuse(locked: Locked, order: Order, refusal: Refusal, prefill?: Prefill): Promise<ConnectResult> {
  const accountId = await leaveIncomplete(locked, order, { refusal, ...(prefill && { prefill }) });
  locked.emit('account.refused', refusal, { accountId });
  return endOrder(locked.tx, order, { outcome: 'refused', accountId, ...refusal });
}

async function askForSettings(locked: Locked, order: Order, reason: Reason, prefill: Prefill): Promise<ConnectResult> {
  const { locale } = order.payload as ConnectPayload;
  const say = { locale, provider: prefill.provider ?? null, host: prefill.imap?.host };
  const refusal = refusalOf({ reason, permanent: permanentByDefault(reason) }, say);
  const accountId = await leaveIncomplete(locked, order, { refusal, prefill });
  locked.emit('account.settings_required', { reason, prefill }, { accountId });
  return endOrder(locked.tx, order, { outcome: 'settings-required', accountId, reason, prefill });
}

/** A first connect waits for its person to log in at the provider; a mailbox that works is left alone. */
export async function markAuthorizing({ tx }: Locked, order: Order): Promise<string> {
  const current = await currentAccount(tx, order);
  const state = current && next(current.state, 'login.wanted');
  if (state) {
    await tx
      .update(accounts)
      .set({ state, stateSince: sql`now()`, refusal: null, prefill: null, updatedAt: sql`now()` })
      .where(eq(accounts.id, current.id));
  }
  return order.accountId!;
}

/** A first connect that did not succeed waits for its person; a mailbox that works is left alone. */
export async function leaveIncomplete(
  { tx }: Locked,
  order: Pick<Order, 'tenantId' | 'userId' | 'accountId'>,
  found: { refusal: Refusal; prefill?: Prefill },
): Promise<string> {
  const current = await currentAccount(tx, order);
  if (!current) return order.accountId!;
  const state = next(current.state, 'connect.refused');
  if (state !== null) {
    await tx
      .update(accounts)
      .set({
        state,
        stateSince: sql`now()`,
        refusal: found.refusal,
        prefill: found.prefill ?? null,
        updatedAt: sql`now()`,
      })
      .where(and(eq(accounts.id, current.id)));
  }
  return current.id;
}

function rebind(sealing: Sealing, order: Order, accountId: string, side: 'imap' | 'smtp', server: Server): string {
  const ciphertext = side === 'imap' ? order.imapSecret! : order.smtpSecret!;
  const { host, username } = server;
  const to = { ...secretPlace('accounts', accountId, side), host, username };
  return bindSecret(sealing.ring, ciphertext, secretPlace('orders', order.id, side), to);
}

export const sameAddress = (one: string, other: string) => one.trim().toLowerCase() === other.trim().toLowerCase();

const daysAgo = (days: number) => new Date(Date.now() - days * 86_400_000).toISOString().slice(0, 10);
