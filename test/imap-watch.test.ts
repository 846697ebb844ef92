import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { createDoor } from '../src/mail/addresses.ts';
import { MailError } from '../src/mail/errors.ts';
import { createImap, type FetchedMessage, type ImapConnection } from '../src/mail/imap.ts';
import { readTls } from '../src/mail/tls.ts';
import type { MailUser } from './support/mail-user.ts';
import { type Answer, type ScriptedClient, scriptedServer } from './support/scripted-server.ts';
import { useServers } from './support/servers.ts';

const servers = await useServers();
const { mailServer } = servers;
const door = createDoor({ allowHosts: ['localhost'], allowCleartextHosts: ['localhost'] });
const imap = createImap({ door, tls: readTls({ caFile: servers.caFile }) });

async function connect(user: Pick<MailUser, 'imap' | 'password'>): Promise<ImapConnection> {
  const connection = await imap.open({ server: user.imap, login: { kind: 'password', reveal: () => user.password } });
  after(() => connection.destroy());
  return connection;
}

async function watching() {
  const ada = await mailServer.addUser();
  const connection = await connect(ada);
  const box = await connection.select('INBOX');
  return { ada, connection, box };
}

async function all(batches: AsyncIterable<FetchedMessage[]>): Promise<FetchedMessage[]> {
  return (await Array.fromAsync(batches)).flat();
}

/** A server that is scripted after the login, in clear. */
async function scripted(answers: [RegExp, Answer][], offers = 'IDLE') {
  const server = await scriptedServer({
    greeting: '* OK ready',
    answers: [
      ...answers,
      [/CAPABILITY$/, [`* CAPABILITY IMAP4rev1 ${offers}`, '$tag OK done']],
      [/SELECT/, ['* 2 EXISTS', '* OK [UIDVALIDITY 7] ok', '* OK [UIDNEXT 3] ok', '$tag OK [READ-WRITE] done']],
      [/LIST/, ['* LIST () "/" ""', '$tag OK done']],
      [/^\S+ (?:LOGIN|NOOP|ENABLE|LOGOUT|LSUB)/, '$tag OK done'],
    ],
  });
  after(() => server.close());
  const { host, port } = server;
  const connection = await connect({ imap: { host, port, security: 'none', username: 'kim' } as never, password: 'x' });
  await connection.select('INBOX');
  return { connection, heard: server.heard };
}

const idling: [RegExp, Answer] = [/IDLE$/, '+ idling'];

describe('waiting for news', () => {
  it('tells of a new message, and again of one that comes right after it', async () => {
    const { ada, connection, box } = await watching();
    let next = box.uidNext;
    for (const subject of ['first', 'second', 'third']) {
      const news = connection.waitForNews();
      await ada.deliver({ subject });
      const delivered = performance.now();
      assert.equal(await news, 'exists');
      const [message] = await all(connection.fetchSince(next));
      assert.equal(message!.subject, subject);
      // Dovecot holds a notification back for half a second; being deaf would take 15 s.
      assert.ok(performance.now() - delivered < 4_000);
      next = message!.uid + 1;
    }
  });

  it('does not lose what came while nobody waited', async () => {
    const { ada, connection, box } = await watching();
    await ada.deliver({ subject: 'before' });
    await connection.status('Sent');
    assert.equal(await connection.waitForNews(), 'exists');
    assert.equal((await all(connection.fetchSince(box.uidNext))).length, 1);
    assert.equal(await connection.waitForNews({ limitMs: 700 }), 'quiet');
  });

  it('does not tell again what was fetched before anybody waited', async () => {
    const { connection, box } = await watching();
    await connection.append('INBOX', Buffer.from('Subject: told of at once\r\n\r\n'));
    assert.equal((await all(connection.fetchSince(box.uidNext))).length, 1);
    assert.equal(await connection.waitForNews({ limitMs: 700 }), 'quiet');
  });

  it('is about the selected folder only', async () => {
    const { connection, heard } = await scripted([
      idling,
      [/^DONE$/, (client) => answerIdle(client, heard)],
      [/EXAMINE/, ['* 5 EXISTS', '* OK [UIDVALIDITY 9] ok', '* OK [UIDNEXT 6] ok', '$tag OK [READ-ONLY] done']],
      [/SEARCH/, ['* 8 EXISTS', '* 2 EXPUNGE', '* SEARCH 4', '$tag OK done']],
    ]);
    assert.deepEqual(await connection.findByMessageIdHeader('Sent', '<x@y>'), [4]);
    assert.equal(await connection.waitForNews({ limitMs: 30 }), 'quiet');
  });

  it('does not lose what comes while other commands break the IDLE', async () => {
    const { ada, connection, box } = await watching();
    const news = connection.waitForNews();
    for (let count = 0; count < 5; count++) await connection.status('Sent');
    await ada.deliver();
    for (let count = 0; count < 5; count++) await connection.status('Trash');
    assert.equal(await news, 'exists');
    assert.equal((await all(connection.fetchSince(box.uidNext))).length, 1);
  });

  it('does not lose what came while another folder was searched', async () => {
    const { ada, connection } = await watching();
    await ada.appendTo('Sent', { raw: 'Message-ID: <sent@example.dk>\r\n\r\nhi' });
    await ada.deliver({ subject: 'meanwhile' });
    assert.deepEqual(await connection.findByMessageIdHeader('Sent', '<sent@example.dk>'), [1]);
    assert.equal(await connection.waitForNews({ limitMs: 2_000 }), 'exists');
  });

  it('tells of changed flags and of messages that are gone', async () => {
    const { ada, connection } = await watching();
    await ada.deliver();
    assert.equal(await connection.waitForNews(), 'exists');
    await all(connection.fetchSince(1));
    const other = await ada.session();
    await other.command('SELECT INBOX');
    const flags = connection.waitForNews();
    await other.command('STORE 1 +FLAGS (\\Flagged)');
    assert.equal(await flags, 'flags');
    await other.command('STORE 1 +FLAGS (\\Deleted)');
    assert.equal(await connection.waitForNews(), 'flags');
    const gone = connection.waitForNews();
    await other.command('EXPUNGE');
    assert.equal(await gone, 'expunge');
    await other.logout();
  });

  it('ends with an answer of the server when nothing happens', async () => {
    const { connection, heard } = await scripted([idling, [/^DONE$/, (client) => answerIdle(client, heard)]]);
    assert.equal(await connection.waitForNews({ limitMs: 50 }), 'quiet');
    assert.match(heard.at(-1)!, /NOOP/);
  });

  it('can be stopped', async () => {
    const { connection } = await watching();
    const stop = new AbortController();
    const news = connection.waitForNews({ signal: stop.signal });
    setTimeout(() => stop.abort(new Error('enough')), 20);
    await assert.rejects(news, /enough/);
    assert.equal(connection.open, true);
    assert.equal(await connection.waitForNews({ limitMs: 50 }), 'quiet');
  });
});

/** The tag of the IDLE is not in DONE. */
function answerIdle(client: ScriptedClient, heard: string[]) {
  const idle = heard.findLast((line) => line.endsWith(' IDLE'))!;
  client.send(`${idle.split(' ')[0]} OK idled`);
}

describe('a server without IDLE', () => {
  it('is asked at intervals', async () => {
    let asked = 0;
    const noop: Answer = (client) => client.send(...(++asked === 3 ? ['* 3 EXISTS'] : []), '$tag OK done');
    const { connection, heard } = await scripted([[/NOOP$/, noop]], '');
    assert.equal(await connection.waitForNews({ pollMs: 20, limitMs: 5_000 }), 'exists');
    assert.ok(heard.every((line) => !line.endsWith('IDLE')));
  });

  it('is known by its refusal, too', async () => {
    let asked = 0;
    const noop: Answer = (client) => client.send(...(++asked === 4 ? ['* 3 EXISTS'] : []), '$tag OK done');
    const { connection, heard } = await scripted([
      [/IDLE$/, '$tag BAD not here'],
      [/NOOP$/, noop],
    ]);
    assert.equal(await connection.waitForNews({ pollMs: 20, limitMs: 5_000 }), 'exists');
    assert.equal(heard.filter((line) => line.endsWith('IDLE')).length, 1);
  });

  it('is known by ending each IDLE at once', async () => {
    const noop: Answer = ['* 3 EXISTS', '$tag OK done'];
    const { connection, heard } = await scripted([
      [/IDLE$/, ['+ idling', '$tag OK that was it']],
      [/NOOP$/, noop],
    ]);
    assert.equal(await connection.waitForNews({ pollMs: 20, limitMs: 5_000 }), 'exists');
    assert.equal(heard.filter((line) => line.endsWith('IDLE')).length, 3);
  });
});

describe('the end of a connection', () => {
  const ended = (connection: ImapConnection) =>
    new Promise<MailError>((resolve) => connection.onClosed((fault) => resolve(fault)));

  it('is told with the words of a BYE', async () => {
    const say: Answer = ['+ idling', '* BYE [UNAVAILABLE] Server shutting down.'];
    const { connection } = await scripted([[/IDLE$/, say]]);
    const told = ended(connection);
    await assert.rejects(connection.waitForNews(), (error) => {
      assert.ok(error instanceof MailError);
      assert.equal(error.permanent, false);
      assert.match(error.response, /Server shutting down/);
      return true;
    });
    assert.match((await told).response, /Server shutting down/);
    assert.equal(connection.open, false);
  });

  it('is told when the server is stopped, and when the provider ends the session', async () => {
    const { ada, connection } = await watching();
    const told = ended(connection);
    const news = connection.waitForNews();
    const rejected = assert.rejects(news, MailError);
    await ada.disconnect();
    await rejected;
    assert.equal((await told).permanent, false);
  });

  it('is told when the connection breaks', async () => {
    const { connection } = await scripted([[/IDLE$/, (client) => client.reset()]]);
    await assert.rejects(connection.waitForNews(), { reason: 'network.reset', permanent: false });
    await assert.rejects(connection.select('INBOX'), { reason: 'network.reset' });
    assert.equal((await ended(connection)).reason, 'network.reset');
  });

  it('is found when IDLE has gone silent', { timeout: 20_000 }, async () => {
    const { connection } = await scripted([idling, [/^DONE$/, []]]);
    const began = performance.now();
    const told = ended(connection);
    await assert.rejects(connection.waitForNews({ limitMs: 100 }), { reason: 'network.timeout', permanent: false });
    assert.ok(performance.now() - began < 12_000);
    assert.equal((await told).reason, 'network.timeout');
  });

  it('is no news to the one who wanted it', async () => {
    const { connection } = await watching();
    connection.onClosed(() => assert.fail('told of its own logout'));
    const news = connection.waitForNews();
    const rejected = assert.rejects(news, { reason: 'session.expired' });
    await connection.logout();
    await rejected;
    assert.equal(connection.open, false);
    connection.destroy();
    await connection.logout();
  });

  it('comes at a throttled command, with the pause that was asked for', async () => {
    const { connection } = await scripted([
      [/STATUS/, '$tag BAD Request is throttled. Suggested Backoff Time: 92415 milliseconds'],
    ]);
    const told = ended(connection);
    await assert.rejects(connection.status('Sent'), { reason: 'rate.limited', retryAfterMs: 92_415 });
    assert.equal((await told).reason, 'rate.limited');
  });
});

describe('a server that lies about its mailbox', () => {
  it('does not hold up the process with millions of UIDs that are gone', async () => {
    const vanished = '* VANISHED 1:16777216';
    const { connection } = await scripted([
      [/IDLE$/, ['+ idling', vanished]],
      [/SELECT/, ['* 2 EXISTS', vanished, '* OK [UIDVALIDITY 7] ok', '* OK [UIDNEXT 3] ok', '$tag OK done']],
    ]);
    const began = performance.now();
    await connection.select('INBOX');
    assert.equal(await connection.waitForNews(), 'expunge');
    await new Promise((resolve) => setImmediate(resolve));
    assert.ok(performance.now() - began < 1_000);
  });

  it('is left when it lists folders, or finds messages, without end', async () => {
    const folder = `* LIST () "/" "${'x'.repeat(200)}"`;
    const folders = await scripted([
      [/LIST "" "?\*/, (client) => client.send(...Array(30_000).fill(folder), '$tag OK')],
    ]);
    await assert.rejects(folders.connection.list(), { reason: 'unknown', permanent: false });
    assert.equal(folders.connection.open, false);
    const messages = await scripted([
      [/SELECT/, ['* 4294967295 EXISTS', '* OK [UIDVALIDITY 7] ok', '* OK [UIDNEXT 4294967295] ok', '$tag OK done']],
      [/SEARCH/, ['* ESEARCH UID ALL 1:4294967295', '$tag OK done']],
    ]);
    const began = performance.now();
    await assert.rejects(all(messages.connection.fetchSince(1)), { reason: 'unknown', permanent: false });
    assert.ok(performance.now() - began < 1_000);
  });

  it('is asked for the UIDs first where there may be many messages', async () => {
    const row = (uid: number) => `* ${uid} FETCH (UID ${uid} RFC822.SIZE 1)`;
    const { connection, heard } = await scripted([
      [/UID SEARCH/, ['* SEARCH 2 1', '$tag OK done']],
      [/UID FETCH (\d) /, (client, [, uid]) => client.send(row(Number(uid)), '$tag OK done')],
    ]);
    const batches = await Array.fromAsync(connection.fetchSince(1, { limit: 1, previews: false }));
    assert.deepEqual(
      batches.map((batch) => batch.map(({ uid }) => uid)),
      [[1], [2]],
    );
    assert.equal(heard.filter((line) => line.includes('SEARCH')).length, 1);
  });

  it('brings no more rows than were asked for', async () => {
    const flood = Array.from({ length: 3_000 }, (_, index) => `* ${index + 1} FETCH (UID ${index + 3} RFC822.SIZE 1)`);
    const { connection } = await scripted([
      [/UID FETCH 3:\*/, [...flood, '$tag OK done']],
      [/UID SEARCH/, ['* SEARCH 3 4', '$tag OK done']],
      [/UID FETCH 3:4/, [...flood, '$tag OK done']],
    ]);
    assert.deepEqual(
      (await all(connection.fetchSince(3))).map(({ uid }) => uid),
      [3, 4],
    );
  });
});
