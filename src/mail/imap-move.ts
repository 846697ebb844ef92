import type { ImapResponse } from 'imapflow';
import type { Moved } from './imap-contract.ts';
import { codeIn } from './imap-exec.ts';
import { quotedPath } from './imap-paths.ts';
import { searchUids } from './imap-search.ts';
import { removeMessages } from './imap-store.ts';
import { numberIn, textIn } from './imap-tokens.ts';
import { inGivenOrder, inOrder, pieces, ranges } from './imap-uids.ts';
import { selectedIn, type Wire } from './imap-wire.ts';

const mostAtOnce = 500;

/**
 * Move messages of the selected folder to another one. Repeatable after half of it: what MOVE has moved is no longer
 * here. A server without MOVE copies and deletes; there a message that lies in the other folder already, with the same
 * Message-ID, size and date of arrival, is not copied once more.
 */
export async function moveMessages(wire: Wire, uids: readonly number[], to: string): Promise<Moved> {
  const wanted = inOrder(uids);
  const moved: Moved = { uidValidity: null, uids: null };
  for (const piece of pieces(wanted, mostAtOnce)) {
    if (wire.can.move) {
      await wire.commands.run(() => transfer(wire, 'UID MOVE', piece, to, moved));
      const rest = piece.filter((uid) => !moved.uids?.has(uid));
      // Where one is gone, Dovecot moves none, and ImapFlow takes its EXPUNGEISSUED for success.
      const left = rest.length > 0 && wire.can.uidplus ? await wire.commands.run(() => stillHere(wire, rest)) : [];
      if (left.length > 0) await wire.commands.run(() => transfer(wire, 'UID MOVE', left, to, moved));
      continue;
    }
    const there = await wire.commands.run(() => copiesOf(wire, piece, to), { maxBytes: 16 * 2 ** 20 });
    const rest = there.here.filter((uid) => !there.uids.has(uid));
    for (const [uid, copy] of there.uids) keep(moved, there.uidValidity, uid, copy);
    if (rest.length > 0) await wire.commands.run(() => transfer(wire, 'UID COPY', rest, to, moved));
    await removeMessages(wire, piece);
  }
  return moved;
}

async function transfer(wire: Wire, command: string, uids: number[], to: string, moved: Moved) {
  selectedIn(wire.client);
  const asked = new Set(uids);
  // COPYUID stands in the tagged answer of a COPY, and in an untagged one of a MOVE (RFC 6851 section 4.3).
  const read = (answer: ImapResponse) => {
    const [name, validity, from, into] = codeIn(answer);
    const uidValidity = numberIn(validity as string);
    if (name !== 'COPYUID' || !uidValidity) return;
    const sources = inGivenOrder(String(from), uids.length);
    const copies = inGivenOrder(String(into), uids.length);
    if (!sources || sources.length !== copies?.length) return;
    for (const [at, uid] of sources.entries()) if (asked.has(uid)) keep(moved, uidValidity, uid, copies[at]!);
  };
  read(await wire.exec.command(`${command} ${ranges(uids)} ${quotedPath(wire.client, to)}`, { OK: read }));
}

function keep(moved: Moved, uidValidity: number, uid: number, copy: number) {
  moved.uidValidity = uidValidity;
  moved.uids ??= new Map();
  moved.uids.set(uid, copy);
}

async function stillHere({ exec, client }: Wire, uids: number[]): Promise<number[]> {
  await exec.command('NOOP');
  return searchUids(exec, `UID ${ranges(uids)}`, { esearch: client.capabilities.has('ESEARCH') });
}

/** What tells one message from another without reading it. */
type Likeness = { uid: number; key: string; criteria: string };

/** Which of these messages are here, and which lie in the other folder already, and where. */
async function copiesOf(
  wire: Wire,
  uids: number[],
  to: string,
): Promise<{ here: number[]; uidValidity: number; uids: Map<number, number> }> {
  await wire.exec.command('NOOP'); // Those that have just arrived are there after it, and those just deleted are not.
  const here = await likenesses(wire, uids);
  return wire.elsewhere(to, async () => {
    const { exists, uidValidity } = selectedIn(wire.client);
    const found = new Map<number, number>();
    const esearch = wire.client.capabilities.has('ESEARCH');
    if (exists > 0 && here.length > 0) {
      const candidates = new Set<number>();
      for (let at = 0; at < here.length; at += 15) {
        const criteria = here.slice(at, at + 15).map((one) => `(${one.criteria})`);
        const any = criteria.reduceRight((rest, one) => `OR ${one} ${rest}`);
        for (const uid of await searchUids(wire.exec, any, { esearch })) candidates.add(uid);
      }
      const there = new Map<string, number[]>();
      for (const piece of pieces(inOrder([...candidates]))) {
        for (const { key, uid } of await likenesses(wire, piece)) there.set(key, [...(there.get(key) ?? []), uid]);
      }
      for (const { key, uid } of here) {
        const copy = there.get(key)?.shift(); // Each stands for one: two equal messages need two copies.
        if (copy !== undefined) found.set(uid, copy);
      }
    }
    return { here: here.map(({ uid }) => uid), uidValidity: Number(uidValidity), uids: found };
  });
}

async function likenesses({ exec }: Wire, uids: number[]): Promise<Likeness[]> {
  if (uids.length === 0) return [];
  const asked = new Set(uids);
  const found: Likeness[] = [];
  await exec.hearing(
    ({ items }) => {
      const uid = numberIn(items.get('UID'));
      const size = numberIn(items.get('RFC822.SIZE'));
      const arrived = textIn(items.get('INTERNALDATE'));
      if (!uid || size === undefined || arrived === '') return false;
      if (!asked.delete(uid)) return true;
      const header = textIn(items.get('BODY[HEADER.FIELDS]'));
      const id = /^message-id:\s*(<[\x21-\x7e]{1,300}>)\s*$/im.exec(header.slice(0, 2_000))?.[1] ?? '';
      const day = /^\s?(\d{1,2}-[A-Za-z]{3}-\d{4})/.exec(arrived)?.[1];
      const bySize = `LARGER ${Math.max(0, size - 1)} SMALLER ${size + 1}${day ? ` ON ${day}` : ''}`;
      const criteria = id === '' ? bySize : `HEADER MESSAGE-ID "${id.replace(/["\\]/g, '\\$&')}"`;
      found.push({ uid, key: `${id} ${size} ${new Date(arrived).getTime()}`, criteria });
      return true;
    },
    () =>
      exec.command(`UID FETCH ${ranges(uids)} (UID INTERNALDATE RFC822.SIZE BODY.PEEK[HEADER.FIELDS (MESSAGE-ID)])`),
  );
  return found;
}
