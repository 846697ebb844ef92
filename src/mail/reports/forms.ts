/** Reports that are written for people only, as some servers still send them. */
import { clean, printable } from '../refusals/index.ts';
import type { Failure } from './index.ts';

const address = /[^\s<>()",;:]{1,200}@[^\s<>()",;:]{1,250}/;
const mostFailures = 200;

/** What a text says of a failure: the code in it, and else that it is final. */
export const statusIn = (text: string): string =>
  /\b([245]\.\d{1,3}\.\d{1,3})\b/.exec(text)?.[1] ??
  (/\b4\d\d[ -]/.test(text) && !/\b5\d\d[ -]/.test(text) ? '4.0.0' : '5.0.0');

const failureOf = (recipient: string, words: string): Failure => {
  const diagnostic = clean(words);
  return { recipient: printable(recipient).toLowerCase(), status: statusIn(diagnostic), diagnostic };
};

/**
 * qmail (QSBMF): "Hi. This is the qmail-send program", then a paragraph for each recipient that begins with its address
 * and a colon, and the mail after a line of dashes.
 */
function qmail(text: string): Failure[] {
  if (!/^\s*Hi\. This is the\b/.test(text)) return [];
  const [told = ''] = text.split(/^--- (?:Below this line|Enclosed)/m);
  return told.split(/\r?\n\s*\r?\n/).flatMap((paragraph) => {
    const found = new RegExp(`^\\s*<(${address.source})>:\\s*([\\s\\S]*)$`).exec(paragraph);
    return found ? [failureOf(found[1]!, found[2]!)] : [];
  });
}

/** Exim: "could not be delivered to one or more of its recipients", then each address, and what was said indented below. */
function exim(text: string, failed: string | undefined): Failure[] {
  if (!/message was created automatically by mail delivery software/i.test(text) && failed === undefined) return [];
  const [told = ''] = text.split(/^---.*(?:copy of|headers|body of)/im);
  const failures: Failure[] = [];
  let recipient = '';
  let words = '';
  const close = () => {
    if (recipient !== '') failures.push(failureOf(recipient, words));
    recipient = words = '';
  };
  for (const line of told.split(/\r?\n/)) {
    const alone = new RegExp(`^ {2}<?(${address.source})>?:?\\s*$`).exec(line);
    if (alone) {
      close();
      recipient = alone[1]!;
    } else if (/^ {3,}\S/.test(line)) words += ` ${line.trim()}`;
    else if (line.trim() !== '') close();
  }
  close();
  if (failures.length > 0) return failures;
  return (failed ?? '').split(',').flatMap((part) => {
    const found = address.exec(part);
    return found ? [failureOf(found[0], told.slice(0, 500))] : [];
  });
}

/** Exchange for people: "did not reach some or all of the intended recipients", a name or address, and `#550 5.1.1 …#`. */
function exchange(text: string): Failure[] {
  if (!/did not reach|could not be reached|couldn't be delivered|wasn't delivered|Delivery has failed/i.test(text))
    return [];
  const recipient = address.exec(text.replace(/(?:from|sender|absender):.*$/gim, ''))?.[0];
  if (recipient === undefined) return [];
  // One sign is a blank, and nothing here may match in two ways: what is between the marks is taken apart afterwards.
  const between = /#([^#]{5,600})#/.exec(text.replace(/\s+/g, ' '))?.[1];
  const said = between?.replace(/^ ?<[^>]{0,300}>/, '').trim() || /\b[45]\d\d [45]\.\d+\.\d+.{0,300}/.exec(text)?.[0];
  return said === undefined ? [] : [failureOf(recipient, said)];
}

/** The failures that a text tells of, whoever wrote it. `failed`: an X-Failed-Recipients header (Exim, Gmail). */
export function failuresInText(text: string, failed: string | undefined): Failure[] {
  const all = [qmail, (one: string) => exim(one, failed), exchange];
  for (const read of all) {
    const found = read(text);
    if (found.length > 0) return found.slice(0, mostFailures);
  }
  return [];
}
