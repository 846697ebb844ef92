import { AuthorizationResponseError, OperationProcessingError, ResponseBodyError } from 'oauth4webapi';
import { MailError } from '../errors.ts';
import { classify, clean, type OAuthError } from '../refusals/index.ts';
import type { Provider } from './providers.ts';

/**
 * The one place where what a provider answers becomes ours. A registration that is wrong is the installation's to mend:
 * its mailboxes are tried again until it is, since none of their owners can do anything.
 */
export function oauthFault(error: unknown, provider: Provider, secrets: readonly string[]): unknown {
  if (error instanceof MailError) return error;
  const host = new URL(provider.issuer).hostname;
  if (error instanceof ResponseBodyError || error instanceof AuthorizationResponseError) {
    const oauth = bodyOf(error);
    const words = [oauth.error, oauth.error_description].filter(Boolean).join(': ');
    const verdict = classify({ protocol: 'oauth', phase: 'token', host, provider: provider.name, oauth });
    const { reason, url, retryAfterMs } = verdict;
    const permanent = verdict.permanent && reason !== 'oauth.client_invalid';
    const response = clean(words, secrets);
    return new MailError(
      { reason, permanent, protocol: 'oauth', response, url, retryAfterMs },
      { cause: quiet(error) },
    );
  }
  if (error instanceof OperationProcessingError) {
    // What it says does not fit what was asked: another issuer, audience or nonce, or no answer of OAuth at all.
    const claims = /CLAIM|JWT|ISS|NONCE|TIMESTAMP/i.test(error.code ?? '');
    const reason = claims ? 'oauth.client_invalid' : 'server.unavailable';
    const response = clean(error.message, secrets);
    return new MailError({ reason, permanent: false, protocol: 'oauth', response }, { cause: quiet(error) });
  }
  return error;
}

function bodyOf(error: ResponseBodyError | AuthorizationResponseError): OAuthError {
  if (error instanceof AuthorizationResponseError) {
    return { error: error.error, error_description: error.error_description };
  }
  const { error_codes, suberror, error_subtype } = (error.cause ?? {}) as OAuthError;
  const { error_description, status } = error;
  return { error: error.error, error_description, error_codes, suberror, error_subtype, status };
}

/** Without the body and the request that the library keeps on it: they may repeat a token. */
const quiet = (error: Error & { code?: string }) => Object.assign(new Error(error.name), { code: error.code });
