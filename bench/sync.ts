/**
 * `npm run bench:sync`: what a first sync and the ones after it cost, beside the limit on the same machine in the same
 * run: a bare ImapFlow loop that fetches the same and throws it away, and `mbsync` where it is installed.
 */
import { spawn, spawnSync } from 'node:child_process';
import { randomUUIDv7 } from 'node:crypto';
import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { eq, sql } from 'drizzle-orm';
import { openAccounts } from '../src/accounts/index.ts';
import { openDatabase } from '../src/db/database.ts';
import { accounts as accountTable, processes, users } from '../src/db/tables.ts';
import { createDoor } from '../src/mail/addresses.ts';
import { createImap } from '../src/mail/imap.ts';
import { readTls } from '../src/mail/tls.ts';
import { openSession } from '../src/sync/session.ts';
import { startCrm } from '../test/support/crm.ts';
import { startDaemon } from '../test/support/daemon.ts';
import { startMailServer } from '../test/support/mail-server.ts';
import type { MailUser } from '../test/support/mail-user.ts';
import { startServers, useRunning } from '../test/support/servers.ts';
import { rawMessages } from './raw-messages.ts';
import { table } from './table.ts';

const first = Number(process.env.MESSAGES ?? 20_000);
const large = Number(process.env.LARGE ?? 100_000);
/** Maildir is read anew as a directory of 100,000 files after each change: that would measure the file system. */
const quick = 'mail_location = mdbox:~/mdbox';
const condstoreOnly = 'imap_capability = IMAP4rev1 ENABLE IDLE LITERAL+ UIDPLUS MOVE CONDSTORE ESEARCH SPECIAL-USE';

const { servers, stop } = await startServers({ say: (line) => console.log(`  ${line}`) });
useRunning(servers);
process.once('SIGINT', () => void stop().then(() => process.exit(130)));

try {
  await firstSync();
  await laterSyncs();
} finally {
  await stop();
}
process.exit(0);

async function firstSync() {
  const daemon = await startDaemon({ env: { POSTBUD_LOG_LEVEL: 'warn' } });
  const crm = await startCrm(daemon);
  const warm = await servers.mailServer.addUser();
  await fill(warm, 200);
  await crm.connect(warm);
  const ada = await servers.mailServer.addUser();
  await fill(ada, first);
  const before = await bareLoop(ada);

  await delay(1_000);
  const idle = await residentMiB(daemon.pid);
  let most = idle;
  const looking = setInterval(() => void residentMiB(daemon.pid).then((now) => (most = Math.max(most, now))), 100);
  const userId = 'first';
  const payload = await crm.connectPayload(ada, { userId });
  await crm.add('connect-account', payload);
  const ofUser = (type: string) => (event: { userid: string; type: string }) =>
    event.userid === userId && event.type === `postbud.${type}`;
  const connected = await crm.events.next(ofUser('account.connected'), { timeoutMs: 60_000 });
  const progress = await crm.events.next(ofUser('mailbox.sync_progress'), { timeoutMs: 60_000 });
  const done = await crm.events.next(ofUser('mailbox.sync_completed'), { timeoutMs: 600_000 });
  clearInterval(looking);
  const after = await bareLoop(ada);
  const bare = (before + after) / 2;
  const ours = done.heardAt - connected.heardAt;
  const mbsync = await mbsyncOf(ada);
  await crm.close();
  await daemon.stop();

  const ratio = (ms: number) => `${(ms / bare).toFixed(2)}`;
  console.log(`\nFirst sync of ${first} messages (${done.data.messages} stored); ms`);
  console.log(
    table(
      ['', 'ms', 'of the bare loop'],
      [
        ['bare ImapFlow loop, the same items', bare.toFixed(0), '1.00'],
        ['Postbud, account.connected to sync_completed', ours.toFixed(0), ratio(ours)],
        ['  of that until the newest were stored', `${progress.heardAt - connected.heardAt}`, ''],
        ['mbsync, whole messages', mbsync?.toFixed(0) ?? 'not installed', mbsync === null ? '' : ratio(mbsync)],
      ],
    ),
  );
  console.log(`  memory above idle: ${(most - idle).toFixed(0)} MiB (target 150)`);
}

async function laterSyncs() {
  const rows: string[][] = [];
  for (const [name, dovecotExtra] of [
    ['QRESYNC', quick],
    ['CONDSTORE', `${quick}\n${condstoreOnly}`],
  ] as const) {
    const server = await startMailServer({ dir: servers.dir, authority: servers.authority, dovecotExtra, smtp: false });
    const ada = await server.addUser();
    await fill(ada, large, { small: true });
    rows.push(...(await resyncs(name, ada)));
    await server.stop();
  }
  console.log(`\nA sync after one change in ${large} messages, on a connection that has just logged in`);
  console.log(table(['', 'ms', 'bytes', 'the same command alone, ms'], rows));
}

/** What the server takes for the one command of such a sync, on a connection that has just logged in. */
async function bareResync(name: string, ada: MailUser, change: () => Promise<unknown>): Promise<number> {
  const before = await ada.session();
  await before.command(`ENABLE ${name}`);
  const told = (await before.command('SELECT INBOX')).map(({ text }) => text).join('\n');
  before.close();
  const [uidValidity, modseq] = [/UIDVALIDITY (\d+)/.exec(told)?.[1], /HIGHESTMODSEQ (\d+)/.exec(told)?.[1]];
  await change();
  const session = await ada.session();
  await session.command(`ENABLE ${name}`);
  const at = performance.now();
  if (name === 'QRESYNC') await session.command(`SELECT INBOX (QRESYNC (${uidValidity} ${modseq}))`);
  else {
    await session.command('SELECT INBOX (CONDSTORE)');
    await session.command(`UID FETCH 1:* (FLAGS) (CHANGEDSINCE ${modseq})`);
  }
  const ms = performance.now() - at;
  session.close();
  return ms;
}

/** The engine in this process, on a connection in clear whose bytes are counted. */
async function resyncs(name: string, ada: MailUser): Promise<string[][]> {
  const { url } = await servers.freshDatabase();
  const log = { warn() {}, info() {}, debug() {}, error() {} };
  const database = openDatabase({ url, log });
  const { db } = database;
  const wire = await countingProxy(ada.imapStarttls.port);
  const door = createDoor({ allowHosts: ['127.0.0.1'], allowCleartextHosts: ['127.0.0.1'] });
  const imap = createImap({ door, tls: readTls({ caFile: servers.caFile }) });
  const who = { tenantId: 'bench', userId: randomUUIDv7() };
  const [processId, id] = [randomUUIDv7(), randomUUIDv7()];
  await db.insert(users).values(who);
  await db.insert(processes).values({ id: processId, host: 'bench', roles: [] });
  await db
    .insert(accountTable)
    .values({ id, ...who, email: ada.address, state: 'syncing', holder: processId, token: 1, syncFrom: '2000-01-01' });
  const accounts = openAccounts({ db, sealing: undefined as never, now: () => new Date(), wake() {}, changed() {} });
  const lease = { accountId: id, processId, token: 1 };
  const open = async () => {
    const connection = await imap.open({
      server: { host: '127.0.0.1', port: wire.port, security: 'none', username: ada.address },
      login: { kind: 'password', reveal: () => ada.password },
    });
    const [account] = await db.select().from(accountTable).where(eq(accountTable.id, id));
    return { connection, account: account! };
  };
  const run = async () => {
    const { connection, account } = await open();
    const [bytes, at] = [wire.bytes(), performance.now()];
    const session = await openSession(accounts, lease, account, connection);
    await session.catchUp();
    const caughtUpMs = performance.now() - at;
    const caughtUpBytes = wire.bytes() - bytes;
    while ((await session.workOn()) === 0);
    await connection.logout();
    return { ms: caughtUpMs, bytes: caughtUpBytes };
  };
  await run();
  await run();
  await db.execute(sql`analyze`); // as Postgres does by itself within a minute
  const rows: string[][] = [];
  const session = await ada.session();
  await session.command('SELECT INBOX');
  let uid = Math.floor(large / 2);
  const changes = {
    'one flag': () => session.command(`UID STORE ${++uid} +FLAGS (\\Flagged)`),
    'one deleted': async () => {
      await session.command(`UID STORE ${++uid} +FLAGS (\\Deleted)`);
      await session.command('EXPUNGE');
    },
    nothing: () => session.command('NOOP'),
  };
  for (const [what, change] of Object.entries(changes)) {
    const times: { ms: number; bytes: number; bare: number }[] = [];
    for (let n = 0; n < 5; n += 1) {
      const bare = await bareResync(name, ada, change);
      await run();
      await change();
      times.push({ ...(await run()), bare });
    }
    const median = (of: 'ms' | 'bytes' | 'bare') => times.map((one) => one[of]).sort((a, b) => a - b)[2]!;
    rows.push([`${name}, ${what}`, median('ms').toFixed(1), `${median('bytes')}`, median('bare').toFixed(1)]);
  }
  session.close();
  wire.close();
  await database.close();
  return rows;
}

async function countingProxy(to: number) {
  let bytes = 0;
  const server = createServer((socket) => {
    const other = connect(to, '127.0.0.1');
    for (const [from, into] of [
      [socket, other],
      [other, socket],
    ] as const) {
      from.on('data', (chunk) => {
        bytes += chunk.length;
        into.write(chunk);
      });
      from.on('error', () => into.destroy());
      from.on('close', () => into.destroy());
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { port: (server.address() as { port: number }).port, bytes: () => bytes, close: () => server.close() };
}

async function fill(user: MailUser, count: number, { small = false } = {}) {
  const session = await user.session();
  for (let from = 0; from < count; from += 500) {
    const raws = rawMessages(Math.min(500, count - from), { from, small });
    await session.command('APPEND INBOX', ...raws.flatMap((raw) => [' () ', raw]));
  }
  session.close();
}

/** The same items, fetched and thrown away, in a process of its own. */
async function bareLoop({ address, password, imap }: MailUser): Promise<number> {
  const child = spawn(process.execPath, [new URL('./bare-fetch.ts', import.meta.url).pathname], {
    env: { ...process.env, IMAP_LOGIN: JSON.stringify({ port: imap.port, user: address, pass: password }) },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let text = '';
  child.stdout.on('data', (chunk) => (text += chunk));
  await new Promise((resolve) => child.once('close', resolve));
  return Number(text);
}

async function residentMiB(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1024;
}

/** How long mbsync takes to pull the mailbox; null where it is not installed. */
async function mbsyncOf({ address, password, imap }: MailUser): Promise<number | null> {
  if (spawnSync('mbsync', ['--version']).error) return null;
  const dir = await mkdtemp(join(servers.dir, 'mbsync-'));
  const config = join(dir, 'mbsyncrc');
  await writeFile(
    config,
    `IMAPAccount a\nHost localhost\nPort ${imap.port}\nUser ${address}\nPass ${password}\nSSLType IMAPS\nSystemCertificates no\nCertificateFile ${servers.caFile}\n\n` +
      `IMAPStore far\nAccount a\n\nMaildirStore near\nPath ${dir}/\nInbox ${dir}/INBOX\n\nChannel c\nFar :far:\nNear :near:\nCreate Near\nSyncState *\nSync Pull\n`,
  );
  const startedAt = performance.now();
  const { status, stderr } = spawnSync('mbsync', ['-c', config, 'c'], { encoding: 'utf8', timeout: 600_000 });
  if (status !== 0) console.log(`  mbsync failed: ${stderr.slice(0, 300)}`);
  return status === 0 ? performance.now() - startedAt : null;
}
