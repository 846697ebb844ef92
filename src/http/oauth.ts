import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { eq } from 'drizzle-orm';
import { type Context, Hono } from 'hono';
import { getCookie, setCookie } from 'hono/cookie';
import { lookAtAttempt } from '../accounts/authorize.ts';
import { answerConfirmation, comeBack, goToProvider, type SignInParts, type Visit } from '../accounts/sign-in.ts';
import { type OAuthAttempt, type Order, orders } from '../db/tables.ts';
import { mayReturnTo as mayTenantReturnTo, tenantSettings } from '../db/tenant-settings.ts';
import type { Log } from '../log.ts';
import { refusalOf } from '../mail/errors.ts';
import type { ConnectResult } from '../queues/orders.ts';
import type { Queues } from '../queues/queues.ts';
import type { HttpEnv } from './authorize.ts';
import { confirmPage, outcomePage, startPage, stoppedPage } from './oauth-page.ts';
import { localeAsked } from './setup/texts/texts.ts';
import { within } from './within.ts';

/** What these pages need. */
export type OAuthPageParts = {
  signIn: SignInParts;
  queues: Pick<Queues, 'add'>;
  publicUrl: string;
  /** Whether a browser may be sent there for this tenant. */
  mayReturnTo?: (tenantId: string, url: string) => Promise<boolean>;
  stopping: AbortSignal;
  log: Log;
};

/** The browser waits so long for both doors to be tried; after that the CRM hears of it by events. */
const waitForResultMs = 10_000;
const lookEveryMs = 100;
/** So long a page that was loaded again waits for what the first request does. */
const patienceMs = 12_000;
const redisLimitMs = 3_000;
const browserLastsSeconds = 60 * 60;

/**
 * `/oauth/start/{id}`, `/oauth/callback` and `/oauth/confirm/{id}`. To look changes nothing, since whatever scans links
 * looks too: a form begins the login, gives the browser its cookie, and only that browser can end it.
 */
export function oauthPages(parts: OAuthPageParts): Hono<HttpEnv> {
  const { signIn, publicUrl } = parts;
  const { accounts } = signIn;
  const app = new Hono<HttpEnv>();
  const isSecure = publicUrl.startsWith('https:');
  // The prefix keeps other hosts of the same domain from setting it.
  const cookie = isSecure ? '__Host-postbud-login' : 'postbud-login';

  app.get('/oauth/start/:id', async (c) => {
    const { attempt, stopped } = await lookAtAttempt(accounts, c.req.param('id'));
    if (stopped) return stoppedPage(attempt?.locale ?? asked(c), stopped);
    if (attempt.step === 'confirming') return stoppedPage(attempt.locale, 'used');
    const { name } = await tenantSettings(accounts.db, attempt.tenantId);
    return startPage(attempt, name || attempt.tenantId);
  });

  app.post('/oauth/start/:id', async (c) => {
    if (!isOwnForm(c, publicUrl)) return stoppedPage(asked(c), 'stale');
    const known = getCookie(c, cookie);
    const browser = known && /^[\w-]{43}$/.test(known) ? known : randomBytes(32).toString('base64url');
    const went = await goToProvider(signIn, c.req.param('id'), browser, signalOf(c));
    if (!('url' in went)) return show(c, went);
    setCookie(c, cookie, browser, {
      httpOnly: true,
      secure: isSecure,
      // The way back from the provider is a link from elsewhere.
      sameSite: 'Lax',
      path: '/',
      maxAge: browserLastsSeconds,
    });
    return c.redirect(went.url.href, 303);
  });

  app.get('/oauth/callback', async (c) => {
    const callback = new URL(c.req.url).searchParams;
    // Not with the request: a browser that loads the page again would end the exchange of a code that serves only once.
    const patience = AbortSignal.any([signalOf(c), AbortSignal.timeout(patienceMs)]);
    const signals = { stopping: parts.stopping, patience };
    return show(c, await comeBack(signIn, callback, getCookie(c, cookie) ?? null, signals));
  });

  app.post('/oauth/confirm/:id', async (c) => {
    if (!isOwnForm(c, publicUrl)) return stoppedPage(asked(c), 'stale');
    const { answer } = await c.req.parseBody();
    return show(c, await answerConfirmation(signIn, c.req.param('id'), getCookie(c, cookie) ?? null, answer === 'yes'));
  });

  return app;

  async function show(c: Context<HttpEnv>, visit: Visit): Promise<Response> {
    if (visit.kind === 'stopped') return stoppedPage(visit.attempt?.locale ?? asked(c), visit.stopped);
    if (visit.kind === 'confirm') return confirmPage(visit.attempt, visit.identity);
    const { attempt } = visit;
    const { accountId, locale } = attempt;
    if (visit.kind === 'refused') {
      // Before the login has begun its link is still good, and nothing has ended that the CRM should be told of.
      const { userAction } = refusalOf(visit.error, { locale, provider: attempt.provider });
      if (attempt.step === 'open' || attempt.step === 'started') return outcomePage(locale, 'failed', userAction.text);
      return leave(c, attempt, { outcome: 'refused', reason: visit.error.reason, accountId }, userAction.text);
    }
    return afterOrder(c, attempt, visit.order);
  }

  /** The order is accepted: what happens now only decides how long it takes and what the page can say. */
  async function afterOrder(c: Context<HttpEnv>, attempt: OAuthAttempt, order: Order): Promise<Response> {
    const job = { jobId: `order-${order.id}`, timestamp: order.jobAt };
    const adding = parts.queues.add('connect-account', { ...order.payload, orderId: order.id }, job);
    await within(redisLimitMs, adding, () => new Error('Redis does not answer')).catch((error) =>
      parts.log.warn({ err: error, orderId: order.id }, 'the sweep will add the job of an order'),
    );
    const result = await resultOf(order, signalOf(c));
    const { accountId } = attempt;
    if (!result) return leave(c, attempt, { outcome: 'pending', reason: '', accountId });
    const reason = 'reason' in result ? result.reason : '';
    const words = 'userAction' in result ? result.userAction.text : '';
    return leave(c, attempt, { outcome: result.outcome, reason, accountId }, words);
  }

  async function resultOf({ id }: Order, signal: AbortSignal): Promise<ConnectResult | null> {
    const deadline = performance.now() + waitForResultMs;
    while (performance.now() < deadline && !signal.aborted) {
      const [row] = await accounts.db.select({ result: orders.result }).from(orders).where(eq(orders.id, id)).limit(1);
      if (row?.result) return row.result as ConnectResult;
      await delay(lookEveryMs, undefined, { signal }).catch(() => {}); // aborted: the order goes on without us
    }
    return null;
  }

  /** Back to the CRM where it may be gone back to, else a page of our own. */
  async function leave(
    c: Context<HttpEnv>,
    { tenantId, returnUrl, locale }: OAuthAttempt,
    facts: { outcome: string; reason: string; accountId: string },
    words = '',
  ): Promise<Response> {
    const may = parts.mayReturnTo ?? ((tenant, url) => mayTenantReturnTo(accounts.db, publicUrl, tenant, url));
    if (returnUrl !== null && (await may(tenantId, returnUrl))) {
      const url = new URL(returnUrl);
      for (const [name, value] of Object.entries(facts)) url.searchParams.set(name, value);
      return c.redirect(url.href, 303);
    }
    const { outcome } = facts;
    const heading = outcome === 'connected' ? 'connected' : outcome === 'pending' ? 'connecting' : 'failed';
    return outcomePage(locale, heading, words);
  }

  function signalOf(c: Context<HttpEnv>): AbortSignal {
    return AbortSignal.any([parts.stopping, c.req.raw.signal]);
  }
}

const asked = (c: Context<HttpEnv>) => localeAsked(c.req.header('accept-language'));

/** Whether a page of our own posted this: any other could begin a login that its visitor knows nothing of. */
function isOwnForm(c: Context<HttpEnv>, publicUrl: string): boolean {
  const site = c.req.header('sec-fetch-site');
  if (site !== undefined) return site === 'same-origin';
  return c.req.header('origin') === new URL(publicUrl).origin;
}
