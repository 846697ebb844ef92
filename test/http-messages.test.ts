import assert from 'node:assert/strict';
import { randomBytes, randomUUID } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { issueToken } from '../src/db/token-store.ts';
import { startHttp, type TestHttp } from './support/http.ts';
import { makeMailbox } from './support/mailbox.ts';
import { freshName } from './support/servers.ts';

let http: TestHttp;
before(async () => {
  http = await startHttp();
});
after(() => http.stop());

// biome-ignore lint/suspicious/noExplicitAny: tests look at single fields of what came
type Json = any;

async function ask(path: string, init: RequestInit = {}) {
  const answer = await http.ask(path, init);
  return { status: answer.status, json: (await answer.json()) as Json };
}
const newMailbox = () => makeMailbox(http.db, { tenantId: freshName('acme'), userId: '42' });
const idsIn = ({ json }: { json: Json }): string[] => json.messages.map(({ messageId }: Json) => messageId);

describe('the folders of a mailbox', () => {
  it('come by path, with names, roles, counts and how far they are known', async () => {
    const mailbox = await newMailbox();
    const sent = await mailbox.addFolder('Arkiv/Sendt æ', {
      role: 'sent',
      messageCount: 7,
      historyTotal: 7,
      historyDone: 7,
      historyUid: 0,
    });
    await mailbox.add({}, { flags: ['\\Seen'] }, { folderId: sent }, { uid: null });
    const { status, json } = await ask(`${mailbox.path}/folders`);
    assert.equal(status, 200);
    assert.deepEqual(
      json.folders.map(({ path, name, role, mode, total, unread, sync }: Json) => [
        path,
        name,
        role,
        mode,
        total,
        unread,
        sync,
      ]),
      [
        ['Arkiv/Sendt æ', 'Sendt æ', 'sent', 'kept', 7, 1, { done: 7, total: 7, complete: true }],
        ['INBOX', 'INBOX', 'inbox', 'watched', 0, 1, { done: 0, total: 0, complete: false }],
      ],
    );
  });

  it('are of nobody who has no mailbox', async () => {
    const answer = await ask('/v1/accounts/acme/nobody/folders');
    assert.deepEqual([answer.status, answer.json.reason], [404, 'account.not_found']);
    const tenantId = freshName('acme');
    await makeMailbox(http.db, { tenantId, userId: '1' }, { state: 'disconnected' });
    assert.equal((await ask(`/v1/accounts/${tenantId}/1/folders`)).status, 404);
  });
});

describe('the messages of a mailbox', () => {
  it('come newest first, page after page, and what is added meanwhile moves no page', async () => {
    const mailbox = await newMailbox();
    const ids = await mailbox.add(...Array.from({ length: 7 }, () => ({})));
    const seen: string[] = [];
    for (let next: string | null = ''; next !== null; ) {
      const page = await ask(`${mailbox.path}/messages?limit=3${next && `&after=${next}`}`);
      seen.push(...idsIn(page));
      next = page.json.next;
      await mailbox.add({});
      assert.ok(seen.length <= 7);
    }
    assert.deepEqual(seen, ids.toReversed());
  });

  it('of the same second come one after another, none twice and none left out', async () => {
    const mailbox = await newMailbox();
    const internalDate = new Date('2026-03-01T10:00:00Z');
    const ids = await mailbox.add(...Array.from({ length: 6 }, () => ({ internalDate })));
    const first = await ask(`${mailbox.path}/messages?limit=4`);
    const rest = await ask(`${mailbox.path}/messages?limit=4&after=${first.json.next}`);
    assert.deepEqual([...idsIn(first), ...idsIn(rest)], ids.toSorted().reverse());
    assert.equal(rest.json.next, null);
  });

  it('tell everything that is known, and number their attachments', async () => {
    const mailbox = await newMailbox();
    const [id] = await mailbox.add({
      subject: 'Tilbud på rødgrød',
      preview: 'Kære Kim',
      date: new Date('2026-01-01T09:00:00Z'),
      flags: ['\\Flagged', '$Forwarded'],
      to: [{ name: 'Kim', address: 'kim@example.dk' }],
      messageIdHeader: '<1@example.com>',
      threadId: 'thread-1',
      references: ['<0@example.com>'],
      listId: 'news.example.com',
      hasAttachments: true,
      attachments: [{ name: 'tilbud.pdf', contentType: 'application/pdf', size: 5, part: '2' }],
      marks: ['signed'],
    });
    const [message] = (await ask(`${mailbox.path}/messages`)).json.messages;
    assert.deepEqual(message, {
      messageId: id,
      folder: 'INBOX',
      folderRole: 'inbox',
      uid: 1,
      threadId: 'thread-1',
      messageIdHeader: '<1@example.com>',
      inReplyTo: null,
      references: ['<0@example.com>'],
      from: [{ name: 'Bo Holm', address: 'bo@example.com' }],
      to: [{ name: 'Kim', address: 'kim@example.dk' }],
      cc: [],
      replyTo: [],
      subject: 'Tilbud på rødgrød',
      preview: 'Kære Kim',
      date: '2026-01-01T09:00:00.000Z',
      internalDate: '2026-01-01T00:01:00.000Z',
      size: 1_000,
      flags: ['\\Flagged', '$Forwarded'],
      unread: true,
      listId: 'news.example.com',
      autoSubmitted: null,
      attachments: [{ n: 1, name: 'tilbud.pdf', contentType: 'application/pdf', size: 5 }],
      marks: ['signed'],
      broken: null,
    });
  });

  it('are found by folder, thread, flags, attachments and time', async () => {
    const mailbox = await newMailbox();
    const sent = await mailbox.addFolder('Sendt', { role: 'sent' });
    const [plain, seen, inSent, attached, inThread, lost] = await mailbox.add(
      {},
      { flags: ['\\Seen'] },
      { folderId: sent },
      { hasAttachments: true },
      { threadId: 't' },
      { uid: null },
    );
    const found = async (query: string) => idsIn(await ask(`${mailbox.path}/messages?${query}`));
    assert.deepEqual(await found('folder=sent'), [inSent]);
    assert.deepEqual(await found('folder=Sendt'), [inSent]);
    assert.deepEqual(await found('folder=INBOX&unread=false'), [seen]);
    assert.deepEqual(await found('unread=true&folder=inbox'), [inThread, attached, plain]);
    assert.deepEqual(await found('unread=true'), [inThread, attached, inSent, plain]);
    assert.deepEqual(await found('hasAttachment=true'), [attached]);
    assert.deepEqual(await found('hasAttachment=false&folder=inbox'), [inThread, seen, plain]);
    assert.deepEqual(await found('threadId=t'), [inThread]);
    assert.deepEqual(await found('since=2026-01-01T00:02:00Z&until=2026-01-01T00:04:00%2B00:00'), [inSent, seen]);
    assert.deepEqual(await found('folder=nowhere'), []);
    assert.ok(!(await found('')).includes(lost!));
  });

  it('are found in the folder that has a name or a role now, whatever had it before', async () => {
    const mailbox = await newMailbox();
    await mailbox.addFolder('Gamle sendte', { role: 'sent', mode: 'gone' });
    const sent = await mailbox.addFolder('Sendt', { role: 'sent' });
    const [inSent] = await mailbox.add({ folderId: sent });
    const found = async (query: string) => idsIn(await ask(`${mailbox.path}/messages?${query}`));
    assert.deepEqual(await found('folder=sent'), [inSent]);
    assert.deepEqual(await found('folder=Gamle%20sendte'), []);
  });

  it('are found by their persons, also a mail to oneself, once', async () => {
    const mailbox = await newMailbox();
    const kim = { name: 'Kim', address: 'Kim@Example.dk' };
    const bo = { name: 'Bo', address: 'bo@example.com' };
    const [fromKim, toKim, ccKim, toSelf, other] = await mailbox.add(
      { from: [kim], to: [bo] },
      { from: [bo], to: [kim] },
      { from: [bo], cc: [kim], flags: ['\\Seen'] },
      { from: [kim], to: [kim] },
      { from: [bo], to: [bo] },
    );
    const found = async (query: string) => idsIn(await ask(`${mailbox.path}/messages?${query}`));
    assert.deepEqual(await found('person=kim@example.dk'), [toSelf, ccKim, toKim, fromKim]);
    assert.deepEqual(await found('from=KIM@example.dk'), [toSelf, fromKim]);
    assert.deepEqual(await found('to=kim@example.dk'), [toSelf, ccKim, toKim]);
    assert.deepEqual(await found('from=bo@example.com&to=kim@example.dk'), [ccKim, toKim]);
    assert.deepEqual(await found('person=kim@example.dk&unread=false'), [ccKim]);
    assert.deepEqual(await found('person=nobody@example.dk'), []);
    assert.deepEqual(await found('from=bo@example.com&until=2026-01-01T00:03:00Z'), [toKim]);
    assert.ok((await found('from=bo@example.com')).includes(other!));
    const first = await ask(`${mailbox.path}/messages?person=kim@example.dk&limit=2`);
    const rest = await ask(`${mailbox.path}/messages?person=kim@example.dk&limit=2&after=${first.json.next}`);
    assert.deepEqual(idsIn(rest), [toKim, fromKim]);
  });

  it('are asked for with times and places that are no times and places of a mailbox, and then there are none', async () => {
    const mailbox = await newMailbox();
    await mailbox.add({}, {});
    const id = randomUUID();
    const cursor = (...place: string[]) => Buffer.from(JSON.stringify(place)).toString('base64url');
    for (const query of [
      `after=${cursor('999999999999999999', id)}`,
      `after=${cursor('-999999999999999999', id)}`,
      `q=Message&after=${cursor('-999999999999999999', id)}`,
      `q=Message&after=${cursor('0', id, '1e999')}`,
      `q=Message&after=${cursor('0', id, '-1e-999')}`,
      `q=Message&after=${cursor('-999999999999999999', id, '0')}`,
      `person=bo@example.com&after=${cursor('-999999999999999999', id)}`,
      'until=9999-12-31T23:59:59-23:59',
      'since=9999-12-31T23:59:59-23:59',
      'since=1000-01-01T00:00:00%2B23:59',
      'person=bo@example.com&since=9999-12-31T23:59:59-23:59',
      'person=bo@example.com&until=9999-12-31T23:59:59-23:59',
    ]) {
      const { status, json } = await ask(`${mailbox.path}/messages?${query}`);
      assert.ok(status === 200 || status === 400, `${query}: ${status} ${JSON.stringify(json)}`);
    }
  });

  it('are asked for with fields that exist: all others are named', async () => {
    const mailbox = await newMailbox();
    for (const [query, field] of [
      ['after=x', 'after'],
      [`after=${Buffer.from('["1"]').toString('base64url')}`, 'after'],
      ['limit=0', 'limit'],
      ['unread=yes', 'unread'],
      ['since=yesterday', 'since'],
      ['folder=%00', 'folder'],
    ]) {
      const { status, json } = await ask(`${mailbox.path}/messages?${query}`);
      assert.deepEqual([status, json.errors?.[0]?.field], [400, field], query);
    }
  });

  it('are shown to tokens with the scope `messages` of that tenant, and to no others', async () => {
    const tenantId = freshName('acme');
    const mailbox = await makeMailbox(http.db, { tenantId, userId: '42' });
    const statusWith = async (tenant: string, scope: 'messages' | 'send', path: string) => {
      const secret = randomBytes(32).toString('base64url');
      await issueToken(http.db, secret, { tenantId: tenant, name: '', scopes: [scope], expiresAt: null });
      return (await http.ask(path, { headers: { authorization: `Bearer pbt_${secret}` } })).status;
    };
    for (const path of [`${mailbox.path}/messages`, `${mailbox.path}/folders`]) {
      assert.equal(await statusWith(tenantId, 'messages', path), 200);
      assert.equal(await statusWith(tenantId, 'send', path), 403);
      assert.equal(await statusWith(freshName('other'), 'messages', path), 403);
    }
  });
});

describe('a change of messages', () => {
  it('becomes a job with everything that the body says', async () => {
    const mailbox = await newMailbox();
    const messageIds = [randomUUID()];
    const body = JSON.stringify({ messageIds, addFlags: ['\\seen'], moveTo: 'archive' });
    const headers = { 'content-type': 'application/json' };
    void http.ask(`${mailbox.path}/messages`, { method: 'PATCH', body, headers }).catch(() => {});
    const queue = http.queues.get('change-messages');
    for (let found: Json[] = []; ; ) {
      found = await queue.getJobs(['waiting'], 0, 99);
      if (found.length === 0) continue;
      const { tenantId, userId, ...change } = found[0].data;
      assert.equal(`/v1/accounts/${tenantId}/${userId}`, mailbox.path);
      assert.deepEqual(change, { messageIds, addFlags: ['\\Seen'], moveTo: 'archive' });
      return;
    }
  });

  it('that cannot be is refused before it is a job', async () => {
    const mailbox = await newMailbox();
    const headers = { 'content-type': 'application/json' };
    const body = JSON.stringify({ messageIds: [randomUUID()], addFlags: ['\\Deleted'] });
    const { status, json } = await ask(`${mailbox.path}/messages`, { method: 'PATCH', body, headers });
    assert.deepEqual([status, json.errors[0].field], [400, 'addFlags.0']);
  });
});
