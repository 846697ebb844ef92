import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { clean, scrub } from '../src/mail/refusals/index.ts';

const base64 = (text: string) => Buffer.from(text).toString('base64');

describe('clean', () => {
  it('keeps the words of a server', () => {
    const words =
      '535-5.7.8 Username and Password not accepted. Learn more at https://support.google.com/mail/?p=BadCredentials';
    assert.equal(clean(words), words);
    assert.equal(
      clean('NO [AUTHENTICATIONFAILED] Authentication failed. PRIVACYREQUIRED SmtpClientAuthentication'),
      'NO [AUTHENTICATIONFAILED] Authentication failed. PRIVACYREQUIRED SmtpClientAuthentication',
    );
    assert.equal(
      clean('Brugernavn eller adgangskode er forkert – prøv igen'),
      'Brugernavn eller adgangskode er forkert – prøv igen',
    );
    for (const words of [
      'NO [AUTHENTICATIONFAILED] LOGIN Invalid credentials',
      '504 Unrecognized AUTH LOGIN mechanism',
      'NO Bearer authentication failed',
      'NO bad password: try another',
      '535 5.7.139 Authentication unsuccessful, SmtpClientAuthentication is disabled. Visit https://aka.ms/smtp_auth_disabled [AM0PR02CA0109.eurprd02.prod.outlook.com]',
    ]) {
      assert.equal(clean(words), words);
    }
  });

  it('puts everything on one line of at most 500 characters, cut between characters', () => {
    assert.equal(clean('one\r\ntwo\tthree'), 'one two three');
    const long = clean('word 😀 '.repeat(500));
    assert.ok(long.length <= 500);
    assert.ok(long.isWellFormed());
    assert.match(long, /…$/);
  });

  it('removes control characters, terminal escapes, bidi controls and invisible letters', () => {
    assert.equal(
      clean('\x1b[31mred\x1b[0m \x1b]0;title\x07 bell\x07 \u202egnp.exe\u202c \u200bx\u0000y \x9b2Jz'),
      'red bell gnp.exe x y z'.replace('z', '2Jz'),
    );
    assert.doesNotMatch(clean(`${'\x1b'.repeat(50)}\ud800 lone \udc00`), /[\x00-\x1f\x7f-\x9f]/);
    assert.ok(clean('\ud800 lone').isWellFormed());
    assert.doesNotMatch(clean(`hidden ${String.fromCodePoint(0xe0041, 0xe0042)}`), /\u{e0041}/u);
  });

  it('removes what a server echoes: AUTH lines, user names and passwords in base64, tokens', () => {
    const secrets: string[] = [
      `500 5.5.1 Command unrecognized: "AUTH PLAIN ${base64('\0kim@example.dk\0hunter2secret')}"`,
      `535 5.7.8 ${base64('kim@example.dk')} rejected`,
      `334 ${base64('user=kim@example.dk\x01auth=Bearer ya29.a0AfH6SMBx\x01\x01')}`,
      'NO bad token Bearer ya29.a0AfH6SMBxyz-1234567890abcdef',
      'BAD LOGIN kim@example.dk "hunter2secret" unexpected',
      'error refresh_token=1//0abcdefghijklmnop-xyz invalid',
      '{"error":"invalid_client","client_secret":"hunter2secret"}',
      'token eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiIxMjMifQ.abcdefghijk refused',
    ];
    for (const line of secrets) {
      const kept = clean(line);
      assert.match(kept, /\[removed\]/, line);
      for (const part of ['hunter2secret', base64('kim@example.dk'), 'a0AfH6SMBx', '0abcdefghij', 'eyJhbGci']) {
        assert.ok(!kept.includes(part), `${part} is left in ${kept}`);
      }
    }
  });

  it('removes the secrets it is told, in clear and in base64', () => {
    const password = 'korrekt hest';
    const kept = clean(`NO kim: ${password} / ${base64(password)} / ${encodeURIComponent(password)} is wrong`, [
      password,
      'kim',
    ]);
    assert.ok(
      !kept.includes(password) && !kept.includes(base64(password).slice(0, 12)) && !kept.includes('hest'),
      kept,
    );
    assert.ok(!kept.includes('kim'));
  });

  it('keeps the prompts that Postfix repeats', () => {
    assert.match(clean('535 5.7.8 Error: authentication failed: UGFzc3dvcmQ6'), /UGFzc3dvcmQ6/);
  });

  it('leaves no half of a secret behind where a long text is cut', () => {
    const kept = clean(`${`${'x'.repeat(40)}1A= `.repeat(90)} AUTH PLAIN ${base64('\0kim\0hunter2secret')}`);
    assert.ok(!kept.includes('hunter2'));
  });
});

describe('scrub', () => {
  it('leaves the shape of an unknown text and nothing personal', () => {
    const shape = scrub(
      '550 5.7.9 <kim.holm@example.dk>: strange answer 4711 from mx1.example.dk [192.0.2.7] for "Kim Holm", id o132mb3, see https://example.dk/x?u=kim',
    );
    assert.equal(shape, '550 5.7.9 <address>: strange answer # from <host> <id> for <name>, id <id>, see <url>');
  });

  it('is the same for two people', () => {
    const of = (user: string, host: string, id: string) => scrub(`NO [ALERT] user ${user} is odd at ${host} (${id})`);
    assert.equal(
      of('kim', 'imap.a.dk', 'ab12cd34'),
      of('bo@b.se', 'imap.b.co.uk', 'ff00aa11').replace('<address>', '<name>'),
    );
  });

  it('keeps the codes of a token endpoint', () => {
    assert.match(scrub('{"error":"odd_grant","error_description":"AADSTS123456: Kim"}'), /"odd_grant".*/);
    assert.match(scrub('AADSTS123456: something new'), /^aadsts123456: something new$/);
  });

  it('forgets the names it is told', () => {
    assert.doesNotMatch(scrub('NO Kim may not do this', ['Kim']), /kim/i);
  });

  it('is short', () => {
    assert.ok(scrub('odd word '.repeat(1_000)).length <= 120);
  });
});
