import assert from 'node:assert/strict';
import type { Page } from 'playwright-core';
import { freshSecret } from '../../src/db/kept-answer-store.ts';
import { closeSetupLinks, makeSetupLink, type SetupLinkFacts } from '../../src/db/setup-link-store.ts';
import { saveTenantSettings, tenantSettings } from '../../src/db/tenant-settings.ts';
import { userAction } from '../../src/mail/refusals/index.ts';
import type { ConnectPayload, ConnectResult } from '../../src/queues/orders.ts';
import { startWorker } from '../../src/queues/runner.ts';
import type { Locale } from '../../src/words.ts';
import { axeFinds, keepPicture } from './browser.ts';
import { startHttp } from './http.ts';
import { freshName } from './servers.ts';

/**
 * The dialogs on HTTP in this process, with a worker that answers connect orders as a test says: for the outcomes that
 * need a provider, or a mail server that misbehaves.
 */
export async function startDialogs() {
  const http = await startHttp({ workers: true });
  const tenantId = freshName('acme');
  const orders: ConnectPayload[] = [];
  let answer: (payload: ConnectPayload) => ConnectResult | Promise<ConnectResult> = () => ({ outcome: 'superseded' });
  const worker = startWorker(
    {
      name: 'connect-account',
      concurrency: 5,
      timeLimitMs: 30_000,
      process: async (payload) => {
        orders.push(payload);
        const result = await answer(payload);
        if (result.outcome === 'connected') await closeSetupLinks(http.db, payload);
        return result;
      },
    },
    { redisUrl: http.redisUrl, prefix: http.prefix, log: http.parts.log, ended: () => {} },
  );

  return {
    http,
    tenantId,
    /** Every connect order that came, secrets still sealed. */
    orders,
    /** What the next orders come to. */
    willAnswer(next: typeof answer) {
      answer = next;
    },
    /** The tenant lets these sites show the dialogs. */
    async frameAt(frameOrigins: string[]) {
      await saveTenantSettings(http.db, tenantId, { ...(await tenantSettings(http.db, tenantId)), frameOrigins });
    },
    /** A link to the dialog of a new user. */
    async link(facts: Partial<SetupLinkFacts> = {}) {
      const userId = facts.userId ?? freshName('user');
      const token = freshSecret();
      const link = await makeSetupLink(http.db, token, {
        tenantId,
        userId,
        purpose: 'any',
        locale: 'en',
        ...facts,
      });
      return { token, link, url: `${http.address}/setup/${token}` };
    },
    async stop() {
      await worker.stop(100);
      await http.stop();
    },
  };
}

export type Dialogs = Awaited<ReturnType<typeof startDialogs>>;

/** An account that a scripted worker names. */
export const accountId = '0192f0c8-1111-7000-8000-000000000001';
/** What discovery finds for a provider that wants an app password. */
export const icloud = {
  provider: 'icloud',
  login: 'app-password' as const,
  imap: { host: 'imap.mail.me.com', port: 993, security: 'tls' as const, username: 'kim' },
  smtp: { host: 'smtp.mail.me.com', port: 587, security: 'starttls' as const, username: 'kim@icloud.com' },
  source: 'table',
};
/** … and for a hoster that was found by its mail exchanger, and has to be confirmed. */
export const onecom = {
  login: 'password' as const,
  imap: { host: 'imap.one.com', port: 993, security: 'tls' as const, username: 'kim@example.dk' },
  smtp: { host: 'send.one.com', port: 465, security: 'tls' as const, username: 'kim@example.dk' },
  source: 'mx',
  confirmDomain: 'one.com',
};
/** Something is missing. */
export const wanted = (reason: string, prefill: object): ConnectResult =>
  ({ outcome: 'settings-required', accountId, reason, prefill }) as ConnectResult;
/** A server said no. */
export const refused = (reason: Parameters<typeof userAction>[0], locale: Locale, protocol: 'imap' | 'smtp' = 'imap') =>
  ({
    outcome: 'refused',
    reason,
    permanent: true,
    protocol,
    response: 'NO [AUTHENTICATIONFAILED] Authentication failed.',
    userAction: userAction(reason, { locale }),
  }) as ConnectResult;

let people = 0;
/** Another address each time: one address may be tried only so often. */
export const someone = (domain: string) => `kim${++people}@${domain}`;

/** An answer that comes when the test lets it: what a page shows meanwhile stays as long as it is looked at. */
export function held(answer: () => ConnectResult) {
  let letGo = () => {};
  const gate = new Promise<void>((resolve) => {
    letGo = resolve;
  });
  return { answer: () => gate.then(answer), letGo };
}

/** Press the button of the page's form. */
export const next = (page: Page) => page.locator('form button').click();

/** Wait for a page by its heading. */
export const heading = (page: Page, name: string) =>
  page.getByRole('heading', { level: 1, name, exact: true }).waitFor();

/** See that a page is in order: axe, its width, and its title; and keep a picture of it. */
export async function inOrder(page: Page, name: string, { axe = true } = {}): Promise<void> {
  if (axe) assert.deepEqual(await axeFinds(page), [], name);
  await keepPicture(page, `setup-${name}`);
  assert.equal(await page.evaluate('document.documentElement.scrollWidth - innerWidth'), 0, name);
  const [title, first] = [await page.title(), await page.locator('h1').textContent()];
  assert.ok(title.endsWith(`${first} – Postbud`), title);
}
