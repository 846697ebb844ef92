import type { ImapFlow, MailboxObject, SearchObject } from 'imapflow';
import { MailError } from './errors.ts';
import { tooMuch } from './faults.ts';
import { createCommands, type Ending } from './imap-commands.ts';
import type { Can, ImapConnection } from './imap-contract.ts';
import { fetchMessages, ranges } from './imap-fetch.ts';
import { foldersOf, selected, skipListing } from './imap-folders.ts';
import type { ServerLines } from './imap-lines.ts';
import { createNewsBox } from './imap-news.ts';
import { createWait } from './imap-wait.ts';
import type { Phase } from './refusals/index.ts';

/** More than anybody keeps in one folder. */
const mostMessages = 2_000_000;
const searchBytes = 24 * 2 ** 20;

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
  /** What ImapFlow only wrote to its log: the last refusal, and how many rows it could not parse. */
  logged: { lastWarning(): unknown; unreadable(): number };
}

/** The reason of an end that we asked for. Nobody is told. */
export const endedByUs = () =>
  new MailError({ reason: 'session.expired', permanent: false, protocol: 'imap', response: 'closed by Postbud' });

/** A connection over a client that has just logged in. */
export function createConnection(opened: Opened): ImapConnection {
  const { client, ending, lines, logged, faultOf } = opened;
  const commands = createCommands({ client, ending, lines, faultOf });
  let watched: string | null = null;
  /** UIDs below this were there at the last look; with what arrived since, it tells how much a FETCH may bring. */
  let base = 1;
  let wanted = true;
  const news = createNewsBox(client, (path) => path === watched);
  const wait = createWait({ client, news, commands, ending });

  const refusedInLog = () => {
    throw logged.lastWarning() ?? new Error('The command failed');
  };

  const searchNow = async (query: SearchObject) => {
    // ImapFlow takes as many UIDs out of an ESEARCH's `1:4294967295` as the server says that there are messages.
    if (client.mailbox && client.mailbox.exists > mostMessages) throw tooMuch();
    return (await client.search(query, { uid: true })) || refusedInLog();
  };
  const search = (query: SearchObject) => commands.run(() => searchNow(query), { maxBytes: searchBytes });

  const can: Can = {
    qresync: client.enabled.has('QRESYNC'),
    condstore: client.enabled.has('CONDSTORE') || client.enabled.has('QRESYNC'),
    move: client.capabilities.has('MOVE'),
    uidplus: client.capabilities.has('UIDPLUS'),
    objectId: client.capabilities.has('OBJECTID'),
    gmail: client.capabilities.has('X-GM-EXT-1'),
    listStatus: client.capabilities.has('LIST-STATUS'),
  };

  const connection: Partial<ImapConnection> = {
    can,
    get capabilities() {
      return [...client.capabilities.keys()];
    },
    tls: opened.tls,
    address: opened.address,
    get open() {
      return ending.fault === undefined && client.usable;
    },

    select: (path) =>
      commands.run(async () => {
        skipListing(client, path);
        const state = await selected(client, await client.mailboxOpen(path));
        watched = state.path;
        base = state.uidNext;
        news.forget();
        return { ...state, mailboxId: client.mailbox ? (client.mailbox.mailboxId ?? null) : null, changes: null };
      }),

    status: (path) =>
      commands.run(async () => {
        const query = { messages: true, uidNext: true, uidValidity: true, unseen: true, highestModseq: true };
        const status = (await client.status(path, query)) || refusedInLog();
        return {
          path: status.path,
          uidValidity: Number(status.uidValidity ?? 0),
          uidNext: status.uidNext ?? 1,
          exists: status.messages ?? 0,
          highestModseq: status.highestModseq ?? null,
          unseen: status.unseen ?? 0,
          mailboxId: null,
        };
      }),

    list: () => commands.run(async () => foldersOf(await client.list())),

    async *fetchSince(uidNext, { limit = 200, previews = true } = {}) {
      const atMost = Math.max(0, base - uidNext) + news.arrived();
      const source = { client, unreadable: logged.unreadable };
      const fetch = (uids: string, only?: Set<number>) => {
        const wanted = { from: uidNext, only, most: only?.size ?? Math.max(limit, mostUncounted), previews };
        return commands.run(() => fetchMessages(source, uids, wanted), { maxBytes: Number.POSITIVE_INFINITY });
      };
      // What arrives from here on may miss the answer, so it is news again.
      news.forget('exists');
      base = Math.max(base, uidNext + atMost);
      if (atMost <= limit) {
        const messages = await fetch(`${uidNext}:*`);
        if (messages) {
          base = (messages.at(-1)?.uid ?? uidNext - 1) + 1;
          for (let at = 0; at < messages.length; at += limit) yield messages.slice(at, at + limit);
          return;
        }
      }
      const uids = (await search({ uid: `${uidNext}:*` })).filter((uid) => uid >= uidNext);
      for (let at = 0; at < uids.length; at += limit) {
        const part = uids.slice(at, at + limit);
        const messages = await fetch(ranges(part), new Set(part));
        if (messages?.length) yield messages;
      }
      base = (uids.at(-1) ?? uidNext - 1) + 1;
    },

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
        async () => {
          const find = () => searchNow({ header: { 'message-id': header } });
          const before = client.mailbox;
          if (before && before.path === path) return find();
          try {
            await client.mailboxOpen(path, { readOnly: true });
            return await find();
          } finally {
            // Also after a failed EXAMINE: that leaves no folder selected, and the watch would be deaf (RFC 9051 6.3.2).
            if (before && !ending.fault) await reselect(before);
          }
        },
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
  return connection as ImapConnection;

  /** Back to the watched folder; what changed there meanwhile is news. */
  async function reselect(before: MailboxObject) {
    const after = await selected(client, await client.mailboxOpen(before.path));
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
