import type { MessageStructureObject } from 'imapflow';
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

const mostAttachments = 100;
const mostTextParts = 50;
const mostBytes = 2 ** 31 - 1;
/** ImapFlow nests no deeper either; a message may nest as deep as its sender likes. */
const deepest = 20;

/** The attachments of a message: what is marked as one, or has a name, or is no part of the text. */
export function attachmentsOf(structure: MessageStructureObject | undefined): Attachment[] {
  const found: Attachment[] = [];
  for (const node of leaves(structure)) {
    if (found.length === mostAttachments) break;
    if (!isAttachment(node)) continue;
    found.push({
      name: tidy(nameOf(node), 255),
      contentType: tidy(node.type, 127),
      size: Math.min(decodedSize(node), mostBytes),
      part: node.part ?? '1',
      ...(node.id !== undefined && { cid: contentId(node.id) }),
    });
  }
  return found;
}

/** The texts of a message in reading order, plain and HTML beside each other where it has both. */
export function textPartsOf(structure: MessageStructureObject | undefined): MessagePart[] {
  const found: MessagePart[] = [];
  for (const node of leaves(structure)) {
    if (found.length === mostTextParts) break;
    if ((node.type !== 'text/plain' && node.type !== 'text/html') || isAttachment(node)) continue;
    const charset = String(node.parameters?.charset ?? '');
    found.push({
      part: node.part ?? '1',
      type: node.type,
      encoding: tidy(node.encoding ?? '', 40),
      ...(charset !== '' && { charset: tidy(charset, 40) }),
      size: Math.min(node.size ?? 0, mostBytes),
    });
  }
  return found;
}

/** What the structure says about a message: who sees it may want to know before reading. */
export function structureMarks(structure: MessageStructureObject | undefined): string[] {
  const marks = new Set<string>();
  for (const { type, parameters, dispositionParameters } of nodes(structure)) {
    if (type === 'multipart/signed') marks.add('signed');
    if (type === 'multipart/encrypted') marks.add('encrypted');
    if (type === 'multipart/report') marks.add('report');
    if (/^application\/(?:x-)?pkcs7-mime$/.test(type)) {
      marks.add(/signed/i.test(String(parameters?.['smime-type'] ?? '')) ? 'signed' : 'encrypted');
    }
    const name = String(dispositionParameters?.filename ?? parameters?.name ?? '');
    if (/^application\/(?:vnd\.)?ms-tnef$/.test(type) || /^winmail\.dat$/i.test(name)) marks.add('tnef');
  }
  return [...marks];
}

function isAttachment(node: MessageStructureObject): boolean {
  const isText = node.type === 'text/plain' || node.type === 'text/html';
  const inText = node.disposition === 'inline' && node.id !== undefined && node.type.startsWith('image/');
  return node.disposition === 'attachment' || !(inText || (isText && nameOf(node) === ''));
}

function nameOf(node: MessageStructureObject): string {
  return String(node.dispositionParameters?.filename ?? node.parameters?.name ?? '');
}

function contentId(id: string): string {
  return tidy(id.replace(/^\s*<|>\s*$/g, ''), 255);
}

/** The text to preview: the first plain text, or the first HTML when there is no plain text worth reading. */
export function readablePart(structure: MessageStructureObject | undefined): ReadablePart | undefined {
  let second: ReadablePart | undefined;
  for (const node of leaves(structure)) {
    if (node.disposition === 'attachment' || (node.type !== 'text/plain' && node.type !== 'text/html')) continue;
    const part = node.part ?? '1';
    const readable = {
      part,
      size: node.size ?? 0,
      html: node.type === 'text/html',
      encoding: node.encoding ?? '',
      charset: String(node.parameters?.charset ?? ''),
      depthInFirst: /^1(\.1)*$/.test(part) ? part.split('.').length - 1 : -1,
    };
    // Some programs send an empty plain text beside the HTML, of a line end or two.
    if (!readable.html && readable.size > 4) return readable;
    if (!second || (readable.html && !second.html)) second = readable;
  }
  return second;
}

function* nodes(node: MessageStructureObject | undefined, depth = 0): Generator<MessageStructureObject> {
  if (!node || depth > deepest) return;
  yield node;
  if (!node.type.startsWith('multipart/')) return;
  for (const child of node.childNodes ?? []) yield* nodes(child, depth + 1);
}

/** Leaf parts in reading order. A forwarded message is one leaf: its insides are not this message's text. */
function* leaves(node: MessageStructureObject | undefined, depth = 0): Generator<MessageStructureObject> {
  if (!node || depth > deepest) return;
  if (!node.type.startsWith('multipart/') || !node.childNodes) {
    yield node;
    return;
  }
  for (const child of node.childNodes) yield* leaves(child, depth + 1);
}

/** Base64 makes four bytes of three, and a line end of two for every 76. */
function decodedSize({ size = 0, encoding }: MessageStructureObject): number {
  return encoding === 'base64' ? Math.floor((size * 57) / 78) : size;
}
