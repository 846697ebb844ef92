import { setTimeout as delay } from 'node:timers/promises';
import { eq, sql } from 'drizzle-orm';
import { accounts } from '../../db/accounts.ts';
import type { Drizzle, Transaction } from '../../db/database.ts';
import { type OAuthGrant, oauthGrants } from '../../db/oauth.ts';
import type { Door } from '../../secrets/door.ts';
import type { KeyRing } from '../../secrets/key-ring.ts';
import type { Secret } from '../../secrets/secret.ts';
import { type Binding, openSecret, storeSecret, WrongDoorError } from '../../secrets/stored-secret.ts';
import { orAborted } from '../discovery/network.ts';
import { MailError } from '../errors.ts';
import type { Login } from '../login.ts';
import type { OAuthClient, Tokens } from './client.ts';
import type { Provider, Providers } from './providers.ts';

/** Where a grant's tokens stand. */
export const grantPlace = (ownerId: string, token: 'refresh' | 'access') => ({
  ownerId,
  column: `oauth_grants.${token}_token`,
});

/** Tokens are bound to who gave them, and to the registration that they were given to. */
export const providerDoor = ({ issuer, clientId }: Provider): Door => ({
  host: new URL(issuer).hostname,
  username: clientId,
});

/** A provider that hangs may not hold every connection to the database: each renewal holds one. */
const renewalsAtATime = 4;
const renewalLimitMs = 20_000;
/** After a refused refresh token, before it is tried once more: another process may just have renewed it. */
const pauseMs = 2_000;

/** What renewing needs. */
export type GrantParts = {
  db: Drizzle;
  ring: KeyRing;
  providers: Providers;
  client: Pick<OAuthClient, 'refresh'>;
  now?: () => Date;
  pause?: number;
};

export type Grants = ReturnType<typeof openGrants>;

/** The tokens of all accounts that log in by OAuth: kept while they serve, renewed by one process at a time. */
export function openGrants({ db, ring, providers, client, now = () => new Date(), pause = pauseMs }: GrantParts) {
  const underWay = new Map<string, Promise<Secret>>();
  const places = createPlaces(renewalsAtATime);

  function opened(ciphertext: string, at: Binding): Secret {
    try {
      return openSecret(ring, ciphertext, at).secret;
    } catch (error) {
      // The installation has another registration with this provider than the one that the user agreed to.
      if (error instanceof WrongDoorError) throw revoked('given to another client id or by another issuer', error);
      throw error;
    }
  }

  const providerOf = ({ provider }: OAuthGrant): Provider => {
    const found = providers.get(provider);
    if (found) return found;
    const response = `there is no POSTBUD_OAUTH_${provider.toUpperCase()}_CLIENT_ID`;
    throw new MailError({ reason: 'oauth.client_invalid', permanent: false, protocol: 'oauth', response });
  };

  /** The access token of a row, if it still serves and is not the one that was refused. */
  function kept(row: OAuthGrant, refused: Secret | undefined): Secret | undefined {
    if (row.accessToken === null || row.accessUntil === null || row.accessUntil <= now()) return undefined;
    const token = opened(row.accessToken, { ...grantPlace(row.ownerId, 'access'), ...providerDoor(providerOf(row)) });
    return token.reveal() === refused?.reveal() ? undefined : token;
  }

  /** Renew under the row's lock, unless somebody did while we waited for it. */
  async function renewOnce(stored: Stored, refused: Secret | undefined): Promise<Secret> {
    const { ownerId } = stored.at;
    return db.transaction(async (tx) => {
      const [row] = await tx.select().from(oauthGrants).where(eq(oauthGrants.ownerId, ownerId)).for('update');
      if (!row) throw revoked('nothing is known of this login');
      const meanwhile = kept(row, refused);
      if (meanwhile) return meanwhile;
      const provider = providerOf(row);
      const door = providerDoor(provider);
      const token =
        row.refreshToken === null
          ? openSecret(ring, stored.ciphertext, stored.at).secret
          : opened(row.refreshToken, { ...grantPlace(ownerId, 'refresh'), ...door });
      const tokens = await client.refresh(provider, token, AbortSignal.timeout(renewalLimitMs));
      await tx
        .update(oauthGrants)
        .set({ ...encrypted(ring, ownerId, provider, tokens), renewals: sql`${oauthGrants.renewals} + 1` })
        .where(eq(oauthGrants.ownerId, ownerId));
      return tokens.access;
    });
  }

  async function renew(stored: Stored, refused: Secret | undefined): Promise<Secret> {
    try {
      return await places.within(() => renewOnce(stored, refused));
    } catch (error) {
      if (!(error instanceof MailError) || !/^auth\.token_/.test(error.reason)) throw error;
      await delay(pause);
      return places.within(() => renewOnce(stored, refused));
    }
  }

  async function access(
    stored: Stored,
    signal: AbortSignal,
    refused?: Secret,
  ): Promise<{ token: Secret; fresh: boolean }> {
    const { ownerId } = stored.at;
    const [row] = await db.select().from(oauthGrants).where(eq(oauthGrants.ownerId, ownerId)).limit(1);
    const known = row && kept(row, refused);
    if (known) return { token: known, fresh: false };
    let renewing = underWay.get(ownerId);
    if (!renewing) {
      renewing = renew(stored, refused).finally(() => underWay.delete(ownerId));
      renewing.catch(() => {}); // whoever waits hears of it; all of them may have gone
      underWay.set(ownerId, renewing);
    }
    return { token: await orAborted(renewing, signal), fresh: true };
  }

  /**
   * An account that was connected anew meanwhile has other tokens under the same id, for other servers perhaps: the row is
   * read after the token, and both change in one transaction.
   */
  async function stillStored({ ciphertext, at }: Stored): Promise<void> {
    const [, side] = /^accounts\.(imap|smtp)_secret$/.exec(at.column) ?? [];
    if (side === undefined) return;
    const [row] = await db
      .select({ imap: accounts.imapSecret, smtp: accounts.smtpSecret })
      .from(accounts)
      .where(eq(accounts.id, at.ownerId))
      .limit(1);
    if (row?.[side as 'imap' | 'smtp'] === ciphertext) return;
    throw new MailError({ reason: 'session.expired', permanent: false, protocol: 'oauth' });
  }

  return {
    /** A login with an access token. What is stored proves the door, and holds the refresh token that came first. */
    loginOf(stored: Stored): Login {
      let shown: { token: Secret; fresh: boolean } | undefined;
      return {
        kind: 'oauth2',
        reveal() {
          if (!shown) throw new Error('a login with a token was not prepared');
          return shown.token.reveal();
        },
        async prepare(signal) {
          // The door first: no token is fetched for a login that may not take place.
          openSecret(ring, stored.ciphertext, stored.at);
          shown = await access(stored, signal);
          await stillStored(stored);
        },
        async renew(signal) {
          if (!shown || shown.fresh) return false;
          shown = { ...(await access(stored, signal, shown.token)), fresh: true };
          await stillStored(stored);
          return true;
        },
      };
    },
  };
}

type Stored = { ciphertext: string; at: Binding };

/** The columns of a row for new tokens. A provider that gives no new refresh token means the old one to go on. */
function encrypted(ring: KeyRing, ownerId: string, provider: Provider, { access, accessUntil, refresh }: Tokens) {
  const door = providerDoor(provider);
  const store = (kind: 'refreshToken' | 'accessToken', value: Secret) =>
    storeSecret(
      ring,
      { kind, value },
      { ...grantPlace(ownerId, kind === 'accessToken' ? 'access' : 'refresh'), ...door },
    );
  return {
    accessToken: store('accessToken', access),
    accessUntil,
    ...(refresh && { refreshToken: store('refreshToken', refresh) }),
    updatedAt: sql`now()`,
  };
}

/** Note whose tokens an order or account has; what is there already stays. */
export async function beginGrant(
  tx: Transaction | Drizzle,
  grant: Pick<OAuthGrant, 'ownerId' | 'provider'> & Partial<OAuthGrant>,
): Promise<void> {
  await tx.insert(oauthGrants).values(grant).onConflictDoNothing();
}

function createPlaces(most: number) {
  let free = most;
  const waiting: (() => void)[] = [];
  return {
    async within<T>(act: () => Promise<T>): Promise<T> {
      if (free > 0) free -= 1;
      else await new Promise<void>((resolve) => waiting.push(resolve));
      try {
        return await act();
      } finally {
        const next = waiting.shift();
        if (next) next();
        else free += 1;
      }
    },
  };
}

const revoked = (response: string, cause?: unknown) =>
  new MailError({ reason: 'auth.token_revoked', permanent: true, protocol: 'oauth', response }, { cause });
