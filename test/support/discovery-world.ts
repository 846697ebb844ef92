import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer as createHttpServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer, type Server, Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { createSecureContext, type SecureContext, TLSSocket } from 'node:tls';
import type { Connect } from '../../src/mail/discovery/index.ts';
import { type MailTls, readTls } from '../../src/mail/tls.ts';
import { makeCertificate, makeCertificateAuthority } from './certificates.ts';
import { type DnsServer, startDnsServer, type Zone } from './dns-server.ts';
import { lineDialogue } from './line-dialogue.ts';

/** How a port of a host behaves. */
export type Behaviour =
  | 'imap'
  | 'imap-starttls'
  | 'imap-cleartext'
  | 'smtp-cleartext'
  | 'imap-injected'
  | 'smtp'
  | 'smtp-starttls'
  | 'smtp-without-login'
  | 'pop3'
  | 'https'
  /** Takes the connection and says nothing. */
  | 'mute'
  /** Does not even take it. */
  | 'hole';

/** What an https host answers to a path. `hang`: nothing; `afterMs`: later. */
export type Page = {
  status?: number;
  type?: string;
  body?: string;
  location?: string;
  encoding?: string;
  hang?: boolean;
  /** It never ends, and never pauses for long: in its head, or in its body. */
  dribbles?: 'head' | 'body';
  afterMs?: number;
};

/** Servers of every kind on loopback, which show a certificate for whatever host is asked for. */
export type Actors = {
  tls: MailTls;
  caFile: string;
  ports: Record<Exclude<Behaviour, 'hole'>, number>;
  /** `host/path` to what is there. */
  pages: Map<string, Page>;
  /** Hosts that show the certificate of another one; `*.example.test` is all hosts below. */
  imposters: Set<string>;
  /** Make certificates for these hosts now, many names on each: it takes longer than many a discovery. */
  prepare(names: Iterable<string>): Promise<void>;
  /** Every line that a mail server heard, and every path with its headers that a web server was asked for. */
  heard: string[];
  /** The time that one way there and back takes: now, with some chance in it. */
  hop: () => number;
  close(): void;
};

/** Start the servers. A host that no certificate was prepared for gets its own when it is first asked for. */
export async function startActors({ dir, hopMs = 0 }: { dir: string; hopMs?: number }): Promise<Actors> {
  const authority = await makeCertificateAuthority(dir);
  const contexts = new Map<string, Promise<SecureContext>>();
  const imposters = new Set<string>();
  const contextFor = async (group: readonly string[]): Promise<SecureContext> => {
    const name = `hosts-${randomUUID()}`;
    const { certFile, keyFile } = await makeCertificate(authority, { dir, name, names: [...group] });
    return createSecureContext({ cert: readFileSync(certFile), key: readFileSync(keyFile) });
  };
  const prepare: Actors['prepare'] = async (names) => {
    const missing = [...new Set(names)].filter((name) => !contexts.has(name));
    for (let at = 0; at < missing.length; at += 60) {
      const group = missing.slice(at, at + 60);
      const context = contextFor(group);
      for (const name of group) contexts.set(name, context);
      await context;
    }
  };
  await prepare(['imposter.test']);
  const isImposter = (name: string) =>
    [...imposters].some((one) => one === name || (one.startsWith('*.') && name.endsWith(one.slice(1))));
  const contextOf = (name: string): Promise<SecureContext> => {
    if (isImposter(name)) return contexts.get('imposter.test')!;
    if (!contexts.has(name)) contexts.set(name, contextFor([name]));
    return contexts.get(name)!;
  };

  const random = seeded(7);
  const hop = () => hopMs * (0.6 + 0.8 * random());
  const heard: string[] = [];
  const pages = new Map<string, Page>();
  const sockets = new Set<Socket>();
  const servers: Server[] = [];

  const fallback = await contexts.get('imposter.test')!;
  const secure = (plain: Socket): TLSSocket =>
    new TLSSocket(plain, {
      isServer: true,
      secureContext: fallback,
      SNICallback: (name, done) => {
        contextOf(name).then((context) => done(null, context), done);
      },
    });
  const listen = async (serve: (socket: Socket) => Promise<void> | void): Promise<number> => {
    const server = createServer((socket) => {
      sockets.add(socket.setNoDelay(true));
      socket.on('error', () => socket.destroy()).on('close', () => sockets.delete(socket));
      // A client that leaves in the middle is what most of these tests are about.
      Promise.resolve(serve(socket)).catch(() => socket.destroy());
    });
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return (server.address() as { port: number }).port;
  };

  const speak = (script: (talk: Talk) => Promise<void>, startsWithTls: boolean) => async (plain: Socket) => {
    const wrap = async (socket: Socket) => {
      await sleep(hop());
      const secured = secure(socket);
      secured.on('error', () => secured.destroy());
      await new Promise<void>((resolve, reject) => secured.once('secure', resolve).once('close', reject));
      return secured;
    };
    let dialogue = lineDialogue(startsWithTls ? await wrap(plain) : plain);
    await script({
      async say(text) {
        await sleep(hop());
        dialogue.write(text);
      },
      async hear() {
        const line = await dialogue.line();
        heard.push(line);
        return line;
      },
      async secure() {
        // Without a reader the client's handshake would run away while we wait.
        plain.removeAllListeners('data').pause();
        dialogue = lineDialogue(await wrap(plain));
      },
    });
  };
  const web = createHttpServer((asking, answering) => {
    heard.push(`${asking.method} ${asking.headers.host}${asking.url} ${JSON.stringify(headersOf(asking))}`);
    const page = pages.get(`${asking.headers.host}${asking.url}`) ?? notThere;
    if (page.hang) return;
    if (page.dribbles) return dribble(answering, page.dribbles);
    setTimeout(
      () => {
        answering.writeHead(page.status ?? 200, {
          'content-type': page.type ?? 'text/xml',
          ...(page.location !== undefined && { location: page.location }),
          ...(page.encoding !== undefined && { 'content-encoding': page.encoding }),
        });
        answering.end(page.body ?? '');
      },
      hop() + (page.afterMs ?? 0),
    );
  });

  const ports = {
    imap: await listen(speak(imap, true)),
    'imap-starttls': await listen(speak(imapStartTls(false), false)),
    'imap-cleartext': await listen(speak(imap, false)),
    'imap-injected': await listen(speak(imapStartTls(true), false)),
    smtp: await listen(speak(smtp({ login: true, startTls: false }), true)),
    'smtp-starttls': await listen(speak(smtp({ login: true, startTls: true }), false)),
    'smtp-cleartext': await listen(speak(smtp({ login: true, startTls: false }), false)),
    'smtp-without-login': await listen(speak(smtp({ login: false, startTls: false }), true)),
    pop3: await listen(speak((talk) => talk.say('+OK ready\r\n'), true)),
    https: await listen(async (plain) => {
      await sleep(hop());
      const secured = secure(plain);
      secured.on('error', () => secured.destroy());
      web.emit('connection', secured);
    }),
    mute: await listen(() => {}),
  };
  return {
    tls: readTls({ caFile: authority.certFile }),
    caFile: authority.certFile,
    ports,
    pages,
    imposters,
    prepare,
    heard,
    hop,
    close() {
      for (const socket of sockets) socket.destroy();
      for (const server of servers) server.close();
      web.close();
    },
  };
}

/** A byte now and then, for as long as somebody listens: a limit between two bytes never ends it. */
function dribble(answering: ServerResponse, part: 'head' | 'body') {
  if (part === 'body') answering.writeHead(200, { 'content-type': 'text/xml' }).flushHeaders();
  else answering.socket!.write('HTTP/1.1 200 OK\r\nX-Slow: ');
  const timer = setInterval(() => (part === 'body' ? answering.write(' ') : answering.socket?.write('x')), 50);
  answering.socket!.once('close', () => clearInterval(timer));
}

const notThere: Page = { status: 404, type: 'text/html', body: '<!doctype html><title>Not found</title>' };
const headersOf = ({ headers }: IncomingMessage) =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => !['host', 'connection'].includes(name)));

type Talk = { say(text: string): Promise<void>; hear(): Promise<string>; secure(): Promise<void> };

async function imap(talk: Talk) {
  await talk.say('* OK [CAPABILITY IMAP4rev1 AUTH=PLAIN] ready\r\n');
  for (;;) {
    const [tag] = (await talk.hear()).split(' ');
    await talk.say(`${tag} BAD not now\r\n`);
  }
}

const imapStartTls = (injected: boolean) => async (talk: Talk) => {
  await talk.say('* OK [CAPABILITY IMAP4rev1 STARTTLS LOGINDISABLED] ready\r\n');
  const [tag] = (await talk.hear()).split(' ');
  await talk.say(`${tag} OK begin\r\n${injected ? '* OK I was here before the handshake\r\n' : ''}`);
  await talk.secure();
  for (;;) await talk.hear();
};

const smtp =
  ({ login, startTls }: { login: boolean; startTls: boolean }) =>
  async (talk: Talk) => {
    await talk.say('220 mail ESMTP\r\n');
    let clear = startTls;
    for (;;) {
      const line = await talk.hear();
      if (/^EHLO/i.test(line)) {
        const offer = clear ? '250 STARTTLS' : login ? '250 AUTH PLAIN LOGIN' : '250 8BITMIME';
        await talk.say(`250-mail\r\n250-SIZE 1000\r\n${offer}\r\n`);
      } else if (/^STARTTLS/i.test(line) && clear) {
        await talk.say('220 go ahead\r\n');
        await talk.secure();
        clear = false;
      } else await talk.say('221 bye\r\n');
    }
  };

/** A small internet: names, and how the ports of each host behave. */
export type World = {
  dns: DnsServer;
  connect: Connect;
  /** Every address that was connected to, as `host address port`. */
  connections: string[];
  close(): Promise<void>;
};

/** Which port behaves how: `{ 'imap.example.test:993': 'imap' }`. A port that is not there refuses. */
export type Doors = Record<string, Behaviour>;

/** Make one. Everything that a connection goes to is on loopback, whatever its address says. */
export async function makeWorld(
  actors: Actors,
  {
    zone,
    doors,
    everything,
    holes = false,
  }: { zone: Zone; doors: Doors; everything?: 'silent' | 'servfail'; holes?: boolean },
): Promise<World> {
  const dns = await startDnsServer(zone, { delay: actors.hop, ...(everything && { everything }) });
  const connections: string[] = [];
  const connect: Connect = ({ host, address, port }) => {
    connections.push(`${host} ${address} ${port}`);
    const behaviour = doors[`${host}:${port}`] ?? doors[`*:${port}`] ?? (holes ? 'hole' : undefined);
    const socket = new Socket();
    if (behaviour === 'hole') return socket;
    const timer = setTimeout(() => {
      // Nothing listens on port 1.
      if (!socket.destroyed) socket.connect(behaviour ? actors.ports[behaviour] : 1, '127.0.0.1');
    }, actors.hop());
    socket.once('close', () => clearTimeout(timer));
    return socket.setNoDelay(true);
  };
  return { dns, connect, connections, close: () => dns.close() };
}

/** Numbers between 0 and 1 that are the same in every run (mulberry32). */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
