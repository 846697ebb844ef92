import type { ImapFlow, MailboxObject } from 'imapflow';
import { MailError } from './errors.ts';
import { tooMuch } from './faults.ts';
import { changeBytes, changesDuring } from './imap-changes.ts';
import { createCommands, type Ending } from './imap-commands.ts';
import type { ImapConnection, SelectedFolder, SelectOptions } from './imap-contract.ts';
import { createExec } from './imap-exec.ts';
import { fetchMessages, namesFor } from './imap-fetch.ts';
import { createFolderCommands } from './imap-folder-commands.ts';
import { selected, skipListing } from './imap-folders.ts';
import type { ServerLines } from './imap-lines.ts';
import { moveMessages } from './imap-move.ts';
import { createNewsBox } from './imap-news.ts';
import { createReading } from './imap-reading.ts';
import { searchBytes } from './imap-search.ts';
import { mailboxIdIn } from './imap-status.ts';
import { removeMessages, storeFlags } from './imap-store.ts';
import { mostMessages } from './imap-uids.ts';
import { createWait } from './imap-wait.ts';
import { canOf, type Wire } from './imap-wire.ts';
import type { Phase } from './refusals/index.ts';

/** Rows taken from an answer whose number was only estimated; a server that gives more is asked for its UIDs first. */
const mostUncounted = 1_000;

/** What the login hands over. */
export interface Opened {
  client: ImapFlow;
  ending: Ending;
  address: string;
  tls: string | null;
  lines: ServerLines;
  faultOf(error: unknown, phase: Phase): MailError;
  /** What ImapFlow only wrote to its log: the last refusal. */
  logged: { lastWarning(): unknown };
}

/** The reason of an end that we asked for. Nobody is told. */
export const endedByUs = () =>
  new MailError({ reason: 'session.expired', permanent: false, protocol: 'imap', response: 'closed by Postbud' });

/** A connection over a client that has just logged in. */
export function createConnection(opened: Opened): ImapConnection {
  const { client, ending, lines, logged, faultOf } = opened;
  const commands = createCommands({ client, ending, lines, faultOf });
  const exec = createExec(client);
  const can = canOf(client);
  let watched: string | null = null;
  /** UIDs below this were there at the last look; with what arrived since, it tells how much a FETCH may bring. */
  let base = 1;
  let wanted = true;
  const seen: { modseq: bigint | null } = { modseq: null };
  const news = createNewsBox(client, (path) => path === watched);
  const wait = createWait({ client, news, commands, ending });

  const refusedInLog = () => {
    throw logged.lastWarning() ?? new Error('The command failed');
  };
  const wire: Wire = { client, exec, commands, news, can, mailboxIds: new Map(), elsewhere, refusedInLog };
  const reading = createReading(wire, seen);

  async function select(path: string, { readOnly = false, known }: SelectOptions): Promise<SelectedFolder> {
    skipListing(client, path);
    const resync = known && can.qresync && known.highestModseq > 0n;
    const options = {
      readOnly,
      ...(resync && { uidValidity: known.uidValidity, changedSince: known.highestModseq }),
    };
    const opening = () => client.mailboxOpen(path, options);
    const { result: mailbox, changes } = resync
      ? await changesDuring({ exec, news, qresync: true }, opening)
      : { result: await opening(), changes: null };
    const state = await selected(client, mailbox);
    watched = state.path;
    base = state.uidNext;
    seen.modseq = state.highestModseq;
    news.forget();
    // ImapFlow has compared the UIDVALIDITY.
    const isValid = changes !== null && (mailbox as { qresync?: boolean }).qresync === true;
    return {
      ...state,
      mailboxId: mailboxIdIn(mailbox.mailboxId),
      changes: isValid ? { ...changes, highestModseq: state.highestModseq } : null,
    };
  }

  return {
    can,
    get capabilities() {
      return [...client.capabilities.keys()];
    },
    tls: opened.tls,
    address: opened.address,
    get open() {
      return ending.fault === undefined && client.usable;
    },

    select: (path, options = {}) =>
      commands.run(() => select(path, options), { ...(options.known && { maxBytes: changeBytes }) }),
    ...createFolderCommands(wire),
    ...reading,
    store: (uids, change) => storeFlags(wire, uids, change),
    move: (uids, to) => moveMessages(wire, uids, to),
    remove: (uids) => removeMessages(wire, uids),

    async *fetchSince(uidNext, { limit = 200, previews = true } = {}) {
      const atMost = Math.max(0, base - uidNext) + news.arrived();
      // What arrives from here on may miss the answer, so it is news again.
      news.forget('exists');
      base = Math.max(base, uidNext + atMost);
      if (atMost <= limit) {
        const most = Math.max(limit, mostUncounted);
        const source = { exec, names: namesFor(client) };
        const messages = await commands.run(
          () => fetchMessages(source, `${uidNext}:*`, { from: uidNext, most, previews }),
          { maxBytes: Number.POSITIVE_INFINITY },
        );
        if (messages) {
          base = (messages.at(-1)?.uid ?? uidNext - 1) + 1;
          for (let at = 0; at < messages.length; at += limit) yield messages.slice(at, at + limit);
          return;
        }
      }
      const uids = await reading.uids({ from: uidNext });
      for (let at = 0; at < uids.length; at += limit) {
        const messages = await reading.fetch(uids.slice(at, at + limit), { previews });
        if (messages.length > 0) yield messages;
      }
      base = (uids.at(-1) ?? uidNext - 1) + 1;
    },

    heard: () => news.take(),
    waitForNews: wait,

    append: (path, bytes, { flags = [], date } = {}) => {
      // The server is silent until it has all; 32 bytes a millisecond is a poor line upwards.
      const limitMs = 60_000 + bytes.length / 32;
      return commands.run(
        async () => {
          const result = (await client.append(path, bytes, flags, date)) || refusedInLog();
          return {
            ...(result.uid && { uid: result.uid }),
            ...(result.uidValidity && { uidValidity: Number(result.uidValidity) }),
          };
        },
        { silenceMs: limitMs, limitMs },
      );
    },

    findByMessageIdHeader: (path, header) =>
      commands.run(
        () =>
          elsewhere(path, async () => {
            // ImapFlow takes as many UIDs out of an ESEARCH's `1:4294967295` as the server says that there are messages.
            if (client.mailbox && client.mailbox.exists > mostMessages) throw tooMuch();
            return (await client.search({ header: { 'message-id': header } }, { uid: true })) || refusedInLog();
          }),
        { maxBytes: searchBytes },
      ),

    async logout() {
      wanted = false;
      if (ending.fault) return;
      const late = setTimeout(() => ending.end(endedByUs()), 5_000);
      await client.logout().catch(() => {}); // The connection is closed either way.
      clearTimeout(late);
      ending.end(endedByUs());
    },
    destroy() {
      wanted = false;
      ending.end(endedByUs());
    },
    onClosed(told) {
      ending.listen((fault) => wanted && told(fault));
    },
  };

  async function elsewhere<T>(path: string, work: () => Promise<T>): Promise<T> {
    const before = client.mailbox;
    if (before && before.path === path) return work();
    try {
      await client.mailboxOpen(path, { readOnly: true });
      return await work();
    } finally {
      // Also after a failed EXAMINE: that leaves no folder selected, and the watch would be deaf (RFC 9051 6.3.2).
      if (before && !ending.fault) await reselect(before);
    }
  }

  /** Back to the watched folder; what changed there meanwhile is news. */
  async function reselect(before: MailboxObject) {
    const after = await selected(client, await client.mailboxOpen(before.path, { readOnly: before.readOnly === true }));
    if (after.uidValidity !== Number(before.uidValidity)) {
      // All UIDs mean other messages now: whoever watches has to begin anew, as after a lost connection.
      throw new MailError({
        reason: 'session.expired',
        permanent: false,
        protocol: 'imap',
        response: 'UIDVALIDITY changed',
      });
    }
    if (after.uidNext > before.uidNext) news.add('exists', after.uidNext - before.uidNext);
    if (after.exists < before.exists + after.uidNext - before.uidNext) news.add('expunge');
    if (after.highestModseq !== null && after.highestModseq !== (before.highestModseq ?? null)) news.add('flags');
  }
}
