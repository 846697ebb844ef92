import { connect } from 'node:net';
import { createInterface } from 'node:readline';

/** A bare LMTP client that keeps its connection: what a delivery costs here is Dovecot's, not ours. */
export async function openLmtp(port: number) {
  const socket = connect(port, '127.0.0.1');
  const lines = createInterface({ input: socket })[Symbol.asyncIterator]();
  socket.setNoDelay(true);
  await answer();
  await say('LHLO bench');
  let turn: Promise<unknown> = Promise.resolve();

  async function answer(): Promise<string> {
    for (;;) {
      const { value, done } = await lines.next();
      if (done) throw new Error('LMTP: the server closed the connection');
      if (/^[45]/.test(value)) throw new Error(`LMTP: ${value}`);
      if (value[3] !== '-') return value;
    }
  }
  async function say(line: string) {
    socket.write(`${line}\r\n`);
    return answer();
  }
  async function deliver(to: string, messageId: string): Promise<number> {
    await say('MAIL FROM:<bench@example.com>');
    await say(`RCPT TO:<${to}>`);
    await say('DATA');
    const date = new Date().toUTCString();
    await say(
      `Message-ID: ${messageId}\r\nFrom: Bench <bench@example.com>\r\nTo: <${to}>\r\nDate: ${date}\r\nSubject: Bench\r\n\r\nA small mail.\r\n.`,
    );
    return performance.now();
  }

  return {
    /** Deliver one message; resolves with the time at which the server had taken it. */
    deliver(to: string, messageId: string): Promise<number> {
      const done = turn.then(() => deliver(to, messageId));
      turn = done.catch(() => {});
      return done;
    },
    close: () => socket.destroy(),
  };
}
