/** (e) The connected mailbox: look at it, edit it, remove it. */
import { html } from 'hono/html';
import type { Account } from '../../db/accounts.ts';
import type { Complaint } from './blame.ts';
import { advised } from './dialogs.ts';
import { formOf } from './form.ts';
import { adviceOn } from './outcome.ts';
import { at, type Page, strongly, type View, wayBack } from './page.ts';
import { writeState } from './state.ts';

/** What is connected, how it is, and what can be done with it. */
export function accountPage(view: View, account: Account): Page {
  const { t } = view;
  const { email, state, imap, smtp, refusal, sending, provider } = account;
  const reads = state === 'connected' || state === 'syncing';
  const sends = sending?.ok !== false;
  const status = reads && !sends ? t.account.cannotSend : state === 'disconnected' ? '' : t.account.states[state];
  const advice = adviceOf();
  return {
    title: t.account.title,
    body: html`<dl class="facts">
<dt>${t.address.label}</dt><dd><strong>${email}</strong></dd>
<dt>${t.account.status}</dt><dd class="${reads && sends ? 'good' : 'bad'}">${status}</dd>
${imap ? html`<dt>${t.password.incoming}</dt><dd>${imap.host}</dd>` : ''}
${smtp ? html`<dt>${t.password.outgoing}</dt><dd>${smtp.host}</dd>` : ''}
</dl>
${advice ? advised(view, advice) : ''}
<p class="actions">
<a class="button" href="${at(view, '?show=edit')}">${t.account.edit}</a>
<a class="button quiet" href="${at(view, '?show=address')}">${t.account.other}</a>
<a class="button quiet danger" href="${at(view, '?show=remove')}">${t.account.remove}</a>
</p>
${view.returnUrl ? html`<p>${wayBack(view)}</p>` : ''}`,
  };

  function adviceOf(): Complaint | null {
    if (!reads) return refusal && { at: 'form', ...refusal.userAction, url: refusal.userAction.url };
    if (sends) return null;
    return adviceOn(view, sending?.reason ?? 'unknown', { provider: provider ?? undefined, imap });
  }
}

/** Asked before it is removed. What stays is said as plainly as what goes. */
export function removePage(view: View, account: Account): Page {
  const { t } = view;
  const { email, id } = account;
  return {
    title: t.remove.title,
    body: html`<p>${strongly(t.remove.text, 'email', email)}</p>
<p class="note">${t.remove.kept}</p>
${formOf(view, 'remove', writeState(view.token, 'remove', { accountId: id }), html`<p class="actions"><button class="danger">${t.remove.button}</button><a class="button quiet" href="${at(view)}">${t.cancel}</a></p>`)}`,
  };
}

/** It goes, and whoever looks is told once it is gone. */
export function removingPage(view: View, { email }: { email: string }): Page {
  const { t } = view;
  return {
    title: t.removing.title,
    live: { everySeconds: 2 },
    body: html`<p role="status">${strongly(t.removing.text, 'email', email)}</p>
<div class="busy" data-follow aria-hidden="true"></div>
<noscript><p class="note">${t.connecting.refreshes}</p></noscript>
<p><a href="${at(view)}">${t.startAgain}</a></p>`,
  };
}

/** It is gone, and stays gone when the window is closed now: its link is closed with it. */
export function removedPage(view: View, { email }: { email: string }): Page {
  const { t } = view;
  return {
    title: t.removed.title,
    body: html`<p role="status">${strongly(t.removed.text, 'email', email)}</p>
<p class="actions">${wayBack(view, { outcome: 'disconnected' })}</p>`,
  };
}
