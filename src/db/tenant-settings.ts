import { eq, sql } from 'drizzle-orm';
import type { Drizzle } from './database.ts';
import { type TenantRow, tenants } from './tables.ts';

/** What a tenant decided for itself, or the defaults. */
export type TenantSettings = Omit<TenantRow, 'tenantId' | 'updatedAt'>;

/** Of a tenant that decided nothing: nobody is sent anywhere, nothing is framed, no body is kept but its text. */
export const tenantDefaults: TenantSettings = {
  name: '',
  folders: { watch: ['inbox', 'sent'], others: 'all', never: ['junk', 'trash'] },
  bodyPolicy: 'text',
  bodyMaxBytes: 1_048_576,
  bodyDays: 90,
  returnOrigins: [],
  frameOrigins: [],
  locale: 'en',
};

/** What another process changed counts here after this long. */
const keptMs = 5_000;
const mostKept = 1_000;

type Kept = Map<string, { at: number; settings: Promise<TenantSettings> }>;
const keptOf = new WeakMap<Drizzle, Kept>();

/** A tenant's settings; asked often, so an answer counts for five seconds. */
export function tenantSettings(db: Drizzle, tenantId: string): Promise<TenantSettings> {
  const kept = keptOf.get(db) ?? new Map();
  keptOf.set(db, kept);
  const known = kept.get(tenantId);
  if (known && performance.now() - known.at < keptMs) return known.settings;
  if (kept.size >= mostKept) kept.clear();
  const settings = read(db, tenantId);
  kept.set(tenantId, { at: performance.now(), settings });
  settings.catch(() => kept.delete(tenantId)); // a fault does not count for longer than it lasts
  return settings;
}

async function read(db: Drizzle, tenantId: string): Promise<TenantSettings> {
  const [row] = await db.select().from(tenants).where(eq(tenants.tenantId, tenantId)).limit(1);
  if (!row) return tenantDefaults;
  const { tenantId: _, updatedAt: __, ...settings } = row;
  return settings;
}

/** Replace a tenant's settings. */
export async function saveTenantSettings(db: Drizzle, tenantId: string, settings: TenantSettings): Promise<void> {
  await db
    .insert(tenants)
    .values({ tenantId, ...settings })
    .onConflictDoUpdate({ target: tenants.tenantId, set: { ...settings, updatedAt: sql`now()` } });
  keptOf.get(db)?.delete(tenantId);
}

/**
 * Whether a browser may be sent to an address after a dialog: a page of this installation, or one under an origin that
 * the tenant named. Anything else would make Postbud a way to send people wherever somebody likes.
 */
export async function mayReturnTo(db: Drizzle, publicUrl: string, tenantId: string, url: string): Promise<boolean> {
  const origin = originOf(url);
  if (origin === null) return false;
  if (origin === originOf(publicUrl)) return true;
  return (await tenantSettings(db, tenantId)).returnOrigins.includes(origin);
}

/** The origin of an address of the web, or null of anything else. */
export function originOf(url: string): string | null {
  if (!URL.canParse(url)) return null;
  const { protocol, origin, username, password } = new URL(url);
  return (protocol === 'https:' || protocol === 'http:') && username === '' && password === '' ? origin : null;
}
