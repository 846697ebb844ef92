import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { html, raw } from 'hono/html';
import { frameAncestors } from '../frame-ancestors.ts';
import { fill, type Locale, type Notice, type SetupTexts, setupTexts } from './texts/texts.ts';

export type Html = ReturnType<typeof html>;

/** Whom a page is for: the way back to its link, the language, and where the CRM wants its user again. */
export type View = {
  token: string;
  locale: Locale;
  t: SetupTexts;
  returnUrl: string | null;
  frameOrigins: readonly string[];
  /** What its users call the CRM; empty where it gave no name. */
  crm: string;
};

/** A page before it has a frame round it. */
export type Page = {
  /** Its heading. The browser's title begins with it, so that it tells how things stand. */
  title: string;
  body: Html;
  /** Something on it has to be corrected. */
  wrong?: boolean;
  status?: 200 | 400 | 403 | 404 | 410 | 429 | 500 | 503;
  /** It changes by itself: by our one script where there is one, else by loading again. */
  live?: { everySeconds: number };
};

// Comments are for whoever reads the file; the browser gets the rest in the page itself, so that first paint needs one
// request. Its hash in the policy allows it, and nothing that anybody else might slip in.
const style = readFileSync(new URL('../pages.css', import.meta.url), 'utf8').replace(/\/\*.*?\*\/\s*/gs, '');
const styleHash = createHash('sha256').update(style).digest('base64');
const styleElement = raw(`<style>${style}</style>`);

/** The words for someone of a language. */
export const viewOf = (locale: Locale, rest: Partial<Omit<View, 'locale' | 't'>> = {}): View => ({
  token: '',
  returnUrl: null,
  frameOrigins: [],
  crm: '',
  ...rest,
  locale,
  t: setupTexts[locale],
});

/** A page as the answer to a request. */
export function answerPage(view: View, page: Page): Response {
  return new Response(String(document(view, page)), {
    status: page.status ?? 200,
    headers: {
      'content-type': 'text/html; charset=utf-8',
      'content-language': view.locale,
      'content-security-policy': policy(view, page),
      'cache-control': 'no-store',
      'referrer-policy': 'no-referrer',
      'x-robots-tag': 'noindex, nofollow',
    },
  });
}

function policy({ frameOrigins }: View, { live }: Page): string {
  return [
    "default-src 'none'",
    `style-src 'sha256-${styleHash}'`,
    'img-src data:',
    ...(live ? ["script-src 'self'", "connect-src 'self'"] : []),
    "form-action 'self'",
    "base-uri 'none'",
    frameAncestors(frameOrigins, { self: true }),
  ].join('; ');
}

function document({ locale, t, crm }: View, { title, body, wrong, live }: Page): Html {
  return html`<!doctype html>
<html lang="${locale}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex, nofollow">
<title>${wrong ? `${t.error}: ` : ''}${title} – Postbud</title>
<link rel="icon" href="data:,">
${styleElement}
${
  live
    ? html`<noscript><meta http-equiv="refresh" content="${live.everySeconds}"></noscript>
<script src="/assets/setup.js" defer></script>`
    : ''
}
</head>
<body class="dialog">
<main>
${crm ? html`<p class="crm">${crm}</p>` : ''}
<h1>${title}</h1>
${body}
</main>
</body>
</html>`;
}

/** Where a link of this dialog leads. */
export const at = ({ token }: View, rest = '') => `/setup/${token}${rest}`;

/** Text with one part of it set apart; the part is a value, and escaped like every value. */
export function strongly(text: string, name: string, value: string): Html {
  const [before = '', ...after] = text.split(`{${name}}`);
  return html`${before}${after.map((part) => html`<strong>${value}</strong>${part}`)}`;
}

/** A page that says one thing and offers a way on. */
export function noticePage(
  view: View,
  notice: Notice,
  options: { status?: Page['status']; values?: Record<string, string>; retry?: boolean; wrong?: boolean } = {},
): Page {
  const { status, values = {}, retry = false, wrong = false } = options;
  return {
    title: notice.title,
    wrong,
    ...(status && { status }),
    body: html`<p>${fill(notice.text, values)}</p>
${retry || view.returnUrl ? html`<p class="actions">${retry ? html`<a class="button" href="${at(view)}">${view.t.startAgain}</a>` : ''}${wayBack(view)}</p>` : ''}`,
  };
}

/** Back to where the CRM wants its user, out of any frame. */
export function wayBack({ returnUrl, t }: View, outcome: Record<string, string> = {}): Html | string {
  if (returnUrl === null) return '';
  const url = new URL(returnUrl);
  for (const [name, value] of Object.entries(outcome)) url.searchParams.set(name, value);
  return html`<a class="${outcome.outcome ? 'button' : 'button quiet'}" href="${url.href}" target="_top">${t.backToCrm}</a>`;
}
