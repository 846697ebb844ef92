import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  createSecretKey,
  hkdfSync,
  type KeyObject,
  randomBytes,
} from 'node:crypto';

/** The row and column a ciphertext stands in. Moved to another row or column, it does not open. */
export type Place = { ownerId: string; column: string };

/**
 * Why a ciphertext does not open. `not-authentic` is one condition on purpose: authenticated encryption cannot tell an
 * altered ciphertext from one that belongs to another owner or column.
 */
export type KeyRingFault = 'malformed' | 'unknown-key' | 'not-authentic';

/** A ciphertext that does not open: the installation's keys or its data are wrong, never the mailbox owner's doing. */
export class KeyRingError extends Error {
  override readonly name = 'KeyRingError';
  readonly fault: KeyRingFault;

  constructor(fault: KeyRingFault, message: string) {
    super(message);
    this.fault = fault;
  }
}

const version = 'v1';
const nonceBytes = 12;
const tagBytes = 16;

type RingKey = { id: string; encryption: KeyObject; material: KeyObject };

/**
 * The keys under which secrets rest in the database: AES-256-GCM, `v1.<key id>.<base64url of nonce, tag, ciphertext>`.
 * The first key encrypts, all of them decrypt. The key id is readable so that a query finds what is left to rotate.
 */
export class KeyRing {
  readonly #keys: Map<string, RingKey>;
  /** Made once for each purpose: hundreds of mails a second ask for theirs. */
  readonly #lasting = new Map<string, KeyObject>();
  /** The id of the key that encrypts. */
  readonly currentId: string;
  /** What every ciphertext under the current key begins with; a ciphertext without it is due for rotation. */
  readonly currentPrefix: string;

  constructor(keys: { id: string; bytes: Uint8Array }[]) {
    const first = keys[0];
    if (!first) throw new Error('a key ring needs at least one key');
    this.currentId = first.id;
    this.currentPrefix = `${version}.${first.id}.`;
    this.#keys = new Map(
      keys.map(({ id, bytes }) => {
        const material = createSecretKey(bytes);
        return [id, { id, material, encryption: createSecretKey(derive(material, 'encrypt')) }];
      }),
    );
  }

  /** Encrypt a text for one place, under the current key. */
  encrypt(plaintext: string, place: Place): string {
    const key = this.#keys.get(this.currentId)!;
    // Random 96-bit nonces: NIST SP 800-38D allows 2^32 encryptions under one key that way (then a repeat has a chance
    // of 2^-33). 100,000 mailboxes with a new token every hour take almost five years to get there, and a counter
    // would have to be shared by all processes and survive a restored backup.
    const nonce = randomBytes(nonceBytes);
    const cipher = createCipheriv('aes-256-gcm', key.encryption, nonce, { authTagLength: tagBytes });
    cipher.setAAD(additionalData(key.id, place));
    const body = Buffer.concat([cipher.update(plaintext, 'utf8'), cipher.final()]);
    return this.currentPrefix + Buffer.concat([nonce, cipher.getAuthTag(), body]).toString('base64url');
  }

  /** Decrypt what stands in one place; throws a KeyRingError that never holds any of the plaintext. */
  decrypt(ciphertext: string, place: Place): string {
    const { keyId, bytes } = take(ciphertext);
    const key = this.#keys.get(keyId);
    if (!key) throw new KeyRingError('unknown-key', `encrypted under key "${keyId}", which POSTBUD_KEYS does not hold`);
    const nonce = bytes.subarray(0, nonceBytes);
    const decipher = createDecipheriv('aes-256-gcm', key.encryption, nonce, { authTagLength: tagBytes });
    decipher.setAAD(additionalData(key.id, place));
    decipher.setAuthTag(bytes.subarray(nonceBytes, nonceBytes + tagBytes));
    try {
      return Buffer.concat([decipher.update(bytes.subarray(nonceBytes + tagBytes)), decipher.final()]).toString('utf8');
    } catch {
      throw new KeyRingError('not-authentic', `altered, or not the ciphertext of ${place.column} of ${place.ownerId}`);
    }
  }

  /** Whether a ciphertext is under another key than the current one. */
  needsRotation(ciphertext: string): boolean {
    return keyIdOf(ciphertext) !== this.currentId;
  }

  /** The same secret under the current key; a ciphertext that already is comes back as it was. */
  rotate(ciphertext: string, place: Place): string {
    return this.needsRotation(ciphertext) ? this.encrypt(this.decrypt(ciphertext, place), place) : ciphertext;
  }

  /**
   * A keyed hash for telling things apart without storing them, under the *last* key: a key put in front leaves it as it
   * is. It changes when the last key leaves the ring, so nothing may rest on it that cannot start over.
   */
  lastingHmac(purpose: string, data: string): string {
    let key = this.#lasting.get(purpose);
    if (!key) {
      key = createSecretKey(derive([...this.#keys.values()].at(-1)!.material, purpose));
      this.#lasting.set(purpose, key);
    }
    return createHmac('sha256', key).update(data, 'utf8').digest('base64url');
  }
}

/** The id of the key that a ciphertext is under. */
export function keyIdOf(ciphertext: string): string {
  return take(ciphertext).keyId;
}

/**
 * Read `POSTBUD_KEYS`: `id:base64 of 32 bytes`, comma-separated. A bad entry is named by its number, never
 * printed; who reads the settings puts the setting's name before it.
 */
export function parseKeyRing(setting: string): KeyRing {
  const entries = setting.split(',').map((entry) => entry.trim());
  const keys = entries.map((entry, index) => {
    const bad = (why: string) => new Error(`entry ${index + 1} of ${entries.length} ${why}`);
    if (entry === '') throw bad('is empty');
    const colon = entry.indexOf(':');
    if (colon < 0) throw bad('has no colon; expected id:base64 of 32 bytes');
    const id = entry.slice(0, colon);
    // At most 32 characters: a key that lost its id to a slip of the hand is longer, and ids are printed.
    if (!/^[A-Za-z0-9_-]{1,32}$/.test(id)) throw bad('has a bad id; expected 1-32 of A-Z a-z 0-9 _ -');
    const bytes = fromBase64(entry.slice(colon + 1));
    if (!bytes) throw bad('is not base64 after its colon');
    if (bytes.length !== 32) throw bad(`holds ${bytes.length} bytes; expected 32`);
    return { id, bytes, bad };
  });
  for (const [index, { id, bytes, bad }] of keys.entries()) {
    const before = keys.slice(0, index);
    if (before.some((other) => other.id === id)) throw bad('has the id of an entry before it');
    if (before.some((other) => other.bytes.equals(bytes))) throw bad('has the key of an entry before it');
  }
  return new KeyRing(keys);
}

/** One use, one key: what encrypts is never also what hashes, although both come from one entry of the setting. */
function derive(material: KeyObject, purpose: string): Buffer {
  return Buffer.from(hkdfSync('sha256', material, '', `postbud/${version}/${purpose}`, 32));
}

/** As a JSON array, so that no two places can be written alike. */
function additionalData(keyId: string, { ownerId, column }: Place): Buffer {
  return Buffer.from(JSON.stringify([version, keyId, ownerId, column]), 'utf8');
}

function take(ciphertext: string): { keyId: string; bytes: Buffer } {
  const [, keyId, body] = /^v1\.([A-Za-z0-9_-]{1,32})\.([A-Za-z0-9_-]+)$/.exec(ciphertext) ?? [];
  const bytes = Buffer.from(body ?? '', 'base64url');
  // The encoding must be the canonical one: the unused bits of the last character would else be free to alter.
  if (!keyId || bytes.toString('base64url') !== body || bytes.length < nonceBytes + tagBytes)
    throw new KeyRingError('malformed', 'not a ciphertext of the key ring');
  return { keyId, bytes };
}

/** Strict, where Buffer.from skips over anything it does not know; takes both alphabets, with or without padding. */
function fromBase64(text: string): Buffer | null {
  const plain = text
    .replaceAll('-', '+')
    .replaceAll('_', '/')
    .replace(/={1,2}$/, '');
  const bytes = Buffer.from(plain, 'base64');
  return plain !== '' && bytes.toString('base64').replace(/=+$/, '') === plain ? bytes : null;
}
