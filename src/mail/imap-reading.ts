import { tooMuch } from './faults.ts';
import { askChanges, changeBytes, createFlagReader, type FlagRow, flagRowIn } from './imap-changes.ts';
import type { ImapConnection } from './imap-contract.ts';
import { fetchMessages, namesFor } from './imap-fetch.ts';
import type { FetchedMessage } from './imap-message.ts';
import { fetchPart, fetchTexts, planTexts } from './imap-parts.ts';
import { searchBytes, searchDay, searchUids } from './imap-search.ts';
import { inOrder, mostMessages, pieces, ranges } from './imap-uids.ts';
import { selectedIn, type Wire } from './imap-wire.ts';

type Reading = Pick<ImapConnection, 'changesSince' | 'uids' | 'flags' | 'fetch' | 'fetchPart' | 'fetchTexts'>;

const flagsAtOnce = 5_000;
const messagesAtOnce = 500;
/** What a batch of flags may weigh; each row is some fifty bytes. */
const flagBytes = 8 * 2 ** 20;
/** A FETCH of messages is read row by row, and no row is larger than ImapFlow's limits. */
const rowBytes = Number.POSITIVE_INFINITY;

/** What is read of the selected folder. `seen` is the modseq up to which this session has told of changes. */
export function createReading(wire: Wire, seen: { modseq: bigint | null }): Reading {
  const { client, exec, commands, news, can } = wire;
  const search = (criteria: string) =>
    commands.run(
      async () => {
        await exec.command('NOOP'); // Or messages that others have deleted since may still be found.
        if (selectedIn(client).exists > mostMessages) throw tooMuch();
        return searchUids(exec, criteria, { esearch: client.capabilities.has('ESEARCH') });
      },
      { maxBytes: searchBytes },
    );

  const uids: Reading['uids'] = async ({ since, from = 1 } = {}) => {
    const criteria = [...(from > 1 ? [`UID ${from}:*`] : []), ...(since ? [`SINCE ${searchDay(since)}`] : [])];
    const found = await search(criteria.join(' ') || 'ALL');
    // `n:*` names the last message also when it is below n.
    return from > 1 ? found.filter((uid) => uid >= from) : found;
  };

  return {
    uids,
    changesSince: (modseq) =>
      commands.run(
        async () => {
          const parts = { client, exec, news, qresync: can.qresync };
          const changes = await askChanges(parts, { modseq, known: seen.modseq });
          seen.modseq = changes.highestModseq;
          return changes;
        },
        { maxBytes: changeBytes },
      ),

    async *flags({ from, to = 0xffff_ffff }) {
      const flagsOf = createFlagReader();
      const wanted = (await uids({ from })).filter((uid) => uid <= to);
      for (const piece of pieces(wanted, flagsAtOnce)) {
        const rows = new Map<number, FlagRow>();
        const asked = new Set(piece);
        const set = piece.length > 500 ? `${piece[0]}:${piece.at(-1)}` : ranges(piece);
        const ask = () => exec.command(`UID FETCH ${set} (UID FLAGS)`);
        const hear = (row: Parameters<typeof flagRowIn>[0]) => {
          const flagRow = flagRowIn(row, flagsOf);
          if (flagRow && asked.has(flagRow.uid)) rows.set(flagRow.uid, flagRow);
          return flagRow !== undefined;
        };
        await commands.run(() => exec.hearing(hear, ask), { maxBytes: flagBytes });
        if (rows.size > 0) yield [...rows.values()].sort((one, other) => one.uid - other.uid);
      }
    },

    async fetch(wanted, { previews = true } = {}) {
      const found: FetchedMessage[] = [];
      for (const piece of pieces(inOrder(wanted), messagesAtOnce)) {
        const options = { from: 1, only: new Set(piece), most: piece.length, previews };
        const source = { exec, names: namesFor(client) };
        const messages = await commands.run(() => fetchMessages(source, ranges(piece), options), {
          maxBytes: rowBytes,
        });
        for (const message of messages ?? []) found.push(message);
      }
      return found;
    },

    fetchPart: (uid, part, range) =>
      commands.run(() => fetchPart(exec, { uid, part, ...range }), { maxBytes: 4 * 2 ** 20 }),

    async *fetchTexts(wanted, { maxBytes }) {
      const most = Math.max(1, Math.min(maxBytes, 2 ** 20));
      for (const step of planTexts(wanted, most)) {
        yield* await commands.run(() => fetchTexts(exec, step, most), { maxBytes: 64 * 2 ** 20 });
      }
    },
  };
}
