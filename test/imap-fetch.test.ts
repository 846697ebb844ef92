import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { createDoor } from '../src/mail/addresses.ts';
import { createImap, type FetchedMessage } from '../src/mail/imap.ts';
import { readTls } from '../src/mail/tls.ts';
import { type Answer, scriptedServer } from './support/scripted-server.ts';
import { useServers } from './support/servers.ts';

const { mailServer, caFile } = await useServers();
const door = createDoor({ allowHosts: ['localhost'], allowCleartextHosts: ['localhost'] });
const imap = createImap({ door, tls: readTls({ caFile }) });

/** A new mailbox with these messages in it, read from the first on. */
async function read(raws: (string | Buffer)[], options: { limit?: number; previews?: boolean } = {}) {
  const ada = await mailServer.addUser();
  await ada.deliverMany(raws.map((raw) => ({ raw: typeof raw === 'string' ? raw.replaceAll('\n', '\r\n') : raw })));
  const connection = await imap.open({ server: ada.imap, login: { kind: 'password', reveal: () => ada.password } });
  after(() => connection.destroy());
  await connection.select('INBOX');
  const batches = await Array.fromAsync(connection.fetchSince(1, options));
  return { connection, batches, messages: batches.flat(), ada };
}
const one = async (raw: string | Buffer) => (await read([raw])).messages[0]!;
const complete = (message: FetchedMessage) => JSON.stringify({ ...message, modseq: null });

describe('a message', () => {
  it('comes with its envelope, its thread and its attachments', async () => {
    const message = await one(`From: =?utf-8?q?J=C3=B8rgen_?= <jorgen@example.dk>
To: Kim <kim@example.dk>, bo@example.dk
Cc: =?iso-8859-1?q?S=F8ren?= <soren@example.dk>
Subject: =?utf-8?b?SGVqIMOmw7jDpQ==?=
 and more
Date: Sun, 22 Nov 2026 10:00:00 +0100
Message-ID: <three@example.dk>
In-Reply-To: <two@example.dk>
References: <one@example.dk>
\t<two@example.dk>
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary="outer"

--outer
Content-Type: multipart/alternative; boundary="inner"

--inner
Content-Type: text/plain; charset=utf-8
Content-Transfer-Encoding: quoted-printable

Bl=C3=A5b=C3=A6r og
r=C3=B8dgr=C3=B8d
--inner
Content-Type: text/html

<p>Other</p>
--inner--
--outer
Content-Type: application/pdf; name="offer.pdf"
Content-Disposition: attachment; filename="=?utf-8?q?tilbud_=C3=A5r.pdf?="
Content-Transfer-Encoding: base64

${'QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVpBQkNERUZHSElKS0xNTk9QUVJTVFVWV1hZWkFCQ0RF\n'.repeat(20)}
--outer--
`);
    assert.deepEqual(
      { ...message, internalDate: 0, modseq: 0, size: 0 },
      {
        uid: 1,
        messageIdHeader: '<three@example.dk>',
        inReplyTo: '<two@example.dk>',
        references: ['<one@example.dk>', '<two@example.dk>'],
        from: [{ name: 'Jørgen', address: 'jorgen@example.dk' }],
        to: [
          { name: 'Kim', address: 'kim@example.dk' },
          { name: '', address: 'bo@example.dk' },
        ],
        cc: [{ name: 'Søren', address: 'soren@example.dk' }],
        subject: 'Hej æøå and more',
        date: '2026-11-22T09:00:00.000Z',
        internalDate: 0,
        size: 0,
        flags: [],
        replyTo: [],
        listId: null,
        autoSubmitted: null,
        attachments: [
          { name: 'tilbud år.pdf', contentType: 'application/pdf', size: message.attachments[0]!.size, part: '2' },
        ],
        textParts: [
          { part: '1.1', type: 'text/plain', encoding: 'quoted-printable', charset: 'utf-8', size: 38 },
          { part: '1.2', type: 'text/html', encoding: '7bit', charset: 'us-ascii', size: 12 },
        ],
        marks: [],
        preview: 'Blåbær og rødgrød',
        modseq: 0,
        emailId: null,
        threadId: null,
      },
    );
    assert.ok(Math.abs(message.attachments[0]!.size - 1_140) < 10);
    assert.ok(message.size > 1_000);
    assert.ok(Math.abs(Date.now() - message.internalDate.getTime()) < 60_000);
  });

  it('comes in batches, each once, in the order of UIDs', async () => {
    const raws = Array.from({ length: 25 }, (_, index) => `Subject: ${index + 1}\n\ntext ${index + 1}\n`);
    const { batches, connection } = await read(raws, { limit: 10 });
    assert.deepEqual(
      batches.map((batch) => batch.length),
      [10, 10, 5],
    );
    assert.deepEqual(
      batches.flat().map(({ subject, preview }) => [subject, preview]),
      raws.map((_, index) => [`${index + 1}`, `text ${index + 1}`]),
    );
    assert.deepEqual(await Array.fromAsync(connection.fetchSince(26)), []);
    assert.deepEqual(
      (await Array.fromAsync(connection.fetchSince(25))).flat().map(({ uid }) => uid),
      [25],
    );
  });

  it('comes without a preview where none is wanted', async () => {
    const { messages } = await read(['Subject: x\n\ntext\n'], { previews: false });
    assert.equal(messages[0]!.preview, '');
  });
});

describe('a preview', () => {
  const html = (body: string, head = '') =>
    `Content-Type: text/html; charset=utf-8\n\n<html><head>${head}</head><body>${body}</body></html>\n`;
  const cases: [string, string, string][] = [
    ['plain text without a header', 'Subject: x\n\nHello\n\n  there\n', 'Hello there'],
    ['HTML', html('<p>Hi <b>th</b>ere,</p><p>5 &lt; 6 &amp; &aring;&#248;&#x2014;</p>'), 'Hi there, 5 < 6 & åø—'],
    [
      'HTML behind pages of styles',
      html('<h1>Winter</h1>', `<style>${'p{color:red}\n'.repeat(900)}</style>`),
      'Winter',
    ],
    ['invisible fill', html(`Sale${'&zwnj;&nbsp;\u034f \u00ad'.repeat(40)}today`), 'Sale today'],
    [
      'base64 in Latin 1',
      'Content-Type: text/plain; charset=iso-8859-1\nContent-Transfer-Encoding: base64\n\nUvhkZ3L4ZA==\n',
      'Rødgrød',
    ],
    ['Japanese', 'Content-Type: text/plain; charset=iso-2022-jp\n\n\x1b$B$3$s$K$A$O\x1b(B\n', 'こんにちは'],
    ['an unknown charset', 'Content-Type: text/plain; charset=x-moon\n\nplain\n', 'plain'],
    [
      'an empty plain text beside the HTML',
      'MIME-Version: 1.0\nContent-Type: multipart/alternative; boundary=b\n\n--b\nContent-Type: text/plain\n\n\n--b\nContent-Type: text/html\n\n<p>Real</p>\n--b--\n',
      'Real',
    ],
    [
      'a text behind an attachment',
      'MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: image/png\nContent-Disposition: attachment\n\nxx\n--b\nContent-Type: text/plain\n\nBehind\n--b--\n',
      'Behind',
    ],
    [
      'only an attachment',
      'MIME-Version: 1.0\nContent-Type: application/pdf\nContent-Transfer-Encoding: base64\n\nQUJD\n',
      '',
    ],
  ];
  for (const [what, raw, preview] of cases) {
    it(`is read from ${what}`, async () => {
      assert.equal((await one(raw)).preview, preview);
    });
  }

  it('is about 200 characters, and cuts no character', async () => {
    const { preview } = await one(
      Buffer.from(`Content-Type: text/plain; charset=utf-8\r\n\r\n${'a'.repeat(199)}😀 and so on\r\n`),
    );
    assert.equal(preview, 'a'.repeat(199));
  });
});

describe('a message that nobody should have sent', () => {
  it('has no From, no Date, no Message-ID and no text', async () => {
    const message = await one('X-Nothing: here\n\n');
    assert.deepEqual(
      [message.from, message.date, message.messageIdHeader, message.subject, message.preview],
      [[], null, null, '', ''],
    );
    assert.equal(message.broken, undefined);
  });

  it('has ten thousand recipients, a subject without end, and references without end', async () => {
    const to = Array.from({ length: 10_000 }, (_, index) => `n${index}@example.com`).join(',\n ');
    const references = Array.from({ length: 3_000 }, (_, index) => `<r${index}@example.com>`).join('\n ');
    const message = await one(`To: ${to}\nSubject: ${'long '.repeat(20_000)}\nReferences: ${references}\n\nhi\n`);
    assert.equal(message.to.length, 1_000);
    assert.ok(message.subject.length <= 1_000);
    assert.ok(message.references.length <= 100);
    assert.equal(message.preview, 'hi');
    assert.ok(complete(message).length < 80_000);
  });

  it('holds what Postgres and JSON refuse: NUL, broken surrogates, control characters', async () => {
    const message = await one(
      'From: "a\x01b" <a@example.com>\nSubject: =?utf-8?q?nul=00=ED=A0=80=07end?=\nMessage-ID: <a\x02b@example.com>\nContent-Type: text/plain; charset=utf-16le\nContent-Transfer-Encoding: base64\n\nAAA92GEAAADY\n',
    );
    const text = complete(message);
    assert.ok(text.isWellFormed());
    assert.doesNotMatch(text, /\\u00[01]|[\u0000-\u001f]|\\ud8/);
  });

  it('has dates that are none', async () => {
    for (const date of ['yesterday', 'Mon, 99 Foo 99999 99:99:99', 'Sat, 01 Jan 100000 00:00:00 +0000']) {
      assert.equal((await one(`Date: ${date}\n\nhi\n`)).date, null, date);
    }
  });

  it('nests deeper than anybody reads', async () => {
    let raw = 'MIME-Version: 1.0\n';
    for (let depth = 0; depth < 150; depth++)
      raw += `Content-Type: multipart/mixed; boundary=b${depth}\n\n--b${depth}\n`;
    const { messages } = await read([`${raw}Content-Type: text/plain\n\ndeep\n`, 'Subject: next\n\nfine\n']);
    assert.deepEqual(
      messages.map(({ uid }) => uid),
      [1, 2],
    );
    assert.equal(messages[1]!.preview, 'fine');
  });

  it('claims encodings that it does not have', async () => {
    const { messages } = await read([
      'Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: base64\n\n!!!! not base64 ????\n',
      'Content-Type: text/plain; charset="\n\nquote\n',
      'MIME-Version: 1.0\nContent-Type: multipart/mixed\n\nno boundary\n',
      'Subject: last\n\nfine\n',
    ]);
    assert.equal(messages.length, 4);
    assert.equal(messages[3]!.preview, 'fine');
  });
});

/** A server that is scripted after the login, with INBOX selected. */
async function scripted(answers: [RegExp, Answer][], offers = '') {
  const server = await scriptedServer({
    greeting: '* OK ready',
    answers: [
      ...answers,
      [/CAPABILITY$/, [`* CAPABILITY IMAP4rev1 ${offers}`, '$tag OK done']],
      [/SELECT/, ['* 3 EXISTS', '* OK [UIDVALIDITY 7] ok', '* OK [UIDNEXT 4] ok', '$tag OK done']],
      [/LIST/, ['* LIST () "/" ""', '$tag OK done']],
      [/^\S+ (?:LOGIN|LSUB|ENABLE)/, '$tag OK done'],
    ],
  });
  after(() => server.close());
  const settings = { host: 'localhost', port: server.port, security: 'none', username: 'kim' } as const;
  const connection = await imap.open({ server: settings, login: { kind: 'password', reveal: () => 'x' } });
  after(() => connection.destroy());
  await connection.select('INBOX');
  return connection;
}

describe("the server's own names for a message", () => {
  const cases: [string, string, string, [string | null, string | null]][] = [
    ['OBJECTID', 'EMAILID THREADID', 'EMAILID (M1) THREADID (T1)', ['M1', 'T1']],
    ['OBJECTID', 'EMAILID THREADID', 'EMAILID (M1) THREADID NIL', ['M1', null]],
    [
      'X-GM-EXT-1',
      'X-GM-MSGID X-GM-THRID',
      'X-GM-MSGID 1278455344230334865 X-GM-THRID 1266894439832287888',
      ['1278455344230334865', '1266894439832287888'],
    ],
  ];
  for (const [offers, asked, row, [emailId, threadId]] of cases) {
    it(`are kept: ${row}`, async () => {
      const fetch = new RegExp(`UID FETCH .*${asked.replace(' ', '.*')}`);
      const connection = await scripted(
        [[fetch, [`* 1 FETCH (UID 1 RFC822.SIZE 5 ENVELOPE NIL ${row})`, '$tag OK done']]],
        offers,
      );
      const [messages] = await Array.fromAsync(connection.fetchSince(1));
      assert.deepEqual([messages![0]!.emailId, messages![0]!.threadId], [emailId, threadId]);
    });
  }
});

describe('a row that the server garbled', () => {
  it('becomes a record that says so, and the others come as they are', async () => {
    const connection = await scripted([
      [
        /BODYSTRUCTURE/,
        [
          '* 1 FETCH (UID 1 FLAGS () RFC822.SIZE 5 ENVELOPE (NIL "one" NIL NIL NIL NIL NIL NIL NIL NIL))',
          '* 2 FETCH (ENVELOPE (NIL "tw)o NIL ((((',
          '* 3 FETCH (UID 3 FLAGS (\\Seen) RFC822.SIZE 5 ENVELOPE NIL BODYSTRUCTURE ((NIL) NIL))',
          '* 3 FETCH (FLAGS (\\Seen))',
          '$tag OK done',
        ],
      ],
      [
        /UID FETCH/,
        ['* 1 FETCH (UID 1 RFC822.SIZE 5)', '* 2 FETCH (UID 2 FLAGS (\\Flagged) RFC822.SIZE 9)', '$tag OK done'],
      ],
    ]);
    const [messages] = await Array.fromAsync(connection.fetchSince(1));
    assert.deepEqual(
      messages!.map(({ uid, subject, flags, broken }) => ({ uid, subject, flags, broken: broken !== undefined })),
      [
        { uid: 1, subject: 'one', flags: [], broken: false },
        { uid: 2, subject: '', flags: ['\\Flagged'], broken: true },
        { uid: 3, subject: '', flags: ['\\Seen'], broken: true },
      ],
    );
  });
});

describe('a message that is taken away while it is read', () => {
  it('is left out, whatever the server still tells of it; one of no size that is there is not', async () => {
    const envelope = (subject: string) => `ENVELOPE (NIL "${subject}" NIL NIL NIL NIL NIL NIL NIL NIL)`;
    const connection = await scripted([
      [
        /UID FETCH 1:\* .*BODYSTRUCTURE/,
        [
          `* 1 FETCH (UID 1 FLAGS () RFC822.SIZE 0 ${envelope('gone')})`,
          `* 2 FETCH (UID 2 FLAGS () RFC822.SIZE 0 ${envelope('odd')})`,
          '* 3 FETCH (UID 3 FLAGS () INTERNALDATE "01-Jan-1970 00:00:00 +0000" RFC822.SIZE 0 ENVELOPE NIL)',
          '$tag OK done',
        ],
      ],
      [/NOOP/, ['* 3 EXPUNGE', '* 1 EXPUNGE', '$tag OK done']],
      [/UID FETCH 1:3 \(UID RFC822.SIZE\)/, ['* 1 FETCH (UID 2 RFC822.SIZE 0)', '$tag OK done']],
    ]);
    const arrived = (await Array.fromAsync(connection.fetchSince(1))).flat();
    assert.deepEqual(
      arrived.map(({ subject }) => subject),
      ['odd'],
    );
  });
});

describe('a message that the server refuses to give', () => {
  const rowOf = (uid: number, more: string) => `* ${uid} FETCH (UID ${uid} FLAGS () RFC822.SIZE 5${more})`;
  /** A server with messages 1 to 8 that answers a FETCH of the whole for any set with one of `bad` in it by NO. */
  const server = (bad: number[], no = 'NO [SERVERBUG] Internal error occurred') =>
    scripted([
      [
        /UID FETCH (\S+) .*(BODYSTRUCTURE|BODY\.PEEK\[2\])?/,
        (client, [line, set]) => {
          const whole = line.includes('BODYSTRUCTURE');
          const text = line.includes('BODY.PEEK[2]');
          for (const uid of [1, 2, 3, 4, 5, 6, 7, 8].filter((one) => isIn(one, set!))) {
            if ((whole || text) && bad.includes(uid)) return client.send(`$tag ${no}`);
            const envelope = ` ENVELOPE (NIL "subject ${uid}" NIL NIL NIL NIL NIL NIL NIL NIL)`;
            client.send(rowOf(uid, whole ? envelope : text ? ' BODY[2] "words"' : ''));
          }
          client.send('$tag OK done');
        },
      ],
    ]);
  const isIn = (uid: number, set: string) =>
    set.split(',').some((piece) => {
      const [from, to = from] = piece.split(':');
      return Number(from) <= uid && uid <= (to === '*' ? 8 : Number(to));
    });
  const told = (messages: readonly FetchedMessage[]) =>
    messages.map(({ uid, subject, broken }) => [uid, broken ?? subject]);

  it('becomes a record that says so, and the others come as they are', async () => {
    const connection = await server([3, 8]);
    const expected = [1, 2, 3, 4, 5, 6, 7, 8].map((uid) =>
      uid === 3 || uid === 8 ? [uid, 'the server did not give it: Internal error occurred'] : [uid, `subject ${uid}`],
    );
    const [arrived] = await Array.fromAsync(connection.fetchSince(1));
    assert.deepEqual(told(arrived!), expected);
    assert.deepEqual(told(await connection.fetch([1, 2, 3, 4, 5, 6, 7, 8])), expected);
    assert.ok(connection.open);
  });

  it('has no text to search in, and the others have', async () => {
    const connection = await server([5]);
    const wanted = [4, 5, 6].map((uid) => ({ uid, parts: [{ part: '2', size: 5 }] }));
    const texts = await Array.fromAsync(connection.fetchTexts(wanted, { maxBytes: 100 }));
    assert.deepEqual(
      texts.map(({ uid, bytes }) => [uid, bytes.toString()]),
      [
        [4, 'words'],
        [6, 'words'],
      ],
    );
  });

  it('is no longer believed to be the fault when the server speaks of itself', async () => {
    const connection = await server([2], 'NO [UNAVAILABLE] Come back later');
    await assert.rejects(Array.fromAsync(connection.fetchSince(1)), { reason: 'server.unavailable' });
  });
});

describe('folders', () => {
  it('are listed with what they are for', async () => {
    const { connection, ada } = await read([]);
    const session = await ada.session();
    await session.command('CREATE "Arkiv"');
    await session.logout();
    const folders = await connection.list();
    const roles = Object.fromEntries(folders.map(({ path, role }) => [path, role]));
    assert.deepEqual(
      [roles.INBOX, roles.Sent, roles.Drafts, roles.Trash, roles.Junk],
      ['inbox', 'sent', 'drafts', 'trash', 'junk'],
    );
    assert.ok('Arkiv' in roles);
  });

  it('take a message and find it again', async () => {
    const { connection, ada } = await read([]);
    const raw = Buffer.from('From: kim@example.dk\r\nMessage-ID: <sent.1@example.dk>\r\n\r\næøå\r\n');
    const where = await connection.append('Sent', raw, { flags: ['\\Seen'], date: new Date('2026-11-22T10:00:00Z') });
    assert.equal(where.uid, 1);
    assert.ok(where.uidValidity! > 0);
    assert.deepEqual(await connection.findByMessageIdHeader('Sent', '<sent.1@example.dk>'), [1]);
    assert.deepEqual(await connection.findByMessageIdHeader('Sent', '<sent.2@example.dk>'), []);
    const [stored] = await ada.messages('Sent');
    assert.equal(stored!.raw, raw.toString());
    assert.deepEqual(
      stored!.flags.filter((flag) => flag !== '\\Recent'),
      ['\\Seen'],
    );
    const status = await connection.status('Sent');
    assert.deepEqual([status.exists, status.uidNext, status.unseen], [1, 2, 0]);
    // And the folder that was selected still is.
    await ada.deliver();
    assert.equal(await connection.waitForNews({ limitMs: 5_000 }), 'exists');
  });

  it('that are not there are told apart from a server in trouble', async () => {
    const { connection } = await read([]);
    const missing = { reason: 'mailbox.folder_missing', permanent: true };
    await assert.rejects(connection.select('Nowhere'), missing);
    await assert.rejects(connection.status('Nowhere'), missing);
    await assert.rejects(connection.append('Nowhere', Buffer.from('Subject: x\r\n\r\n')), missing);
    await assert.rejects(connection.findByMessageIdHeader('Nowhere', '<x@y>'), missing);
    assert.equal(connection.open, true);
  });

  it('that are not there leave the watched one selected', async () => {
    const { connection, ada } = await read([]);
    await assert.rejects(connection.findByMessageIdHeader('Nowhere', '<x@y>'));
    await ada.deliver();
    assert.equal(await connection.waitForNews({ limitMs: 5_000 }), 'exists');
  });
});
