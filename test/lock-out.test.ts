import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { sql } from 'drizzle-orm';
import { openAccounts } from '../src/accounts/index.ts';
import { unwatched } from '../src/accounts/lease.ts';
import { reportSynced, reportTrouble } from '../src/accounts/report.ts';
import { resumeAccount } from '../src/accounts/rest.ts';
import { openDatabase } from '../src/db/database.ts';
import { accounts as accountTable } from '../src/db/tables.ts';
import { openBudget, perDoor, unheard } from '../src/doors/budget.ts';
import { guardDoors } from '../src/doors/guard.ts';
import { MailError } from '../src/mail/errors.ts';
import type { Imap } from '../src/mail/imap.ts';
import { openProviders } from '../src/mail/oauth/providers.ts';
import type { Smtp } from '../src/mail/smtp.ts';
import { parseKeyRing } from '../src/secrets/key-ring.ts';
import type { Watchers } from '../src/watchers/watchers.ts';
import { connectAccount } from '../src/workers/connect-account.ts';
import { watchMailbox } from '../src/workers/watch-mailbox.ts';
import { useServers } from './support/servers.ts';

/** 40 accounts in `npm test`; `npm run test:lock-out` takes 1,000. */
const howMany = Number(process.env.ACCOUNTS ?? 40);
/** A machine that does much else takes minutes for a thousand. */
const timeLimitMs = Math.max(300_000, howMany * 1_200);
const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;
const lockAfter = 5;
const processId = '00000000-0000-7000-8000-000000000001';

/** People whose passwords change at the same moment. */
const firmOf = 50;
/** A job starts this long after it is due, so that those who are due at nearly the same time start together. */
const queueLatencyMs = 10_000;
/** Orders and tries that are under way at the same time, as in a daemon. */
const atOnce = 8;

/** Do it for all, some at the same time. */
async function together<T>(all: readonly T[], act: (one: T) => Promise<unknown>): Promise<void> {
  const waiting = [...all];
  const work = async () => {
    for (let one = waiting.shift(); one !== undefined; one = waiting.shift()) await act(one);
  };
  await Promise.all(Array.from({ length: atOnce }, work));
}

/** Chance that comes out the same each time. */
function chance(seed: number) {
  let state = seed;
  return () => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return state / 2_147_483_648;
  };
}

/** A provider that locks a mailbox at its fifth refused login within an hour, and its clock. `silent`: it never says so. */
function startProvider(clock: { now: number }, silent: boolean) {
  const passwords = new Map<string, string>();
  const refused = new Map<string, number[]>();
  const locked = new Set<string>();
  let knocks = 0;

  const login = (username: string, password: string) => {
    knocks += 1;
    if (passwords.get(username) === password) return;
    const before = refused.get(username) ?? [];
    refused.set(username, [...before, clock.now]);
    const recent = before.filter((at) => at > clock.now - hour);
    if (recent.length + 1 >= lockAfter) locked.add(username);
    const protocol = 'imap' as const;
    if (silent) throw new MailError({ reason: 'network.timeout', permanent: false, protocol, unheard: true });
    throw new MailError({ reason: 'auth.invalid_credentials', permanent: true, protocol, response: 'NO wrong' });
  };
  const connection = {
    capabilities: ['IDLE'],
    tls: 'TLSv1.3',
    open: true,
    can: {
      qresync: false,
      condstore: false,
      move: false,
      uidplus: false,
      objectId: false,
      gmail: false,
      listStatus: false,
    },
    list: async () => [],
    select: async () => ({
      path: 'INBOX',
      uidValidity: 1,
      uidNext: 1,
      exists: 0,
      highestModseq: null,
      mailboxId: null,
      changes: null,
    }),
    uids: async () => [],
    async *flags() {},
    async *fetchSince() {},
    waitForNews: () => new Promise(() => {}),
    logout: async () => {},
    destroy() {},
  };
  const imap = {
    open: async ({ server, login: way }: Parameters<Imap['open']>[0]) => {
      login(server.username, way.reveal());
      return connection;
    },
  } as unknown as Imap;
  const smtp = {
    open: async ({ server, login: way }: Parameters<Smtp['open']>[0]) => {
      login(server.username, way.reveal());
      return { extensions: [], tls: 'TLSv1.3', quit: async () => {} };
    },
  } as unknown as Smtp;
  return { passwords, refused, locked, imap, smtp, knocks: () => knocks };
}

describe('a provider that locks a mailbox at five wrong passwords an hour', () => {
  it(`never locks one of ${howMany} accounts in 30 days, and each works again within a minute of its owner’s fix`, {
    timeout: timeLimitMs,
  }, async () => {
    const most = await thirtyDays({ howMany, silent: false, fixWithinHours: 48 });
    assert.ok(most <= perDoor.most, `${most} refused logins within an hour`);
    assert.ok(most === perDoor.most, 'nobody came near the ceiling: the simulation is too tame');
  });

  const fewer = Math.ceil(howMany / 20);
  it(`nor one of ${fewer} when it lets the connection wait instead of refusing`, { timeout: timeLimitMs }, async () => {
    const most = await thirtyDays({ howMany: fewer, silent: true, fixWithinHours: 3 });
    assert.ok(most <= unheard.personsMost, `${most} wrong logins within an hour`);
    assert.ok(most >= perDoor.most, 'nobody came near the ceiling: the simulation is too tame');
  });
});

/** Let 30 days pass. @returns the most wrong logins that one mailbox had within an hour. */
async function thirtyDays({
  howMany,
  silent,
  fixWithinHours,
}: {
  howMany: number;
  silent: boolean;
  /** How long an owner takes at most, once nothing keeps them from trying. */
  fixWithinHours: number;
}): Promise<number> {
  const servers = await useServers();
  const { url } = await servers.freshDatabase();
  const log = { info() {}, warn() {}, debug() {}, error: console.error } as never;
  const database = openDatabase({ url, log });
  const { db } = database;
  const clock = { now: Date.parse('2026-01-01T00:00:00Z') };
  const now = () => new Date(clock.now);
  const ring = parseKeyRing(`k:${Buffer.alloc(32, 9).toString('base64')}`);
  const provider = startProvider(clock, silent);
  const ramp = { reserve: async () => 0 };
  const doors = guardDoors(provider, { budget: openBudget({ db, ring, now }), ramp, now });
  const keys = { privateKeyFor: async () => null };
  const accounts = openAccounts({
    db,
    sealing: { keys, ring, acceptPlain: true, now },
    now,
    wake() {},
    changed() {},
  });
  // Who has logged in is left alone: what a mailbox holds, and how it is watched, is other tests' concern.
  const watchers = { hasRoom: () => true, open: (_, act) => act(), take() {} } as Pick<
    Watchers,
    'hasRoom' | 'open' | 'take'
  > as Watchers;
  // Every order of this test names its servers.
  const discover = () => Promise.reject(new Error('nothing is to be discovered'));
  const finding = { discovery: { discover }, providers: openProviders([]) };
  const connect = connectAccount(accounts, { doors, finding, publicUrl: 'http://127.0.0.1' });
  const watchJob = watchMailbox({ accounts, doors, ramp, watchers, processId, again() {}, log });
  const signal = new AbortController().signal;
  const random = chance(20_260_101);
  let jobs = 0;
  const key = (queue: string) => {
    jobs += 1;
    return { queue, jobId: `job-${jobs}`, jobAt: clock.now, orderId: undefined };
  };

  const order = async (user: string, password: string) => {
    const username = `${user}@host.test`;
    const server = { host: 'mail.host.test', port: 993, security: 'tls' as const, username };
    return connect.process(
      {
        tenantId: 'acme',
        userId: user,
        email: username,
        mailClient: 'crm',
        locale: 'en',
        credentials: { kind: 'password', password },
        imap: server,
        smtp: { ...server, port: 465 },
      },
      { key: key('connect-account'), keep: async () => {}, signal },
    );
  };
  const tryAllDue = async () => {
    const due = await unwatched(accounts, 1_000);
    await together(due, ({ accountId }) =>
      watchJob.process({ accountId }, { key: key('watch-mailbox'), keep: async () => {}, signal }),
    );
  };
  const stateOf = async (user: string) => {
    const [row] = await db.select().from(accountTable).where(sql`user_id = ${user} and state <> 'disconnected'`);
    return row!;
  };

  // What happens to each: the password changes, the owner tries this and that, and at last the right thing.
  type Step = { at: number; act: () => Promise<void> };
  const steps: Step[] = [];
  const late: string[] = [];
  const users = Array.from({ length: howMany }, (_, index) => `u${index}`);
  for (const user of users) provider.passwords.set(`${user}@host.test`, 'first');
  await together(users, async (user) => assert.equal((await order(user, 'first')).outcome, 'connected'));
  // A firm makes all of its people change their passwords at the same time, and they sit down to it at the same hours.
  const firms = Math.ceil(howMany / firmOf);
  const changes = Array.from({ length: firms }, () => clock.now + random() * 25 * day);
  for (const [index, user] of users.entries()) {
    const username = `${user}@host.test`;
    const changedAt = changes[index % firms]!;
    steps.push({
      at: changedAt,
      async act() {
        provider.passwords.set(username, 'second');
        const { id, token } = await stateOf(user);
        const lost = new MailError({ reason: 'network.reset', permanent: false, protocol: 'imap' });
        await reportTrouble(accounts, { accountId: id, processId, token }, lost);
      },
    });
    let at = changedAt;
    for (let tries = Math.floor(random() * 6); tries > 0; tries--) {
      at += Math.ceil(random() * 8) * 5 * minute;
      const impatient = random() < 0.5;
      steps.push({
        at,
        async act() {
          if (impatient)
            await resumeAccount(
              accounts,
              { ...key('resume-account'), jobAt: clock.now },
              { tenantId: 'acme', userId: user },
            );
          else await order(user, 'a guess');
        },
      });
    }
    // After so many guesses an owner may have to wait: the answer has said until when.
    const fixAt = changedAt + Math.ceil((at + hour - changedAt) / hour + random() * fixWithinHours) * hour;
    steps.push({
      at: fixAt,
      async act() {
        const result = await order(user, 'second');
        assert.equal(result.outcome, 'connected', JSON.stringify(result));
      },
    });
    steps.push({
      at: fixAt + minute,
      async act() {
        if ((await stateOf(user)).state !== 'connected') late.push(user);
      },
    });
  }
  await tryAllDue();
  await together(users, async (user) => {
    const { id, token } = await stateOf(user);
    await reportSynced(accounts, { accountId: id, processId, token }, { messages: 0 });
  });
  for (const step of steps) step.at = Math.trunc(step.at);
  steps.sort((one, other) => one.at - other.at);

  while (steps.length > 0) {
    const { at } = steps[0]!;
    // Everything that Postbud does by itself before this, at its own time.
    for (;;) {
      const [next] = await db.execute<{ at: string | null }>(sql`
          select min(next_try_at)::text as at from accounts
          where holder is null and state in ('syncing', 'reconnecting', 'auth-failed', 'throttled', 'login-blocked')`);
      const due = next?.at ? Date.parse(next.at) : Number.POSITIVE_INFINITY;
      if (due > at) break;
      clock.now = Math.max(clock.now, Math.min(at, Math.ceil(due) + queueLatencyMs));
      await tryAllDue();
    }
    clock.now = Math.max(clock.now, at);
    const later = steps.findIndex((step) => step.at > at);
    await together(steps.splice(0, later < 0 ? steps.length : later), (step) => step.act());
  }

  assert.deepEqual([...provider.locked], []);
  assert.deepEqual(late, []);
  await database.close();
  return Math.max(...[...provider.refused.values()].map((times) => mostWithinAnHour(times)));
}

function mostWithinAnHour(times: number[]): number {
  return Math.max(0, ...times.map((from) => times.filter((at) => at >= from && at < from + hour).length));
}
