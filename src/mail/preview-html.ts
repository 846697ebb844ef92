/** Elements whose content is no text of the message. */
const silent = new Set(['head', 'style', 'script', 'title', 'template', 'noscript', 'svg']);
/** Elements that do not part two words. */
const inline =
  /^(?:a|abbr|acronym|b|bdi|bdo|big|cite|code|del|em|font|i|ins|kbd|mark|q|s|small|span|strike|strong|sub|sup|tt|u|wbr)$/;

/**
 * The words of an HTML text that may be cut anywhere. One walk from left to right without looking back: a hostile
 * message takes no longer than an honest one of its size.
 */
export function textOfHtml(html: string): string {
  const lower = html.toLowerCase();
  let text = '';
  for (let at = 0; at < html.length; ) {
    const open = html.indexOf('<', at);
    text += entities(html.slice(at, open < 0 ? html.length : open));
    if (open < 0) break;
    const next = skip(lower, open);
    if (next.parts) text += ' ';
    if (next.literal) text += '<';
    at = next.at;
  }
  return text;
}

/** Where the text goes on after the tag, comment or silent element that begins at `open`. */
export function skip(lower: string, open: number): { at: number; parts: boolean; literal?: boolean } {
  const end = lower.length;
  const after = (close: string, from: number) => {
    const found = lower.indexOf(close, from);
    return found < 0 ? end : found + close.length;
  };
  if (lower.startsWith('<!--', open)) return { at: after('-->', open + 4), parts: false };
  const name = /^<(\/?)([a-z][a-z0-9:-]*)/.exec(lower.slice(open, open + 32));
  if (!name) {
    // "1 < 2" is text; a doctype or a processing instruction is not.
    if (/[!?/]/.test(lower[open + 1] ?? '')) return { at: after('>', open + 1), parts: false };
    return { at: open + 1, parts: false, literal: true };
  }
  const [, closing, tag] = name;
  const tagEnd = after('>', open + 1);
  if (!closing && silent.has(tag!)) return { at: after('>', after(`</${tag}`, tagEnd) - 1), parts: true };
  return { at: tagEnd, parts: !inline.test(tag!) };
}

const named: Record<string, string> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
  nbsp: ' ',
  shy: '',
  zwnj: '',
  zwj: '',
  ensp: ' ',
  emsp: ' ',
  thinsp: ' ',
  aelig: 'æ',
  AElig: 'Æ',
  oslash: 'ø',
  Oslash: 'Ø',
  aring: 'å',
  Aring: 'Å',
  auml: 'ä',
  Auml: 'Ä',
  ouml: 'ö',
  Ouml: 'Ö',
  uuml: 'ü',
  Uuml: 'Ü',
  szlig: 'ß',
  eacute: 'é',
  Eacute: 'É',
  egrave: 'è',
  ecirc: 'ê',
  euml: 'ë',
  agrave: 'à',
  aacute: 'á',
  acirc: 'â',
  ccedil: 'ç',
  iacute: 'í',
  iuml: 'ï',
  ntilde: 'ñ',
  oacute: 'ó',
  ocirc: 'ô',
  uacute: 'ú',
  copy: '©',
  reg: '®',
  trade: '™',
  euro: '€',
  pound: '£',
  sect: '§',
  deg: '°',
  middot: '·',
  bull: '•',
  hellip: '…',
  ndash: '–',
  mdash: '—',
  lsquo: '‘',
  rsquo: '’',
  sbquo: '‚',
  ldquo: '“',
  rdquo: '”',
  bdquo: '„',
  laquo: '«',
  raquo: '»',
  times: '×',
  frac12: '½',
  rarr: '→',
  larr: '←',
}; // prettier-ignore

/** Entities as the letters that they stand for. */
export function entities(text: string): string {
  if (!text.includes('&')) return text;
  return text.replace(/&(?:#(\d{1,7})|#x([\da-f]{1,6})|([a-z][a-z0-9]{1,30}));?/gi, (whole, decimal, hex, name) => {
    if (name !== undefined) return Object.hasOwn(named, name) ? named[name]! : whole;
    const point = decimal === undefined ? Number.parseInt(hex, 16) : Number(decimal);
    return point > 0 && point <= 0x10ffff ? String.fromCodePoint(point) : ' ';
  });
}
