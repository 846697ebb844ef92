import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Browser } from 'playwright-core';
import { locales, setupTexts } from '../src/http/setup/texts/texts.ts';
import { userAction } from '../src/mail/refusals/index.ts';
import { noBrowser, openBrowser, openTab } from './support/browser.ts';
import {
  accountId,
  type Dialogs,
  heading,
  inOrder,
  next,
  onecom,
  refused,
  someone,
  startDialogs,
  wanted,
} from './support/setup.ts';

describe('the set-up pages in each language', { skip: noBrowser }, () => {
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

  for (const locale of locales) {
    it(`lead from the address over a password to a refusal and on to success, in ${locale}`, async () => {
      const t = setupTexts[locale];
      const axe = locale === 'en'; // the others differ in nothing that it looks at, and it takes its time
      const { url } = await dialogs.link({ locale, primaryEmail: 'kim@example.dk' });
      const { page, complaints } = await openTab(browser);
      const requests: string[] = [];
      page.on('request', (request) => requests.push(request.url()));
      await page.goto(url);
      assert.deepEqual(
        requests.filter((one) => !one.startsWith('data:')),
        [url],
      );
      await heading(page, t.address.title);
      await page.locator('summary').click();
      await inOrder(page, `address-${locale}`, { axe });

      await page.getByLabel(t.address.label).fill('kim');
      await next(page);
      await page.getByText(t.address.invalid).waitFor();
      assert.equal(await page.title(), `${t.error}: ${t.address.title} – Postbud`);
      assert.equal(await page.evaluate('document.activeElement.id'), 'email');

      dialogs.willAnswer(() => wanted('auth.password_required', onecom));
      await page.getByLabel(t.address.label).fill(someone('example.dk'));
      await next(page);
      await heading(page, t.password.signInAt.replace('{domain}', 'one.com'));
      await page.getByText('imap.one.com').waitFor();
      await inOrder(page, `password-${locale}`, { axe });

      dialogs.willAnswer(() => refused('auth.invalid_credentials', locale));
      await page.getByLabel(t.password.label, { exact: true }).fill('wrong');
      await next(page);
      const said = userAction('auth.invalid_credentials', { locale });
      await page.getByText(said.title).waitFor();
      const describedBy = await page.locator('#password').getAttribute('aria-describedby');
      assert.match((await page.locator(`#${describedBy}`).textContent()) ?? '', /AUTHENTICATIONFAILED/);
      assert.equal(await page.evaluate('document.activeElement.id'), 'password');
      assert.equal(await page.locator('#password').inputValue(), '');
      await inOrder(page, `password-refused-${locale}`, { axe });

      await page.getByRole('link', { name: t.advanced.title }).click();
      await heading(page, t.advanced.title);
      assert.equal(await page.locator('#imapHost').inputValue(), 'imap.one.com');
      assert.equal(await page.locator('#smtpUser').inputValue(), 'kim@example.dk');
      await page.locator('#imapPassword').fill('one');
      await page.locator('#smtpPassword').fill('two');
      await inOrder(page, `advanced-${locale}`, { axe });
      dialogs.willAnswer(() => refused('tls.certificate', locale, 'smtp'));
      await next(page);
      await page.locator('#smtpHost-wrong').waitFor();
      await inOrder(page, `advanced-refused-${locale}`, { axe });

      dialogs.willAnswer(() => ({ outcome: 'connected', accountId }));
      await page.locator('#imapPassword').fill('one');
      await page.locator('#smtpPassword').fill('two');
      await next(page);
      await heading(page, t.connected.title);
      await inOrder(page, `connected-${locale}`, { axe });
      await page.goto(url);
      await heading(page, t.gone.used.title);
      await inOrder(page, `used-${locale}`, { axe });
      assert.deepEqual(complaints, []);
      await page.context().close();
    });
  }
});
