/** The thread in which HTML is cleaned: one mail cannot hold up what else the process does. */
import { parentPort } from 'node:worker_threads';
import { type CleanOptions, cleanHtml } from './clean.ts';

parentPort!.on('message', ({ html, options }: { html: string; options: CleanOptions }) => {
  try {
    parentPort!.postMessage({ cleaned: cleanHtml(html, options) });
  } catch (error) {
    parentPort!.postMessage({ error: (error as Error).message });
  }
});
