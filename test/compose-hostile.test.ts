import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import PostalMime from 'postal-mime';
import { compose, type MailContent, messageIdsIn } from '../src/mail/compose.ts';
import { sendPayload } from '../src/queues/orders.ts';
import { randomFrom } from './support/random.ts';

const pieces = [
  '\r\n',
  '\r',
  '\n',
  '\0',
  '\t',
  '\x1b',
  '\x7f',
  '\u0085',
  '\u2028',
  '\ud800',
  '\r\n\r\n',
  'Bcc: evil@example.com',
  'Content-Type: text/html',
  '\r\n.\r\n',
  '\n.\n',
  '\r.\r',
  '.',
  'MAIL FROM:<evil@example.com>\r\nDATA\r\n',
  '=?UTF-8?Q?=0D=0ABcc:_evil@example.com?=',
  '=?',
  '?=',
  '--=_',
  '"',
  '\\',
  '<',
  '>',
  ',',
  ';',
  ':',
  '(',
  ')',
  ' ',
  'æøå',
  '🎉',
  '漢'.repeat(90),
  'a'.repeat(1_100),
  'a b '.repeat(40),
];

/** Headers that a mail of ours may have, in its head and in the heads of its parts. */
const allowed = new Set(
  `from to cc reply-to subject message-id date in-reply-to references list-unsubscribe list-unsubscribe-post mime-version
  content-type content-transfer-encoding content-disposition content-id`.split(/\s+/),
);

/** The heads of a mail and of all of its parts. */
function headsIn(raw: string): string[] {
  const boundaries = [...raw.matchAll(/^ ?boundary="(--=_[^"]+)"|;[ \r\n]+boundary="(--=_[^"]+)"/gim)].map(
    ([, one, other]) => one ?? other!,
  );
  const parts = raw.split(/\r\n/).reduce<string[]>(
    (all, line) => {
      if (boundaries.some((boundary) => line.startsWith(`--${boundary}`))) all.push('');
      else all[all.length - 1] += `${line}\r\n`;
      return all;
    },
    [''],
  );
  return parts.map((part) => part.split('\r\n\r\n')[0]!);
}

describe('the bytes of a mail whose every text is hostile', () => {
  const mails = 1_500;
  it(`are one mail with the headers that were asked for, ${mails} times over`, async (t) => {
    const seed = Number(process.env.SEED ?? Math.floor(Math.random() * 2 ** 31));
    t.diagnostic(`SEED=${seed}`);
    const { below, ...random } = randomFrom(seed);
    const pick = <T>(all: readonly T[]) => random.pick(all)!;
    const hostile = (most = 4) => Array.from({ length: below(most + 1) }, () => pick(pieces)).join('');
    const person = () => ({ name: hostile(), address: 'bo@example.com' });
    for (let no = 0; no < mails; no++) {
      const content: MailContent = {
        from: 'kim@example.dk',
        fromName: hostile(),
        to: [person(), person()],
        cc: [{ name: hostile(), address: pick(['cy@example.com', 'grøn@example.com']) }],
        bcc: [{ name: hostile(), address: 'ghost@example.com' }],
        replyTo: pick([null, person()]),
        subject: hostile(),
        text: pick([null, hostile(8)]),
        html: pick([null, `<p>${hostile(8)}</p>`]),
        headers: { 'X-CRM-One': hostile(), [`X-${hostile()}`]: hostile(), [hostile()]: hostile() },
        listUnsubscribeOneClick: pick([true, false]),
        listUnsubscribe: pick([null, hostile(), `https://example.com/${hostile()}`]),
        attachments: Array.from({ length: below(3) }, () => ({
          filename: hostile(),
          contentType: pick(['text/plain', `text/plain; charset=${hostile(2)}`, hostile(), 'message/rfc822']),
          cid: pick([null, hostile()]),
          content: Buffer.from(hostile(8)).toString('base64'),
        })),
        date: '2026-11-22T10:00:00.000Z',
        inReplyTo: messageIdsIn(hostile()).at(-1) ?? null,
        references: messageIdsIn(`<a@b> ${hostile()} <c@d>`),
      };
      const raw = (await compose(content, '<one@example.dk>')).toString('latin1');
      const about = JSON.stringify(content);
      assert.doesNotMatch(raw, /\r(?!\n)|(?<!\r)\n|\0/, `a bare line end or NUL in ${about}`);
      const lines = raw.split('\r\n');
      assert.ok(Math.max(...lines.map(({ length }) => length)) <= 998, `a line over 998 in ${about}`);
      const heads = headsIn(raw);
      // A mail of one part has one head.
      const parts = content.attachments.length + (content.html === null ? 0 : 1);
      assert.ok(heads.length >= parts, about);
      for (const head of heads) {
        const names = head
          .split(/\r\n(?![ \t])/)
          .filter(Boolean)
          .map((line) => line.split(':')[0]!.toLowerCase());
        const others = names.filter((name) => !allowed.has(name) && !/^x-[a-z0-9-]+$/.test(name));
        assert.deepEqual(others, [], about);
        assert.equal(new Set(names).size, names.length, `a header twice in ${about}`);
      }
      assert.doesNotMatch(raw, /ghost@example/, about);
      if (no % 10 > 0) continue;
      const parsed = await PostalMime.parse(Buffer.from(raw, 'latin1'));
      assert.equal(parsed.messageId, '<one@example.dk>');
      assert.equal(parsed.from?.address, 'kim@example.dk');
      assert.deepEqual(
        parsed.to?.map(({ address }) => address),
        ['bo@example.com', 'bo@example.com'],
        about,
      );
      assert.equal(parsed.attachments.length, content.attachments.length, about);
      assert.equal(parsed.bcc, undefined);
    }
  });

  it('are not even begun with an address that could end a command', () => {
    const order = { tenantId: 'acme', userId: '42', idempotencyKey: 'one', subject: 'x' };
    for (const evil of [
      '\r\n',
      '\n',
      '\r',
      '\0',
      '\x01',
      '\x1b',
      '\x7f',
      '\u0085',
      '\u2028',
      ' ',
      '<',
      '>',
      '"',
      ',',
    ]) {
      for (const address of [`bo${evil}@example.com`, `bo@exam${evil}ple.com`, `bo@example.com${evil}x`]) {
        for (const field of ['to', 'cc', 'bcc']) {
          assert.ok(!sendPayload.safeParse({ ...order, [field]: [{ address }] }).success, JSON.stringify(address));
        }
        assert.ok(!sendPayload.safeParse({ ...order, replyTo: { address } }).success);
      }
    }
  });
});
