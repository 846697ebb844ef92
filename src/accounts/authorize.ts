/** A login at a provider that a connect order waits for: begun by a link, ended by the browser that began it. */
import { randomBytes, randomUUIDv7 } from 'node:crypto';
import { and, eq, lt, ne } from 'drizzle-orm';
import type { Transaction } from '../db/database.ts';
import { type OAuthAttempt, type Order, oauthAttempts, orders } from '../db/tables.ts';
import { refusalOf } from '../mail/errors.ts';
import { beginGrant, grantPlace } from '../mail/oauth/grants.ts';
import type { Reason } from '../mail/refusals/index.ts';
import type { ConnectPayload, ConnectResult } from '../queues/orders.ts';
import type { Place } from '../secrets/key-ring.ts';
import { bindSecret, moveSecret } from '../secrets/stored-secret.ts';
import { endedMeanwhile, leaveIncomplete, markAuthorizing } from './connect.ts';
import type { AccountParts } from './index.ts';
import { acceptOrder, endOrder, isOvertaken } from './orders.ts';
import { secretPlace } from './secrets.ts';
import { withUser } from './user-lock.ts';
import type { Way } from './way-in.ts';

/** A link is good for so long; whoever comes later asks the CRM for another one. */
const attemptLastsMs = 30 * 60_000;

/** Where an attempt's own secrets stand. */
export const attemptPlace = (id: string, column: 'verifier' | 'refresh_token' | 'access_token'): Place => ({
  ownerId: id,
  column: `oauth_attempts.${column}`,
});

/** Why an attempt goes no further. */
export type Stopped = 'unknown' | 'expired' | 'superseded' | 'used' | 'other-browser';
type Reached = { attempt: OAuthAttempt; stopped?: undefined } | { stopped: Stopped; attempt?: OAuthAttempt };

/** End an order with the link to the provider's login. */
export async function wantAuthorization(
  parts: AccountParts,
  order: Order,
  { provider, imap, smtp }: Extract<Way, { kind: 'authorize' }>,
  { publicUrl }: { publicUrl: string },
): Promise<ConnectResult> {
  return withUser(parts, order, async (locked) => {
    const ended = await endedMeanwhile(locked.tx, order);
    if (ended) return ended;
    const { email, locale, returnUrl } = order.payload as ConnectPayload;
    const id = randomBytes(24).toString('base64url');
    const expires = new Date(parts.now().getTime() + attemptLastsMs);
    const accountId = await markAuthorizing(locked, order);
    const { tenantId, userId, id: orderId } = order;
    const about = { tenantId, userId, orderId, accountId, email, locale, provider, imap, smtp };
    await locked.tx.insert(oauthAttempts).values({ id, ...about, returnUrl: returnUrl ?? null, expiresAt: expires });
    const authorizationUrl = `${publicUrl}/oauth/start/${id}`;
    const expiresAt = expires.toISOString();
    locked.emit('account.authorization_required', { authorizationUrl, provider, expiresAt }, { accountId });
    return endOrder(locked.tx, order, { outcome: 'authorization-required', accountId, authorizationUrl, expiresAt });
  });
}

/** How far an attempt is, without changing it. */
export async function lookAtAttempt(parts: AccountParts, id: string): Promise<Reached> {
  return reached(parts, eq(oauthAttempts.id, id), async (_tx, attempt) => attempt);
}

/** A browser goes to the provider: only what it brings back counts from now on. */
export async function startAttempt(
  parts: AccountParts,
  id: string,
  begun: Pick<OAuthAttempt, 'stateHash' | 'browserHash' | 'nonce' | 'verifier'>,
): Promise<Reached> {
  return reached(parts, eq(oauthAttempts.id, id), async (tx, attempt) => {
    if (attempt.step !== 'open' && attempt.step !== 'started') return 'used';
    return change(tx, attempt, { ...begun, step: 'started' });
  });
}

/** A browser comes back from the provider. What it brings is taken once, and from the browser that was sent. */
export async function takeCallback(
  parts: AccountParts,
  { stateHash, browserHash }: { stateHash: string; browserHash: string | null },
): Promise<Reached> {
  return reached(parts, eq(oauthAttempts.stateHash, stateHash), async (tx, attempt) => {
    if (attempt.browserHash !== browserHash) return 'other-browser';
    if (attempt.step !== 'started') return 'used';
    return change(tx, attempt, { step: 'exchanging' });
  });
}

/** What a browser brought was not used after all. */
export async function giveCallbackBack(parts: AccountParts, { id }: OAuthAttempt): Promise<void> {
  await reached(parts, eq(oauthAttempts.id, id), async (tx, attempt) =>
    attempt.step === 'exchanging' ? change(tx, attempt, { step: 'started' }) : attempt,
  );
}

/** How far an attempt is that its own browser comes back for once more; `order` is what goes on with it. */
export async function lookAtReturn(
  { db }: AccountParts,
  { stateHash, browserHash }: { stateHash: string; browserHash: string | null },
): Promise<{ attempt: OAuthAttempt; order: Order | undefined } | null> {
  const [attempt] = await db.select().from(oauthAttempts).where(eq(oauthAttempts.stateHash, stateHash)).limit(1);
  if (!attempt || attempt.browserHash !== browserHash) return null;
  const { tenantId, userId } = attempt;
  const [order] = await db
    .select()
    .from(orders)
    .where(
      and(
        eq(orders.tenantId, tenantId),
        eq(orders.userId, userId),
        eq(orders.queue, 'connect-account'),
        eq(orders.jobId, jobIdOf(attempt)),
      ),
    )
    .limit(1);
  return { attempt, order };
}

/** The order that goes on with an attempt is told by its id. */
const jobIdOf = ({ id }: Pick<OAuthAttempt, 'id'>) => `~oauth-${id}`;

/** What the provider gave, encrypted for the attempt's row. */
export type Given = Pick<OAuthAttempt, 'refreshToken' | 'accessToken' | 'accessUntil'>;

/** Somebody else logged in than the one that was asked for: keep what the provider gave until the user says whether that is right. */
export async function keepToConfirm(
  parts: AccountParts,
  { id }: OAuthAttempt,
  given: Given & { identity: string[] },
): Promise<Reached> {
  return reached(parts, eq(oauthAttempts.id, id), (tx, attempt) =>
    change(tx, attempt, { ...given, step: 'confirming' }),
  );
}

/** The user says that this other mailbox is the right one. @returns what was kept. */
export async function takeConfirmation(parts: AccountParts, id: string, browserHash: string | null): Promise<Reached> {
  return reached(parts, eq(oauthAttempts.id, id), async (_tx, attempt) => {
    if (attempt.browserHash !== browserHash) return 'other-browser';
    return attempt.step === 'confirming' ? attempt : 'used';
  });
}

/**
 * Go on with the connect order, now that there is a login: as an order of its own that stands where the first one stood
 * among the user's orders, so that whatever the CRM has ordered meanwhile wins.
 * @returns the order that was accepted, for its job to be added.
 */
export async function continueConnect(
  parts: AccountParts,
  { id }: OAuthAttempt,
  given: Given & { username?: string },
): Promise<{ order: Order; stopped?: undefined } | { stopped: Stopped }> {
  let accepted: Order | undefined;
  const { attempt, stopped } = await reached(parts, eq(oauthAttempts.id, id), async (tx, attempt, locked) => {
    const first = await orderOf(tx, attempt);
    if (!first || given.refreshToken === null) return 'unknown';
    const orderId = randomUUIDv7();
    const servers = serversOf(attempt, given.username);
    const payload = {
      ...(first.payload as Record<string, unknown>),
      credentials: { kind: 'oauth2', provider: attempt.provider },
      ...servers,
    };
    const job = { queue: 'connect-account', jobId: jobIdOf(attempt), jobAt: first.jobAt };
    const { ring } = parts.sealing;
    const secretFor = (side: 'imap' | 'smtp') => {
      const { host, username } = servers[side];
      const to = { ...secretPlace('orders', orderId, side), host, username };
      return bindSecret(ring, given.refreshToken!, attemptPlace(attempt.id, 'refresh_token'), to);
    };
    const acceptance = await acceptOrder(locked, job, payload, async () => ({
      id: orderId,
      accountId: attempt.accountId,
      imapSecret: secretFor('imap'),
      smtpSecret: secretFor('smtp'),
    }));
    if (acceptance.kind !== 'open') return acceptance.kind === 'superseded' ? 'superseded' : 'used';
    accepted = acceptance.order;
    const from = attemptPlace(attempt.id, 'access_token');
    const accessToken = given.accessToken && moveSecret(ring, given.accessToken, from, grantPlace(orderId, 'access'));
    const { provider } = attempt;
    await beginGrant(tx, { ownerId: orderId, provider, accessToken, accessUntil: given.accessUntil });
    return change(tx, attempt, done);
  });
  return stopped || !accepted || !attempt ? { stopped: stopped ?? 'unknown' } : { order: accepted };
}

/** Nothing came of it: the CRM hears why, unless it has ordered something else meanwhile. */
export async function refuseAuthorization(
  parts: AccountParts,
  { id }: OAuthAttempt,
  fault: { reason: Reason; permanent: boolean; response?: string },
): Promise<void> {
  await reached(parts, eq(oauthAttempts.id, id), async (tx, attempt, locked) => {
    await refuse(locked, attempt, fault);
    return change(tx, attempt, done);
  });
}

/** Attempts whose time is over: whoever waits for them hears of it. @returns how many there were. */
export async function expireAttempts(parts: AccountParts): Promise<number> {
  const late = await parts.db
    .select({ id: oauthAttempts.id })
    .from(oauthAttempts)
    .where(and(ne(oauthAttempts.step, 'done'), lt(oauthAttempts.expiresAt, parts.now())))
    .limit(100);
  for (const { id } of late) await lookAtAttempt(parts, id);
  return late.length;
}

/** What an attempt leaves behind: that it was there, and nothing that was secret. */
const done = {
  step: 'done',
  verifier: null,
  nonce: null,
  refreshToken: null,
  accessToken: null,
  accessUntil: null,
} as const;

type Act = (
  tx: Transaction,
  attempt: OAuthAttempt,
  locked: Parameters<Parameters<typeof withUser>[2]>[0],
) => Promise<OAuthAttempt | Stopped>;

/** Do something with an attempt under its user's lock, if it may still go on. One whose time is over is ended here. */
async function reached(parts: AccountParts, which: ReturnType<typeof eq>, act: Act): Promise<Reached> {
  const [found] = await parts.db.select().from(oauthAttempts).where(which).limit(1);
  if (!found) return { stopped: 'unknown' };
  return withUser(parts, found, async (locked): Promise<Reached> => {
    const { tx } = locked;
    const [attempt] = await tx.select().from(oauthAttempts).where(eq(oauthAttempts.id, found.id)).for('update');
    if (!attempt) return { stopped: 'unknown' };
    if (attempt.step === 'done') return { stopped: attempt.expiresAt <= parts.now() ? 'expired' : 'used', attempt };
    const order = await orderOf(tx, attempt);
    if (!order || (await isOvertaken(tx, order))) {
      await change(tx, attempt, done);
      return { stopped: 'superseded', attempt };
    }
    if (attempt.expiresAt <= parts.now()) {
      const mismatch = attempt.step === 'confirming';
      await refuse(locked, attempt, {
        reason: mismatch ? 'oauth.identity_mismatch' : 'oauth.expired',
        permanent: true,
      });
      await change(tx, attempt, done);
      return { stopped: 'expired', attempt };
    }
    const after = await act(tx, attempt, locked);
    return typeof after === 'string' ? { stopped: after, attempt } : { attempt: after };
  });
}

async function refuse(
  locked: Parameters<Act>[2],
  attempt: OAuthAttempt,
  fault: { reason: Reason; permanent: boolean; response?: string },
): Promise<void> {
  const { locale, provider, imap } = attempt;
  const refusal = refusalOf({ ...fault, protocol: 'oauth' }, { locale, provider, host: imap.host });
  const accountId = await leaveIncomplete(locked, attempt, { refusal });
  locked.emit('account.refused', refusal, { accountId });
}

async function orderOf(tx: Transaction, { orderId }: OAuthAttempt): Promise<Order | undefined> {
  const [order] = await tx.select().from(orders).where(eq(orders.id, orderId)).limit(1);
  return order;
}

async function change(tx: Transaction, { id }: OAuthAttempt, to: Partial<OAuthAttempt>): Promise<OAuthAttempt> {
  const [changed] = await tx.update(oauthAttempts).set(to).where(eq(oauthAttempts.id, id)).returning();
  return changed!;
}

function serversOf({ imap, smtp }: OAuthAttempt, username: string | undefined) {
  return username === undefined ? { imap, smtp } : { imap: { ...imap, username }, smtp: { ...smtp, username } };
}
