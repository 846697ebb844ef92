import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { promisify } from 'node:util';
import type { Redis } from 'ioredis';
import postgres from 'postgres';
import { type Crm, startCrm } from './support/crm.ts';
import { type Daemon, startDaemon } from './support/daemon.ts';
import { freshName, type Servers, useServers } from './support/servers.ts';

let servers: Servers;
let daemon: Daemon;
let crm: Crm;

before(async () => {
  servers = await useServers();
  daemon = await startDaemon({ env: { POSTBUD_LOG_LEVEL: 'trace' } });
  crm = await startCrm(daemon);
});
after(async () => {
  await crm?.close();
  await daemon?.stop();
});

/** A secret that is found again in whatever form it leaks: in clear, as base64 at any offset, as hex. */
function canary() {
  const secret = freshName('canary').replaceAll('-', '');
  const forms = [secret, Buffer.from(secret).toString('hex'), encodeURIComponent(secret)];
  for (const lead of ['', 'x', 'xx']) {
    // What stands before it shifts the groups of three; the ends depend on the neighbours and are left out.
    forms.push(
      Buffer.from(lead + secret)
        .toString('base64')
        .slice(4, -4),
    );
  }
  return { secret, found: (text: string) => forms.filter((form) => text.includes(form)) };
}

async function dumpRedis(redis: Redis): Promise<string> {
  let text = '';
  for await (const keys of redis.scanStream({ count: 500 })) {
    for (const key of keys as string[]) {
      const type = await redis.type(key);
      const read = {
        string: () => redis.get(key),
        hash: () => redis.hgetall(key),
        list: () => redis.lrange(key, 0, -1),
        set: () => redis.smembers(key),
        zset: () => redis.zrange(key, '0', '-1'),
        stream: () => redis.xrange(key, '-', '+'),
      }[type as 'string'];
      text += `${key} ${JSON.stringify(await read?.())}\n`;
    }
  }
  return text;
}

async function dumpPostgres(url: string): Promise<string> {
  const sql = postgres(url, { max: 1 });
  try {
    let text = '';
    const tables = await sql<{ name: string }[]>`
      select table_name as name from information_schema.tables where table_schema = 'public'`;
    for (const { name } of tables) text += `${name} ${JSON.stringify(await sql`select * from ${sql(name)}`)}\n`;
    return text;
  } finally {
    await sql.end();
  }
}

describe('a secret', () => {
  it('is nowhere to be found outside of the mail servers', { timeout: 60_000 }, async () => {
    const good = canary();
    const wrong = canary();
    const plain = canary();
    const ada = await servers.mailServer.addUser({ password: good.secret });
    const userId = freshName('user');

    await crm.connect(ada, { userId });
    const validate = await crm.add('validate-credentials', await crm.connectPayload(ada, { userId }));
    assert.equal((await validate.result()).ok, true);
    const refused = await crm.add('connect-account', await crm.connectPayload(ada, { password: wrong.secret }));
    assert.equal((await refused.result()).outcome, 'refused');
    const unsealed = { ...(await crm.connectPayload(ada)), credentials: { kind: 'password', password: plain.secret } };
    assert.equal((await (await crm.add('connect-account', unsealed)).result()).reason, 'credentials.not_sealed');
    const invalid = await crm.add('connect-account', { ...unsealed, email: 'nobody' });
    await assert.rejects(invalid.result());
    const posted = await daemon.fetch('/v1/accounts', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        ...unsealed,
        userId: freshName('user'),
        credentials: { kind: 'password', password: good.secret },
      }),
    });
    assert.equal(posted.status, 200);
    const sent = await crm.add('send-message', {
      tenantId: crm.tenantId,
      userId,
      idempotencyKey: freshName('key'),
      to: [{ address: 'bo@example.com' }],
      subject: 'Hello',
      text: 'A mail.',
    });
    assert.equal((await sent.result()).status, 'sent');

    const admin = { tenant: `tenantId=${crm.tenantId}` };
    const pages = ['/healthz', '/readyz', '/metrics', '/.well-known/jwks.json', '/docs', '/queues'];
    pages.push(`/v1/accounts?${admin.tenant}`, `/v1/accounts/${crm.tenantId}/${userId}`, `/v1/events?${admin.tenant}`);
    for (const queue of ['connect-account', 'validate-credentials', 'send-message', 'watch-mailbox']) {
      pages.push(`/queues/api/queues?activeQueue=${queue}&status=completed&page=1&jobsPerPage=100`);
      pages.push(`/queues/api/queues?activeQueue=${queue}&status=failed&page=1&jobsPerPage=100`);
    }
    const places: [string, string][] = [
      ['Redis', await dumpRedis(crm.redis)],
      ['Postgres', await dumpPostgres(daemon.env.DATABASE_URL!)],
      ['the log', JSON.stringify(daemon.logs)],
      ['events', JSON.stringify(crm.events.all)],
    ];
    for (const page of pages) places.push([page, await (await daemon.fetch(page)).text()]);
    for (const [place, text] of places) {
      assert.ok(text.length > 10, `${place} shows nothing`);
      for (const { found } of [good, wrong, plain]) assert.deepEqual(found(text), [], place);
    }
    // The search itself works: what must be there is found by the same dumps.
    assert.ok(places[0]![1].includes(userId) && places[1]![1].includes(userId) && places[2]![1].includes('job ended'));
  });
});

describe('the key ring', () => {
  it('is rotated while the daemon runs: all secrets move to the new key, and logins go on', {
    timeout: 60_000,
  }, async () => {
    const ada = await servers.mailServer.addUser();
    const { userId } = await crm.connect(ada);
    const [old] = daemon.env.POSTBUD_KEYS!.split(',');
    const fresh = `next:${randomBytes(32).toString('base64')}`;
    const rotate = async (keys: string) => {
      const script = new URL('../src/secrets/rotate.ts', import.meta.url).pathname;
      return promisify(execFile)(process.execPath, [script], { env: { ...daemon.env, POSTBUD_KEYS: keys } });
    };
    const { stdout } = await rotate(`${fresh},${old}`);
    assert.match(stdout, /accounts\.imap_secret: done, [1-9]\d* renewed/);
    assert.match(stdout, /Nothing is left under an older key/);
    const again = await rotate(`${fresh},${old}`);
    assert.match(again.stdout, /^0 secrets renewed/m);

    await daemon.stop();
    daemon.env.POSTBUD_KEYS = fresh;
    await daemon.start();
    await ada.deliver({ subject: 'after the rotation' });
    const heard = await crm.events.next((event) => event.type.endsWith('message.received') && event.userid === userId);
    assert.equal(heard.data.subject, 'after the rotation');
    await assert.rejects(rotate(old!), (error: Error & { stderr: string }) =>
      /No key of POSTBUD_KEYS opens/.test(error.stderr),
    );
  });
});
