import { html } from 'hono/html';
import { isText } from '../../words.ts';
import type { Complaint } from './blame.ts';
import type { Html, View } from './page.ts';

/** What is wrong, and whether it is the first thing that is: the cursor goes there. */
export type Wrongs = { of(name: string): { complaint: Complaint; first: boolean } | undefined; any: boolean };

/** Complaints by the place they are about; one each, the first. */
export function wrongsOf(complaints: readonly Complaint[]): Wrongs {
  const first = complaints.find(({ at }) => at !== 'form')?.at;
  return {
    any: complaints.length > 0,
    of(name) {
      const complaint = complaints.find(({ at }) => at === name);
      return complaint && { complaint, first: name === first };
    },
  };
}

/** The words of a complaint, with an id that the field it is about points to. `focus`: where it is about none. */
export function complaintText({ t }: View, complaint: Complaint, id: string, focus = false): Html {
  const { title, text, response, url } = complaint;
  return html`<div class="wrong" id="${id}"${focus ? html` tabindex="-1" autofocus` : ''}>
${title ? html`<p><strong>${title}</strong></p>` : ''}
<p>${text}</p>
${response ? html`<p class="answer">${t.serverSaid} <q>${response}</q></p>` : ''}
${url ? html`<p><a href="${url}" target="_blank" rel="noopener noreferrer">${t.instructions}</a></p>` : ''}
</div>`;
}

/** A labelled text field. A value is never a password: those are not written back. */
export function textField(
  view: View,
  wrongs: Wrongs,
  field: {
    name: string;
    label: string;
    value?: string | undefined;
    hint?: string | undefined;
    /** Where further words about it stand. */
    described?: string;
    /** What is wrong about it is said by whoever asks, with the same id: beside a narrow field there is no room. */
    wrongBelow?: boolean;
    type?: 'text' | 'email' | 'password';
    mode?: 'numeric' | 'url' | 'email';
    autocomplete?: string;
    required?: boolean;
    focus?: boolean;
    max?: number;
  },
): Html {
  const { name, label, value = '', hint, type = 'text', mode, autocomplete = 'off', required = true } = field;
  const wrong = wrongs.of(name);
  const described = [hint && `${name}-hint`, field.described, wrong && `${name}-wrong`].filter(Boolean).join(' ');
  return html`<div class="field">
<label for="${name}">${label}</label>
${hint ? html`<p class="hint" id="${name}-hint">${hint}</p>` : ''}
<input id="${name}" name="${name}" type="${type}" maxlength="${field.max ?? 320}" autocomplete="${autocomplete}" autocapitalize="none" spellcheck="false"${type === 'password' ? '' : html` value="${value}"`}${mode ? html` inputmode="${mode}"` : ''}${required ? html` required` : ''}${described ? html` aria-describedby="${described}"` : ''}${wrong ? html` aria-invalid="true"` : ''}${wrong?.first || (field.focus && !wrongs.any) ? html` autofocus` : ''}>
${wrong && !field.wrongBelow ? complaintText(view, wrong.complaint, `${name}-wrong`) : ''}
</div>`;
}

/** Can this be a password? One of several lines no server takes, and longer ones are something that was pasted wrongly. */
export const isPassword = (value: string): boolean =>
  value !== '' && value.length <= 1_000 && isText(value) && !/[\r\n]/.test(value);

/** A box to tick, with its hint and what is wrong about it. */
export function tickBox(
  view: View,
  wrongs: Wrongs,
  { name, label, ticked, hint }: { name: string; label: string; ticked: boolean; hint: string },
): Html {
  const wrong = wrongs.of(name);
  return html`<div class="field tick">
<input id="${name}" name="${name}" type="checkbox" value="on"${ticked ? html` checked` : ''} aria-describedby="${name}-hint${wrong ? ` ${name}-wrong` : ''}"${wrong ? html` aria-invalid="true"` : ''}${wrong?.first ? html` autofocus` : ''}>
<label for="${name}">${label}</label>
<p class="hint" id="${name}-hint">${hint}</p>
${wrong ? complaintText(view, wrong.complaint, `${name}-wrong`) : ''}
</div>`;
}

/** A form of this dialog: the signed state says what it is and whose. */
export const formOf = (view: View, action: string, state: string, inside: Html): Html =>
  html`<form method="post" action="/setup/${view.token}/${action}" novalidate>
<input type="hidden" name="state" value="${state}">
${inside}
</form>`;
