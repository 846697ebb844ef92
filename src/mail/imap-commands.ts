import type { ImapFlow } from 'imapflow';
import { MailError } from './errors.ts';
import { tooMuch } from './faults.ts';
import type { ServerLines } from './imap-lines.ts';
import type { Phase } from './refusals/index.ts';

/** The end of a connection, told once to everybody who waits for something on it. */
export interface Ending {
  /** Why it ended; undefined while it is open. */
  readonly fault: MailError | undefined;
  /** End it. The first cause counts. */
  end(fault: MailError): void;
  /** Call `told` at the end, at once if it has come; returns how to stop listening. */
  listen(told: (fault: MailError) => void): () => void;
}

/** Nobody polls it and nothing hangs on it: a promise here would keep every wait of the connection's life in memory. */
export function createEnding(close: () => void): Ending {
  const listeners = new Set<(fault: MailError) => void>();
  let fault: MailError | undefined;
  return {
    get fault() {
      return fault;
    },
    end(cause) {
      if (fault) return;
      fault = cause;
      close();
      for (const told of [...listeners]) told(cause);
      listeners.clear();
    },
    listen(told) {
      if (fault) told(fault);
      else listeners.add(told);
      return () => listeners.delete(told);
    },
  };
}

/**
 * What a command may take: `silenceMs` without a byte from the server, `limitMs` and `maxBytes` in all. What is read
 * row by row needs no `maxBytes`; the rest ImapFlow collects, and makes objects of a kilobyte out of lines of sixty bytes.
 */
export type Limits = { phase?: Phase; silenceMs?: number; limitMs?: number; maxBytes?: number };

/** The commands of one connection: one at a time, each with a limit, each failure a {@link MailError}. */
export interface Commands {
  run<T>(command: () => Promise<T>, limits?: Limits): Promise<T>;
  /** How many commands have been begun. */
  count(): number;
  /** Resolves when no command is under way. */
  idle(): Promise<void>;
}

/** Run commands over `client` until its end. A server that does not answer in time ends the connection. */
export function createCommands(options: {
  client: ImapFlow;
  ending: Ending;
  lines: ServerLines;
  faultOf: (error: unknown, phase: Phase) => MailError;
}): Commands {
  const { client, ending, lines, faultOf } = options;
  let turn: Promise<unknown> = Promise.resolve();
  let waiting = 0;
  let count = 0;

  return {
    count: () => count,
    async idle() {
      while (waiting > 0) await turn;
    },
    run(command, { phase = 'select', silenceMs = 60_000, limitMs = 600_000, maxBytes = 4 * 2 ** 20 } = {}) {
      waiting += 1;
      const result = turn.then(async () => {
        if (ending.fault) throw ending.fault;
        count += 1;
        const stop = watch(client, { silenceMs, limitMs }, () => ending.end(tooLate()));
        const stopCounting = lines.budget(maxBytes, () => ending.end(faultOf(tooMuch(), phase)));
        try {
          return await untilEnd(ending, command());
        } catch (error) {
          throw ending.fault ?? faultOf(error, phase);
        } finally {
          stop();
          stopCounting();
          waiting -= 1;
        }
      });
      turn = result.catch(() => {}); // Told to the one who asked; the next command has its own fate.
      return result;
    },
  };
}

/** The command's outcome, or the connection's end if that comes first. */
function untilEnd<T>(ending: Ending, outcome: Promise<T>): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const stop = ending.listen(reject);
    outcome.then(resolve, reject).finally(stop);
  });
}

/** Call `late` once the server is silent for too long, or the whole takes too long; returns how to stop. */
function watch(client: ImapFlow, { silenceMs, limitMs }: { silenceMs: number; limitMs: number }, late: () => void) {
  const last = performance.now() + limitMs;
  let received = client.stats().received;
  const look = () => {
    const now = client.stats().received;
    if (now === received || performance.now() >= last) return late();
    received = now;
    timer = setTimeout(look, Math.min(silenceMs, Math.max(1, last - performance.now())));
  };
  let timer = setTimeout(look, Math.min(silenceMs, limitMs));
  return () => clearTimeout(timer);
}

const tooLate = () => new MailError({ reason: 'network.timeout', permanent: false, protocol: 'imap', response: '' });
