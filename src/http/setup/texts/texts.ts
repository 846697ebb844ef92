import type { State } from '../../../db/accounts.ts';
import { type Locale, localeOf, locales } from '../../../mail/refusals/index.ts';
import { da } from './da.ts';
import { de } from './de.ts';
import { en } from './en.ts';
import { nb } from './nb.ts';
import { nl } from './nl.ts';
import { sv } from './sv.ts';

/** A notice: one page that says one thing. */
export type Notice = { title: string; text: string };

/** Every text of the set-up pages. `{…}` is filled in, escaped. What is wrong with a mailbox is said by its refusal. */
export type SetupTexts = {
  /** Before the title of a page that comes back with something to correct. */
  error: string;
  next: string;
  connect: string;
  save: string;
  cancel: string;
  back: string;
  startAgain: string;
  otherAddress: string;
  backToCrm: string;
  /** In place of a provider's name, in the case that `signIn` puts it in. */
  yourProvider: string;
  serverSaid: string;
  instructions: string;
  correct: string;
  address: {
    title: string;
    lead: string;
    label: string;
    invalid: string;
    /** With `{email}`. */
    registered: string;
    /** With `{email}`: another one is connected. */
    replaces: string;
  };
  rules: {
    summary: string;
    one: string;
    webtools: string;
    client: string;
    imap: string;
    /** The address is the person's primary one. */
    primary: string;
    /** Above the rule that is not kept. */
    broken: string;
  };
  searching: Notice;
  connecting: Notice & {
    refreshes: string;
    waiting: string;
    trying: string;
    accepted: string;
    refused: string;
    skipped: string;
  };
  signIn: {
    /** These with `{provider}`. */
    title: string;
    text: string;
    button: string;
    newTab: string;
    waits: string;
  };
  password: {
    /** With `{domain}`. */
    signInAt: string;
    /** With `{domain}`. */
    confirm: string;
    label: string;
    appLabel: string;
    incoming: string;
    outgoing: string;
    user: string;
  };
  advanced: {
    title: string;
    lead: string;
    incoming: string;
    outgoing: string;
    incomingServer: string;
    outgoingServer: string;
    user: string;
    password: string;
    port: string;
    /** With `{ssl}` and `{starttls}`. */
    portHint: string;
    ssl: string;
    sslHint: string;
    again: string;
  };
  missing: { email: string; host: string; port: string; user: string; password: string };
  account: {
    title: string;
    status: string;
    edit: string;
    other: string;
    remove: string;
    states: Record<Exclude<State, 'disconnected'>, string>;
    /** In place of the state where mail comes in, and none goes out. */
    cannotSend: string;
  };
  remove: { title: string; text: string; kept: string; button: string };
  /** With `{email}`, like the next. */
  removing: Notice;
  removed: Notice;
  connected: Notice;
  gone: Record<'unknown' | 'expired' | 'used', Notice>;
  /** With `{domain}`: the provider has nothing else. */
  pop3: Notice;
  /** With `{minutes}`. */
  tooMany: Notice;
  insecure: Notice;
  stale: Notice;
  failed: Notice;
  superseded: Notice;
};

/** Every text of every language, for the test that none is missing. */
export const setupTexts: Readonly<Record<Locale, SetupTexts>> = { da, de, en, nb, nl, sv };

/** The first language of an Accept-Language header that we write in. */
export function localeAsked(header: string | undefined): Locale {
  const asked = (header ?? '')
    .slice(0, 500)
    .split(',')
    .map((part) => {
      const [language = '', ...options] = part.trim().split(';');
      const q = Number(/^q=([\d.]+)$/.exec(options.join('').trim())?.[1] ?? 1);
      return { language: language.trim(), q: Number.isFinite(q) ? q : 0 };
    })
    .filter(({ language, q }) => language !== '' && q > 0)
    .sort((one, other) => other.q - one.q);
  // `localeOf` reads what it does not know as English; that is no answer while another language was asked for too.
  const known = asked.find(({ language }) => knows(language));
  return localeOf(known?.language);
}

function knows(language: string): boolean {
  const locale = localeOf(language);
  return locale !== 'en' || /^en\b/i.test(language);
}

/** Fill in what stands in braces. The result is text, and is escaped where it goes into a page. */
export const fill = (text: string, values: Record<string, string>) =>
  text.replace(/\{(\w+)\}/g, (whole, name: string) => values[name] ?? whole);

export { type Locale, locales };
