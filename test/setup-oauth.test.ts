import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Browser } from 'playwright-core';
import { oauthTexts } from '../src/http/oauth-texts.ts';
import { setupTexts } from '../src/http/setup/texts/texts.ts';
import { noBrowser, openBrowser, openTab } from './support/browser.ts';
import { type Daemon, startDaemon } from './support/daemon.ts';
import type { OwnMailServer } from './support/mail-server.ts';
import { startTestProvider, type TestProvider } from './support/oauth-provider.ts';
import { freePort } from './support/ports.ts';
import { freshName, useServers } from './support/servers.ts';
import { heading, inOrder, next } from './support/setup.ts';

describe('a mailbox whose owner logs in at the provider', { skip: noBrowser }, () => {
  let provider: TestProvider;
  let mailServer: OwnMailServer;
  let daemon: Daemon;
  let browser: Browser;
  const tenantId = freshName('acme');

  before(async () => {
    const servers = await useServers();
    const http = `127.0.0.1:${await freePort()}`;
    provider = await startTestProvider(servers, { redirectUri: `http://${http}/oauth/callback` });
    mailServer = await servers.ownMailServer({ dovecotExtra: provider.dovecotExtra });
    const { ports } = mailServer;
    daemon = await startDaemon({
      env: {
        POSTBUD_HTTP: http,
        POSTBUD_PUBLIC_URL: `http://${http}`,
        POSTBUD_OAUTH_TEST_CLIENT_ID: provider.clientId,
        POSTBUD_OAUTH_TEST_CLIENT_SECRET: provider.clientSecret,
        POSTBUD_OAUTH_TEST_ISSUER: provider.issuer,
        POSTBUD_OAUTH_TEST_DOMAINS: 'postbud.test',
        POSTBUD_OAUTH_TEST_IMAP: `localhost:${ports.imaps}/tls`,
        POSTBUD_OAUTH_TEST_SMTP: `localhost:${ports.smtps}/tls`,
      },
    });
    browser = await openBrowser();
  });
  after(async () => {
    await browser?.close();
    await daemon?.stop();
    await mailServer?.stop();
    await provider?.close();
  });

  async function linkFor(userId: string, facts: object = {}): Promise<string> {
    const headers = { 'content-type': 'application/json' };
    const body = JSON.stringify({ tenantId, userId, ...facts });
    const answer = await daemon.fetch('/v1/setup-links', { method: 'POST', headers, body });
    return ((await answer.json()) as { url: string }).url;
  }
  /** Nobody trusts the test's own authority but the daemon. */
  const tab = () => openTab(browser, { ignoreHTTPSErrors: true });

  it('types the address, logs in there, and is back in the CRM', { timeout: 60_000 }, async () => {
    const ada = await mailServer.addUser();
    provider.person = ada.address;
    const userId = freshName('user');
    const { page } = await tab();
    const url = await linkFor(userId, { returnUrl: `${daemon.url}/docs?from=crm` });
    await page.goto(url);
    await page.locator('#email').fill(ada.address);
    await next(page);
    await heading(page, 'Sign in at Test');
    await inOrder(page, 'oauth-sign-in');
    await page.getByRole('link', { name: 'Continue to Test' }).click();
    await heading(page, 'Connect your mailbox');
    await inOrder(page, 'oauth-start');
    await page.getByRole('button', { name: 'Continue to Test' }).click();
    await page.waitForURL(/from=crm/);
    assert.equal(new URL(page.url()).searchParams.get('outcome'), 'connected');
    await page.goto(url);
    await heading(page, 'This link has been used');

    await page.goto(await linkFor(userId, { purpose: 'manage' }));
    await page.getByRole('link', { name: 'Edit settings' }).click();
    assert.equal(await page.locator('#email').inputValue(), ada.address);
    assert.equal(await page.locator('[type=password]').count(), 0, 'there is no password to edit');
    await page.context().close();
  });

  it('logs in in a new tab where there is no way back, and this page notices', { timeout: 60_000 }, async () => {
    const ada = await mailServer.addUser();
    const { page } = await tab();
    const reach = async (person: TestProvider['person']) => {
      provider.person = person;
      await page.locator('#email').fill(ada.address);
      await next(page);
      const opening = page.context().waitForEvent('page');
      await page.getByRole('link', { name: /Continue to Test/ }).click();
      const there = await opening;
      await there.getByRole('button', { name: 'Continue to Test' }).click();
    };
    await page.goto(await linkFor(freshName('user')));
    await reach({ denied: true });
    await page.getByText('Permission was not given').waitFor();
    assert.match(String(await page.evaluate('document.activeElement.textContent')), /Permission was not given/);
    await inOrder(page, 'oauth-denied');
    await reach(ada.address);
    await heading(page, 'The mailbox is connected');
    await page.context().close();
  });

  for (const [colorScheme, locale] of [
    ['light', 'de'],
    ['dark', 'da'],
  ] as const) {
    it(`is asked about somebody else, in a narrow window and ${colorScheme} colours`, { timeout: 60_000 }, async () => {
      const t = oauthTexts[locale];
      const ada = await mailServer.addUser();
      provider.person = (await mailServer.addUser()).address;
      const { page } = await openTab(browser, {
        ignoreHTTPSErrors: true,
        viewport: { width: 320, height: 640 },
        colorScheme,
      });
      await page.goto(await linkFor(freshName('user'), { locale, returnUrl: `${daemon.url}/docs` }));
      await page.locator('#email').fill(ada.address);
      await next(page);
      await page.getByRole('link', { name: setupTexts[locale].signIn.button.replace('{provider}', 'Test') }).click();
      await heading(page, t.title);
      const start = page.url();
      await inOrder(page, `oauth-narrow-start-${colorScheme}`);
      await page.getByRole('button').click();
      await heading(page, t.otherTitle);
      await inOrder(page, `oauth-narrow-other-${colorScheme}`);
      await page.getByRole('button', { name: t.otherNo }).click();
      await page.waitForURL(/reason=oauth.identity_mismatch/);
      await page.goto(start);
      await heading(page, t.over);
      await inOrder(page, `oauth-narrow-used-${colorScheme}`);
      await page.context().close();
    });
  }
});
