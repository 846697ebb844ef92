import type { Exec } from './imap-exec.ts';
import { fetchByHalves } from './imap-halves.ts';
import type { FetchedMessage, Read } from './imap-message.ts';
import type { ReadablePart } from './imap-structure.ts';
import { numberIn } from './imap-tokens.ts';
import { previewLength, previewOf } from './preview.ts';

/** The first bytes of part 1 come with the envelope: for most mail that is the text, and no second question is needed. */
export const firstBytes = 2_048;
/** HTML begins with pages of styles. */
const htmlBytes = 32_768;

/** Put the previews in: from what came with the rows, else with one more FETCH for each part number that is needed. */
export async function addPreviews(exec: Exec, reads: readonly Read[]) {
  const missing = new Map<string, { message: FetchedMessage; text: ReadablePart }[]>();
  for (const { message, text, first } of reads) {
    if (!text) continue;
    const found =
      first && text.depthInFirst >= 0 ? contentIn(first.subarray(0, firstBytes), text.depthInFirst) : undefined;
    if (found) message.preview = safely(() => previewOf(found.content, text)) ?? '';
    // Cut before the words began: by the styles of HTML, or by long headers of the parts around it.
    const cut = !found || (!found.whole && message.preview.length < previewLength / 4);
    if (cut) missing.set(text.part, [...(missing.get(text.part) ?? []), { message, text }]);
  }
  for (const [part, wanted] of missing) {
    const texts = new Map(wanted.map((one) => [one.message.uid, one]));
    const maxLength = wanted.some(({ text }) => text.html) ? htmlBytes : firstBytes;
    const here = new Set<number>();
    await fetchByHalves(exec, {
      uids: [...texts.keys()].sort((one, other) => one - other),
      query: `(UID BODY.PEEK[${part}]<0.${maxLength}>)`,
      onRow: ({ items }) => {
        const bytes = items.get(`BODY[${part}]`);
        const one = texts.get(numberIn(items.get('UID')) ?? 0);
        if (one && bytes !== undefined) here.add(one.message.uid);
        if (!Buffer.isBuffer(bytes) || !one) return bytes !== undefined;
        one.message.preview = safely(() => previewOf(bytes.subarray(0, maxLength), one.text)) ?? one.message.preview;
        return true;
      },
      isHere: (uid) => here.has(uid),
      refused: () => {}, // A message without a preview is a message.
    });
  }
}

/**
 * The content of the first leaf in the bytes of part 1. Multiparts around it begin with a boundary line and headers
 * up to an empty line; the same boundary ends the content.
 */
function contentIn(bytes: Buffer, depth: number): { content: Buffer; whole: boolean } | undefined {
  let content = bytes;
  let whole = bytes.length < firstBytes;
  for (let level = 0; level < depth; level++) {
    const head = /(?:^|\n)(--[^\r\n]+)\r?\n(?:[^\r\n]+\r?\n)*\r?\n/.exec(content.toString('latin1'));
    if (!head) return undefined;
    content = content.subarray(head.index + head[0].length);
    const end = content.indexOf(`\n${head[1]!.trimEnd()}`, 0, 'latin1');
    if (end < 0) continue;
    content = content.subarray(0, end);
    whole = true;
  }
  return { content, whole };
}

/** A preview is a nicety: a message that defies it is shown without. */
function safely<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
