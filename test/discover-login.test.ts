import assert from 'node:assert/strict';
import { mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { seal } from '../src/secrets/seal.ts';
import { keepPicture, noBrowser, openBrowser, openTab } from './support/browser.ts';
import { makeCertificate } from './support/certificates.ts';
import { type Crm, startCrm } from './support/crm.ts';
import { type Daemon, startDaemon } from './support/daemon.ts';
import { type DnsServer, startDnsServer, type Zone } from './support/dns-server.ts';
import type { OwnMailServer } from './support/mail-server.ts';
import type { MailUser } from './support/mail-user.ts';
import { freshName, useServers } from './support/servers.ts';
import { type LoopbackHost, noStandardPorts, openLoopbackHost, openSite } from './support/standard-ports.ts';

/** Domains that nobody owns, one for each way to find servers; the mail hosts have a domain of their own. */
const fresh = (name: string) => `${freshName(name)}.test`;
const house = fresh('mailhouse');
const domains = {
  file: fresh('file'),
  starttls: fresh('starttls'),
  local: fresh('local'),
  wellKnown: fresh('well'),
  database: fresh('database'),
  records: fresh('records'),
  recordsStarttls: fresh('records-starttls'),
  guess: fresh('guess'),
  exchanger: fresh('exchanger'),
  stranger: fresh('stranger'),
  pop3: fresh('pop3'),
  inward: fresh('inward'),
  empty: fresh('empty'),
};
const databaseHost = `autoconfig.${fresh('database')}`;

type Entry = { type: string; port: number; socket: string; user?: string; host?: string };
const configFile = (domain: string, servers: Entry[]) => `<?xml version="1.0"?>
<clientConfig version="1.1"><emailProvider id="${domain}"><domain>${domain}</domain>
${servers
  .map(({ type, port, socket, user = '%EMAILADDRESS%', host = `mail.${house}` }) => {
    const tag = type === 'smtp' ? 'outgoingServer' : 'incomingServer';
    return `<${tag} type="${type}"><hostname>${host}</hostname><port>${port}</port><socketType>${socket}</socketType>
<username>${user}</username><authentication>password-cleartext</authentication></${tag}>`;
  })
  .join('\n')}
</emailProvider></clientConfig>`;
const overTls = (domain: string, more: Partial<Entry> = {}) =>
  configFile(domain, [
    { type: 'imap', port: 993, socket: 'SSL', ...more },
    { type: 'smtp', port: 465, socket: 'SSL', ...more },
  ]);

const pages: Record<string, string> = {
  [`autoconfig.${domains.file}/mail/config-v1.1.xml`]: overTls(domains.file),
  [`autoconfig.${domains.starttls}/mail/config-v1.1.xml`]: configFile(domains.starttls, [
    { type: 'imap', port: 143, socket: 'STARTTLS' },
    { type: 'smtp', port: 587, socket: 'STARTTLS' },
  ]),
  [`autoconfig.${domains.local}/mail/config-v1.1.xml`]: overTls(domains.local, { user: '%EMAILLOCALPART%' }),
  [`${domains.wellKnown}/.well-known/autoconfig/mail/config-v1.1.xml`]: overTls(domains.wellKnown),
  [`${databaseHost}/v1.1/${domains.database}`]: overTls(domains.database),
  [`autoconfig.${domains.pop3}/mail/config-v1.1.xml`]: configFile(domains.pop3, [
    { type: 'pop3', port: 995, socket: 'SSL' },
    { type: 'smtp', port: 465, socket: 'SSL' },
  ]),
  [`autoconfig.${domains.inward}/mail/config-v1.1.xml`]: overTls(domains.inward, { host: `inside.${house}` }),
};

describe('an address alone', { skip: noStandardPorts }, () => {
  let mail: OwnMailServer;
  let host: LoopbackHost;
  let site: Awaited<ReturnType<typeof openSite>>;
  let dns: DnsServer;
  let daemon: Daemon;
  let crm: Crm;

  before(async () => {
    const servers = await useServers();
    const { file, starttls, local, wellKnown, pop3, inward, guess } = domains;
    const mailHosts = ['localhost', `mail.${house}`, `imap.${guess}`, `smtp.${guess}`, `mx1.${house}`];
    mail = await servers.ownMailServer({
      certificateNames: [...mailHosts, 'imap.gmail.com', 'smtp.gmail.com'],
      // Who logs in without a domain is of this one.
      dovecotExtra: `auth_default_realm = ${local}`,
    });
    const sites = [file, starttls, local, pop3, inward].map((domain) => `autoconfig.${domain}`);
    const names = [...sites, wellKnown, databaseHost];
    const dir = await mkdtemp(join(servers.dir, 'site-'));
    site = await openSite(await makeCertificate(servers.authority, { dir, names }), pages);
    const { imap, imaps, submission, smtps } = mail.ports;
    host = await openLoopbackHost({ 993: imaps, 143: imap, 465: smtps, 587: submission, 443: site.port });

    const here = { A: [host.address] };
    const zone: Zone = Object.fromEntries([...mailHosts, ...names].map((name) => [name, here]));
    zone[wellKnown] = { ...here, MX: [[10, `mx1.${house}`]] };
    zone[`inside.${house}`] = { A: ['10.11.12.13'] };
    zone[domains.exchanger] = { MX: [[10, 'aspmx.l.google.com']] };
    for (const name of ['imap.gmail.com', 'smtp.gmail.com']) zone[name] = here;
    zone[`_imaps._tcp.${domains.records}`] = { SRV: [[0, 1, 993, `mail.${house}`]] };
    zone[`_submissions._tcp.${domains.records}`] = { SRV: [[0, 1, 465, `mail.${house}`]] };
    zone[`_imap._tcp.${domains.recordsStarttls}`] = { SRV: [[0, 1, 143, `mail.${house}`]] };
    zone[`_submission._tcp.${domains.recordsStarttls}`] = { SRV: [[0, 1, 587, `mail.${house}`]] };
    zone[domains.stranger] = { MX: [[10, `mx1.${house}`]] };
    zone[domains.empty] = { MX: [[0, '.']] };
    dns = await startDnsServer(zone);
    daemon = await startDaemon({
      env: { POSTBUD_DNS: dns.address, POSTBUD_AUTOCONFIG_URL: `https://${databaseHost}/v1.1/` },
    });
    crm = await startCrm(daemon);
  });
  after(async () => {
    await crm?.close();
    await daemon?.stop();
    await dns?.close();
    await host?.close();
    await site?.close();
    await mail?.stop();
  });

  const userAt = (domain: string) => mail.addUser({ address: `${freshName('kim')}@${domain}` });
  /** Connect with what the user typed: the address, and a password that was sealed before any server was known. */
  async function connect(user: MailUser, more: object = {}) {
    const userId = freshName('user');
    const { tenantId } = crm;
    const email = user.address;
    const keys = await (await daemon.fetch('/.well-known/jwks.json')).json();
    const sealed = await seal({ tenantId, userId, email, password: user.password }, keys as never);
    const payload = { tenantId, userId, email, credentials: { kind: 'password', sealed }, ...more };
    const result = await (await crm.add('connect-account', payload)).result();
    return { userId, result };
  }
  const at = (name: string, port: number, security: string, username: string) => ({
    host: name,
    port,
    security,
    username,
  });

  for (const [way, domain, [imapPort, smtpPort, security]] of [
    ['the file at its autoconfig host', domains.file, [993, 465, 'tls']],
    ['such a file that says STARTTLS', domains.starttls, [143, 587, 'starttls']],
    ['the file at a well-known path', domains.wellKnown, [993, 465, 'tls']],
    ["the database's file", domains.database, [993, 465, 'tls']],
  ] as const) {
    it(`is connected by ${way}, hears of new mail and sends`, async () => {
      const ada = await userAt(domain);
      const { userId, result } = await connect(ada);
      assert.equal(result.outcome, 'connected', JSON.stringify(result));
      const account = await crm.account(userId);
      assert.deepEqual(account.imap, at(`mail.${house}`, imapPort, security, ada.address));
      assert.deepEqual(account.smtp, at(`mail.${house}`, smtpPort, security, ada.address));
      const mine = (type: string) => (event: { type: string; userid: string }) =>
        event.type === `postbud.${type}` && event.userid === userId;
      const connected = await crm.events.next(mine('account.connected'));
      assert.deepEqual(connected.data.imap, { host: `mail.${house}`, port: imapPort, security });
      await crm.events.next(mine('mailbox.sync_completed'));
      await ada.deliver({ subject: `to ${domain}` });
      assert.equal((await crm.events.next(mine('message.received'))).data.subject, `to ${domain}`);
      const letter = { tenantId: crm.tenantId, userId, idempotencyKey: freshName('key'), subject: 'Hej', text: 'Hej' };
      const sent = await crm.add('send-message', { ...letter, to: [{ address: `bo@${house}` }] });
      assert.equal((await sent.result()).status, 'sent');
    });
  }

  it('becomes the user name that the file says', async () => {
    const ada = await userAt(domains.local);
    const { userId, result } = await connect(ada);
    assert.equal(result.outcome, 'connected', JSON.stringify(result));
    assert.equal((await crm.account(userId)).imap.username, ada.address.split('@')[0]);
  });

  it("is connected at the large provider that its domain's exchanger names", async () => {
    const ada = await userAt(domains.exchanger);
    const { userId, result } = await connect(ada);
    assert.equal(result.outcome, 'connected', JSON.stringify(result));
    const { imap, smtp } = await crm.account(userId);
    assert.deepEqual([imap.host, smtp.host], ['imap.gmail.com', 'smtp.gmail.com']);
  });

  for (const [way, domain, imapAt, smtpAt, source] of [
    ['SRV records', domains.records, [`mail.${house}`, 993, 'tls'], [`mail.${house}`, 465, 'tls'], 'srv'],
    [
      'SRV records of STARTTLS',
      domains.recordsStarttls,
      [`mail.${house}`, 143, 'starttls'],
      [`mail.${house}`, 587, 'starttls'],
      'srv',
    ],
    ['a guess', domains.guess, [`imap.${domains.guess}`, 993, 'tls'], [`smtp.${domains.guess}`, 465, 'tls'], 'guess'],
    [
      "a guess at its exchanger's host",
      domains.stranger,
      [`mx1.${house}`, 993, 'tls'],
      [`mx1.${house}`, 465, 'tls'],
      'guess',
    ],
  ] as const) {
    it(`whose servers ${way} told is asked to confirm them, and then connected`, async () => {
      const ada = await userAt(domain);
      const before = await ada.messages();
      const { userId, result } = await connect(ada);
      const { outcome, reason, prefill, accountId } = result;
      assert.deepEqual(
        [outcome, reason, prefill?.source],
        ['settings-required', 'discovery.unconfirmed', source],
        JSON.stringify(result),
      );
      const [imap, smtp] = [
        at(imapAt[0], imapAt[1], imapAt[2], ada.address),
        at(smtpAt[0], smtpAt[1], smtpAt[2], ada.address),
      ];
      assert.deepEqual([prefill.imap, prefill.smtp], [imap, smtp]);
      assert.equal(prefill.confirmDomain, domain === domains.guess ? domain : house);
      const told = await crm.events.next(
        ({ type, userid }) => type === 'postbud.account.settings_required' && userid === userId,
      );
      assert.deepEqual([told.data.reason, told.data.prefill, told.subject], [reason, prefill, accountId]);
      assert.equal((await crm.account(userId)).state, 'needs-settings');
      assert.deepEqual(before, []);

      const { tenantId } = crm;
      const sealed = await crm.seal({
        userId,
        email: ada.address,
        password: ada.password,
        hosts: [imap.host, smtp.host],
      });
      const named = { tenantId, userId, email: ada.address, credentials: { kind: 'password', sealed }, imap, smtp };
      const confirmed = await (await crm.add('connect-account', named)).result();
      assert.deepEqual(confirmed, { outcome: 'connected', accountId }, JSON.stringify(confirmed));
    });
  }

  it('without a password is asked for one, and connected with it', async () => {
    const ada = await userAt(domains.file);
    const asked = await connect(ada, { credentials: undefined });
    assert.deepEqual([asked.result.outcome, asked.result.reason], ['settings-required', 'auth.password_required']);
    assert.deepEqual(asked.result.prefill.imap, at(`mail.${house}`, 993, 'tls', ada.address));
    assert.equal((await connect(ada)).result.outcome, 'connected');
  });

  it('is refused by what was found, when the password is wrong', async () => {
    const ada = await userAt(domains.file);
    const { result } = await connect({ ...ada, password: 'not it' });
    assert.deepEqual([result.outcome, result.reason, result.protocol], ['refused', 'auth.invalid_credentials', 'imap']);
  });

  it('of a mailbox with POP3 only is told so by name', async () => {
    const { result } = await connect(await userAt(domains.pop3));
    assert.deepEqual([result.outcome, result.reason], ['settings-required', 'protocol.pop3']);
  });

  it('does not lead to a host inside, whatever a file says', async () => {
    const { result } = await connect(await userAt(domains.inward));
    assert.equal(result.outcome, 'settings-required');
    assert.equal(result.reason, 'network.forbidden');
  });

  it('of a domain that takes no mail finds nothing', async () => {
    const { result } = await connect(await userAt(domains.empty));
    assert.deepEqual([result.outcome, result.reason], ['settings-required', 'discovery.not_found']);
    assert.equal(result.prefill.imap.username.split('@')[1], domains.empty);
  });

  it('is asked of nobody outside: no page is asked for it, and no name server', async () => {
    assert.ok(site.asked.length > 0 && dns.questions.length > 0);
    assert.ok(![...site.asked, ...dns.questions].some((line) => /kim-|@/.test(line)));
  });

  describe('typed into the dialog', { skip: noBrowser }, () => {
    let browser: Browser;
    before(async () => {
      browser = await openBrowser();
    });
    after(() => browser?.close());

    const link = async (userId: string) => {
      const headers = { 'content-type': 'application/json' };
      const body = JSON.stringify({ tenantId: crm.tenantId, userId });
      const answer = await daemon.fetch('/v1/setup-links', { method: 'POST', headers, body });
      return ((await answer.json()) as { url: string }).url;
    };
    const heading = (page: Page, name: string) => page.getByRole('heading', { level: 1, name, exact: true }).waitFor();

    for (const [what, domain] of [
      ['that is certain', domains.file],
      ['that is not, once the user has seen its servers', domains.records],
    ] as const) {
      it(`is connected with one password ${what}`, async () => {
        const ada = await userAt(domain);
        const userId = freshName('user');
        const { page, complaints } = await openTab(browser);
        await page.goto(await link(userId));
        await page.locator('#email').fill(ada.address);
        await page.getByRole('button', { name: 'Next' }).click();
        await page.locator('#password').waitFor();
        await page.getByText(`mail.${house}`).first().waitFor();
        await keepPicture(page, `discover-password-${domain.split('-')[0]}`);
        await page.locator('#password').fill(ada.password);
        await page.locator('form button').first().click();
        await heading(page, 'The mailbox is connected');
        const { state, imap } = await crm.account(userId);
        assert.ok(['connected', 'syncing'].includes(state), state);
        assert.equal(imap.host, `mail.${house}`);
        assert.deepEqual(complaints, []);
        await page.context().close();
      });
    }
  });
});
