/**
 * `npm run bench:index`: how many messages with 4 KiB of text a second get into the index, without a network: the words are
 * invented, the bytes are in memory, everything else is as in production.
 */
import { randomUUIDv7 } from 'node:crypto';
import { sql } from 'drizzle-orm';
import { openDatabase } from '../src/db/database.ts';
import { accounts } from '../src/db/tables.ts';
import { indexFolder, type TextSource } from '../src/search/index-folder.ts';
import { longWordsOf, wordsOf } from '../src/search/words.ts';
import { makeMailbox } from '../test/support/mailbox.ts';
import { quietLog } from '../test/support/quiet-log.ts';
import { startServers, useRunning, useServers } from '../test/support/servers.ts';

const vocabulary = makeVocabulary();
const count = Number(process.argv[2] ?? 10_000);
const { servers, stop } = await startServers({ say: () => {} });
useRunning(servers);
try {
  const { url } = await (await useServers()).freshDatabase();
  const { db, close } = openDatabase({ url, log: quietLog().log });
  const mailbox = await makeMailbox(db, { tenantId: 'acme', userId: '42' });
  const lease = { accountId: mailbox.accountId, processId: randomUUIDv7(), token: 1 };
  await db.update(accounts).set({ holder: lease.processId, token: 1 });
  const part = { part: '1', type: 'text/plain', encoding: 'quoted-printable', charset: 'utf-8', size: 4_096 };
  const to = [{ name: 'Kim Søndergård', address: 'kim@example.dk' }];
  for (let at = 0; at < count; at += 1_000) {
    await mailbox.add(...Array.from({ length: 1_000 }, () => ({ textParts: [part], to, subject: words(6) })));
  }
  await db.execute(sql`delete from message_people`);
  console.log(`${new Set(longWordsOf(wordsOf(words(600)))).size} long words in a text`);
  const texts = Array.from({ length: 500 }, () => Buffer.from(words(1_000).slice(0, 3_900).replaceAll('ø', '=C3=B8')));
  const connection: TextSource = {
    async *fetchTexts(wanted) {
      for (const { uid } of wanted) yield { uid, part: '1', bytes: texts[uid % texts.length]! };
    },
  };
  for (const bodyPolicy of ['none', 'text'] as const) {
    await db.execute(sql`update messages set index_wanted = true`);
    await db.execute(sql`truncate message_people, message_search, message_parts, bodies`);
    await db.execute(sql`vacuum analyze messages`);
    const settings = { bodyPolicy, bodyMaxBytes: 1_048_576 };
    const folder = { id: mailbox.inbox };
    const began = performance.now();
    let peak = 0;
    for (let done = 0; done < count; ) {
      done += await indexFolder({ db }, lease, { folder, connection, settings, locale: 'da' }, { limit: 1_000 });
      peak = Math.max(peak, process.memoryUsage().rss);
    }
    const seconds = (performance.now() - began) / 1_000;
    console.log(
      `policy ${bodyPolicy}: ${count} messages in ${seconds.toFixed(1)} s, ${Math.round(count / seconds)}/s, rss at most ${Math.round(peak / 2 ** 20)} MiB`,
    );
  }
  await close();
} finally {
  await stop();
}

/** Words as they are spread in a language (Zipf): few are common, most are rare, one in seven is a long one. */
function words(howMany: number): string {
  return Array.from({ length: howMany }, () => vocabulary[Math.floor(vocabulary.length ** Math.random())]!).join(' ');
}

function makeVocabulary(): string[] {
  const syllables = [
    'fak',
    'tu',
    'ra',
    'num',
    'mer',
    'ryk',
    'ker',
    'le',
    'ver',
    'ing',
    'bro',
    'køb',
    'salg',
    'hus',
    'vej',
  ];
  const pick = () => syllables[Math.floor(Math.random() * syllables.length)]!;
  const made = new Set<string>();
  while (made.size < 30_000) {
    const length = 1 + Math.floor(Math.random() ** 2 * 5);
    made.add(
      Array.from({ length }, pick).join('') + (made.size % 3 === 0 ? made.size.toString(36).replace(/\d/g, 'e') : ''),
    );
  }
  return [...made].sort((one, other) => one.length - other.length + (Math.random() - 0.5) * 6);
}
