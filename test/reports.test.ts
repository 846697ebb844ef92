import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { mayBeReport, readReport } from '../src/mail/reports/index.ts';
import { isText } from '../src/words.ts';

const id = '<abc@example.dk>';
const copy = `From: kim@example.dk\nTo: bo@example.com\nMessage-ID: ${id}\nSubject: Tilbud\n\nHej`;
const read = (text: string) => readReport(Buffer.from(text.replace(/\r?\n/g, '\r\n')));

/** A report as RFC 3464 has it; what is not given is as Postfix writes it. */
const formal = (
  status: string,
  { encoding = '', last = `Content-Type: message/rfc822\n\n${copy}` } = {},
) => `From: MAILER-DAEMON@mx.example.com
Content-Type: multipart/report; report-type=delivery-status;
\tboundary="B/1.2=3"

Preamble
--B/1.2=3
Content-Type: text/plain; charset=us-ascii

I'm sorry to have to inform you.
--B/1.2=3
Content-Type: message/delivery-status
${encoding && `Content-Transfer-Encoding: ${encoding}\n`}
${status}
--B/1.2=3
${last}
--B/1.2=3--
`;

describe('a delivery report', () => {
  const forms: [string, string, { recipient: string; status: string; words: RegExp }[]][] = [
    [
      'of Postfix, for one of two',
      formal(`Reporting-MTA: dns; mail.example.dk

Final-Recipient: rfc822; gone@example.com
Original-Recipient: rfc822;Gone@example.com
Action: failed
Status: 5.1.1
Diagnostic-Code: smtp; 550 5.1.1 <gone@example.com>: user
    unknown

Final-Recipient: rfc822; here@example.com
Action: relayed
Status: 2.0.0`),
      [{ recipient: 'gone@example.com', status: '5.1.1', words: /550 5\.1\.1 .*user unknown/ }],
    ],
    [
      'of Gmail, with the headers of the mail alone',
      formal(
        `Reporting-MTA: dns; googlemail.com
Arrival-Date: Sun, 22 Nov 2026 02:00:00 -0800 (PST)
X-Original-Message-ID: ${id}

Final-Recipient: rfc822; bo@gmail.com
Action: failed
Status: 5.1.1
Remote-MTA: dns; gmail-smtp-in.l.google.com. (2a00:1450::1a, the server for the domain gmail.com.)
Diagnostic-Code: smtp; 550-5.1.1 The email account that you tried to reach does not exist.`,
        { last: `Content-Type: text/rfc822-headers\n\nMessage-ID: ${id}\nSubject: Tilbud` },
      ),
      [{ recipient: 'bo@gmail.com', status: '5.1.1', words: /does not exist/ }],
    ],
    [
      'of Exchange, encoded, which answers the mail',
      `From: MicrosoftExchange329e71ec88ae4615bbc36ab6ce41109e@contoso.com
In-Reply-To: ${id}
${formal(
  `Reporting-MTA: dns;AM0PR01MB.eurprd01.prod.exchangelabs.com

Final-Recipient: rfc822;bo@contoso.com
Action: failed
Status: 5.7.133
Diagnostic-Code: smtp;550 5.7.133 RESOLVER.RST.SenderNotAuthenticatedForGroup`,
  { last: 'Content-Type: text/plain\n\nnothing' },
)}`,
      [{ recipient: 'bo@contoso.com', status: '5.7.133', words: /SenderNotAuthenticated/ }],
    ],
    [
      'in base64',
      formal(
        Buffer.from(
          'Reporting-MTA: dns; a\n\nFinal-Recipient: rfc822; bo@x.dk\nAction: failed\nStatus: 5.2.2\n',
        ).toString('base64'),
        {
          encoding: 'base64',
        },
      ),
      [{ recipient: 'bo@x.dk', status: '5.2.2', words: /^$/ }],
    ],
    [
      'of qmail',
      `From: MAILER-DAEMON@mx.example.com
Subject: failure notice

Hi. This is the qmail-send program at mx.example.com.
I'm afraid I wasn't able to deliver your message to the following addresses.
This is a permanent error; I've given up. Sorry it didn't work out.

<bo@example.com>:
198.51.100.7 does not like recipient.
Remote host said: 550 5.1.1 User unknown
Giving up on 198.51.100.7.

<cy@example.com>:
Sorry, no mailbox here by that name. (#5.1.1)

--- Below this line is a copy of the message.

Return-Path: <kim@example.dk>
${copy}`,
      [
        { recipient: 'bo@example.com', status: '5.1.1', words: /Remote host said/ },
        { recipient: 'cy@example.com', status: '5.1.1', words: /no mailbox here/ },
      ],
    ],
    [
      'of Exim',
      `From: Mail Delivery System <Mailer-Daemon@mx.example.com>
X-Failed-Recipients: bo@example.com, cy@example.com
Auto-Submitted: auto-replied
Subject: Mail delivery failed: returning message to sender

This message was created automatically by mail delivery software.

A message that you sent could not be delivered to one or more of its
recipients. This is a permanent error. The following address(es) failed:

  bo@example.com
    host mx.example.com [198.51.100.7]
    SMTP error from remote mail server after RCPT TO:<bo@example.com>:
    550 5.1.1 No such user here
  cy@example.com
    mailbox is full: retry timeout exceeded

------ This is a copy of the message, including all the headers. ------

${copy}`,
      [
        { recipient: 'bo@example.com', status: '5.1.1', words: /No such user here/ },
        { recipient: 'cy@example.com', status: '5.0.0', words: /retry timeout/ },
      ],
    ],
    [
      'of an old Exchange, for people only',
      `From: System Administrator <postmaster@contoso.com>
In-Reply-To: ${id}
Subject: Undeliverable: Tilbud

Your message did not reach some or all of the intended recipients.

      Subject:  Tilbud
      From: kim@example.dk

The following recipient(s) could not be reached:

      bo@contoso.com on 11/22/2026 10:00 AM
            The e-mail account does not exist at the organization this message was sent to.
            < mail.contoso.com #5.1.1 smtp;550 5.1.1 User unknown>`,
      [{ recipient: 'bo@contoso.com', status: '5.1.1', words: /User unknown/ }],
    ],
  ];
  for (const [name, source, wanted] of forms) {
    it(name, () => {
      const report = read(source);
      assert.ok(report, 'it was not taken for one');
      assert.deepEqual(
        report.failures.map(({ recipient, status }) => [recipient, status]),
        wanted.map(({ recipient, status }) => [recipient, status]),
      );
      report.failures.forEach(({ diagnostic }, at) => {
        assert.match(diagnostic, wanted[at]!.words);
      });
      if (name !== 'in base64') assert.ok(report.originals.includes(id), String(report.originals));
    });
  }

  it('of a delay, of a delivery, or a receipt is none', () => {
    const of = (action: string) =>
      formal(`Reporting-MTA: dns; a\n\nFinal-Recipient: rfc822; a@b.dk\nAction: ${action}\nStatus: 4.4.1`);
    for (const action of ['delayed', 'delivered', 'relayed', 'expanded']) assert.equal(read(of(action)), null);
    const receipt = of('x').replaceAll('delivery-status', 'disposition-notification');
    assert.equal(read(receipt), null);
    assert.equal(read(`Subject: Tilbud\n\nKan du sende igen til bo@example.com? Det gik galt: 550`), null);
  });

  it('brings nothing that a database does not take, whatever is encoded in it', () => {
    const base64 = (text: string) => Buffer.from(text, 'latin1').toString('base64');
    const status = [
      'Original-Envelope-Id: e\0nv\n',
      'Original-Recipient: utf-8; b\\x{d800}o\\x{0}@example.com\nFinal-Recipient: rfc822; c\0y@example.com',
      'Action: failed\nStatus: 5.1.1\nDiagnostic-Code: smtp; 550 \0no',
    ].join('\n');
    const last = `Content-Type: text/rfc822-headers\nContent-Transfer-Encoding: base64\n\n${base64('Message-ID: <a\0b@example.dk>\n')}`;
    const told = (type: string, words: string) =>
      `From: MAILER-DAEMON@x.dk\nContent-Type: ${type}\nContent-Transfer-Encoding: base64\n\n${base64(words)}`;
    const reports = [
      formal(base64(status), { encoding: 'base64', last }),
      told(
        'text/html',
        'message was created automatically by mail delivery software\n\n  bo@example.com\n    550 no\0such user\n\nMessage-ID: <a\0b@x.dk>',
      ),
      told('text/plain', 'Hi. This is the qmail-send\n\n<bo@example.com>:\n550 no\0such user\n\n'),
    ].map(read);
    for (const report of reports) {
      assert.ok(report, 'it was not taken for one');
      const { failures, originals, envelopes } = report;
      const texts = [...failures.flatMap((one) => Object.values(one)), ...originals, ...envelopes];
      for (const text of texts) assert.ok(isText(text), JSON.stringify(text));
    }
  });

  it('is looked for among few messages', () => {
    const person = (address: string) => [{ name: '', address }];
    const may = (address: string, subject: string, marks: string[] = []) =>
      mayBeReport({ from: person(address), subject, marks });
    assert.ok(may('MAILER-DAEMON@x.dk', 'failure notice'));
    assert.ok(may('postmaster@x.dk', 'Uafleveret'));
    assert.ok(may('bo@x.dk', 'Re: Tilbud', ['report']));
    assert.ok(may('', 'Undeliverable: Tilbud'));
    assert.ok(!may('bo@x.dk', 'Undeliverable: Tilbud'));
    assert.ok(!may('bo@x.dk', 'Fraværende', ['auto']));
  });

  it('takes no time when it is hostile, and is read as far as it goes when it is cut', () => {
    const whole = formal('Reporting-MTA: dns; a\n\nFinal-Recipient: rfc822; bo@x.dk\nAction: failed\nStatus: 5.1.1\n');
    for (let at = 0; at < whole.length; at += 7) readReport(Buffer.from(whole.slice(0, at)));
    const hostile = [
      `Content-Type: multipart/report; boundary=a\n\n${'--a\n'.repeat(60_000)}`,
      `${'Content-Type: multipart/mixed; boundary=a\n\n--a\n'.repeat(3_000)}`,
      `From: postmaster@x\n\nYour message did not reach: ${'a@'.repeat(100_000)}`,
      `From: postmaster@x\n\nYour message did not reach a@b.dk ${'#<'.repeat(100_000)}`,
      `From: postmaster@x\n\nDelivery has failed to a@b.dk #${' '.repeat(250_000)}x`,
      `From: postmaster@x\n\nDelivery has failed to a@b.dk ${'# '.repeat(100_000)}`,
      `From: postmaster@x\n\nThis message was created automatically by mail delivery software\n${'-'.repeat(200_000)}`,
      `From: postmaster@x\nContent-Type: text/html\n\n${'<'.repeat(200_000)}`,
      `X-Failed-Recipients: ${'a'.repeat(200_000)}\n\n${' '.repeat(200_000)}`,
      `Subject: x\n\nHi. This is the qmail\n\n${'<a@b>:\n'.repeat(40_000)}`,
      `A: b\n${' '.repeat(250_000)}`,
    ];
    for (const text of hostile) {
      const startedAt = performance.now();
      readReport(Buffer.from(text));
      assert.ok(performance.now() - startedAt < 2_000, text.slice(0, 60));
    }
  });
});
