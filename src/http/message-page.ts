import { html, raw } from 'hono/html';
import { frameAncestors } from './frame-ancestors.ts';

const style =
  'body{margin:12px;font:15px/1.5 system-ui,sans-serif;color:#1c1c1c;background:#fff;overflow-wrap:anywhere}' +
  'img{max-width:100%;height:auto}pre{white-space:pre-wrap;font:inherit}blockquote{border-left:2px solid #ccc;margin:0 0 0 8px;padding-left:10px}';

/**
 * What the page of a message may do: show itself. It runs nothing, sends nothing and loads nothing, but images from
 * elsewhere where they were asked for. `sandbox` takes its origin away, wherever it is framed.
 */
export function pagePolicy({ remoteImages, frameOrigins }: { remoteImages: boolean; frameOrigins: string[] }): string {
  return [
    "default-src 'none'",
    "style-src 'unsafe-inline'",
    `img-src data:${remoteImages ? ' https: http:' : ''}`,
    "base-uri 'none'",
    "form-action 'none'",
    frameAncestors(frameOrigins, { self: false }),
    'sandbox allow-popups allow-popups-to-escape-sandbox',
  ].join('; ');
}

/** A message's body as a page: its cleaned HTML, else its text. */
export function messagePage(body: { subject: string; html: string | null; text: string | null }) {
  const content = body.html === null ? html`<pre>${body.text ?? ''}</pre>` : html`${raw(body.html)}`;
  return html`<!doctype html>
<html><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer"><title>${body.subject}</title><style>${raw(style)}</style></head>
<body>${content}</body></html>`;
}
