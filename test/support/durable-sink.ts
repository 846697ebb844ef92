import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort } from './ports.ts';
import { control, type ServerControl } from './server-control.ts';
import { startServerProcess } from './server-process.ts';

/** An SMTP server in a process of its own, which may be killed and still knows what it has heard. */
export type DurableSink = ServerControl & {
  port: number;
  /** How many ends of a mail came, and how many of them it took, by Message-ID. */
  heard(): Map<string, { dots: number; taken: number }>;
};

/** Start one whose record is below `dir`. It waits up to `mostPauseMs` thrice within each mail. */
export async function startDurableSink({
  dir,
  mostPauseMs,
}: {
  dir: string;
  mostPauseMs: number;
}): Promise<DurableSink> {
  const port = await freePort();
  const record = join(dir, `sink-${port}.record`);
  writeFileSync(record, '');
  const program = fileURLToPath(new URL('durable-sink-process.ts', import.meta.url));
  const server = control(() =>
    startServerProcess({
      name: 'the SMTP sink',
      command: [process.execPath, program, `${port}`, record, `${mostPauseMs}`],
      cwd: dir,
      ports: [port],
      logFile: join(dir, `sink-${port}.log`),
      stopSignal: 'SIGTERM',
    }),
  );
  await server.start();
  return {
    ...server,
    port,
    heard() {
      const heard = new Map<string, { dots: number; taken: number }>();
      for (const line of readFileSync(record, 'utf8').split('\n').filter(Boolean)) {
        const [what, messageId] = line.split(' ') as ['dot' | 'took', string];
        const known = heard.get(messageId) ?? { dots: 0, taken: 0 };
        known[what === 'dot' ? 'dots' : 'taken']++;
        heard.set(messageId, known);
      }
      return heard;
    },
  };
}
