import { setTimeout as delay } from 'node:timers/promises';
import type { ImapSession, Untagged } from './imap-session.ts';
import { quoted } from './imap-session.ts';
import type { MailUser } from './mail-user.ts';
import { encoded } from './picture.ts';
import type { Random } from './random.ts';

/** What other programs do to a mailbox while it is kept in step. */
export type RestlessMailbox = ReturnType<typeof restlessMailbox>;

/** What only some servers or their owners can do, and what the CRM does. */
export type Outside = {
  /** The server ends this user's connections. */
  kick?: () => Promise<void>;
  /** The server gives a folder new UIDs; false where that cannot be done now. */
  renumber?: (folder: string) => Promise<boolean>;
  order: (random: Random) => Promise<string>;
  pause: () => Promise<unknown>;
  resume: () => Promise<unknown>;
};

const names = ['Kunder', 'Arkiv', 'Projekt', 'Ærø', 'Ny mappe'];
const keywords = ['\\Seen', '\\Flagged', '\\Answered', '\\Draft', '$Forwarded', 'vigtig'];
/** A folder that grows without end makes every look at it slower, and shows nothing more. */
const mostMessages = 400;

class Abandoned extends Error {}

/** A mailbox in which things happen by chance, over IMAP and LMTP. */
export function restlessMailbox({
  user,
  random,
  outside,
}: {
  user: Pick<MailUser, 'address' | 'session' | 'deliverMany'>;
  random: Random;
  outside: Outside;
}) {
  const done: string[] = [];
  const sources: { marker: string; raw: Buffer }[] = [];
  /** How often each message was put somewhere: it can have been received no more often. */
  const put = new Map<string, number>();
  /** What was there before anybody looked. Moved before its folder was read, it is new where it arrives. */
  const there = new Map<string, number>();
  let session: ImapSession | undefined;
  let paused = false;

  async function open(): Promise<ImapSession> {
    for (let tries = 0; ; tries += 1) {
      try {
        session ??= await user.session();
        return session;
      } catch (error) {
        if (tries === 100) throw error;
        await delay(100); // the server is being started again
      }
    }
  }

  /** What is refused is not done; a connection that is lost ends what was being done. */
  async function ask(...parts: (string | Buffer)[]): Promise<Untagged[] | null> {
    done.push(parts.filter((part) => typeof part === 'string').join('~'));
    const imap = await open();
    try {
      return await imap.command(...parts);
    } catch (error) {
      if (/^IMAP: NO/.test((error as Error).message)) return null;
      if (/^IMAP: BAD/.test((error as Error).message)) throw error;
      leave();
      throw new Abandoned();
    }
  }

  /** A folder that is open here cannot be renumbered. */
  function leave() {
    session?.close();
    session = undefined;
  }

  /** Folders that messages can be in, as they are written in IMAP; what was deleted is nobody's. */
  async function folders(): Promise<string[]> {
    const listed = (await ask('LIST "" *')) ?? [];
    return listed.flatMap(({ text }) => {
      const [, flags = '', name = ''] = /^\* LIST \((.*?)\) (?:"."|NIL) (.*)$/.exec(text) ?? [];
      if (/noselect|nonexistent/i.test(flags)) return [];
      const path = name.replace(/^"(.*)"$/, '$1');
      return /^(?:Trash|Junk)(?:$|\/)/.test(path) ? [] : [path];
    });
  }
  const own = async () => (await folders()).filter((path) => !/^(?:INBOX|Sent|Drafts)$/.test(path));

  async function uidsIn(folder: string): Promise<number[]> {
    if ((await ask(`SELECT ${quoted(folder)}`)) === null) return [];
    const rows = (await ask('UID SEARCH ALL')) ?? [];
    return rows.flatMap(({ text }) => (/^\* SEARCH(.*)/.exec(text)?.[1] ?? '').split(' ').filter(Boolean).map(Number));
  }
  const markerIn = (text: string) => /mark[\w-]+/.exec(text)?.[0];
  const count = (marker: string) => put.set(marker, (put.get(marker) ?? 0) + 1);
  async function countCopies(set: string) {
    const rows = (await ask(`UID FETCH ${set} (BODY.PEEK[HEADER.FIELDS (SUBJECT)])`)) ?? [];
    for (const { literals } of rows) {
      const marker = markerIn(literals[0]?.toString() ?? '');
      if (marker) count(marker);
    }
  }
  async function expunge(set: string) {
    await ask(`UID STORE ${set} +FLAGS.SILENT (\\Deleted)`);
    await ask('EXPUNGE');
  }

  /** A message: new, the same once more, or without a Message-ID. */
  function message() {
    if (sources.length > 0 && random.chance(0.15)) return random.pick(sources)!;
    const marker = `mark${random.below(2 ** 31).toString(36)}-${sources.length}`;
    const head = ['From: Bo Berg <bo@example.com>', `To: ${user.address}`, `Subject: ${marker}`];
    if (!random.chance(0.12)) head.push(`Message-ID: <${marker}@example.com>`);
    if (sources.length > 0 && random.chance(0.3))
      head.push(`In-Reply-To: <${random.pick(sources)!.marker}@example.com>`);
    const source = {
      marker,
      raw: Buffer.from(`${head.join('\r\n')}\r\n\r\n${'Hej. '.repeat(random.below(60))}\r\n`),
    };
    sources.push(source);
    return source;
  }

  async function append(folder: string, most: number) {
    const items: (string | Buffer)[] = [];
    for (let left = 1 + random.below(most); left > 0; left -= 1) {
      const { marker, raw } = message();
      count(marker);
      const days = random.chance(0.3) ? random.below(120) : 0;
      const date = new Date(Date.now() - days * 86_400_000).toUTCString();
      const [, day, month, year, time] = /, (\d+) (\w+) (\d+) ([\d:]+)/.exec(date)!;
      const flags = random.chance(0.4) ? random.some(keywords, 3).join(' ') : '';
      items.push(` (${flags}) "${day}-${month}-${year} ${time} +0000" `, raw);
    }
    // One after another: not every server takes several at once.
    for (let at = 0; at < items.length; at += 2) await ask(`APPEND ${quoted(folder)}${items[at]}`, items[at + 1]!);
  }

  async function transfer(how: 'move' | 'copy' | 'copy, then delete', from: string, to: string) {
    const all = await uidsIn(from);
    if (all.length === 0 || (how === 'copy' && all.length > mostMessages)) return;
    const set = random.some(all, 8).join(',');
    if (how !== 'move') await countCopies(set);
    if (how === 'move') {
      if ((await ask(`UID MOVE ${set} ${quoted(to)}`)) !== null) return;
    } else if ((await ask(`UID COPY ${set} ${quoted(to)}`)) !== null && how === 'copy, then delete') await expunge(set);
  }

  const actions = {
    async deliver() {
      const batch = Array.from({ length: 1 + random.below(4) }, message);
      for (const { marker } of batch) count(marker);
      done.push(`deliver ${batch.map(({ marker }) => marker).join(' ')}`);
      await user.deliverMany(batch.map(({ raw }) => ({ raw }))).catch(() => {}); // the server is being started again
    },
    append: async () => append(random.pick(await folders()) ?? 'INBOX', 4),
    async delete() {
      const all = await uidsIn(random.pick(await folders()) ?? 'INBOX');
      if (all.length > 0) await expunge(random.some(all, 6).join(','));
    },
    async empty() {
      const all = await uidsIn(random.pick(await folders()) ?? 'INBOX');
      if (all.length > 0) await expunge('1:*');
    },
    async move() {
      const all = await folders();
      const [from, to] = [random.pick(all)!, random.pick(all)!];
      if (from !== to) await transfer(random.chance(0.6) ? 'move' : 'copy, then delete', from, to);
    },
    async swap() {
      const [one, other] = random.some(await folders(), 2);
      if (!one || !other) return;
      await transfer('move', one, other);
      await transfer('move', other, one);
    },
    async copy() {
      const all = await folders();
      await transfer('copy', random.pick(all)!, random.pick(all)!);
    },
    async flags() {
      const all = await uidsIn(random.pick(await folders()) ?? 'INBOX');
      if (all.length === 0) return;
      const how = random.pick(['+', '-', '+', ''])!;
      await ask(`UID STORE ${random.some(all, 10).join(',')} ${how}FLAGS (${random.some(keywords, 3).join(' ')})`);
    },
    async create() {
      const parent = random.chance(0.4) ? random.pick(await own()) : undefined;
      const name = encoded(random.pick(names)!);
      const path = parent && !parent.includes('/') ? `${parent}/${name}` : name;
      await ask(`CREATE ${quoted(path)}`);
      if (random.chance(0.5)) await append(path, 3);
    },
    async rename() {
      const all = await own();
      const from = random.pick(all);
      if (from) await ask(`RENAME ${quoted(from)} ${quoted(encoded(random.pick(names)!))}`);
    },
    async 'rename onto a freed name'() {
      const [one, other] = random.some(await own(), 2);
      if (!one || !other || one.startsWith(`${other}/`) || other.startsWith(`${one}/`)) return;
      if (random.chance(0.5)) await ask(`DELETE ${quoted(one)}`);
      else await ask(`RENAME ${quoted(one)} ${quoted(`Aside${random.below(1_000)}`)}`);
      await ask(`RENAME ${quoted(other)} ${quoted(one)}`);
    },
    async 'swap names'() {
      const [one, other] = random.some(await own(), 2);
      if (!one || !other || one.startsWith(`${other}/`) || other.startsWith(`${one}/`)) return;
      const aside = quoted(`Aside${random.below(1_000)}`);
      await ask(`RENAME ${quoted(one)} ${aside}`);
      await ask(`RENAME ${quoted(other)} ${quoted(one)}`);
      await ask(`RENAME ${aside} ${quoted(other)}`);
    },
    async remove() {
      const path = random.pick(await own());
      if (path) await ask(`DELETE ${quoted(path)}`);
    },
    async 'delete and make again'() {
      const path = random.pick(await own());
      if (!path) return;
      await ask(`DELETE ${quoted(path)}`);
      await ask(`CREATE ${quoted(path)}`);
      if (random.chance(0.7)) await append(path, 3);
    },
    /** A copy takes a folder's name: the same messages under other UIDs. */
    async replace() {
      const path = random.pick(await own());
      if (!path) return;
      const aside = quoted(`Aside${random.below(1_000)}`);
      if ((await ask(`CREATE ${aside}`)) === null) return;
      if ((await uidsIn(path)).length > 0) {
        await countCopies('1:*');
        await ask(`UID COPY 1:* ${aside}`);
      }
      leave();
      await ask(`DELETE ${quoted(path)}`);
      await ask(`RENAME ${aside} ${quoted(path)}`);
    },
    async renumber() {
      const path = random.pick(await own());
      if (!path || !outside.renumber) return;
      leave();
      if (await outside.renumber(path)) done.push(`renumber ${path}`);
    },
    async order() {
      done.push(`order ${await outside.order(random)}`);
    },
    async disconnect() {
      done.push('disconnect');
      await outside.kick?.();
    },
    async pause() {
      done.push(paused ? 'resume' : 'pause');
      await (paused ? outside.resume() : outside.pause());
      paused = !paused;
    },
  };
  const shares: Record<keyof typeof actions, number> = {
    deliver: 14,
    append: 10,
    delete: 8,
    empty: 1.5,
    move: 14,
    swap: 5,
    copy: 5,
    flags: 12,
    create: 5,
    rename: 4,
    'rename onto a freed name': 2,
    'swap names': 1,
    remove: 3,
    'delete and make again': 2,
    replace: 2,
    renumber: 2,
    order: 8,
    disconnect: 2,
    pause: 2,
  };

  async function act(name: keyof typeof actions) {
    try {
      await actions[name]();
    } catch (error) {
      if (!(error instanceof Abandoned)) throw error;
      done.push('(abandoned)');
    }
  }

  return {
    /** What was done, for whoever has to find out why it came out wrong. */
    done,
    put,
    there,
    markerIn,

    /** Fill it, before anybody looks. */
    async fill(messages: number) {
      for (const name of random.some(names, 4)) await ask(`CREATE ${quoted(encoded(name))}`);
      const all = await folders();
      for (let left = messages; left > 0; left -= 20) await append(random.pick(all)!, Math.min(20, left));
      for (const [marker, times] of put) there.set(marker, times);
      put.clear();
    },

    /** Let things happen, and nothing be paused in the end. */
    async round(most: number) {
      done.push('--- round');
      for (let left = 2 + random.below(most); left > 0; left -= 1) await act(random.weighed(shares));
      if (paused) await act('pause');
      leave();
    },
  };
}
