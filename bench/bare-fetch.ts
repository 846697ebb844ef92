/** A bare ImapFlow loop over INBOX: what `fetch` asks for, thrown away. Prints how many ms the fetching took. */
import { ImapFlow } from 'imapflow';
import { fetchedHeaders } from '../src/mail/imap-headers.ts';

const { port, user, pass } = JSON.parse(process.env.IMAP_LOGIN!);
const client = new ImapFlow({
  host: '127.0.0.1',
  port,
  secure: true,
  auth: { user, pass },
  logger: false,
  tls: { rejectUnauthorized: false },
  disableAutoIdle: true,
});
client.on('error', () => {});
await client.connect();
await client.mailboxOpen('INBOX');
const query = {
  uid: true,
  flags: true,
  internalDate: true,
  size: true,
  envelope: true,
  bodyStructure: true,
  threadId: true,
  headers: fetchedHeaders.split(' '),
  bodyParts: [{ key: '1', start: 0, maxLength: 3_072 }],
};
const startedAt = performance.now();
for await (const _ of client.fetch('1:*', query, { uid: true })) {
  // thrown away
}
console.log((performance.now() - startedAt).toFixed(1));
await client.logout();
