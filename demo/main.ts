/**
 * `npm run demo`: Postbud at work, on real servers, from the first job to the last event. What is printed here is what a
 * CRM would hear. `--once` ends by itself, with status 0 only if each expected event came.
 */
import { parseArgs } from 'node:util';
import { startCrm } from '../test/support/crm.ts';
import { startDaemon } from '../test/support/daemon.ts';
import type { HeardEvent } from '../test/support/events.ts';
import { startServers, useRunning } from '../test/support/servers.ts';
import { describeEvent, say, title } from './print.ts';

const { values } = parseArgs({ options: { once: { type: 'boolean', default: false } } });
const limitMs = 30_000;

const ended = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => ended.abort(new Error(signal)));
}

title('Starting real servers: Postgres, Redis, Dovecot and Postfix, for this demo only');
const { servers, stop } = await startServers({ say });
useRunning(servers);
let failed = false;
try {
  await Promise.race([demo(), whenEnded()]);
} catch (error) {
  if (!ended.signal.aborted) {
    failed = true;
    console.error(`\nThe demo did not go as it should: ${(error as Error).message}`);
  }
} finally {
  say('stopping all servers');
  await stop();
}
process.exit(failed ? 1 : 0);

async function demo() {
  title('Starting the daemon (`npm start` in a process of its own)');
  const daemon = await startDaemon();
  say(`health      ${daemon.url}/readyz`);
  say(`dashboard   ${daemon.url}/queues   (any user name; password: ${daemon.adminToken})`);
  say(`API docs    ${daemon.url}/docs`);
  say(`metrics     ${daemon.url}/metrics   (the same password)`);

  const crm = await startCrm(daemon, { tenantId: 'acme' });
  const deliveredAt = new Map<string, number>();
  const print = (event: HeardEvent) => say(describeEvent(event, deliveredAt));
  const heard = crm.events.next;
  crm.events.onEvent(print);

  title('Connecting the mailbox of Ada, through the queue `connect-account`');
  const ada = await servers.mailServer.addUser({ address: 'ada@postbud.test' });
  const order = await crm.add('connect-account', await crm.connectPayload(ada, { userId: 'ada' }));
  say(`job result  ${JSON.stringify(await order.result(limitMs))}`);
  await expectEvent('account.connected');
  await expectEvent('mailbox.sync_completed');

  title('Delivering mail to her, from outside through SMTP and straight through LMTP');
  await deliver('A question about the offer', 'smtp');
  await deliver('Re: lunch on Friday', 'lmtp');
  await deliver('Invoice 1042', 'lmtp');

  title('Sending a mail from her mailbox, through the queue `send-message`');
  const send = await crm.add('send-message', {
    tenantId: 'acme',
    userId: 'ada',
    idempotencyKey: `demo-${Date.now()}`,
    fromName: 'Ada Holm',
    to: [{ name: 'Bo', address: 'bo@example.com' }],
    subject: 'Your offer',
    text: 'Dear Bo,\n\nhere is the offer.\n\nAda',
  });
  const sent = await send.result(limitMs);
  say(`job result  ${JSON.stringify(sent)}`);
  await expectEvent('send.sent');
  if (sent.status !== 'sent') throw new Error(`the mail was not sent: ${sent.status}`);
  const outside = await servers.mailServer.outside();
  if (!(await outside.messages()).some(({ raw }) => raw.includes(sent.messageIdHeader))) {
    throw new Error('the mail did not arrive');
  }
  say('the mail has arrived at its recipient');

  if (values.once) {
    title('Each expected event came');
    return stopDaemon();
  }
  title('Ready for more. Ctrl-C stops everything');
  const { imap, smtp } = ada;
  say(`log in as   ${ada.address} / ${ada.password}`);
  say(
    `            IMAP ${imap.host}:${imap.port} (TLS), SMTP ${smtp.host}:${smtp.port} (TLS), certificate by a CA of this run`,
  );
  await whenEnded().catch(() => {});
  return stopDaemon();

  async function deliver(subject: string, via: 'lmtp' | 'smtp') {
    const from = { name: 'Bo Nilsson', address: 'bo@example.com' };
    const at = Date.now();
    const { messageId } = await ada.deliver({ from, subject, text: `${subject}: this is what it is about.` }, { via });
    deliveredAt.set(messageId, at);
    await heard((event) => event.type === 'postbud.message.received' && event.data.subject === subject, {
      timeoutMs: limitMs,
    });
  }

  async function expectEvent(type: string) {
    await heard(type, { timeoutMs: limitMs });
  }

  async function stopDaemon() {
    await crm.close();
    await daemon.stop();
  }
}

function whenEnded(): Promise<never> {
  return new Promise((_, reject) => {
    if (ended.signal.aborted) reject(ended.signal.reason);
    ended.signal.addEventListener('abort', () => reject(ended.signal.reason), { once: true });
  });
}
