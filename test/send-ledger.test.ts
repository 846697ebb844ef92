import assert from 'node:assert/strict';
import { randomUUIDv7 } from 'node:crypto';
import { after, before, beforeEach, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { eq, sql } from 'drizzle-orm';
import { withUser } from '../src/accounts/user-lock.ts';
import { openDatabase } from '../src/db/database.ts';
import { accounts, processes, sends, users } from '../src/db/tables.ts';
import { MailError } from '../src/mail/errors.ts';
import type { Reason } from '../src/mail/refusals/index.ts';
import type { RefusedRecipient } from '../src/mail/smtp-faults.ts';
import { sendPayload } from '../src/queues/orders.ts';
import { acceptSend } from '../src/sending/accept.ts';
import { batchedWrites } from '../src/sending/accept-at-once.ts';
import { copyDone, nextCopy } from '../src/sending/copies.ts';
import { type Claimed, claim, dueAccounts, endSendsOf, giveBack, markDataSent } from '../src/sending/ledger.ts';
import { expireSends, forgetOldSends, recoverSends } from '../src/sending/recover.ts';
import { type Outcome, settle } from '../src/sending/settle.ts';
import { settleAccepted } from '../src/sending/settle-accepted.ts';
import { knockAgain } from '../src/sending/submission.ts';
import type { TestDatabase } from './support/databases.ts';
import { freshName, useServers } from './support/servers.ts';

let testDatabase: TestDatabase;
let database: ReturnType<typeof openDatabase>;
let ledger: { db: typeof database.db; wake: () => void; changed: () => void };
const us = randomUUIDv7();
const them = randomUUIDv7();
before(async () => {
  testDatabase = await (await useServers()).freshDatabase();
  database = openDatabase({ url: testDatabase.url, log: { warn: () => {} } });
  ledger = { db: database.db, wake: () => {}, changed: () => {} };
});
after(async () => {
  await database.close();
  await testDatabase.drop();
});
beforeEach(async () => {
  const { db } = database;
  await db.delete(processes);
  for (const id of [us, them]) await db.insert(processes).values({ id, host: 'here', roles: [] });
});

/** A user with a mailbox, and shorthands for what happens to it. */
async function mailbox(part: Partial<typeof accounts.$inferInsert> = {}) {
  const { db } = database;
  const who = { tenantId: 'acme', userId: freshName('user') };
  const id = randomUUIDv7();
  const smtp = { host: 'smtp.example.dk', port: 465, security: 'tls', username: 'kim' } as const;
  const row = { id, ...who, email: 'Kim@Example.dk', state: 'connected', smtp, smtpSecret: 'sealed', ...part } as const;
  await db.insert(accounts).values(row);
  const payload = (idempotencyKey: string, more: object = {}) =>
    sendPayload.parse({ ...who, idempotencyKey, to: [{ address: 'bo@example.com' }], text: 'Hej', ...more });
  return {
    id,
    who,
    payload,
    accept: (key: string, more: object = {}) => acceptSend(ledger, payload(key, more)),
    claim: async (holder = us): Promise<Claimed | undefined> => (await claim(ledger, holder, [id]))[0],
    send: async (sendId: string) => (await db.select().from(sends).where(eq(sends.id, sendId)))[0]!,
    account: async () => (await db.select().from(accounts).where(eq(accounts.id, id)))[0]!,
    set: (values: Partial<typeof accounts.$inferInsert>) => db.update(accounts).set(values).where(eq(accounts.id, id)),
    due: (sendId: string) =>
      db
        .update(sends)
        .set({ nextTryAt: new Date(0) })
        .where(eq(sends.id, sendId)),
    async events() {
      const rows = await testDatabase.sql`
        select type, user_seq, data from events where user_id = ${who.userId} order by user_seq`;
      assert.deepEqual(
        rows.map((row) => Number(row.user_seq)),
        rows.map((_, at) => at + 1),
        'a gap in userseq',
      );
      return rows as unknown as { type: string; data: Record<string, unknown> }[];
    },
    async told() {
      return (await this.events()).map(({ type }) => type);
    },
  };
}

const refused = (
  reason: Reason,
  {
    permanent = false,
    door = false,
    retryAfterMs,
  }: { permanent?: boolean; door?: boolean; retryAfterMs?: number } = {},
): Outcome => ({
  kind: 'refused',
  error: new MailError({ reason, permanent, protocol: 'smtp', response: '451 words', retryAfterMs }),
  door,
});
const yes = { kind: 'accepted' as const, response: '250 ok', rejected: [] as RefusedRecipient[] };
const minutes = (from: unknown) => (Date.parse(String(from)) - Date.now()) / 60_000;

async function until(what: () => Promise<boolean>) {
  for (const end = Date.now() + 10_000; !(await what()); await delay(10)) assert.ok(Date.now() < end);
}

describe('an order to send', () => {
  it('is one send, however often it comes', async () => {
    const kim = await mailbox();
    const all = await Promise.all(Array.from({ length: 8 }, () => kim.accept('one')));
    assert.equal(new Set(all.map(({ send }) => send!.id)).size, 1);
    assert.equal(all.filter(({ send }) => send!.messageIdHeader === all[0]!.send!.messageIdHeader).length, 8);
    assert.match(all[0]!.send!.messageIdHeader, /^<[A-Za-z0-9]{32}@example\.dk>$/);
    // Fields with their defaults, and in another order, are the same content.
    const again = await kim.accept('one', { subject: '', cc: [], headers: {} });
    assert.equal(again.send?.id, all[0]!.send!.id);
  });

  it('with the key of another mail is refused', async () => {
    const kim = await mailbox();
    await kim.accept('one');
    const other = await kim.accept('one', { text: 'Something else' });
    assert.equal(other.send, undefined);
    assert.equal(!other.send && other.refusal.reason, 'send.idempotency_conflict');
    const bo = await mailbox();
    assert.ok((await bo.accept('one', { text: 'Something else' })).send, 'keys are per user');
  });

  it('without a mailbox, without anyone to go to, or too large is refused and leaves nothing', async () => {
    const gone = await mailbox({ state: 'disconnected' });
    const kim = await mailbox();
    const reasons = [
      await gone.accept('one'),
      await kim.accept('two', { to: [] }),
      await kim.accept('three', { text: 'x'.repeat(1024 * 1024) }),
    ].map((accepted) => !accepted.send && accepted.refusal.reason);
    assert.deepEqual(reasons, ['account.not_found', 'send.recipient_rejected', 'send.message_too_large']);
    assert.equal((await database.db.select().from(sends).where(eq(sends.userId, gone.who.userId))).length, 0);
  });

  it('goes at once only when nothing is before it', async () => {
    const kim = await mailbox();
    const one = await kim.accept('one');
    const two = await kim.accept('two');
    const later = await kim.accept('later', { sendAt: new Date(Date.now() + 3_600_000).toISOString() });
    assert.deepEqual(
      [one, two, later].map((accepted) => accepted.send && accepted.goesNow),
      [true, false, false],
    );
    assert.equal(Math.round(minutes(later.send!.giveUpAt.toISOString()) / 60), 49);
    const paused = await mailbox({ state: 'paused' });
    assert.equal(await paused.accept('one').then((accepted) => accepted.send && accepted.goesNow), false);
    assert.equal(await paused.claim(), undefined);
  });

  it('comes with hundreds of its mailbox: they keep their order, the first goes, and a key that came twice is one', async () => {
    const [kim, bo] = [await mailbox(), await mailbox()];
    for (const { who } of [kim, bo]) await database.db.insert(users).values(who);
    const statements: string[] = [];
    const counting = new Proxy(ledger.db, {
      get(db, name) {
        if (name === 'execute' || name === 'transaction') statements.push(name);
        const value = Reflect.get(db, name, db);
        return typeof value === 'function' ? value.bind(db) : value;
      },
    });
    const parts = { ...ledger, db: counting };
    const together = { ...parts, writeAtOnce: batchedWrites(parts) };
    const keys = Array.from({ length: 250 }, (_, n) => `mail-${n}`);
    const given = [...keys.map((key) => kim.payload(key)), bo.payload('single'), kim.payload('mail-7')];
    const accepted = await Promise.all(given.map((payload) => acceptSend(together, payload)));
    const inOrder = await database.db.select().from(sends).where(eq(sends.accountId, kim.id)).orderBy(sends.no);
    assert.deepEqual(
      inOrder.map(({ idempotencyKey }) => idempotencyKey),
      keys,
    );
    const goes = accepted.flatMap((one) => (one.send && one.goesNow ? [one.send.idempotencyKey] : []));
    assert.deepEqual(goes, ['mail-0', 'single']);
    assert.equal(accepted.at(-1)!.send!.id, accepted[7]!.send!.id);
    assert.ok(statements.length < 10, `${statements.length} statements for ${given.length} orders`);
  });

  it('may come from an international address, and answer a message that we know', async () => {
    const kim = await mailbox({ email: 'kim@grøn.dk' });
    const { send } = await kim.accept('one', { inReplyTo: '<a@b> <c@d>' });
    assert.match(send!.messageIdHeader, /@xn--grn-1na\.dk>$/);
    const content = (await kim.send(send!.id)).content as Record<string, unknown>;
    assert.deepEqual(
      [content.from, content.inReplyTo, content.references],
      ['kim@xn--grn-1na.dk', '<c@d>', ['<a@b>', '<c@d>']],
    );
    const unknown = await kim.accept('two', { inReplyTo: randomUUIDv7() });
    assert.equal(((await kim.send(unknown.send!.id)).content as Record<string, unknown>).inReplyTo, null);
    const ascii = await mailbox();
    const plain = (await ascii.send((await ascii.accept('one')).send!.id)).content as Record<string, unknown>;
    assert.equal(plain.from, 'Kim@example.dk');
  });

  it('does not slip past a disconnect that runs beside it', async () => {
    const kim = await mailbox();
    await kim.accept('known'); // so that the user's row is there, and the short way is taken
    let slow: ReturnType<typeof kim.accept> | undefined;
    await withUser(ledger, kim.who, async (locked) => {
      slow = kim.accept('two');
      await delay(300); // it waits for the user's row by now
      await endSendsOf(locked, kim.id);
      await locked.tx.update(accounts).set({ state: 'disconnected' }).where(eq(accounts.id, kim.id));
    });
    const late = await slow!;
    assert.equal(!late.send && late.refusal.reason, 'account.not_found');
  });
});

describe('whose turn it is', () => {
  it('is the oldest mail that is due, one of an account at a time', async () => {
    const kim = await mailbox();
    const ids = [];
    for (const key of ['one', 'two', 'three']) ids.push((await kim.accept(key)).send!.id);
    await database.db
      .update(sends)
      .set({ nextTryAt: new Date(Date.now() + 60_000) })
      .where(eq(sends.id, ids[0]!));
    const first = await kim.claim();
    assert.equal(first?.id, ids[1]);
    assert.deepEqual([first?.attempt, first?.account.email, first?.holder], [1, 'Kim@Example.dk', us]);
    assert.equal(await kim.claim(them), undefined);
    await giveBack(ledger, first!);
    assert.equal((await kim.claim(them))?.id, ids[1]);
  });

  it('is given to one of many who ask at the same time', async () => {
    const all = await Promise.all(Array.from({ length: 10 }, () => mailbox()));
    for (const { accept } of all) for (const key of ['one', 'two']) await accept(key);
    const ids = all.map(({ id }) => id);
    const askers = Array.from({ length: 8 }, (_, at) =>
      claim(ledger, at % 2 ? us : them, at % 3 ? ids : ids.toReversed()),
    );
    const claimed = (await Promise.allSettled(askers)).flatMap((asked) =>
      asked.status === 'fulfilled' ? asked.value : [],
    );
    assert.equal(new Set(claimed.map(({ accountId }) => accountId)).size, claimed.length);
    assert.equal(claimed.length, 10);
  });

  it('is given on as many lanes as an account may have, also to many who ask at the same time', async () => {
    const kim = await mailbox();
    for (const key of ['one', 'two', 'three', 'four', 'five']) await kim.accept(key);
    const ask = async () => {
      const asked = await Promise.allSettled(Array.from({ length: 6 }, () => claim(ledger, us, [kim.id], 3)));
      return asked.flatMap((one) => (one.status === 'fulfilled' ? one.value : []));
    };
    const claimed = [...(await ask()), ...(await ask()), ...(await ask())];
    assert.deepEqual(claimed.map(({ idempotencyKey }) => idempotencyKey).sort(), ['one', 'three', 'two']);
    assert.deepEqual(await claim(ledger, them, [kim.id], 3), []);
    await markDataSent(ledger, claimed);
    await settle(ledger, claimed[0]!, yes);
    assert.deepEqual(
      (await claim(ledger, them, [kim.id], 3)).map(({ idempotencyKey }) => idempotencyKey),
      ['four'],
    );
  });

  it('goes round: ten thousand mails of one account hide nobody', async () => {
    const [many, one] = [await mailbox(), await mailbox()];
    const { send } = await many.accept('first');
    await testDatabase.sql`
      insert into sends (id, tenant_id, user_id, account_id, idempotency_key, content_hash, message_id_header, give_up_at)
      select gen_random_uuid(), tenant_id, user_id, account_id, 'k' || n, '', '<' || n || '>', give_up_at
      from sends, generate_series(1, 10000) n where id = ${send!.id}`;
    await one.accept('one');
    const due = await dueAccounts(ledger);
    assert.ok(due.includes(many.id) && due.includes(one.id));
    const claimed = await claim(ledger, us, [many.id, one.id]);
    assert.deepEqual(claimed.map(({ accountId }) => accountId).sort(), [many.id, one.id].sort());
    await testDatabase.sql`delete from sends where account_id = ${many.id}`;
  });
});

describe('a mail that is put off while its turn comes', () => {
  it('waits for its new time', async () => {
    const [first, second] = [await mailbox(), await mailbox()];
    const [one, other] = [(await first.accept('a')).send!, (await second.accept('b')).send!];
    const { db } = database;
    // The statement that claims both stops at the first of them, and meanwhile both are put off.
    await db.execute(sql`create function stop_here() returns trigger language plpgsql as
      'begin perform pg_advisory_xact_lock_shared(4711); return new; end'`);
    await db.execute(
      sql`create trigger stop_here before update of attempt on sends for each row execute function stop_here()`,
    );
    const held = await testDatabase.sql.reserve();
    await held`select pg_advisory_lock(4711)`;
    const claims = claim(ledger, us, [first.id, second.id]);
    await until(
      async () => (await held`select 1 from pg_locks where locktype = 'advisory' and not granted`).length > 0,
    );
    const tomorrow = new Date(Date.now() + 86_400_000);
    const ids = [one.id, other.id];
    const putOff = await db.execute<{ id: string }>(sql`update sends set next_try_at = ${tomorrow.toISOString()}
      where id in (select id from sends where id = any(string_to_array(${ids.join(',')}, ',')::uuid[]) for update skip locked)
      returning id`);
    await held`select pg_advisory_unlock(4711)`;
    held.release();
    const claimed = (await claims).map(({ id }) => id);
    await db.execute(sql`drop trigger stop_here on sends`);
    assert.equal(putOff.length, 1, 'one was still free');
    assert.deepEqual(
      claimed,
      ids.filter((id) => id !== putOff[0]!.id),
    );
  });
});

describe('the mark before the end', () => {
  it('is set once, and only by who has the mail in hand', async () => {
    const kim = await mailbox();
    await kim.accept('one');
    const mail = (await kim.claim())!;
    const others = [
      { ...mail, holder: them },
      { ...mail, attempt: 2 },
    ];
    assert.deepEqual(await markDataSent(ledger, [...others]), [false, false]);
    assert.deepEqual(await markDataSent(ledger, [mail]), [true]);
    assert.deepEqual(await markDataSent(ledger, [mail]), [false]);
  });

  it('is refused after a disconnect', async () => {
    const kim = await mailbox();
    await kim.accept('one');
    const mail = (await kim.claim())!;
    await withUser(ledger, kim.who, (locked) => endSendsOf(locked, kim.id));
    assert.deepEqual(await markDataSent(ledger, [mail]), [false]);
    assert.deepEqual(await kim.told(), ['send.failed']);
  });
});

describe('what became of a try', () => {
  const tried = async (part: Partial<typeof accounts.$inferInsert> = {}) => {
    const kim = await mailbox(part);
    const { send } = await kim.accept('one');
    const mail = (await kim.claim())!;
    await markDataSent(ledger, [mail]);
    return { kim, mail, sendId: send!.id };
  };

  it('accepted: told once, and the copy waits', async () => {
    for (const write of [
      settle,
      async (parts: typeof ledger, mail: Claimed) => (await settleAccepted(parts, [{ mail, ...yes }]))[0]!,
    ]) {
      const { kim, mail, sendId } = await tried();
      assert.equal(await write(ledger, mail, yes), true);
      assert.equal(await write(ledger, mail, yes), false);
      const send = await kim.send(sendId);
      assert.deepEqual(
        [send.state, send.response, send.copy, send.endedAt !== null],
        ['accepted', '250 ok', 'pending', true],
      );
      assert.ok(send.content);
      const { messageIdHeader, idempotencyKey } = send;
      assert.deepEqual(
        (await kim.events()).map(({ type, data }) => ({ type, data })),
        [
          {
            type: 'send.sent',
            data: {
              sendId,
              idempotencyKey,
              messageIdHeader,
              response: '250 ok',
              rejectedRecipients: [],
              copy: 'pending',
            },
          },
        ],
      );
    }
  });

  it('accepted by Gmail or Microsoft: they file the copy themselves, and it is looked for', async () => {
    const smtp = { host: 'smtp.gmail.com', port: 465, security: 'tls', username: 'kim' } as const;
    const { kim, mail, sendId } = await tried({ smtp });
    await settleAccepted(ledger, [{ mail, ...yes }]);
    const send = await kim.send(sendId);
    assert.deepEqual([send.copy, send.lookAt !== null, send.content !== null], ['by-provider', true, true]);
    assert.equal((await kim.events())[0]?.data.copy, 'by-provider');
  });

  it('many at once: each user counts on without a gap, also beside other changes', async () => {
    const all = await Promise.all(Array.from({ length: 12 }, () => tried()));
    const work = [
      settleAccepted(
        ledger,
        all.slice(0, 6).map(({ mail }) => ({ mail, ...yes })),
      ),
      settleAccepted(
        ledger,
        all
          .slice(6)
          .toReversed()
          .map(({ mail }) => ({ mail, ...yes })),
      ),
      settleAccepted(
        ledger,
        all
          .slice(3, 9)
          .toReversed()
          .map(({ mail }) => ({ mail, ...yes })),
      ),
      ...all.flatMap(({ kim }) =>
        [1, 2, 3].map(() =>
          withUser(ledger, kim.who, async ({ emit }) => {
            await delay(2);
            emit('account.paused', { by: 'order' });
          }),
        ),
      ),
    ];
    await Promise.all(work);
    for (const { kim } of all) {
      assert.deepEqual((await kim.told()).sort(), ['account.paused', 'account.paused', 'account.paused', 'send.sent']);
    }
  });

  it('refused for good: it has failed; for now: it comes back later and says when', async () => {
    const bad = await tried();
    await settle(ledger, bad.mail, refused('send.content_rejected', { permanent: true }));
    assert.equal((await bad.kim.send(bad.sendId)).state, 'failed');
    assert.deepEqual(await bad.kim.told(), ['send.failed']);

    const busy = await tried();
    await settle(ledger, busy.mail, refused('send.greylisted', { retryAfterMs: 420_000 }));
    const [event] = await busy.kim.events();
    assert.equal(event?.type, 'send.deferred');
    assert.equal(Math.round(minutes(event?.data.nextTryAt)), 7);
    assert.equal((await busy.kim.send(busy.sendId)).state, 'queued');
    assert.equal(await busy.kim.claim(), undefined);

    const hasty = await tried();
    await settle(ledger, hasty.mail, refused('rate.limited', { retryAfterMs: 1 }));
    const [deferred] = await hasty.kim.events();
    assert.equal(Math.round(minutes(deferred?.data.nextTryAt) * 60), 30, 'it does not knock for two days');
  });

  it('in doubt: told, never claimed again, and settled by a late answer', async () => {
    for (const [late, state, event] of [
      [yes, 'accepted', 'send.sent'],
      [refused('send.content_rejected', { permanent: true }), 'failed', 'send.failed'],
    ] as const) {
      const { kim, mail, sendId } = await tried();
      await settle(ledger, mail, { kind: 'in-doubt' });
      assert.equal(await kim.claim(), undefined);
      assert.equal(await settle(ledger, mail, refused('server.unavailable')), false, 'it is not sent again by itself');
      assert.equal(await settle(ledger, mail, late), true);
      assert.equal((await kim.send(sendId)).state, state);
      assert.deepEqual(await kim.told(), ['send.in_doubt', event]);
    }
  });

  it('given back: as if it had not been tried', async () => {
    const { kim, mail, sendId } = await tried();
    await giveBack(ledger, mail);
    assert.equal((await kim.send(sendId)).state, 'queued');
    assert.equal((await kim.claim())?.attempt, 2);
    assert.equal(await settle(ledger, mail, yes), false, 'the old try has no say');
  });
});

describe("a provider's limit for a day", () => {
  const said: Outcome = {
    kind: 'refused',
    error: new MailError({
      reason: 'send.rate_limited',
      permanent: false,
      protocol: 'smtp',
      response: '550 5.4.5 Daily user sending limit exceeded.',
    }),
    door: true,
  };

  it('is learnt when it is reached, and then kept to without another refusal', async () => {
    const kim = await mailbox();
    for (const key of ['one', 'two', 'three', 'four', 'five']) await kim.accept(key);
    const go = async (outcome: Outcome) => {
      const mail = (await kim.claim())!;
      await markDataSent(ledger, [mail]);
      await settle(ledger, mail, outcome);
      return mail.id;
    };
    const first = await go(yes);
    await go(yes);
    await database.db
      .update(sends)
      .set({ endedAt: new Date(Date.now() - 20 * 3_600_000) })
      .where(eq(sends.id, first));
    const third = await go(said);
    assert.equal(await kim.claim(), undefined, 'nothing is tried before there is room');
    const sending = () =>
      kim
        .account()
        .then((account) => account.sending as { daily?: { limit: number }; nextTryAt?: string; reason?: string });
    assert.deepEqual((await sending()).daily?.limit, 2);
    // The first mail of the day went 20 hours ago: there is room in four.
    assert.ok(Math.abs(minutes((await sending()).nextTryAt) - 4 * 60) < 2);
    assert.equal((await kim.told()).filter((type) => type === 'account.throttled').length, 1);

    await database.db
      .update(sends)
      .set({ endedAt: new Date(Date.now() - 25 * 3_600_000) })
      .where(eq(sends.id, first));
    await database.db.transaction((tx) => knockAgain(tx, kim.id));
    await kim.due(third);
    assert.equal(await go(yes), third);
    // Two of today again: the fourth waits, and nobody was asked.
    assert.equal(await kim.claim(), undefined);
    assert.ok(minutes((await sending()).nextTryAt) > 23 * 60);
    assert.equal((await sending()).reason, 'send.rate_limited');
  });
});

describe('a submission server that lets nobody in', () => {
  const knock = async (kim: Awaited<ReturnType<typeof mailbox>>, outcome: Outcome) => {
    const mail = (await kim.claim())!;
    await settle(ledger, mail, outcome);
    return mail;
  };
  const openDoor = async (kim: Awaited<ReturnType<typeof mailbox>>) => {
    await testDatabase.sql`update accounts set sending = jsonb_set(sending, '{nextTryAt}', to_jsonb(now() - interval '1 s')) where id = ${kim.id}`;
  };

  it('refuses the login: the mails wait, and the CRM hears it once', async () => {
    const kim = await mailbox();
    const ids = [(await kim.accept('one')).send!.id, (await kim.accept('two')).send!.id];
    await knock(kim, refused('auth.invalid_credentials', { permanent: true, door: true }));
    assert.deepEqual(await Promise.all(ids.map(async (id) => (await kim.send(id)).state)), ['queued', 'queued']);
    assert.equal(await kim.claim(), undefined, 'nobody knocks on a closed door');
    assert.equal((await dueAccounts(ledger)).includes(kim.id), false);
    const [event] = await kim.events();
    assert.deepEqual(
      [event?.type, event?.data.protocol, event?.data.reason],
      ['account.auth_failed', 'smtp', 'auth.invalid_credentials'],
    );
    const { sending, state } = await kim.account();
    assert.deepEqual([sending?.ok, sending?.reason, state], [false, 'auth.invalid_credentials', 'connected']);
    const third = await kim.accept('three');
    assert.equal(third.send && third.goesNow, false);

    // One confirming try after an hour, and then none.
    const confirmIn = minutes((sending as { nextTryAt?: string }).nextTryAt);
    assert.ok(confirmIn > 59 && confirmIn <= 75);
    await openDoor(kim);
    await knock(kim, refused('auth.invalid_credentials', { permanent: true, door: true }));
    assert.equal(((await kim.account()).sending as unknown as { nextTryAt: unknown }).nextTryAt, null);
    assert.equal(await kim.claim(), undefined);
    assert.deepEqual(await kim.told(), ['account.auth_failed']);

    // The owner asks to try again, and it works.
    await database.db.transaction((tx) => knockAgain(tx, kim.id));
    const mail = (await kim.claim())!;
    await markDataSent(ledger, [mail]);
    await settle(ledger, mail, yes);
    assert.deepEqual(await kim.told(), ['account.auth_failed', 'send.sent', 'account.recovered']);
    assert.deepEqual([(await kim.account()).sending?.ok, (await kim.account()).sending?.reason], [true, null]);
  });

  it('is blocked: told as such', async () => {
    const kim = await mailbox();
    await kim.accept('one');
    await knock(kim, refused('login.blocked', { permanent: true, door: true }));
    assert.deepEqual(await kim.told(), ['account.login_blocked']);
    assert.equal(
      Math.round(minutes(((await kim.account()).sending as { nextTryAt?: string } | null)?.nextTryAt) / 60) > 11,
      true,
    );
  });

  it('is away: one mail knocks and the others wait with it; after five minutes it is told as unreachable', async () => {
    const kim = await mailbox();
    for (const key of ['one', 'two']) await kim.accept(key);
    await knock(kim, refused('network.refused', { door: true }));
    assert.equal(await kim.claim(), undefined);
    assert.equal((await kim.account()).sending?.ok, true);
    await openDoor(kim);
    await testDatabase.sql`update accounts set sending = jsonb_set(sending, '{troubleSince}', to_jsonb(now() - interval '6 min')) where id = ${kim.id}`;
    await knock(kim, refused('network.timeout', { door: true }));
    await openDoor(kim);
    await knock(kim, refused('network.timeout', { door: true }));
    assert.deepEqual(await kim.told(), ['send.deferred', 'account.unreachable', 'send.deferred', 'send.deferred']);
    await openDoor(kim);
    const mail = (await kim.claim())!;
    await markDataSent(ledger, [mail]);
    await settle(ledger, mail, yes);
    assert.equal((await kim.told()).at(-1), 'account.recovered');
  });

  it('had another password: a late refusal of the old one says nothing about the new', async () => {
    const kim = await mailbox();
    await kim.accept('one');
    const mail = (await kim.claim())!;
    await kim.set({ smtpSecret: 'another', sending: { ok: true, since: new Date().toISOString(), reason: null } });
    await settle(ledger, mail, refused('auth.invalid_credentials', { permanent: true, door: true }));
    assert.deepEqual(await kim.told(), []);
    assert.ok(await kim.claim(), 'it is tried at once with the new one');
  });
});

describe('what nobody has in hand any more', () => {
  it('is queued again without the mark and in doubt with it, when its process is dead', async () => {
    const [one, two, ours] = [await mailbox(), await mailbox(), await mailbox()];
    for (const { accept } of [one, two, ours]) await accept('one');
    const unmarked = (await one.claim(them))!;
    const marked = (await two.claim(them))!;
    await markDataSent(ledger, [marked]);
    const living = (await ours.claim(us))!;
    await recoverSends(ledger);
    assert.equal((await one.send(unmarked.id)).state, 'connecting', 'its process lives');
    await testDatabase.sql`update processes set beat_at = now() - interval '9 s' where id = ${them}`;
    const touched = await recoverSends(ledger);
    assert.deepEqual(
      [one.id, two.id, ours.id].map((id) => touched.includes(id)),
      [true, true, false],
    );
    const states = [await one.send(unmarked.id), await two.send(marked.id), await ours.send(living.id)].map(
      ({ state }) => state,
    );
    assert.deepEqual(states, ['queued', 'in-doubt', 'connecting']);
    await recoverSends(ledger);
    assert.deepEqual(await two.told(), ['send.in_doubt']);
    assert.deepEqual(await one.told(), []);
  });

  it('is given up after 48 hours, with the reason', async () => {
    const [paused, refusedOnce] = [await mailbox({ state: 'paused' }), await mailbox()];
    const ids = [(await paused.accept('one')).send!.id, (await refusedOnce.accept('one')).send!.id];
    await settle(ledger, (await refusedOnce.claim())!, refused('send.greylisted'));
    for (const id of ids) await database.db.update(sends).set({ giveUpAt: new Date() }).where(eq(sends.id, id));
    assert.equal(await refusedOnce.claim(), undefined);
    await expireSends(ledger);
    await expireSends(ledger);
    assert.deepEqual(
      (await paused.events()).map(({ type, data }) => [type, data.reason]),
      [['send.failed', 'account.paused']],
    );
    assert.deepEqual(
      (await refusedOnce.events()).map(({ type, data }) => [type, data.reason]),
      [
        ['send.deferred', 'send.greylisted'],
        ['send.failed', 'send.greylisted'],
      ],
    );
  });

  it('is tried less and less often until then, when its server greylists it for ever', async () => {
    const kim = await mailbox();
    const { id } = (await kim.accept('grey')).send!;
    const begun = Date.now();
    let passedMs = 0;
    const waits: number[] = [];
    for (;;) {
      await expireSends(ledger);
      const row = await kim.send(id);
      if (row.state === 'failed') break;
      // Time passes: what was to be in an hour is now.
      const waitMs = Math.min(row.nextTryAt.getTime(), row.giveUpAt.getTime()) - Date.now();
      if (waitMs > 0) {
        waits.push(waitMs);
        passedMs += waitMs;
        const earlier = {
          nextTryAt: new Date(row.nextTryAt.getTime() - waitMs),
          giveUpAt: new Date(row.giveUpAt.getTime() - waitMs),
        };
        await database.db.update(sends).set(earlier).where(eq(sends.id, id));
      }
      const mail = await kim.claim();
      if (mail) await settle(ledger, mail, refused('send.greylisted'));
      assert.ok(waits.length < 200);
    }
    const hours = (passedMs + Date.now() - begun) / 3_600_000;
    assert.ok(hours >= 48 && hours < 48.1, `${hours} hours`);
    assert.ok(waits[0]! >= 5 * 60_000 * 0.7, 'greylisting does not want to see us at once');
    assert.ok(waits.length > 40 && waits.length < 80, `${waits.length} tries`);
    assert.ok(Math.max(...waits) < 90 * 60_000);
    const told = await kim.events();
    assert.deepEqual(
      [told.at(-1)!.type, told.at(-1)!.data.reason, told.at(-1)!.data.permanent],
      ['send.failed', 'send.greylisted', true],
    );
    assert.ok(told.slice(0, -1).every(({ type, data }) => type === 'send.deferred' && data.nextTryAt));
  });

  it('is forgotten with its key 30 days after it ended, and not while it waits', async () => {
    const kim = await mailbox();
    const ids: string[] = [];
    for (const key of ['old', 'young', 'waits']) ids.push((await kim.accept(key)).send!.id);
    const ended = (id: string, days: number) =>
      database.db
        .update(sends)
        .set({ state: 'accepted', endedAt: new Date(Date.now() - days * 24 * 60 * 60_000) })
        .where(eq(sends.id, id));
    await ended(ids[0]!, 30.1);
    await ended(ids[1]!, 29.9);
    await forgetOldSends(ledger);
    assert.deepEqual(
      (await Promise.all(ids.map((id) => kim.send(id)))).map((row) => row?.idempotencyKey),
      [undefined, 'young', 'waits'],
    );
    assert.equal((await kim.accept('young')).send!.id, ids[1]);
    assert.notEqual((await kim.accept('old')).send!.id, ids[0]);
  });

  it('ends with the account: failed, or in doubt, and without its text', async () => {
    const kim = await mailbox();
    const done = (await kim.accept('done')).send!.id;
    const sent = (await kim.claim())!;
    await markDataSent(ledger, [sent]);
    await settle(ledger, sent, yes);
    const open = (await kim.accept('open')).send!.id;
    const mail = (await kim.claim())!;
    await markDataSent(ledger, [mail]);
    const queued = (await kim.accept('queued')).send!.id;
    const later = (await kim.accept('later', { sendAt: new Date(Date.now() + 3_600_000).toISOString() })).send!.id;
    await withUser(ledger, kim.who, (locked) => endSendsOf(locked, kim.id));
    const rows = await Promise.all([done, open, queued, later].map(kim.send));
    assert.deepEqual(
      rows.map(({ state }) => state),
      ['accepted', 'in-doubt', 'failed', 'failed'],
    );
    assert.deepEqual(
      rows.map(({ content }) => content),
      [null, null, null, null],
    );
    assert.equal(rows[0]!.copy, 'failed');
    assert.equal(rows[2]!.refusal?.reason, 'account.disconnected');
    assert.deepEqual(await kim.told(), ['send.sent', 'send.in_doubt', 'send.failed', 'send.failed']);
    assert.equal(await settle(ledger, mail, yes), true, 'the late answer still counts');
    assert.equal((await kim.send(open)).copy, 'failed');
  });
});

describe('the copy in Sent', () => {
  it('is marked before it is filed, and looked for when the mark is found', async () => {
    const kim = await mailbox();
    const { send } = await kim.accept('one');
    const mail = (await kim.claim())!;
    await markDataSent(ledger, [mail]);
    assert.equal(await nextCopy(ledger, kim.id), null);
    await settle(ledger, mail, yes);
    const first = (await nextCopy(ledger, kim.id))!;
    assert.deepEqual([first.id, first.lookFirst, first.messageIdHeader], [send!.id, false, send!.messageIdHeader]);
    const again = (await nextCopy(ledger, kim.id))!;
    assert.deepEqual([again.id, again.lookFirst], [send!.id, true]);
    assert.deepEqual(await first.bytes(), await again.bytes());
    await copyDone(ledger, first.id, 'filed');
    assert.equal(await nextCopy(ledger, kim.id), null);
    const { copy, content } = await kim.send(first.id);
    assert.deepEqual([copy, content], ['filed', null]);
  });

  it('is not given to who has lost the mailbox', async () => {
    const kim = await mailbox({ holder: us, token: 7 });
    await kim.accept('one');
    const mail = (await kim.claim())!;
    await markDataSent(ledger, [mail]);
    await settle(ledger, mail, yes);
    assert.equal(await nextCopy(ledger, kim.id, { holder: us, token: 6 }), null);
    assert.equal(await nextCopy(ledger, kim.id, { holder: them, token: 7 }), null);
    assert.equal((await nextCopy(ledger, kim.id, { holder: us, token: 7 }))?.lookFirst, false);
  });
});
