import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { type Browser, chromium, type Page } from 'playwright-core';
import { startHttp, type TestHttp } from './support/http.ts';
import { findProgram } from './support/programs.ts';

const executablePath = findProgram('chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable');

describe('in a browser', { skip: executablePath ? false : 'there is no Chromium on this machine' }, () => {
  let http: TestHttp;
  let browser: Browser;
  before(async () => {
    http = await startHttp();
    browser = await chromium.launch({ executablePath: executablePath!, args: ['--no-sandbox'] });
  });
  after(async () => {
    await browser.close();
    await http.stop();
  });

  /** Open a page and note everything that the browser complains about. */
  async function visit(path: string, { width = 1_280 } = {}): Promise<{ page: Page; complaints: string[] }> {
    const httpCredentials = { username: 'ops', password: http.adminToken };
    const context = await browser.newContext({ viewport: { width, height: 800 }, httpCredentials });
    const page = await context.newPage();
    const complaints: string[] = [];
    page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
    page.on('pageerror', (error) => complaints.push(error.message));
    await page.goto(new URL(path, http.address).href);
    return { page, complaints };
  }

  for (const width of [1_280, 390]) {
    it(`the reference is styled, complete, and as wide as the window of ${width} px`, async () => {
      const { page, complaints } = await visit('/docs', { width });
      assert.equal(await page.getByRole('heading', { level: 1 }).textContent(), 'Postbud API');
      assert.equal(await page.locator('article#connectAccount').count(), 1);
      // Strings, because these run in the page and the tests are checked without the types of a browser.
      assert.equal(await page.evaluate('document.documentElement.scrollWidth - innerWidth'), 0);
      assert.notEqual(await page.evaluate('getComputedStyle(document.body).marginTop'), '8px', 'no stylesheet');
      const dead = await page.evaluate(
        `[...document.querySelectorAll('a[href^="#"]')].map((a) => a.hash.slice(1)).filter((id) => !document.getElementById(id))`,
      );
      assert.deepEqual(dead, []);
      assert.deepEqual(complaints, []);
      await page.context().close();
    });
  }

  it('the queues page works under its policy, and loads nothing from elsewhere', async () => {
    await http.queues.add('connect-account', { tenantId: 'acme', userId: '1', email: 'kim@example.dk' });
    const { page, complaints } = await visit('/queues/queue/connect-account?status=waiting');
    await page.getByText('kim@example.dk').waitFor({ timeout: 10_000 });
    const unexpected = complaints.filter((text) => !text.includes('https://fonts.googleapis.com'));
    assert.deepEqual(unexpected, []);
    await page.context().close();
  });
});
