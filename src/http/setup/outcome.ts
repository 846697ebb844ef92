/** What a page shows once an attempt has ended. */
import { html } from 'hono/html';
import { z } from 'zod';
import { isReason, type Reason, userAction } from '../../mail/refusals/index.ts';
import type { ConnectResult } from '../../queues/orders.ts';
import { type Prefill, prefill } from '../../words.ts';
import { advancedPage, settingsFrom } from './advanced.ts';
import type { Attempt } from './attempt.ts';
import { type Complaint, complaintOf } from './blame.ts';
import { addressPage, brokenRulePage, connectedPage, domainOf, passwordPage, signInPage } from './dialogs.ts';
import { at, noticePage, type Page, type View, wayBack } from './page.ts';
import { fill } from './texts/texts.ts';

/** What was tried, and from which page: it travels signed in the address of the outcome. */
export const tried = z.object({
  jobId: z.string().max(100),
  from: z.enum(['address', 'password', 'advanced']),
  email: z.string().max(254),
  prefill: prefill.omit({ alternatives: true }).optional(),
});
export type Tried = z.infer<typeof tried>;

type Ended = Extract<Attempt, { state: 'ended' }>;
/** What the pages know beside the outcome itself. */
export type Beside = { here: string; registered: string | null; provider: string | null };

/** The page of an outcome. */
export function outcomePage(view: View, what: Tried, attempt: Ended, beside: Beside): Page {
  const { result } = attempt;
  switch (result.outcome) {
    case 'connected':
      return connectedPage(view, { email: what.email, accountId: result.accountId });
    case 'authorization-required':
      return signInPage(view, { url: webAddress(result.authorizationUrl), provider: providerName(beside.provider) });
    case 'settings-required':
      return wantedPage(view, what, result, beside);
    case 'refused':
      return refusedPage(view, what, attempt, result, beside);
    case 'superseded':
      return noticePage(view, view.t.superseded, { retry: true });
  }
}

/** Both servers by hand, filled with what the attempt knew. */
export function advancedAfter(
  view: View,
  what: Tried,
  attempt: Ended,
  more: Parameters<typeof advancedPage>[2] = {},
): Page {
  const { result, payload } = attempt;
  const found = result.outcome === 'settings-required' ? result.prefill : what.prefill;
  const imap = payload.imap ?? found?.imap ?? null;
  const smtp = payload.smtp ?? found?.smtp ?? null;
  return advancedPage(view, settingsFrom(what.email, { imap, smtp }), more);
}

/** Something is missing: a password, or the servers. */
function wantedPage(
  view: View,
  what: Tried,
  { reason, prefill: found }: Extract<ConnectResult, { outcome: 'settings-required' }>,
  { here }: Beside,
): Page {
  const advice = adviceOn(view, reason, found);
  const advanced = `${here}?show=advanced`;
  const named = Boolean(found.imap?.host && found.smtp?.host);
  if (named && (reason.endsWith('password_required') || reason === 'discovery.unconfirmed')) {
    return passwordPage(view, { email: what.email, prefill: found, advice }, { advanced });
  }
  const settings = settingsFrom(what.email, found);
  if (reason === 'protocol.pop3') {
    const { title, text } = view.t.pop3;
    const domain = domainOf(found.imap?.host ?? what.email.slice(what.email.lastIndexOf('@') + 1));
    const { advanced: words, otherAddress } = view.t;
    return {
      title,
      wrong: true,
      body: html`<p>${fill(text, { domain })}</p>
<p class="actions"><a class="button" href="${at(view, '?show=address')}">${otherAddress}</a>${wayBack(view)}</p>
<p><a href="${advanced}">${words.title}</a></p>`,
    };
  }
  if (reason === 'imap.disabled' || reason === 'auth.oauth_required')
    return brokenRulePage(view, advice, { again: true, advanced });
  return advancedPage(view, settings, { advice });
}

function refusedPage(
  view: View,
  what: Tried,
  attempt: Ended,
  refusal: Extract<ConnectResult, { outcome: 'refused' }>,
  { here, registered }: Beside,
): Page {
  const complaint = complaintOf(refusal);
  const rules = ['account.webtools_active', 'account.not_preferred_client'];
  if (rules.includes(refusal.reason)) return brokenRulePage(view, complaint, { again: false });
  if (refusal.reason === 'account.email_mismatch') {
    return addressPage(view, { email: what.email, registered }, [{ ...complaint, at: 'email' }]);
  }
  if (what.from === 'advanced') {
    const both = attempt.refusals.length > 0 ? attempt.refusals.map(complaintOf) : [complaint];
    return advancedAfter(view, what, attempt, { complaints: both, again: true });
  }
  if (refusal.reason === 'imap.disabled')
    return brokenRulePage(view, complaint, { again: true, advanced: `${here}?show=advanced` });
  if (what.from === 'password' && what.prefill) {
    const atField = complaint.at.endsWith('Password') ? ('password' as const) : ('form' as const);
    const known = {
      email: what.email,
      prefill: what.prefill,
      advice: adviceOn(view, passwordReason(what.prefill), what.prefill),
    };
    return passwordPage(view, known, {
      advanced: `${here}?show=advanced`,
      complaints: [{ ...complaint, at: atField }],
    });
  }
  return addressPage(view, { email: what.email }, [{ ...complaint, at: 'form' }]);
}

/** What the owner can do about a reason, in the words that every page and event has for it. */
export function adviceOn({ locale }: View, reason: string, found?: Pick<Prefill, 'provider' | 'imap'>): Complaint {
  const known: Reason = isReason(reason) ? reason : 'unknown';
  const action = userAction(known, { locale, provider: found?.provider, host: found?.imap?.host });
  return { at: 'form', ...action, url: action.url };
}

const passwordReason = ({ login }: Prefill) =>
  login === 'app-password' ? 'auth.app_password_required' : 'auth.password_required';

const names: Readonly<Record<string, string>> = { google: 'Google', microsoft: 'Microsoft', yahoo: 'Yahoo' };
/** A provider as people write it; the id of one that somebody set up is the name that they gave it. */
const providerName = (provider: string | null) =>
  provider && (names[provider] ?? provider.slice(0, 1).toUpperCase() + provider.slice(1));

/** An address to link to. A job's result is data: nothing but the web may come of it. */
function webAddress(url: string): string {
  return /^https?:$/.test(new URL(url).protocol) ? url : 'about:blank';
}
