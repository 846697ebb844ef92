import { readFileSync } from 'node:fs';
import { connect } from 'node:tls';

/**
 * The limit that we are held against: a bare TLS socket in IDLE, which waits for `* n EXISTS` and does nothing else.
 * @param heard is called with the number of messages that the line names.
 */
export async function openBareIdle(
  login: { port: number; user: string; password: string; caFile: string },
  heard: (exists: number) => void,
) {
  const socket = connect({
    port: login.port,
    host: '127.0.0.1',
    servername: 'localhost',
    ca: readFileSync(login.caFile),
  });
  const idling = Promise.withResolvers<void>();
  const steps = [`a LOGIN "${login.user}" "${login.password}"`, 'b SELECT INBOX', 'c IDLE'];
  let buffered = '';
  let isIdle = false;
  socket.on('error', idling.reject);
  socket.on('data', (chunk) => {
    buffered += chunk;
    for (let end = buffered.indexOf('\r\n'); end >= 0; end = buffered.indexOf('\r\n')) {
      const line = buffered.slice(0, end);
      buffered = buffered.slice(end + 2);
      if (isIdle) {
        const exists = /^\* (\d+) EXISTS/.exec(line);
        if (exists) heard(Number(exists[1]));
      } else if (line.startsWith('+ ')) {
        isIdle = true;
        idling.resolve();
      } else if (/^(\* OK|[ab] OK)/.test(line) && !/^\* OK \[(?!CAPABILITY)/.test(line)) {
        socket.write(`${steps.shift()}\r\n`);
      }
    }
  });
  await idling.promise;
  return { close: () => socket.destroy() };
}
