import assert from 'node:assert/strict';
import { randomUUIDv7 } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { eq, sql } from 'drizzle-orm';
import { LeaseLost } from '../src/accounts/lease.ts';
import { accounts, bodies, messageParts, messagePeople, messages } from '../src/db/tables.ts';
import { indexFolder, type TextSource } from '../src/search/index-folder.ts';
import { termsOf } from '../src/search/query.ts';
import { startHttp, type TestHttp } from './support/http.ts';
import { makeMailbox } from './support/mailbox.ts';
import { freshName } from './support/servers.ts';

let http: TestHttp;
before(async () => {
  http = await startHttp();
});
after(() => http.stop());

type Text = { bytes: Buffer | string; type?: string; encoding?: string; charset?: string };
type Mail = Text & Partial<typeof messages.$inferInsert>;
const textPolicy = { bodyPolicy: 'text' as const, bodyMaxBytes: 1_048_576 };

/** A mailbox that is held by this process, with these mails in its INBOX; their bytes stand for the server's. */
async function mailboxWith(mails: Mail[], { locale = 'da' as const, tenantId = freshName('acme') } = {}) {
  const lease = { processId: randomUUIDv7(), token: 7 };
  const held = { holder: lease.processId, token: lease.token, locale };
  const mailbox = await makeMailbox(http.db, { tenantId, userId: freshName('kim') }, held);
  const texts = mails.map(({ bytes }) => Buffer.from(bytes as string));
  const ids = await mailbox.add(
    ...mails.map(({ bytes: _, type = 'text/plain', encoding = '8bit', charset = 'utf-8', ...row }, at) => ({
      textParts: [{ part: '1', type, encoding, charset, size: texts[at]!.length }],
      ...row,
    })),
  );
  const connection: TextSource = {
    async *fetchTexts(wanted, { maxBytes }) {
      for (const { uid, parts } of wanted) {
        for (const { part } of parts) yield { uid, part, bytes: texts[uid - 1]!.subarray(0, maxBytes) };
      }
    },
  };
  const index = (settings: Parameters<typeof indexFolder>[2]['settings'] = textPolicy, limit = 1_000) =>
    indexFolder(
      { db: http.db },
      { accountId: mailbox.accountId, ...lease },
      { folder: { id: mailbox.inbox }, connection, settings, locale },
      { limit },
    );
  const find = async (q: string, more = '') => {
    const answer = await http.ask(`${mailbox.path}/messages?q=${encodeURIComponent(q)}${more}`);
    const json = (await answer.json()) as { messages: { messageId: string }[]; next: string | null };
    assert.equal(answer.status, 200, JSON.stringify(json));
    return { found: json.messages.map(({ messageId }) => ids.indexOf(messageId)), next: json.next };
  };
  const found = async (q: string, more = '') => (await find(q, more)).found.toSorted();
  return { ...mailbox, tenantId, ids, index, find, found };
}

describe('a search', () => {
  it('finds words by their stems, without accents, in subject, persons and text', async () => {
    const { index, found } = await mailboxWith([
      { bytes: 'Vi sender fakturaerne i morgen', subject: 'Hej' },
      { bytes: 'Intet', subject: 'Rødgrød med fløde' },
      { bytes: 'Intet', subject: 'x', from: [{ name: 'Søren Ærø', address: 'soren@kontor.example' }] },
    ]);
    assert.equal(await index(), 3);
    assert.deepEqual(await found('faktura'), [0]);
    assert.deepEqual(await found('FAKTURAEN'), [0]);
    assert.deepEqual(await found('rødgrød'), [1]);
    assert.deepEqual(await found('rodgrod'), [1]);
    assert.deepEqual(await found('søren'), [2]);
    assert.deepEqual(await found('soren aero'), [2]);
    assert.deepEqual(await found('kontor.example'), [2]);
    assert.deepEqual(await found('intet fløde'), [1]);
    assert.deepEqual(await found('findesikke'), []);
  });

  it('finds compound words from their parts, behind those that are the word itself', async () => {
    const { index, find } = await mailboxWith([
      { bytes: 'Oplys venligst fakturanummer', subject: 'a' },
      { bytes: 'Her er en rykkerfaktura', subject: 'b' },
      { bytes: 'Her er en faktura', subject: 'c' },
      { bytes: 'Intet af det', subject: 'd' },
    ]);
    await index();
    const { found } = await find('faktura');
    assert.equal(found[0], 2);
    assert.deepEqual(found.toSorted(), [0, 1, 2]);
  });

  it('takes phrases, words that must not be there, and places', async () => {
    const kim = [{ name: 'Kim Holm', address: 'kim@example.dk' }];
    const bo = [{ name: 'Bo Lund', address: 'bo@example.com' }];
    const { index, found } = await mailboxWith([
      { bytes: 'det nye tilbud gælder', subject: 'a', from: kim, to: bo },
      { bytes: 'tilbud på det nye hus', subject: 'b', from: bo, to: kim },
      { bytes: 'noget andet', subject: 'c', from: bo, cc: kim },
    ]);
    await index();
    assert.deepEqual(await found('"nye tilbud"'), [0]);
    assert.deepEqual(await found('tilbud -hus'), [0]);
    assert.deepEqual(await found('tilbud -"nye tilbud"'), [1]);
    assert.deepEqual(await found('from:kim'), [0]);
    assert.deepEqual(await found('from:kim@example.dk'), [0]);
    assert.deepEqual(await found('to:holm'), [1, 2]);
    assert.deepEqual(await found('-from:bo'), [0]);
    assert.deepEqual(await found('tilbud from:"bo lund"'), [1]);
    assert.deepEqual(await found('tilbud', '&unread=false'), []);
    assert.deepEqual(await found('tilbud', '&from=bo@example.com'), [1]);
  });

  it('puts the subject before the text, and turns pages that no new mail moves', async () => {
    const many = Array.from({ length: 9 }, (_, n): Mail => ({ bytes: `hund nummer ${n}`, subject: 'x' }));
    const mailbox = await mailboxWith([...many, { bytes: 'x', subject: 'Hund' }]);
    await mailbox.index();
    const all: number[] = [];
    for (let after = '', pages = 0; pages < 6; pages += 1) {
      const { found, next } = await mailbox.find('hund', `&limit=3${after}`);
      all.push(...found);
      if (next === null) break;
      after = `&after=${next}`;
      await http.db.execute(sql`
        with added as (insert into messages (account_id, id, folder_id, uid, internal_date, size, flags, "from", subject)
          values (${mailbox.accountId}, ${randomUUIDv7()}, ${mailbox.inbox}, ${1_000 + pages}, now(), 1, '[]', '[]', 'hund')
          returning account_id, id)
        insert into message_search select account_id, id, setweight('hund:1', 'A') from added`);
    }
    assert.equal(all[0], 9);
    assert.deepEqual(all.toSorted(), [...Array(10).keys()]);
  });

  it('of a word that is everywhere comes newest first, in pages', async () => {
    const mailbox = await mailboxWith([{ bytes: 'x', subject: 'y' }]);
    await http.db.execute(sql`
      with added as (
        insert into messages (account_id, id, folder_id, uid, internal_date, size, flags, "from", subject)
        select ${mailbox.accountId}::uuid, gen_random_uuid(), ${mailbox.inbox}::uuid, 100 + n,
          now() - n * interval '1 minute', 1, '[]', '[]', n::text from generate_series(1, 6000) n
        returning account_id, id)
      insert into message_search select account_id, id, 'overalt:1' from added`);
    const ask = async (after: string) => {
      const answer = await http.ask(`${mailbox.path}/messages?q=overalt&limit=3${after}`);
      return (await answer.json()) as { messages: { subject: string }[]; next: string };
    };
    const first = await ask('');
    const second = await ask(`&after=${first.next}`);
    const subjects = [...first.messages, ...second.messages].map(({ subject }) => subject);
    assert.deepEqual(subjects, ['1', '2', '3', '4', '5', '6']);
  });

  it('that means harm finds nothing, quickly', async () => {
    const { index, find, path } = await mailboxWith([{ bytes: 'noget', subject: 'x' }]);
    await index();
    const began = performance.now();
    for (const q of [
      "'",
      '\\',
      '%',
      '_',
      '%%%%',
      '*',
      ':*',
      '!noget',
      '&|!()<->',
      "noget' & !x",
      '-',
      '"',
      '-"',
      'from:',
      'to:""',
      '<1000>',
      'og det er den',
      'x:*AB',
      '$1',
      "'); drop table messages; --",
      '\u200b',
      'a',
      '"og"',
      'from:"',
      '🤷',
      '-og',
      'e '.repeat(400),
      '"'.repeat(900),
      'faktura '.repeat(120),
      'x'.repeat(1_000),
      '-a '.repeat(300),
      '%'.repeat(1_000),
    ]) {
      await find(q);
    }
    assert.ok(performance.now() - began < 20_000);
    const tooLong = await http.ask(`${path}/messages?q=${'a'.repeat(10_000)}`);
    assert.equal(tooLong.status, 400);
  });

  it('never finds what another mailbox of the tenant holds', async () => {
    const mine = await mailboxWith([{ bytes: 'hemmelighed', subject: 'x' }]);
    const other = await mailboxWith([{ bytes: 'andet', subject: 'x' }], { tenantId: mine.tenantId });
    await mine.index();
    await other.index();
    assert.deepEqual(await mine.found('hemmelighed'), [0]);
    assert.deepEqual(await other.found('hemmelighed'), []);
  });

  it('reads what was typed as words, phrases and places', () => {
    const term = (words: string[], more = {}) => ({ in: 'anywhere', words, unwanted: false, ...more });
    assert.deepEqual(termsOf('Faktura "det nye" -hus from:Kim to:"Bo Ø" e-mail'), [
      term(['faktura']),
      term(['det', 'nye']),
      term(['hus'], { unwanted: true }),
      term(['kim'], { in: 'from' }),
      term(['bo', 'o'], { in: 'to' }),
      term(['e', 'mail']),
    ]);
    assert.equal(termsOf('a '.repeat(1_000)).length, 16);
  });
});

describe('the index', () => {
  it('reads the charset that a text is in, whatever it says that it is', async () => {
    const { index, found } = await mailboxWith([
      { bytes: Buffer.from('bl\xe5b\xe6rgr\xf8d', 'latin1'), charset: 'utf-8', subject: '0' },
      { bytes: '', subject: '1' },
      { bytes: Buffer.from('\x1b$B$3$l$OF|K\\8l\x1b(B tokyo', 'latin1'), charset: 'ISO-2022-JP', subject: '2' },
      { bytes: Buffer.from([0xf0, 0xd2, 0xc9, 0xd7, 0xc5, 0xd4]), charset: 'KOI8-R', subject: '3' },
      { bytes: Buffer.from([0xd6, 0xd0, 0xb9, 0xfa]), charset: 'GB18030', subject: '4' },
      { bytes: Buffer.from('jordbærgrød'), charset: 'iso-8859-1', subject: '5' },
      { bytes: Buffer.from('stikkelsb\xe6r', 'latin1'), charset: 'x-nobody-knows', subject: '6' },
      { bytes: 'hyldeb=C3=A6r=\r\nsuppe', encoding: 'quoted-printable', subject: '7' },
      { bytes: Buffer.from('ribsgelé').toString('base64'), encoding: 'BASE64', charset: '"UTF8"', subject: '8' },
      { bytes: 'nul\0byte', subject: '9' },
      { bytes: '<p>solb&aelig;r</p><style>.skjult{}</style>saft', type: 'text/html', subject: '10' },
    ]);
    assert.equal(await index(), 11);
    for (const [q, at] of [
      ['blåbærgrød', 0],
      ['これは日本語', 2],
      ['привет', 3],
      ['中国', 4],
      ['jordbærgrød', 5],
      ['stikkelsbær', 6],
      ['hyldebærsuppe', 7],
      ['ribsgelé', 8],
      ['nulbyte', 9],
      ['solbær saft', 10],
    ] as const) {
      assert.deepEqual(await found(q), [at], q);
    }
    assert.deepEqual(await found('skjult'), []);
  });

  it('has every person of a message in its place, and marks the message as done', async () => {
    const mailbox = await mailboxWith([
      {
        bytes: 'x',
        from: [{ name: 'Kim', address: 'KIM@Example.dk' }],
        to: [{ name: 'Bo', address: 'bo@example.com' }],
        replyTo: [{ name: '', address: 'svar@example.dk' }],
      },
    ]);
    await http.db.delete(messagePeople).where(eq(messagePeople.accountId, mailbox.accountId));
    await mailbox.index();
    const people = await http.db.select().from(messagePeople).where(eq(messagePeople.accountId, mailbox.accountId));
    assert.deepEqual(people.map(({ role, address }) => [role, address]).toSorted(), [
      ['from', 'kim@example.dk'],
      ['reply-to', 'svar@example.dk'],
      ['to', 'bo@example.com'],
    ]);
    assert.equal(await mailbox.index(), 0);
  });

  it('takes the newest first, at most as many as it may', async () => {
    const { index, accountId, ids } = await mailboxWith(Array.from({ length: 5 }, () => ({ bytes: 'x' })));
    assert.equal(await index(textPolicy, 2), 2);
    const waiting = await http.db
      .select({ id: messages.id })
      .from(messages)
      .where(sql`${messages.accountId} = ${accountId} and ${messages.indexWanted}`);
    assert.deepEqual(waiting.map(({ id }) => ids.indexOf(id)).toSorted(), [0, 1, 2]);
  });

  it('keeps one copy of a text that two users of a tenant received, and none by the policy `none`', async () => {
    const bytes = freshName('the same text');
    const one = await mailboxWith([{ bytes }, { bytes }]);
    const other = await mailboxWith([{ bytes }], { tenantId: one.tenantId });
    const without = await mailboxWith([{ bytes, subject: 'uden' }]);
    await one.index();
    await other.index();
    await without.index({ bodyPolicy: 'none', bodyMaxBytes: 1 });
    const kept = await http.db.select().from(bodies).where(eq(bodies.tenantId, one.tenantId));
    assert.deepEqual(
      kept.map((body) => body.bytes.toString()),
      [bytes],
    );
    const partsOf = ({ accountId }: { accountId: string }) =>
      http.db.$count(messageParts, eq(messageParts.accountId, accountId));
    assert.deepEqual([await partsOf(one), await partsOf(other), await partsOf(without)], [2, 1, 0]);
    assert.deepEqual(await without.found('uden'), [0]);
    assert.deepEqual(await without.found(bytes.split('-')[1]!), []);
  });

  it('has a text of any size and kind: a megabyte of words, of one word, of nothing', async () => {
    const everyWord = Array.from({ length: 200_000 }, (_, n) => `o${n.toString(36)}ord`).join(' ');
    const { index, found } = await mailboxWith([
      { bytes: everyWord, subject: 'talrig' },
      { bytes: 'a'.repeat(1_000_000), subject: 'lang' },
      { bytes: '<div>'.repeat(200_000), type: 'text/html', subject: 'dyb' },
      { bytes: '', subject: 'tom' },
      {
        bytes: Buffer.alloc(300_000, 0xff),
        subject: 'ulæselig',
        to: Array(200).fill({ name: 'N'.repeat(200), address: 'a@b.dk' }),
      },
    ]);
    const began = performance.now();
    assert.equal(await index(), 5);
    assert.ok(performance.now() - began < 10_000);
    for (const [at, word] of ['talrig', 'lang', 'dyb', 'tom', 'ulæselig'].entries())
      assert.deepEqual(await found(word), [at]);
  });

  it('writes nothing when the mailbox is another’s by now', async () => {
    const { index, accountId } = await mailboxWith([{ bytes: 'x' }]);
    await http.db.update(accounts).set({ token: 8 }).where(eq(accounts.id, accountId));
    await assert.rejects(index(), LeaseLost);
    const [row] = await http.db.select().from(messages).where(eq(messages.accountId, accountId));
    assert.equal(row?.indexWanted, true);
  });
});
