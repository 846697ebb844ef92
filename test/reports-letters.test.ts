import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { mayBeReport, readReport } from '../src/mail/reports/index.ts';

/** Whole reports, part in part, as the large senders of them lay them out. */
const id = '<0123456789abcdef0123456789abcdef@example.dk>';
const mail = `Received: from crm.example.dk (crm.example.dk. [198.51.100.20])
        by smtp.example.net with ESMTPS id x9-20020a17sm123
Message-ID: ${id}
Date: Sun, 22 Nov 2026 10:00:00 +0000
From: Kim Holm <kim@example.dk>
To: Bo <bo@example.com>
Subject: Tilbud
MIME-Version: 1.0
Content-Type: text/plain; charset=utf-8

Hej Bo
`;
const base64 = (text: string) =>
  Buffer.from(text)
    .toString('base64')
    .replace(/.{76}/g, (line) => `${line}\n`);

const gmail = `Return-Path: <>
From: Mail Delivery Subsystem <mailer-daemon@googlemail.com>
To: kim@example.dk
Auto-Submitted: auto-replied
Subject: Delivery Status Notification (Failure)
References: ${id}
In-Reply-To: ${id}
X-Failed-Recipients: bo@gmail.com
Message-ID: <6741.1c69fb81.5a3.dsn@mx.google.com>
Content-Type: multipart/report; boundary="000000000000a1b2c30627"; report-type=delivery-status

--000000000000a1b2c30627
Content-Type: multipart/related; boundary="000000000000a1b2c40628"

--000000000000a1b2c40628
Content-Type: multipart/alternative; boundary="000000000000a1b2c50629"

--000000000000a1b2c50629
Content-Type: text/plain; charset="UTF-8"

** Address not found **

Your message wasn't delivered to bo@gmail.com because the address couldn't be found, or is unable to receive mail.

The response from the remote server was:
550 5.1.1 The email account that you tried to reach does not exist.

--000000000000a1b2c50629
Content-Type: text/html; charset="UTF-8"

<html><body><h2>Address not found</h2></body></html>

--000000000000a1b2c50629--
--000000000000a1b2c40628
Content-Type: image/png; name="icon.png"
Content-Disposition: attachment; filename="icon.png"
Content-Transfer-Encoding: base64
Content-ID: <icon.png>

iVBORw0KGgo=

--000000000000a1b2c40628--
--000000000000a1b2c30627
Content-Type: message/delivery-status

Reporting-MTA: dns; googlemail.com
Received-From-MTA: dns; kim@example.dk
Arrival-Date: Sun, 22 Nov 2026 02:00:00 -0800 (PST)
X-Original-Message-ID: ${id}

Final-Recipient: rfc822; bo@gmail.com
Action: failed
Status: 5.1.1
Remote-MTA: dns; gmail-smtp-in.l.google.com. (142.250.1.27, the server for the
 domain gmail.com.)
Diagnostic-Code: smtp; 550-5.1.1 The email account that you tried to reach does not exist. Please try
 550 5.1.1 double-checking the recipient's email address.
Last-Attempt-Date: Sun, 22 Nov 2026 02:00:01 -0800 (PST)

--000000000000a1b2c30627
Content-Type: message/rfc822

${mail}
--000000000000a1b2c30627--
`;

const exchange = `From: <postmaster@contoso.onmicrosoft.com>
To: <kim@example.dk>
Date: Sun, 22 Nov 2026 10:00:05 +0000
Content-Type: multipart/report; report-type=delivery-status;
	boundary="6a7e4a1f-53a4-4b7c-b4b0-8d2f2f1f9a52"
X-MS-Exchange-Message-Is-Ndr:
Content-Language: en-US
Message-ID: <ab12@AM0PR01MB1234.eurprd01.prod.exchangelabs.com>
In-Reply-To: ${id}
References: ${id}
Subject: Undeliverable: Tilbud
Auto-Submitted: auto-replied
MIME-Version: 1.0

--6a7e4a1f-53a4-4b7c-b4b0-8d2f2f1f9a52
Content-Type: multipart/alternative; differences=Content-Type;
	boundary="f01c2a63-1b87-4d2e-9d51-0c4f22f1ab04"

--f01c2a63-1b87-4d2e-9d51-0c4f22f1ab04
Content-Type: text/plain; charset="us-ascii"
Content-Transfer-Encoding: quoted-printable

Your message to bo@contoso.com couldn't be delivered.
bo wasn't found at contoso.com.

--f01c2a63-1b87-4d2e-9d51-0c4f22f1ab04
Content-Type: text/html; charset="us-ascii"
Content-Transfer-Encoding: quoted-printable

<html><body><b>bo</b> wasn't found at contoso.com.</body></html>

--f01c2a63-1b87-4d2e-9d51-0c4f22f1ab04--

--6a7e4a1f-53a4-4b7c-b4b0-8d2f2f1f9a52
Content-Type: message/delivery-status

Reporting-MTA: dns;AM0PR01MB1234.eurprd01.prod.exchangelabs.com
Received-From-MTA: dns;smtp.example.net
Arrival-Date: Sun, 22 Nov 2026 10:00:03 +0000

Final-Recipient: rfc822;bo@contoso.com
Action: failed
Status: 5.1.10
Diagnostic-Code: smtp;550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient bo@contoso.com not found by SMTP address lookup

--6a7e4a1f-53a4-4b7c-b4b0-8d2f2f1f9a52
Content-Type: message/rfc822

${mail}
--6a7e4a1f-53a4-4b7c-b4b0-8d2f2f1f9a52--
`;

const exim = `Return-path: <>
Envelope-to: kim@example.dk
X-Failed-Recipients: bo@example.com
Auto-Submitted: auto-replied
From: Mail Delivery System <Mailer-Daemon@mx1.example.net>
To: kim@example.dk
References: ${id}
Content-Type: multipart/report; report-type=delivery-status; boundary=1764000005-eximdsn-1804289383
MIME-Version: 1.0
Subject: Mail delivery failed: returning message to sender
Message-Id: <E1vMxyz-000000001Ab-2cDe@mx1.example.net>

--1764000005-eximdsn-1804289383
Content-type: text/plain; charset=us-ascii

This message was created automatically by mail delivery software.

A message that you sent could not be delivered to one or more of its
recipients. This is a permanent error. The following address(es) failed:

  bo@example.com
    host mx.example.com [198.51.100.7]
    SMTP error from remote mail server after RCPT TO:<bo@example.com>:
    550 5.7.1 Message refused by policy

--1764000005-eximdsn-1804289383
Content-type: message/delivery-status

Reporting-MTA: dns; mx1.example.net

Action: failed
Final-Recipient: rfc822;bo@example.com
Status: 5.0.0
Remote-MTA: dns; mx.example.com
Diagnostic-Code: smtp; 550 5.7.1 Message refused by policy

--1764000005-eximdsn-1804289383
Content-type: message/rfc822

Return-path: <kim@example.dk>
${mail}
--1764000005-eximdsn-1804289383--
`;

const qmail = `Return-Path: <>
Received: (qmail 12345 invoked for bounce); 22 Nov 2026 10:00:01 -0000
Date: 22 Nov 2026 10:00:01 -0000
From: MAILER-DAEMON@mx.example.com
To: kim@example.dk
Subject: failure notice

Hi. This is the qmail-send program at mx.example.com.
I'm afraid I wasn't able to deliver your message to the following addresses.
This is a permanent error; I've given up. Sorry it didn't work out.

<bo@example.com>:
Connected to 198.51.100.7 but recipient was rejected.
Remote host said: 550 5.1.1 <bo@example.com>: Recipient address rejected

--- Below this line is a copy of the message.

Return-Path: <kim@example.dk>
Received: (qmail 12344 invoked from network); 22 Nov 2026 10:00:00 -0000
${mail}`;

const postfix = `Return-Path: <>
From: MAILER-DAEMON@mail.example.dk (Mail Delivery System)
Subject: Undelivered Mail Returned to Sender
To: kim@example.dk
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status;
	boundary="4B2C31F.1764000005/mail.example.dk"
Content-Transfer-Encoding: 8bit

This is a MIME-encapsulated message.

--4B2C31F.1764000005/mail.example.dk
Content-Description: Notification
Content-Type: text/plain; charset=utf-8
Content-Transfer-Encoding: 8bit

This is the mail system at host mail.example.dk.

--4B2C31F.1764000005/mail.example.dk
Content-Description: Delivery report
Content-Type: message/global-delivery-status
Content-Transfer-Encoding: 8bit

Reporting-MTA: dns; mail.example.dk
Original-Envelope-Id: 01a21901-e97d-7748-b8fa-9651e4681433
X-Postfix-Queue-ID: 4B2C31F
X-Postfix-Sender: rfc822; kim@example.dk

Final-Recipient: utf-8; grøn@example.com
Original-Recipient: utf-8;gr\\x{F8}n@example.com
Action: failed
Status: 5.6.7
Diagnostic-Code: X-Postfix; SMTPUTF8 is required, but was not offered by host
    mx.example.com[198.51.100.7]

--4B2C31F.1764000005/mail.example.dk
Content-Description: Undelivered Message Headers
Content-Type: message/global-headers
Content-Transfer-Encoding: 8bit

${mail.slice(0, mail.indexOf('\n\n'))}

--4B2C31F.1764000005/mail.example.dk--
`;

const letters: [string, string, { recipient: string; status: string; words: RegExp }][] = [
  ['Gmail', gmail, { recipient: 'bo@gmail.com', status: '5.1.1', words: /does not exist/ }],
  ['Exchange Online', exchange, { recipient: 'bo@contoso.com', status: '5.1.10', words: /RecipientNotFound/ }],
  ['Exim', exim, { recipient: 'bo@example.com', status: '5.7.1', words: /refused by policy/ }],
  ['qmail', qmail, { recipient: 'bo@example.com', status: '5.1.1', words: /recipient was rejected/ }],
  ['Postfix, of an international address', postfix, { recipient: 'grøn@example.com', status: '5.6.7', words: /UTF8/ }],
];

const source = (text: string) => Buffer.from(text.replace(/\r?\n/g, '\r\n'));
/** What is known of a message before its source is read. */
function seen(text: string) {
  const address = /^From:.*?([\w.-]+@[\w.-]+)/m.exec(text)?.[1] ?? '';
  const marks = /^content-type: multipart\/report/im.test(text.slice(0, text.indexOf('\n\n'))) ? ['report'] : [];
  return { from: [{ name: '', address }], subject: /^Subject: (.*)/m.exec(text)![1]!, marks };
}

describe('a whole report', () => {
  for (const [name, text, { recipient, status, words }] of letters) {
    it(`of ${name} tells who did not get which mail, and why`, () => {
      assert.ok(mayBeReport(seen(text)), 'it was not read');
      const report = readReport(source(text));
      assert.deepEqual(
        report?.failures.map((one) => [one.recipient, one.status]),
        [[recipient, status]],
      );
      assert.match(report!.failures[0]!.diagnostic, words);
      assert.equal(report!.originals[0], id);
    });
  }

  it('names the envelope where its server was given one', () => {
    assert.deepEqual(readReport(source(postfix))!.envelopes, ['01a21901-e97d-7748-b8fa-9651e4681433']);
    assert.deepEqual(readReport(source(gmail))!.envelopes, []);
  });

  it('is read as well when the mail in it is so large that its end was not fetched', () => {
    const large = exim.replace('Hej Bo', `Content\n${base64('x'.repeat(400_000))}`);
    const report = readReport(source(large).subarray(0, 256 * 1024));
    assert.deepEqual([report?.failures.length, report?.originals[0]], [1, id]);
  });

  it('of abuse, and an answer of a holiday, are none', () => {
    const abuse = `From: <fbl@example.com>\nSubject: FW: Tilbud\nContent-Type: multipart/report; report-type=feedback-report; boundary=b\n
--b\nContent-Type: text/plain\n\nThis is an email abuse report for an email message received from 198.51.100.20.\n
--b\nContent-Type: message/feedback-report\n\nFeedback-Type: abuse\nUser-Agent: Some/1\nVersion: 1\nOriginal-Rcpt-To: bo@example.com\n
--b\nContent-Type: message/rfc822\n\n${mail}\n--b--\n`;
    assert.equal(readReport(source(abuse)), null);
    const away = `From: <bo@example.com>\nSubject: Automatisk svar: Tilbud\nAuto-Submitted: auto-replied\nIn-Reply-To: ${id}\n\nJeg er tilbage 1. december.\n`;
    assert.equal(readReport(source(away)), null);
  });
});
