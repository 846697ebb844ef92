import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { sql } from 'drizzle-orm';
import { openDatabase } from '../src/db/database.ts';
import { trimOld } from '../src/db/trim.ts';
import { quietLog } from './support/quiet-log.ts';
import { useServers } from './support/servers.ts';

let database: ReturnType<typeof openDatabase>;
before(async () => {
  const servers = await useServers();
  database = openDatabase({ url: (await servers.freshDatabase()).url, log: quietLog().log });
});
after(() => database.close());

/** Events of a tenant, so many days old, with the cursors `from` to `to`. */
const events = (tenantId: string, days: number, from: number, to: number, published = true) =>
  database.db.execute(sql`
    insert into events (id, tenant_id, user_id, user_seq, type, time, data, cursor, published_at)
    select gen_random_uuid(), ${tenantId}, '1', n, 'account.paused', now() - make_interval(days => ${days}), '{}', n,
      case when ${published} then now() end from generate_series(${from}::int, ${to}::int) as n`);

const left = async (what: string) => {
  const rows = await database.db.execute<{ name: string; n: number }>(sql.raw(what));
  return Object.fromEntries(rows.map(({ name, n }) => [name, Number(n)]));
};

describe('old rows', () => {
  it('go with every event past its days, in any number, and the mark says how far', async () => {
    await events('acme', 40, 1, 2_500);
    await events('acme', 2, 2_501, 2_510);
    await events('young', 2, 3_000, 3_005);
    await events('unheard', 40, 4_000, 4_005, false);
    assert.equal((await trimOld(database.db, { eventDays: 30 })).events, 2_500);
    assert.deepEqual(await left('select tenant_id as name, count(*)::int as n from events group by 1'), {
      acme: 10,
      young: 6,
      unheard: 6,
    });
    assert.deepEqual(await left('select tenant_id as name, cursor as n from event_trims'), { acme: 2_500 });
    assert.equal((await trimOld(database.db, { eventDays: 30 })).events, 0);
    assert.equal((await trimOld(database.db, { eventDays: 1 })).events, 16);
    assert.deepEqual(await left('select tenant_id as name, cursor as n from event_trims'), {
      acme: 2_510,
      young: 3_005,
    });
  });

  it('are no others: open orders, seals that may still come, processes that live', async () => {
    await database.db.execute(sql`
      insert into orders (id, queue, job_id, job_at, tenant_id, user_id, payload, accepted_at, ended_at)
      select gen_random_uuid(), 'connect-account', name, 1, 'acme', '1', '{}', now() - interval '90 days', ended
      from (values ('old', now() - interval '31 days'), ('new', now() - interval '29 days'), ('open', null))
        as t(name, ended)`);
    await database.db.execute(sql`
      insert into sealed_uses (jwe_hash, queue, job_id, job_at, expires_at)
      values ('gone', 'q', '1', 1, now() - interval '2 hours'), ('fresh', 'q', '1', 1, now() - interval '10 minutes')`);
    await database.db.execute(sql`
      insert into setup_links (id, token_hash, tenant_id, user_id, purpose, locale, expires_at)
      select gen_random_uuid(), name, 'acme', '1', 'connect', 'en', now() - ago
      from (values ('over', interval '2 days'), ('told', interval '1 hour')) as t(name, ago)`);
    await database.db.execute(sql`
      insert into kept_answers (key_hash, content_hash, nonce, secret_hash, answer, created_at)
      select name, '', '', '', '{}', now() - ago
      from (values ('over', interval '25 hours'), ('kept', interval '23 hours')) as t(name, ago)`);
    await database.db.execute(sql`
      insert into knocks (id, door, site, at)
      select gen_random_uuid(), 'door', 'site', now() - ago
      from (values (interval '3 days'), (interval '23 hours')) as t(ago)`);
    await database.db.execute(sql`
      insert into oauth_attempts
        (id, order_id, tenant_id, user_id, account_id, email, provider, imap, smtp, locale, step, expires_at)
      select step, gen_random_uuid(), 'acme', '1', gen_random_uuid(), '', 'p', '{}', '{}', 'en', step, now() - interval '2 days'
      from (values ('done'), ('open')) as t(step)`);
    await database.db.execute(sql`
      insert into oauth_grants (owner_id, provider, updated_at)
      select id, 'p', now() - interval '2 days' from orders where job_id = 'open'
      union all select gen_random_uuid(), 'p', now() - ago
      from (values (interval '2 days'), (interval '1 hour')) as t(ago)`);
    await database.db.execute(sql`
      insert into processes (id, host, roles, beat_at) values
        (gen_random_uuid(), 'dead', '[]', now() - interval '2 days'), (gen_random_uuid(), 'alive', '[]', now())`);
    const trimmed = await trimOld(database.db, { eventDays: 30 });
    assert.deepEqual(trimmed, {
      events: 0,
      orders: 1,
      sealedUses: 1,
      setupLinks: 1,
      keptAnswers: 1,
      knocks: 1,
      oauthAttempts: 1,
      oauthGrants: 1,
      processes: 1,
      uploads: 0,
      bodies: 0,
      commands: 0,
    });
    assert.deepEqual(await left('select job_id as name, 1 as n from orders'), { new: 1, open: 1 });
    assert.deepEqual(await left('select jwe_hash as name, 1 as n from sealed_uses'), { fresh: 1 });
    assert.deepEqual(await left('select token_hash as name, 1 as n from setup_links'), { told: 1 });
    assert.deepEqual(await left('select key_hash as name, 1 as n from kept_answers'), { kept: 1 });
    assert.deepEqual(await left('select host as name, 1 as n from processes'), { alive: 1 });
  });

  it('wait while somebody else deletes them, and stop when asked to', async () => {
    await events('acme', 40, 5_000, 9_999);
    const [one, other] = await Promise.all([
      trimOld(database.db, { eventDays: 30 }),
      trimOld(database.db, { eventDays: 30 }),
    ]);
    const rest = await trimOld(database.db, { eventDays: 30 });
    assert.equal(one.events + other.events + rest.events, 5_000);
    assert.deepEqual(await left("select tenant_id as name, cursor as n from event_trims where tenant_id = 'acme'"), {
      acme: 9_999,
    });
    await events('acme', 40, 10_000, 10_005);
    assert.equal((await trimOld(database.db, { eventDays: 30, signal: AbortSignal.abort() })).events, 0);
  });
});
