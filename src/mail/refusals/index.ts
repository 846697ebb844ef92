import { type ActionOptions, type UserAction, userAction } from './actions.ts';
import type { Answer } from './answer.ts';
import { classify, type Verdict } from './classify.ts';
import { clean } from './clean.ts';
import { permanentByDefault, type Reason } from './reasons.ts';

export {
  type ActionCode,
  type ActionOptions,
  type Locale,
  localeOf,
  locales,
  type UserAction,
  userAction,
} from './actions.ts';
export { type Answer, isFreeSpeech, type OAuthError, type Phase } from './answer.ts';
export { classify, type Verdict } from './classify.ts';
export { clean, printable, scrub } from './clean.ts';
export { type Family, familyOf } from './providers.ts';
export { isReason, permanentByDefault, type Reason, reasonList, reasons } from './reasons.ts';

/** A refusal as the public contract has it: it goes into events, results and the account's row as it is. */
export interface Refusal {
  reason: Reason;
  permanent: boolean;
  protocol: Answer['protocol'];
  /** The server's own words, cleaned. */
  response: string;
  userAction: UserAction;
}

/** What `refusal` wants to know besides the answer. */
export interface RefusalOptions extends Omit<ActionOptions, 'url' | 'host'> {
  /** User name, password, token: removed from the server's words wherever it echoes them, in clear or in base64. */
  secrets?: readonly string[] | undefined;
}

/** Turn what a server said into the contract's refusal. */
export function refusal(answer: Answer, options: RefusalOptions = {}): Refusal {
  return refusalOf(classify(answer), answer, options);
}

/** The same for an answer that was classified before. */
export function refusalOf(verdict: Verdict, answer: Answer, options: RefusalOptions = {}): Refusal {
  const provider = options.provider ?? answer.provider;
  return {
    reason: verdict.reason,
    permanent: verdict.permanent,
    protocol: answer.protocol,
    response: clean(ownWords(answer), options.secrets),
    userAction: userAction(verdict.reason, { ...options, provider, host: answer.host, url: verdict.url }),
  };
}

/** A refusal of our own making, where no server said anything: a paused account, a wrong address. */
export function ownRefusal(
  reason: Reason,
  protocol: Answer['protocol'],
  response: string,
  options: RefusalOptions & { permanent?: boolean; host?: string } = {},
): Refusal {
  const verdict = { reason, permanent: options.permanent ?? permanentByDefault(reason), rule: 'own' };
  return refusalOf(verdict, { protocol, text: response, ...(options.host && { host: options.host }) }, options);
}

function ownWords({ lines, text, oauth, errorMessage }: Answer): string {
  const said = [...(lines ?? []).slice(0, 20), text ?? ''].filter((line) => line !== '');
  if (said.length > 0) return said.map((line) => line.slice(0, 2_000)).join(' ');
  return oauth?.error ? `${oauth.error}: ${oauth.error_description ?? ''}`.slice(0, 2_000) : (errorMessage ?? '');
}
