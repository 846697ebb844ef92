import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import type { SendState } from '../src/db/tables.ts';
import { type KilledWorld, nextKills, openKilledWorld } from './support/killed-world.ts';
import { randomFrom } from './support/random.ts';

/**
 * Mails go out while everything that they need is killed and comes back. In `npm test` some; `npm run test:send-kills`
 * sends 2,400. `SEED` repeats what failed: what is killed is the same then, though not what it was doing.
 */
const plan = {
  sends: Number(process.env.SENDS ?? 80),
  kills: Number(process.env.KILLS ?? 6),
  mailboxes: Number(process.env.MAILBOXES ?? 12),
  seed: Number(process.env.SEED ?? 20_261_126),
};
const isLong = plan.sends > 200;
const mostPauseMs = 120;
/** An order that is not in the ledger after that long is given again. */
const againAfterMs = 3_000;
/** Within that much after a process died, or a connection ended, whoever waited for an answer knows that none comes. */
const graceMs = 1_500;
const beatEveryMs = 2_000;

type Row = {
  id: string;
  key: string;
  messageId: string;
  state: SendState;
  markedAt: Date | null;
  endedAt: Date | null;
  response: string | null;
  lastBeatAt: Date | null;
  told: string[];
};

describe(`${plan.sends} mails, and everything is killed again and again`, () => {
  let world: KilledWorld;
  let rows: Row[];
  let heard: ReturnType<KilledWorld['sink']['heard']>;
  const given = new Map<string, { payload: object; at: number }>();
  const answered = new Map<string, string>();
  const limit = { timeout: isLong ? 1_800_000 : 110_000 };

  before(async () => {
    console.log(`SEED=${plan.seed}`);
    const random = randomFrom(plan.seed);
    world = await openKilledWorld({ mailboxes: plan.mailboxes, mostPauseMs });
    let ended = 0;
    const tending = every(1_000, async () => {
      ended += await world.startEnded();
      await giveAgain();
      await letTimePass();
    });
    const perKill = Math.ceil(plan.sends / plan.kills);
    for (let kill = 0; kill < plan.kills; kill++) {
      for (let n = 0; n < perKill && given.size < plan.sends; n++) give(random.pick(world.users)!);
      await delay(random.below(400));
      await Promise.all(nextKills(random).map(({ what, awayMs }) => world.kill(what, awayMs)));
    }
    await untilAllEnded();
    await tending.stop();
    rows = await readRows();
    heard = world.sink.heard();
    tell(ended);
  }, limit);
  after(() => world?.close(), limit);

  /** An order in the queue, or over HTTP. */
  function give(who: { tenantId: string; userId: string }) {
    const n = given.size;
    const idempotencyKey = `mail-${n}`;
    const mail = { idempotencyKey, to: [{ address: 'bo@example.com' }], subject: `Mail ${n}`, text: 'Good morning.' };
    const payload = { ...who, ...mail };
    given.set(idempotencyKey, { payload, at: Date.now() });
    if (n % 4 > 0) return world.add(payload);
    const path = `/v1/accounts/${who.tenantId}/${who.userId}/sends`;
    const headers = { 'content-type': 'application/json' };
    world.daemons[(n / 4) % 2]!.fetch(path, { method: 'POST', headers, body: JSON.stringify(mail) })
      .then((answer) => answer.json())
      .then((answer) => {
        const { sendId } = (answer as { result?: { sendId?: string } }).result ?? {};
        if (sendId) answered.set(idempotencyKey, sendId);
      })
      .catch(() => {});
  }

  async function giveAgain() {
    const known = new Set(
      (await world.ask((sql) => sql`select idempotency_key as key from sends`)).map(({ key }) => key),
    );
    for (const [key, order] of given) {
      if (known.has(key) || Date.now() - order.at < againAfterMs) continue;
      order.at = Date.now();
      world.add(order.payload);
    }
  }

  /** Nobody waits here until a mail is tried again by the clock. */
  const letTimePass = async () => {
    await world.ask(
      (sql) => sql`update accounts set sending = sending - 'nextTryAt' where sending ? 'nextTryAt' returning 1`,
    );
    await world.ask(
      (sql) => sql`update sends set next_try_at = now() where state = 'queued' and next_try_at > now() returning 1`,
    );
  };

  async function untilAllEnded() {
    for (const end = Date.now() + 90_000; ; await delay(250)) {
      const open = await world.ask(
        (sql) => sql`select state, count(*)::int as n from sends where ended_at is not null group by state`,
      );
      if (open.reduce((sum, { n }) => sum + n, 0) >= given.size) return;
      if (Date.now() > end) return; // the tests below tell what is missing
    }
  }

  const readRows = () =>
    world.ask(
      (sql) => sql<Row[]>`
        select s.id, idempotency_key as key, message_id_header as "messageId", s.state, data_sent_at as "markedAt",
          ended_at as "endedAt", response, p.beat_at as "lastBeatAt",
          array(select e.type from events e where e.data->>'sendId' = s.id::text and e.type <> 'send.deferred'
            order by e.no) as told
        from sends s left join processes p on p.id = s.holder`,
    ) as Promise<Row[]>;

  function tell(ended: number) {
    const count = (all: readonly string[]) =>
      Object.entries(Object.groupBy(all, (one) => one))
        .map(([one, these]) => `${one} ${these!.length}`)
        .join(', ');
    console.log(`sends: ${count(rows.map(({ state }) => state))}; ended by itself and started again: ${ended}`);
    console.log(`killed: ${count(world.killed.map(({ what }) => what))}`);
    const doubts = rows.filter(({ state }) => state === 'in-doubt').map(({ messageId }) => heard.get(messageId));
    console.log(
      `in doubt, and at the server: ${count(doubts.map((one) => (one?.taken ? 'taken' : one ? 'dot' : 'nothing')))}`,
    );
  }

  it('loses none', () => {
    assert.deepEqual(rows.map(({ key }) => key).sort(), [...given.keys()].sort());
    for (const { state, key } of rows) assert.ok(state === 'accepted' || state === 'in-doubt', `${key} is ${state}`);
    for (const { state, messageId, key } of rows) {
      if (state === 'accepted') assert.equal(heard.get(messageId)?.taken, 1, `${key} is not at the server`);
    }
  });

  it('sends none twice', () => {
    const ours = new Set(rows.map(({ messageId }) => messageId));
    assert.equal(ours.size, rows.length);
    for (const [messageId, { dots }] of heard) {
      assert.ok(ours.has(messageId), `nobody ordered ${messageId}`);
      assert.equal(dots, 1, `${messageId} went out ${dots} times`);
    }
  });

  it('has in doubt only what has the mark and no answer, and only where who waited for it, or the server, died', () => {
    for (const { key, state, markedAt, endedAt, response, lastBeatAt } of rows) {
      if (state !== 'in-doubt') continue;
      assert.ok(markedAt, `${key} has no mark`);
      assert.equal(response, null, `${key} has an answer`);
      const [from, to] = [markedAt.getTime() - graceMs, endedAt!.getTime()];
      const serverDied = world.killed.some(({ what, at }) => what === 'smtp' && at >= from && at <= to);
      // While Postgres is away nobody beats, and no outcome can be written.
      const awayMs = world.killed
        .filter(({ what, at, backAt }) => what === 'postgres' && backAt >= from && at <= to)
        .reduce((sum, { at, backAt }) => sum + backAt - at, 0);
      const holderDied = !lastBeatAt || lastBeatAt.getTime() < markedAt.getTime() + beatEveryMs + graceMs + awayMs;
      assert.ok(serverDied || holderDied, `${key} is in doubt although nobody died`);
    }
  });

  it('tells of each once, and the same to whoever asks again', async () => {
    for (const { key, state, told } of rows) {
      const last = told.at(-1);
      assert.equal(last, state === 'accepted' ? 'send.sent' : 'send.in_doubt', `${key}: ${told}`);
      assert.ok(told.length === 1 || `${told}` === 'send.in_doubt,send.sent', `${key}: ${told}`);
    }
    for (const [key, id] of answered) assert.equal(rows.find((row) => row.key === key)?.id, id);
    const gaps = await world.ask(
      (sql) => sql`select user_id from events group by user_id having count(*) <> max(user_seq) or min(user_seq) <> 1`,
    );
    assert.deepEqual([...gaps], []);
  });
});

/** Do it again and again, one after the other, until it is stopped. */
function every(ms: number, act: () => Promise<void>) {
  const stopped = new AbortController();
  const running = (async () => {
    while (!stopped.signal.aborted) {
      await act();
      await delay(ms, undefined, { signal: stopped.signal }).catch(() => {});
    }
  })();
  return {
    async stop() {
      stopped.abort();
      await running;
    },
  };
}
