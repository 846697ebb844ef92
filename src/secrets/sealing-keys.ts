import { type CryptoKey, calculateJwkThumbprint, exportJWK, generateKeyPair, importJWK, type JWK } from 'jose';
import type { KeyRing, Place } from './key-ring.ts';

/** A key pair as it is stored: the public half as it is served, the private half under the key ring. */
export type StoredSealingKey = { kid: string; publicJwk: JWK; privateKey: string; createdAt: Date };

/** What the sealing keys need of the database. */
export type SealingKeyStore = {
  list(): Promise<StoredSealingKey[]>;
  /**
   * Insert a key if the newest one still has this kid (null: if there is none), under a lock, and say whether it did.
   * Two processes that start together make two pairs; one of them is stored and both use it.
   */
  insertIfNewestIs(kid: string | null, key: StoredSealingKey): Promise<boolean>;
  /** Forget keys by kid: what was sealed to them can then be read by nobody, whatever leaks later. */
  remove(kids: string[]): Promise<void>;
};

/** What accepting a sealed secret needs of the keys. */
export type PrivateKeys = { privateKeyFor(kid: string): Promise<CryptoKey | null> };

const acceptedAfterReplacementMs = 30 * 24 * 60 * 60 * 1000;

/** Where the private half of a key stands, for rotation of the key ring. */
export function privateKeyPlace(kid: string): Place {
  return { ownerId: kid, column: 'sealing_keys.private_key' };
}

/** Make a P-256 pair; its kid is the RFC 7638 thumbprint, so anybody can check that key and name belong together. */
export async function generateSealingKey(ring: KeyRing, now: Date): Promise<StoredSealingKey> {
  const { publicKey, privateKey } = await generateKeyPair('ECDH-ES', { crv: 'P-256', extractable: true });
  const publicJwk = await exportJWK(publicKey);
  const kid = await calculateJwkThumbprint(publicJwk);
  return {
    kid,
    publicJwk: { ...publicJwk, kid, use: 'enc', alg: 'ECDH-ES' },
    privateKey: ring.encrypt(JSON.stringify(await exportJWK(privateKey)), privateKeyPlace(kid)),
    createdAt: now,
  };
}

/** Newest first, and whether each is still accepted: the newest is, the others for 30 days after they were replaced. */
export function withAcceptance<Key extends { kid: string; createdAt: Date }>(
  keys: readonly Key[],
  now: Date,
): { key: Key; accepted: boolean }[] {
  const newestFirst = keys.toSorted((a, b) => +b.createdAt - +a.createdAt || (a.kid < b.kid ? 1 : -1));
  return newestFirst.map((key, index) => {
    const replacedAt = newestFirst[index - 1]?.createdAt;
    return { key, accepted: !replacedAt || +now <= +replacedAt + acceptedAfterReplacementMs };
  });
}

/** What `/.well-known/jwks.json` serves: the newest key only, since whatever stands there gets sealed to. */
export function jwks(keys: readonly StoredSealingKey[], now: Date): { keys: JWK[] } {
  return {
    keys: withAcceptance(keys, now)
      .slice(0, 1)
      .map(({ key }) => key.publicJwk),
  };
}

/** The keys to which CRMs seal secrets. */
export class SealingKeys implements PrivateKeys {
  readonly #ring: KeyRing;
  readonly #store: SealingKeyStore;
  readonly #now: () => Date;
  readonly #opened = new Map<string, CryptoKey>();

  constructor({ ring, store, now }: { ring: KeyRing; store: SealingKeyStore; now: () => Date }) {
    this.#ring = ring;
    this.#store = store;
    this.#now = now;
  }

  /** The public keys to seal to; makes the first pair if there is none. */
  async jwks(): Promise<{ keys: JWK[] }> {
    let keys = await this.#store.list();
    if (keys.length === 0) {
      await this.#store.insertIfNewestIs(null, await generateSealingKey(this.#ring, this.#now()));
      keys = await this.#store.list();
    }
    const newest = withAcceptance(keys, this.#now())[0];
    // Opened before it is served: under a key ring that cannot, every CRM would seal to a key that nobody can use.
    if (newest) await this.#open(newest.key);
    return jwks(keys, this.#now());
  }

  /** The private half of a key that is still accepted. Read from the store each time: another process may have replaced it. */
  async privateKeyFor(kid: string): Promise<CryptoKey | null> {
    const found = withAcceptance(await this.#store.list(), this.#now()).find(({ key }) => key.kid === kid);
    return found?.accepted ? this.#open(found.key) : null;
  }

  /** Put a new key in front, unless somebody just did, and forget those that are no longer accepted. */
  async replace(): Promise<void> {
    const newest = withAcceptance(await this.#store.list(), this.#now())[0]?.key;
    // Later than the one it replaces even if that came from a process whose clock is ahead: the order is by time.
    const now = new Date(Math.max(+this.#now(), newest ? +newest.createdAt + 1 : 0));
    await this.#store.insertIfNewestIs(newest?.kid ?? null, await generateSealingKey(this.#ring, now));
    await this.forgetOld();
  }

  /** Delete the keys that are no longer accepted. */
  async forgetOld(): Promise<void> {
    const old = withAcceptance(await this.#store.list(), this.#now()).filter(({ accepted }) => !accepted);
    for (const { key } of old) this.#opened.delete(key.kid);
    if (old.length > 0) await this.#store.remove(old.map(({ key }) => key.kid));
  }

  async #open({ kid, privateKey }: StoredSealingKey): Promise<CryptoKey> {
    const known = this.#opened.get(kid);
    if (known) return known;
    const jwk: JWK = JSON.parse(this.#ring.decrypt(privateKey, privateKeyPlace(kid)));
    const key = await importJWK(jwk, 'ECDH-ES', { extractable: false });
    if (key instanceof Uint8Array) throw new Error('a sealing key is not an elliptic curve key');
    this.#opened.set(kid, key);
    return key;
  }
}
