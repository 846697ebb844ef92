/** A value of an IMAP answer: atoms and quoted strings as they stand, literals as bytes, NIL as null. */
export type Token = string | Buffer | null | Token[];

/** A row of FETCH: its data items by their names in upper case, `BODY[1]` without `<0>`, `BODY[HEADER.FIELDS]` without the names. */
export type Row = { items: Map<string, Token>; garbled?: string };

/** Deeper lists are read as NIL. A message nests as deep as its sender likes; fifty forwarded ones are two hundred. */
const deepest = 400;
/** More values than any envelope and structure hold together. */
const mostTokens = 200_000;
/** Of a longer row each value is copied out, so that a few words kept do not keep megabytes. */
const longRow = 32_768;

const isRow = /^\* \d{1,10} FETCH \(/i;

/**
 * Read `* 12 FETCH (…)`, as ImapFlow's stream cuts it out of what the server sends: the line, with the literals taken
 * out. One walk from left to right over bytes, a tenth of the work of ImapFlow's tokenizer. Undefined for any other line;
 * a row that breaks off has what could be read up to there.
 */
export function readRow(payload: Buffer, literals: readonly Buffer[]): Row | undefined {
  if (payload[0] !== 0x2a) return undefined;
  const start = isRow.exec(payload.toString('latin1', 0, 24))?.[0].length;
  if (start === undefined) return undefined;
  const reader = new Reader(payload, literals, start);
  const items = new Map<string, Token>();
  try {
    for (let key = reader.key(); key !== undefined; key = reader.key()) items.set(key, reader.value(0));
    return { items };
  } catch (error) {
    return { items, garbled: (error as Error).message };
  }
}

const space = 0x20;
const quote = 0x22;
const open = 0x28;
const close = 0x29;
const backslash = 0x5c;

class Reader {
  readonly #text: string;
  readonly #literals: readonly Buffer[];
  readonly #copies: boolean;
  #at: number;
  #literal = 0;
  #tokens = 0;

  constructor(payload: Buffer, literals: readonly Buffer[], start: number) {
    this.#text = payload.toString('latin1');
    this.#copies = payload.length > longRow;
    this.#literals = literals;
    this.#at = start;
  }

  /** The next name of a data item; undefined at the end of the row. */
  key(): string | undefined {
    this.#skipSpaces();
    const from = this.#at;
    if (from >= this.#text.length) throw new Error('the row breaks off');
    if (this.#text.charCodeAt(from) === close) return undefined;
    let end = from;
    for (; end < this.#text.length; end++) {
      const code = this.#text.charCodeAt(end);
      if (code === space || code === open || code === close) break;
    }
    let name = this.#text.slice(from, end).toUpperCase();
    if (name.includes('[') && !name.includes(']')) {
      const closing = this.#text.indexOf(']', end);
      if (closing < 0) throw new Error('a section breaks off');
      name = `${name}]`;
      end = closing + 1;
      while (end < this.#text.length && this.#text.charCodeAt(end) !== space) end++;
    }
    if (end === from) throw new Error('a name is missing');
    this.#at = end;
    const origin = name.indexOf('<');
    return origin < 0 ? name : name.slice(0, origin);
  }

  value(depth: number): Token {
    this.#skipSpaces();
    if (++this.#tokens > mostTokens) throw new Error('the row has too many values');
    const code = this.#text.charCodeAt(this.#at);
    if (code === open) return this.#list(depth + 1);
    if (code === quote) return this.#quoted();
    return this.#atom();
  }

  #list(depth: number): Token {
    const list: Token[] | null = depth > deepest ? null : [];
    if (!list) return this.#skipList();
    this.#at++;
    for (;;) {
      this.#skipSpaces();
      if (this.#at >= this.#text.length) throw new Error('a list breaks off');
      if (this.#text.charCodeAt(this.#at) === close) break;
      list.push(this.value(depth));
    }
    this.#at++;
    return list;
  }

  /** Step over a list that nests too deep, without a stack. */
  #skipList(): null {
    let level = 0;
    do {
      this.#skipSpaces();
      if (this.#at >= this.#text.length) throw new Error('a list breaks off');
      const code = this.#text.charCodeAt(this.#at);
      if (code === open) level++;
      if (code === close) level--;
      if (code === open || code === close) this.#at++;
      else if (code === quote) this.#quoted();
      else this.#atom();
    } while (level > 0);
    return null;
  }

  #quoted(): string {
    const from = this.#at + 1;
    const end = this.#text.indexOf('"', from);
    if (end < 0) throw new Error('a string breaks off');
    const plain = this.#text.slice(from, end);
    if (!plain.includes('\\')) {
      this.#at = end + 1;
      return this.#own(plain);
    }
    let value = '';
    let at = from;
    for (; at < this.#text.length; at++) {
      const code = this.#text.charCodeAt(at);
      if (code === quote) break;
      if (code === backslash) at++;
      value += this.#text[at] ?? '';
    }
    if (at >= this.#text.length) throw new Error('a string breaks off');
    this.#at = at + 1;
    return value;
  }

  /** An atom, NIL, or the mark of a literal, which ends its line. */
  #atom(): string | Buffer | null {
    const from = this.#at;
    let end = from;
    for (; end < this.#text.length; end++) {
      const code = this.#text.charCodeAt(end);
      if (code <= space || code === open || code === close) break;
    }
    if (end === from) throw new Error('a value is missing');
    this.#at = end;
    const atom = this.#text.slice(from, end);
    if (atom.length === 3 && atom.toUpperCase() === 'NIL') return null;
    const next = this.#text.charCodeAt(end);
    if ((next === 13 || next === 10) && /^~?\{\d+\+?\}$/.test(atom)) {
      const literal = this.#literals[this.#literal++];
      if (!literal) throw new Error('a literal is missing');
      this.#at = this.#text.indexOf('\n', end) + 1;
      return literal;
    }
    return this.#own(atom);
  }

  #own(value: string): string {
    return this.#copies && value.length > 12 ? Buffer.from(value, 'latin1').toString('latin1') : value;
  }

  #skipSpaces() {
    while (this.#text.charCodeAt(this.#at) <= space) this.#at++;
  }
}

/** The text of a value: what is no ASCII is UTF-8, or else what old programs send raw. Empty for NIL and lists. */
export function textIn(token: Token | undefined): string {
  if (typeof token === 'string') return isAscii(token) ? token : decodeRaw(Buffer.from(token, 'latin1'));
  return Buffer.isBuffer(token) ? decodeRaw(token) : '';
}

/** A number up to `most`; undefined for anything else. */
export function numberIn(token: Token | undefined, most = 0xffff_ffff): number | undefined {
  if (typeof token !== 'string' || token.length > 16 || !/^\d+$/.test(token)) return undefined;
  const number = Number(token);
  return number <= most ? number : undefined;
}

/** A modseq: 63 bits (RFC 7162), in a list by itself or bare. */
export function modseqIn(token: unknown): bigint | null {
  const value: unknown = Array.isArray(token) ? token[0] : token;
  if (typeof value !== 'string' || !/^\d{1,19}$/.test(value)) return null;
  const modseq = BigInt(value);
  return modseq <= mostModseq ? modseq : null;
}

export const mostModseq = 2n ** 63n - 1n;

/** The list of a value; empty for anything else. */
export const listIn = (token: Token | undefined): Token[] => (Array.isArray(token) ? token : []);

function decodeRaw(bytes: Buffer): string {
  const text = bytes.toString('utf8');
  return text.includes('\ufffd') ? new TextDecoder('windows-1252').decode(bytes) : text;
}

function isAscii(text: string): boolean {
  for (let at = 0; at < text.length; at++) if (text.charCodeAt(at) > 0x7e) return false;
  return true;
}
