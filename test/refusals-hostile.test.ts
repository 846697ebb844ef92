import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type Answer, classify, clean, isReason, refusal, scrub } from '../src/mail/refusals/index.ts';

/** Repeatable pseudo-random numbers (mulberry32), so that a failure can be found again by its seed. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

const words =
  'NO BAD BYE * + A1 OK [ALERT] [WEBALERT https://x] [AUTHENTICATIONFAILED] 535 5.7.8 421 4.7.0 550-5.1.1 account user mailbox recipient sender is was not too many failed login authentication password token connections exceeded limit temporarily locked imap smtp disabled AADSTS50076 {"error":"x"} https:// @ < > " \' \u202e \x1b[2J \x00 \r\n = == / aaaa AAAA ÆØÅ 😀 \ud800'.split(
    ' ',
  );
const protocols = ['imap', 'smtp', 'oauth', 'dns'] as const;
const phases = [
  'connect',
  'tls',
  'greeting',
  'auth',
  'select',
  'idle',
  'bye',
  'mail',
  'rcpt',
  'data',
  'token',
  undefined,
] as const;
const hosts = ['imap.gmail.com', 'outlook.office365.com', 'imap.mail.yahoo.com', 'mail.example.dk', '', undefined];

function hostile(next: () => number): Answer {
  const pick = <T>(list: readonly T[]): T => list[Math.floor(next() * list.length)] as T;
  const text = () => {
    const kind = next();
    if (kind < 0.5)
      return Array.from({ length: Math.floor(next() * 80) }, () => pick(words)).join(next() < 0.8 ? ' ' : '');
    if (kind < 0.7) return pick(words).repeat(Math.floor(next() * 3_000));
    return Buffer.from(Array.from({ length: Math.floor(next() * 300) }, () => Math.floor(next() * 256))).toString(
      next() < 0.5 ? 'latin1' : 'utf8',
    );
  };
  return {
    protocol: pick(protocols),
    phase: pick(phases),
    host: pick(hosts),
    ...(next() < 0.8 ? { text: text() } : { lines: Array.from({ length: Math.floor(next() * 30) }, text) }),
    ...(next() < 0.2 && { code: text() }),
    ...(next() < 0.2 && { enhanced: text() }),
    ...(next() < 0.2 && { challenge: text() }),
    ...(next() < 0.2 && { errorCode: text(), errorMessage: text() }),
    ...(next() < 0.2 && { mechanism: pick(['XOAUTH2', 'PLAIN', text()]) }),
    ...(next() < 0.2 && { greeting: text() }),
    ...(next() < 0.2 && {
      oauth: { error: text(), error_description: text(), error_codes: [next() * 1e6], status: 418 },
    }),
  };
}

function wellFormed(answer: Answer): void {
  const verdict = classify(answer);
  assert.ok(isReason(verdict.reason));
  assert.equal(typeof verdict.permanent, 'boolean');
  if (verdict.reason === 'unknown') assert.equal(verdict.permanent, false);
  if (verdict.retryAfterMs !== undefined) assert.ok(verdict.retryAfterMs > 0 && verdict.retryAfterMs <= 7 * 86_400_000);
  if (verdict.url) assert.equal(new URL(verdict.url).protocol, 'https:');
  const { response } = refusal(answer, { locale: 'da' });
  assert.ok(response.length <= 500);
  assert.doesNotMatch(response, /[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]/);
  assert.ok(response.isWellFormed());
  assert.ok(scrub(answer.text ?? '').length <= 120);
}

describe('hostile answers', () => {
  it('10,000 of them end in a verdict', { timeout: 60_000 }, () => {
    for (let seed = 1; seed <= 10_000; seed += 1) {
      const answer = hostile(random(seed));
      try {
        wellFormed(answer);
      } catch (error) {
        throw new Error(`seed ${seed}: ${JSON.stringify(answer).slice(0, 300)}`, { cause: error });
      }
    }
  });

  // A line of a megabyte made of what the patterns look for, so that a slow pattern would show.
  const stuff = [
    ...words,
    'too many ',
    'account ',
    'user not ',
    'exceeded the ',
    'login ',
    'ssl',
    'a@',
    '[',
    '\\',
    '\n',
    '550-',
    'imap is ',
    'http://a.',
    '1.',
    'ÆÅ',
    'AUTH PLAIN ',
    '"',
  ];
  it('a line of a megabyte ends, whatever it is made of', { timeout: 60_000 }, () => {
    for (const piece of stuff) {
      const text = piece.repeat(Math.ceil(1_000_000 / piece.length));
      for (const protocol of protocols) {
        for (const phase of ['auth', 'rcpt', undefined] as const)
          wellFormed({ protocol, phase, text, errorMessage: text, lines: [text, text] });
      }
      clean(text, ['secret']);
    }
  });

  it('costs no more for a megabyte than for what is read of it', () => {
    const cut = (text: string) => classify({ protocol: 'smtp', phase: 'data', text });
    assert.deepEqual(cut(`550 ${'spam '.repeat(200_000)}`), cut(`550 ${'spam '.repeat(2_000)}`));
  });

  it('a million lines are as good as the first and the last few', { timeout: 10_000 }, () => {
    const lines = [
      '* NO [WEBALERT https://accounts.google.com/x] Web login required.',
      ...new Array(1_000_000).fill('* NO noise'),
      'A1 NO done',
    ];
    assert.equal(classify({ protocol: 'imap', phase: 'auth', lines }).reason, 'login.blocked');
  });
});

describe('the pause that a server asks for', () => {
  const rows: readonly (readonly [string, number | undefined])[] = [
    ['* BYE Request is throttled. Suggested Backoff Time: 299961 milliseconds', 299_961],
    ['NO Too many attempts, try again in 30 minutes', 1_800_000],
    ['NO Account locked for 1 hour', 3_600_000],
    ['450 4.2.0 Greylisted, please retry in 00:05:00', 300_000],
    ['450 Greylisted for 300 seconds', 300_000],
    ['421 please wait 20s', 20_000],
    ['421 Too many connections, please come back in 2 minutes', 120_000],
    ['NO Please wait for 45 seconds before trying again', 45_000],
    ['NO Account locked, 90 seconds remaining', 90_000],
    ['NO Too many logins, try again in an hour', 3_600_000],
    ['451 4.7.1 Greylisting em ação. Retorne daqui a / greylisted, come back in 00:02:00', 120_000],
    ['450 Bitte versuchen Sie es erneut in 5 Minuten', 300_000],
    ['450 Prøv igen om 10 minutter', 600_000],
    ['450 Veuillez essayer de nouveau dans 2 heures', 7_200_000],
    ['450 Probeer het opnieuw over 15 minuten', 900_000],
    ['450 Inténtelo de nuevo en 3 horas', 10_800_000],
    ['450 Повторите попытку через 20 минут', 1_200_000],
    ['NO Account locked until 2999-01-01 00:00:00 UTC', 604_800_000],
    ['NO Blocked until Thu, 01 Jan 2999 00:00:00 +0100', 604_800_000],
    ['NO Account locked until 2001-01-01T00:00:00Z', undefined],
    ['NO Account locked until 18:00', undefined],
    ['NO try again after 999999999 days', 604_800_000],
    ['NO try again in 0 seconds', undefined],
    ['NO Sent 300 messages in 30 minutes', undefined],
    ['NO try again later', undefined],
  ];
  for (const [text, wanted] of rows) {
    it(text, () =>
      assert.equal(classify({ protocol: text.startsWith('4') ? 'smtp' : 'imap', text }).retryAfterMs, wanted),
    );
  }
});

describe('a refusal that speaks of later', () => {
  it('is never permanent, whatever it says besides', () => {
    const rows: readonly [Answer['protocol'], Answer['phase'], string][] = [
      ['imap', 'auth', 'NO [ALERT] Your account is temporarily suspended'],
      ['imap', 'auth', 'NO IMAP access is temporarily disabled for your account'],
      ['imap', 'auth', 'NO Zugang vorübergehend deaktiviert'],
      ['smtp', 'mail', '550 Sender rejected, try again later'],
      ['smtp', 'auth', '535 5.7.8 Access blocked for 20 minutes'],
      ['smtp', 'data', '554 Message refused, retry in 3 hours'],
    ];
    for (const [protocol, phase, text] of rows)
      assert.equal(classify({ protocol, phase, text }).permanent, false, text);
  });
  it('stays so without those words', () => {
    assert.equal(classify({ protocol: 'imap', phase: 'auth', text: 'NO Your account is suspended' }).permanent, true);
    assert.equal(classify({ protocol: 'smtp', phase: 'mail', text: '550 Sender rejected' }).permanent, true);
  });

  it('is final about a missing STARTTLS, and patient where the far side wants TLS on a 4xx', () => {
    const verdict = (phase: 'greeting' | 'mail' | 'rcpt', text: string) => {
      const { reason, permanent } = classify({ protocol: 'smtp', phase, text });
      return [reason, permanent];
    };
    assert.deepEqual(verdict('mail', '530 5.7.0 Must issue a STARTTLS command first'), ['tls.required', true]);
    assert.deepEqual(verdict('greeting', '421 4.7.0 TLS required'), ['tls.required', false]);
    for (const phase of ['greeting', 'rcpt'] as const)
      assert.deepEqual(verdict(phase, '451 TLS connection required'), ['tls.required', false], phase);
  });
});

describe('lines beside a refusal', () => {
  it('a capability line from before STARTTLS says nothing about the login that failed after it', () => {
    const lines = [
      '* OK ready',
      '* CAPABILITY IMAP4rev1 STARTTLS LOGINDISABLED',
      'A1 OK begin TLS',
      'A2 NO [AUTHENTICATIONFAILED] Authentication failed.',
    ];
    assert.equal(classify({ protocol: 'imap', phase: 'auth', lines }).reason, 'auth.invalid_credentials');
  });
  it('the extensions of an SMTP server neither', () => {
    const lines = ['220 mx ready', '250-STARTTLS', '250 AUTH PLAIN LOGIN', '535 5.7.8 Error: authentication failed'];
    assert.equal(classify({ protocol: 'smtp', phase: 'auth', lines }).reason, 'auth.invalid_credentials');
  });
  it('a server that spoke before the socket broke is believed, and silence is a time-out', () => {
    const broken = {
      protocol: 'imap',
      phase: 'auth',
      errorCode: 'ECONNRESET',
      errorMessage: 'read ECONNRESET',
    } as const;
    assert.equal(classify({ ...broken, lines: ['A1 NO [LIMIT] Too many connections'] }).reason, 'rate.limited');
    assert.equal(classify({ ...broken, lines: ['* OK ready'] }).reason, 'network.reset');
    assert.equal(
      classify({ protocol: 'imap', errorCode: 'ETIMEOUT', errorMessage: 'Socket timeout' }).permanent,
      false,
    );
  });
  it('the reply inside a library’s message is read', () => {
    const error = {
      protocol: 'smtp',
      errorCode: 'EAUTH',
      errorMessage: 'Invalid login: 454 4.7.0 Temporary authentication failure',
    } as const;
    assert.deepEqual([classify(error).reason, classify(error).permanent], ['server.unavailable', false]);
  });
});
