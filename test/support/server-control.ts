import type { ServerProcess } from './server-process.ts';

/** What may be done to one server; it comes back on the same ports with the same mail. */
export type ServerControl = {
  start(): Promise<void>;
  stop(): Promise<void>;
  /** Without a goodbye on any connection. */
  kill(): Promise<void>;
  restart(): Promise<void>;
  /** Connections stay open, and nothing answers. */
  pause(): void;
  resume(): void;
};

/** A server that is started again and again by the same means. */
export function control(start: () => Promise<ServerProcess>): ServerControl {
  let running: ServerProcess | null = null;
  const end = async (how: 'stop' | 'kill') => {
    await running?.[how]();
    running = null;
  };
  const self: ServerControl = {
    async start() {
      running ??= await start();
    },
    stop: () => end('stop'),
    kill: () => end('kill'),
    async restart() {
      await end('stop');
      await self.start();
    },
    pause: () => running?.pause(),
    resume: () => running?.resume(),
  };
  return self;
}
