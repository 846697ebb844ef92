import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import PostalMime from 'postal-mime';
import {
  asciiAddress,
  compose,
  type MailContent,
  messageIdOf,
  messageIdsIn,
  recipientsOf,
} from '../src/mail/compose.ts';

const content = (part: Partial<MailContent> = {}): MailContent => ({
  from: 'kim@example.dk',
  fromName: 'Kim Holm',
  to: [{ name: 'Bo', address: 'bo@example.com' }],
  cc: [],
  bcc: [],
  replyTo: null,
  subject: 'Tilbud',
  text: 'Hej Bo',
  html: null,
  headers: {},
  listUnsubscribe: null,
  attachments: [],
  date: '2026-11-22T10:00:00.000Z',
  inReplyTo: null,
  references: [],
  ...part,
});
const id = '<one@example.dk>';
const bytes = (part?: Partial<MailContent>) => compose(content(part), id);
const read = async (part?: Partial<MailContent>) => PostalMime.parse(await bytes(part));
const file = (filename: string, contentType: string, cid: string | null = null) => ({
  filename,
  contentType,
  content: Buffer.from(`content of ${filename}`).toString('base64'),
  cid,
});

describe('the text of a mail that was written in HTML', () => {
  const texts: [string, string][] = [
    ['<p>Hej <b>Bo</b>,<br>tak for sidst &amp; hilsen</p><p>Kim</p>', 'Hej Bo,\ntak for sidst & hilsen\n\nKim'],
    ['<head><title>x</title><style>p{}</style></head><ul><li>en<li>to</ul>slut', '- en\n- to\n\nslut'],
    ['<a href="https://x.dk/a?b=1&amp;c=2">se her</a>.', 'se her <https://x.dk/a?b=1&c=2>.'],
    ['<a href="https://x.dk">https://x.dk/</a> <a href="mailto:a@x.dk">a@x.dk</a>', 'https://x.dk/ a@x.dk'],
    ['<a href="javascript:alert(1)">klik</a>', 'klik'],
    ['1 < 2 og <img alt="logo" src="cid:logo"> &#127881;', '1 < 2 og logo 🎉'],
    ['<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>', 'a b\nc'],
    ['<pre>a\n  b</pre>', 'a\n  b'],
    ['<!-- skjult --><script>x</script>', ''],
  ];
  for (const [html, text] of texts) {
    it(`of ${html.slice(0, 40)}`, async () => {
      const mail = await read({ text: null, html });
      assert.equal((mail.text ?? '').trim(), text);
    });
  }

  it('does not replace one that somebody wrote, and takes no time for a hostile page', async () => {
    assert.equal((await read({ text: 'min egen', html: '<p>anden</p>' })).text?.trim(), 'min egen');
    const startedAt = performance.now();
    await read({ text: null, html: '<a href="'.repeat(50_000) + '<ul><li>'.repeat(50_000) });
    assert.ok(performance.now() - startedAt < 5_000);
  });
});

describe('the bytes of a mail', () => {
  it('are the same each time, whatever it is made of', async () => {
    const part = {
      html: '<b>Hej</b> <img src="cid:logo">',
      attachments: [file('a.pdf', 'application/pdf'), file('l.png', 'image/png', 'logo')],
    };
    assert.deepEqual(await bytes(part), await bytes(part));
  });

  it('say what the order said', async () => {
    const mail = await read({
      subject: 'Tilbud på køreplan',
      text: 'Hej Bo\n.\n..\nKærlig hilsen',
      html: '<p>Hej Bo <img src="cid:logo"></p>',
      cc: [{ name: 'Åse Ørum', address: 'aase@example.com' }],
      replyTo: { name: '', address: 'svar@example.dk' },
      inReplyTo: '<two@example.com>',
      references: ['<one@example.com>', '<two@example.com>'],
      headers: { 'X-CRM-Sale': '17' },
      attachments: [file('tilbud æøå.pdf', 'application/pdf'), file('logo.png', 'image/png', 'logo')],
    });
    assert.equal(mail.messageId, id);
    assert.equal(mail.date, '2026-11-22T10:00:00.000Z');
    assert.equal(mail.subject, 'Tilbud på køreplan');
    assert.deepEqual(mail.from, { name: 'Kim Holm', address: 'kim@example.dk' });
    assert.deepEqual(mail.cc, [{ name: 'Åse Ørum', address: 'aase@example.com' }]);
    assert.equal(mail.replyTo?.[0]?.address, 'svar@example.dk');
    assert.equal(mail.inReplyTo, '<two@example.com>');
    assert.equal(mail.references, '<one@example.com> <two@example.com>');
    assert.equal(mail.headers.find(({ key }) => key === 'x-crm-sale')?.value, '17');
    assert.equal(mail.text?.trim(), 'Hej Bo\n.\n..\nKærlig hilsen');
    assert.match(mail.html ?? '', /cid:logo/);
    assert.deepEqual(
      mail.attachments
        .map(({ filename, mimeType, disposition, contentId }) => [filename, mimeType, disposition, contentId ?? null])
        .sort(),
      [
        ['logo.png', 'image/png', 'inline', '<logo>'],
        ['tilbud æøå.pdf', 'application/pdf', 'attachment', null],
      ],
    );
  });

  it('are CRLF lines of at most 998 octets', async () => {
    const lines = (await bytes({ text: 'x'.repeat(5_000), html: `<p>${'y'.repeat(5_000)}</p>` }))
      .toString('latin1')
      .split('\r\n');
    assert.equal(
      lines.some((line) => /[\r\n]/.test(line)),
      false,
    );
    assert.equal(Math.max(...lines.map(({ length }) => length)) <= 998, true);
  });

  it('do not name those in Bcc, who get it all the same', async () => {
    const part = { bcc: [{ name: 'Ghost', address: 'ghost@example.com' }] };
    assert.doesNotMatch((await bytes(part)).toString(), /ghost|bcc/i);
    assert.deepEqual(recipientsOf(content(part)), ['bo@example.com', 'ghost@example.com']);
  });

  it('hold no header that an order has smuggled in', async () => {
    const evil = 'x\r\nBcc: evil@example.com\r\n\r\nbody\u2028Evil: 1\u0085Evil: 2\0';
    const whole = (
      await bytes({
        fromName: evil,
        subject: evil,
        to: [{ name: evil, address: 'bo@example.com' }],
        replyTo: { name: evil, address: 'bo@example.com' },
        headers: { 'X-One': evil, Bcc: 'evil@example.com', 'X-Two\r\nBcc': 'evil@example.com' },
        listUnsubscribe: `https://example.com/\r\nBcc: evil@example.com`,
        inReplyTo: messageIdsIn(`<a@b>\r\nBcc: evil@example.com`)[0]!,
        attachments: [{ ...file(evil, `text/plain\r\nBcc: evil@example.com`), cid: evil }],
      })
    ).toString('latin1');
    const [head = ''] = whole.split('\r\n\r\n');
    const names = head.split(/\r\n(?![ \t])/).map((line) => line.split(':')[0]!.toLowerCase());
    assert.deepEqual(
      names.filter((name) => name === 'bcc' || name === 'evil'),
      [],
    );
    assert.equal((await PostalMime.parse(whole)).bcc, undefined);
    assert.doesNotMatch(whole, /^(?:bcc|evil):/im);
  });

  it('take an attachment of no known type as bytes, and never as a part with parts', async () => {
    const mail = await read({ attachments: [file('a', 'nonsense'), file('b.eml', 'multipart/mixed; boundary=x')] });
    assert.deepEqual(
      mail.attachments.map(({ mimeType }) => mimeType),
      ['application/octet-stream', 'application/octet-stream'],
    );
  });

  it('have only links in List-Unsubscribe, and say that one click is enough where that was asked for', async () => {
    const headers = async (listUnsubscribe: string, listUnsubscribeOneClick = false) => {
      const mail = await read({ listUnsubscribe, listUnsubscribeOneClick });
      const of = (name: string) => mail.headers.find(({ key }) => key === name)?.value;
      return [of('list-unsubscribe'), of('list-unsubscribe-post')];
    };
    const link = 'https://example.com/off?x=1';
    assert.deepEqual(await headers(link), [`<${link}>`, undefined]);
    assert.deepEqual(await headers(link, true), [`<${link}>`, 'List-Unsubscribe=One-Click']);
    assert.deepEqual(await headers('<mailto:off@example.com>', true), ['<mailto:off@example.com>', undefined]);
    const both = `<mailto:off@example.com>, <${link}>`;
    assert.deepEqual(await headers(both, true), [both, 'List-Unsubscribe=One-Click']);
    assert.deepEqual(await headers('javascript:alert(1)'), [undefined, undefined]);
    assert.deepEqual(await headers(`<javascript:alert(1)> <${link}>`), [`<${link}>`, undefined]);
  });

  it('name those in Bcc in the copy of the sender alone', async () => {
    const bcc = [{ name: 'Ghost', address: 'ghost@example.com' }];
    const copy = (await compose(content({ bcc }), id, undefined, { bcc: true })).toString();
    assert.match(copy, /^Bcc: Ghost <ghost@example\.com>\r$/m);
    assert.equal(copy.replace(/^Bcc: .*\r\n/m, ''), (await bytes({ bcc })).toString());
  });
});

describe('names in a mail', () => {
  it('the Message-ID belongs to the key and the domain of the sender', () => {
    const key = { tenantId: 'acme', userId: '42', idempotencyKey: 'mail-1' };
    const one = messageIdOf(key, 'kim@Example.dk');
    assert.match(one, /^<[A-Za-z0-9]{32}@example\.dk>$/);
    assert.equal(messageIdOf(key, 'kim@example.dk'), one);
    for (const part of ['tenantId', 'userId', 'idempotencyKey'])
      assert.notEqual(messageIdOf({ ...key, [part]: 'x' }, 'kim@example.dk'), one);
    assert.notEqual(
      messageIdOf(key, 'kim@example.dk', (text) => `${text}secret`.repeat(4)),
      one,
    );
  });

  it('international domains go as the DNS has them', () => {
    assert.equal(asciiAddress('Kim@Grøn.dk'), 'Kim@xn--grn-1na.dk');
    assert.equal(asciiAddress('kær@example.DK'), 'kær@example.dk');
  });

  it('a Message-ID is found with and without brackets, and nothing else is one', () => {
    assert.deepEqual(messageIdsIn('<a@b> junk <c@d>'), ['<a@b>', '<c@d>']);
    assert.deepEqual(messageIdsIn(' a@b '), ['<a@b>']);
    assert.deepEqual(messageIdsIn('not one'), []);
  });
});
