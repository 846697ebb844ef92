import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { openCommands } from '../src/sync/commands.ts';
import { but, startEngine, workUntil } from './support/engine.ts';

let engine: Awaited<ReturnType<typeof startEngine>>;
before(async () => {
  engine = await startEngine();
});
after(() => engine.stop());

const folders = Array.from({ length: 30 }, (_, n) => `Kunde ${n + 10}`);

describe('a round over many folders on a slow line', () => {
  /** A server that tells of no folder in its list and takes a tenth of a second for each question about one. */
  async function slowly(happens: (to: { folders: number; of: Awaited<ReturnType<typeof filled>> }) => Promise<void>) {
    const of = await filled();
    let asked = 0;
    let isSlow = false;
    const ask = async () => {
      if (!isSlow) return;
      asked += 1;
      await happens({ folders: asked, of });
      await delay(100);
    };
    const session = await of.mailbox.open((connection) =>
      but(connection, {
        async list() {
          const listed = await connection.list();
          return listed.map((one) => ({ ...one, state: null }));
        },
        async status(path) {
          await ask();
          return { ...(await connection.status(path)), highestModseq: null };
        },
        async select(path, options) {
          if (path.startsWith('Kunde')) await ask();
          return connection.select(path, options);
        },
      }),
    );
    await session.catchUp();
    await workUntil(session, 'the first sync is done', async () => (await of.rows()).length === folders.length + 1);
    isSlow = true;
    return { ...of, session, asked: () => asked };
  }

  const filled = () =>
    engine.filled(async (ada) => {
      await ada.appendMany('INBOX', [{ subject: 'known' }]);
      for (const folder of folders) await ada.appendMany(folder, [{ subject: folder }]);
    });

  it('lets new mail in between: it is told of within moments, and not after the last folder', async () => {
    const mail = Buffer.from('From: bo@example.com\r\nSubject: new\r\nMessage-ID: <new@example.com>\r\n\r\nHej.\r\n');
    const arrived: number[] = [];
    const seen: number[] = [];
    const { session, asked } = await slowly(async ({ folders, of }) => {
      // Once while folders are asked for their state, once while they are opened.
      if (folders === 3 || folders === 36) {
        await of.other.command('APPEND INBOX ', mail);
        arrived.push(folders);
      }
      const told = (await of.told()).filter(({ type }) => type === 'message.received').length;
      if (told > seen.length) seen.push(folders);
    });
    await workUntil(session, 'the round is over', () => asked() >= 60);
    assert.equal(arrived.length, 2);
    assert.equal(seen.length, 2);
    for (const [n, at] of seen.entries())
      assert.ok(at - arrived[n]! <= 8, `folders asked meanwhile: ${at - arrived[n]!}`);
  });

  it('lets orders in between', async () => {
    const commands = openCommands(engine.database);
    let id: string | undefined;
    let begun = 0;
    let ended = 0;
    const { session, asked } = await slowly(async ({ folders, of }) => {
      if (folders === 3) {
        begun = folders;
        const messageIds = [(await of.rows()).find(({ path }) => path === 'INBOX')!.id];
        const order = { messageIds, addFlags: ['\\Flagged'] };
        id = await commands.add(of.mailbox.accountId, 'change', order, { limitMs: 60_000 });
      }
      if (id === undefined || ended > 0) return;
      const answer = await commands.answerTo(id, { limitMs: 1 }).catch(() => null);
      if (answer?.answer.changed === 1) ended = folders;
    });
    await workUntil(session, 'the round is over', () => asked() >= 60);
    assert.ok(ended > 0 && ended - begun <= 8, `folders asked meanwhile: ${ended - begun}`);
  });
});
