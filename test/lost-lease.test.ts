import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import postgres from 'postgres';
import { type Crm, startCrm } from './support/crm.ts';
import { type Daemon, startDaemon } from './support/daemon.ts';
import { type Servers, useServers } from './support/servers.ts';

let servers: Servers;
let daemon: Daemon;
let crm: Crm;

before(async () => {
  servers = await useServers();
  daemon = await startDaemon();
  crm = await startCrm(daemon);
});
after(async () => {
  await crm?.close();
  await daemon?.stop();
});

describe('a lease whose answer was lost with the connection to Postgres', () => {
  it('is given back, and the mailbox is not deaf for as long as its holder lives', { timeout: 90_000 }, async () => {
    const ada = await servers.mailServer.addUser();
    const { userId, accountId } = await crm.connect(ada);
    const sql = postgres(daemon.env.DATABASE_URL!, { max: 1 });
    // As if the process had taken the lease once more, and never heard of it.
    await sql`update accounts set token = token + 1 where id = ${accountId}`;
    await sql.end();
    await ada.deliver({ subject: 'to nobody' });
    const heard = await crm.events.next(
      (event) => event.userid === userId && event.type === 'postbud.message.received',
      { timeoutMs: 40_000 },
    );
    assert.equal(heard.data.subject, 'to nobody');
    await daemon.logged((line) => line.msg === 'gave back a mailbox that was held here and not watched');
  });
});
