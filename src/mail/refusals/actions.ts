import { helpPages } from './help.ts';
import { type Family, familyOf } from './providers.ts';
import { permanentByDefault, type Reason } from './reasons.ts';
import { da } from './texts/da.ts';
import { de } from './texts/de.ts';
import { en } from './texts/en.ts';
import { nb } from './texts/nb.ts';
import { nl } from './texts/nl.ts';
import { sv } from './texts/sv.ts';
import type { Texts, Variant } from './texts/texts.ts';

/** The languages we write in; anything else reads English. */
export const locales = ['da', 'de', 'en', 'nb', 'nl', 'sv'] as const;

/** A language we write in. */
export type Locale = (typeof locales)[number];

/** What kind of step it is, stable, so that a CRM can put its own button beside our text. */
export type ActionCode =
  | 'enter-password'
  | 'create-app-password'
  | 'sign-in-again'
  | 'allow-sign-in'
  | 'wait'
  | 'enable-access'
  | 'check-settings'
  | 'check-certificate'
  | 'ask-provider'
  | 'ask-administrator'
  | 'connect'
  | 'resume'
  | 'choose-client'
  | 'choose-folders'
  | 'free-space'
  | 'check-recipient'
  | 'check-sender'
  | 'change-message'
  | 'send-again';

/** What the owner of the mailbox must do, in the owner's language. */
export interface UserAction {
  code: ActionCode;
  title: string;
  text: string;
  url?: string;
}

/** The step that each reason asks for. */
export const actionCodes: Readonly<Record<Reason, ActionCode>> = {
  'auth.invalid_credentials': 'enter-password',
  'auth.password_required': 'enter-password',
  'auth.app_password_required': 'create-app-password',
  'auth.oauth_required': 'sign-in-again',
  'auth.token_expired': 'sign-in-again',
  'auth.token_revoked': 'sign-in-again',
  'auth.insufficient_scope': 'sign-in-again',
  'auth.required': 'check-settings',
  'auth.mechanism_unsupported': 'check-settings',
  'oauth.denied': 'sign-in-again',
  'oauth.expired': 'sign-in-again',
  'oauth.identity_mismatch': 'sign-in-again',
  'oauth.client_invalid': 'ask-administrator',
  'login.blocked': 'allow-sign-in',
  'account.locked': 'wait',
  'account.suspended': 'ask-provider',
  'account.email_mismatch': 'check-settings',
  'account.webtools_active': 'choose-client',
  'account.not_preferred_client': 'choose-client',
  'account.not_found': 'connect',
  'account.paused': 'resume',
  'account.disconnected': 'connect',
  'imap.disabled': 'enable-access',
  'smtp.disabled': 'enable-access',
  'rate.limited': 'wait',
  'server.unavailable': 'wait',
  'session.expired': 'wait',
  'protocol.pop3': 'check-settings',
  'protocol.not_imap': 'check-settings',
  'protocol.not_smtp': 'check-settings',
  'protocol.bad_command': 'check-settings',
  'tls.required': 'check-settings',
  'tls.certificate': 'check-certificate',
  'tls.handshake': 'check-settings',
  'network.dns': 'check-settings',
  'network.refused': 'check-settings',
  'network.timeout': 'wait',
  'network.reset': 'wait',
  'network.forbidden': 'ask-administrator',
  'mailbox.over_quota': 'free-space',
  'mailbox.access_denied': 'ask-administrator',
  'mailbox.folder_missing': 'choose-folders',
  'discovery.not_found': 'check-settings',
  'discovery.unconfirmed': 'check-settings',
  'send.recipient_rejected': 'check-recipient',
  'send.sender_rejected': 'check-sender',
  'send.message_too_large': 'change-message',
  'send.content_rejected': 'change-message',
  'send.rate_limited': 'wait',
  'send.greylisted': 'wait',
  'send.relay_denied': 'check-settings',
  'send.idempotency_conflict': 'send-again',
  'send.cancelled': 'send-again',
  'credentials.not_sealed': 'ask-administrator',
  'credentials.seal_invalid': 'enter-password',
  unknown: 'wait',
};

/** Families that need the same steps as another one, and so share its text. */
const sharedBy: Partial<Record<Family, Family>> = { aol: 'yahoo', webde: 'gmx', mailcom: 'gmx', netease: 'qq' };

const providerNames: Partial<Record<Family, string>> = {
  yahoo: 'Yahoo',
  aol: 'AOL',
  gmx: 'GMX',
  webde: 'WEB.DE',
  mailcom: 'mail.com',
  qq: 'QQ Mail',
  netease: 'NetEase Mail',
};

/** Every text of every language, for the test that none is missing. */
export const texts: Readonly<Record<Locale, Texts>> = { da, de, en, nb, nl, sv };

/** What is known when an action is put into words. */
export interface ActionOptions {
  locale?: string | undefined;
  provider?: string | undefined;
  host?: string | undefined;
  /** When the next try is due (what time mends) or allowed (what a person mends). */
  until?: Date | undefined;
  /** IANA name for `until`; UTC when we do not know the owner's. */
  timeZone?: string | undefined;
  /** It is our own budget that holds the login, to keep the provider from locking the mailbox. */
  held?: boolean | undefined;
  /** A person's attempt was refused, and Postbud does not repeat it by itself. */
  attempt?: boolean | undefined;
  /** A link of the server that was found trustworthy; better than our help page. */
  url?: string | undefined;
}

/** The language to write in: `da-DK` reads `da`, Norwegian of any kind reads Bokmål, anything unknown reads English. */
export function localeOf(wanted: string | undefined): Locale {
  const language = wanted?.toLowerCase().split(/[-_]/)[0] ?? '';
  if (language === 'no' || language === 'nn') return 'nb';
  return locales.find((locale) => locale === language) ?? 'en';
}

/** Put into words what the owner must do about a refusal. */
export function userAction(reason: Reason, options: ActionOptions = {}): UserAction {
  const locale = localeOf(options.locale);
  const family = familyOf({
    ...(options.provider && { provider: options.provider }),
    ...(options.host && { host: options.host }),
  });
  const { title, text, until } = wordsOf(reason, options.held ? 'ceiling' : family, texts[locale], options.attempt);
  const name = (family && providerNames[family]) ?? '';
  const url = options.url ?? helpPages(reason, family);
  const sentence = options.until && ` ${until.replace('{until}', timeOf(options.until, locale, options.timeZone))}`;
  return {
    code: actionCodes[reason],
    title: title.replaceAll('{provider}', name),
    text: text.replaceAll('{provider}', name) + (sentence ?? ''),
    ...(url && { url }),
  };
}

function wordsOf(reason: Reason, family: Family | 'ceiling' | undefined, language: Texts, attempt = false) {
  const isPersons = attempt || permanentByDefault(reason) || reason === 'account.locked' || family === 'ceiling';
  const until = isPersons ? language.notBefore : language.nextTry;
  const shared = family && family !== 'ceiling' ? (sharedBy[family] ?? family) : family;
  const variant = `${reason}@${shared}` as Variant;
  const byPerson = attempt ? (language.attempts as Partial<Record<Reason, string>>)[reason] : undefined;
  const words = language.variants[variant] ?? {
    ...language.reasons[reason],
    ...(byPerson !== undefined && { text: byPerson }),
  };
  return { ...words, until };
}

function timeOf(time: Date, locale: Locale, timeZone = 'UTC'): string {
  const parts = { day: 'numeric', month: 'long', hour: '2-digit', minute: '2-digit', timeZoneName: 'short' } as const;
  // A time zone that Intl does not know is no reason to say nothing.
  const known = knownZone(timeZone) ? timeZone : 'UTC';
  return new Intl.DateTimeFormat(locale === 'en' ? 'en-GB' : locale, { ...parts, timeZone: known }).format(time);
}

function knownZone(timeZone: string): boolean {
  try {
    return Boolean(new Intl.DateTimeFormat('en', { timeZone }));
  } catch {
    return false;
  }
}
