import { randomUUIDv7 } from 'node:crypto';
import { type Attempt, attemptAt } from '../accounts/connect.ts';
import { dropGrant } from '../accounts/grants.ts';
import { type AccountParts, findAccount } from '../accounts/index.ts';
import { useSealed } from '../accounts/orders.ts';
import { connectDataToKeep, payloadToKeep, type TakenSecrets, takeSecrets } from '../accounts/secrets.ts';
import { withUser } from '../accounts/user-lock.ts';
import { type Finding, findWay, type Way } from '../accounts/way-in.ts';
import { Held } from '../doors/guard.ts';
import type { Validation } from '../events.ts';
import { MailError, refusalOf } from '../mail/errors.ts';
import { beginGrant } from '../mail/oauth/grants.ts';
import type { Tried } from '../mail/prove.ts';
import { permanentByDefault, type Reason } from '../mail/refusals/index.ts';
import type { ConnectPayload } from '../queues/orders.ts';
import type { JobKind } from '../queues/runner.ts';
import { SealError } from '../secrets/seal-error.ts';
import { type Doors, prove } from './connect-account.ts';

/** Prove that a login opens both doors, IMAP to read and SMTP to send, and save nothing. */
export function validateCredentials(
  accounts: AccountParts,
  parts: { doors: Doors; finding: Finding },
): JobKind<'validate-credentials'> {
  return {
    name: 'validate-credentials',
    strip: connectDataToKeep,
    concurrency: 20,
    // Both doors at their slowest, and some time to write it down.
    timeLimitMs: 90_000,

    async process(payload, running): Promise<Validation> {
      const result = await validate(accounts, parts, payload, running);
      const account = await findAccount(accounts.db, payload);
      await withUser(accounts, payload, async ({ emit }) => {
        emit('credentials.validated', result, { accountId: account?.id ?? null });
      });
      return result;
    },
  };
}

async function validate(
  accounts: AccountParts,
  { doors, finding }: { doors: Doors; finding: Finding },
  payload: ConnectPayload,
  { key, signal }: Parameters<JobKind<'validate-credentials'>['process']>[1],
): Promise<Validation> {
  const neither = (reason: Reason, response = '', permanent = permanentByDefault(reason)): Validation => {
    const side = {
      ok: false,
      tookMs: 0,
      ...refusalOf({ reason, permanent, response }, { locale: payload.locale }),
    };
    return { ok: false, imap: side, smtp: { ...side, protocol: 'smtp' } };
  };

  // The secrets of a validation have no row; this id only makes their encryption theirs alone.
  const orderId = randomUUIDv7();
  let secrets: TakenSecrets;
  try {
    secrets = await takeSecrets(payload, orderId, accounts.sealing);
  } catch (error) {
    if (error instanceof SealError) return neither(error.reason, error.message);
    throw error;
  }
  for (const { jweHash, expiresAt } of secrets.uses) {
    const first = await accounts.db.transaction((tx) => useSealed(tx, key, jweHash, expiresAt));
    if (!first) return neither('credentials.seal_invalid', 'this sealed secret was used by another job');
  }
  const order = { id: orderId, tenantId: payload.tenantId, payload: payloadToKeep(payload), ...secrets };
  let way: Way;
  let attempt: Attempt<typeof order>;
  try {
    way = await findWay(finding, order, signal);
    if (way.kind === 'authorize') return neither('auth.oauth_required');
    if (way.kind !== 'try') return neither(way.reason);
    attempt = attemptAt(accounts, order, way);
  } catch (error) {
    if (error instanceof SealError) return neither(error.reason, error.message);
    if (error instanceof MailError) return neither(error.reason, error.response, error.permanent);
    throw error;
  }
  const { imap, smtp } = attempt;
  const { provider } = attempt;
  if (attempt.kind === 'oauth2') await beginGrant(accounts.db, { ownerId: orderId, provider: provider! });
  const proof = await prove(accounts, doors, attempt, signal).finally(() =>
    attempt.kind === 'oauth2' ? accounts.db.transaction((tx) => dropGrant(tx, orderId)) : undefined,
  );
  const imapSide = sideOf(proof.imap, payload.locale, imap.host);
  const smtpSide = sideOf(proof.smtp, payload.locale, smtp.host);
  return { ok: imapSide.ok && smtpSide.ok, imap: imapSide, smtp: smtpSide };
}

function sideOf(
  { error, skipped, capabilities, tls, tookMs }: Tried,
  locale: string,
  host: string,
): Validation['imap'] {
  const until = error instanceof Held ? error.until : null;
  if (error)
    return { ok: false, ...refusalOf(error, { locale, host, until, held: until !== null, attempt: true }), tookMs };
  if (skipped) return { ok: false, skipped, tookMs };
  return { ok: true, capabilities, ...(tls ? { tls } : {}), tookMs };
}
