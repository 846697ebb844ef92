import assert from 'node:assert/strict';
import { connect, createServer, type Socket } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { createDoor } from '../src/mail/addresses.ts';
import { createSmtp, type SmtpConnection } from '../src/mail/smtp.ts';
import type { SendError } from '../src/mail/smtp-faults.ts';
import { readTls } from '../src/mail/tls.ts';
import { freePort } from './support/ports.ts';
import { type SmtpSink, startSmtpSink } from './support/smtp-sink.ts';

const oneWayMs = 25;

/** A line of some length to a server on this machine, and all that the client said on it. */
async function farAway(sink: SmtpSink) {
  const heard: string[] = [];
  const sockets = new Set<Socket>();
  const late = (work: () => void) => setTimeout(work, oneWayMs);
  const server = createServer((near) => {
    const far = connect(sink.port, '127.0.0.1');
    for (const socket of [near, far]) sockets.add(socket.setNoDelay(true).on('error', () => {}));
    near.on('data', (bytes) => {
      heard.push(bytes.toString('latin1'));
      late(() => far.write(bytes));
    });
    far.on('data', (bytes) => late(() => near.write(bytes)));
    near.on('close', () => far.destroy());
    far.on('close', () => late(() => near.destroy()));
  });
  const port = await freePort();
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  const close = () => {
    for (const socket of sockets) socket.destroy();
    server.close();
  };
  return { port, heard, close };
}

const smtp = createSmtp({
  door: createDoor({ allowHosts: ['127.0.0.0/8', '::1'], allowCleartextHosts: ['localhost'] }),
  tls: readTls({}),
});
const mail = (to: string[]) => ({
  from: 'kim@postbud.test',
  to,
  body: Buffer.from('Subject: Hello\r\n\r\nGood morning.\r\n'),
  beforeEnd: async () => {},
});
const people = ['a@example.com', 'b@example.com', 'c@example.com', 'd@example.com', 'e@example.com'];

for (const pipelining of [true, false]) {
  describe(`a server that ${pipelining ? 'offers' : 'does not offer'} PIPELINING`, () => {
    let sink: SmtpSink;
    let line: Awaited<ReturnType<typeof farAway>>;
    let connection: SmtpConnection;
    before(async () => {
      sink = await startSmtpSink({ pipelining });
      line = await farAway(sink);
    });
    after(async () => {
      line.close();
      await sink.close();
    });
    const open = async () => {
      const server = { host: 'localhost', port: line.port, security: 'none', username: 'kim' } as const;
      const login = { kind: 'password', reveal: () => 'secret' } as const;
      connection = await smtp.open({ server, login }, { signal: new AbortController().signal, timeLimitMs: 10_000 });
      line.heard.length = 0;
    };
    const fault = async (to: string[]) => {
      const error = await connection.send(mail(to)).then(
        () => assert.fail('it was taken'),
        (error) => error,
      );
      return error as SendError;
    };

    const trips = pipelining ? 2 : people.length + 3;
    it(`gets a mail to five people in ${trips} round trips`, async (t) => {
      await open();
      await connection.send(mail(people));
      line.heard.length = 0;
      const startedAt = performance.now();
      await connection.send(mail(people));
      const tookMs = performance.now() - startedAt;
      t.diagnostic(`${Math.round(tookMs)} ms, at ${2 * oneWayMs} ms a round trip`);
      assert.ok(tookMs >= trips * 2 * oneWayMs - 10, `${tookMs} ms`);
      const commands = line.heard.filter((text) => /^(?:MAIL|RCPT|DATA)/.test(text));
      assert.equal(commands.length, pipelining ? 1 : people.length + 2);
      assert.equal(sink.mails.length, 2);
    });

    it('knows who of them was refused, and gives the mail to the others', async () => {
      await open();
      const undo = sink.at('rcpt', ({ text }) =>
        /<[bd]@/.test(text) ? `${text.includes('<b@') ? '550 5.1.1 unknown' : '451 4.2.1 later'} ${text}` : undefined,
      );
      const { rejected } = await connection.send(mail(people));
      undo();
      assert.deepEqual(
        rejected.map(({ address, permanent }) => [address, permanent]),
        [
          ['b@example.com', true],
          ['d@example.com', false],
        ],
      );
      for (const { address, response } of rejected) assert.ok(response.includes(address), response);
      assert.deepEqual(sink.mails.at(-1)!.to, ['a@example.com', 'c@example.com', 'e@example.com']);
    });

    for (const [phase, answer] of [
      ['mail', '550 5.7.1 not you'],
      ['rcpt', '550 5.1.1 nobody'],
      ['data', '451 4.3.0 not now'],
    ] as const) {
      it(`gets nothing of a mail when it refuses at ${phase.toUpperCase()}`, async () => {
        await open();
        const undo = sink.at(phase, () => answer);
        const ends = sink.ends.length;
        const { stage, uncertain, response } = await fault(people.slice(0, 2));
        undo();
        assert.deepEqual([stage, uncertain, response], ['envelope', false, answer]);
        assert.doesNotMatch(line.heard.join(''), /Subject|Good morning/);
        assert.equal(sink.ends.length, ends);
        assert.equal(connection.open, false);
      });
    }
  });
}
