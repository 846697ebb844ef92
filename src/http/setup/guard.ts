import type { Context } from 'hono';
import type { z } from 'zod';
import type { Drizzle } from '../../db/database.ts';
import { type OpenedSetupLink, openSetupLink, useSetupLink } from '../../db/setup-link-store.ts';
import type { SetupLink } from '../../db/setup-links.ts';
import { tenantDefaults, tenantSettings } from '../../db/tenant-settings.ts';
import type { HttpEnv } from '../authorize.ts';
import { isPrivate } from '../plain-secrets.ts';
import { Problem } from '../problem.ts';
import { answerPage, noticePage, type View, viewOf } from './page.ts';
import { readState } from './state.ts';
import { localeAsked } from './texts/texts.ts';

/** A form of these pages is small. */
const maxBytes = 32_768;

/** Someone at a link that is good. */
export type Visit = { view: View; link: SetupLink };
/** What was posted. */
export type Posted<T> = Visit & { state: T; field: (name: string) => string };

/** Who comes by a link, without using it. @returns the page to show instead, when the link leads nowhere. */
export async function visit(c: Context<HttpEnv>, db: Drizzle, { closedToo = false } = {}): Promise<Visit | Response> {
  const token = c.req.param('token') ?? '';
  return admitted(c, db, await openSetupLink(db, token), closedToo);
}

/**
 * Take a form that was posted by a page of ours, and use its link. A page of another site cannot post one: it knows no
 * signed state of the link, and a browser says where a form comes from.
 */
export async function posted<T>(
  c: Context<HttpEnv>,
  { db, publicUrl }: { db: Drizzle; publicUrl: string },
  what: string,
  schema: z.ZodType<T>,
): Promise<Posted<T> | Response> {
  const before = await visit(c, db);
  if (before instanceof Response) return before;
  const { view } = before;
  const stale = () => answerPage(view, noticePage(view, view.t.stale, { status: 403, retry: true, wrong: true }));
  if (!ownForm(c, publicUrl)) return stale();
  const type = c.req.header('content-type') ?? '';
  if (!type.startsWith('application/x-www-form-urlencoded')) return stale();
  const text = await c.req.text();
  if (text.length > maxBytes) throw new Problem('body-too-large');
  const fields = new URLSearchParams(text);
  const field = (name: string) => fields.get(name) ?? '';
  const state = readState(view.token, what, field('state'), schema);
  if (state === null) return stale();
  const used = await admitted(c, db, await useSetupLink(db, view.token), false);
  return used instanceof Response ? used : { ...used, state, field };
}

async function admitted(
  c: Context<HttpEnv>,
  db: Drizzle,
  opened: OpenedSetupLink,
  closedToo: boolean,
): Promise<Visit | Response> {
  const { link, state } = opened;
  const locale = link?.locale ?? localeAsked(c.req.header('accept-language'));
  const { frameOrigins, name: crm } = link ? await tenantSettings(db, link.tenantId) : tenantDefaults;
  const returnUrl = link?.returnUrl ?? null;
  const view = viewOf(locale, { token: c.req.param('token') ?? '', returnUrl, frameOrigins, crm });
  if (!unread(c)) {
    return answerPage(view, noticePage(view, view.t.insecure, { status: 403, wrong: true }));
  }
  if (link && (state === 'fresh' || state === 'in-use' || (closedToo && state === 'closed'))) return { view, link };
  const gone = state === 'closed' ? 'used' : state === 'expired' ? 'expired' : 'unknown';
  return answerPage(view, noticePage(view, view.t.gone[gone], { status: gone === 'unknown' ? 404 : 410 }));
}

/**
 * Whether nobody between can read the page: HTTPS, or a browser on the machine itself. Where a container's port is
 * published the connection comes from elsewhere; that a browser went to `localhost` then says where it is.
 */
function unread(c: Context<HttpEnv>): boolean {
  if (isPrivate(c.env, (name) => c.req.header(name))) return true;
  const proxied = c.req.header('x-forwarded-proto') ?? c.req.header('forwarded') ?? c.req.header('x-forwarded-for');
  return proxied === undefined && /^(localhost|127(\.\d{1,3}){3}|\[::1\])(:\d+)?$/i.test(c.req.header('host') ?? '');
}

/**
 * Whether a browser says that the form came from our own page. Our pages tell nobody where they are (`no-referrer`), so
 * their forms come with the origin `null`; what the browser then says of the site is `Sec-Fetch-Site`. A browser that
 * says neither is old, and the signed state alone decides.
 */
function ownForm(c: Context<HttpEnv>, publicUrl: string): boolean {
  const site = c.req.header('sec-fetch-site');
  if (site !== undefined && site !== 'same-origin' && site !== 'none') return false;
  const origin = c.req.header('origin');
  if (origin === undefined || origin === 'null') return true;
  return site === 'same-origin' || origin === new URL(publicUrl).origin;
}
