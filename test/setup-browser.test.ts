import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, describe, it } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { setupTexts } from '../src/http/setup/texts/texts.ts';
import { userAction } from '../src/mail/refusals/index.ts';
import { keepPicture, noBrowser, openBrowser, openTab } from './support/browser.ts';
import {
  accountId,
  type Dialogs,
  heading,
  held,
  icloud,
  inOrder,
  next,
  onecom,
  refused,
  someone,
  startDialogs,
  wanted,
} from './support/setup.ts';

describe('the set-up pages in a browser', { skip: noBrowser }, () => {
  let dialogs: Dialogs;
  let browser: Browser;
  before(async () => {
    dialogs = await startDialogs();
    browser = await openBrowser();
  });
  after(async () => {
    await browser?.close();
    await dialogs.stop();
  });

  for (const [colorScheme, locale] of [
    ['light', 'de'],
    ['dark', 'da'],
  ] as const) {
    it(`fit a window of 320 px, in ${colorScheme} colours`, async () => {
      const t = setupTexts[locale];
      const { url } = await dialogs.link({ locale });
      const { page } = await openTab(browser, {
        viewport: { width: 320, height: 640 },
        colorScheme,
        reducedMotion: 'reduce',
      });
      await page.goto(url);
      await inOrder(page, `narrow-address-${colorScheme}`);
      dialogs.willAnswer(() => wanted('auth.app_password_required', icloud));
      await page.locator('#email').fill(someone('icloud.com'));
      await next(page);
      await page.locator('#password').waitFor();
      await inOrder(page, `narrow-app-password-${colorScheme}`);
      await page.goto(`${url}?show=advanced`);
      await next(page);
      await page.locator('#smtpHost-wrong').waitFor();
      const below = async (field: string) => (await page.locator(field).boundingBox())!.y;
      assert.ok((await below('#smtpHost-wrong')) < (await below('#smtpPort')), 'the reason stands beside its field');
      await inOrder(page, `narrow-advanced-missing-${colorScheme}`);
      const connecting = held(() => ({ outcome: 'connected', accountId }));
      dialogs.willAnswer(connecting.answer);
      await fillAdvanced(page);
      await next(page);
      await heading(page, t.connecting.title);
      await inOrder(page, `narrow-progress-${colorScheme}`);
      assert.equal(await page.evaluate(`getComputedStyle(document.querySelector('.busy')).animationName`), 'none');
      connecting.letGo();
      await heading(page, t.connected.title);
      await page.context().close();
    });
  }

  it('say how to make an app password, with the provider’s own page', async () => {
    const { url } = await dialogs.link();
    const { page } = await openTab(browser);
    await page.goto(url);
    dialogs.willAnswer(() => wanted('auth.app_password_required', icloud));
    await page.locator('#email').fill(someone('icloud.com'));
    await next(page);
    await page.getByText('iCloud needs an app-specific password').waitFor();
    const href = await page.getByRole('link', { name: 'Instructions from the provider' }).getAttribute('href');
    assert.match(href!, /^https:\/\/support\.apple\.com\//);
    await inOrder(page, 'app-password');
    await page.context().close();
  });

  it('send to the provider in the whole window, and come back to the CRM', async () => {
    const returnUrl = 'https://crm.example/inbox?tab=1';
    const { url } = await dialogs.link({ returnUrl });
    const { page } = await openTab(browser);
    await page.goto(url);
    const authorizationUrl = `${dialogs.http.address}/oauth/start/abc`;
    dialogs.willAnswer(() => ({
      outcome: 'authorization-required',
      accountId,
      authorizationUrl,
      expiresAt: new Date().toISOString(),
    }));
    await page.locator('#email').fill(someone('gmail.com'));
    await next(page);
    const button = page.getByRole('link', { name: /Continue to/ });
    assert.equal(await button.getAttribute('href'), authorizationUrl);
    assert.equal(await button.getAttribute('target'), '_top');
    await inOrder(page, 'sign-in');

    dialogs.willAnswer(() => ({ outcome: 'connected', accountId }));
    await page.goto(url);
    await page.locator('#email').fill(someone('gmail.com'));
    await next(page);
    const back = await page.getByRole('link', { name: 'Back to the CRM' }).getAttribute('href');
    assert.equal(back, `${returnUrl}&outcome=connected&accountId=${accountId}`);
    await page.context().close();
  });

  it('explain each rule before set-up, POP3 and a missing IMAP, and what to do about it', async () => {
    const { page } = await openTab(browser);
    for (const mailClient of ['webtools', 'other'] as const) {
      const { url } = await dialogs.link({ mailClient });
      await page.goto(url);
      await page.getByText(setupTexts.en.rules.broken).waitFor();
      assert.equal(await page.getByText(setupTexts.en.startAgain).count(), 0, 'this link would end here again');
      await inOrder(page, `rule-${mailClient}`);
    }
    const outcomes = {
      'account.email_mismatch': refused('account.email_mismatch', 'en'),
      'imap.disabled': wanted('imap.disabled', { login: 'password', imap: null, smtp: null, source: 'table' }),
      'protocol.pop3': wanted('protocol.pop3', { login: 'password', imap: null, smtp: null, source: 'srv' }),
      'auth.oauth_required': wanted('auth.oauth_required', { ...icloud, login: 'oauth2' }),
      'discovery.not_found': wanted('discovery.not_found', {
        login: 'password',
        imap: { port: 993, security: 'tls', username: 'kim@example.dk' },
        smtp: null,
        source: 'none',
      }),
    };
    for (const [reason, outcome] of Object.entries(outcomes)) {
      const { url } = await dialogs.link({ primaryEmail: someone('example.dk') });
      dialogs.willAnswer(() => outcome);
      await page.goto(url);
      await next(page);
      const { title } =
        reason === 'protocol.pop3' ? setupTexts.en.pop3 : userAction(reason as 'imap.disabled', { locale: 'en' });
      await page.getByText(title).first().waitFor();
      await inOrder(page, `reason-${reason}`);
    }
    await page.context().close();
  });

  it('work without JavaScript: the waiting page loads itself again', async () => {
    const { url } = await dialogs.link();
    const { page } = await openTab(browser, { javaScriptEnabled: false });
    await page.goto(url);
    const searching = held(() => wanted('auth.password_required', onecom));
    dialogs.willAnswer(searching.answer);
    await page.locator('#email').fill(someone('example.dk'));
    await next(page);
    await heading(page, 'Finding your mail servers');
    await keepPicture(page, 'setup-searching');
    searching.letGo();
    await heading(page, 'Sign in at one.com');
    dialogs.willAnswer(() => ({ outcome: 'connected', accountId }));
    await page.locator('#password').fill('secret');
    await next(page);
    await heading(page, 'The mailbox is connected');
    await page.context().close();
  });

  it('work by keyboard alone', async () => {
    const { url } = await dialogs.link();
    const { page } = await openTab(browser);
    dialogs.willAnswer(() => wanted('auth.password_required', onecom));
    await page.goto(url);
    await page.keyboard.type(someone('example.dk'));
    await page.keyboard.press('Enter');
    await heading(page, 'Sign in at one.com');
    dialogs.willAnswer(() => ({ outcome: 'connected', accountId }));
    await page.keyboard.type('secret');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await heading(page, 'The mailbox is connected');
    await page.context().close();
  });

  it('work in a frame of the CRM’s site, where cookies are blocked, and in no other site’s', async () => {
    const { url } = await dialogs.link();
    const site = await serve(
      `<!doctype html><title>CRM</title><iframe src="${url}" width="600" height="700"></iframe>`,
    );
    const { page, complaints } = await openTab(browser);
    await page.goto(site.url);
    assert.match(complaints.join(), /frame-ancestors/);
    await dialogs.frameAt([site.url]);
    await page.goto(site.url);
    const frame = page.frameLocator('iframe');
    const searching = held(() => wanted('auth.password_required', onecom));
    dialogs.willAnswer(searching.answer);
    await frame.locator('#email').fill(someone('example.dk'));
    await frame.locator('form button').click();
    await frame.getByRole('heading', { name: 'Finding your mail servers' }).waitFor();
    searching.letGo();
    await frame.locator('#password').waitFor();
    const connecting = held(() => ({ outcome: 'connected', accountId }));
    dialogs.willAnswer(connecting.answer);
    await frame.locator('#password').fill('secret');
    await keepPicture(page, 'setup-frame');
    await frame.locator('form button').click();
    await frame.getByRole('heading', { name: 'Connecting the mailbox' }).waitFor();
    connecting.letGo();
    await frame.getByRole('heading', { name: 'The mailbox is connected' }).waitFor();
    assert.deepEqual(await page.context().cookies(), []);
    await dialogs.frameAt([]);
    site.close();
    await page.context().close();
  });

  it('take no form that another site posts, and tell no other site of their link', async () => {
    const { url, link } = await dialogs.link();
    const { page } = await openTab(browser);
    await page.goto(url);
    const state = await page.locator('[name=state]').inputValue();
    // Even a site that got hold of link and state is told apart by what the browser says.
    const evil = await serve(
      `<!doctype html><title>x</title><form method="post" action="${url.replace('127.0.0.1', 'localhost')}/address"><input name="state" value="${state}"><input name="email" value="eve@example.org"><button>go</button></form>`,
    );
    await page.goto(evil.url);
    await page.locator('button').click();
    await heading(page, 'This form can no longer be used');
    assert.equal(
      dialogs.orders.some(({ userId }) => userId === link.userId),
      false,
    );

    // What the browser asks for by itself once it is there, such as an icon, names that site and not ours.
    const referers: string[] = [];
    const other = await serve('<!doctype html><title>x</title>', (headers) =>
      referers.push(String(headers.referer ?? '')),
    );
    const withWayBack = await dialogs.link({ returnUrl: `${other.url}/back`, mailClient: 'other' });
    await page.goto(withWayBack.url);
    await page.getByRole('link', { name: 'Back to the CRM' }).click();
    await page.waitForURL(/back/);
    assert.deepEqual(
      referers.filter((referer) => referer !== '' && !referer.startsWith(other.url)),
      [],
    );
    evil.close();
    other.close();
    await page.context().close();
  });
});

async function fillAdvanced(page: Page) {
  await page.locator('#email').fill(someone('example.dk'));
  for (const side of ['imap', 'smtp']) {
    await page.locator(`#${side}Host`).fill(`${side}.example.dk`);
    await page.locator(`#${side}User`).fill('kim');
    await page.locator(`#${side}Password`).fill('secret');
  }
}

/** A site of somebody else: another port is another origin, and `localhost` another site. */
async function serve(page: string, seen: (headers: Record<string, unknown>) => void = () => {}) {
  const server = createServer((request, answer) => {
    seen(request.headers);
    answer.setHeader('content-type', 'text/html').end(page);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { url: `http://localhost:${(server.address() as AddressInfo).port}`, close: () => server.close() };
}
