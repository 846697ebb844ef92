import { pino } from 'pino';
import type { Log } from '../../src/log.ts';

/** A log that keeps its lines instead of writing them. */
export function quietLog(): { log: Log; lines: { msg?: string; [field: string]: unknown }[] } {
  const lines: { msg?: string }[] = [];
  const log = pino({ level: 'debug', base: null }, { write: (line: string) => void lines.push(JSON.parse(line)) });
  return { log: log as unknown as Log, lines };
}
