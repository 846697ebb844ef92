import assert from 'node:assert/strict';
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import postgres from 'postgres';
import { type Crm, startCrm } from './support/crm.ts';
import { type Daemon, startDaemon } from './support/daemon.ts';
import { doveadm } from './support/dovecot.ts';
import type { HeardEvent } from './support/events.ts';
import { type OwnMailServer, startMailServer } from './support/mail-server.ts';
import type { MailUser } from './support/mail-user.ts';
import { allFolders, decoded, type Picture, retold, serverPicture, storedPicture } from './support/picture.ts';
import { type Random, randomFrom } from './support/random.ts';
import { type RestlessMailbox, restlessMailbox } from './support/restless-mailbox.ts';
import { type Servers, useServers } from './support/servers.ts';

/**
 * A round is some random things that happen to one mailbox; then all must be the same everywhere. In `npm test` some;
 * `npm run test:sync-rounds` does 1,000. `SEED` repeats what failed: what happens is the same then, though not when.
 */
const plan = {
  rounds: Number(process.env.ROUNDS ?? 18),
  mailboxes: Number(process.env.MAILBOXES ?? 6),
  /** Rounds that a mailbox lives. */
  lives: Number(process.env.LIVES ?? 3),
  seed: Number(process.env.SEED ?? 20_261_126),
  server: process.env.SYNC_SERVER ?? 'qresync',
};
const capabilities: Record<string, string> = {
  qresync: '',
  condstore:
    'imap_capability = IMAP4rev1 SASL-IR LOGIN-REFERRALS ID ENABLE IDLE LITERAL+ UIDPLUS MOVE CONDSTORE ESEARCH SPECIAL-USE',
  plain: 'imap_capability = IMAP4rev1 IDLE LITERAL+',
};
const patienceMs = 60_000;
/** Higher than any that Dovecot gives by itself. */
let uidValidity = 3_000_000_000;

type Watched = {
  n: number;
  user: MailUser;
  restless: RestlessMailbox;
  random: Random;
  userId: string;
  accountId: string;
  /** What whoever read the list once the first sync was done knows, and the event up to which it holds. */
  known: { seq: number; picture: Picture };
};

describe(`whatever happens to a mailbox (${plan.server})`, () => {
  let used: Servers;
  let mailServer: OwnMailServer;
  let daemon: Daemon;
  let crm: Crm;
  let sql: postgres.Sql;

  before(async () => {
    used = await useServers();
    const dovecotExtra = capabilities[plan.server]!;
    mailServer = await startMailServer({ dir: used.dir, authority: used.authority, dovecotExtra, smtp: true });
    daemon = await startDaemon({ env: { POSTBUD_FOLDER_SECONDS: '1' }, ready: false });
    await daemon.ready({ timeoutMs: patienceMs });
    crm = await startCrm(daemon);
    sql = postgres(daemon.env.DATABASE_URL!, { max: 4, onnotice: () => {} });
  });
  after(async () => {
    await crm?.close();
    await daemon?.stop();
    await mailServer?.stop();
    await sql?.end();
  });

  const perLife = plan.mailboxes * plan.lives;
  for (let life = 0; life * perLife < plan.rounds; life += 1) {
    const seed = plan.seed + life;
    const timeout = 60_000 + plan.lives * 120_000;
    it(`is known in the end: rounds ${life * perLife + 1} to ${(life + 1) * perLife}, SEED=${seed}`, {
      timeout,
    }, async () => {
      const random = randomFrom(seed);
      const all = await Promise.all(
        Array.from({ length: plan.mailboxes }, (_, n) => begun(n, randomFrom(seed * 1_000 + n))),
      );
      await Promise.all(all.map(connect));
      for (let round = 0; round < plan.lives; round += 1) {
        const calamity = random.weighed({ none: 6, 'daemon killed': 2, 'server restarted': 1.5, 'server killed': 0.5 });
        for (const one of all) one.restless.done.push(`=== round ${round}, ${calamity}`);
        const listed = round === 0 ? all.map(list) : [];
        await Promise.all([...all.map(({ restless }) => restless.round(6)), strike(calamity, random.below(1_500))]);
        // A mailbox whose sessions ended in haste is left alone for a while; its owner need not wait for that.
        await Promise.all(all.map(({ userId }) => add('resume-account', userId)));
        await Promise.all(listed);
        await Promise.all(all.map(alike));
      }
      for (const { userId } of all) await add('disconnect-account', userId);
      assert.deepEqual(ownFaults(), [], 'no batch was refused');
    });
  }

  async function begun(n: number, random: Random) {
    const user = await mailServer.addUser();
    const userId = `u${plan.seed}-${user.address.split('@')[0]}`;
    const at = { userId, accountId: '' };
    const restless = restlessMailbox({
      user,
      random,
      outside: {
        kick: () => user.disconnect().catch(() => {}), // the server is being started again
        renumber: (folder) => renumber(user, folder),
        order: (chance) => order(at, chance),
        pause: () => add('pause-account', userId),
        resume: () => add('resume-account', userId),
      },
    });
    await restless.fill(n === 0 ? 700 : random.below(80));
    const known = { seq: 0, picture: {} };
    return Object.assign(at, { n, user, restless, random, known }) satisfies Watched;
  }

  /** Connected; the first sync goes on meanwhile. */
  async function connect(one: Watched) {
    for (let tries = 1; ; tries += 1) {
      const job = await crm.add('connect-account', await crm.connectPayload(one.user, { userId: one.userId }));
      const result = await job.result(60_000);
      one.accountId = result.accountId;
      if (result.outcome === 'connected') return;
      // Dovecot's last restart took Postfix's line to it away, and Postfix says so to each of its next clients, once.
      const passes = result.reason === 'server.unavailable' && tries < 5;
      assert.ok(passes, JSON.stringify(result));
    }
  }

  /** The list as the CRM reads it the moment it hears that the first sync is done, whatever happens meanwhile. */
  async function list(one: Watched) {
    const isDone = (event: HeardEvent) =>
      event.userid === one.userId && event.type === 'postbud.mailbox.sync_completed';
    await crm.events.next(isDone, { timeoutMs: patienceMs }).catch((error) => {
      tell(one, error);
      throw error;
    });
    await readOnce(one);
  }

  const add = (queue: string, userId: string, more: object = {}) =>
    crm.add(queue, { tenantId: crm.tenantId, userId, ...more });

  async function strike(calamity: string, afterMs: number) {
    await delay(afterMs);
    if (calamity === 'daemon killed') {
      await daemon.kill();
      await daemon.start({ ready: false });
      await daemon.ready({ timeoutMs: patienceMs });
    } else if (calamity === 'server restarted') await mailServer.imapServer.restart();
    else if (calamity === 'server killed') {
      await mailServer.imapServer.kill();
      await removeLocks();
      await mailServer.imapServer.start();
    }
  }

  /** A Dovecot that was killed leaves lock files, and the next one waits two minutes before it takes them for stale. */
  async function removeLocks() {
    const dir = join(mailServer.places.dovecot.dir, 'mail');
    for (const path of await readdir(dir, { recursive: true }))
      if (path.endsWith('.lock')) await rm(join(dir, path), { force: true });
  }

  /**
   * The folder gets another UIDVALIDITY, as after a restore from a backup. Taking Dovecot's lists away while it has the
   * folder open would not do: it gives other UIDs under the same UIDVALIDITY then, which RFC 9051 rules out.
   */
  async function renumber({ address }: MailUser, folder: string) {
    uidValidity += 1;
    const change = ['--uid-validity', `${uidValidity}`, decoded(folder)];
    return doveadm(mailServer.places.dovecot, 'mailbox', 'update', '-u', address, ...change).then(
      () => true,
      () => false, // it has just been renamed
    );
  }

  async function order({ userId, accountId }: { userId: string; accountId: string }, random: Random) {
    const rows = await sql`select id from messages where account_id = ${accountId} order by id limit 200`;
    if (rows.length === 0) return 'nothing';
    const messageIds = random.some(rows, 5).map(({ id }) => id as string);
    const folders = await sql`
      select path from folders where account_id = ${accountId} and mode in ('watched', 'kept') order by path`;
    const what = random.pick<() => object>([
      () => ({ addFlags: ['\\Seen'] }),
      () => ({ addFlags: ['vigtig'], removeFlags: ['\\Seen'] }),
      () => ({ moveTo: random.pick(folders)?.path ?? 'INBOX' }),
      () => ({ moveTo: 'INBOX' }),
      () => ({ delete: 'trash' }),
      () => ({ delete: 'permanently' }),
    ])!();
    await add('change-messages', userId, { messageIds, ...what });
    return JSON.stringify({ messageIds, ...what });
  }

  /** Wait until server, Postgres, and who heard the events have the same. */
  async function alike(one: Watched) {
    const deadline = Date.now() + patienceMs;
    for (let pauseMs = 200; ; pauseMs = Math.min(1_000, pauseMs * 1.3)) {
      try {
        await compare(one);
        return;
      } catch (error) {
        if (Date.now() > deadline) {
          tell(one, error);
          throw error;
        }
        await delay(pauseMs);
      }
    }
  }

  /** All that is needed to find out why. */
  function tell(one: Watched, error: unknown) {
    const { n, userId, accountId, restless } = one;
    const lines = [`mailbox ${n}, user ${userId}, account ${accountId}`, ...restless.done];
    for (const { userseq, time, type, data } of heard(one)) {
      lines.push(`${userseq} ${time.slice(11)} ${type.slice('postbud.'.length)} ${JSON.stringify(data).slice(0, 300)}`);
    }
    for (const line of daemon.logs) if (line.accountId === accountId) lines.push(JSON.stringify(line).slice(0, 1_000));
    console.log(`${lines.join('\n')}\n${error}\n`);
  }

  async function compare(one: Watched) {
    const session = await one.user.session();
    try {
      const folders = (await allFolders(session)).filter((path) => !/^(?:Trash|Junk)$/.test(path));
      const stored = await storedPicture(sql, one.accountId);
      assert.deepEqual(stored, await serverPicture(session, folders));
    } finally {
      session.close();
    }
    const events = heard(one);
    assert.deepEqual(
      events.map(({ userseq }) => userseq),
      Array.from({ length: events.length }, (_, at) => at + 1),
    );
    const told = retold(one.known.picture, events.slice(one.known.seq));
    assert.deepEqual(filled(told), filled(await storedPicture(sql, one.accountId, 'id')));
    const completed = events.findIndex(({ type }) => type === 'postbud.mailbox.sync_completed');
    const { put, there } = one.restless;
    for (const [marker, times] of received(one, events.slice(Math.max(0, completed))))
      assert.ok(times <= (put.get(marker) ?? 0), `${marker} was received ${times} times after the first sync`);
    for (const [marker, times] of received(one, events))
      assert.ok(times <= (put.get(marker) ?? 0) + (there.get(marker) ?? 0), `${marker} was received ${times} times`);
  }

  function received({ restless }: Watched, events: readonly HeardEvent[]): Map<string, number> {
    const times = new Map<string, number>();
    for (const { type, data } of events) {
      const marker = type === 'postbud.message.received' && restless.markerIn(data.subject);
      if (marker) times.set(marker, (times.get(marker) ?? 0) + 1);
    }
    return times;
  }

  /** Events of a user, each once, in their order. */
  function heard({ userId }: Watched): HeardEvent[] {
    const byId = new Map(crm.events.all.filter((event) => event.userid === userId).map((event) => [event.id, event]));
    return [...byId.values()].sort((left, right) => left.userseq - right.userseq);
  }

  /** Rows and counter of one moment. */
  async function readOnce(one: Watched) {
    const [row] = await sql`
      select u.event_seq as seq, (
        select coalesce(jsonb_agg(jsonb_build_object('path', f.path, 'id', m.id, 'flags', m.flags)), '[]')
        from messages m join folders f on f.id = m.folder_id where m.account_id = a.id) as messages
      from accounts a join users u on u.tenant_id = a.tenant_id and u.user_id = a.user_id
      where a.id = ${one.accountId}`;
    const picture: Picture = {};
    for (const { path, id, flags } of row!.messages) {
      picture[path] ??= {};
      picture[path][id] = flags.sort().join(' ');
    }
    one.known = { seq: Number(row!.seq), picture };
  }

  /** What the daemon could not store, and is not to blame on a server that was away. */
  function ownFaults() {
    return daemon.logs
      .filter(({ msg }) => /could not be stored|watcher failed/.test(msg ?? ''))
      .map(({ err }) => JSON.stringify(err))
      .filter((text) => !/CONNECTION|ECONN/.test(text));
  }
});

/** Without folders that hold nothing: some are not kept, and nobody asks who is told of those. */
const filled = (picture: Picture): Picture =>
  Object.fromEntries(Object.entries(picture).filter(([, messages]) => Object.keys(messages).length > 0));
