import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { createDoor } from '../src/mail/addresses.ts';
import { createImap } from '../src/mail/imap.ts';
import { readTls } from '../src/mail/tls.ts';
import { doveadm } from './support/dovecot.ts';
import { type Answer, scriptedServer } from './support/scripted-server.ts';
import { useServers } from './support/servers.ts';

const { mailServer, caFile } = await useServers();
const door = createDoor({ allowHosts: ['localhost'], allowCleartextHosts: ['localhost'] });
const imap = createImap({ door, tls: readTls({ caFile }) });

async function mailbox() {
  const ada = await mailServer.addUser();
  const connection = await imap.open({ server: ada.imap, login: { kind: 'password', reveal: () => ada.password } });
  after(() => connection.destroy());
  /** What the owner of the server does to INBOX. */
  const update = (...what: string[]) =>
    doveadm(mailServer.places.dovecot, 'mailbox', 'update', '-u', ada.address, ...what, 'INBOX');
  return { ada, connection, update };
}

describe('UIDs that no mailbox has', () => {
  it('may leave a gap of a million', async () => {
    const { ada, connection, update } = await mailbox();
    await ada.deliver({ subject: 'before' });
    await connection.select('INBOX');
    await connection.logout();
    await update('--min-next-uid', '1000001');
    await ada.deliver({ subject: 'behind' });
    const again = await imap.open({ server: ada.imap, login: { kind: 'password', reveal: () => ada.password } });
    after(() => again.destroy());
    const { uidNext, exists, highestModseq } = await again.select('INBOX');
    assert.deepEqual([uidNext, exists], [1_000_002, 2]);
    assert.deepEqual(await again.uids(), [1, 1_000_001]);
    const batches = await Array.fromAsync(again.flags({ from: 1 }));
    assert.deepEqual(
      batches.flat().map(({ uid }) => uid),
      [1, 1_000_001],
    );
    const since = await Array.fromAsync(again.fetchSince(2));
    assert.deepEqual(
      since.flat().map(({ subject }) => subject),
      ['behind'],
    );
    const session = await ada.session();
    await session.command('SELECT INBOX');
    await session.command('UID STORE 1:* +FLAGS (\\Deleted)');
    await session.command('EXPUNGE');
    session.close();
    const { vanished } = await again.changesSince(highestModseq!);
    const isGone = (uid: number) => vanished!.some(([first, last]) => first <= uid && uid <= last);
    assert.deepEqual([isGone(1), isGone(1_000_001), isGone(1_000_002)], [true, true, false]);
  });

  it('may go up to the last but one that there is', async () => {
    const { ada, connection, update } = await mailbox();
    await update('--min-next-uid', '4294967294');
    await ada.deliver({ subject: 'the last' });
    const state = await connection.select('INBOX');
    assert.deepEqual([state.uidNext, state.exists], [4_294_967_295, 1]);
    assert.deepEqual(await connection.uids(), [4_294_967_294]);
    assert.deepEqual(await connection.uids({ from: 4_294_967_294 }), [4_294_967_294]);
    const [message] = await connection.fetch([4_294_967_294]);
    assert.equal(message!.subject, 'the last');
    // Dovecot itself ends the session when flags are stored at this UID; reading is what it can.
    const { flags, vanished } = await connection.changesSince(1n);
    assert.deepEqual(
      [flags.map(({ uid }) => uid), vanished!.some(([first]) => first > 4_294_967_293)],
      [[4_294_967_294], false],
    );
  });

  it('may mean other messages from one day to the next', async () => {
    const { ada, connection, update } = await mailbox();
    await ada.deliver({ subject: 'same' });
    const { uidValidity, highestModseq } = await connection.select('INBOX');
    await connection.logout();
    await update('--uid-validity', `${uidValidity + 77}`);
    const again = await imap.open({ server: ada.imap, login: { kind: 'password', reveal: () => ada.password } });
    after(() => again.destroy());
    const now = await again.select('INBOX', { known: { uidValidity, highestModseq: highestModseq! } });
    assert.deepEqual([now.uidValidity, now.changes], [uidValidity + 77, null]);
    assert.equal((await again.fetch(await again.uids()))[0]!.subject, 'same');
  });
});

/** A server that is scripted after the login, with INBOX selected. */
async function scripted(answers: [RegExp, Answer][], offers = 'ENABLE CONDSTORE QRESYNC ESEARCH') {
  const server = await scriptedServer({
    greeting: '* OK ready',
    answers: [
      ...answers,
      [/CAPABILITY$/, [`* CAPABILITY IMAP4rev1 ${offers}`, '$tag OK done']],
      [/ENABLE/, ['* ENABLED CONDSTORE QRESYNC', '$tag OK done']],
      [
        /SELECT/,
        ['* 3 EXISTS', '* OK [UIDVALIDITY 7] ok', '* OK [UIDNEXT 4] ok', '* OK [HIGHESTMODSEQ 9] ok', '$tag OK done'],
      ],
      [/LIST/, ['* LIST () "/" ""', '$tag OK done']],
      [/^\S+ (?:LOGIN|LSUB|NOOP|STATUS)/, '$tag OK done'],
    ],
  });
  after(() => server.close());
  const settings = { host: 'localhost', port: server.port, security: 'none', username: 'kim' } as const;
  const connection = await imap.open({ server: settings, login: { kind: 'password', reveal: () => 'x' } });
  after(() => connection.destroy());
  await connection.select('INBOX');
  return { connection, heard: server.heard };
}

describe('a server that says too much about changes', () => {
  it('may say that all UIDs there are have vanished: that stays a range', async () => {
    const rows = ['* VANISHED (EARLIER) 1:4294967295,7,9:8', '* 1 FETCH (UID 5 FLAGS (\\Seen) MODSEQ (12))'];
    const { connection } = await scripted([[/CHANGEDSINCE/, [...rows, '$tag OK [HIGHESTMODSEQ 20] done']]]);
    const began = performance.now();
    const changes = await connection.changesSince(9n);
    assert.deepEqual(changes, {
      flags: [{ uid: 5, flags: ['\\Seen'], modseq: 12n }],
      vanished: [[1, 4_294_967_295]],
      highestModseq: 20n,
    });
    assert.ok(performance.now() - began < 1_000);
  });

  it('may tell numbers that no server has: what is taken of them can be stored', async () => {
    const most = '99999999999999999999999';
    const { connection } = await scripted([
      [
        /(?:SELECT|EXAMINE)/,
        [
          `* 4294967295 EXISTS`,
          `* OK [UIDVALIDITY ${most}] .`,
          `* OK [UIDNEXT ${most}] .`,
          `* OK [HIGHESTMODSEQ ${most}] .`,
          '$tag OK [READ-WRITE] done',
        ],
      ],
      [
        /STATUS/,
        [
          `* STATUS Kunder (MESSAGES ${most} UIDNEXT ${most} UIDVALIDITY ${most} HIGHESTMODSEQ 9999999999999999999)`,
          '$tag OK done',
        ],
      ],
      [
        /CHANGEDSINCE/,
        ['* 1 FETCH (UID 5 FLAGS () MODSEQ (9999999999999999999))', `$tag OK [HIGHESTMODSEQ 9999999999999999999] done`],
      ],
    ]);
    const isStorable = (state: {
      exists: number;
      uidNext: number;
      uidValidity: number;
      highestModseq: bigint | null;
    }) => {
      const { exists, uidNext, uidValidity, highestModseq } = state;
      assert.ok(Number.isInteger(exists) && exists < 2 ** 31, `exists ${exists}`);
      assert.ok(uidNext >= 1 && uidNext <= 2 ** 32, `uidNext ${uidNext}`);
      assert.ok(uidValidity >= 1 && uidValidity < 2 ** 32, `uidValidity ${uidValidity}`);
      assert.ok(highestModseq === null || highestModseq < 2n ** 63n, `highestModseq ${highestModseq}`);
    };
    isStorable(await connection.select('INBOX'));
    isStorable(await connection.status('Kunder'));
    const { highestModseq, flags } = await connection.changesSince(9n);
    assert.ok((highestModseq ?? 0n) < 2n ** 63n && (flags[0]?.modseq ?? 0n) < 2n ** 63n);
  });

  it('is not believed when a search finds all of them', async () => {
    const { connection } = await scripted([[/SEARCH/, ['* ESEARCH (TAG "x") UID ALL 1:4294967295', '$tag OK done']]]);
    await assert.rejects(connection.uids(), { reason: 'unknown', permanent: false });
  });

  it('maps only those messages that were moved', async () => {
    const moved = [
      '* OK [COPYUID 5 1:4294967295 1:4294967295] done',
      '* OK [COPYUID 5 2,9 30:31] done',
      '$tag OK done',
    ];
    const gone: [RegExp, Answer] = [/SEARCH/, ['* SEARCH', '$tag OK done']];
    const { connection } = await scripted([[/UID MOVE/, moved], gone], 'ENABLE MOVE UIDPLUS');
    assert.deepEqual(await connection.move([2, 3], 'Trash'), { uidValidity: 5, uids: new Map([[2, 30]]) });
  });

  it('gives no more of a part than was asked for', async () => {
    const literal: Answer = (client) =>
      client.send('* 1 FETCH (UID 1 BODY[1]<0> {12}', 'twelve bytes)', '$tag OK done');
    const { connection } = await scripted([[/UID FETCH/, literal]]);
    assert.equal((await connection.fetchPart(1, '1', { offset: 0, length: 6 }))!.toString(), 'twelve');
  });
});

describe('folders of other servers', () => {
  it('are told what they are for by their names, where the server does not say', async () => {
    const names = [
      ...[
        ['Sendte elementer', 'sent'],
        ['Papirkurv', 'trash'],
        ['Kladder', 'drafts'],
        ['U&APg-nsket e-mail', 'junk'],
      ],
      ...[
        ['Arkiv', 'archive'],
        ['Andet', null],
      ],
    ] as const;
    const lines = names.map(([name]) => `* LIST () "." "INBOX.${name}"`);
    const odd = [
      '* LIST (\\Noselect) "." "INBOX.Group"',
      '* LIST (\\NonExistent) "." "INBOX.Gone"',
      '* LIST () NIL "flat.name"',
    ];
    const { connection } = await scripted(
      [[/LIST "" "?\*/, ['* LIST () "." INBOX', ...lines, ...odd, '$tag OK done']]],
      '',
    );
    const listed = new Map((await connection.list()).map((one) => [one.name, one]));
    for (const [name, role] of names) {
      const decoded = name.replace('&APg-', 'ø');
      assert.equal(listed.get(decoded)?.role, role, name);
    }
    assert.deepEqual([listed.get('Group')!.selectable, listed.get('Gone')!.selectable], [false, false]);
    assert.deepEqual([listed.get('flat.name')!.selectable, listed.get('Andet')!.delimiter], [true, '.']);
  });

  it('are left out when no row could hold their name, and when they are listed twice', async () => {
    const names = [
      'INBOX',
      'a&AAA-b',
      'a&AAo-b',
      'a&2AA-b',
      `deep/${'&AOY-'.repeat(1_100)}`,
      '../../etc/passwd',
      'twice',
    ];
    const lines = [...names, 'twice'].map((name) => `* LIST () "/" "${name}"`);
    const { connection } = await scripted([[/LIST "" "?\*/, [...lines, '$tag OK done']]], '');
    const paths = (await connection.list()).map(({ path }) => path);
    assert.deepEqual(paths.sort(), ['../../etc/passwd', 'INBOX', 'twice']);
  });

  const sent = [
    'Skickat',
    'Skickade objekt',
    'Sendte',
    'Sendt e-post',
    'Gesendet',
    'Gesendete Elemente',
    'Verzonden items',
  ];
  const further = [
    'Verzonden',
    'Envoyés',
    'Éléments envoyés',
    'Lähetetyt',
    'Wysłane',
    'Enviados',
    'Posta inviata',
    'Sent Items',
  ];
  it('bear the name for sent mail in the languages around', async () => {
    for (const name of [...sent, ...further]) {
      const encoded = name.replace(/[^\x20-\x7e]/g, (letter) => {
        const bytes = Buffer.from(letter, 'utf16le').swap16();
        return `&${bytes.toString('base64').replaceAll('/', ',').replace(/=+$/, '')}-`;
      });
      const { connection } = await scripted([[/LIST "" "?\*/, [`* LIST () "/" "${encoded}"`, '$tag OK done']]], '');
      assert.equal((await connection.list())[0]!.role, 'sent', name);
    }
  });
});

describe('a message of another kind', () => {
  async function one(raw: string) {
    const { ada, connection } = await mailbox();
    await ada.deliver({ raw: raw.replaceAll('\n', '\r\n') });
    await connection.select('INBOX');
    return (await connection.fetch([1]))[0]!;
  }
  const multipart = (type: string, ...parts: string[]) =>
    `MIME-Version: 1.0\nContent-Type: multipart/${type}; boundary=b\n\n${parts.map((part) => `--b\n${part}\n`).join('')}--b--\n`;
  const text = 'Content-Type: text/plain\n\nhello\n';
  const cases: [string, string, string[]][] = [
    ['signed by S/MIME', multipart('signed', text, 'Content-Type: application/pkcs7-signature\n\nx\n'), ['signed']],
    [
      'encrypted by PGP',
      multipart('encrypted', 'Content-Type: application/pgp-encrypted\n\nVersion: 1\n', text),
      ['encrypted'],
    ],
    [
      'encrypted in one piece',
      'MIME-Version: 1.0\nContent-Type: application/pkcs7-mime; smime-type=enveloped-data\n\nx\n',
      ['encrypted'],
    ],
    ['a winmail.dat', multipart('mixed', text, 'Content-Type: application/ms-tnef; name=winmail.dat\n\nx\n'), ['tnef']],
    ['a bounce', multipart('report', text, 'Content-Type: message/delivery-status\n\nx\n'), ['report']],
    ['an answer of a machine', `Auto-Submitted: auto-replied (vacation)\n${text}`, ['auto']],
    ['from a list', `List-Id: Some friends\n <friends.example.com>\nPrecedence: list\n${text}`, ['list']],
    ['from a person', `Auto-Submitted: no\n${text}`, []],
  ];
  for (const [what, raw, marks] of cases) {
    it(`is marked: ${what}`, async () => {
      const message = await one(raw);
      assert.deepEqual(message.marks, marks);
      if (what === 'from a list') assert.equal(message.listId, 'friends.example.com');
      if (what === 'an answer of a machine') assert.equal(message.autoSubmitted, 'auto-replied');
    });
  }

  it('holds fifty messages in each other', async () => {
    let raw = 'Subject: innermost\n\nend\n';
    for (let depth = 0; depth < 50; depth++)
      raw = `Subject: ${depth}\nMIME-Version: 1.0\nContent-Type: message/rfc822\n\n${raw}`;
    const message = await one(raw);
    assert.deepEqual([message.subject, message.broken, message.attachments.length], ['49', undefined, 1]);
  });

  it('says its subject in words that were cut, in the wrong charset, or side by side', async () => {
    const subjects: [string, string][] = [
      ['=?utf-8?B?SGVqIMOmw7jDpQ', 'Hej æøå'],
      ['=?utf-8?B?SGVqIMOmw7jD?=', 'Hej æø\ufffd'],
      ['=?utf-8?Q?R=F8dgr=F8d?=', 'Rødgrød'],
      ['=?utf-8?B?w6Y=?= =?utf-8?B?w7g=?=', 'æø'],
      ['=?utf-8?Q?=C3?= =?utf-8?Q?=A6?= end', 'æ end'],
      ['=?iso-2022-jp?B?GyRCJDMkcxsoQg==?=', 'こん'],
      ['=?koi8-r?Q?=F0=D2=C9?=', 'При'],
      ['=?x-unknown?Q?plain?= =?', 'plain =?'],
    ];
    for (const [header, subject] of subjects)
      assert.equal((await one(`Subject: ${header}\n\nx\n`)).subject, subject, header);
  });

  it('has file names in pieces, in charsets, and in the wrong place', async () => {
    const part = (params: string) => `Content-Type: application/pdf\nContent-Disposition: attachment; ${params}\n\nx\n`;
    const { attachments } = await one(
      multipart(
        'mixed',
        part("filename*0*=utf-8''bl%C3%A5;\n filename*1*=b%C3%A6r; filename*2=.pdf"),
        part('filename="utf-8\'\'%C3%A5r.pdf"'),
        part('filename="=?iso-8859-1?Q?=E5r?= 2026.pdf"'),
      ),
    );
    assert.deepEqual(
      attachments.map(({ name }) => name),
      ['blåbær.pdf', 'år.pdf', 'år 2026.pdf'],
    );
  });
});
