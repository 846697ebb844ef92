import assert from 'node:assert/strict';
import { type IncomingMessage, request } from 'node:http';
import { connect } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { sql } from 'drizzle-orm';
import { trimOld } from '../src/db/trim.ts';
import type { Envelope } from '../src/events.ts';
import { startHttp, type TestHttp } from './support/http.ts';
import { freshName } from './support/servers.ts';

let http: TestHttp;
before(async () => {
  http = await startHttp({ relay: true });
});
after(() => http.stop());

type Page = { events: Envelope[]; next: string | null };

/** Emit so many events of one user, in one change. */
const emit = (tenantId: string, userId: string, count = 1) =>
  http.emit(tenantId, userId, (write) => {
    for (let n = 0; n < count; n += 1) write('account.paused', { by: 'order' });
  });

async function read(tenantId: string, query = ''): Promise<Page> {
  const answer = await http.ask(`/v1/events?tenantId=${tenantId}${query}`);
  assert.equal(answer.status, 200, await answer.clone().text());
  return (await answer.json()) as Page;
}

/** Read a tenant's log until it has so many events. */
async function readAll(tenantId: string, count: number): Promise<Envelope[]> {
  for (const end = Date.now() + 10_000; Date.now() < end; await delay(10)) {
    const { events } = await read(tenantId, '&limit=1000');
    if (events.length >= count) return events;
  }
  throw new Error(`not ${count} events`);
}

/** Follow a tenant's events as a browser's EventSource does. */
async function listen(
  tenantId: string,
  { after, lastEventId, of = http }: { after?: string; lastEventId?: string; of?: TestHttp } = {},
) {
  const leave = new AbortController();
  const query = after === undefined ? '' : `&after=${after}`;
  const answer = await of.ask(`/v1/events?tenantId=${tenantId}${query}`, {
    headers: {
      accept: 'text/event-stream',
      ...(lastEventId === undefined ? {} : { 'last-event-id': lastEventId }),
    },
    signal: leave.signal,
  });
  const heard: { id: string; event: Envelope; at: number }[] = [];
  const looking = new Set<() => void>();
  let text = '';
  const ended = (async () => {
    const decoder = new TextDecoder();
    for await (const chunk of answer.body!) {
      text += decoder.decode(chunk, { stream: true });
      const blocks = text.split('\n\n');
      text = blocks.pop()!;
      for (const block of blocks) {
        const [, id, data] = /^id: (.*)\ndata: (.*)$/.exec(block) ?? [];
        if (id && data) heard.push({ id, event: JSON.parse(data), at: performance.now() });
      }
      for (const look of looking) look();
    }
    return 'closed by the server';
  })().catch(() => 'left');
  return {
    answer,
    heard,
    ended,
    leave: () => leave.abort(),
    count: (count: number, timeoutMs = 10_000) =>
      new Promise<void>((resolve, reject) => {
        const timer = setTimeout(() => reject(new Error(`heard ${heard.length} of ${count}`)), timeoutMs);
        const look = () => {
          if (heard.length < count) return;
          clearTimeout(timer);
          looking.delete(look);
          resolve();
        };
        looking.add(look);
        look();
      }),
  };
}

describe('reading the log', () => {
  it('gives every event once and in order, page after page, whatever the size of the page', async () => {
    const tenantId = freshName('acme');
    await Promise.all(['1', '2', '3'].map((userId) => emit(tenantId, userId, 7)));
    await emit(freshName('other'), '1');
    const all = await readAll(tenantId, 21);
    const seen: Envelope[] = [];
    let after = '';
    for (;;) {
      const { events, next } = await read(tenantId, `&limit=4${after && `&after=${after}`}`);
      if (events.length === 0) {
        assert.equal(next, after, 'an empty page says where to go on, too');
        break;
      }
      seen.push(...events);
      after = next!;
    }
    assert.deepEqual(seen, all);
    for (const userId of ['1', '2', '3']) {
      const own = seen.filter(({ userid }) => userid === userId);
      assert.deepEqual(
        own.map(({ userseq }) => userseq),
        [1, 2, 3, 4, 5, 6, 7],
      );
    }
    assert.ok(
      seen.every(
        ({ tenantid, type, specversion }) =>
          `${tenantid}${type}${specversion}` === `${tenantId}postbud.account.paused1.0`,
      ),
    );
  });

  it('of a tenant without events is an empty page', async () => {
    assert.deepEqual(await read(freshName('acme')), { events: [], next: null });
  });

  it('with a cursor that is none, or of another log, says so', async () => {
    for (const cursor of ['x', '-1', '1.5', '1e3', '9'.repeat(16), '999999999999999', "1'"]) {
      const answer = await http.ask(`/v1/events?tenantId=acme&after=${encodeURIComponent(cursor)}`);
      assert.equal(answer.status, 400, cursor);
    }
    const answer = await http.ask('/v1/events?tenantId=acme', {
      headers: { accept: 'text/event-stream', 'last-event-id': 'x' },
    });
    assert.equal(answer.status, 400);
  });

  it('from before the log was cut answers 410 with the oldest cursor, and nothing is missed from there', async () => {
    const tenantId = freshName('acme');
    await emit(tenantId, '1', 5);
    const events = await readAll(tenantId, 5);
    const [first, second, third] = events.map(({ cursor }) => cursor);
    await published(tenantId);
    await http.db.execute(sql`update events set time = now() - interval '40 days'
      where tenant_id = ${tenantId} and cursor <= ${Number(second)}`);
    const trimmed = await trimOld(http.db, { eventDays: 30 });
    assert.equal(trimmed.events, 2);
    for (const headers of [{}, { accept: 'text/event-stream' }]) {
      const gone = await http.ask(`/v1/events?tenantId=${tenantId}&after=${first}`, { headers });
      const problem = (await gone.json()) as { type: string; oldest: string };
      assert.deepEqual([gone.status, problem.type, problem.oldest], [410, '/docs#cursor-gone', second]);
    }
    assert.deepEqual((await read(tenantId, `&after=${second}`)).events, events.slice(2));
    assert.deepEqual((await read(tenantId)).events, events.slice(2));
    assert.deepEqual((await read(tenantId, `&after=${third}`)).events, events.slice(3));
  });

  it('never shows a later event before an earlier one, while many write', async () => {
    const tenantId = freshName('acme');
    const total = 20 * 25;
    let writing = true;
    const writers = Promise.all(
      Array.from({ length: 20 }, async (_, user) => {
        for (let n = 0; n < 25; n += 1) await emit(tenantId, String(user));
      }),
    ).finally(() => {
      writing = false;
    });
    const seen: Envelope[] = [];
    let after = '';
    for (const end = Date.now() + 30_000; (writing || seen.length < total) && Date.now() < end; ) {
      const { events, next } = await read(tenantId, `&limit=1000${after && `&after=${after}`}`);
      seen.push(...events);
      after = next ?? '';
    }
    await writers;
    assert.equal(seen.length, total);
    for (let user = 0; user < 20; user += 1) {
      const own = seen.filter(({ userid }) => userid === String(user)).map(({ userseq }) => userseq);
      assert.deepEqual(
        own,
        Array.from({ length: 25 }, (_, n) => n + 1),
      );
    }
  });
});

/** Wait until the relay has marked a tenant's events. */
async function published(tenantId: string) {
  for (const end = Date.now() + 10_000; Date.now() < end; await delay(10)) {
    const [row] = await http.db.execute(
      sql`select count(*)::int as n from events where tenant_id = ${tenantId} and published_at is null`,
    );
    if (row?.n === 0) return;
  }
  throw new Error('not published');
}

describe('following the log', () => {
  it('sends what was missed, then each event as it is published', async () => {
    const tenantId = freshName('acme');
    await emit(tenantId, '1', 3);
    const before = await readAll(tenantId, 3);
    const stream = await listen(tenantId, { after: before[0]!.cursor });
    assert.match(stream.answer.headers.get('content-type') ?? '', /^text\/event-stream/);
    await stream.count(2);
    await delay(50); // subscribed by now: what comes next is heard and not looked for
    const began = performance.now();
    await emit(tenantId, '1');
    await stream.count(3);
    assert.ok(stream.heard[2]!.at - began < 1_000, `heard after ${stream.heard[2]!.at - began} ms`);
    const all = await readAll(tenantId, 4);
    assert.deepEqual(
      stream.heard.map(({ event }) => event),
      all.slice(1),
    );
    assert.ok(stream.heard.every(({ id, event }) => id === event.cursor));
    stream.leave();
  });

  it('goes on from Last-Event-ID, whatever the address still says', async () => {
    const tenantId = freshName('acme');
    await emit(tenantId, '1', 6);
    const all = await readAll(tenantId, 6);
    const stream = await listen(tenantId, { after: all[0]!.cursor, lastEventId: all[3]!.cursor });
    await stream.count(2);
    assert.deepEqual(
      stream.heard.map(({ event }) => event.userseq),
      [5, 6],
    );
    stream.leave();
  });

  it('loses and doubles nothing when a reader leaves and comes back in the middle of a burst', async () => {
    const tenantId = freshName('acme');
    const total = 400;
    const writing = (async () => {
      for (let n = 0; n < total / 10; n += 1) await emit(tenantId, String(n % 4), 10);
    })();
    const seen: Envelope[] = [];
    while (seen.length < total) {
      const last = seen.at(-1)?.cursor;
      const stream = await listen(tenantId, last === undefined ? {} : { lastEventId: last });
      await stream.count(Math.min(37, total - seen.length));
      stream.leave();
      await stream.ended;
      seen.push(...stream.heard.map(({ event }) => event));
    }
    await writing;
    assert.deepEqual(seen, await readAll(tenantId, total));
  });

  it('reads no further for who does not read, and he misses nothing', async () => {
    const tenantId = freshName('acme');
    const total = 2_000;
    const padding = 'x'.repeat(20_000); // more in all than the buffers of a connection hold
    await http.db.execute(sql`
      insert into events (id, tenant_id, user_id, user_seq, type, time, data, cursor, published_at)
      select gen_random_uuid(), ${tenantId}, '1', n, 'account.paused', now(), jsonb_build_object('by', ${padding}::text),
        nextval('event_cursor'), now() from generate_series(1, ${total}) as n`);
    const pages = countPages();
    const answer = await new Promise<IncomingMessage>((resolve, reject) => {
      const url = new URL(`/v1/events?tenantId=${tenantId}`, http.address);
      const headers = { authorization: `Bearer ${http.adminToken}`, accept: 'text/event-stream' };
      request(url, { headers }, resolve).on('error', reject).end();
    });
    await delay(500);
    const unasked = pages.stop();
    assert.ok(unasked < 15, `${unasked} of 20 pages were read for somebody who takes none`);
    const seqs: number[] = [];
    let text = '';
    for await (const chunk of answer.setEncoding('utf8')) {
      text += chunk;
      const end = text.lastIndexOf('\n\n');
      for (const [, seq] of text.slice(0, end).matchAll(/"userseq":(\d+)/g)) seqs.push(Number(seq));
      if (end >= 0) text = text.slice(end);
      if (seqs.length === total) break;
    }
    assert.deepEqual(
      seqs,
      Array.from({ length: total }, (_, n) => n + 1),
    );
  });

  it('ends at once when the process stops', async () => {
    const stopped = await startHttp();
    const stream = await listen(freshName('acme'), { of: stopped });
    const began = performance.now();
    await stopped.stopHttp();
    assert.equal(await stream.ended, 'closed by the server');
    assert.ok(performance.now() - began < 2_000, 'nothing is waited for that was ended');
    await stopped.stop();
  });
});

/** Counts the questions that HTTP puts to the database; each page has two parts. The relay looks beside them, in transactions. */
function countPages() {
  const { select } = http.db;
  let count = 0;
  http.db.select = ((...args: Parameters<typeof select>) => {
    count += 1;
    return select.apply(http.db, args);
  }) as typeof select;
  return {
    stop() {
      http.db.select = select;
      return count / 2;
    },
  };
}

describe('readers who leave before they are answered', () => {
  it('give their places back, however many they were', { timeout: 60_000 }, async () => {
    const { hostname, port } = new URL(http.address);
    const head = `Host: x\r\nAuthorization: Bearer ${http.adminToken}\r\nAccept: text/event-stream\r\n\r\n`;
    const leaveSoon = () =>
      new Promise<void>((resolve) => {
        const socket = connect(Number(port), hostname, () => {
          socket.write(`GET /v1/events?tenantId=acme HTTP/1.1\r\n${head}`);
          setTimeout(() => socket.destroy(), Math.random() * 8);
        });
        socket.on('error', () => {}).on('close', () => resolve());
      });
    for (let round = 0; round < 15; round++) await Promise.all(Array.from({ length: 100 }, leaveSoon));
    const stays = await listen(freshName('acme'));
    stays.leave();
    assert.equal(stays.answer.status, 200);
  });
});
