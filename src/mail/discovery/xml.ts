/** An element: its own text without that of its children, whose order is kept. */
export type Element = { name: string; attributes: Readonly<Record<string, string>>; children: Element[]; text: string };

/** A configuration file needs some 40 elements and 4 levels; what needs far more is no configuration. */
const limits = { depth: 16, elements: 1_000, attributes: 16 };

const named: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" };
const opening = /<([A-Za-z_][\w.:-]*)((?:\s+[A-Za-z_][\w.:-]*\s*=\s*(?:"[^"<]*"|'[^'<]*'))*)\s*(\/?)>/y;
const closing = /<\/([A-Za-z_][\w.:-]*)\s*>/y;
const attribute = /([A-Za-z_][\w.:-]*)\s*=\s*(?:"([^"<]*)"|'([^'<]*)')/g;

/**
 * Read a small XML document. It knows no document types and no entities but the five of XML and numbers, so there is
 * nothing to expand and nothing to fetch; a reference to anything else stays as it is written.
 * @throws {Error} when this is no well-formed document, has a document type, or is too large to be a configuration.
 */
export function readXml(source: string): Element {
  const root: Element = { name: '', attributes: {}, children: [], text: '' };
  const open: Element[] = [root];
  let at = source.charCodeAt(0) === 0xfeff ? 1 : 0;
  let count = 0;

  const skipPast = (end: string, from: number) => {
    const found = source.indexOf(end, from);
    if (found < 0) throw new Error(`no ${end}`);
    return found + end.length;
  };
  const matchAt = (pattern: RegExp) => {
    pattern.lastIndex = at;
    return pattern.exec(source);
  };
  while (at < source.length) {
    const parent = open.at(-1)!;
    const tag = source.indexOf('<', at);
    const text = source.slice(at, tag < 0 ? source.length : tag);
    if (open.length === 1 && text.trim() !== '') throw new Error('text outside of the root element');
    parent.text += decode(text);
    if (tag < 0) break;
    at = tag;
    if (source.startsWith('<!--', at)) at = skipPast('-->', at + 4);
    else if (source.startsWith('<![CDATA[', at) && open.length > 1) {
      const end = skipPast(']]>', at);
      parent.text += source.slice(at + 9, end - 3);
      at = end;
    } else if (source.startsWith('<!', at)) throw new Error('a document type is not read');
    else if (source.startsWith('<?', at)) at = skipPast('?>', at);
    else if (source.startsWith('</', at)) {
      const match = matchAt(closing);
      if (!match || open.length === 1 || match[1] !== parent.name) throw new Error('a wrong closing tag');
      open.pop();
      at = closing.lastIndex;
    } else {
      const match = matchAt(opening);
      if (!match) throw new Error('not a tag');
      if (open.length === 1 && root.children.length > 0) throw new Error('two root elements');
      if (++count > limits.elements || open.length > limits.depth) throw new Error('too many elements');
      const element: Element = { name: match[1]!, attributes: attributesIn(match[2]!), children: [], text: '' };
      parent.children.push(element);
      if (match[3] === '') open.push(element);
      at = opening.lastIndex;
    }
  }
  if (open.length > 1 || root.children.length === 0) throw new Error('the document is cut off');
  return root.children[0]!;
}

function attributesIn(text: string): Record<string, string> {
  const found = [...text.matchAll(attribute)];
  if (found.length > limits.attributes) throw new Error('too many attributes');
  return Object.fromEntries(found.map(([, name, double, single]) => [name!, decode(double ?? single ?? '')]));
}

function decode(text: string): string {
  return text.replace(/&(?:#(\d{1,7})|#x([0-9a-f]{1,6})|([a-z]{2,4}));/gi, (whole, decimal, hex, name) => {
    if (name !== undefined) return named[name] ?? whole;
    const code = decimal === undefined ? Number.parseInt(hex, 16) : Number(decimal);
    return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : whole;
  });
}

/** The first child of a name. */
export const childOf = (element: Element | undefined, name: string): Element | undefined =>
  element?.children.find((child) => child.name === name);
/** All children of a name. */
export const childrenOf = (element: Element, name: string): Element[] =>
  element.children.filter((child) => child.name === name);
