import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import postgres from 'postgres';
import { limitsOf } from '../src/doors/limits.ts';
import { openRamp } from '../src/doors/ramp.ts';
import { openRedis } from '../src/queues/redis.ts';
import { type Certificate, makeCertificate } from './support/certificates.ts';
import { type Crm, startCrm } from './support/crm.ts';
import { type Daemon, startDaemon } from './support/daemon.ts';
import { startSwitch } from './support/dialogues-switch.ts';
import { quietLog } from './support/quiet-log.ts';
import { freshName, type Servers, useServers } from './support/servers.ts';

let servers: Servers;
before(async () => {
  servers = await useServers();
});

describe('new logins at one provider', () => {
  const { log } = quietLog();
  const clients: ReturnType<typeof openRedis>[] = [];
  after(() => {
    for (const client of clients) client.disconnect();
  });
  /** The ramp as another process has it. */
  const process = (prefix: string, redisUrl = servers.redisUrl) => {
    const redis = openRedis(redisUrl, { log, role: 'test' });
    redis.on('error', () => {}); // one of them is away on purpose
    clients.push(redis);
    return openRamp({ redis, prefix, isOwn: (host) => host === 'mail.own.test', log });
  };

  it('are spread over all processes, as many a second as the provider takes', async () => {
    const prefix = freshName('ramp');
    const ramps = [process(prefix), process(prefix), process(prefix)];
    const began = performance.now();
    const slots = await Promise.all(
      Array.from({ length: 30 }, async (_, n) => {
        const waitMs = await ramps[n % 3]!.reserve('imap.gmail.com');
        return performance.now() - began + waitMs;
      }),
    );
    slots.sort((one, other) => one - other);
    const apartMs = 1_000 / limitsOf('imap.gmail.com').loginsPerSecond;
    // 29 times apart is what Redis gave; when each of us heard of it is up to the machine.
    assert.ok(slots.at(-1)! >= 29 * apartMs, `the last one is after ${slots.at(-1)} ms`);
    const first = await process(prefix).reserve('imap.mail.yahoo.com');
    assert.equal(first, 0, 'another provider has a pace of its own');
  });

  it('are given ten minutes ahead, and whoever comes later asks again', async () => {
    const ramp = process(freshName('ramp'));
    const perSecond = limitsOf('imap.mail.yahoo.com').loginsPerSecond;
    const most = 600 * perSecond;
    const waits = await Promise.all(Array.from({ length: most + 20 }, () => ramp.reserve('imap.mail.yahoo.com')));
    assert.ok(Math.max(...waits) > 590_000);
    // Slots that lie too far ahead are told and not given: they do not push each other away.
    assert.ok(Math.max(...waits) < 601_000, `${Math.max(...waits)}`);
  });

  it('at the installation’s own servers wait for nobody that one would notice', async () => {
    const ramp = process(freshName('ramp'));
    const waits = await Promise.all(Array.from({ length: 20 }, () => ramp.reserve('mail.own.test')));
    assert.ok(Math.max(...waits) <= 100, `${Math.max(...waits)}`);
  });

  it('keep their pace within a process while Redis is away', async () => {
    const redis = await servers.ownRedis();
    const ramp = process(freshName('ramp'), redis.url);
    assert.equal(await ramp.reserve('imap.gmail.com'), 0);
    await redis.kill();
    const waits = await Promise.all(Array.from({ length: 10 }, () => ramp.reserve('imap.gmail.com')));
    const apartMs = 1_000 / limitsOf('imap.gmail.com').loginsPerSecond;
    assert.ok(Math.max(...waits) > 8 * apartMs && Math.max(...waits) <= 10 * apartMs, waits.join(' '));
    await redis.stop();
  });
});

describe('a mailbox and its provider', () => {
  let daemon: Daemon;
  let crm: Crm;
  let certificate: Certificate;
  let sql: postgres.Sql;
  before(async () => {
    certificate = await makeCertificate(servers.authority, { dir: servers.dir, name: freshName('caps') });
    daemon = await startDaemon();
    crm = await startCrm(daemon);
    sql = postgres(daemon.env.DATABASE_URL!, { max: 1, onnotice: () => {} });
  });
  after(async () => {
    await sql?.end();
    await crm?.close();
    await daemon?.stop();
  });

  it('get no more connections than the provider allows, however many users share the mailbox', async () => {
    const ada = await servers.mailServer.addUser();
    const door = await startSwitch({ certificate, to: ada.imap.port });
    after(() => door.close());
    ada.imap = { ...ada.imap, port: door.port };
    const { connections } = limitsOf('localhost');
    const users: { userId: string; accountId: string }[] = [];
    for (let n = 0; n < connections; n += 1) users.push(await crm.connect(ada));
    const one = await (
      await crm.add('connect-account', await crm.connectPayload(ada, { userId: freshName('user') }))
    ).result();
    assert.equal(one.outcome, 'connected', 'its login was proved');
    await daemon.logged(
      (line) => line.accountId === one.accountId && line.msg === 'mailbox could not be opened' && !!line.nextTryAt,
    );
    const [row] = await sql`
      select count(*)::int as n from accounts
      where holder is not null and imap_door = (select imap_door from accounts where id = ${one.accountId})`;
    assert.equal(row!.n, connections);
  });

  it('are counted in the metrics when nobody understands what the server says, without a word of it', async () => {
    const ada = await servers.mailServer.addUser();
    const door = await startSwitch({ certificate, to: ada.imap.port });
    after(() => door.close());
    ada.imap = { ...ada.imap, port: door.port };
    door.refuse(`$tag NO Zyx qwv ${ada.address} grumbles`);
    const result = await (await crm.add('connect-account', await crm.connectPayload(ada))).result();
    assert.deepEqual([result.reason, result.permanent], ['unknown', false]);
    const metrics = await (await daemon.fetch('/metrics')).text();
    assert.match(metrics, /^postbud_unknown_server_answers_total\{protocol="imap"\} [1-9]/m);
    assert.doesNotMatch(metrics, /grumbles|Zyx/);
    const line = await daemon.logged(({ msg }) => /no rule/i.test(String(msg)));
    assert.match(JSON.stringify(line), /grumbles/);
    assert.doesNotMatch(JSON.stringify(line), new RegExp(ada.address.split('@')[0]!));
  });
});
