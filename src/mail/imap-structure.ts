import type { MessageStructureObject } from 'imapflow';
import { type TextPart, tidy } from './preview.ts';

/** An attachment by its name; the bytes stay on the server. */
export type Attachment = { name: string; contentType: string; size: number };

/** The part of a message that a person reads first, and where it is. */
export interface ReadablePart extends TextPart {
  /** Its number for BODY[…]. */
  part: string;
  size: number;
  /** How many multiparts stand around it inside of part 1; -1 when it does not begin part 1. */
  depthInFirst: number;
}

const mostAttachments = 100;
/** ImapFlow nests no deeper either; a message may nest as deep as its sender likes. */
const deepest = 20;

/** The attachments of a message: what is marked as one, or has a name, or is no part of the text. */
export function attachmentsOf(structure: MessageStructureObject | undefined): Attachment[] {
  const found: Attachment[] = [];
  for (const node of leaves(structure)) {
    if (found.length === mostAttachments) break;
    const name = node.dispositionParameters?.filename ?? node.parameters?.name ?? '';
    const isText = node.type === 'text/plain' || node.type === 'text/html';
    const inText = node.disposition === 'inline' && node.id !== undefined && node.type.startsWith('image/');
    if (node.disposition !== 'attachment' && (inText || (isText && name === ''))) continue;
    found.push({
      name: tidy(String(name), 255),
      contentType: tidy(node.type, 127),
      size: Math.min(decodedSize(node), 2 ** 31 - 1),
    });
  }
  return found;
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
