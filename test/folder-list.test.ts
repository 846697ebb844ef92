import assert from 'node:assert/strict';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { after, before, describe, it } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import type { ImapConnection, ListedFolder } from '../src/mail/imap.ts';
import { syncFolderList } from '../src/sync/folders.ts';
import { but, startEngine } from './support/engine.ts';

let engine: Awaited<ReturnType<typeof startEngine>>;
before(async () => {
  engine = await startEngine();
});
after(() => engine.stop());

describe('a mailbox with thousands of folders', () => {
  it('holds up no other one, also when all of them have other names at the next look', async () => {
    const { mailbox } = await engine.filled(async () => {});
    let listed: ListedFolder[] = [];
    let lister: ImapConnection | undefined;
    const session = await mailbox.open((connection) => {
      lister = but(connection, { list: async () => listed });
      return lister;
    });
    /** For how long nothing else could be done, in ms, while the server lists folders in a place that all share. */
    async function look(place: string): Promise<number> {
      listed = Array.from({ length: 5_000 }, (_, n) => ({
        path: `${place}/${n}`,
        name: `${n}`,
        delimiter: '/',
        role: null,
        selectable: true,
        subscribed: true,
        // Half of them are known by a lasting name, and the others are all alike.
        mailboxId: n % 2 === 0 ? `id${n}` : null,
        state: { uidValidity: 7, uidNext: 2, exists: 1, highestModseq: null },
      }));
      const delay = monitorEventLoopDelay({ resolution: 5 });
      delay.enable();
      await setTimeout(20);
      await syncFolderList(engine.parts, session.mailbox, lister!);
      await setTimeout(20);
      delay.disable();
      return delay.max / 1e6;
    }
    await look('Kunder');
    // As if all had been read once.
    for (const folder of session.mailbox.folders.values())
      Object.assign(folder, { uidValidity: 7, historyUid: 0, uidNext: 2 });
    const same = await look('Kunder');
    const renamed = await look('Gamle kunder');
    assert.ok(same < 1_000 && renamed < 1_000, `${same} and ${renamed} ms`);
  });
});
