import { entities, skip } from './preview-html.ts';

/** A text that is longer than any mail needs is not made from a page that a program wrote. */
const mostLength = 500_000;
const mostLinkLength = 2_000;

/**
 * The plain text of a mail that was written in HTML, for readers that show no HTML: paragraphs, lists, and links with
 * their addresses. One walk from left to right, as for previews: no page makes it slow.
 */
export function plainTextOf(html: string): string {
  const lower = html.toLowerCase();
  const out = createLines();
  const links: { href: string; from: number }[] = [];
  let pre = 0;
  for (let at = 0; at < html.length && out.length() < mostLength; ) {
    const open = html.indexOf('<', at);
    const text = entities(html.slice(at, open < 0 ? html.length : open));
    if (pre > 0) out.verbatim(text);
    else out.words(text);
    if (open < 0) break;
    const next = skip(lower, open);
    if (next.literal) out.words('<');
    const [, closing, tag = ''] = /^<(\/?)([a-z][a-z0-9]{0,15})/.exec(lower.slice(open, open + 20)) ?? [];
    if (tag === 'pre') pre = Math.max(0, pre + (closing ? -1 : 1));
    if (tag === 'a') {
      if (closing) endLink(links.pop());
      else links.push({ href: attribute(html.slice(open, next.at), 'href'), from: out.length() });
    } else mark(tag, Boolean(closing), html.slice(open, next.at));
    at = next.at;
  }
  return out.text();

  function mark(tag: string, closing: boolean, whole: string) {
    if (tag === 'br') out.lineEnd();
    else if (tag === 'hr') out.rule();
    else if (tag === 'li') closing ? out.lines(1) : out.item();
    else if (tag === 'img') out.words(attribute(whole, 'alt'));
    else if (/^(?:p|h[1-6]|blockquote|pre|ul|ol|table)$/.test(tag)) out.lines(2);
    else if (/^(?:div|tr|section|article|header|footer|dt|dd|address)$/.test(tag)) out.lines(1);
    else if (/^t[dh]$/.test(tag)) out.words(' ');
  }

  /** The address of a link follows its words, where those do not say it themselves. */
  function endLink(link: { href: string; from: number } | undefined) {
    const href = link?.href.replace(/^mailto:/i, '').trim() ?? '';
    if (!link || href === '' || href.length > mostLinkLength || !/^(?:https?|mailto):/i.test(link.href.trim())) return;
    const said = out.since(link.from).trim();
    if (said.replace(/\/$/, '') !== href.replace(/\/$/, '')) out.words(said === '' ? href : ` <${href}>`);
  }
}

/** Lines as they grow: white space is one blank, and blocks stand apart. */
function createLines() {
  let text = '';
  /** Line ends, or a blank, that are due before the next word. */
  let ends = 0;
  let blank = false;
  const put = (words: string) => {
    if (ends > 0 && text !== '') text += '\n'.repeat(ends);
    else if (blank && text !== '' && !text.endsWith('\n')) text += ' ';
    ends = 0;
    blank = false;
    text += words;
  };
  return {
    words(raw: string) {
      const words = raw.replace(/[\s\u00a0]+/g, ' ');
      if (words === '' || words === ' ') blank ||= words === ' ';
      else {
        blank ||= words.startsWith(' ');
        put(words.trim());
        blank = words.endsWith(' ');
      }
    },
    verbatim(raw: string) {
      if (raw !== '') put(raw.replace(/\r\n?/g, '\n'));
    },
    lines(wanted: number) {
      ends = Math.max(ends, wanted);
    },
    lineEnd() {
      ends = Math.min(ends + 1, 2);
    },
    item() {
      ends = Math.max(ends, 1);
      put('- ');
    },
    rule() {
      ends = Math.max(ends, 1);
      put('----------');
      ends = 1;
    },
    since: (from: number) => text.slice(from),
    length: () => text.length,
    text: () => text.trim(),
  };
}

function attribute(tag: string, name: string): string {
  const found = new RegExp(`\\s${name}\\s*=\\s*(?:"([^"]*)"|'([^']*)'|([^\\s>]+))`, 'i').exec(tag.slice(0, 5_000));
  return entities(found?.[1] ?? found?.[2] ?? found?.[3] ?? '');
}
