import type { ImapAttribute, ImapFlow, ImapResponse } from 'imapflow';
import { type Row, readRow } from './imap-tokens.ts';

/** What of ImapFlow is not in its types: what its own commands are made of. */
type Internals = {
  preCheck: false | (() => Promise<void>);
  exec(
    command: string,
    attributes: { type: 'TEXT'; value: string }[],
    options: { untagged?: Record<string, (answer: ImapResponse) => Promise<void>> },
  ): Promise<{ response: ImapResponse; next(): void }>;
  handleResponse(data: { payload: Buffer; literals: Buffer[] }): Promise<boolean>;
};

/** A handler of one kind of untagged answers. */
export type Hear = (answer: ImapResponse) => void;

/** Commands that ImapFlow does not have, or not without a thousand promises for each row. One at a time. */
export interface Exec {
  /** Send a command as it stands, and hear its untagged answers of these kinds; resolves with the tagged one. */
  command(line: string, untagged?: Record<string, Hear>): Promise<ImapResponse>;
  /**
   * Hear the rows of FETCH that come while `work` is under way. `onRow` says whether the row is one that was asked for;
   * others are news of changed flags and take ImapFlow's way. What it throws fails the work, once that is done.
   */
  hearing<T>(onRow: (row: Row) => boolean, work: () => Promise<T>): Promise<T>;
}

/** Our own commands over `client`. */
export function createExec(client: ImapFlow): Exec {
  const inner = client as unknown as Internals;
  let onRow: ((row: Row) => boolean) | undefined;
  const handle = inner.handleResponse;
  // Before ImapFlow parses a row: its tokenizer takes most of the time of a first sync.
  inner.handleResponse = (data) => {
    const row = onRow && readRow(data.payload, data.literals);
    if (row && onRow?.(row)) return Promise.resolve(true);
    return handle.call(client, data);
  };

  async function command(line: string, untagged: Record<string, Hear> = {}): Promise<ImapResponse> {
    // The line is ours but for names and numbers that were checked; this is the last look.
    if (/[\r\n\0]/.test(line)) throw new Error('A command must be one line');
    let failure: { cause: unknown } | undefined;
    const handlers: Record<string, (answer: ImapResponse) => Promise<void>> = {};
    for (const [kind, hear] of Object.entries(untagged)) {
      handlers[kind] = async (answer) => {
        if (failure) return;
        try {
          hear(answer);
        } catch (cause) {
          failure = { cause }; // ImapFlow would only log it.
        }
      };
    }
    if (typeof inner.preCheck === 'function') await inner.preCheck(); // It ends an IDLE.
    const [name, rest] = splitName(line);
    try {
      const { response, next } = await inner.exec(name, rest === '' ? [] : [{ type: 'TEXT', value: rest }], {
        untagged: handlers,
      });
      next();
      if (failure) throw failure.cause;
      return response;
    } catch (error) {
      throw withCode(error as Refused);
    }
  }

  return {
    command,
    async hearing(hear, work) {
      let failure: { cause: unknown } | undefined;
      onRow = (row) => {
        if (failure) return true;
        try {
          return hear(row);
        } catch (cause) {
          failure = { cause };
          return true;
        }
      };
      try {
        const result = await work();
        if (failure) throw failure.cause;
        return result;
      } finally {
        onRow = undefined;
      }
    },
  };
}

type Refused = Error & { serverResponseCode?: string; response?: ImapResponse | string };

/** As ImapFlow's own commands do it: the response code is what a refusal is judged by. */
function withCode(error: Refused): Refused {
  if (error.response && typeof error.response === 'object') {
    const code = codeIn(error.response)[0];
    if (typeof code === 'string') error.serverResponseCode = code.toUpperCase();
  }
  return error;
}

/** The values of a response code: `[COPYUID 12 1:2 7:8]` as `['COPYUID', '12', '1:2', '7:8']`. */
export function codeIn(response: ImapResponse): unknown[] {
  const first = response.attributes?.[0];
  const section = first && !first.value ? first.section : undefined;
  return (section ?? []).map(plain);
}

function plain(attribute: ImapAttribute): unknown {
  if (Array.isArray(attribute)) return attribute.map(plain);
  return attribute?.value ?? null;
}

function splitName(line: string): [string, string] {
  const words = /^((?:UID )?[A-Z]+)(?: (.*))?$/s.exec(line);
  if (!words) throw new Error('A command begins with its name');
  return [words[1]!, words[2] ?? ''];
}
