import type { ImapFlow } from 'imapflow';
import type { Commands, Ending } from './imap-commands.ts';
import type { News, NewsBox } from './imap-news.ts';

/** How long one call of `waitForNews` waits: well before a router forgets the connection or the server ends the IDLE. */
const defaultLimitMs = () => 4 * 60_000 + Math.random() * 5 * 60_000;
/** How often a server without IDLE is asked. */
const defaultPollMs = 30_000;
/** The time to answer a NOOP, after which the server counts as gone. */
const answerWithinMs = 10_000;
/** An IDLE that the server ends sooner than this, three times, is no IDLE. */
const shortestIdleMs = 1_000;

export type WaitOptions = { limitMs?: number; signal?: AbortSignal; pollMs?: number };

/**
 * Waiting for news on one connection. IDLE begins at once (ImapFlow by itself waits for 15 s, and a mailbox is deaf
 * meanwhile), stays on after news has come (the next command breaks it), and begins again after each command.
 */
export function createWait(parts: { client: ImapFlow; news: NewsBox; commands: Commands; ending: Ending }) {
  const { client, news, commands, ending } = parts;
  let idling: Promise<void> | undefined;
  let failures = 0;

  const idle = () => {
    if (idling) return idling;
    const [begun, commandsThen] = [performance.now(), commands.count()];
    const judge = (result: unknown) => {
      const unasked = commands.count() === commandsThen && performance.now() - begun < shortestIdleMs;
      if (result === false) failures = 3;
      else failures = unasked ? failures + 1 : 0;
    };
    idling = client
      .idle()
      .then(judge, () => {}) // An error is the connection's end, which tells everybody why.
      .finally(() => {
        idling = undefined;
      });
    return idling;
  };

  /** Demand an answer. It ends an IDLE, which some servers and routers forget without a word. */
  const proveAlive = () => commands.run(() => client.noop(), { phase: 'idle', limitMs: answerWithinMs });

  return async (options: WaitOptions = {}): Promise<News> => {
    const { limitMs = defaultLimitMs(), signal, pollMs = defaultPollMs } = options;
    const until = performance.now() + limitMs;
    for (;;) {
      signal?.throwIfAborted();
      if (ending.fault) throw ending.fault;
      const change = news.take();
      if (change) return change;
      const left = until - performance.now();
      if (left <= 0) {
        await proveAlive();
        return news.take() ?? 'quiet';
      }
      await commands.idle();
      if (!ending.fault && !client.mailbox) throw new Error('waitForNews: no folder is selected');
      const canIdle = client.capabilities.has('IDLE') && failures < 3;
      const pause = canIdle ? left : Math.min(left, pollMs);
      const over = await firstOf({ news, ending, signal, pause, ended: canIdle ? idle() : undefined });
      if (over === 'pause' && !canIdle && pause < left) await proveAlive();
    }
  };
}

/** What comes first: news, the end of the IDLE, or the end of the pause. An abort and the connection's end reject. */
function firstOf(waits: {
  news: NewsBox;
  ending: Ending;
  signal: AbortSignal | undefined;
  pause: number;
  ended: Promise<void> | undefined;
}): Promise<'news' | 'pause' | 'ended'> {
  const { news, ending, signal, pause, ended } = waits;
  const stops: (() => void)[] = [];
  return new Promise<'news' | 'pause' | 'ended'>((resolve, reject) => {
    const timer = setTimeout(resolve, pause, 'pause');
    const aborted = () => reject(signal?.reason);
    signal?.addEventListener('abort', aborted, { once: true });
    stops.push(
      () => clearTimeout(timer),
      () => signal?.removeEventListener('abort', aborted),
    );
    stops.push(
      ending.listen(reject),
      news.listen(() => resolve('news')),
    );
    void ended?.then(() => resolve('ended'));
  }).finally(() => {
    for (const stop of stops) stop();
  });
}
