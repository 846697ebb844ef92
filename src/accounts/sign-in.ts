/** The way of a user through the login at a provider, from the link to the order that goes on. */
import { createHash, randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { OAuthAttempt, Order } from '../db/tables.ts';
import { MailError } from '../mail/errors.ts';
import type { OAuthClient, Tokens } from '../mail/oauth/client.ts';
import { providerDoor } from '../mail/oauth/grants.ts';
import { isAmong } from '../mail/oauth/identity.ts';
import type { Provider, Providers } from '../mail/oauth/providers.ts';
import { storeSecret } from '../secrets/stored-secret.ts';
import {
  attemptPlace,
  continueConnect,
  type Given,
  giveCallbackBack,
  keepToConfirm,
  lookAtAttempt,
  lookAtReturn,
  refuseAuthorization,
  type Stopped,
  startAttempt,
  takeCallback,
  takeConfirmation,
} from './authorize.ts';
import type { AccountParts } from './index.ts';

/** What the login at a provider needs. */
export type SignInParts = {
  accounts: AccountParts;
  providers: Providers;
  client: OAuthClient;
  /** Where providers send browsers back to. */
  redirectUri: string;
};

/** How a browser's visit ended. */
export type Visit =
  | { kind: 'connecting'; attempt: OAuthAttempt; order: Order }
  | { kind: 'confirm'; attempt: OAuthAttempt; identity: string[] }
  | { kind: 'refused'; attempt: OAuthAttempt; error: MailError }
  | { kind: 'stopped'; stopped: Stopped; attempt?: OAuthAttempt };

const lengthOfRandom = 32;
const lookEveryMs = 100;
const random = () => randomBytes(lengthOfRandom).toString('base64url');
const digest = (text: string) => createHash('sha256').update(text).digest('base64url');

/**
 * Begin the login: what the browser has to bring back is written down, and where it goes is told.
 * @param browser what the browser keeps in its cookie.
 */
export async function goToProvider(
  { accounts, providers, client, redirectUri }: SignInParts,
  id: string,
  browser: string,
  signal: AbortSignal,
): Promise<{ url: URL } | Visit> {
  const look = await lookAtAttempt(accounts, id);
  if (look.stopped) return { kind: 'stopped', ...look };
  const [state, nonce, verifier] = [random(), random(), random()];
  try {
    const provider = registered(providers, look.attempt);
    const request = { redirectUri, state, nonce, verifier, loginHint: look.attempt.email };
    const url = await client.authorizationUrl(provider, request, signal);
    const { attempt, stopped } = await startAttempt(accounts, id, {
      stateHash: digest(state),
      browserHash: digest(browser),
      nonce,
      verifier: accounts.sealing.ring.encrypt(verifier, attemptPlace(id, 'verifier')),
    });
    return stopped ? { kind: 'stopped', stopped, ...(attempt && { attempt }) } : { url };
  } catch (error) {
    // The link stays good: whoever comes later may find the provider well again.
    if (error instanceof MailError) return { kind: 'refused', attempt: look.attempt, error };
    throw error;
  }
}

/** Take what the provider gave the browser for us, and go on with whoever logged in. */
export async function comeBack(
  parts: SignInParts,
  callback: URLSearchParams,
  browser: string | null,
  { stopping, patience }: { stopping: AbortSignal; patience: AbortSignal },
): Promise<Visit> {
  const { accounts, providers, client, redirectUri } = parts;
  const state = callback.get('state') ?? '';
  const browserHash = browser === null ? null : digest(browser);
  const back = { stateHash: digest(state), browserHash };
  const taken = await takeCallback(accounts, back);
  if (taken.stopped === 'used') return (await comeBackAgain(accounts, back, patience)) ?? { kind: 'stopped', ...taken };
  if (taken.stopped) return { kind: 'stopped', ...taken };
  const { attempt } = taken;
  try {
    const provider = registered(providers, attempt);
    const verifier = accounts.sealing.ring.decrypt(attempt.verifier!, attemptPlace(attempt.id, 'verifier'));
    const request = { callback, redirectUri, state, nonce: attempt.nonce!, verifier };
    const { tokens, addresses } = await client.exchange(provider, request, stopping);
    const given = encrypted(accounts, provider, attempt, tokens);
    if (isAmong(addresses, attempt.email) || isAmong(addresses, attempt.imap.username)) {
      return goOn(accounts, attempt, given);
    }
    const kept = await keepToConfirm(accounts, attempt, { ...given, identity: addresses });
    if (kept.stopped) return { kind: 'stopped', ...kept };
    return { kind: 'confirm', attempt: kept.attempt, identity: addresses };
  } catch (error) {
    if (!(error instanceof MailError)) {
      // We stop, or something broke here: whoever loads the page again may find the code still good.
      await giveCallbackBack(accounts, attempt).catch(() => {}); // then it ends by its time
      throw error;
    }
    await refuseAuthorization(accounts, attempt, error);
    return { kind: 'refused', attempt, error };
  }
}

/**
 * The same browser comes back once more, because its page was loaded again while the first request was at it: this one
 * waits for the first one's outcome. @returns null for what has ended: that is not told a second time.
 */
async function comeBackAgain(
  accounts: AccountParts,
  back: { stateHash: string; browserHash: string | null },
  signal: AbortSignal,
): Promise<Visit | null> {
  for (let waited = false; ; waited = true) {
    const look = await lookAtReturn(accounts, back);
    if (look === null) return null;
    const { attempt, order } = look;
    if (attempt.step === 'confirming') return { kind: 'confirm', attempt, identity: attempt.identity ?? [] };
    if (order && (waited || order.endedAt === null)) return { kind: 'connecting', attempt, order };
    if (attempt.step !== 'exchanging' || signal.aborted) return null;
    await delay(lookEveryMs, undefined, { signal }).catch(() => {}); // it took too long: what is known is told
  }
}

/** The user has said whether the mailbox of whoever logged in is the one to connect. */
export async function answerConfirmation(
  { accounts }: SignInParts,
  id: string,
  browser: string | null,
  isRight: boolean,
): Promise<Visit> {
  const taken = await takeConfirmation(accounts, id, browser === null ? null : digest(browser));
  if (taken.stopped) return { kind: 'stopped', ...taken };
  const { attempt } = taken;
  if (!isRight) {
    const reason = 'oauth.identity_mismatch';
    const error = new MailError({ reason, permanent: true, protocol: 'oauth' });
    await refuseAuthorization(accounts, attempt, error);
    return { kind: 'refused', attempt, error };
  }
  const { refreshToken, accessToken, accessUntil, identity } = attempt;
  // A user name that the CRM chose stays; the address stood in for one that nobody named.
  const username = attempt.imap.username === attempt.email ? identity?.[0] : undefined;
  return goOn(accounts, attempt, { refreshToken, accessToken, accessUntil, ...(username && { username }) });
}

async function goOn(
  accounts: AccountParts,
  attempt: OAuthAttempt,
  given: Given & { username?: string },
): Promise<Visit> {
  const on = await continueConnect(accounts, attempt, given);
  if (on.stopped) return { kind: 'stopped', stopped: on.stopped, attempt };
  return { kind: 'connecting', attempt, order: on.order };
}

function registered(providers: Providers, { provider }: OAuthAttempt): Provider {
  const found = providers.get(provider);
  if (found) return found;
  throw new MailError({ reason: 'oauth.client_invalid', permanent: true, protocol: 'oauth' });
}

function encrypted(
  { sealing: { ring } }: AccountParts,
  provider: Provider,
  { id }: OAuthAttempt,
  { access, accessUntil, refresh }: Tokens,
): Given {
  if (!refresh) {
    const response = 'the provider gave no refresh token; see the scopes of its settings';
    throw new MailError({ reason: 'oauth.client_invalid', permanent: true, protocol: 'oauth', response });
  }
  return {
    refreshToken: storeSecret(ring, { kind: 'refreshToken', value: refresh }, attemptPlace(id, 'refresh_token')),
    accessToken: storeSecret(
      ring,
      { kind: 'accessToken', value: access },
      { ...attemptPlace(id, 'access_token'), ...providerDoor(provider) },
    ),
    accessUntil,
  };
}
