import assert from 'node:assert/strict';
import { randomUUIDv7 } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { eq } from 'drizzle-orm';
import { openDatabase } from '../src/db/database.ts';
import { knocks } from '../src/db/tables.ts';
import { type Budget, openBudget, perDoor, perSite, siteOf } from '../src/doors/budget.ts';
import { guardDoors, Held } from '../src/doors/guard.ts';
import type { Door } from '../src/mail/addresses.ts';
import { MailError } from '../src/mail/errors.ts';
import { createImap, type Imap } from '../src/mail/imap.ts';
import { createSmtp, type Smtp } from '../src/mail/smtp.ts';
import { readTls } from '../src/mail/tls.ts';
import { parseKeyRing } from '../src/secrets/key-ring.ts';
import { makeCertificate } from './support/certificates.ts';
import { type Crm, startCrm } from './support/crm.ts';
import { type Daemon, startDaemon } from './support/daemon.ts';
import type { OwnDataServer } from './support/data-servers.ts';
import { knocksOf } from './support/dialogues.ts';
import { quietLog } from './support/quiet-log.ts';
import { type ScriptedServer, scriptedServer } from './support/scripted-server.ts';
import { freshName, type Servers, useServers } from './support/servers.ts';

const minute = 60_000;
const hour = 60 * minute;

let servers: Servers;
before(async () => {
  servers = await useServers();
});

describe('the budget of refused logins', () => {
  const ring = parseKeyRing(`k:${Buffer.alloc(32, 7).toString('base64')}`);
  const clock = { now: Date.parse('2026-11-22T10:00:00Z') };
  const now = () => new Date(clock.now);
  const databases: ReturnType<typeof openDatabase>[] = [];
  let one: Budget;
  let other: Budget;
  let db: ReturnType<typeof openDatabase>['db'];

  /** A process of its own, as far as Postgres can see. */
  const process = (url: string) => {
    const database = openDatabase({ url, log: quietLog().log });
    databases.push(database);
    return { db: database.db, budget: openBudget({ db: database.db, ring, now }) };
  };
  before(async () => {
    const { url } = await servers.freshDatabase();
    ({ budget: one, db } = process(url));
    ({ budget: other } = process(url));
  });
  after(() => Promise.all(databases.map((database) => database.close())));

  const door = () => ({ host: `${freshName('mail')}.example`, username: 'kim@example.dk' });
  const login = async (budget: Budget, at: ReturnType<typeof door>, outcome: 'refused' | 'not-refused') => {
    const leave = await budget.knock(at, 'order');
    if (leave.allowed) await leave.settle(outcome);
    return leave.allowed ? true : leave.until;
  };

  it('has three for each mailbox in an hour, and says from when there is one more', async () => {
    const at = door();
    const began = clock.now;
    for (const passed of [0, 10, 20]) {
      clock.now = began + passed * minute;
      assert.equal(await login(one, at, 'refused'), true);
    }
    clock.now = began + 30 * minute;
    assert.deepEqual(await login(one, at, 'refused'), new Date(began + hour));
    clock.now = began + hour - 1;
    assert.deepEqual(await login(other, at, 'refused'), new Date(began + hour));
    clock.now = began + hour;
    assert.equal(await login(other, at, 'refused'), true);
    assert.deepEqual(await login(one, at, 'refused'), new Date(began + 10 * minute + hour));
  });

  it('is one for all processes: two that ask at the same time cannot spend the last one together', async () => {
    for (let round = 0; round < 10; round++) {
      const at = door();
      for (let spent = 1; spent < perDoor.most; spent++) await login(one, at, 'refused');
      const leaves = await Promise.all([one.knock(at, 'order'), other.knock(at, 'automatic')]);
      assert.deepEqual(leaves.map(({ allowed }) => allowed).sort(), [false, true]);
    }
  });

  it('counts a login whose process died before it heard the answer', async () => {
    const at = door();
    for (let spent = 0; spent < perDoor.most; spent++) await one.knock(at, 'automatic');
    assert.ok((await login(other, at, 'refused')) instanceof Date);
  });

  describe('when logins get no answer', () => {
    /** Try by itself every minute; nothing is ever answered. @returns after how many minutes each try was let through. */
    const triesIn = async (minutes: number, at: ReturnType<typeof door>) => {
      const began = clock.now;
      const tried: number[] = [];
      for (let passed = 0; passed < minutes; passed++) {
        clock.now = began + passed * minute;
        const leave = await (passed % 2 ? one : other).knock(at, 'automatic');
        if (!leave.allowed) continue;
        await leave.settle('unheard');
        tried.push(passed);
      }
      return tried;
    };

    it('makes one good at once, then lets half an hour pass: a slow server loses nobody for longer', async () => {
      assert.deepEqual(await triesIn(120, door()), [0, 1, 31, 61, 91]);
    });

    it('leaves a person one try more, and never comes to the five at which providers lock', async () => {
      const at = door();
      await triesIn(35, at);
      const byHand = await one.knock(at, 'order');
      assert.ok(byHand.allowed);
      await byHand.settle('unheard');
      const last = await other.knock(at, 'order');
      assert.ok(!last.allowed && last.until.getTime() > clock.now);
    });

    it('still stops at the third that was refused', async () => {
      const at = door();
      await login(one, at, 'refused');
      await (await leaveTo(at)).settle('unheard');
      await login(one, at, 'refused');
      await login(one, at, 'refused');
      assert.ok((await login(other, at, 'refused')) instanceof Date);
    });

    it('does not spend the provider’s ceiling: a server that was down for all has refused nobody', async () => {
      const at = door();
      await (await leaveTo(at)).settle('unheard');
      const [row] = await db
        .select()
        .from(knocks)
        .where(eq(knocks.site, siteOf(at.host)));
      assert.deepEqual([row?.refused, row?.unheard], [false, true]);
    });
    const leaveTo = async (at: ReturnType<typeof door>) => {
      const leave = await one.knock(at, 'automatic');
      return leave.allowed ? leave : assert.fail('no leave');
    };
  });

  it('is not spent by logins that worked', async () => {
    const at = door();
    for (let times = 0; times < 3 * perDoor.most; times++) assert.equal(await login(one, at, 'not-refused'), true);
  });

  it('sends nobody away because of logins that are still under way', async () => {
    const at = door();
    const attempts = Array.from({ length: 8 }, async () => {
      const leave = await one.knock(at, 'automatic');
      if (!leave.allowed) return false;
      await leave.settle('not-refused');
      return true;
    });
    assert.deepEqual(await Promise.all(attempts), Array(8).fill(true));
    const wrong = Array.from({ length: 8 }, async () => {
      const leave = await one.knock(at, 'automatic');
      if (leave.allowed) await leave.settle('refused');
      return leave.allowed;
    });
    assert.equal((await Promise.all(wrong)).filter(Boolean).length, perDoor.most);
  });

  it('knows a mailbox by any spelling of its host and user name, and no mailbox by another’s', async () => {
    const { host, username } = door();
    await login(one, { host, username }, 'refused');
    await login(one, { host: host.toUpperCase(), username }, 'refused');
    await login(one, { host: `${host}.`, username: username.toUpperCase() }, 'refused');
    assert.ok((await login(other, { host, username }, 'refused')) instanceof Date);
    assert.equal(await login(one, { host, username: 'bo@example.dk' }, 'refused'), true);
    assert.equal(await login(one, { host: `imap.${host}`, username }, 'refused'), true);
  });

  it('keeps nobody’s address: a door is an HMAC', async () => {
    const at = door();
    await login(one, at, 'refused');
    const rows = JSON.stringify(await db.select({ door: knocks.door }).from(knocks));
    assert.ok(!rows.includes('kim') && !rows.includes(at.host));
  });

  it('has a ceiling for a whole provider and day, which holds what nobody ordered', async () => {
    const site = siteOf('imap.gmail.com');
    const began = clock.now;
    const rows = Array.from({ length: perSite.most }, (_, index) => ({
      id: randomUUIDv7(),
      door: `somebody ${index}`,
      site,
      at: new Date(began + index),
    }));
    await db.insert(knocks).values(rows);
    clock.now = began + 2 * hour;
    const kim = { host: 'smtp.googlemail.com', username: 'kim@gmail.com' };
    assert.deepEqual(await one.knock(kim, 'automatic'), {
      allowed: false,
      until: new Date(began + perSite.withinMs),
    });
    assert.equal((await one.knock({ host: 'mail.other.example', username: 'kim' }, 'automatic')).allowed, true);
    for (let spent = 0; spent < perDoor.most; spent++) assert.equal(await login(one, kim, 'refused'), true);
    assert.ok((await login(one, kim, 'refused')) instanceof Date);
  });

  it('is asked at the doors, where only what a provider counts as a failed login is counted', async () => {
    const failures = [
      ['server.unavailable', false],
      ['network.timeout', false],
      ['rate.limited', false],
      ['tls.certificate', false],
      ['unknown', true],
      ['auth.invalid_credentials', true],
      ['login.blocked', true],
      ['account.locked', true],
      ['smtp.disabled', true],
    ] as const;
    for (const [reason, isCounted] of failures) {
      const open = () => Promise.reject(new MailError({ reason, permanent: isCounted, protocol: 'smtp' }));
      const doors = guardDoors(
        { imap: { open } as unknown as Imap, smtp: { open } as unknown as Smtp },
        {
          budget: one,
          ramp: { reserve: async () => 0 },
          now,
        },
      );
      const server = { ...door(), port: 465, security: 'tls' } as const;
      const knock = () =>
        doors.smtp
          .open({ server, login: { kind: 'password', reveal: () => 'x' }, why: 'order' }, limits)
          .catch((error: unknown) => error);
      for (let spent = 0; spent < perDoor.most; spent++) assert.ok(!((await knock()) instanceof Held));
      const last = await knock();
      assert.equal(last instanceof Held, isCounted, reason);
      if (last instanceof Held) assert.equal(last.retryAfterMs, hour);
    }
  });

  it('counts a login that a server leaves without an answer, and not one that never began', async () => {
    const capabilities = ['* CAPABILITY IMAP4rev1 AUTH=PLAIN SASL-IR', '$tag OK done'];
    const silentLater: Record<'imap' | 'smtp', Script> = {
      imap: { greeting: '* OK IMAP4rev1', answers: [[/ CAPABILITY$/, capabilities]] },
      smtp: { greeting: '220 mx ESMTP', answers: [[/^EHLO/, ['250-mx', '250 AUTH PLAIN']]] },
    };
    for (const protocol of ['imap', 'smtp'] as const) {
      const later = await loginAt(protocol, silentLater[protocol]);
      assert.deepEqual([later.reason, later.unheard], ['network.timeout', true], protocol);
      const atOnce = await loginAt(protocol, {});
      assert.deepEqual([atOnce.reason, atOnce.unheard], ['network.timeout', false], protocol);
    }
  });

  type Script = Parameters<typeof scriptedServer>[0];
  /** The failure of a login at a server that is not encrypted. */
  async function loginAt(protocol: 'imap' | 'smtp', script: Script): Promise<MailError> {
    const server = await scriptedServer(script);
    const parts = { door: openDoor, tls: readTls({ caFile: undefined }) };
    const to = {
      server: { host: server.host, port: server.port, security: 'none', username: 'kim@example.dk' },
      login: { kind: 'password', reveal: () => 'wrong' },
    } as const;
    try {
      await (protocol === 'imap' ? createImap(parts) : createSmtp(parts)).open(to, limits);
      return assert.fail('it let us in');
    } catch (error) {
      assert.ok(error instanceof MailError, String(error));
      return error;
    } finally {
      await server.close();
    }
  }
  const openDoor: Door = {
    resolve: async () => [{ address: '127.0.0.1', family: 4 }],
    isAllowedCleartext: () => true,
    isOwn: () => true,
  };
  const limits = { signal: new AbortController().signal, timeLimitMs: 1_000 };
});

describe('a person who types one wrong password after the other', () => {
  let redis: OwnDataServer;
  let daemon: Daemon;
  let crm: Crm;
  let provider: ScriptedServer;
  before(async () => {
    redis = await servers.ownRedis();
    const certificate = await makeCertificate(servers.authority, { dir: servers.dir, name: freshName('budget') });
    provider = await scriptedServer({
      greeting: '* OK ready',
      tls: { certificate, implicit: true },
      answers: [
        [/CAPABILITY$/, ['* CAPABILITY IMAP4rev1', '$tag OK done']],
        [/ LOGIN /, '$tag NO [AUTHENTICATIONFAILED] Authentication failed.'],
      ],
    });
    daemon = await startDaemon({ redisUrl: redis.url });
    crm = await startCrm(daemon);
  });
  after(async () => {
    await crm?.close();
    await daemon?.stop();
    await provider?.close();
    await redis?.stop();
  });

  const email = 'kim@example.dk';
  const attempt = async (userId: string, username = email) => {
    const at = { host: 'localhost', port: provider.port, security: 'tls', username };
    const sealed = await crm.seal({ userId, email, password: freshName('guess') });
    const payload = { tenantId: crm.tenantId, userId, email, locale: 'da', credentials: { kind: 'password', sealed } };
    return (await crm.add('connect-account', { ...payload, imap: at, smtp: at })).result();
  };

  it('is told at the fourth from when to try again, in the language of the account, and the server is left alone', async () => {
    const userId = freshName('user');
    const began = Date.now();
    for (let tried = 1; tried <= perDoor.most; tried++) {
      const { reason } = await attempt(userId);
      assert.equal(reason, 'auth.invalid_credentials');
    }
    assert.equal(knocksOf(provider.heard).length, perDoor.most);

    const held = await attempt(userId);
    assert.deepEqual(
      { outcome: held.outcome, reason: held.reason, permanent: held.permanent, response: held.response },
      { outcome: 'refused', reason: 'rate.limited', permanent: false, response: '' },
    );
    assertSaysUntil(held.userAction.text, began + hour);

    await (await crm.add('disconnect-account', { tenantId: crm.tenantId, userId })).result();
    assert.equal((await attempt(userId)).reason, 'rate.limited', 'a new account of the same user');
    assert.equal((await attempt(freshName('user'))).reason, 'rate.limited', 'another user with the same mailbox');
    assert.equal((await attempt(userId, email.toUpperCase())).reason, 'rate.limited', 'another spelling');

    await crm.redis.flushall();
    assert.equal((await attempt(userId)).reason, 'rate.limited', 'after Redis was wiped');
    await daemon.kill();
    await daemon.start();
    assert.equal((await attempt(userId)).reason, 'rate.limited', 'after a crash');
    assert.equal(knocksOf(provider.heard).length, perDoor.most);
  });

  /** The Danish sentence with a time that is within a minute of this one. */
  function assertSaysUntil(text: string, at: number) {
    assert.match(text, /Du kan prøve igen fra den \d+\. \p{L}+/u);
    const [, hours, minutes] = /(\d\d)\.(\d\d) UTC/.exec(text) ?? assert.fail(text);
    const day = new Date(at).toISOString().slice(0, 10);
    const said = Date.parse(`${day}T${hours}:${minutes}:00Z`);
    assert.ok(Math.abs(said - at) <= 1.5 * minute, `${text}, and not ${new Date(at).toISOString()}`);
  }
});
