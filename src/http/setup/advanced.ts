import { html } from 'hono/html';
import type { ConnectPayload } from '../../queues/orders.ts';
import { connectPayload } from '../../queues/orders.ts';
import type { Prefill } from '../../words.ts';
import type { Complaint, FieldName, Side } from './blame.ts';
import { sides } from './blame.ts';
import { advised, general } from './dialogs.ts';
import { complaintText, formOf, isPassword, textField, tickBox, type Wrongs, wrongsOf } from './form.ts';
import { at, type Html, type Page, type View } from './page.ts';
import { writeState } from './state.ts';

/** The ports that SSL on and off stand for. */
const usual = { imap: { tls: 993, starttls: 143 }, smtp: { tls: 465, starttls: 587 } } as const;
const pop3Ports = new Set([110, 995]);

/** A side as it stands in the form; a password is never among it. */
export type Typed = { host: string; port: string; ssl: boolean; user: string };
export type Settings = { email: string } & Record<Side, Typed>;

/** What the form begins with: what is connected, found, or was tried before. */
export function settingsFrom(email: string, { imap, smtp }: Pick<Prefill, Side>): Settings {
  const typed = (side: Side, server: Prefill['imap']): Typed => {
    const ssl = server?.security !== 'starttls';
    const own = server?.port !== undefined && server.port !== usual[side][ssl ? 'tls' : 'starttls'];
    // The usual port stays unsaid, so that it follows when SSL is switched.
    return { host: server?.host ?? '', port: own ? String(server.port) : '', ssl, user: server?.username ?? email };
  };
  return { email, imap: typed('imap', imap), smtp: typed('smtp', smtp) };
}

/** (d) Both servers by hand. */
export function advancedPage(
  view: View,
  settings: Settings,
  {
    complaints = [],
    advice,
    again = false,
  }: { complaints?: readonly Complaint[]; advice?: Complaint | undefined; again?: boolean } = {},
): Page {
  const { t } = view;
  const wrongs = wrongsOf(complaints);
  const form = formOf(
    view,
    'advanced',
    writeState(view.token, 'advanced', {}),
    html`${general(view, complaints)}
${textField(view, wrongs, { name: 'email', label: t.address.label, value: settings.email, type: 'email', autocomplete: 'email', max: 254 })}
${sides.map((side) => sideFields(view, wrongs, side, settings[side]))}
${again ? html`<p class="note">${t.advanced.again}</p>` : ''}
<p class="actions"><button>${t.save}</button><a class="button quiet" href="${at(view)}">${t.cancel}</a></p>`,
  );
  return {
    title: t.advanced.title,
    wrong: wrongs.any,
    body: html`${advice && !wrongs.any ? advised(view, advice) : ''}
<p class="lead">${t.advanced.lead}</p>
${form}`,
  };
}

function sideFields(view: View, wrongs: Wrongs, side: Side, { host, port, ssl, user }: Typed): Html {
  const { advanced } = view.t;
  const whole = wrongs.of(side);
  const legend = side === 'imap' ? advanced.incoming : advanced.outgoing;
  const portHint = advanced.portHint
    .replace('{ssl}', String(usual[side].tls))
    .replace('{starttls}', String(usual[side].starttls));
  // In a row of its own where the two fields stand side by side, else right after its field.
  const below = (name: FieldName) => {
    const wrong = wrongs.of(name);
    return wrong ? complaintText(view, wrong.complaint, `${name}-wrong`) : '';
  };
  return html`<fieldset${whole ? html` aria-describedby="${side}-wrong"` : ''}>
<legend>${legend}</legend>
${whole ? complaintText(view, whole.complaint, `${side}-wrong`, whole.first) : ''}
<div class="pair">
${textField(view, wrongs, { name: `${side}Host`, label: side === 'imap' ? advanced.incomingServer : advanced.outgoingServer, value: host, mode: 'url', max: 253, wrongBelow: true })}
${below(`${side}Host`)}
${textField(view, wrongs, { name: `${side}Port`, label: advanced.port, value: port, mode: 'numeric', max: 5, required: false, described: `${side}Port-hint`, wrongBelow: true })}
${below(`${side}Port`)}
</div>
<p class="hint" id="${side}Port-hint">${portHint}</p>
${tickBox(view, wrongs, { name: `${side}Ssl`, label: advanced.ssl, ticked: ssl, hint: advanced.sslHint })}
${textField(view, wrongs, { name: `${side}User`, label: advanced.user, value: user, autocomplete: 'username' })}
${textField(view, wrongs, { name: `${side}Password`, label: advanced.password, type: 'password', autocomplete: 'current-password', max: 1_000 })}
</fieldset>`;
}

type Order = Pick<ConnectPayload, 'email' | 'imap' | 'smtp' | 'credentials'>;

/** Read what was posted: the servers and secrets of an order, or everything that is wrong with it. */
export function readAdvanced(
  { t }: View,
  field: (name: string) => string,
  pop3: Complaint,
): { settings: Settings; order?: Order; complaints: Complaint[] } {
  const complaints: Complaint[] = [];
  const { email: address, imap: server } = connectPayload.shape;
  const email = field('email').trim();
  if (!address.safeParse(email).success)
    complaints.push({ at: 'email', text: email ? t.address.invalid : t.missing.email });
  const { host, username } = server.unwrap().shape;
  const read = (side: Side) => {
    const typed: Typed = {
      host: field(`${side}Host`).trim(),
      port: field(`${side}Port`).trim(),
      ssl: field(`${side}Ssl`) === 'on',
      user: field(`${side}User`).trim(),
    };
    const password = field(`${side}Password`);
    const security = typed.ssl ? ('tls' as const) : ('starttls' as const);
    const port = typed.port === '' ? usual[side][security] : Number(typed.port);
    if (!host.safeParse(typed.host).success) complaints.push({ at: `${side}Host`, text: t.missing.host });
    if (!/^\d{0,5}$/.test(typed.port) || port < 1 || port > 65_535) {
      complaints.push({ at: `${side}Port`, text: t.missing.port });
    } else if (side === 'imap' && pop3Ports.has(port)) {
      complaints.push({ ...pop3, at: 'imapPort' });
    }
    if (!username.safeParse(typed.user).success) complaints.push({ at: `${side}User`, text: t.missing.user });
    if (!isPassword(password)) complaints.push({ at: `${side}Password`, text: t.missing.password });
    return { typed, password, server: { host: typed.host, port, security, username: typed.user } };
  };
  const imap = read('imap');
  const smtp = read('smtp');
  const settings = { email, imap: imap.typed, smtp: smtp.typed };
  if (complaints.length > 0) return { settings, complaints };
  // One password for both is one secret: after a refusal by IMAP it is not tried at SMTP, where it would count again.
  const own = imap.password !== smtp.password;
  return {
    settings,
    complaints,
    order: {
      email,
      credentials: { kind: 'password', password: imap.password },
      imap: imap.server,
      smtp: own ? { ...smtp.server, password: smtp.password } : smtp.server,
    },
  };
}
