import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { html, raw } from 'hono/html';
import type { Stopped } from '../accounts/authorize.ts';
import type { OAuthAttempt } from '../db/tables.ts';
import type { Locale } from '../words.ts';
import { type OAuthTexts, oauthTexts } from './oauth-texts.ts';

type Html = ReturnType<typeof html>;
type Shown = { locale: Locale; heading: string; body: Html; status?: number };

const style = readFileSync(new URL('./pages.css', import.meta.url), 'utf8').replace(/\/\*.*?\*\/\s*/gs, '');
/**
 * No form-action: browsers hold it against every hop of the way that begins with the form, and that leads over hosts of
 * the provider that nobody can list. No frame: whoever frames a button can make somebody press it.
 */
const policy = [
  "default-src 'none'",
  `style-src 'sha256-${createHash('sha256').update(style).digest('base64')}'`,
  'img-src data:',
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ');

function answer({ locale, heading, body, status = 200 }: Shown): Response {
  const page = html`<!doctype html>
<html lang="${locale}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${heading} – Postbud</title>
<link rel="icon" href="data:,">
${raw(`<style>${style}</style>`)}
</head>
<body class="dialog">
<main>
<h1>${heading}</h1>
${body}
</main>
</body>
</html>`;
  const headers = {
    'content-type': 'text/html; charset=utf-8',
    'content-language': locale,
    'content-security-policy': policy,
    'cache-control': 'no-store',
    // Our own form says where it comes from; everybody else learns nothing.
    'referrer-policy': 'same-origin',
    'x-robots-tag': 'noindex, nofollow',
  };
  return new Response(String(page), { status, headers });
}

type About = Pick<OAuthAttempt, 'id' | 'email' | 'provider' | 'locale'>;

const textsOf = (locale: string): { locale: Locale; t: OAuthTexts } => {
  const known = (locale in oauthTexts ? locale : 'en') as Locale;
  return { locale: known, t: oauthTexts[known] };
};

const names: Readonly<Record<string, string>> = { google: 'Google', microsoft: 'Microsoft', yahoo: 'Yahoo' };
const nameOf = (provider: string) => names[provider] ?? provider.charAt(0).toUpperCase() + provider.slice(1);

/** Names who asks for which mailbox, and leads on. */
export function startPage(attempt: About, crm: string): Response {
  const { locale, t } = textsOf(attempt.locale);
  const provider = nameOf(attempt.provider);
  return answer({
    locale,
    heading: t.title,
    body: html`<p>${filled(t.wants, { crm, email: attempt.email })}</p>
<p>${filled(t.next, { provider })}</p>
<form method="post" action="/oauth/start/${attempt.id}">
<p class="actions"><button type="submit">${t.go.replace('{provider}', provider)}</button></p>
</form>`,
  });
}

/** Somebody else logged in than was asked for: is that right? */
export function confirmPage(attempt: About, identity: readonly string[]): Response {
  const { locale, t } = textsOf(attempt.locale);
  const values = { identity: identity[0] ?? '', email: attempt.email, provider: nameOf(attempt.provider) };
  return answer({
    locale,
    heading: t.otherTitle,
    body: html`<p>${filled(identity.length > 0 ? t.other : t.otherUnknown, values)}</p>
<form method="post" action="/oauth/confirm/${attempt.id}">
<p class="actions"><button type="submit" name="answer" value="yes">${t.otherYes}</button>
<button class="button quiet" type="submit" name="answer" value="no">${t.otherNo}</button></p>
</form>`,
  });
}

/** How it ended, for whom there is no way back to. */
export function outcomePage(locale: string, outcome: 'connected' | 'connecting' | 'failed', words = ''): Response {
  const { t, ...known } = textsOf(locale);
  const body = html`${words === '' ? '' : html`<p>${words}</p>`}<p>${t.close}</p>`;
  return answer({ ...known, heading: t[outcome], body });
}

const statusOf: Readonly<Record<Stopped | 'stale', number>> = {
  expired: 410,
  superseded: 409,
  used: 409,
  'other-browser': 403,
  unknown: 404,
  stale: 403,
};

/** Why it goes no further. */
export function stoppedPage(locale: string, stopped: Stopped | 'stale'): Response {
  const { t, ...known } = textsOf(locale);
  const text = t[stopped === 'other-browser' ? 'browser' : stopped];
  // Whoever loads a page again after it went well reads here that it is over, and not that it failed.
  const heading = stopped === 'used' ? t.over : t.failed;
  return answer({ ...known, heading, body: html`<p>${text}</p>`, status: statusOf[stopped] });
}

/** Values stand out, and are escaped like every value. */
function filled(text: string, values: Record<string, string>): Html {
  const parts = text.split(/\{(\w+)\}/);
  return html`${parts.map((part, index) => (index % 2 === 1 ? html`<strong>${values[part] ?? ''}</strong>` : part))}`;
}
