/** The short dialogs: the address, the login at the provider, the password, and how it went. */
import { html } from 'hono/html';
import { registrableDomain } from '../../mail/discovery/address.ts';
import type { Prefill } from '../../words.ts';
import type { Complaint } from './blame.ts';
import { complaintText, formOf, textField, wrongsOf } from './form.ts';
import { at, type Html, type Page, strongly, type View, wayBack } from './page.ts';
import { writeState } from './state.ts';
import { fill } from './texts/texts.ts';

/** (a) One field and Next. */
export function addressPage(
  view: View,
  known: { email?: string | undefined; registered?: string | null; connected?: string | undefined },
  complaints: readonly Complaint[] = [],
): Page {
  const { t } = view;
  const wrongs = wrongsOf(complaints);
  const form = formOf(
    view,
    'address',
    writeState(view.token, 'address', {}),
    html`${general(view, complaints)}
${textField(view, wrongs, {
  name: 'email',
  label: t.address.label,
  value: known.email,
  type: 'email',
  autocomplete: 'email',
  max: 254,
  focus: true,
  hint: known.registered ? fill(t.address.registered, { email: known.registered }) : undefined,
})}
<p class="actions"><button>${t.next}</button>${known.connected ? html`<a class="button quiet" href="${at(view)}">${t.cancel}</a>` : ''}</p>`,
  );
  return {
    title: t.address.title,
    wrong: wrongs.any,
    body: html`<p class="lead">${t.address.lead}</p>
${known.connected ? html`<p class="note">${strongly(t.address.replaces, 'email', known.connected)}</p>` : ''}
${form}
<details>
<summary>${t.rules.summary}</summary>
<ul>${[t.rules.one, t.rules.primary, t.rules.client, t.rules.webtools, t.rules.imap].map((rule) => html`<li>${rule}</li>`)}</ul>
</details>`,
  };
}

/**
 * One of the rules before set-up is not kept: which one, what to do about it, and that nothing has happened. `again`:
 * this link may do once it is kept; what the CRM said when it made the link stays as it is.
 */
export function brokenRulePage(
  view: View,
  complaint: Complaint,
  { again, advanced }: { again: boolean; advanced?: string },
): Page {
  const { t } = view;
  return {
    title: complaint.title ?? t.rules.summary,
    wrong: true,
    body: html`<p>${complaint.text}</p>
${complaint.response ? html`<p class="answer">${t.serverSaid} <q>${complaint.response}</q></p>` : ''}
${complaint.url ? html`<p><a href="${complaint.url}" target="_blank" rel="noopener noreferrer">${t.instructions}</a></p>` : ''}
<p class="note">${t.rules.broken}</p>
<p class="actions">${again ? html`<a class="button" href="${at(view, '?show=address')}">${t.startAgain}</a>` : ''}${wayBack(view)}</p>
${advanced ? html`<p><a href="${advanced}">${t.advanced.title}</a></p>` : ''}`,
  };
}

/** (b) The provider asks for its own login, which it does not show in a frame. */
export function signInPage(view: View, { url, provider }: { url: string; provider: string | null }): Page {
  const { t } = view;
  const name = provider ?? t.yourProvider;
  // With a way back the window itself goes; without one a new tab does, and this page waits for its outcome.
  const own = view.returnUrl !== null;
  return {
    title: fill(t.signIn.title, { provider: name }),
    ...(own ? {} : { live: { everySeconds: 5 } }),
    body: html`<p>${fill(t.signIn.text, { provider: sentence(name) })}</p>
<p class="actions"><a class="button" href="${url}" target="${own ? '_top' : '_blank'}" rel="noopener">${fill(t.signIn.button, { provider: name })}${own ? '' : html` <span class="aside">(${t.signIn.newTab})</span>`}</a></p>
${own ? '' : html`<p class="note" role="status" data-follow>${t.signIn.waits}</p>`}
<p><a href="${at(view, '?show=address')}">${t.otherAddress}</a></p>`,
  };
}

/** (c) The password, or one made for programs. Where it goes is said before it is asked for. */
export function passwordPage(
  view: View,
  { email, prefill, advice }: { email: string; prefill: Prefill; advice: Complaint },
  { advanced, complaints = [] }: { advanced: string; complaints?: readonly Complaint[] },
): Page {
  const { t } = view;
  const { imap, smtp, login } = prefill;
  // Of both servers, since both will see the password; told by their names, which are what it is sent to.
  const domains = [...new Set([imap?.host, smtp?.host].flatMap((host) => (host ? [domainOf(host)] : [])))];
  const domain = new Intl.ListFormat(view.locale, { type: 'conjunction' }).format(domains);
  const wrongs = wrongsOf(complaints);
  const app = login === 'app-password';
  const state = writeState(view.token, 'password', { email, prefill });
  const form = formOf(
    view,
    'password',
    state,
    html`${general(view, complaints)}
<dl class="facts">
<dt>${t.address.label}</dt><dd>${email}</dd>
<dt>${t.password.incoming}</dt><dd>${imap ? where(imap) : ''}</dd>
<dt>${t.password.outgoing}</dt><dd>${smtp ? where(smtp) : ''}</dd>
${imap?.username && imap.username !== email ? html`<dt>${t.password.user}</dt><dd>${imap.username}</dd>` : ''}
</dl>
<p class="note">${strongly(t.password.confirm, 'domain', domain)}</p>
${textField(view, wrongs, {
  name: 'password',
  label: app ? t.password.appLabel : t.password.label,
  type: 'password',
  autocomplete: app ? 'off' : 'current-password',
  max: 1_000,
  focus: true,
})}
<p class="actions"><button>${t.connect}</button><a class="button quiet" href="${at(view, '?show=address')}">${t.otherAddress}</a></p>`,
  );
  return {
    title: fill(t.password.signInAt, { domain }),
    wrong: wrongs.any,
    body: html`${app ? advised(view, advice) : ''}
${form}
<p><a href="${advanced}">${t.advanced.title}</a></p>`,
  };
}

/** It works. */
export function connectedPage(view: View, { email, accountId }: { email: string; accountId: string }): Page {
  return {
    title: view.t.connected.title,
    body: html`<p role="status">${strongly(view.t.connected.text, 'email', email)}</p>
<p class="actions">${wayBack(view, { outcome: 'connected', accountId })}</p>`,
  };
}

/** Complaints that are about no field, or the hint that there are several: at the top, and read out. */
export function general(view: View, complaints: readonly Complaint[]): Html {
  const form = complaints.filter((complaint) => complaint.at === 'form');
  // One complaint at its own field is seen there, and the cursor is in it.
  if (form.length === 0 && complaints.length < 2) return html``;
  return html`<div class="summary" role="alert">
${form.length === 0 ? html`<p>${view.t.correct}</p>` : form.map((one, index) => complaintText(view, one, `form-wrong-${index}`, index === 0))}
</div>`;
}

/** What a person can do first, such as making an app password. */
export function advised({ t }: View, { title, text, url }: Complaint): Html {
  return html`<div class="advice">
${title ? html`<h2>${title}</h2>` : ''}
<p>${text}</p>
${url ? html`<p><a href="${url}" target="_blank" rel="noopener noreferrer">${t.instructions}</a></p>` : ''}
</div>`;
}

/** The part of a server's name that somebody knows as a provider: `one.com` of `imap.one.com`. */
export const domainOf = (host: string) => registrableDomain(host) ?? host;

const where = ({ host, port }: NonNullable<Prefill['imap']>) =>
  html`${host ?? ''}${port ? html`<span class="soft">:${port}</span>` : ''}`;
const sentence = (name: string) => name.slice(0, 1).toUpperCase() + name.slice(1);
