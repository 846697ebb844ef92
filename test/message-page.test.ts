import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { type Browser, chromium } from 'playwright-core';
import { frameAncestors } from '../src/http/frame-ancestors.ts';
import { messagePage, pagePolicy } from '../src/http/message-page.ts';
import { cleanHtml } from '../src/mailbox/html/clean.ts';
import { attacks } from './data/html-attacks.ts';
import { findProgram } from './support/programs.ts';

const executablePath = findProgram('chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable');

/** The other site sees who asks it for anything: that is what an attack has to bring about. */
describe('a stranger’s mail in a browser', { skip: executablePath ? false : 'there is no Chromium here' }, () => {
  let browser: Browser;
  let elsewhere: Server;
  let ours: Server;
  let shown = { html: '', remoteImages: false };
  const asked: string[] = [];
  const at = (server: Server) => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  before(async () => {
    browser = await chromium.launch({ executablePath: executablePath!, args: ['--no-sandbox'] });
    elsewhere = createServer((request, response) => {
      asked.push(request.url ?? '');
      response.end('alert(1)');
    }).listen(0, '127.0.0.1');
    ours = createServer((request, response) => {
      if (request.url !== '/') return response.writeHead(404).end();
      const policy = pagePolicy({ remoteImages: shown.remoteImages, frameOrigins: [] });
      response.setHeader('content-security-policy', policy).setHeader('content-type', 'text/html; charset=utf-8');
      response.end(String(messagePage({ subject: 'Hej', html: shown.html, text: null })));
    }).listen(0, '127.0.0.1');
    await Promise.all([once(elsewhere, 'listening'), once(ours, 'listening')]);
  });
  after(async () => {
    await browser?.close();
    elsewhere?.close();
    ours?.close();
  });

  /** What a page did, once it is quiet. */
  async function open(html: string, remoteImages = false) {
    shown = { html, remoteImages };
    asked.length = 0;
    const page = await (await browser.newContext()).newPage();
    const did: string[] = [];
    page.on('dialog', (dialog) => {
      did.push(dialog.type());
      void dialog.dismiss();
    });
    page.on('framenavigated', (frame) => frame.url() !== `${at(ours)}/` && did.push(`went to ${frame.url()}`));
    page.on('popup', (other) => did.push(`opened ${other.url()}`));
    await page.goto(`${at(ours)}/`, { waitUntil: 'networkidle' });
    return { page, did };
  }
  const aimed = () =>
    attacks.map((attack) => attack.replaceAll(/(?:https:)?\/\/evil\.example/g, at(elsewhere))).join('\n');

  it('runs nothing, loads nothing and leads nowhere, were the cleaning to fail altogether', async () => {
    const { page, did } = await open(aimed());
    // What a frame or a form is stopped from shows as an empty frame of the browser's own.
    assert.deepEqual(
      did.filter((what) => !/went to (?:about:|chrome-error:)/.test(what)),
      [],
    );
    assert.deepEqual(asked, []);
    await page.context().close();
  });

  it('is cleaned before: its words are there, and remote images only when they are asked for', async () => {
    const mail = `<p>Kære Kim</p><img src="${at(elsewhere)}/pixel"><script>alert(1)</script>${aimed()}`;
    const without = cleanHtml(mail, { remoteImages: false, cids: {} });
    const quiet = await open(without.html);
    assert.match((await quiet.page.textContent('body')) ?? '', /Kære Kim/);
    assert.deepEqual([quiet.did, asked], [[], []]);
    await quiet.page.context().close();
    const wanted = await open(cleanHtml(mail, { remoteImages: true, cids: {} }).html, true);
    assert.ok(asked.includes('/pixel'));
    assert.deepEqual(wanted.did, []);
    await wanted.page.context().close();
  });

  it('has no origin: what runs beside it is out of its reach', async () => {
    const { page } = await open('<p>x</p>');
    const origin = await page.evaluate('self.origin');
    assert.equal(origin, 'null');
    await page.context().close();
  });
});

describe('who may frame a page', () => {
  it('is named by origins alone, and nothing in the list can end the directive', () => {
    const list = [
      'https://crm.example',
      'https://a.example;sandbox',
      "https://b.example 'unsafe-inline'",
      '*',
      'https:',
    ];
    assert.equal(frameAncestors(list, { self: false }), 'frame-ancestors https://crm.example');
    assert.equal(frameAncestors(list, { self: true }), "frame-ancestors 'self' https://crm.example");
    assert.equal(frameAncestors([], { self: false }), "frame-ancestors 'none'");
  });
});
