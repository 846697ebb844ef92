import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { LeaseLost } from '../src/accounts/lease.ts';
import type { ImapConnection } from '../src/mail/imap.ts';
import { openCommands } from '../src/sync/commands.ts';
import { but, startEngine, workUntil } from './support/engine.ts';

let engine: Awaited<ReturnType<typeof startEngine>>;
before(async () => {
  engine = await startEngine();
});
after(() => engine.stop());

/** A mailbox with two messages in INBOX and an order for them that is given to a session on this kind of connection. */
async function ordered(change: object, wrap: (of: Of) => (connection: ImapConnection) => ImapConnection) {
  const of = await engine.filled(async (ada) => {
    await ada.appendMany('INBOX', [{ subject: 'a' }, { subject: 'b' }]);
    await ada.appendMany('Kunder', [{ subject: 'c' }]);
  });
  const session = await of.mailbox.open(wrap(of));
  await session.catchUp();
  await workUntil(session, 'the first sync is done', async () => (await of.rows()).length === 3);
  const known = await of.rows();
  const messageIds = known.filter(({ path }) => path === 'INBOX').map(({ id }) => id);
  const commands = openCommands(engine.database);
  const id = await commands.add(of.mailbox.accountId, 'change', { messageIds, ...change }, { limitMs: 60_000 });
  return {
    ...of,
    session,
    known,
    messageIds,
    answer: async () => (await commands.answerTo(id, { limitMs: 1 })).answer,
  };
}
type Of = Awaited<ReturnType<typeof engine.filled>>;

describe('an order to move, when the mailbox is taken over after the server has moved and before that is written down', () => {
  it('is answered by the next holder as done, and told of once', async () => {
    const { mailbox, session, known, messageIds, answer, rows, told } = await ordered(
      { moveTo: 'Kunder' },
      ({ mailbox }) =>
        (connection) =>
          but(connection, {
            async move(uids, to) {
              const moved = await connection.move(uids, to);
              await mailbox.takeOver();
              return moved;
            },
          }),
    );
    await assert.rejects(session.runCommands(), LeaseLost);
    const next = await mailbox.open();
    await next.catchUp();
    await next.runCommands();
    assert.deepEqual(await answer(), { changed: 2, notFound: [] });
    await workUntil(next, 'nothing is lost any more', () => next.mailbox.lost === 0);
    const now = await rows();
    assert.deepEqual(
      now.map(({ path, id }) => [path, id]),
      known.map(({ id }) => ['Kunder', id]),
    );
    assert.deepEqual(
      (await told()).map(({ type, messageId, movedFrom }) => [type, messageId, movedFrom]).sort(),
      messageIds.map((id) => ['message.changed', id, 'INBOX']).sort(),
    );
  });
});

describe('a server that says of two messages that they are one in the folder they were moved to', () => {
  it('is not believed: both are found where they are', async () => {
    const { session, known, answer, rows } = await ordered(
      { moveTo: 'Kunder' },
      () => (connection) =>
        but(connection, {
          async move(uids, to) {
            const { uidValidity, uids: copies } = await connection.move(uids, to);
            const [one] = copies!.values();
            return { uidValidity, uids: new Map([...copies!.keys()].map((uid) => [uid, one!])) };
          },
        }),
    );
    await session.runCommands();
    assert.deepEqual(await answer(), { changed: 2, notFound: [] });
    await workUntil(session, 'nothing is lost any more', () => session.mailbox.lost === 0);
    assert.deepEqual(
      (await rows()).map(({ path, id }) => [path, id]),
      known.map(({ id }) => ['Kunder', id]),
    );
  });
});
