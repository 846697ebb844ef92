import { createSocket, type RemoteInfo } from 'node:dgram';
import { once } from 'node:events';
import { createServer } from 'node:net';

/** The records of one name. What is not there is answered with "no such record". */
export type Records = {
  A?: string[];
  AAAA?: string[];
  CNAME?: string;
  MX?: [preference: number, host: string][];
  SRV?: [priority: number, weight: number, port: number, target: string][];
  TXT?: string[];
  /** Instead of an answer, to every question about the name. */
  fails?: 'silent' | 'servfail';
  /** How much later than others this name is answered. */
  afterMs?: number;
};

/** Names and their records; `*.example.test` answers for every name below that has none of its own. */
export type Zone = Record<string, Records>;

/** A name server on loopback, over UDP and TCP. */
export type DnsServer = {
  /** `ip:port`, as POSTBUD_DNS takes it. */
  address: string;
  zone: Zone;
  /** Every question, as `type name`, repetitions included. */
  questions: string[];
  /** Let the process end although this still listens. */
  unref(): void;
  close(): Promise<void>;
};

const types = { 1: 'A', 28: 'AAAA', 5: 'CNAME', 15: 'MX', 33: 'SRV', 16: 'TXT' } as const;
type Type = (typeof types)[keyof typeof types];
const codes = Object.fromEntries(Object.entries(types).map(([code, type]) => [type, Number(code)])) as Record<
  Type,
  number
>;

/** Start one. `delay` gives the milliseconds that each answer takes; `everything` is how it treats all questions. */
export async function startDnsServer(
  zone: Zone,
  { delay = () => 0, everything }: { delay?: () => number; everything?: 'silent' | 'servfail' } = {},
): Promise<DnsServer> {
  const questions: string[] = [];
  const timers = new Set<NodeJS.Timeout>();
  const later = (act: () => void, more = 0) => {
    const timer = setTimeout(() => {
      timers.delete(timer);
      act();
    }, delay() + more);
    timers.add(timer);
  };
  const answer = (message: Buffer, limit: number): { packet: Buffer; afterMs: number } | null => {
    const question = readQuestion(message);
    questions.push(`${question.type ?? question.code} ${question.name}`);
    const records = recordsOf(zone, question.name);
    const fails = everything ?? records?.fails;
    if (fails === 'silent') return null;
    const packet = reply(message, question, zone, records, { limit, failing: fails === 'servfail' });
    return { packet, afterMs: records?.afterMs ?? 0 };
  };

  const udp = createSocket('udp4');
  udp.on('message', (message: Buffer, from: RemoteInfo) => {
    const given = answer(message, readQuestion(message).limit);
    if (given) later(() => udp.send(given.packet, from.port, from.address), given.afterMs);
  });
  const tcp = createServer((socket) => {
    let buffer: Buffer = Buffer.alloc(0);
    socket.on('error', () => socket.destroy());
    socket.on('data', (chunk) => {
      buffer = Buffer.concat([buffer, chunk]);
      while (buffer.length >= 2 && buffer.length >= 2 + buffer.readUInt16BE(0)) {
        const message = buffer.subarray(2, 2 + buffer.readUInt16BE(0));
        buffer = buffer.subarray(2 + message.length);
        const given = answer(message, 65_535);
        const length = Buffer.alloc(2);
        if (!given) continue;
        length.writeUInt16BE(given.packet.length);
        later(() => socket.writable && socket.write(Buffer.concat([length, given.packet])), given.afterMs);
      }
    });
  });
  const port = await bindBoth(udp, tcp);
  return {
    address: `127.0.0.1:${port}`,
    zone,
    questions,
    unref() {
      udp.unref();
      tcp.unref();
    },
    async close() {
      for (const timer of timers) clearTimeout(timer);
      udp.close();
      tcp.close();
      await once(tcp, 'close');
    },
  };
}

/** One port for both: a resolver repeats over TCP what was cut off. */
async function bindBoth(udp: ReturnType<typeof createSocket>, tcp: ReturnType<typeof createServer>): Promise<number> {
  for (let tries = 1; ; tries++) {
    tcp.listen(0, '127.0.0.1');
    await once(tcp, 'listening');
    const { port } = tcp.address() as { port: number };
    try {
      udp.bind(port, '127.0.0.1');
      await once(udp, 'listening');
      return port;
    } catch (error) {
      if (tries === 5) throw error;
      tcp.close(); // the same number is taken for UDP, so another one has to do
      await once(tcp, 'close');
    }
  }
}

type Question = { name: string; code: number; type: Type | undefined; end: number; limit: number };

function readQuestion(message: Buffer): Question {
  const labels: string[] = [];
  let at = 12;
  while (message[at]) {
    labels.push(message.toString('latin1', at + 1, at + 1 + message[at]!));
    at += message[at]! + 1;
  }
  const code = message.readUInt16BE(at + 1);
  const end = at + 5;
  // EDNS: the root name, type 41, and in place of the class what the asker can take.
  const edns = message.length >= end + 5 && message[end] === 0 && message.readUInt16BE(end + 1) === 41;
  return {
    name: labels.join('.').toLowerCase(),
    code,
    type: types[code as keyof typeof types],
    end,
    limit: edns ? message.readUInt16BE(end + 3) : 512,
  };
}

function recordsOf(zone: Zone, name: string): Records | undefined {
  if (zone[name]) return zone[name];
  const labels = name.split('.');
  for (let at = 1; at < labels.length; at++) {
    const wildcard = zone[`*.${labels.slice(at).join('.')}`];
    if (wildcard) return wildcard;
  }
  // A name with others below it is there, and empty.
  return Object.keys(zone).some((one) => one.endsWith(`.${name}`)) ? {} : undefined;
}

function reply(
  message: Buffer,
  { name, type, end }: Question,
  zone: Zone,
  records: Records | undefined,
  { limit, failing }: { limit: number; failing: boolean },
): Buffer {
  const header = Buffer.from(message.subarray(0, 12));
  const answers = type && records && !failing ? answersTo(name, type, zone, records) : [];
  const body = Buffer.concat(answers);
  const cut = 12 + (end - 12) + body.length > limit;
  header.writeUInt16BE(0x8180 | (cut ? 0x0200 : 0) | (failing ? 2 : records ? 0 : 3), 2);
  header.writeUInt16BE(cut ? 0 : answers.length, 6);
  header.writeUInt32BE(0, 8);
  return Buffer.concat([header, message.subarray(12, end), ...(cut ? [] : [body])]);
}

function answersTo(name: string, type: Type, zone: Zone, records: Records, depth = 0): Buffer[] {
  if (records.CNAME !== undefined) {
    const alias = record(name, 'CNAME', encodeName(records.CNAME));
    const target = recordsOf(zone, records.CNAME.toLowerCase());
    if (type === 'CNAME' || !target || depth > 5) return [alias];
    return [alias, ...answersTo(records.CNAME.toLowerCase(), type, zone, target, depth + 1)];
  }
  const data: Record<Type, () => Buffer[]> = {
    A: () => (records.A ?? []).map((address) => Buffer.from(address.split('.').map(Number))),
    AAAA: () => (records.AAAA ?? []).map(encodeIpv6),
    CNAME: () => [],
    MX: () => (records.MX ?? []).map(([preference, host]) => Buffer.concat([words(preference), encodeName(host)])),
    SRV: () => (records.SRV ?? []).map(([a, b, c, target]) => Buffer.concat([words(a, b, c), encodeName(target)])),
    TXT: () => (records.TXT ?? []).map(encodeText),
  };
  return data[type]().map((one) => record(name, type, one));
}

function record(name: string, type: Type, data: Buffer): Buffer {
  return Buffer.concat([encodeName(name), words(codes[type], 1, 0, 60, data.length), data]);
}

function words(...values: number[]): Buffer {
  const buffer = Buffer.alloc(values.length * 2);
  for (const [at, value] of values.entries()) buffer.writeUInt16BE(value, at * 2);
  return buffer;
}

function encodeName(name: string): Buffer {
  const labels = name.split('.').filter(Boolean);
  return Buffer.concat([
    ...labels.map((label) => Buffer.from([label.length, ...Buffer.from(label)])),
    Buffer.from([0]),
  ]);
}

/** Character strings of at most 255 bytes each. */
function encodeText(text: string): Buffer {
  const parts = text.match(/.{1,255}/gs) ?? [''];
  return Buffer.concat(parts.flatMap((part) => [Buffer.from([part.length]), Buffer.from(part)]));
}

function encodeIpv6(address: string): Buffer {
  const [left = '', right] = address.split('::');
  const groups = (text: string) => text.split(':').filter(Boolean);
  const head = groups(left);
  const tail = right === undefined ? [] : groups(right);
  const middle = right === undefined ? [] : Array(8 - head.length - tail.length).fill('0');
  return words(...[...head, ...middle, ...tail].map((group) => Number.parseInt(group, 16)));
}
