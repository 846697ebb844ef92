import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import postgres from 'postgres';
import { type Crm, startCrm } from './support/crm.ts';
import { type Daemon, startDaemon } from './support/daemon.ts';
import type { MailServer } from './support/mail-server.ts';
import { useServers } from './support/servers.ts';

let mailServer: MailServer;
let daemon: Daemon;
let crm: Crm;
let sql: postgres.Sql;

before(async () => {
  ({ mailServer } = await useServers());
  daemon = await startDaemon({ env: { POSTBUD_FOLDER_SECONDS: '1' } });
  crm = await startCrm(daemon);
  sql = postgres(daemon.env.DATABASE_URL!, { max: 2, onnotice: () => {} });
});
after(async () => {
  await crm?.close();
  await daemon?.stop();
  await sql?.end();
});

/** Ask until the answer is as wanted. */
async function until<T>(ask: () => Promise<T>, wanted: (answer: T) => boolean): Promise<T> {
  const deadline = Date.now() + 15_000;
  for (;;) {
    const answer = await ask();
    if (wanted(answer)) return answer;
    if (Date.now() > deadline) assert.fail(`it stayed ${JSON.stringify(answer).slice(0, 500)}`);
    await delay(50);
  }
}

describe('a connected mailbox over HTTP', () => {
  it('is searched by words of its texts, and by parts of long ones', async () => {
    const ada = await mailServer.addUser();
    await ada.deliver({ subject: 'Aftale', text: 'Her er rykkerfakturaen for august.' });
    await ada.appendTo('Kunder', { subject: 'Noget andet', text: 'Vi ses til mødet på Ærø.' });
    const { userId } = await crm.connect(ada);
    const find = async (q: string) => {
      const path = `/v1/accounts/${crm.tenantId}/${userId}/messages?q=${encodeURIComponent(q)}`;
      const answer = (await (await daemon.fetch(path)).json()) as { messages: { subject: string; folder: string }[] };
      return answer.messages.map(({ subject }) => subject);
    };
    assert.deepEqual(
      await until(
        () => find('faktura'),
        (found) => found.length === 1,
      ),
      ['Aftale'],
    );
    assert.deepEqual(
      await until(
        () => find('ærø mødet'),
        (found) => found.length === 1,
      ),
      ['Noget andet'],
    );
    assert.deepEqual(await find('noget faktura'), []);
    await ada.deliver({ subject: 'Ny', text: 'Endnu en betalingspåmindelse' });
    assert.deepEqual(
      await until(
        () => find('påmindelse'),
        (found) => found.length === 1,
      ),
      ['Ny'],
    );
  });

  it('gives attachments and sources from the mail server, byte for byte', async () => {
    const ada = await mailServer.addUser();
    const content = randomBytes(3 * 2 ** 20);
    const mail = {
      subject: 'Bilag',
      text: 'Se her',
      attachments: [{ filename: 'bilag æ.bin', content, contentType: 'application/octet-stream' }],
    };
    await ada.appendTo('Kunder', mail);
    const { userId } = await crm.connect(ada);
    const base = `/v1/accounts/${crm.tenantId}/${userId}/messages`;
    const list = (await (await daemon.fetch(base)).json()) as { messages: { messageId: string }[] };
    const { messageId } = list.messages[0]!;
    const one = (await (await daemon.fetch(`${base}/${messageId}`)).json()) as {
      attachments: { n: number; name: string }[];
    };
    assert.equal(one.attachments[0]!.name, 'bilag æ.bin');
    const attachment = await daemon.fetch(`${base}/${messageId}/attachments/${one.attachments[0]!.n}`);
    assert.equal(attachment.status, 200);
    assert.ok(Buffer.from(await attachment.arrayBuffer()).equals(content));
    const source = await daemon.fetch(`${base}/${messageId}/source`);
    const stored = (await ada.messages('Kunder'))[0]!.raw;
    assert.equal(Buffer.from(await source.arrayBuffer()).toString(), stored);
    // The mailbox was not left in the other folder.
    await ada.deliver({ subject: 'afterwards' });
    await crm.events.next((event) => event.userid === userId && event.data.subject === 'afterwards');
  });

  it('leaves nothing behind when it is disconnected, however much there was', async () => {
    const ada = await mailServer.addUser();
    await ada.appendMany(
      'Arkiv',
      Array.from({ length: 1_400 }, (_, n) => ({ subject: `old ${n}`, text: 'tekst' })),
    );
    const { userId, accountId } = await crm.connect(ada);
    await ada.deliverMany(Array.from({ length: 30 }, (_, n) => ({ subject: `new ${n}`, text: `tekst ${n}` })));
    await crm.events.count((event) => event.userid === userId && event.type === 'postbud.message.received', 30);
    await until(
      () => sql`select from messages where account_id = ${accountId} and index_wanted limit 1`,
      (rows) => rows.length === 0,
    );
    const disconnected = await crm.add('disconnect-account', { tenantId: crm.tenantId, userId });
    assert.deepEqual(await disconnected.result(), { outcome: 'disconnected' });
    const told = await sql`select data from events where account_id = ${accountId} and type like 'message.%'`;
    assert.deepEqual(new Set(told.map(({ data }) => JSON.stringify(data))), new Set(['{"erased":true}']));
    const left = async () => {
      const counts = await sql`
        select (select count(*)::int from messages where account_id = ${accountId}) as messages,
          (select count(*)::int from message_people where account_id = ${accountId}) as people,
          (select count(*)::int from message_search where account_id = ${accountId}) as words,
          (select count(*)::int from message_parts where account_id = ${accountId}) as parts,
          (select count(*)::int from folders where account_id = ${accountId}) as folders,
          (select count(*)::int from erasures where account_id = ${accountId}) as erasures`;
      return counts[0]!;
    };
    const none = { messages: 0, people: 0, words: 0, parts: 0, folders: 0, erasures: 0 };
    await until(left, (counts) => JSON.stringify(counts) === JSON.stringify(none));
  });
});
