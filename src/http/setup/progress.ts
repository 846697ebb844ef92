import { html } from 'hono/html';
import { z } from 'zod';
import type { DoorState, DoorStates } from '../../mail/prove.ts';
import { type Side, sides } from './blame.ts';
import { at, type Html, type Page, type View } from './page.ts';

const doorStates = ['waiting', 'trying', 'accepted', 'refused', 'skipped'] as const satisfies DoorState[];

/** What the job says of its progress; a job that says nothing yet waits. */
export const doors = z.object({
  imap: z.enum(doorStates).catch('waiting'),
  smtp: z.enum(doorStates).catch('waiting'),
}) satisfies z.ZodType<DoorStates>;
export type Doors = z.infer<typeof doors>;

/** The words for what a browser follows: our script puts them in place. */
export const doorWords = ({ t }: View, states: Doors): Record<Side, { state: DoorState; text: string }> => ({
  imap: { state: states.imap, text: t.connecting[states.imap] },
  smtp: { state: states.smtp, text: t.connecting[states.smtp] },
});

/** An attempt goes on: both sides, or the search for the servers. */
export function progressPage(view: View, { searching, states }: { searching: boolean; states: Doors }): Page {
  const { t } = view;
  const { title, text } = searching ? t.searching : t.connecting;
  const list = (): Html => {
    const words = doorWords(view, states);
    return html`<div role="status"><ul class="doors">${sides.map(
      (side) =>
        html`<li data-side="${side}" data-state="${words[side].state}"><span>${side === 'imap' ? t.advanced.incoming : t.advanced.outgoing}</span> <strong>${words[side].text}</strong></li>`,
    )}</ul></div>`;
  };
  return {
    title,
    live: { everySeconds: 2 },
    body: html`<p>${text}</p>
<div class="busy" data-follow aria-hidden="true"></div>
${searching ? html`<p role="status" class="unseen">${title}</p>` : list()}
<noscript><p class="note">${t.connecting.refreshes}</p></noscript>
<p><a href="${at(view, '?show=address')}">${t.startAgain}</a></p>`,
  };
}
