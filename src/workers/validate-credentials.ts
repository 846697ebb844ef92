import { randomUUIDv7 } from 'node:crypto';
import { type AccountParts, findAccount } from '../accounts/index.ts';
import { useSealed } from '../accounts/orders.ts';
import { hasOwnSmtpSecret, secretPlace, serversOf, type TakenSecrets, takeSecrets } from '../accounts/secrets.ts';
import { withUser } from '../accounts/user-lock.ts';
import { Held } from '../doors/guard.ts';
import type { Validation } from '../events.ts';
import { refusalOf } from '../mail/errors.ts';
import { loginFrom } from '../mail/login.ts';
import { proveLogins, type Tried } from '../mail/prove.ts';
import type { Reason } from '../mail/refusals/index.ts';
import type { ConnectPayload } from '../queues/orders.ts';
import type { JobKind } from '../queues/runner.ts';
import { SealError } from '../secrets/seal-error.ts';
import type { Doors } from './connect-account.ts';

/** Prove that a login opens both doors, IMAP to read and SMTP to send, and save nothing. */
export function validateCredentials(accounts: AccountParts, doors: Doors): JobKind<'validate-credentials'> {
  return {
    name: 'validate-credentials',
    concurrency: 20,
    timeLimitMs: 60_000,

    async process(payload, running): Promise<Validation> {
      const result = await validate(accounts, doors, payload, running);
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
  doors: Doors,
  payload: ConnectPayload,
  { key, signal }: Parameters<JobKind<'validate-credentials'>['process']>[1],
): Promise<Validation> {
  const neither = (reason: Reason, response = ''): Validation => {
    const side = {
      ok: false,
      tookMs: 0,
      ...refusalOf({ reason, permanent: true, response }, { locale: payload.locale }),
    };
    return { ok: false, imap: side, smtp: { ...side, protocol: 'smtp' } };
  };

  const { imap, smtp } = serversOf(payload);
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
  if (!imap || !smtp) return neither('discovery.not_found');
  const { imapSecret, smtpSecret } = secrets;
  if (imapSecret === null || smtpSecret === null) return neither('auth.password_required');

  const kind = payload.credentials?.kind ?? 'password';
  const loginOf = (side: 'imap' | 'smtp', ciphertext: string, server: { host: string; username: string }) => {
    const at = { ...secretPlace('orders', orderId, side), host: server.host, username: server.username };
    return loginFrom(accounts.sealing.ring, { ciphertext, at, kind });
  };
  const proof = await proveLogins(
    doors,
    {
      imap,
      smtp,
      imapLogin: loginOf('imap', imapSecret, imap),
      smtpLogin: loginOf('smtp', smtpSecret, smtp),
      sameSecret: !hasOwnSmtpSecret(payload),
    },
    signal,
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
  if (error) return { ok: false, ...refusalOf(error, { locale, host, until, held: until !== null }), tookMs };
  if (skipped) return { ok: false, skipped, tookMs };
  return { ok: true, capabilities, ...(tls ? { tls } : {}), tookMs };
}
