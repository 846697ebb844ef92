/** An SMTP server that takes every mail and only counts, in a process of its own: `{port}` first, then answers `count`. */
import { createServer } from 'node:net';

let mails = 0;
const seen = new Set<string>();
let twice = 0;

const server = createServer((socket) => {
  let buffer = '';
  let inData = false;
  socket.setNoDelay(true).on('error', () => {});
  socket.write('220 sink ESMTP\r\n');
  socket.on('data', (chunk) => {
    buffer += chunk.toString('latin1');
    let answers = '';
    for (;;) {
      if (inData) {
        const end = buffer.indexOf('\r\n.\r\n');
        if (end < 0) break;
        const id = /^message-id: (\S+)/im.exec(buffer.slice(0, end))?.[1] ?? '';
        if (seen.has(id)) twice++;
        seen.add(id);
        mails++;
        buffer = buffer.slice(end + 5);
        inData = false;
        answers += '250 2.0.0 taken\r\n';
        continue;
      }
      const end = buffer.indexOf('\r\n');
      if (end < 0) break;
      const verb = buffer.slice(0, 4).toUpperCase();
      buffer = buffer.slice(end + 2);
      if (verb === 'EHLO')
        answers += '250-sink\r\n250-PIPELINING\r\n250-8BITMIME\r\n250-SIZE 30000000\r\n250 AUTH PLAIN\r\n';
      else if (verb === 'AUTH') answers += '235 2.7.0 ok\r\n';
      else if (verb === 'DATA') {
        inData = true;
        answers += '354 go on\r\n';
      } else answers += verb === 'QUIT' ? '221 bye\r\n' : '250 2.0.0 ok\r\n';
    }
    if (answers !== '') socket.write(answers);
  });
});
server.listen(0, '127.0.0.1', () => process.send?.({ port: (server.address() as { port: number }).port }));
process.on('message', () => process.send?.({ mails, twice }));
process.on('disconnect', () => process.exit(0));
