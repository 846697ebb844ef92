import assert from 'node:assert/strict';
import { randomUUIDv7 } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { asc, eq } from 'drizzle-orm';
import { type AccountParts, openAccounts } from '../src/accounts/index.ts';
import { type Lease, takeLease } from '../src/accounts/lease.ts';
import { reportOpened, reportTrouble } from '../src/accounts/report.ts';
import { resumeAccount } from '../src/accounts/rest.ts';
import { openDatabase } from '../src/db/database.ts';
import { accounts as accountTable, eventLog, users } from '../src/db/tables.ts';
import { Held } from '../src/doors/guard.ts';
import { MailError } from '../src/mail/errors.ts';
import type { Reason } from '../src/mail/refusals/index.ts';
import { parseKeyRing } from '../src/secrets/key-ring.ts';
import { quietLog } from './support/quiet-log.ts';
import { freshName, useServers } from './support/servers.ts';

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;
const tenantId = 'acme';
const processId = '00000000-0000-7000-8000-000000000001';

const clock = { now: Date.parse('2026-11-22T10:00:00Z') };
const now = () => new Date(clock.now);
let database: ReturnType<typeof openDatabase>;
let accounts: AccountParts;
let jobs = 0;

before(async () => {
  const { url } = await (await useServers()).freshDatabase();
  database = openDatabase({ url, log: quietLog().log });
  const ring = parseKeyRing(`k:${Buffer.alloc(32, 9).toString('base64')}`);
  const sealing = { keys: { privateKeyFor: async () => null }, ring, acceptPlain: true, now };
  accounts = openAccounts({ db: database.db, sealing, now, wake() {}, changed() {} });
});
after(() => database.close());

const keyOf = (queue: string) => {
  jobs += 1;
  return { queue, jobId: `job-${jobs}`, jobAt: clock.now, orderId: undefined };
};

type How = { permanent?: boolean; retryAfterMs?: number };

/** A mailbox that is watched. */
async function watched() {
  const userId = freshName('user');
  const email = `${userId}@host.test`;
  const accountId = randomUUIDv7();
  const imap = { host: 'mail.host.test', port: 993, security: 'tls', username: email } as const;
  await database.db.insert(users).values({ tenantId, userId });
  await database.db.insert(accountTable).values({
    id: accountId,
    tenantId,
    userId,
    email,
    state: 'syncing',
    imap,
    imapSecret: 'nobody opens it',
    syncedAt: now(),
    nextTryAt: now(),
  });

  const row = async () => (await database.db.select().from(accountTable).where(eq(accountTable.id, accountId)))[0]!;
  const lease = async (): Promise<Lease> => {
    const held = await row();
    if (held.holder) return { accountId, processId, token: held.token };
    const taken = await takeLease(accounts, accountId, processId);
    return taken?.lease ?? assert.fail('the mailbox is not due');
  };
  const mailbox = {
    row,
    /** What a connection, or the try to make one, ended with. */
    async fails(reason: Reason, { permanent = false, retryAfterMs }: How = {}) {
      const error = new MailError({ reason, permanent, protocol: 'imap', response: `said ${reason}`, retryAfterMs });
      return reportTrouble(accounts, await lease(), error);
    },
    /** The server says nothing at all. */
    async silent() {
      const error = new MailError({ reason: 'network.timeout', permanent: false, protocol: 'imap' });
      return reportTrouble(accounts, await lease(), error);
    },
    async silentFor(ms: number) {
      const until = clock.now + ms;
      for (;;) {
        const { nextTryAt } = await row();
        if (!nextTryAt || nextTryAt.getTime() > until) break;
        clock.now = Math.max(clock.now, nextTryAt.getTime());
        await mailbox.silent();
      }
      clock.now = until;
    },
    async isHeld(until: number) {
      return reportTrouble(accounts, await lease(), new Held(new Date(until), now(), 'imap'));
    },
    async opens(caughtUp = 0) {
      await reportOpened(accounts, await lease(), { caughtUp });
    },
    /** Try whenever a try is due until so much time has passed; each fails like this. @returns how many there were. */
    async failsFor(ms: number, reason: Reason, how?: How): Promise<number> {
      const until = clock.now + ms;
      let tries = 0;
      for (;;) {
        const { nextTryAt } = await row();
        if (!nextTryAt || nextTryAt.getTime() > until) break;
        clock.now = Math.max(clock.now, nextTryAt.getTime());
        await mailbox.fails(reason, how);
        tries += 1;
      }
      clock.now = until;
      return tries;
    },
    async resumes() {
      await resumeAccount(accounts, keyOf('resume-account'), { tenantId, userId });
    },
    /** What the CRM was told since the mailbox was watched. */
    async told(): Promise<{ type: string; data: Record<string, unknown> }[]> {
      const events = await database.db
        .select()
        .from(eventLog)
        .where(eq(eventLog.accountId, accountId))
        .orderBy(asc(eventLog.userSeq));
      return events.map(({ type, data }) => ({ type: type.replace(/^postbud\./, ''), data }));
    },
    async toldTypes() {
      return (await mailbox.told()).map(({ type }) => type);
    },
  };
  await mailbox.opens();
  assert.equal((await row()).state, 'connected');
  return mailbox;
}

/** How long from now until then, in ms. */
const inMs = (at: Date | null) => (at ?? assert.fail('there is no next try')).getTime() - clock.now;
const between = (ms: number, least: number, most: number) =>
  assert.ok(ms >= least && ms <= most, `${ms} ms is not between ${least} and ${most}`);

describe('a server that does not answer', () => {
  it('is told of once after five minutes, while the tries go on, and once when it is back', async () => {
    const mailbox = await watched();
    await mailbox.fails('network.reset');
    const began = clock.now;
    await mailbox.failsFor(4.5 * minute, 'network.timeout');
    assert.deepEqual(await mailbox.toldTypes(), []);
    assert.equal((await mailbox.row()).state, 'reconnecting');

    const tries = await mailbox.failsFor(3 * hour, 'network.timeout');
    between(tries, 15, 50);
    const [unreachable, ...more] = await mailbox.told();
    assert.deepEqual(more, []);
    assert.equal(unreachable?.type, 'account.unreachable');
    assert.equal(unreachable.data.reason, 'network.timeout');
    between(Date.parse(unreachable.data.nextTryAt as string) - began, 5 * minute, 30 * minute);

    clock.now = (await mailbox.row()).nextTryAt!.getTime();
    await mailbox.opens(4);
    const recovered = (await mailbox.told()).at(-1)!;
    assert.equal(recovered.type, 'account.recovered');
    assert.deepEqual(recovered.data, { after: 'reconnecting', downForMs: clock.now - began, caughtUp: 4 });
    assert.equal((await mailbox.row()).refusal, null);
  });

  it('is told of in time, and by its own reason, although we hold the login back', async () => {
    const mailbox = await watched();
    await mailbox.silent();
    const began = clock.now;
    const until = began + 30 * minute;
    clock.now = (await mailbox.row()).nextTryAt!.getTime();
    between(inMs(await mailbox.isHeld(until)), 4 * minute, 6 * minute);
    assert.deepEqual(await mailbox.toldTypes(), []);
    clock.now = (await mailbox.row()).nextTryAt!.getTime();
    const nextTryAt = await mailbox.isHeld(until);
    between(nextTryAt!.getTime() - until, 0, 2 * minute);
    const [unreachable, ...more] = await mailbox.told();
    assert.deepEqual(more, []);
    assert.deepEqual([unreachable?.type, unreachable?.data.reason], ['account.unreachable', 'network.timeout']);
    assert.equal(unreachable?.data.nextTryAt, nextTryAt?.toISOString());
  });

  it('for a moment is nobody’s concern', async () => {
    const mailbox = await watched();
    await mailbox.fails('network.reset');
    between(inMs((await mailbox.row()).nextTryAt), 0, 1_000);
    clock.now += 1_000;
    await mailbox.opens();
    assert.deepEqual(await mailbox.toldTypes(), []);
  });

  it('changes nothing that is known of a refused login', async () => {
    const mailbox = await watched();
    await mailbox.fails('auth.invalid_credentials', { permanent: true });
    clock.now = (await mailbox.row()).nextTryAt!.getTime();
    await mailbox.failsFor(3 * hour, 'network.timeout');
    await mailbox.failsFor(hour, 'rate.limited', { retryAfterMs: minute });
    const { state, refusal } = await mailbox.row();
    assert.equal(state, 'auth-failed');
    assert.equal(refusal?.reason, 'auth.invalid_credentials');
    assert.deepEqual(await mailbox.toldTypes(), ['account.auth_failed']);
  });
});

describe('a session that the server ends', () => {
  it('is made again quietly', async () => {
    const mailbox = await watched();
    for (let times = 0; times < 5; times++) {
      await mailbox.fails('session.expired');
      const { nextTryAt, refusal, downSince } = await mailbox.row();
      between(inMs(nextTryAt), 0, 1_000);
      assert.deepEqual([refusal, downSince], [null, null]);
      clock.now += hour;
      await mailbox.opens();
    }
    assert.deepEqual(await mailbox.toldTypes(), []);
  });

  it('and that it does not let begin again is no reason to log in each second', async () => {
    const mailbox = await watched();
    await mailbox.fails('session.expired');
    between(await mailbox.failsFor(hour, 'session.expired'), 10, 30);
    assert.deepEqual(await mailbox.toldTypes(), ['account.unreachable']);
  });
});

describe('a server that asks to slow down', () => {
  it('is obeyed, told of once, and comes back by itself', async () => {
    const mailbox = await watched();
    const asked = 20 * minute;
    between(inMs(await mailbox.fails('rate.limited', { retryAfterMs: asked })), asked, 1.2 * asked);
    assert.ok((await mailbox.failsFor(2 * hour, 'rate.limited', { retryAfterMs: asked })) <= 6);
    const [throttled, ...more] = await mailbox.told();
    assert.deepEqual(more, []);
    assert.equal(throttled?.type, 'account.throttled');
    assert.equal(throttled.data.reason, 'rate.limited');
    between(Date.parse(throttled.data.nextTryAt as string), clock.now - 2 * hour + asked, clock.now);
    await mailbox.failsFor(hour, 'network.timeout');
    assert.equal((await mailbox.row()).state, 'throttled');
    clock.now += hour;
    await mailbox.opens(7);
    const recovered = (await mailbox.told()).at(-1)!;
    assert.deepEqual(
      [recovered.type, recovered.data.after, recovered.data.caughtUp],
      ['account.recovered', 'throttled', 7],
    );
  });

  it('and then says nothing more is told of as unreachable, once', async () => {
    const mailbox = await watched();
    await mailbox.fails('rate.limited', { retryAfterMs: 20 * minute });
    await mailbox.failsFor(22 * minute, 'rate.limited', { retryAfterMs: 20 * minute });
    assert.deepEqual(await mailbox.toldTypes(), ['account.throttled']);
    clock.now = (await mailbox.row()).nextTryAt!.getTime();
    await mailbox.silent();
    const began = clock.now;
    await mailbox.silentFor(4 * minute);
    assert.deepEqual(await mailbox.toldTypes(), ['account.throttled']);
    await mailbox.silentFor(3 * hour);
    const [, unreachable, ...more] = await mailbox.told();
    assert.deepEqual(more, []);
    assert.deepEqual([unreachable?.type, unreachable?.data.reason], ['account.unreachable', 'network.timeout']);
    between(Date.parse(unreachable?.data.nextTryAt as string) - began, 5 * minute, 30 * minute);
    assert.equal((await mailbox.row()).state, 'throttled');
    clock.now = (await mailbox.row()).nextTryAt!.getTime();
    await mailbox.opens();
    assert.equal((await mailbox.told()).at(-1)?.type, 'account.recovered');
  });

  it('without saying how long gets a minute, then longer', async () => {
    const mailbox = await watched();
    between(inMs(await mailbox.fails('rate.limited')), minute / 2, minute);
    between(await mailbox.failsFor(hour, 'rate.limited'), 5, 15);
  });
});

describe('a refused password', () => {
  it('is tried once more after an hour, and then not before something changes', async () => {
    const mailbox = await watched();
    between(inMs(await mailbox.fails('auth.invalid_credentials', { permanent: true })), hour, hour + 10 * minute);
    assert.equal(await mailbox.failsFor(30 * day, 'auth.invalid_credentials', { permanent: true }), 1);
    assert.equal((await mailbox.row()).nextTryAt, null);
    assert.deepEqual(await mailbox.toldTypes(), ['account.auth_failed']);
    await mailbox.resumes();
    assert.equal(inMs((await mailbox.row()).nextTryAt), 0);
    await mailbox.opens(2);
    const recovered = (await mailbox.told()).at(-1)!;
    assert.deepEqual(
      [recovered.type, recovered.data.after, recovered.data.caughtUp],
      ['account.recovered', 'auth-failed', 2],
    );
  });

  it('that we may not even try is asked about when we may', async () => {
    const mailbox = await watched();
    await mailbox.fails('network.reset');
    clock.now += minute;
    const until = clock.now + 40 * minute;
    await mailbox.isHeld(until);
    const { state, refusal } = await mailbox.row();
    assert.deepEqual([state, refusal?.reason], ['reconnecting', 'network.reset']);
    assert.deepEqual(await mailbox.toldTypes(), []);
    // Once more in between, since silence is to be told of after five minutes.
    clock.now = (await mailbox.row()).nextTryAt!.getTime();
    const left = until - clock.now;
    between(inMs(await mailbox.isHeld(until)), left, left + minute);
    assert.deepEqual(await mailbox.toldTypes(), ['account.unreachable']);
  });
});

describe('a blocked login', () => {
  it('is probed once a day, and told of once', async () => {
    const mailbox = await watched();
    between(inMs(await mailbox.fails('login.blocked', { permanent: true })), day, day + 10 * minute);
    between(await mailbox.failsFor(7 * day, 'login.blocked', { permanent: true }), 6, 7);
    assert.deepEqual(await mailbox.toldTypes(), ['account.login_blocked']);
    await mailbox.resumes();
    assert.equal(inMs((await mailbox.row()).nextTryAt), 0);
  });

  it('that is locked for a time that the server tells is tried when the lock is over', async () => {
    const mailbox = await watched();
    const locked = 30 * minute;
    between(inMs(await mailbox.fails('account.locked', { retryAfterMs: locked })), locked, locked + 10 * minute);
    assert.equal((await mailbox.row()).state, 'login-blocked');
  });

  it('that may be no more than load is tried once after minutes, and then once a day', async () => {
    const mailbox = await watched();
    const first = await mailbox.fails('mailbox.access_denied');
    between(inMs(first), 10 * minute, 20 * minute);
    clock.now = first!.getTime();
    between(inMs(await mailbox.fails('mailbox.access_denied')), day, day + 10 * minute);
    assert.deepEqual(await mailbox.toldTypes(), ['account.login_blocked']);
  });

  it('that turns out to be a wrong password is told of as that', async () => {
    const mailbox = await watched();
    await mailbox.fails('login.blocked', { permanent: true });
    clock.now += 2 * day;
    await mailbox.fails('auth.invalid_credentials', { permanent: true });
    assert.deepEqual(await mailbox.toldTypes(), ['account.login_blocked', 'account.auth_failed']);
  });
});
