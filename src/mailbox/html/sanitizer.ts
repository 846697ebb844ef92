import { Worker } from 'node:worker_threads';
import type { Cleaned, CleanOptions } from './clean.ts';

/** Five megabytes take less than a second. */
const limitMs = 5_000;
const mostWaiting = 50;

/** The HTML could not be made safe in time; it is not shown. */
export class NotCleaned extends Error {
  override name = 'NotCleaned';
}

export type Sanitizer = ReturnType<typeof openSanitizer>;
type Task = { html: string; options: CleanOptions; resolve(cleaned: Cleaned): void; reject(error: Error): void };

/**
 * Cleans HTML in a thread of its own, one mail after another, each within its time and memory: a thread that does not
 * come back is ended, and the next mail gets a new one. The thread begins with the first mail.
 */
export function openSanitizer() {
  const waiting: Task[] = [];
  let worker: Worker | undefined;
  let current: { task: Task; timer: NodeJS.Timeout } | undefined;
  let closed = false;

  function next() {
    const task = current ? undefined : waiting.shift();
    if (!task) return;
    worker ??= start();
    current = { task, timer: setTimeout(() => drop(new NotCleaned('not within its time')), limitMs) };
    worker.postMessage({ html: task.html, options: task.options });
  }

  function start(): Worker {
    const started = new Worker(new URL(`./worker${import.meta.url.slice(-3)}`, import.meta.url), {
      resourceLimits: { maxOldGenerationSizeMb: 256, stackSizeMb: 4 },
    });
    started.unref();
    started.on('message', ({ cleaned, error }: { cleaned?: Cleaned; error?: string }) => {
      if (worker !== started || !current) return;
      clearTimeout(current.timer);
      const { task } = current;
      current = undefined;
      if (cleaned) task.resolve(cleaned);
      else task.reject(new NotCleaned(error));
      next();
    });
    started.on('error', (error) => worker === started && drop(new NotCleaned(error.message))); // out of memory, say
    started.on('exit', () => worker === started && drop(new NotCleaned('the thread ended')));
    return started;
  }

  /** Give up on the mail that is being cleaned, and on its thread. */
  function drop(why: NotCleaned) {
    const ended = worker;
    worker = undefined;
    void ended?.terminate();
    if (current) clearTimeout(current.timer);
    current?.task.reject(why);
    current = undefined;
    if (!closed) next();
  }

  return {
    /** Make HTML safe to show. @throws {NotCleaned} */
    clean(html: string, options: CleanOptions): Promise<Cleaned> {
      return new Promise((resolve, reject) => {
        if (closed || waiting.length >= mostWaiting) return reject(new NotCleaned('too many mails wait'));
        waiting.push({ html, options, resolve, reject });
        next();
      });
    },
    close() {
      closed = true;
      for (const task of waiting.splice(0)) task.reject(new NotCleaned('stopping'));
      drop(new NotCleaned('stopping'));
    },
  };
}
