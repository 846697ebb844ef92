import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { prefillOf } from '../src/mail/discovery/index.ts';
import { prefill } from '../src/words.ts';
import { inventedRows } from './support/discovery-invented.ts';
import { databaseHost, databaseUrl, type Row, verdictOn, worldOf } from './support/discovery-rows.ts';
import { fileWith, goodFile, here, openStage, type Stage } from './support/discovery-try.ts';
import { quietLog } from './support/quiet-log.ts';

let stage: Stage;
before(async () => {
  stage = await openStage();
});
after(() => stage.close());

const wellKnown = (domain: string) => `${domain}/.well-known/autoconfig/mail/config-v1.1.xml`;
const autoconfig = (domain: string) => `autoconfig.${domain}/mail/config-v1.1.xml`;
/** Servers of the domain itself, as a guess finds them. */
const ownServers = (domain: string) => ({
  zone: { [`imap.${domain}`]: here, [`smtp.${domain}`]: here },
  doors: { [`imap.${domain}:993`]: 'imap', [`smtp.${domain}:465`]: 'smtp' } as const,
});
const house = {
  zone: { 'imap.house.test': here, 'smtp.house.test': here },
  doors: { 'imap.house.test:993': 'imap', 'smtp.house.test:465': 'smtp' } as const,
};
const outlook = {
  zone: { 'outlook.office365.com': here, 'smtp.office365.com': here },
  doors: { 'outlook.office365.com:993': 'imap', 'smtp.office365.com:587': 'smtp-starttls' } as const,
};

describe('an address of a large provider', () => {
  it('is known from the table, and only its servers are asked', async () => {
    const { found, world } = await stage.discover('Kim.Holm@GMX.de ', {
      table: true,
      zone: { 'imap.gmx.net': here, 'mail.gmx.net': here },
      doors: { 'imap.gmx.net:993': 'imap', 'mail.gmx.net:465': 'smtp' },
    });
    assert.deepEqual(found, {
      imap: { host: 'imap.gmx.net', port: 993, security: 'tls', username: 'Kim.Holm@gmx.de' },
      smtp: { host: 'mail.gmx.net', port: 465, security: 'tls', username: 'Kim.Holm@gmx.de' },
      login: 'password',
      logins: ['password'],
      provider: 'gmx',
      rank: 'A',
      source: 'table',
      certain: true,
      usernameForm: 'address',
    });
    assert.deepEqual(
      new Set(world.dns.questions),
      new Set(['A imap.gmx.net', 'AAAA imap.gmx.net', 'A mail.gmx.net', 'AAAA mail.gmx.net']),
    );
  });

  it('gets the user names that the provider wants, which may differ between IMAP and SMTP', async () => {
    const { found } = await stage.discover('kim@icloud.com', {
      table: true,
      zone: { 'imap.mail.me.com': here, 'smtp.mail.me.com': here },
      doors: { 'imap.mail.me.com:993': 'imap', 'smtp.mail.me.com:587': 'smtp-starttls' },
    });
    assert.deepEqual(
      [found?.imap.username, found?.smtp.username, found?.login],
      ['kim', 'kim@icloud.com', 'app-password'],
    );
  });

  it('takes the next server of the provider when the first one does not answer', async () => {
    const { found } = await stage.discover('kim@gmx.net', {
      table: true,
      zone: { 'imap.gmx.net': here, 'mail.gmx.net': here },
      doors: { 'imap.gmx.net:143': 'imap-starttls', 'mail.gmx.net:587': 'smtp-starttls' },
    });
    assert.deepEqual([found?.imap.port, found?.imap.security, found?.smtp.port], [143, 'starttls', 587]);
  });

  it('is given with OAuth first, and what is left without it', async () => {
    const { found } = await stage.discover('kim@gmail.com', {
      table: true,
      zone: { 'imap.gmail.com': here, 'smtp.gmail.com': here },
      doors: { 'imap.gmail.com:993': 'imap', 'smtp.gmail.com:465': 'smtp' },
    });
    assert.deepEqual([found?.login, found?.logins, found?.oauth], ['oauth2', ['oauth2', 'app-password'], 'google']);
  });

  it('is not guessed at when its servers are away: the form is filled in instead', async () => {
    const { notFound } = await stage.discover('kim@web.de', { table: true, zone: {} });
    assert.equal(notFound?.reason, 'discovery.not_found');
    assert.deepEqual(notFound.prefill.imap, { host: 'imap.web.de', port: 993, security: 'tls', username: 'kim' });
    assert.deepEqual([notFound.prefill.provider, notFound.prefill.source], ['webde', 'table']);
  });

  it('is named where it has no IMAP, or POP3 only', async () => {
    for (const [email, reason, provider] of [
      ['kim@proton.me', 'imap.disabled', 'proton'],
      ['kim@tutamail.com', 'imap.disabled', 'tuta'],
      ['kim@rediffmail.com', 'protocol.pop3', 'rediffmail'],
    ] as const) {
      const { notFound, world } = await stage.discover(email, { table: true });
      assert.deepEqual(
        [notFound?.reason, notFound?.prefill.provider, notFound?.prefill.imap],
        [reason, provider, null],
      );
      assert.deepEqual(world.dns.questions, []);
    }
  });
});

describe('what cannot be an address of ours', () => {
  it('asks nobody', async () => {
    for (const email of [
      'kim',
      '@x.test',
      'kim@localhost',
      'kim@nas.local',
      'kim@10.0.0.1',
      'kim@[10.0.0.1]',
      'kim@0x7f.1',
      'kim@a..b',
      'kim@',
    ]) {
      const { notFound, world } = await stage.discover(email, {});
      assert.equal(notFound?.reason, 'discovery.not_found', email);
      assert.deepEqual(world.dns.questions, [], email);
    }
  });
});

describe('the best rank wins, not the fastest answer', () => {
  const d = 'ranks.test';
  const own = ownServers(d);

  it('when a file comes after a guess was proved', async () => {
    const { found, tookMs } = await stage.discover(`kim@${d}`, {
      zone: { ...own.zone, ...house.zone, [d]: here },
      doors: { ...own.doors, ...house.doors, [`${d}:443`]: 'https' },
      pages: { [wellKnown(d)]: { body: goodFile('imap.house.test', 'smtp.house.test'), afterMs: 900 } },
    });
    assert.ok(tookMs > 800, `${tookMs}`);
    assert.deepEqual(
      [found?.rank, found?.source, found?.imap.host, found?.certain],
      ['C', 'well-known', 'imap.house.test', true],
    );
  });

  it('when the exchanger of a large provider comes after a file', async () => {
    const { found } = await stage.discover(`kim@${d}`, {
      zone: {
        ...outlook.zone,
        ...house.zone,
        [d]: { ...here, MX: [[10, 'ranks-test.mail.protection.outlook.com']], afterMs: 250 },
        [`autoconfig.${d}`]: here,
      },
      doors: { ...outlook.doors, ...house.doors, [`autoconfig.${d}:443`]: 'https' },
      pages: { [autoconfig(d)]: { body: goodFile('imap.house.test', 'smtp.house.test') } },
    });
    assert.deepEqual(
      [found?.rank, found?.provider, found?.login, found?.certain],
      ['B', 'microsoft365', 'oauth2', true],
    );
  });

  it('with a file of the domain before a hoster, a hoster before records, records before a guess', async () => {
    const onecom = {
      zone: { 'imap.one.com': here, 'send.one.com': here },
      doors: { 'imap.one.com:993': 'imap', 'send.one.com:465': 'smtp' } as const,
    };
    const zone = {
      ...own.zone,
      ...house.zone,
      ...onecom.zone,
      [d]: { MX: [[10, 'mx1.pub.mailpod8.one.com']] as [number, string][] },
      [`autoconfig.${d}`]: here,
      [`_imaps._tcp.${d}`]: { SRV: [[0, 1, 993, 'imap.house.test']] as [number, number, number, string][] },
      [`_submissions._tcp.${d}`]: { SRV: [[0, 1, 465, 'smtp.house.test']] as [number, number, number, string][] },
    };
    const doors = { ...own.doors, ...house.doors, ...onecom.doors, [`autoconfig.${d}:443`]: 'https' } as const;
    const pages = { [autoconfig(d)]: { body: goodFile(`imap.${d}`, `smtp.${d}`) } };
    const rankOf = async (internet: Parameters<Stage['discover']>[1]) =>
      (await stage.discover(`kim@${d}`, internet)).found?.rank;
    assert.equal(await rankOf({ zone, doors, pages }), 'C');
    assert.equal(await rankOf({ zone, doors }), 'D');
    assert.equal(await rankOf({ zone: { ...zone, [d]: {} }, doors }), 'E');
    assert.equal(await rankOf({ zone: own.zone, doors: own.doors }), 'H');
  });

  it('but what does not answer does not win', async () => {
    const { found } = await stage.discover(`kim@${d}`, {
      zone: { ...own.zone, [`autoconfig.${d}`]: here, 'gone.house.test': here },
      doors: { ...own.doors, [`autoconfig.${d}:443`]: 'https' },
      pages: { [autoconfig(d)]: { body: goodFile('gone.house.test', 'gone.house.test') } },
    });
    assert.deepEqual([found?.rank, found?.certain, found?.confirmDomain], ['H', false, d]);
  });

  it('and a host for just this purpose that is silent is worth more than a guess: the form is filled in with it', async () => {
    const { found, notFound } = await stage.discover(`kim@${d}`, {
      zone: { ...own.zone, [`autoconfig.${d}`]: here },
      doors: { ...own.doors, [`autoconfig.${d}:443`]: 'mute' },
    });
    assert.equal(found, undefined);
    assert.deepEqual([notFound?.reason, notFound?.prefill.imap?.host], ['discovery.not_found', `imap.${d}`]);
  });
});

describe('behind a mail filter', () => {
  const d = 'filtered.test';
  const mx = { MX: [[10, 'mx1.centerasecurity.dk']] as [number, string][] };

  it('the signs of Microsoft beat a left-over file of the web host', async () => {
    const { found } = await stage.discover(`kim@${d}`, {
      zone: {
        ...outlook.zone,
        ...house.zone,
        [d]: { ...here, ...mx },
        [`autodiscover.${d}`]: { CNAME: 'autodiscover.outlook.com' },
        [`autoconfig.${d}`]: here,
      },
      doors: { ...outlook.doors, ...house.doors, [`autoconfig.${d}:443`]: 'https' },
      pages: { [autoconfig(d)]: { body: goodFile('imap.house.test', 'smtp.house.test') } },
    });
    assert.deepEqual(
      [found?.rank, found?.source, found?.imap.host, found?.certain, found?.confirmDomain],
      ['F', 'microsoft', 'outlook.office365.com', false, 'office365.com'],
    );
  });

  it('a name that only contains the right letters is no sign', async () => {
    const { found, notFound } = await stage.discover(`kim@${d}`, {
      zone: {
        ...outlook.zone,
        [d]: mx,
        [`autodiscover.${d}`]: { CNAME: 'autodiscover.myoutlook.com' },
        [`selector1._domainkey.${d}`]: { CNAME: 'selector1._domainkey.notonmicrosoft.com' },
      },
      doors: outlook.doors,
    });
    assert.deepEqual([found, notFound?.reason], [undefined, 'discovery.not_found']);
  });
});

describe('where two sources disagree', () => {
  const d = 'undecided.test';

  it('the user is asked, with both mailboxes to choose from', async () => {
    const own = ownServers(d);
    const { found } = await stage.discover(`kim@${d}`, {
      zone: {
        ...own.zone,
        ...outlook.zone,
        [d]: { MX: [[10, `mx.${d}`]] },
        [`autodiscover.${d}`]: { CNAME: 'autodiscover.outlook.com' },
      },
      doors: { ...own.doors, ...outlook.doors },
    });
    assert.deepEqual(
      [found?.rank, found?.certain, found?.alternatives?.map(({ source, imap }) => [source, imap.host])],
      ['F', false, [['guess', `imap.${d}`]]],
    );
  });

  it('a file is not certain either', async () => {
    const { found } = await stage.discover(`kim@${d}`, {
      zone: {
        ...house.zone,
        [d]: here,
        [`selector1._domainkey.${d}`]: { CNAME: 'selector1-x._domainkey.x.onmicrosoft.com' },
      },
      doors: { ...house.doors, [`${d}:443`]: 'https' },
      pages: { [wellKnown(d)]: { body: goodFile('imap.house.test', 'smtp.house.test') } },
    });
    assert.deepEqual([found?.rank, found?.certain, found?.alternatives?.[0]?.provider], ['C', false, 'microsoft365']);
    assert.equal(prefill.safeParse(prefillOf(found!)).success, true);
  });
});

describe('a domain without a mailbox', () => {
  it('is told by a null MX, and nobody is guessed at', async () => {
    const own = ownServers('none.test');
    const { notFound, world } = await stage.discover('kim@none.test', {
      zone: { ...own.zone, 'none.test': { MX: [[0, '']] } },
      doors: own.doors,
    });
    assert.deepEqual([notFound?.reason, notFound?.prefill.source], ['discovery.not_found', 'null-mx']);
    assert.equal(world.connections.length, 0);
  });

  it('is told by a forwarder, which is named', async () => {
    const own = ownServers('sent-on.test');
    const { notFound } = await stage.discover('kim@sent-on.test', {
      zone: { ...own.zone, 'sent-on.test': { MX: [[5, 'route1.mx.cloudflare.net']] } },
      doors: own.doors,
    });
    assert.deepEqual(
      [notFound?.reason, notFound?.prefill.source, notFound?.prefill.provider],
      ['discovery.not_found', 'forwarder', 'cloudflare-routing'],
    );
  });

  it('or has no IMAP by its own records', async () => {
    const { notFound } = await stage.discover('kim@closed.test', {
      zone: { '_imaps._tcp.closed.test': { SRV: [[0, 0, 0, '']] }, '_imap._tcp.closed.test': { SRV: [[0, 0, 0, '']] } },
    });
    assert.equal(notFound?.reason, 'imap.disabled');
  });
});

describe('POP3', () => {
  it('is named when a file has nothing else', async () => {
    const { notFound } = await stage.discover('kim@old.test', {
      zone: { 'old.test': here },
      doors: { 'old.test:443': 'https' },
      pages: {
        [wellKnown('old.test')]: { body: fileWith({ pop3: [{ host: 'pop.old.test', port: 995, socketType: 'SSL' }] }) },
      },
    });
    assert.deepEqual([notFound?.reason, notFound?.prefill.imap], ['protocol.pop3', null]);
  });

  it('is named when nothing but it answers, and never becomes IMAP settings', async () => {
    const { found, notFound } = await stage.discover('kim@old.test', {
      zone: { 'pop.old.test': here, 'mail.old.test': here },
      doors: { 'pop.old.test:995': 'pop3', 'mail.old.test:993': 'pop3', 'mail.old.test:465': 'smtp' },
    });
    assert.deepEqual([found, notFound?.reason], [undefined, 'protocol.pop3']);
  });
});

describe('encryption', () => {
  it('is required: servers without it are thrown away, and the reason says so', async () => {
    const plain = fileWith({
      imap: [{ host: 'imap.clear.test', port: 143, socketType: 'plain' }],
      smtp: [{ host: 'smtp.clear.test', port: 587, socketType: 'plain' }],
    });
    const { notFound } = await stage.discover('kim@clear.test', {
      zone: { 'clear.test': here },
      doors: { 'clear.test:443': 'https' },
      pages: { [wellKnown('clear.test')]: { body: plain } },
    });
    assert.equal(notFound?.reason, 'tls.required');
  });

  it('is required of a server that is only guessed at', async () => {
    const { notFound, world } = await stage.discover('kim@clear.test', {
      zone: { 'imap.clear.test': here, 'smtp.clear.test': here },
      doors: { 'imap.clear.test:143': 'imap-cleartext', 'smtp.clear.test:465': 'smtp' },
    });
    assert.equal(notFound?.reason, 'tls.required');
    assert.ok(world.connections.length > 0);
  });

  it('comes with a certificate for the very name, else the server does not count', async () => {
    const own = ownServers('wrong.test');
    const guessed = await stage.discover('kim@wrong.test', { ...own, imposters: ['imap.wrong.test'] });
    assert.equal(guessed.found, undefined);
    assert.ok(
      guessed.notFound?.tried.some(({ host, reason }) => host === 'imap.wrong.test' && reason === 'tls.certificate'),
    );

    const named = await stage.discover('kim@wrong.test', {
      zone: { ...own.zone, 'wrong.test': here },
      doors: { ...own.doors, 'wrong.test:443': 'https' },
      imposters: ['imap.wrong.test'],
      pages: { [wellKnown('wrong.test')]: { body: goodFile('imap.wrong.test', 'smtp.wrong.test') } },
    });
    assert.deepEqual(
      [named.notFound?.reason, named.notFound?.prefill.imap?.host],
      ['tls.certificate', 'imap.wrong.test'],
    );
  });

  it('does not begin with words that somebody slipped in before the handshake', async () => {
    const { found, notFound } = await stage.discover('kim@slip.test', {
      zone: { 'imap.slip.test': here, 'smtp.slip.test': here },
      doors: { 'imap.slip.test:143': 'imap-injected', 'smtp.slip.test:465': 'smtp' },
    });
    assert.equal(found, undefined);
    assert.ok(notFound?.tried.some(({ host, reason }) => host === 'imap.slip.test' && reason === 'tls.handshake'));
  });

  it('protects the file too: a host with a wrong certificate has no say', async () => {
    const { notFound } = await stage.discover('kim@wrong.test', {
      zone: { 'wrong.test': here, ...house.zone },
      doors: { 'wrong.test:443': 'https', ...house.doors },
      imposters: ['wrong.test'],
      pages: { [wellKnown('wrong.test')]: { body: goodFile('imap.house.test', 'smtp.house.test') } },
    });
    assert.equal(notFound?.reason, 'discovery.not_found');
  });
});

describe('a guess', () => {
  it('is nothing where a wildcard answers for every name', async () => {
    const { found, notFound } = await stage.discover('kim@wild.test', {
      zone: { 'wild.test': here, '*.wild.test': here },
      doors: { '*:443': 'https', '*:993': 'imap', '*:465': 'smtp' },
      imposters: ['*.wild.test', 'wild.test'],
    });
    assert.deepEqual([found, notFound?.reason], [undefined, 'discovery.not_found']);
  });

  it('needs a server that takes logins: an exchanger that only takes mail in is none', async () => {
    const { found, notFound } = await stage.discover('kim@in.test', {
      zone: { 'in.test': { MX: [[10, 'mail.in.test']] }, 'mail.in.test': here },
      doors: { 'mail.in.test:993': 'imap', 'mail.in.test:465': 'smtp-without-login' },
    });
    assert.deepEqual(
      [found, notFound?.prefill.imap?.host, notFound?.prefill.smtp?.host],
      [undefined, 'mail.in.test', undefined],
    );
  });

  it('completes what a record named half of', async () => {
    const { found } = await stage.discover('kim@half.test', {
      zone: {
        '_imaps._tcp.half.test': { SRV: [[0, 1, 993, 'box.house.test']] },
        'box.house.test': here,
        'smtp.half.test': here,
      },
      doors: { 'box.house.test:993': 'imap', 'smtp.half.test:587': 'smtp-starttls' },
    });
    assert.deepEqual(
      [found?.rank, found?.imap.host, found?.smtp.host, found?.usernameForm],
      ['H', 'box.house.test', 'smtp.half.test', 'unknown'],
    );
  });

  it('completes what a file named half of', async () => {
    const half = fileWith({ imap: [{ host: 'box.house.test', port: 993, socketType: 'SSL' }] });
    const { found } = await stage.discover('kim@half.test', {
      zone: { 'half.test': here, 'box.house.test': here, 'imap.half.test': here, 'smtp.half.test': here },
      doors: {
        'half.test:443': 'https',
        'box.house.test:993': 'imap',
        'imap.half.test:993': 'imap',
        'smtp.half.test:465': 'smtp',
      },
      pages: { [wellKnown('half.test')]: { body: half } },
    });
    assert.deepEqual([found?.rank, found?.imap.host, found?.smtp.host], ['H', 'box.house.test', 'smtp.half.test']);
  });
});

describe('the same domain again', () => {
  it('is answered without asking anybody, for another address too', async () => {
    const own = ownServers('again.test');
    await stage.within(own, async ({ discover }, world) => {
      const signal = AbortSignal.timeout(10_000);
      const first = await discover('kim@again.test', { signal });
      const asked = world.dns.questions.length;
      const second = await discover('bo@AGAIN.test', { signal });
      assert.equal(world.dns.questions.length, asked);
      assert.deepEqual([first.found?.imap.username, second.found?.imap.username], ['kim@again.test', 'bo@again.test']);
    });
  });
});

describe('whoever runs the installation', () => {
  it('sees in the debug log what was tried, and of nobody more than the domain', async () => {
    const { log, lines } = quietLog();
    const net = ownServers('looked-into.test');
    await stage.discover('kim.holm@looked-into.test', {
      ...net,
      log,
      zone: { ...net.zone, 'looked-into.test': here, 'autoconfig.looked-into.test': here },
      doors: { ...net.doors, 'autoconfig.looked-into.test:443': 'mute' },
    });
    assert.equal(lines.length, 1);
    const { msg, domain, reason, tried, tookMs } = lines[0]!;
    assert.deepEqual([msg, domain, reason], ['discovery ended', 'looked-into.test', 'discovery.not_found']);
    assert.ok((tried as { source: string; reason: string }[]).some((one) => one.source === 'autoconfig'));
    assert.ok(Number(tookMs) > 0);
    assert.doesNotMatch(JSON.stringify(lines), /kim/);
  });
});

describe('a file of the domain of its exchanger', () => {
  it('is heard where the domain has none itself, and has to be confirmed', async () => {
    const { found } = await stage.discover('kim@customer.test', {
      zone: { ...house.zone, 'customer.test': { MX: [[10, 'mx3.house.test']] }, 'autoconfig.house.test': here },
      doors: { ...house.doors, 'autoconfig.house.test:443': 'https' },
      pages: {
        [autoconfig('house.test')]: {
          body: goodFile('imap.house.test', 'smtp.house.test', '%EMAILLOCALPART%*%EMAILDOMAIN%'),
        },
      },
    });
    assert.deepEqual(
      [found?.rank, found?.source, found?.certain, found?.confirmDomain, found?.imap.username],
      ['G', 'mx-autoconfig', false, 'house.test', 'kim*customer.test'],
    );
  });

  it('is looked for in the database by the full name and by the registered domain', async () => {
    const asked = async (path: string) =>
      (
        await stage.discover('kim@customer.test', {
          database: true,
          zone: { ...house.zone, 'customer.test': { MX: [[10, 'mx3.eu.house.test']] }, [databaseHost]: here },
          doors: { ...house.doors, [`${databaseHost}:443`]: 'https' },
          pages: {
            [`${databaseUrl.slice('https://'.length)}/${path}`]: {
              body: goodFile('imap.house.test', 'smtp.house.test'),
            },
          },
        })
      ).found?.source;
    assert.equal(await asked('mx3.eu.house.test'), 'mx-database');
    assert.equal(await asked('house.test'), 'mx-database');
    assert.equal(await asked('customer.test'), 'database');
  });
});

describe('an answer of the name server that is too long for one packet', () => {
  it('is asked for again over TCP', async () => {
    const many = Array.from({ length: 60 }, (_, at): [number, string] => [20, `spare-${at}.exchanger.house.test`]);
    const { found } = await stage.discover('kim@long.test', {
      zone: { ...outlook.zone, 'long.test': { MX: [...many, [10, 'long-test.mail.protection.outlook.com']] } },
      doors: outlook.doors,
    });
    assert.equal(found?.provider, 'microsoft365');
  });
});

describe('a PACC file', () => {
  const d = 'pacc.test';
  const body = JSON.stringify({ protocols: { imap: { host: 'imap.house.test' }, smtp: { host: 'smtp.house.test' } } });
  const digest = createHash('sha256').update(body).digest('base64');
  const internet = (record: string) => ({
    zone: { ...house.zone, [`_ua-auto-config.${d}`]: { TXT: ['v=spf1 -all', record] }, [`ua-auto-config.${d}`]: here },
    doors: { ...house.doors, [`ua-auto-config.${d}:443`]: 'https' } as const,
    pages: { [`ua-auto-config.${d}/.well-known/user-agent-configuration.json`]: { type: 'application/json', body } },
  });

  it('counts with its digest in the DNS', async () => {
    const { found } = await stage.discover(`kim@${d}`, internet(`v=UAAC1; a=sha256; d=${digest}`));
    assert.deepEqual([found?.rank, found?.source, found?.certain], ['C', 'pacc', true]);
  });

  it('counts for nothing with another digest', async () => {
    const { found } = await stage.discover(`kim@${d}`, internet(`v=UAAC1; a=sha256; d=${digest.replace(/^./, '!')}`));
    assert.equal(found, undefined);
  });
});

describe('what holds for every discovery', () => {
  it('is counted over all invented domains', async () => {
    const heardBefore = stage.actors.heard.length;
    const waiting = [...inventedRows];
    const tryAll = async () => {
      for (let row = waiting.shift(); row; row = waiting.shift()) await tryOne(row);
    };
    const tryOne = async (row: Row) => {
      const { zone, doors, pages } = worldOf(row);
      const { world, ...outcome } = await stage.discover(`kim.holm-7431@${row.domain}`, {
        zone,
        doors,
        pages: Object.fromEntries(pages),
        database: true,
      });
      assert.equal(verdictOn(row, outcome), null, row.domain);
      assert.ok(
        new Set(world.dns.questions).size <= 24,
        `${row.domain}: ${new Set(world.dns.questions).size} questions`,
      );
      assert.deepEqual(
        world.connections.filter((one) => !/ 127\.0\.0\.1 (443|993|143|465|587|995)$/.test(one)),
        [],
        row.domain,
      );
      assert.equal(
        world.dns.questions.some((question) => question.includes('holm')),
        false,
      );
    };
    await stage.actors.prepare([databaseHost, ...inventedRows.flatMap((row) => worldOf(row).names)]);
    await Promise.all([tryAll(), tryAll(), tryAll(), tryAll()]);
    const heard = stage.actors.heard.slice(heardBefore);
    assert.ok(heard.length > 300, `${heard.length}`);
    const strange = heard.filter(
      (line) =>
        /holm|emailaddress|%40|cookie|authorization/i.test(line) ||
        !/^(a\d (STARTTLS|LOGOUT)|EHLO \[127\.0\.0\.1\]|STARTTLS|QUIT|GET )/.test(line),
    );
    assert.deepEqual(strange, [], 'nothing but greetings, and nothing of the address');
  });
});
