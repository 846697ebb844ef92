import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { axeFinds, keepPicture, noBrowser, openBrowser, openTab } from './support/browser.ts';
import { type Daemon, startDaemon } from './support/daemon.ts';
import type { MailUser, ServerSettings } from './support/mail-user.ts';
import { scriptedServer } from './support/scripted-server.ts';
import { freshName, useServers } from './support/servers.ts';

describe('a mailbox set up by its owner', { skip: noBrowser }, () => {
  let daemon: Daemon;
  let browser: Browser;
  const tenantId = freshName('acme');
  before(async () => {
    daemon = await startDaemon();
    browser = await openBrowser();
  });
  after(async () => {
    await browser?.close();
    await daemon.stop();
  });

  /** A link as a CRM makes it. */
  async function linkFor(userId: string, facts: object = {}): Promise<string> {
    const answer = await daemon.fetch('/v1/setup-links', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ tenantId, userId, ...facts }),
    });
    assert.equal(answer.status, 201, await answer.clone().text());
    return ((await answer.json()) as { url: string }).url;
  }
  const account = (userId: string) => daemon.fetch(`/v1/accounts/${tenantId}/${userId}`);
  const heading = (page: Page, name: string) => page.getByRole('heading', { level: 1, name, exact: true }).waitFor();

  async function type(page: Page, side: 'imap' | 'smtp', server: ServerSettings, password: string) {
    await page.locator(`#${side}Host`).fill(server.host);
    await page.locator(`#${side}Port`).fill(String(server.port));
    await page.locator(`#${side}Ssl`).setChecked(server.security === 'tls');
    await page.locator(`#${side}User`).fill(server.username);
    await page.locator(`#${side}Password`).fill(password);
  }
  async function typeAll(
    page: Page,
    user: MailUser,
    { password = user.password, imap = user.imap, smtp = user.smtp } = {},
  ) {
    await page.locator('#email').fill(user.address);
    await type(page, 'imap', imap, password);
    await type(page, 'smtp', smtp, password);
  }
  const save = (page: Page) => page.getByRole('button', { name: 'Save' }).click();

  it('is connected by Advanced settings, looked at, edited and removed', { timeout: 90_000 }, async () => {
    const { mailServer } = await useServers();
    const ada = await mailServer.addUser();
    const userId = freshName('user');
    const { page, complaints } = await openTab(browser);
    const url = await linkFor(userId, { email: ada.address });
    await page.goto(`${url}?show=advanced`);
    assert.equal(await page.locator('#imapUser').inputValue(), ada.address);

    await typeAll(page, ada, { password: 'not it' });
    await save(page);
    await page.locator('#imapPassword-wrong').waitFor();
    assert.equal(await page.locator('#imapPort').inputValue(), String(ada.imap.port));
    assert.equal(await page.locator('#imapPassword').inputValue(), '');
    assert.equal(await page.locator('#smtpPassword-wrong').count(), 0, 'one knock is enough for one secret');
    await keepPicture(page, 'setup-mail-refused');

    await typeAll(page, ada, { imap: ada.imapStarttls, smtp: ada.smtpStarttls });
    await save(page);
    await heading(page, 'The mailbox is connected');
    const connected = (await (await account(userId)).json()) as { imap: object; accountId: string };
    assert.deepEqual(connected.imap, ada.imapStarttls);
    await page.goto(url);
    await heading(page, 'This link has been used');

    const manage = await linkFor(userId, { purpose: 'manage' });
    await page.goto(manage);
    await heading(page, 'Your mailbox');
    await page.getByText(ada.address).waitFor();
    assert.deepEqual(await axeFinds(page), []);
    await keepPicture(page, 'setup-account');

    await page.getByRole('link', { name: 'Edit settings' }).click();
    assert.equal(await page.locator('#smtpSsl').isChecked(), false);
    await typeAll(page, ada, { smtp: { ...ada.smtp, port: 1 } });
    await save(page);
    await page.locator('#smtpPort-wrong').waitFor();
    assert.equal(await page.locator('#imapPort-wrong').count(), 0);
    await keepPicture(page, 'setup-edit-refused');
    assert.deepEqual(((await (await account(userId)).json()) as typeof connected).imap, ada.imapStarttls);

    await page.goto(manage);
    await page.getByRole('link', { name: 'Connect another address' }).click();
    await page.getByText('It stays connected until the new mailbox works').waitFor();
    await keepPicture(page, 'setup-another');
    await page.getByRole('link', { name: 'Cancel' }).click();
    await page.getByRole('link', { name: 'Remove' }).click();
    await heading(page, 'Remove the mailbox?');
    await page.getByText('The mailbox itself is not deleted').waitFor();
    assert.deepEqual(await axeFinds(page), []);
    await keepPicture(page, 'setup-remove');
    await page.getByRole('button', { name: 'Remove' }).click();
    await heading(page, 'The mailbox is removed');
    await keepPicture(page, 'setup-removed');
    await page.context().close();
    assert.equal((await account(userId)).status, 404, 'closing after remove leaves it removed');
    assert.deepEqual(complaints, []);
    assert.ok(!JSON.stringify(daemon.logs).includes(ada.password));
    assert.ok(!JSON.stringify(daemon.logs).includes(new URL(manage).pathname));
  });

  it('that nobody can find leads to Advanced settings, filled with what is known', { timeout: 30_000 }, async () => {
    const { page } = await openTab(browser);
    await page.goto(await linkFor(freshName('user'), { locale: 'sv' }));
    await page.locator('#email').fill('kim@nowhere.invalid');
    await page.getByRole('button').click();
    await page.getByText('E-postservrarna hittades inte').waitFor();
    assert.equal(await page.locator('#smtpUser').inputValue(), 'kim@nowhere.invalid');
    await keepPicture(page, 'setup-not-found');
    await page.context().close();
  });

  it('shows both sides while it is tried, and what each of them said', { timeout: 60_000 }, async () => {
    const { mailServer } = await useServers();
    const ada = await mailServer.addUser();
    // The servers greet when what the page shows meanwhile has been seen.
    const gate = () => {
      let open = () => {};
      const passed = new Promise<void>((resolve) => {
        open = resolve;
      });
      return { open, passed };
    };
    const [imapGate, smtpGate] = [gate(), gate()];
    const plain = (greeting: string, when: Promise<void>, answers: [RegExp, string | string[]][] = []) =>
      scriptedServer({
        dialogue: async (client) => {
          await when;
          client.send(greeting);
          for (;;) {
            const line = await client.line();
            const [, answer = '$tag BAD no'] = answers.find(([asked]) => asked.test(line)) ?? [];
            client.send(...[answer].flat());
          }
        },
      });
    const imap = await plain('* OK ready', imapGate.passed, [
      [/CAPABILITY/i, ['* CAPABILITY IMAP4rev1 AUTH=PLAIN', '$tag OK']],
    ]);
    const smtp = await plain('220 ready', smtpGate.passed, [[/EHLO/i, ['250-here', '250 AUTH PLAIN']]]);
    const at = (port: number) => ({ host: 'localhost', port, security: 'starttls' as const, username: ada.address });
    const { page } = await openTab(browser);
    await page.goto(`${await linkFor(freshName('user'))}?show=advanced`);
    await typeAll(page, ada, { imap: at(imap.port), smtp: at(smtp.port) });
    await save(page);
    await heading(page, 'Connecting the mailbox');
    await page.locator('[data-side=imap][data-state=trying]').waitFor();
    await keepPicture(page, 'setup-progress');
    imapGate.open();
    await page.locator('[data-side=smtp][data-state=trying]').waitFor();
    assert.equal(await page.locator('[data-side=imap]').getAttribute('data-state'), 'refused');
    await keepPicture(page, 'setup-progress-half');
    smtpGate.open();
    await page.locator('#imapSsl-wrong').waitFor();
    await page.locator('#smtpSsl-wrong').waitFor();
    assert.deepEqual(await axeFinds(page), []);
    await keepPicture(page, 'setup-both-refused');
    assert.ok(![...imap.heard, ...smtp.heard].some((line) => /AUTH PLAIN \S|LOGIN |AUTHENTICATE/i.test(line)));

    const pop3 = await plain('+OK POP3 ready', Promise.resolve());
    await typeAll(page, ada, { imap: at(pop3.port) });
    await save(page);
    await page.locator('#imapPort-wrong').getByText('POP3 is not supported').waitFor();
    await page.context().close();
  });
});
