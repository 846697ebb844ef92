import type { Reason } from '../reasons.ts';
import { any } from './rule.ts';

/** What a number or an error word of a token endpoint means. */
export interface OAuthVerdict {
  readonly reason: Reason;
  readonly permanent?: boolean;
}

const entra = (reason: Reason, numbers: readonly number[]): [number, OAuthVerdict][] =>
  numbers.map((number) => [number, { reason }]);

/**
 * Microsoft Entra, by number alone: Microsoft announces that the words may change
 * (learn.microsoft.com, "Microsoft Entra authentication and authorization error codes").
 */
export const entraNumbers: ReadonlyMap<number, OAuthVerdict> = new Map([
  // The grant is over by age, inactivity or sign-in frequency.
  ...entra(
    'auth.token_expired',
    [
      16000, 50058, 70046, 50078, 50085, 50089, 50132, 50143, 51006, 54005, 70000, 70008, 70043, 70044, 160021, 500133,
      700081, 700082, 700084,
    ],
  ),
  // The grant is gone: password changed, session revoked, or what we hold is no grant.
  ...entra('auth.token_revoked', [50013, 50027, 50070, 50133, 50173, 700003, 700007, 700009, 9002313, 50139]),
  // A person signs in on the web: second factor, new or expired password, device, risk, conditional access.
  ...entra(
    'login.blocked',
    [
      50005, 50014, 50015, 50055, 50072, 50074, 50076, 50079, 50088, 50097, 50099, 50105, 50125, 50127, 50129, 50131,
      50135, 50140, 50144, 50155, 50158, 50161, 50177, 50180, 50187, 50199, 50203, 51005, 53000, 53001, 53002, 53003,
      53004, 53005, 53008, 53009, 53010, 53011, 54000, 67003, 75011, 75016, 80012, 80013, 90072, 90099, 500021, 500022,
      500121, 500208, 500212, 500213, 502031, 530001, 530002, 530003, 530031, 530032, 530034, 530035, 16001, 16002,
      16003, 50168, 50192, 50197, 51001, 52004, 53012, 54008, 120002, 120003, 120004, 120005, 120008, 120012, 120013,
      120014, 120015, 120016, 120018, 120020, 120021, 130006, 130007, 130008, 135010, 135011,
    ],
  ),
  ...entra('account.locked', [50053]),
  ...entra('account.suspended', [50034, 50057, 50059, 50064, 50128, 51004, 500341, 500342]),
  ...entra('auth.invalid_credentials', [50020, 50056, 50126, 80014, 120000]),
  // Consent is missing for what we ask; an administrator may have to give it.
  ...entra(
    'auth.insufficient_scope',
    [65001, 65002, 90008, 90093, 90094, 90095, 650052, 650054, 650056, 650057, 900941],
  ),
  ...entra('oauth.denied', [65004, 90123]),
  ...entra('oauth.expired', [70018, 70019]),
  // The installation's own registration, secret or request is wrong.
  ...entra(
    'oauth.client_invalid',
    [
      20001, 28002, 28003, 50001, 50002, 50003, 50010, 50011, 50012, 50017, 50048, 50049, 50146, 50147, 50148, 50178,
      50194, 65005, 70001, 70002, 70003, 70004, 70005, 70007, 70011, 75001, 75003, 75005, 90002, 90004, 90009, 90010,
      90013, 90014, 90015, 90016, 90019, 90023, 90027, 90038, 90043, 90081, 240001, 500011, 500014, 500112, 500113,
      501241, 501461, 501481, 650053, 700005, 700011, 700016, 700020, 700022, 700023, 700024, 700025, 700027, 700030,
      700051, 700054, 700211, 700212, 700213, 700222, 900144, 900382, 900432, 900439, 1000000, 1002016, 7000110,
      7000112, 7000114, 7000215, 7000216, 7000218, 7000222, 7000229, 9001011, 9001023, 9002325, 9002326, 9002327,
      9002332, 9002341, 9002346, 20012, 20033, 50007, 50029, 50032, 50042, 50043, 50050, 50061, 50068, 50071, 50107,
      50120, 50124, 50136, 50169, 50170, 51000, 75008, 76021, 76026, 90020, 90022, 90051, 90056, 90082, 90084, 90085,
      90086, 90087, 90088, 90089, 90101, 90102, 90104, 90105, 90106, 90107, 90112, 90114, 90117, 90119, 90120, 90121,
      90122, 90124, 90125, 90126, 90130, 100007, 230109, 900236, 900561, 900971, 901002, 1000031, 1000104,
    ],
  ),
  // Our loop or their load.
  ...entra('rate.limited', [50196, 90055]),
  ...entra(
    'server.unavailable',
    [
      40008, 40009, 40010, 50000, 50006, 50008, 50033, 50086, 50087, 70012, 80001, 80002, 80005, 80007, 80010, 81004,
      81005, 81010, 81012, 90006, 90007, 90012, 90024, 90025, 90033, 90036, 90090, 90092, 90100, 40015, 50134, 50166,
      81001, 81009, 81011, 90005, 90091, 130004,
    ],
  ),
  // RFC 8628: the user has not finished yet.
  [70016, { reason: 'unknown' }],
]);

/** Numbers that only wrap another one in the same answer. */
export const entraWrappers: ReadonlySet<number> = new Set([70002, 50000]);

/** `error`, `suberror` and `error_subtype` (RFC 6749 5.2, RFC 8628, OpenID Connect, and the providers' own). */
export const oauthErrors: ReadonlyMap<string, OAuthVerdict> = new Map([
  // Google Workspace session control: the user signs in again, the grant itself stands.
  ['invalid_rapt', { reason: 'auth.token_expired' }],
  ['rapt_required', { reason: 'auth.token_expired' }],
  // Entra's `suberror`.
  ['bad_token', { reason: 'auth.token_revoked' }],
  ['token_expired', { reason: 'auth.token_expired' }],
  ['consent_required', { reason: 'auth.insufficient_scope' }],
  ['basic_action', { reason: 'login.blocked' }],
  ['additional_action', { reason: 'login.blocked' }],
  ['message_only', { reason: 'login.blocked' }],
  ['user_password_expired', { reason: 'login.blocked' }],
  ['protection_policy_required', { reason: 'login.blocked' }],
  ['interaction_required', { reason: 'login.blocked' }],
  ['login_required', { reason: 'login.blocked' }],
  ['account_selection_required', { reason: 'login.blocked' }],
  ['admin_policy_enforced', { reason: 'login.blocked' }],
  ['policy_enforced', { reason: 'login.blocked' }],
  ['disallowed_useragent', { reason: 'login.blocked' }],
  ['invalid_grant', { reason: 'auth.token_revoked' }],
  // Yahoo's own spelling.
  ['invalid_refresh_token', { reason: 'auth.token_revoked' }],
  ['token_revoked', { reason: 'auth.token_revoked' }],
  ['expired_refresh_token', { reason: 'auth.token_expired' }],
  ['account_not_authorized', { reason: 'auth.token_revoked' }],
  ['invalid_token', { reason: 'auth.token_expired' }],
  ['insufficient_scope', { reason: 'auth.insufficient_scope' }],
  ['access_denied', { reason: 'oauth.denied' }],
  ['user_denied', { reason: 'oauth.denied' }],
  ['expired_token', { reason: 'oauth.expired' }],
  ['bad_verification_code', { reason: 'oauth.expired' }],
  ...[
    'invalid_client',
    'unauthorized_client',
    'deleted_client',
    'disabled_client',
    'client_disabled',
    'org_internal',
    'invalid_scope',
    'unsupported_grant_type',
    'unsupported_response_type',
    'invalid_request',
    'invalid_resource',
    'invalid_target',
    'redirect_uri_mismatch',
    'invalid_redirect_uri',
    'origin_mismatch',
    'invalid_client_secret',
    'incorrect_client_credentials',
    'invalid_consumer_key',
    'app_not_verified',
    'unverified_app',
  ].map((error): [string, OAuthVerdict] => [error, { reason: 'oauth.client_invalid' }]),
  ...[
    'server_error',
    'temporarily_unavailable',
    'internal_failure',
    'internal_error',
    'backend_error',
    'service_unavailable',
    'unavailable',
  ].map((error): [string, OAuthVerdict] => [error, { reason: 'server.unavailable' }]),
  ...[
    'slow_down',
    'rate_limit_exceeded',
    'ratelimitexceeded',
    'quota_exceeded',
    'too_many_requests',
    'throttled',
    'request_throttled',
  ].map((error): [string, OAuthVerdict] => [error, { reason: 'rate.limited' }]),
  ['authorization_pending', { reason: 'unknown' }],
]);

/** Words of a token endpoint, where the code above left a choice or there was none. Lower-case, read from the top. */
export const oauthWords: readonly { readonly name: string; readonly words: RegExp; readonly reason: Reason }[] = [
  {
    name: 'oauth.words.throttled',
    words: /too many requests|rate limit|throttl|resource_?exhausted|resource has been exhausted|check quota/,
    reason: 'rate.limited',
  },
  {
    name: 'oauth.words.server',
    words:
      /internal (?:server )?error|temporarily unavailable|service unavailable|bad gateway|gateway time-?out|upstream|disconnect|unreachable|identity provider/,
    reason: 'server.unavailable',
  },
  {
    name: 'oauth.words.suspended',
    words:
      /account (?:has been |is |was )?(?:deleted|disabled|suspended|deactivated)|user (?:is )?(?:disabled|suspended)/,
    reason: 'account.suspended',
  },
  {
    name: 'oauth.words.reauth',
    words: /reauth related error|invalid_rapt|session control/,
    reason: 'auth.token_expired',
  },
  {
    name: 'oauth.words.revoked',
    words: /expired or revoked|has been revoked|was revoked|token (?:is )?(?:revoked|malformed|invalid)/,
    reason: 'auth.token_revoked',
  },
  {
    name: 'oauth.words.expired',
    words: /(?:token|session|grant|code) (?:has |is |was )?expired|expired (?:refresh |access )?token|re-?auth/,
    reason: 'auth.token_expired',
  },
  {
    name: 'oauth.words.scope',
    words: /insufficient (?:scope|permission|authentication scopes)|consent/,
    reason: 'auth.insufficient_scope',
  },
  {
    name: 'oauth.words.blocked',
    words: any(
      /conditional access|multi-?factor|\bmfa\b|strong auth|second factor|(?:non-?)?complian|captcha/,
      /(?:sign-?in|log-?in|access|request) (?:\w+ ){0,2}blocked|blocked by/,
    ),
    reason: 'login.blocked',
  },
  {
    name: 'oauth.words.person',
    words:
      /(?:user|account)[^.]{0,40}(?:hasn't|has not) been[^.]{0,20}added|device[^.]{0,60}(?:disabled|not (?:registered|managed))/,
    reason: 'login.blocked',
  },
  {
    name: 'oauth.words.client',
    words: any(
      /(?:certificate|realm|reply address|resource|parameter)[^.]{0,40}(?:(?:was|is) ?n[o']t|doesn't exist|not found|not supported|provided)/,
      /client (?:secret|assertion|credential)|(?:unauthorized|invalid|unknown|disabled) (?:client|app)|redirect.ur[il]/,
      /(?:client|app|application) (?:\S+ ){0,4}(?:not found|not (?:exist|configured|registered|enabled)|disabled|deleted)/,
    ),
    reason: 'oauth.client_invalid',
  },
];
