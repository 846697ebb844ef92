/**
 * An SMTP server whose memory is a file: what it has heard is written down before it says anything about it, so that the
 * count is true also when this process is killed. `dot`: the end of a mail came. `took`: it is about to be answered with 250.
 */
import { appendFileSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

const [port, record, mostPauseMs] = [Number(process.argv[2]), process.argv[3]!, Number(process.argv[4])];
/** So slow that a kill finds many mails on their way, in each phase of it. */
const pause = () => delay(Math.random() * mostPauseMs);
const write = (what: 'dot' | 'took', messageId: string) => appendFileSync(record, `${what} ${messageId}\n`);

async function serve(socket: Socket) {
  let buffer = '';
  const until = async (end: string): Promise<string | null> => {
    while (!buffer.includes(end)) {
      const chunk = await new Promise<string | null>((resolve) => {
        const over = () => resolve(null);
        socket.once('data', (text: string) => {
          socket.off('close', over);
          resolve(text);
        });
        socket.once('close', over);
      });
      if (chunk === null) return null;
      buffer += chunk;
    }
    const at = buffer.indexOf(end);
    const text = buffer.slice(0, at);
    buffer = buffer.slice(at + end.length);
    return text;
  };
  const say = (line: string) => void (socket.writable && socket.write(`${line}\r\n`));
  say('220 sink ESMTP');
  for (;;) {
    const line = await until('\r\n');
    if (line === null) return;
    const verb = line.slice(0, 4).toUpperCase();
    if (verb === 'EHLO') say('250-sink\r\n250-PIPELINING\r\n250-8BITMIME\r\n250-SIZE 30000000\r\n250 AUTH PLAIN');
    else if (verb === 'AUTH') say('235 2.7.0 ok');
    else if (verb === 'DATA') {
      await pause();
      say('354 go on');
      const mail = await until('\r\n.\r\n');
      if (mail === null) return;
      const messageId = /^message-id: (\S+)/im.exec(mail)?.[1] ?? 'none';
      write('dot', messageId);
      await pause();
      write('took', messageId);
      await pause();
      say('250 2.0.0 taken');
    } else if (verb === 'QUIT') {
      say('221 bye');
      return void socket.end();
    } else say('250 2.0.0 ok');
  }
}

createServer((socket) => {
  socket
    .setEncoding('latin1')
    .setNoDelay(true)
    .on('error', () => {});
  void serve(socket);
}).listen(port, '127.0.0.1');
