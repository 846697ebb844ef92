import sanitizeHtml, { type Attributes } from 'sanitize-html';
import { safeStyle } from './style.ts';

/** How a mail's HTML is to be shown. `cids`: where the images are that came with it, by their content ids. */
export type CleanOptions = { remoteImages: boolean; cids: Record<string, string> };
export type Cleaned = { html: string; remoteImages: number };

/** Cut here; what follows is seen by nobody. */
const mostCharacters = 5 * 2 ** 20;
/** A browser stops at a few hundred, too. */
const deepest = 100;

const layout = ['align', 'valign', 'width', 'height', 'bgcolor', 'dir', 'lang', 'style', 'title'];
const tags =
  'a abbr address article b bdi bdo big blockquote br caption center cite code col colgroup dd del dfn div dl dt em figcaption figure font footer h1 h2 h3 h4 h5 h6 header hr i img ins kbd li main mark ol p pre q s samp section small span strike strong sub sup table tbody td tfoot th thead time tr tt u ul var wbr';

/**
 * HTML of a stranger as it may be shown: text, its layout, links and pictures. No script, form, frame, or style sheet;
 * nothing is loaded from elsewhere unless remote images were asked for; links open apart and tell nobody where they were.
 */
export function cleanHtml(dirty: string, { remoteImages, cids }: CleanOptions): Cleaned {
  let remote = 0;

  function image(attribs: Attributes): Attributes {
    const { src = '', srcset: _, ...rest } = attribs;
    const url = src.trim();
    const cid = /^cid:(.{1,255})$/is.exec(url)?.[1];
    if (cid !== undefined) {
      const known = cidOf(cid, cids);
      return known === undefined ? rest : { ...rest, src: known };
    }
    if (/^data:image\/(?:png|jpe?g|gif|webp);base64,[a-z0-9+/=\s]*$/i.test(url)) return { ...rest, src: url };
    if (!/^https?:\/\//i.test(url)) return rest;
    remote += 1;
    return remoteImages ? { ...rest, src: url, referrerpolicy: 'no-referrer', loading: 'lazy' } : rest;
  }

  const html = sanitizeHtml(dirty.slice(0, mostCharacters), {
    allowedTags: tags.split(' '),
    allowedAttributes: {
      '*': layout,
      a: ['href', 'rel', 'target'],
      img: ['src', 'alt', 'border', 'hspace', 'vspace', 'referrerpolicy', 'loading'],
      table: ['border', 'cellpadding', 'cellspacing'],
      td: ['colspan', 'rowspan', 'nowrap'],
      th: ['colspan', 'rowspan', 'nowrap', 'scope'],
      col: ['span'],
      ol: ['start', 'type'],
      font: ['color', 'face', 'size'],
      time: ['datetime'],
    },
    allowedSchemes: ['http', 'https', 'mailto', 'tel'],
    // An image's address is made above, or is one of ours.
    allowedSchemesByTag: { img: ['http', 'https', 'data'] },
    allowProtocolRelative: false,
    // Styles are judged by their text: parsing each of a hundred thousand would take longer than all the rest.
    parseStyleAttributes: false,
    nonTextTags: [
      'script',
      'style',
      'textarea',
      'option',
      'noscript',
      'title',
      'template',
      'svg',
      'math',
      'xmp',
      'iframe',
    ],
    nestingLimit: deepest,
    transformTags: {
      '*': (tagName, attribs) => {
        const safe = tagName === 'img' ? image(attribs) : attribs;
        if (safe.style !== undefined) safe.style = safeStyle(safe.style);
        if (safe.style === '') delete safe.style;
        if (tagName === 'a') {
          // Within the page there is nothing to go to: names and ids are not kept.
          if (safe.href === undefined || /^\s*#/.test(safe.href)) delete safe.href;
          else Object.assign(safe, { target: '_blank', rel: 'noopener noreferrer' });
        }
        return { tagName, attribs: safe };
      },
    },
  });
  return { html, remoteImages: remote };
}

function cidOf(cid: string, cids: Record<string, string>): string | undefined {
  let name = cid;
  try {
    name = decodeURIComponent(cid);
  } catch {} // not encoded, so it is the name itself
  return Object.hasOwn(cids, name) ? cids[name] : undefined;
}
