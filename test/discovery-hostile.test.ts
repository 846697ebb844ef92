import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { readAutoconfig } from '../src/mail/discovery/autoconfig-file.ts';
import { readXml } from '../src/mail/discovery/xml.ts';
import { fileWith, goodFile, here, openStage, type Stage } from './support/discovery-try.ts';
import type { Page } from './support/discovery-world.ts';
import type { Zone } from './support/dns-server.ts';

let stage: Stage;
before(async () => {
  stage = await openStage();
});
after(() => stage.close());

const d = 'target.test';
const path = '/.well-known/autoconfig/mail/config-v1.1.xml';
const house = {
  zone: { 'imap.house.test': here, 'smtp.house.test': here } as Zone,
  doors: { 'imap.house.test:993': 'imap', 'smtp.house.test:465': 'smtp' } as const,
};
const good = goodFile('imap.house.test', 'smtp.house.test');
const inner = {
  'metadata.test': '169.254.169.254',
  'router.test': '192.168.0.1',
  'nat.test': '100.64.0.1',
  'ten.test': '10.0.0.7',
};
const innerZone = Object.fromEntries(Object.entries(inner).map(([name, address]) => [name, { A: [address] }]));
/** No address but loopback, which stands for the public internet here, was ever connected to. */
const stayedOutside = (connections: readonly string[]) =>
  assert.deepEqual(
    connections.filter((one) => !/ 127\.0\.0\.1 \d+$/.test(one)),
    [],
  );

/** A domain whose well-known file is this page. */
const serving = (
  page: Page,
  more: { zone?: Zone; pages?: Record<string, Page>; doors?: Record<string, 'https'> } = {},
) =>
  stage.discover(`kim@${d}`, {
    zone: { ...house.zone, ...innerZone, [d]: here, ...more.zone },
    doors: { ...house.doors, [`${d}:443`]: 'https', ...more.doors },
    pages: { [`${d}${path}`]: page, ...more.pages },
  });

describe('a name that leads inside', () => {
  it('is not connected to when SRV records name it', async () => {
    for (const target of [...Object.keys(inner), '127.0.0.1', 'localhost']) {
      const { found, notFound, world } = await stage.discover(`kim@${d}`, {
        zone: {
          ...innerZone,
          [`_imaps._tcp.${d}`]: { SRV: [[0, 1, 993, target]] },
          [`_submissions._tcp.${d}`]: { SRV: [[0, 1, 465, target]] },
        },
        doors: { '*:993': 'imap', '*:465': 'smtp' },
      });
      const named = target.endsWith('.test');
      assert.deepEqual(
        [found, notFound?.reason],
        [undefined, named ? 'network.forbidden' : 'discovery.not_found'],
        target,
      );
      assert.deepEqual(world.connections, [], target);
    }
  });

  it('is not connected to when a file names it', async () => {
    for (const host of Object.keys(inner)) {
      const { found, notFound, world } = await serving({ body: goodFile(host, host) });
      assert.deepEqual([found, notFound?.reason], [undefined, 'network.forbidden'], host);
      stayedOutside(world.connections);
    }
  });

  it('is not connected to as the exchanger, the domain itself or a guess', async () => {
    const { found, world } = await stage.discover(`kim@${d}`, {
      zone: {
        [d]: { A: ['10.0.0.7'], MX: [[10, 'ten.test']] },
        [`imap.${d}`]: { A: ['127.0.0.1', '10.0.0.7'] },
        [`mail.${d}`]: { AAAA: ['fd00::1'] },
        [`autoconfig.${d}`]: { A: ['169.254.169.254'] },
        ...innerZone,
      },
      doors: { '*:993': 'imap', '*:465': 'smtp', '*:443': 'https' },
    });
    assert.equal(found, undefined);
    assert.deepEqual(world.connections, []);
  });

  it('is not followed to by a redirect', async () => {
    for (const location of [
      `https://inner.${d}/x`,
      'https://127.0.0.1/x',
      'https://[::1]/x',
      'https://0x7f000001/x',
      'https://localhost/x',
    ]) {
      const { found, world } = await serving(
        { status: 302, location },
        { zone: { [`inner.${d}`]: { A: ['10.0.0.7'] } }, pages: { [`inner.${d}/x`]: { body: good } } },
      );
      assert.equal(found, undefined, location);
      stayedOutside(world.connections);
    }
  });

  it('may be connected to where the installation allows it', async () => {
    const { found } = await stage.discover(`kim@${d}`, {
      allowHosts: ['127.0.0.0/8', '10.0.0.0/24'],
      zone: { [`imap.${d}`]: { A: ['10.0.0.7'] }, [`smtp.${d}`]: { A: ['10.0.0.8'] } },
      doors: { [`imap.${d}:993`]: 'imap', [`smtp.${d}:465`]: 'smtp' },
    });
    assert.equal(found?.imap.host, `imap.${d}`);
  });

  it('is looked up once, and what was checked is what is connected to', async () => {
    const { found, world } = await stage.discover(`kim@${d}`, {
      zone: { [`imap.${d}`]: here, [`smtp.${d}`]: here },
      doors: { [`imap.${d}:993`]: 'imap', [`smtp.${d}:465`]: 'smtp' },
    });
    assert.ok(found);
    const asked = world.dns.questions.filter((question) => question === `A imap.${d}`);
    assert.equal(asked.length, 1);
    stayedOutside(world.connections);
  });
});

describe('a redirect', () => {
  const elsewhere = {
    zone: { [`files.${d}`]: here, 'other.test': here, 'autoconfig.one.com': here },
    doors: { '*:443': 'https', '*:8443': 'https' } as const,
  };
  const there = (host: string) => ({ [`${host}/mail.xml`]: { body: good } });

  it('is followed within the registered domain, and to a provider that is known', async () => {
    for (const host of [`files.${d}`, 'autoconfig.one.com']) {
      const { found } = await serving(
        { status: 301, location: `https://${host}/mail.xml` },
        { ...elsewhere, pages: there(host) },
      );
      assert.equal(found?.source, 'well-known', host);
    }
  });

  it('is not followed to another domain, to http, to another port, with a user name, or for ever', async () => {
    for (const location of [
      'https://other.test/mail.xml',
      `http://files.${d}/mail.xml`,
      `https://files.${d}:8443/mail.xml`,
      `https://kim@files.${d}/mail.xml`,
      `https://${d}${path}`,
      'ftp://files.target.test/mail.xml',
      '::::',
    ]) {
      const { found } = await serving(
        { status: 302, location },
        { ...elsewhere, pages: { ...there('other.test'), ...there(`files.${d}`) } },
      );
      assert.equal(found, undefined, location);
    }
  });

  it('is not followed more than twice', async () => {
    const hop = (at: number): Page => ({ status: 302, location: `https://${d}/${at}` });
    const pages = { [`${d}/1`]: hop(2), [`${d}/2`]: { body: good } };
    assert.equal((await serving(hop(1), { pages })).found?.source, 'well-known');
    assert.equal((await serving(hop(0), { pages: { ...pages, [`${d}/0`]: hop(1) } })).found, undefined);
  });
});

describe('a file', () => {
  const refused: Record<string, Page> = {
    'a web page with status 200': {
      type: 'text/html; charset=utf-8',
      body: '<!doctype html><html><body>Welcome</body></html>',
    },
    'a web page that calls itself XML': { body: '<html><body>Welcome</body></html>' },
    'a good file that calls itself a web page': { type: 'text/html', body: good },
    'more than 64 KB': { body: good + ' '.repeat(65 * 1024) },
    'a document type': { body: good.replace('<clientConfig', '<!DOCTYPE clientConfig><clientConfig') },
    'entities that grow': {
      body: good.replace(
        '<clientConfig',
        `<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">${Array.from({ length: 9 }, (_, at) => `<!ENTITY a${at} "${`&a${at || ''};`.repeat(10)}">`).join('')}]><clientConfig`,
      ),
    },
    'an entity from elsewhere': {
      body: good.replace('<clientConfig', '<!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/passwd">]><clientConfig'),
    },
    'another root': { body: good.replaceAll('clientConfig', 'serverConfig') },
    'deep nesting': { body: `<clientConfig>${'<a>'.repeat(5_000)}${'</a>'.repeat(5_000)}</clientConfig>` },
    'too many elements': { body: good.replace('</emailProvider>', `${'<a/>'.repeat(5_000)}</emailProvider>`) },
    'an end that is missing': { body: good.slice(0, -20) },
    nothing: { body: '' },
    'an error': { status: 500, body: good },
    'a packed body': { encoding: 'gzip', body: good },
    'hosts that are addresses': { body: goodFile('127.0.0.1', '10.0.0.7') },
    'hosts that are no names': { body: goodFile('imap.house.test/x', 'a b.test') },
    'odd ports': { body: good.replace('993', '22').replace('465', '25') },
    'a login that we cannot do': { body: good.replaceAll('password-cleartext', 'GSSAPI') },
    'OAuth at a host that nobody knows': { body: good.replaceAll('password-cleartext', 'OAuth2') },
  };
  for (const [what, page] of Object.entries(refused)) {
    it(`is none when it is ${what}`, async () => {
      const { found, world } = await serving(page);
      assert.equal(found, undefined);
      stayedOutside(world.connections);
    });
  }

  it('may be a real one, with comments, unknown elements and references that it does not explain', async () => {
    const { found } = await serving({
      body: good
        .replace('<emailProvider', '<!-- us & them --><x:y xmlns:x="urn:x"/><emailProvider')
        .replace('</emailProvider>', '<displayName>A &amp; B &nbsp; <![CDATA[<C>]]></displayName></emailProvider>'),
    });
    assert.equal(found?.source, 'well-known');
  });

  it('is taken apart within a moment, however it is made', () => {
    const began = performance.now();
    for (const text of [
      `<a ${' '.repeat(60_000)}`,
      `<a ${'b="1" '.repeat(10_000)}`,
      '<'.repeat(60_000),
      `<a>${'&#x'.repeat(20_000)}</a>`,
      `<a>${'<!--'.repeat(15_000)}`,
      `<${'a:'.repeat(30_000)}`,
      `<a ${'b='.repeat(30_000)}`,
    ]) {
      assert.throws(() => {
        readXml(text);
        if (text.includes('&#x')) throw new Error('it is well-formed');
      });
    }
    assert.ok(performance.now() - began < 500, `${performance.now() - began}`);
  });

  it('names hosts by name: an address, a single label or a path is no server', () => {
    for (const host of [
      '127.0.0.1',
      '0x7f000001',
      '2130706433',
      '::1',
      '[::1]',
      'localhost',
      'a b.test',
      'a.test/x',
      'a.test:25',
      '%EMAILADDRESS%',
      '',
    ]) {
      const read = readAutoconfig(Buffer.from(goodFile(host, host)), 'x.test');
      assert.deepEqual([read?.imap, read?.smtp], [[], []], host);
    }
  });

  it('puts the domain and the address where it asks for them, and nothing else', () => {
    const read = readAutoconfig(
      Buffer.from(
        fileWith({
          imap: [
            { host: 'mail.%EMAILDOMAIN%', port: 993, socketType: 'SSL', username: '%EMAILLOCALPART%@%EMAILDOMAIN%' },
            { host: 'b.test', port: 143, socketType: 'STARTTLS', username: 'someone' },
            { host: 'c.test', port: 993, socketType: 'SSL', username: '%REALNAME%%EMAILADDRESS%' },
          ],
          smtp: [{ host: 'mobile.charter.net', port: 587, socketType: 'SSL', username: '%EMAILLOCALPART%' }],
        }),
      ),
      'x.test',
    );
    assert.deepEqual(
      read?.imap.map(({ host, security, user }) => [host, security, user]),
      [
        ['mail.x.test', 'tls', { template: '%EMAILLOCALPART%@%EMAILDOMAIN%' }],
        ['b.test', 'starttls', 'unknown'],
        ['c.test', 'tls', 'unknown'],
      ],
    );
    assert.deepEqual(
      read?.smtp.map(({ port, security, user }) => [port, security, user]),
      [[587, 'tls', 'local-part']],
    );
  });
});

describe('when nobody answers', () => {
  const all = { '*.target.test': here, [d]: { ...here, MX: [[10, `mx.${d}`]] as [number, string][] } };
  const mute = Object.fromEntries([443, 993, 143, 465, 587, 995].map((port) => [`*:${port}`, 'mute' as const]));
  const cases: Record<string, Parameters<Stage['discover']>[1]> = {
    'DNS is silent': { everything: 'silent' },
    'DNS fails': { everything: 'servfail' },
    'every host swallows connections': { zone: all, holes: true },
    'every host accepts and says nothing': { zone: all, doors: mute },
    'the web host dribbles the head of its answer': {
      zone: { ...all, [`autoconfig.${d}`]: here },
      doors: { '*:443': 'https' },
      pages: { [`autoconfig.${d}/mail/config-v1.1.xml`]: { dribbles: 'head' } },
    },
    'the web host dribbles a file': {
      zone: { ...all, [`autoconfig.${d}`]: here },
      doors: { '*:443': 'https' },
      pages: { [`autoconfig.${d}/mail/config-v1.1.xml`]: { dribbles: 'body' } },
    },
    'only addresses of hosts are silent': {
      zone: { ...all, [`imap.${d}`]: { fails: 'silent' }, [`smtp.${d}`]: { fails: 'silent' } },
    },
  };
  for (const [what, internet] of Object.entries(cases)) {
    it(`ends in time, with a form to fill in: ${what}`, async () => {
      const { found, notFound, tookMs } = await stage.discover(`kim@${d}`, internet);
      assert.equal(found, undefined);
      assert.equal(notFound?.prefill.imap?.username, `kim@${d}`);
      assert.ok(tookMs < 9_000, `${Math.round(tookMs)} ms`);
    });
  }

  it('ends at once when whoever asked goes away', async () => {
    await stage.within({ zone: all, holes: true }, async ({ discover }) => {
      const began = performance.now();
      await assert.rejects(discover(`kim@${d}`, { signal: AbortSignal.timeout(200) }), { name: 'TimeoutError' });
      assert.ok(performance.now() - began < 1_000);
    });
  });
});
