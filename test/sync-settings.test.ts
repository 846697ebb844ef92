import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { saveTenantSettings, tenantDefaults } from '../src/db/tenant-settings.ts';
import { startEngine, workUntil } from './support/engine.ts';

let engine: Awaited<ReturnType<typeof startEngine>>;
before(async () => {
  engine = await startEngine();
});
after(() => engine.stop());

describe('a folder that its tenant does not want any more', () => {
  it('loses its messages, which is told, and has them again when it is wanted again', async () => {
    const { mailbox, rows, told } = await engine.filled(async (ada) => {
      await ada.appendMany('INBOX', [{ subject: 'a' }]);
      await ada.appendMany('Kunder', [{ subject: 'b' }, { subject: 'c' }]);
    });
    const session = await mailbox.open();
    await session.catchUp();
    await workUntil(session, 'the first sync is done', async () => (await rows()).length === 3);
    const known = (await rows()).filter(({ path }) => path === 'Kunder').map(({ id }) => id);
    const never = (names: string[]) =>
      saveTenantSettings(engine.database.db, mailbox.tenantId, {
        ...tenantDefaults,
        folders: { ...tenantDefaults.folders, never: names },
      });
    await never(['Kunder']);
    await workUntil(session, 'its messages are gone', async () => (await rows()).length === 1);
    assert.deepEqual(
      (await told()).map(({ type, messageId, folder }) => `${type} ${messageId} ${folder}`).sort(),
      known.map((id) => `message.deleted ${id} Kunder`).sort(),
    );
    await never([]);
    await workUntil(session, 'they are here again', async () => (await rows()).length === 3);
    assert.deepEqual(
      (await rows()).map(({ path, subject }) => `${path} ${subject}`),
      ['INBOX a', 'Kunder b', 'Kunder c'],
    );
    // What is in it now was there before: it is read like a first sync.
    assert.deepEqual(
      (await told()).filter(({ type }) => type === 'message.received'),
      [],
    );
  });
});
