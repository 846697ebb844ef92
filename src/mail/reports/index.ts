/** Delivery reports: what came back of a mail, in the forms that servers write. Pure; everything in them is hostile. */

import type { FetchedMessage } from '../imap-message.ts';
import { clean, printable } from '../refusals/index.ts';
import { failuresInText, statusIn } from './forms.ts';
import { headersOf, type Part, partsOf, withoutNul } from './mime.ts';

/**
 * Somebody did not get it. `status` is an enhanced code (RFC 3463). `final`: where it was on its way to by then, when that
 * is another address.
 */
export type Failure = { recipient: string; final?: string; status: string; diagnostic: string };

/**
 * `originals`: Message-IDs that the mail in question may have, the likeliest first. `envelopes`: what its sender called
 * its envelope (RFC 3461 ENVID), which only mail servers ever see.
 */
export type Report = { failures: Failure[]; originals: string[]; envelopes: string[] };

/** Enough for the report and the headers of the mail that it tells of; that mail itself may be large. */
export const mostReportBytes = 256 * 1024;
/** What people are told comes first. */
const mostWords = 64 * 1024;
const mostFailures = 200;
const mostOriginals = 20;

const senders =
  /^(?:mailer-daemon|mail-daemon|postmaster|mdaemon|microsoftexchange[0-9a-f]*|no-?reply-?(?:bounce|mailer)|bounces?)@/i;
const subjects =
  /undeliver|delivery (?:status|failure|has failed)|failure notice|returned mail|mail delivery (?:failed|system)|unzustellbar|ikke leveres|kunne ikke|kan niet worden|onbestelbaar|kunde inte/i;

/** May this be a report? Decided by what is known without its source, so that few messages are read whole. */
export function mayBeReport({ marks, from, subject }: Pick<FetchedMessage, 'marks' | 'from' | 'subject'>): boolean {
  if (marks.includes('report')) return true;
  const address = from[0]?.address ?? '';
  return senders.test(address) || ((address === '' || marks.includes('auto')) && subjects.test(subject));
}

/** Read a report's source, which may be cut. Null when it is none, or tells of no failure (a delay, a receipt). */
export function readReport(source: Buffer): Report | null {
  const text = withoutNul(source.toString('latin1', 0, mostReportBytes));
  const headEnd = text.search(/\r?\n\r?\n/);
  const headers = headersOf(headEnd < 0 ? text : text.slice(0, headEnd));
  const parts = partsOf(text);
  const formal = parts.filter(({ type }) => /^message\/(?:global-)?delivery-status$/.test(type));
  const readable = parts.find(({ type }) => type === 'text/plain') ?? parts.find(({ type }) => type === 'text/html');
  const told = (readable?.text ?? '').slice(0, mostWords);
  const words = readable?.type === 'text/html' ? told.replace(/<[^>]{0,500}>/g, ' ') : told;
  const failures =
    formal.length > 0
      ? formal.flatMap((part) => failuresIn(part))
      : failuresInText(words, headers.get('x-failed-recipients'));
  if (failures.length === 0) return null;
  return {
    failures: unique(failures).slice(0, mostFailures),
    originals: originalsIn(headers, parts, words),
    envelopes: formal.flatMap(({ text }) => headersOf(text).get('original-envelope-id') ?? []).slice(0, mostOriginals),
  };
}

/** RFC 3464: a block for the message, then one for each recipient. */
function failuresIn({ text }: Part): Failure[] {
  return text.split(/\r?\n[ \t]*\r?\n/).flatMap((block) => {
    const fields = headersOf(block);
    const final = addressOf(fields.get('final-recipient'));
    const recipient = addressOf(fields.get('original-recipient')) || final;
    const action = fields.get('action')?.toLowerCase() ?? '';
    if (recipient === '' || !action.startsWith('failed')) return [];
    const diagnostic = clean(afterType(fields.get('diagnostic-code'))).slice(0, 500);
    const given = /^[245]\.\d{1,3}\.\d{1,3}/.exec(fields.get('status') ?? '')?.[0];
    // Exim writes 5.0.0 whatever the other server said.
    const status = given === undefined || given === '5.0.0' ? statusIn(diagnostic) : given;
    return [{ recipient, ...(final !== '' && final !== recipient && { final }), status, diagnostic }];
  });
}

/** `rfc822; bo@example.com`, `smtp; 550 5.1.1 no`: what follows the type. */
const afterType = (field: string | undefined) => field?.replace(/^[\w-]{1,30}\s*;\s*/, '').trim() ?? '';

/** The address in a field; RFC 6533 may write letters by their numbers. */
function addressOf(field: string | undefined): string {
  const letter = (_: string, hex: string) => String.fromCodePoint(Math.min(Number.parseInt(hex, 16), 0x10ffff));
  const text = printable(afterType(field).replace(/\\x\{([\da-f]{1,6})\}/gi, letter));
  return (/[^\s<>]{1,250}@[^\s<>]{1,250}/.exec(text)?.[0] ?? text.slice(0, 320)).toLowerCase();
}

function unique(failures: Failure[]): Failure[] {
  return [...new Map(failures.map((one) => [`${one.recipient} ${one.status}`, one])).values()];
}

/** The mail stands in the report, whole or its headers; else the report answers it; else it is copied below the text. */
function originalsIn(headers: Map<string, string>, parts: Part[], words: string): string[] {
  const enclosed = parts.filter(({ type }) =>
    /^(?:message\/(?:rfc822|global)|text\/rfc822-headers)(?:-headers)?$/.test(type),
  );
  const found = [
    ...enclosed.map(({ text }) => headersOf(text.split(/\r?\n\r?\n/, 1)[0] ?? '').get('message-id')),
    ...words.matchAll(/^[ \t>]{0,8}message-id:\s*(<[^<>\s]{1,900}>)/gim).map(([, id]) => id),
    headers.get('in-reply-to'),
    headers.get('references'),
  ];
  const ids = found.flatMap((text) => text?.match(/<[^<>\s]{1,900}>/g) ?? []);
  return [...new Set(ids)].slice(0, mostOriginals);
}
