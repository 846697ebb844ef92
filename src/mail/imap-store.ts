import { searchUids } from './imap-search.ts';
import { inOrder, pieces, ranges } from './imap-uids.ts';
import { selectedIn, type Wire } from './imap-wire.ts';

/** A flag or keyword as a command may hold it. \Recent is the server's own. */
const storable = /^\\?[^\s(){}%*"\\\]\x00-\x20\x7f-\uffff]{1,200}$/;

/** Add and remove flags of messages in the selected folder. Repeatable, also after half of it. */
export async function storeFlags(
  wire: Wire,
  uids: readonly number[],
  { add = [], remove = [] }: { add?: string[]; remove?: string[] },
): Promise<void> {
  for (const piece of pieces(inOrder(uids))) {
    await wire.commands.run(async () => {
      const kept = add.filter((flag) => isKept(wire, flag));
      if (kept.length > 0) await storeNow(wire, piece, '+', kept);
      const gone = remove.filter((flag) => isStorable(flag));
      if (gone.length > 0) await storeNow(wire, piece, '-', gone);
    });
  }
}

/**
 * Delete messages for good. Without UIDPLUS only EXPUNGE is left, which takes all messages that bear \Deleted: others
 * that bear it lose it for the moment, and get it back. Repeatable.
 */
export async function removeMessages(wire: Wire, uids: readonly number[]): Promise<void> {
  const wanted = inOrder(uids);
  for (const piece of pieces(wanted)) {
    await wire.commands.run(async () => {
      await storeNow(wire, piece, '+', ['\\Deleted']);
      if (wire.can.uidplus) await wire.exec.command(`UID EXPUNGE ${ranges(piece)}`);
    });
  }
  if (wire.can.uidplus || wanted.length === 0) return;
  await wire.commands.run(async () => {
    const ours = new Set(wanted);
    const esearch = wire.client.capabilities.has('ESEARCH');
    const others = (await searchUids(wire.exec, 'DELETED', { esearch })).filter((uid) => !ours.has(uid));
    for (const piece of pieces(others)) await storeNow(wire, piece, '-', ['\\Deleted']);
    try {
      await wire.exec.command('EXPUNGE');
    } finally {
      for (const piece of pieces(others)) await storeNow(wire, piece, '+', ['\\Deleted']);
    }
  });
}

async function storeNow({ exec }: Wire, uids: readonly number[], sign: '+' | '-', flags: string[]) {
  await exec.command(`UID STORE ${ranges(uids)} ${sign}FLAGS.SILENT (${flags.join(' ')})`);
}

const isStorable = (flag: string) => storable.test(flag) && flag.toLowerCase() !== '\\recent';

function isKept({ client }: Wire, flag: string): boolean {
  if (!isStorable(flag)) return false;
  const { permanentFlags } = selectedIn(client);
  if (!permanentFlags || permanentFlags.has('\\*')) return true;
  return [...permanentFlags].some((one) => one.toLowerCase() === flag.toLowerCase());
}
