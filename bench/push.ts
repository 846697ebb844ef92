/**
 * `npm run bench:push`: how long after its delivery a message is a `message.received` on pub/sub, beside the limit in the
 * same run and for the same messages: a bare TLS socket in IDLE on the same mailbox. Dovecot holds every notification
 * back for 500 ms, so what counts is the difference.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { startCrm } from '../test/support/crm.ts';
import { startDaemon } from '../test/support/daemon.ts';
import { startServers, useRunning } from '../test/support/servers.ts';
import { openBareIdle } from './bare-idle.ts';
import { openLmtp } from './lmtp.ts';
import { table } from './table.ts';

const mailboxes = Number(process.env.MAILBOXES ?? 200);
const seconds = Number(process.env.SECONDS ?? 20);
const targets = { median: 25, p99: 150 };

const { servers, stop } = await startServers({ say: (line) => console.log(`  ${line}`) });
useRunning(servers);
process.once('SIGINT', () => void stop().then(() => process.exit(130)));

type Mark = { deliveredAt?: number; bareAt?: number; eventAt?: number };
const marks = new Map<string, Mark>();
/** Message-IDs of a mailbox in the order of delivery; the n-th EXISTS is the n-th of them. */
const order = new Map<string, string[]>();

try {
  const daemon = await startDaemon({ env: { POSTBUD_LOG_LEVEL: 'warn' } });
  const crm = await startCrm(daemon);
  const users = await Promise.all(Array.from({ length: mailboxes }, () => servers.mailServer.addUser()));
  const connectedAt = performance.now();
  await inTurns(users, 10, async (user) => void (await crm.connect(user)));
  console.log(`  ${mailboxes} mailboxes connected in ${((performance.now() - connectedAt) / 1000).toFixed(1)} s`);
  await inTurns(users, 10, async (user) => {
    const mine: string[] = [];
    order.set(user.address, mine);
    const { address, password } = user;
    await openBareIdle({ port: user.imap.port, user: address, password, caFile: servers.caFile }, (exists) => {
      const at = performance.now();
      // EXISTS may count several at once.
      for (const id of mine.slice(0, exists)) marks.get(id)!.bareAt ??= at;
    });
  });
  crm.events.onEvent((event) => {
    const mark = event.type === 'postbud.message.received' && marks.get(event.data.messageIdHeader);
    if (mark) mark.eventAt ??= performance.now();
  });
  const lmtp = await Promise.all(Array.from({ length: 8 }, () => openLmtp(servers.mailServer.ports.lmtp)));
  let count = 0;
  const deliver = async (address: string) => {
    const id = `<bench-${process.pid}-${count++}@example.com>`;
    const mark: Mark = {};
    marks.set(id, mark);
    order.get(address)!.push(id);
    mark.deliveredAt = await lmtp[count % lmtp.length]!.deliver(address, id);
    return mark;
  };

  const rows: string[][] = [];
  for (const rate of [1, 20, 50]) {
    const wanted = Math.max(30, rate * seconds);
    const sent: Promise<Mark>[] = [];
    const startedAt = performance.now();
    for (let index = 0; index < wanted; index++) {
      await delay(Math.max(0, startedAt + (index * 1000) / rate - performance.now()));
      sent.push(deliver(users[(index * 7) % users.length]!.address));
    }
    rows.push(rowOf(`${rate} messages/s`, await settled(sent)));
  }
  const seconds2: Promise<Mark>[] = [];
  const pairs = users.slice(0, 50).map(async ({ address }, index) => {
    await delay(index * 300);
    await deliver(address);
    await delay(2_000);
    seconds2.push(deliver(address));
  });
  await Promise.all(pairs);
  rows.push(rowOf('second, 2 s after the first', await settled(seconds2)));

  console.log(`\nDelivery to message.received, ${mailboxes} mailboxes; ms`);
  console.log(table(['', 'n', 'limit p50', 'limit p99', 'Postbud p50', 'Postbud p99', 'over p50', 'over p99'], rows));
  console.log(`  target: at most ${targets.median} ms over the limit in the median, ${targets.p99} ms at p99`);
  await crm.close();
  await daemon.stop();
} finally {
  await stop();
}
process.exit(0);

/** Wait until both have heard of each message. */
async function settled(sent: Promise<Mark>[]): Promise<Required<Mark>[]> {
  const all = await Promise.all(sent);
  for (const until = performance.now() + 30_000; ; await delay(50)) {
    const missing = all.filter((mark) => mark.bareAt === undefined || mark.eventAt === undefined).length;
    if (missing === 0) return all as Required<Mark>[];
    if (performance.now() > until) throw new Error(`${missing} of ${all.length} messages were not heard within 30 s`);
  }
}

function rowOf(name: string, all: Required<Mark>[]): string[] {
  const bare = all.map(({ bareAt, deliveredAt }) => bareAt - deliveredAt);
  const ours = all.map(({ eventAt, deliveredAt }) => eventAt - deliveredAt);
  const [bare50, bare99, ours50, ours99] = [at(bare, 50), at(bare, 99), at(ours, 50), at(ours, 99)];
  return [name, String(all.length), ...[bare50, bare99, ours50, ours99, ours50 - bare50, ours99 - bare99].map(round)];
}

function at(values: number[], percent: number): number {
  const sorted = values.toSorted((one, other) => one - other);
  return sorted[Math.min(sorted.length - 1, Math.floor((sorted.length * percent) / 100))]!;
}

function round(value: number): string {
  return value.toFixed(1);
}

async function inTurns<T>(all: readonly T[], hands: number, act: (one: T) => Promise<void>) {
  const left = [...all];
  await Promise.all(
    Array.from({ length: hands }, async () => {
      for (let one = left.shift(); one !== undefined; one = left.shift()) await act(one);
    }),
  );
}
