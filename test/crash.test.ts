import assert from 'node:assert/strict';
import { afterEach, before, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { type Crm, startCrm } from './support/crm.ts';
import { type Daemon, startDaemon } from './support/daemon.ts';
import { type Servers, useServers } from './support/servers.ts';

let servers: Servers;
const running: Daemon[] = [];
let crm: Crm | undefined;

before(async () => {
  servers = await useServers();
});
afterEach(async () => {
  await crm?.close();
  crm = undefined;
  for (const daemon of running.splice(0)) await daemon.kill();
});

const received = (event: { type: string }) => event.type === 'postbud.message.received';

/** A daemon, and others beside it on the same database and Redis. */
async function startDaemons(count: number) {
  for (let index = 0; index < count; index++) {
    running.push(await startDaemon(index === 0 ? {} : { like: running[0]! }));
  }
  crm = await startCrm(running[0]!);
  return { daemons: running, crm };
}

/** How many IMAP sessions a database knows of, by holder. */
async function holders(daemon: Daemon): Promise<Map<string, number>> {
  const { default: postgres } = await import('postgres');
  const sql = postgres(daemon.env.DATABASE_URL!, { max: 1 });
  try {
    const rows = await sql<{ holder: string | null; count: number }[]>`
      select holder, count(*)::int as count from accounts where state <> 'disconnected' group by holder`;
    return new Map(rows.map(({ holder, count }) => [holder ?? 'nobody', count]));
  } finally {
    await sql.end();
  }
}

describe('when the daemon is killed during a burst', () => {
  it('tells of 500 messages by 500 events, in a sequence without a gap', { timeout: 120_000 }, async () => {
    const { daemons, crm } = await startDaemons(1);
    const users = await Promise.all(Array.from({ length: 5 }, () => servers.mailServer.addUser()));
    for (const user of users) await crm.connect(user);
    const deliveries = users.map((user) =>
      user.deliverMany(Array.from({ length: 100 }, (_, index) => ({ subject: `mail ${index}` }))),
    );
    await crm.events.count(received, 120);
    await daemons[0]!.kill();
    await Promise.all(deliveries);
    await daemons[0]!.start();
    // At least once: a repeat of what was published just before the kill is no new message.
    const distinct = () => new Set(crm.events.of(received).map(({ id }) => id)).size;
    for (const deadline = performance.now() + 60_000; distinct() < 500; await delay(50)) {
      assert.ok(performance.now() < deadline, `${distinct()} of 500 messages were told`);
    }

    const log = (await (await daemons[0]!.fetch(`/v1/events?tenantId=${crm.tenantId}&limit=1000`)).json()) as {
      events: { id: string; type: string; userid: string; userseq: number; data: { messageIdHeader: string } }[];
    };
    const messages = log.events.filter(received);
    assert.equal(messages.length, 500);
    assert.equal(new Set(messages.map(({ data }) => data.messageIdHeader)).size, 500);
    for (const userid of new Set(log.events.map((event) => event.userid))) {
      const seqs = log.events.filter((event) => event.userid === userid).map(({ userseq }) => userseq);
      assert.deepEqual(
        seqs,
        Array.from({ length: seqs.length }, (_, index) => index + 1),
      );
    }
    // At least once on pub/sub: what was heard twice has the same id.
    assert.equal(new Set(crm.events.of(received).map(({ id }) => id)).size, 500);
  });
});

describe('two daemons on one database', () => {
  it('watch each mailbox exactly once, and one takes over what a killed one watched', {
    timeout: 120_000,
  }, async () => {
    const { daemons, crm } = await startDaemons(2);
    const users = await Promise.all(Array.from({ length: 8 }, () => servers.mailServer.addUser()));
    for (const user of users) await crm.connect(user);
    const before = await holders(daemons[0]!);
    assert.equal(
      [...before.values()].reduce((sum, count) => sum + count, 0),
      8,
    );
    assert.ok(!before.has('nobody'));

    const victim = daemons[0]!;
    const killedAt = performance.now();
    await victim.kill();
    await Promise.all(users.map((user) => user.deliver({ subject: 'after the kill' })));
    await crm.events.count(received, 8, { timeoutMs: 15_000 });
    assert.ok(performance.now() - killedAt < 15_000);
    const after = await holders(daemons[1]!);
    assert.equal(after.size, 1);
    assert.equal(crm.events.of(received).length, 8);
  });

  it('hand a mailbox over in a graceful stop, at once and without loss', { timeout: 60_000 }, async () => {
    const { daemons, crm } = await startDaemons(2);
    const users = await Promise.all(Array.from({ length: 6 }, () => servers.mailServer.addUser()));
    for (const user of users) await crm.connect(user);
    const stopped = daemons[0]!.stop();
    await Promise.all(users.map((user) => user.deliver({ subject: 'during the stop' })));
    await crm.events.count(received, 6, { timeoutMs: 10_000 });
    assert.equal((await stopped).code, 0);
    assert.equal(crm.events.of(received).length, 6);
  });

  it('let the other take over when one freezes, and the one that wakes writes nothing', {
    timeout: 120_000,
  }, async () => {
    const { daemons, crm } = await startDaemons(2);
    const users = await Promise.all(Array.from({ length: 6 }, () => servers.mailServer.addUser()));
    for (const user of users) await crm.connect(user);
    const [frozen, other] = [daemons[0]!, daemons[1]!];
    frozen.freeze();
    await Promise.all(users.map((user) => user.deliver({ subject: 'while frozen' })));
    await crm.events.count(received, 6, { timeoutMs: 20_000 });
    const whileFrozen = await holders(other);
    assert.equal(whileFrozen.size, 1);
    await delay(5_000); // twenty seconds in all
    frozen.thaw();
    await Promise.all(users.map((user) => user.deliver({ subject: 'after waking' })));
    await crm.events.count(received, 12, { timeoutMs: 20_000 });
    await frozen.logged((line) => line.msg === 'watched elsewhere, or no more');
    assert.equal(crm.events.of(received).length, 12);
    assert.deepEqual(await holders(other), whileFrozen);
    assert.equal(new Set(crm.events.of(received).map(({ userid, userseq }) => `${userid} ${userseq}`)).size, 12);
  });
});
