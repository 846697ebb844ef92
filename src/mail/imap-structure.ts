import { paramIn } from './imap-params.ts';
import { listIn, numberIn, type Token, textIn } from './imap-tokens.ts';
import { type TextPart, tidy } from './preview.ts';

/** An attachment by its name; `part` is its number for BODY[…], by which its bytes are fetched. */
export type Attachment = { name: string; contentType: string; size: number; part: string; cid?: string };

/** A part that people read: enough to fetch and decode it. `size` is in octets as it stands on the server, still encoded. */
export type MessagePart = {
  part: string;
  type: string;
  encoding: string;
  charset?: string;
  size: number;
  disposition?: string;
  name?: string;
  cid?: string;
};

/** The part of a message that a person reads first, and where it is. */
export interface ReadablePart extends TextPart {
  /** Its number for BODY[…]. */
  part: string;
  size: number;
  /** How many multiparts stand around it inside of part 1; -1 when it does not begin part 1. */
  depthInFirst: number;
}

/** What a message is made of. */
export type Structure = {
  attachments: Attachment[];
  textParts: MessagePart[];
  marks: string[];
  readable?: ReadablePart;
};

/** A part without parts of its own. A forwarded message is one: its insides are not this message's text. */
type Leaf = {
  part: string;
  type: string;
  params: Token[];
  id: string;
  encoding: string;
  size: number;
  disposition: string;
  dispositionParams: Token[];
};

const most = { attachments: 100, textParts: 50, leaves: 1_000 };
const mostBytes = 2 ** 31 - 1;
/** More multiparts around each other than any program writes; a message may nest as deep as its sender likes. */
const deepest = 100;

/** Read a BODYSTRUCTURE. */
export function structureOf(token: Token | undefined): Structure {
  const leaves: Leaf[] = [];
  const marks = new Set<string>();
  const structure: Structure = { attachments: [], textParts: [], marks: [] };
  if (Array.isArray(token)) walk(token, '', 0, { leaves, marks });
  if (leaves.length >= most.leaves) marks.add('cut');
  for (const leaf of leaves) {
    const name = nameOf(leaf);
    if (isAttachment(leaf, name)) {
      if (structure.attachments.length === most.attachments) marks.add('cut');
      else structure.attachments.push(attachmentOf(leaf, name));
    } else if (leaf.type === 'text/plain' || leaf.type === 'text/html') {
      if (structure.textParts.length < most.textParts) structure.textParts.push(textPartOf(leaf));
    }
    const mark = markOf(leaf, name);
    if (mark) marks.add(mark);
  }
  const readable = readablePart(leaves);
  return { ...structure, marks: [...marks], ...(readable && { readable }) };
}

/** Collect the leaves in reading order, and what the multiparts around them say. */
function walk(node: Token[], path: string, depth: number, found: { leaves: Leaf[]; marks: Set<string> }) {
  if (depth > deepest || found.leaves.length >= most.leaves) return;
  if (!Array.isArray(node[0])) {
    found.leaves.push(leafOf(node, path === '' ? '1' : path));
    return;
  }
  let at = 0;
  for (; Array.isArray(node[at]); at++) {
    walk(node[at] as Token[], path === '' ? `${at + 1}` : `${path}.${at + 1}`, depth + 1, found);
  }
  const subtype = textIn(node[at]).toLowerCase();
  if (subtype === 'signed' || subtype === 'encrypted' || subtype === 'report') found.marks.add(subtype);
}

function leafOf(node: Token[], part: string): Leaf {
  const [main, sub, params, id, , encoding, size] = node;
  const type = `${textIn(main)}/${textIn(sub)}`.toLowerCase();
  const disposition = dispositionIn(node, type);
  return {
    part,
    type,
    params: listIn(params),
    id: textIn(id),
    encoding: textIn(encoding).trim().toLowerCase(),
    size: numberIn(size, mostBytes) ?? 0,
    disposition: textIn(disposition[0]).toLowerCase(),
    dispositionParams: listIn(disposition[1]),
  };
}

/** Some servers leave out the count of lines, and all that follows stands one place earlier. */
function dispositionIn(node: Token[], type: string): Token[] {
  const place = type.startsWith('text/') ? 9 : type === 'message/rfc822' || type === 'message/global' ? 11 : 8;
  for (const candidate of [node[place], node[place - 1]]) {
    if (!Array.isArray(candidate) || Array.isArray(candidate[0]) || candidate[0] === null) continue;
    if (candidate.length === 2 && (candidate[1] === null || Array.isArray(candidate[1]))) return candidate;
  }
  return [];
}

/** What is marked as an attachment, or has a name, or is no part of the text. */
function isAttachment({ type, disposition, id }: Leaf, name: string): boolean {
  if (disposition === 'attachment') return true;
  if (type === 'text/plain' || type === 'text/html') return name !== '';
  return !(disposition === 'inline' && id !== '' && type.startsWith('image/'));
}

function nameOf({ params, dispositionParams }: Leaf): string {
  const name = dispositionParams.length > 0 ? paramIn(dispositionParams, 'filename') : '';
  return name !== '' || params.length === 0 ? name : paramIn(params, 'name');
}

function attachmentOf(leaf: Leaf, name: string): Attachment {
  const { type, size, encoding, part, id } = leaf;
  // Base64 makes four bytes of three, and a line end of two for every 76.
  const decoded = encoding === 'base64' ? Math.floor((size * 57) / 78) : size;
  return {
    name: tidy(name, 255),
    contentType: tidy(type, 127),
    size: decoded,
    part,
    ...(id !== '' && { cid: tidy(id.replace(/^\s*<|>\s*$/g, ''), 255) }),
  };
}

function textPartOf({ part, type, encoding, params, size }: Leaf): MessagePart {
  const charset = paramIn(params, 'charset');
  return { part, type, encoding: tidy(encoding, 40), ...(charset !== '' && { charset: tidy(charset, 40) }), size };
}

/** S/MIME in one piece, and Outlook's winmail.dat. */
function markOf({ type, params }: Leaf, name: string): string | undefined {
  if (type === 'application/pkcs7-mime' || type === 'application/x-pkcs7-mime') {
    return /^signed/i.test(paramIn(params, 'smime-type')) ? 'signed' : 'encrypted';
  }
  const isTnef = type === 'application/ms-tnef' || type === 'application/vnd.ms-tnef';
  return isTnef || name.toLowerCase() === 'winmail.dat' ? 'tnef' : undefined;
}

/** The text to preview: the first plain text, or the first HTML when there is no plain text worth reading. */
function readablePart(leaves: readonly Leaf[]): ReadablePart | undefined {
  let second: ReadablePart | undefined;
  for (const { part, type, params, encoding, size, disposition } of leaves) {
    if (disposition === 'attachment' || (type !== 'text/plain' && type !== 'text/html')) continue;
    const readable = {
      part,
      size,
      html: type === 'text/html',
      encoding,
      charset: paramIn(params, 'charset'),
      depthInFirst: /^1(\.1)*$/.test(part) ? (part.length - 1) / 2 : -1,
    };
    // Some programs send an empty plain text beside the HTML, of a line end or two.
    if (!readable.html && readable.size > 4) return readable;
    if (!second || (readable.html && !second.html)) second = readable;
  }
  return second;
}
