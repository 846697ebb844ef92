import type { Socket } from 'node:net';

/** The client's side of a protocol of lines, over any socket. */
export type LineDialogue = {
  write(data: string | Buffer): void;
  /** The next line without its line end; rejects when the connection ends first. */
  line(): Promise<string>;
  /** Exactly so many bytes, as an IMAP literal announces them. */
  bytes(count: number): Promise<Buffer>;
  close(): void;
};

/** Speak over `socket`. Nothing is lost between two reads: what is not asked for yet stays in the buffer. */
export function lineDialogue(socket: Socket): LineDialogue {
  let buffer: Buffer = Buffer.alloc(0);
  let ended: Error | null = null;
  let wake = () => {};
  const end = (error?: Error) => {
    ended ??= error ?? new Error('the server closed the connection');
    wake();
  };
  socket.on('data', (chunk: Buffer) => {
    buffer = buffer.length ? Buffer.concat([buffer, chunk]) : chunk;
    wake();
  });
  socket.on('error', end).on('close', () => end());

  const take = async (available: () => number) => {
    for (;;) {
      const count = available();
      if (count >= 0) {
        const taken = buffer.subarray(0, count);
        buffer = buffer.subarray(count);
        return taken;
      }
      if (ended) throw ended;
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  };
  return {
    write: (data) => void socket.write(data),
    line: async () => {
      const taken = await take(() => {
        const at = buffer.indexOf('\n');
        return at < 0 ? -1 : at + 1;
      });
      return taken.toString().replace(/\r?\n$/, '');
    },
    bytes: (count) => take(() => (buffer.length < count ? -1 : count)),
    close: () => socket.destroy(),
  };
}
