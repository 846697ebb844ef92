import { randomUUIDv7 } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { type Context, Hono } from 'hono';
import { z } from 'zod';
import { findAccount } from '../../accounts/index.ts';
import type { Account } from '../../db/accounts.ts';
import type { Drizzle } from '../../db/database.ts';
import type { SetupLink } from '../../db/setup-links.ts';
import type { Log } from '../../log.ts';
import { type ConnectPayload, connectPayload } from '../../queues/orders.ts';
import type { SealingKeys } from '../../secrets/sealing-keys.ts';
import { prefill } from '../../words.ts';
import type { HttpEnv } from '../authorize.ts';
import type { OrderQueues } from '../give-order.ts';
import { withSealedSecrets } from '../plain-secrets.ts';
import { Problem, problemKinds, problemOf } from '../problem.ts';
import { within } from '../within.ts';
import { accountPage, removedPage, removePage, removingPage } from './account.ts';
import { advancedPage, readAdvanced, settingsFrom } from './advanced.ts';
import { findAttempt, findRemoval, providerAsked, verdictSince } from './attempt.ts';
import { addressPage, brokenRulePage, passwordPage } from './dialogs.ts';
import { isPassword } from './form.ts';
import { type Posted, posted, type Visit, visit } from './guard.ts';
import { advancedAfter, adviceOn, outcomePage, type Tried, tried } from './outcome.ts';
import { answerPage, at, noticePage, type Page, type View, viewOf } from './page.ts';
import { doorWords, progressPage } from './progress.ts';
import { readState, writeState } from './state.ts';
import { localeAsked } from './texts/texts.ts';
import { countTry } from './tries.ts';

/** Most orders of one kind end at once (a rule, a known provider): their outcome then needs no page in between. */
const waitMs = { address: 1_500, password: 250, advanced: 250, remove: 10_000 };

const redisLimitMs = 3_000;

export type SetupParts = {
  db: Drizzle;
  queues: OrderQueues;
  sealingKeys: Pick<SealingKeys, 'jwks'>;
  publicUrl: string;
  stopping: AbortSignal;
  log: Log;
};

/**
 * `/setup/{token}`: the dialogs in which a user connects a mailbox, edits or removes it. To look changes nothing, since
 * whatever scans links looks too; each step is a form, and its outcome a page that can be loaded again.
 */
export function setupPages(parts: SetupParts): Hono<HttpEnv> {
  const { db, log } = parts;
  const app = new Hono<HttpEnv>();
  const script = readFileSync(new URL('./follow.js', import.meta.url), 'utf8');

  app.get('/assets/setup.js', (c) => {
    c.header('content-type', 'text/javascript; charset=utf-8');
    c.header('cache-control', 'public, max-age=300');
    return c.body(script);
  });

  app.get('/setup/:token', async (c) => {
    const who = await visit(c, db);
    return who instanceof Response ? who : answerPage(who.view, await firstPage(db, who, c.req.query('show')));
  });

  app.post('/setup/:token/address', async (c) => {
    const form = await posted(c, parts, 'address', z.object({}));
    if (form instanceof Response) return form;
    const { view, link } = form;
    const email = form.field('email').trim();
    if (!connectPayload.shape.email.safeParse(email).success) {
      const text = email === '' ? view.t.missing.email : view.t.address.invalid;
      return answerPage(view, {
        ...addressPage(view, { email, registered: link.primaryEmail }, [{ at: 'email', text }]),
        status: 400,
      });
    }
    return connect(c, form, { email }, { from: 'address', email });
  });

  app.post('/setup/:token/password', async (c) => {
    const form = await posted(c, parts, 'password', z.object({ email: z.string(), prefill }));
    if (form instanceof Response) return form;
    const { view, state } = form;
    const password = form.field('password');
    const { imap, smtp } = state.prefill;
    if (!isPassword(password)) {
      const advice = adviceOn(view, `auth.${state.prefill.login.replace('-', '_')}_required`, state.prefill);
      const complaints = [{ at: 'password' as const, text: view.t.missing.password }];
      const page = passwordPage(view, { ...state, advice }, { advanced: at(view, '?show=advanced'), complaints });
      return answerPage(view, { ...page, status: 400 });
    }
    const { alternatives: _, ...kept } = state.prefill;
    // The page named these servers, and the user went on: they are confirmed.
    const servers = { imap: imap as ConnectPayload['imap'], smtp: smtp as ConnectPayload['smtp'] };
    const order = { email: state.email, credentials: { kind: 'password' as const, password }, ...servers };
    return connect(c, form, order, { from: 'password', email: state.email, prefill: kept });
  });

  app.post('/setup/:token/advanced', async (c) => {
    const form = await posted(c, parts, 'advanced', z.object({}));
    if (form instanceof Response) return form;
    const { view } = form;
    const { settings, order, complaints } = readAdvanced(view, form.field, adviceOn(view, 'protocol.pop3'));
    const again = form.field('imapPassword') !== '' || form.field('smtpPassword') !== '';
    if (!order) return answerPage(view, { ...advancedPage(view, settings, { complaints, again }), status: 400 });
    return connect(c, form, order, { from: 'advanced', email: order.email });
  });

  app.post('/setup/:token/remove', async (c) => {
    const form = await posted(c, parts, 'remove', z.object({ accountId: z.uuid() }));
    if (form instanceof Response) return form;
    const { view, link, state } = form;
    if (link.purpose === 'connect') return redirect(at(view));
    const account = await findAccount(db, link);
    // What the person agreed to remove is this one, and not what was connected meanwhile.
    if (account && account.id !== state.accountId) return redirect(at(view));
    const { tenantId, userId } = link;
    const jobId = newJobId();
    if (account) {
      await added(parts.queues.add('disconnect-account', { tenantId, userId }, { jobId }));
      await aMoment(c, waitMs.remove, async () => (await findRemoval(parts, link, jobId)) !== 'going');
    }
    const was = { email: account?.email ?? '', accountId: state.accountId, jobId };
    return redirect(at(view, `/removed/${writeState(view.token, 'removed', was)}`));
  });

  app.get('/setup/:token/removed/:ref', async (c) => {
    const who = await visit(c, db, { closedToo: true });
    if (who instanceof Response) return who;
    const { view, link } = who;
    const was = readState(view.token, 'removed', c.req.param('ref'), removed);
    if (!was) return redirect(at(view));
    // The order first: one that ends in between has removed the account that is asked for after it.
    const order = await findRemoval(parts, link, was.jobId);
    // It may take longer than the browser waited, or come to nothing: what is still there is not called removed.
    const gone = (await findAccount(db, link))?.id !== was.accountId;
    if (c.req.query('as') === 'json') return c.json({ done: gone || order !== 'going' });
    if (gone) return answerPage(view, removedPage(view, was));
    if (order === 'going') return answerPage(view, removingPage(view, was));
    const { superseded, failed } = view.t;
    return answerPage(
      view,
      noticePage(view, order === 'overtaken' ? superseded : failed, { retry: true, wrong: order !== 'overtaken' }),
    );
  });

  app.get('/setup/:token/order/:ref', async (c) => {
    const who = await visit(c, db, { closedToo: true });
    if (who instanceof Response) return who;
    const what = readState(who.view.token, 'order', c.req.param('ref'), tried);
    return what ? orderPage(c, who, what) : redirect(at(who.view));
  });

  app.onError((error, c) => {
    const { kind, extra } = problemOf(error, log);
    const view = viewOf(localeAsked(c.req.header('accept-language')), { token: c.req.param('token') ?? '' });
    const { status } = problemKinds[kind];
    const page = noticePage(view, view.t.failed, {
      status: status === 503 ? 503 : status < 500 ? 400 : 500,
      retry: true,
    });
    const answer = answerPage(view, page);
    for (const [name, value] of Object.entries(extra.headers ?? {})) answer.headers.set(name, value);
    return answer;
  });
  return app;

  /** Give the order, and show how far it is. */
  async function connect(
    c: Context<HttpEnv>,
    { view, link }: Posted<unknown>,
    order: Pick<ConnectPayload, 'email' | 'imap' | 'smtp' | 'credentials'>,
    what: Omit<Tried, 'jobId'>,
  ): Promise<Response> {
    if (link.purpose === 'manage' && !isConnected(await findAccount(db, link))) {
      return answerPage(view, { ...nothingPage(view), status: 403 });
    }
    const minutes = await countTry(parts, link.id, order.email);
    if (minutes !== null) {
      return answerPage(view, noticePage(view, view.t.tooMany, { status: 429, values: { minutes: String(minutes) } }));
    }
    const payload = connectPayload.parse({ ...order, ...factsOf(link), locale: view.locale });
    // `posted` has seen that nobody between can read; behind a port of this machine only the name of the host tells.
    const header = (name: string) => (name === 'x-forwarded-proto' ? 'https' : c.req.header(name));
    const sealed = await withSealedSecrets(payload, { ...parts, env: c.env, header });
    const jobId = newJobId();
    await added(parts.queues.add('connect-account', sealed, { jobId }));
    await aMoment(c, waitMs[what.from], async () => (await findAttempt(parts, link, jobId)).state !== 'going');
    return redirect(at(view, `/order/${writeState(view.token, 'order', { ...what, jobId })}`));
  }

  /**
   * Wait a little for the end of an order. The wait is over, too, when whoever waits has gone or the process stops; the
   * order goes on.
   */
  async function aMoment(c: Context<HttpEnv>, limitMs: number, isOver: () => Promise<boolean>): Promise<void> {
    const signal = AbortSignal.any([parts.stopping, c.req.raw.signal, AbortSignal.timeout(limitMs)]);
    while (!signal.aborted) {
      await delay(50, undefined, { signal }).catch(() => {}); // the time is over: its page tells how far it is
      if (await isOver()) return;
    }
  }

  async function orderPage(c: Context<HttpEnv>, { view, link }: Visit, what: Tried): Promise<Response> {
    const asData = c.req.query('as') === 'json';
    const attempt = await findAttempt(parts, link, what.jobId);
    if (attempt.state === 'going') {
      const { doors } = attempt;
      if (asData) return c.json({ done: false, doors: doorWords(view, doors) });
      return answerPage(view, progressPage(view, { searching: what.from === 'address', states: doors }));
    }
    if (attempt.state === 'lost') {
      return asData
        ? c.json({ done: true })
        : answerPage(view, noticePage(view, view.t.failed, { retry: true, wrong: true }));
    }
    const settled = await settledOutside(link, what, attempt);
    const { result } = settled;
    if (asData) return c.json({ done: result.outcome !== 'authorization-required' });
    if (c.req.query('show') === 'advanced') return answerPage(view, advancedAfter(view, what, settled));
    const here = new URL(c.req.url).pathname;
    const asks = result.outcome === 'authorization-required';
    const provider = asks ? await providerAsked(db, link, result.accountId) : null;
    return answerPage(view, outcomePage(view, what, settled, { here, registered: link.primaryEmail, provider }));
  }

  /** A login at the provider ends elsewhere; what became of it is an event. */
  async function settledOutside(link: SetupLink, { jobId }: Tried, attempt: Ended): Promise<Ended> {
    const { result } = attempt;
    if (result.outcome !== 'authorization-required') return attempt;
    const { accountId } = result;
    const verdict = await verdictSince(db, link, { accountId, jobId });
    if (!verdict) return attempt;
    const { type, data } = verdict;
    const outcome =
      ({ 'account.connected': 'connected', 'account.refused': 'refused' } as const)[type] ?? 'settings-required';
    return { ...attempt, result: { ...data, outcome, accountId } as Ended['result'] };
  }
}

const newJobId = () => `setup-${randomUUIDv7()}`;
const added = (adding: Promise<unknown>) => within(redisLimitMs, adding, () => new Problem('unavailable'));

/** What was removed: of which mailbox, whose address it was, and by which order. */
const removed = z.object({ email: z.string(), accountId: z.uuid(), jobId: z.string().max(100) });

type Ended = Extract<Awaited<ReturnType<typeof findAttempt>>, { state: 'ended' }>;

/** What a link opens with: the mailbox that is connected, or the field for an address; or what was asked for. */
async function firstPage(db: Drizzle, { view, link }: Visit, show: string | undefined): Promise<Page> {
  const account = await findAccount(db, link);
  const worked = isConnected(account);
  if (link.purpose === 'manage' && !worked) return nothingPage(view);
  const managed = worked && link.purpose !== 'connect';
  const email = account?.email ?? link.email ?? link.primaryEmail ?? '';
  if (managed && show === 'remove') return removePage(view, account);
  // A login at the provider has no settings to edit: it is given again.
  if (managed && show === 'edit' && account.secretKind === 'oauth2')
    return addressPage(view, { email, connected: email });
  if (managed && show === 'edit') return advancedPage(view, settingsFrom(email, account));
  if (show === 'advanced')
    return advancedPage(view, settingsFrom(email, account?.prefill ?? { imap: null, smtp: null }));
  if (managed && show !== 'address') return accountPage(view, account);
  const rule = brokenRuleOf(view, link);
  if (rule) return brokenRulePage(view, rule, { again: false });
  const connected = worked ? account.email : undefined;
  return addressPage(view, { email: worked ? '' : email, registered: link.primaryEmail, connected });
}

/** A mailbox that works, or did: there is something to look at, to edit and to remove. */
const isConnected = (account: Account | undefined): account is Account =>
  account !== undefined && account.imap !== null;

/** What a link to manage a mailbox opens with when there is none. */
function nothingPage(view: View): Page {
  const { title, text } = adviceOn(view, 'account.not_found');
  return noticePage(view, { title: title ?? view.t.failed.title, text });
}

/** The rules that only the CRM's own facts decide, told before anything is typed. The order checks them again. */
function brokenRuleOf(view: View, { mailClient }: SetupLink) {
  if (mailClient === 'webtools') return adviceOn(view, 'account.webtools_active');
  return mailClient === 'other' ? adviceOn(view, 'account.not_preferred_client') : null;
}

const factsOf = ({ tenantId, userId, primaryEmail, mailClient, returnUrl }: SetupLink) => ({
  tenantId,
  userId,
  mailClient,
  ...(primaryEmail !== null && { primaryEmail }),
  ...(returnUrl !== null && { returnUrl }),
});

const redirect = (location: string) =>
  new Response(null, {
    status: 303,
    headers: { location, 'cache-control': 'no-store', 'referrer-policy': 'no-referrer' },
  });
