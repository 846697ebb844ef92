import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import postgres from 'postgres';
import { type Crm, startCrm } from './support/crm.ts';
import { type Daemon, startDaemon } from './support/daemon.ts';
import type { HeardEvent } from './support/events.ts';
import { serverPicture, storedPicture } from './support/picture.ts';
import { useServers } from './support/servers.ts';

const messages = 12_000;

describe('a process that is killed in the middle of a first sync', () => {
  let daemons: Daemon[];
  let crm: Crm;
  let sql: postgres.Sql;

  before(async () => {
    const one = await startDaemon();
    daemons = [one, await startDaemon({ like: one })];
    crm = await startCrm(one);
    sql = postgres(one.env.DATABASE_URL!, { max: 2, onnotice: () => {} });
  });
  after(async () => {
    await crm?.close();
    await Promise.all(daemons?.map((daemon) => daemon.kill()) ?? []);
    await sql?.end();
  });

  it('is followed by another, which reads on where it was and announces what came meanwhile', async () => {
    const { mailServer } = await useServers();
    const ada = await mailServer.addUser();
    const old = Array.from({ length: messages }, (_, n) => ({ subject: `old ${n}` }));
    await ada.appendMany('INBOX', old);
    const userId = 'killed';
    const of = (type: string) => (event: HeardEvent) => event.userid === userId && event.type === `postbud.${type}`;
    const job = await crm.add('connect-account', await crm.connectPayload(ada, { userId }));
    const { accountId } = await job.result(60_000);
    await crm.events.next((event) => of('mailbox.sync_progress')(event) && event.data.done > 0, { timeoutMs: 60_000 });
    const isHolder = ({ logs }: Daemon) =>
      logs.some((line) => line.job === 'watch-mailbox' && line.accountId === accountId);
    const holder = daemons.find(isHolder);
    assert.ok(holder, 'one of them watches');
    await holder.kill();
    await ada.deliver({ subject: 'meanwhile' });
    const [row] = await sql`
      select history_done::int as done, history_uid::int as uid, (
        select event_seq::int from users where tenant_id = ${crm.tenantId} and user_id = ${userId}) as seq
      from folders where account_id = ${accountId} and path = 'INBOX'`;
    assert.ok(row!.done > 0 && row!.uid > 0, 'it was in the middle');

    const completed = await crm.events.next(of('mailbox.sync_completed'), { timeoutMs: 90_000 });
    assert.equal(completed.data.messages, messages + 1);
    // What the killed one had told is published by the other, and heard after the kill.
    const later = crm.events.all.filter((event) => of('mailbox.sync_progress')(event) && event.userseq > row!.seq);
    for (const { data } of later) assert.ok(data.done >= row!.done && data.total === messages, JSON.stringify(data));
    const received = crm.events.all.filter(of('message.received'));
    assert.deepEqual([...new Map(received.map((event) => [event.id, event.data.subject])).values()], ['meanwhile']);
    const session = await ada.session();
    assert.deepEqual((await storedPicture(sql, accountId)).INBOX, (await serverPicture(session, ['INBOX'])).INBOX);
    session.close();
  });
});
