import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isHostName, readAddress, registrableDomain } from '../src/mail/discovery/address.ts';
import { createAnswers, TooOften } from '../src/mail/discovery/answers.ts';
import { firstExchangers, targetsOf } from '../src/mail/discovery/dns.ts';
import { bestOf } from '../src/mail/discovery/in-order.ts';
import { isMicrosoft, judge } from '../src/mail/discovery/signs.ts';
import { exchangerOf, exchangers, providerOf, providers } from '../src/mail/discovery/table.ts';

const waiting = () => new AbortController();

describe('answers', () => {
  const keeping = { foundMs: 1_000, failedMs: 100, entries: 2, perMinute: 3, payerPerMinute: 3 };
  const store = (found = true) => {
    const asked: string[] = [];
    const clock = { now: 0 };
    const answers = createAnswers(
      async (key: string) => {
        asked.push(key);
        return { key, found };
      },
      (answer) => answer.found,
      { keeping, now: () => clock.now },
    );
    return { asked, clock, of: (key: string, payer?: string) => answers.of(key, { signal: waiting().signal, payer }) };
  };

  it('are kept for a while, what was found longer than what was not', async () => {
    for (const [found, kept] of [
      [true, 1_000],
      [false, 100],
    ] as const) {
      const { asked, clock, of } = store(found);
      await of('a.test');
      clock.now = kept - 1;
      await of('a.test');
      assert.equal(asked.length, 1);
      clock.now = kept;
      await of('a.test');
      assert.equal(asked.length, 2);
    }
  });

  it('are kept for so many domains and no more', async () => {
    const { asked, of } = store();
    for (const key of ['a.test', 'b.test', 'c.test', 'c.test', 'b.test', 'a.test']) await of(key);
    assert.deepEqual(asked, ['a.test', 'b.test', 'c.test', 'a.test']);
  });

  it('are one for all who ask at the same time, until nobody waits any more', async () => {
    let searches = 0;
    const ended: unknown[] = [];
    const answers = createAnswers<string>(
      (_key, signal) => {
        searches++;
        return new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => {
            ended.push(signal.reason.name);
            reject(signal.reason);
          });
        });
      },
      () => true,
    );
    const [one, other] = [waiting(), waiting()];
    const both = [one, other].map(({ signal }) => answers.of('a.test', { signal }));
    const outcomes = Promise.allSettled(both);
    one.abort(new Error('one went away'));
    await assert.rejects(both[0]!, /one went away/);
    assert.deepEqual(ended, []);
    other.abort(new Error('the other too'));
    await outcomes;
    assert.deepEqual([searches, ended], [1, ['AbortError']]);
  });

  it('are searched for only so often, below one registered domain and for one tenant', async () => {
    const { of, clock } = store();
    for (const name of ['a', 'b', 'c']) await of(`${name}.example.co.uk`);
    await assert.rejects(of('d.example.co.uk'), TooOften);
    await of('a.other.co.uk');
    clock.now = 60_000;
    await of('d.example.co.uk');

    const tenant = store();
    for (const name of ['a', 'b', 'c']) await tenant.of(`${name}.test`, 'acme');
    await assert.rejects(tenant.of('d.test', 'acme'), TooOften);
    await tenant.of('d.test', 'other');
  });
});

describe('the best of several ways', () => {
  const way = (ms: number, value: string | null) => () =>
    new Promise<string | null>((resolve) => setTimeout(resolve, ms, value));
  const options = { staggerMs: 5, graceMs: 60, signal: waiting().signal };

  it('is the first in order that works, though a later one was quicker', async () => {
    assert.equal(await bestOf([way(40, 'a'), way(1, 'b')], options), 'a');
    assert.equal(await bestOf([way(30, null), way(1, 'b'), way(1, 'c')], options), 'b');
  });

  it('is not waited for much longer than the next one', async () => {
    assert.equal(await bestOf([way(5_000, 'a'), way(1, 'b')], options), 'b');
  });

  it('is null when none works, one throws, or time is up', async () => {
    assert.equal(await bestOf([way(1, null), () => Promise.reject(new Error('broken'))], options), null);
    assert.equal(await bestOf([], options), null);
    assert.equal(await bestOf([way(5_000, 'a')], { ...options, signal: AbortSignal.timeout(20) }), null);
  });

  it('does not begin with what is not needed any more, and ends what is under way', async () => {
    const begun: number[] = [];
    const ended: number[] = [];
    const ways = [30, 1, 1].map((ms, at) => (signal: AbortSignal) => {
      begun.push(at);
      signal.addEventListener('abort', () => ended.push(at));
      return new Promise<string | null>((resolve) => setTimeout(resolve, ms, at === 0 ? null : `${at}`));
    });
    assert.equal(await bestOf(ways, { staggerMs: 15, graceMs: 100, signal: waiting().signal }), '1');
    assert.deepEqual(
      [begun, ended],
      [
        [0, 1],
        [0, 1],
      ],
    );
  });
});

describe('an address', () => {
  it('is taken apart at its last @, with the domain in lower case and ASCII', () => {
    assert.deepEqual(readAddress(' Kim.Holm+x@Rødgrød.Example. '), {
      address: 'Kim.Holm+x@xn--rdgrd-vuad.example',
      localPart: 'Kim.Holm+x',
      domain: 'xn--rdgrd-vuad.example',
    });
    assert.equal(readAddress('"a@b"@example.test')?.domain, 'example.test');
  });

  it('is none without a public domain', () => {
    for (const email of [
      '',
      'kim',
      'kim@',
      '@a.test',
      'kim@a',
      'kim@a.local',
      'kim@1.2.3.4',
      'kim@[1.2.3.4]',
      'kim@a_b.test',
      'kim@-a.test',
      'k m@a.test',
      `${'k'.repeat(65)}@a.test`,
      `kim@${'a'.repeat(64)}.test`,
      `kim@${'a.'.repeat(130)}test`,
      'kim@a.test/b',
      'kim@a.test:25',
    ]) {
      assert.equal(readAddress(email), null, email);
    }
  });
});

describe('the tables', () => {
  it('have servers that are whole, and no domain twice', () => {
    const domains = providers.flatMap((row) => row.domains);
    assert.deepEqual(
      domains.filter((domain, at) => domains.indexOf(domain) !== at),
      [],
    );
    const ends = exchangers.flatMap((row) => row.ends);
    assert.deepEqual(
      ends.filter((end, at) => ends.indexOf(end) !== at),
      [],
    );
    for (const name of [...domains.map((domain) => domain.replace(/^\./, '')), ...ends])
      assert.ok(isHostName(name), name);
    for (const row of [...providers, ...exchangers]) {
      for (const { host, port, security } of [...row.imap, ...row.smtp]) {
        assert.ok(host === '=' || isHostName(host), host);
        assert.ok([143, 465, 587, 993].includes(port) && ['tls', 'starttls'].includes(security), host);
      }
      assert.equal(row.imap.length > 0, row.smtp.length > 0, row.id);
      assert.ok(
        row.login.methods.every((method) => ['password', 'app-password', 'oauth2'].includes(method)),
        row.id,
      );
    }
  });

  it('know customers by whole labels, also below the domains of some providers', () => {
    assert.equal(providerOf('kim.plus.com')?.id, 'plusnet');
    assert.equal(providerOf('contoso.onmicrosoft.com')?.id, 'microsoft365');
    assert.equal(providerOf('mail.gmail.com'), undefined);
    assert.equal(providerOf('notgmail.com'), undefined);
  });

  it('know exchangers by whole labels and the longest end', () => {
    assert.equal(exchangerOf('mx1.pub.mailpod8.one.com')?.id, 'onecom');
    assert.equal(exchangerOf('mx.someone.com'), undefined);
    assert.equal(exchangerOf('eur.olc.protection.outlook.com')?.id, 'microsoft-consumer');
    assert.equal(exchangerOf('x.mail.protection.outlook.com')?.id, 'microsoft365');
    assert.equal(exchangerOf('protection.outlook.com'), undefined);
  });
});

describe('records', () => {
  const mx = (...records: [number, string][]) =>
    firstExchangers(records.map(([priority, exchange]) => ({ priority, exchange })));

  it('name the exchangers of the lowest preference', () => {
    assert.deepEqual(mx([20, 'b.test'], [10, 'C.test.'], [10, 'a.test']), ['a.test', 'c.test']);
    assert.deepEqual(mx([0, 'ms12.msv1.invalid'], [5, '_dc-mx.1f.a.test']), ['_dc-mx.1f.a.test']);
    assert.deepEqual([mx([0, '']), mx([0, '10.0.0.1']), firstExchangers('silent')], ['null', 'none', 'silent']);
  });

  it('tell most by the exchanger that ends in a mailbox', () => {
    assert.equal(judge(['mx1.filter.test', 'a.iphmx.com', 'x.mail.protection.outlook.com']).kind, 'mailbox');
    assert.equal(judge(['a.iphmx.com', 'mx.unknown.test']).kind, 'filter');
    assert.deepEqual(judge(['mx.unknown.test']), { kind: 'unknown', host: 'mx.unknown.test' });
  });

  it('name servers by priority and weight, or say that there is none', () => {
    const srv = (name: string, priority: number, weight: number) => ({ name, priority, weight, port: 993 });
    assert.deepEqual(
      targetsOf([srv('c.test', 1, 9), srv('b.test', 0, 1), srv('a.test', 0, 5), srv('10.0.0.1', 0, 9)]),
      [
        { host: 'a.test', port: 993 },
        { host: 'b.test', port: 993 },
        { host: 'c.test', port: 993 },
      ],
    );
    assert.equal(targetsOf([srv('', 0, 0)]), 'not offered');
  });

  it('show Microsoft by whole labels, also with a final dot forgotten', () => {
    for (const name of [
      'autodiscover.outlook.com',
      'selector1-a._domainkey.a.onmicrosoft.com',
      'selector1-a._domainkey.a.onmicrosoft.com.a.test',
      'x.n-v1.dkim.mail.microsoft',
    ]) {
      assert.equal(isMicrosoft(name, 'a.test'), true, name);
    }
    for (const name of [
      null,
      'autodiscover.a.test',
      'a.myoutlook.com',
      'onmicrosoft.com.evil.test',
      'a.notonmicrosoft.com',
      'outlook.com.b.test',
    ]) {
      assert.equal(isMicrosoft(name, 'a.test'), false, String(name));
    }
  });

  it('belong to who registered the domain, not to a registry or a shared host', () => {
    assert.deepEqual(['mail.example.co.uk', 'a.b.example.dk', 'x.github.io', 'co.uk'].map(registrableDomain), [
      'example.co.uk',
      'example.dk',
      'x.github.io',
      null,
    ]);
  });
});
