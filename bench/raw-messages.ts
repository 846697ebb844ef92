/** Messages of two to eight KiB, one in ten with an attachment, made without a library: thousands a second. */
export function rawMessages(count: number, { from = 0, small = false } = {}): Buffer[] {
  return Array.from({ length: count }, (_, index) => rawMessage(from + index, small));
}

const words = 'tilbud faktura møde projekt aftale kunde levering rapport kontrakt betaling status referat'.split(' ');

function rawMessage(n: number, small: boolean): Buffer {
  const date = new Date(Date.now() - (n % 150) * 86_400_000 - 3_600_000).toUTCString();
  const text = textOf(small ? 300 : 1_200 + ((n * 977) % 5_500), n);
  const head = [
    `From: Sender ${n % 500} <sender${n % 500}@example.com>`,
    'To: Ada <ada@example.dk>',
    n % 3 === 0 ? 'Cc: Bo Berg <bo@example.com>' : 'Reply-To: svar@example.com',
    `Subject: =?UTF-8?Q?Sag_${n}:_m=C3=B8de_om_${words[n % words.length] === 'møde' ? 'det' : words[n % words.length]}?=`,
    `Message-ID: <bench-${n}@example.com>`,
    ...(n % 4 === 1 ? [`In-Reply-To: <bench-${n - 1}@example.com>`, `References: <bench-${n - 1}@example.com>`] : []),
    `Date: ${date}`,
    'MIME-Version: 1.0',
  ];
  if (n % 10 !== 0) {
    return Buffer.from(
      [...head, 'Content-Type: text/plain; charset=utf-8', 'Content-Transfer-Encoding: 8bit', '', text, ''].join(
        '\r\n',
      ),
    );
  }
  const pdf = Buffer.alloc(1_500, n % 251)
    .toString('base64')
    .replace(/.{76}/g, '$&\r\n');
  return Buffer.from(
    [
      ...head,
      'Content-Type: multipart/mixed; boundary=b',
      '',
      '--b',
      'Content-Type: text/plain; charset=utf-8',
      'Content-Transfer-Encoding: 8bit',
      '',
      text,
      '--b',
      `Content-Type: application/pdf; name="bilag ${n}.pdf"`,
      'Content-Transfer-Encoding: base64',
      `Content-Disposition: attachment; filename="bilag ${n}.pdf"`,
      '',
      pdf,
      '--b--',
      '',
    ].join('\r\n'),
  );
}

function textOf(length: number, seed: number): string {
  let text = '';
  for (let at = seed; text.length < length; at += 7)
    text += `${words[at % words.length]} ${at % 9 === 0 ? '\r\n' : ''}`;
  return text;
}
