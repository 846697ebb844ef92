/**
 * `npm run bench:send`: 1,000 small mails over 50 mailboxes to a local SMTP sink, from orders in the queue to `send.sent`,
 * beside bare pooled Nodemailer with the same mails in the same run. Then what a mail costs in round trips and
 * transactions, and the copies in Sent by themselves.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { randomUUIDv7 } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { Queue } from 'bullmq';
import { Redis } from 'ioredis';
import { createTransport } from 'nodemailer';
import { secretPlace } from '../src/accounts/secrets.ts';
import { openDatabase } from '../src/db/database.ts';
import { accounts, sends } from '../src/db/tables.ts';
import { createDoor } from '../src/mail/addresses.ts';
import { createImap } from '../src/mail/imap.ts';
import { readTls } from '../src/mail/tls.ts';
import { parseKeyRing } from '../src/secrets/key-ring.ts';
import { Secret } from '../src/secrets/secret.ts';
import { storeSecret } from '../src/secrets/stored-secret.ts';
import { fileCopies } from '../src/watchers/file-copies.ts';
import { startDaemon } from '../test/support/daemon.ts';
import { makeDatabase } from '../test/support/databases.ts';
import { startServers, useRunning } from '../test/support/servers.ts';
import { countTrips } from './count-trips.ts';
import { table } from './table.ts';

const mails = Number(process.env.MAILS ?? 1_000);
const mailboxes = Number(process.env.MAILBOXES ?? 50);
const rounds = Number(process.env.ROUNDS ?? 3);
const target = 400;
/** Mails of one mailbox, beside which another sends a single one. */
const many = 10_000;

const { servers, stop } = await startServers({ say: (line) => console.log(`  ${line}`) });
useRunning(servers);
process.once('SIGINT', () => void stop().then(() => process.exit(130)));
const sink = fork(new URL('sink-process.ts', import.meta.url));

try {
  const [{ port }] = (await once(sink, 'message')) as [{ port: number }];
  const server = { host: 'localhost', port, security: 'none' } as const;
  // As in production: a commit is on the disk before anything follows from it.
  const postgres = await servers.ownPostgres({ durable: true });
  const database = await makeDatabase({ url: postgres.url, run: 'bench' });
  const key = `bench:${Buffer.alloc(32, 7).toString('base64')}`;
  const ring = parseKeyRing(key);
  const direct = openDatabase({ url: database.url, log: { warn() {} } });
  const who = Array.from({ length: mailboxes }, (_, n) => ({ tenantId: 'bench', userId: `user-${n}` }));
  for (const one of who) {
    const id = randomUUIDv7();
    const smtp = { ...server, username: one.userId };
    const at = { ...secretPlace('accounts', id, 'smtp'), host: smtp.host, username: smtp.username };
    const smtpSecret = storeSecret(ring, { kind: 'password', value: new Secret('secret') }, at);
    const row = { id, ...one, email: `${one.userId}@example.dk`, state: 'connected' as const, smtp, smtpSecret };
    await direct.db.insert(accounts).values(row);
  }
  const env = {
    POSTBUD_KEYS: key,
    POSTBUD_ROLES: 'http,jobs,relay',
    POSTBUD_ALLOW_CLEARTEXT_HOSTS: 'localhost',
    POSTBUD_LOG_LEVEL: 'warn',
    ...(process.env.PROFILE ? { NODE_OPTIONS: `--cpu-prof --cpu-prof-dir=${process.env.PROFILE}` } : {}),
  };

  const proxy = await countTrips(database.url);
  const bare: number[] = [];
  const ours: number[] = [];
  const cpu: number[] = [];
  let daemon = await startDaemon({ databaseUrl: database.url, env });
  for (let round = 0; round <= rounds; round++) {
    const [one, other] = [await bareRate(port), await ourRate(daemon)];
    // The first is for the machine to get warm.
    if (round === 0) continue;
    bare.push(one);
    ours.push(other.rate);
    cpu.push(other.cpuMs);
  }
  const singles = await singleTimes(daemon);
  await daemon.stop();

  daemon = await startDaemon({ databaseUrl: proxy.url, env });
  await ourRate(daemon);
  const idle = await costs(() => delay(3_000));
  const busy = await costs(() => ourRate(daemon));
  const each = (name: 'trips' | 'transactions' | 'redis' | 'scripts') =>
    (Math.max(0, busy[name] - (idle[name] / idle.ms) * busy.ms) / mails).toFixed(2);
  // Its look-out would take the mailbox of the copies from a holder without a heartbeat.
  await daemon.stop();
  const copies = await copyRate();
  const { mails: taken, twice } = await ask(sink);

  const rate = (all: number[]) => [Math.min(...all), all.toSorted((a, b) => a - b)[all.length >> 1]!, Math.max(...all)];
  console.log(`\n${mails} mails over ${mailboxes} mailboxes, ${rounds} rounds; mails/s`);
  console.log(
    table(
      ['', 'least', 'median', 'most'],
      [
        ['bare Nodemailer, one pooled connection a mailbox', ...rate(bare).map((n) => n.toFixed(0))],
        ['Postbud, order in the queue to send.sent', ...rate(ours).map((n) => n.toFixed(0))],
      ],
    ),
  );
  console.log(`  target: at least ${target} mails/s`);
  console.log(`\nA single mail, order to send.sent, ms: least, median, most of ${singles.alone.length}`);
  console.log(
    table(
      ['', 'least', 'median', 'most'],
      [
        ['when nothing else is sent', ...rate(singles.alone).map((n) => n.toFixed(0))],
        [`right after ${many} orders of another mailbox`, ...rate(singles.behind).map((n) => n.toFixed(0))],
      ],
    ),
  );
  console.log('\nWhat a mail costs');
  console.log(
    table(
      ['', 'a mail'],
      [
        ['round trips to Postgres', each('trips')],
        ['transactions in Postgres', each('transactions')],
        ['scripts of BullMQ in Redis', each('scripts')],
        ['commands in Redis, in those scripts and outside', each('redis')],
        ['CPU of the daemon, ms', rate(cpu)[1]!.toFixed(2)],
      ],
    ),
  );
  console.log(`\nCopies in Sent, one mailbox, one connection: ${copies.toFixed(0)}/s`);
  console.log(`  taken by the sink: ${taken}, twice: ${twice}`);
  proxy.close();

  async function bareRate(at: number): Promise<number> {
    const pools = who.map(() =>
      createTransport({
        host: '127.0.0.1',
        port: at,
        pool: true,
        maxConnections: 1,
        maxMessages: Number.POSITIVE_INFINITY,
        ignoreTLS: true,
        auth: { user: 'kim', pass: 'secret' },
      }),
    );
    const startedAt = performance.now();
    await Promise.all(
      Array.from({ length: mails }, (_, n) => {
        const { userId } = who[n % who.length]!;
        const mail = {
          from: `${userId}@example.dk`,
          to: 'bo@example.com',
          subject: `Mail ${n}`,
          text: 'Good morning.',
        };
        return pools[n % pools.length]!.sendMail(mail);
      }),
    );
    const tookMs = performance.now() - startedAt;
    for (const pool of pools) pool.close();
    return (mails / tookMs) * 1_000;
  }

  /** Everything durable on: order, ledger, mark before the end, outcome with its event. */
  async function ourRate({ pid, env: { REDIS_URL, POSTBUD_PREFIX } }: { pid: number; env: NodeJS.ProcessEnv }) {
    const redis = new Redis(REDIS_URL!, { maxRetriesPerRequest: null });
    const queue = new Queue('send-message', { connection: redis, prefix: `{${POSTBUD_PREFIX}}` });
    const run = randomUUIDv7();
    const orders = Array.from({ length: mails }, (_, n) => ({
      name: 'send-message',
      data: {
        ...who[n % who.length],
        idempotencyKey: `${run}-${n}`,
        to: [{ address: 'bo@example.com' }],
        subject: `Mail ${n}`,
        text: 'Good morning.',
      },
    }));
    const [{ at }] = await direct.sql<[{ at: string }]>`select coalesce(max(no), 0) as at from events`;
    const cpuBefore = cpuMs(pid);
    const startedAt = performance.now();
    await queue.addBulk(orders);
    for (const end = performance.now() + 60_000; ; await delay(50)) {
      const [{ n }] = await direct.sql<[{ n: number }]>`
        select count(*)::int as n from events where no > ${at} and type = 'send.sent'`;
      if (n >= mails) break;
      if (performance.now() > end) {
        const rest =
          await direct.sql`select s.state, s.attempt, s.next_try_at, s.refusal, a.sending from sends s join accounts a on a.id = s.account_id
          where s.state not in ('accepted') limit 3`;
        throw new Error(`${n} of ${mails} mails were sent within a minute; ${JSON.stringify(rest)}`);
      }
    }
    const tookMs = performance.now() - startedAt;
    await queue.close();
    redis.disconnect();
    return { rate: (mails / tookMs) * 1_000, cpuMs: (cpuMs(pid) - cpuBefore) / mails };
  }

  /** How long one mail of a mailbox takes: alone, and given right after thousands of orders of another mailbox. */
  async function singleTimes({ env: { REDIS_URL, POSTBUD_PREFIX } }: { env: NodeJS.ProcessEnv }) {
    const redis = new Redis(REDIS_URL!, { maxRetriesPerRequest: null });
    const queue = new Queue('send-message', { connection: redis, prefix: `{${POSTBUD_PREFIX}}` });
    const order = (of: (typeof who)[number]) => ({
      ...of,
      idempotencyKey: randomUUIDv7(),
      to: [{ address: 'bo@example.com' }],
      subject: 'Single',
      text: 'Good morning.',
    });
    const timesOf = async (count: number) => {
      const times: number[] = [];
      for (let n = 0; n < count; n++) {
        const one = order(who[1]!);
        const startedAt = performance.now();
        await queue.add('send-message', one);
        for (const end = performance.now() + 60_000; ; await delay(5)) {
          const [told] = await direct.sql`select from events
            where user_id = ${one.userId} and type = 'send.sent' and data->>'idempotencyKey' = ${one.idempotencyKey}`;
          if (told) break;
          if (performance.now() > end) throw new Error('a single mail was not sent within a minute');
        }
        times.push(performance.now() - startedAt);
      }
      return times;
    };
    const alone = await timesOf(10);
    await queue.addBulk(Array.from({ length: many }, () => ({ name: 'send-message', data: order(who[0]!) })));
    const behind = await timesOf(10);
    await queue.drain();
    for (; (await queue.getActiveCount()) > 0; await delay(50));
    await direct.sql`delete from sends where state = 'queued'`;
    await queue.close();
    redis.disconnect();
    return { alone, behind };
  }

  async function costs(act: () => Promise<unknown>) {
    const read = async () => {
      await direct.sql`select pg_stat_force_next_flush()`.catch(() => {}); // Postgres 15 has it, and it only makes this exact
      const [{ n }] = await direct.sql<[{ n: string }]>`
        select xact_commit + xact_rollback as n from pg_stat_database where datname = current_database()`;
      const redis = new Redis(daemon.env.REDIS_URL!);
      const calls = /total_commands_processed:(\d+)/.exec(await redis.info('stats'))?.[1];
      const scripts = [...(await redis.info('commandstats')).matchAll(/cmdstat_eval(?:sha)?:calls=(\d+)/g)];
      redis.disconnect();
      return {
        transactions: Number(n),
        trips: proxy.trips(),
        redis: Number(calls),
        scripts: scripts.reduce((sum, [, calls]) => sum + Number(calls), 0),
      };
    };
    const before = await read();
    const startedAt = performance.now();
    await act();
    const ms = performance.now() - startedAt;
    await delay(1_500); // statistics reach their view within a second
    const after = await read();
    const waited = performance.now() - startedAt;
    return {
      ms: waited,
      sentMs: ms,
      transactions: after.transactions - before.transactions,
      trips: after.trips - before.trips,
      redis: after.redis - before.redis,
      scripts: after.scripts - before.scripts,
    };
  }

  /** Copies that wait of one mailbox, on the connection of whoever watches it. */
  async function copyRate(): Promise<number> {
    const count = 200;
    const user = await servers.mailServer.addUser();
    const id = randomUUIDv7();
    const lease = { accountId: id, processId: randomUUIDv7(), token: 1 };
    const mailbox = { tenantId: 'bench', userId: 'copies' };
    await direct.db
      .insert(accounts)
      .values({ id, ...mailbox, email: user.address, state: 'connected', holder: lease.processId, token: 1 });
    const content = {
      from: user.address,
      fromName: '',
      to: [{ name: '', address: 'bo@example.com' }],
      cc: [],
      bcc: [],
    };
    const rest = { replyTo: null, subject: 'x', text: 'Good morning.', html: null, headers: {}, listUnsubscribe: null };
    await direct.db.insert(sends).values(
      Array.from({ length: count }, (_, n) => ({
        id: randomUUIDv7(),
        ...mailbox,
        accountId: id,
        idempotencyKey: `copy-${n}`,
        contentHash: 'x',
        messageIdHeader: `<copy-${n}@example.dk>`,
        state: 'accepted' as const,
        content: {
          ...content,
          ...rest,
          attachments: [],
          date: new Date().toISOString(),
          inReplyTo: null,
          references: [],
        },
        giveUpAt: new Date(),
      })),
    );
    const imap = createImap({
      door: createDoor({ allowHosts: ['127.0.0.0/8', '::1'] }),
      tls: readTls({ caFile: servers.caFile }),
    });
    const connection = await imap.open(
      { server: user.imap, login: { kind: 'password', reveal: () => user.password } },
      { signal: AbortSignal.timeout(30_000), timeLimitMs: 10_000 },
    );
    await connection.select('INBOX');
    const startedAt = performance.now();
    await fileCopies({ db: direct.db, log: { warn() {} } as never, wake: () => {}, commanded: () => {} })(
      lease,
      connection,
    );
    const tookMs = performance.now() - startedAt;
    await connection.logout();
    const [{ n }] = await direct.sql<[{ n: number }]>`
      select count(*)::int as n from sends where account_id = ${id} and copy = 'filed'`;
    if (n < count) throw new Error(`${n} of ${count} copies were filed`);
    return (count / tookMs) * 1_000;
  }
} finally {
  sink.disconnect();
  await stop();
}
process.exit(0);

/** What a process has used, by the kernel's count of hundredths of a second. */
function cpuMs(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'latin1')
    .replace(/^.*\) /, '')
    .split(' ');
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

async function ask(child: ChildProcess): Promise<{ mails: number; twice: number }> {
  child.send('count');
  const [answer] = (await once(child, 'message')) as [{ mails: number; twice: number }];
  return answer;
}
