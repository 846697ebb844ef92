import assert from 'node:assert/strict';
import { randomBytes, randomUUID } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { eq } from 'drizzle-orm';
import { openPostbud, type PostbudProblem } from '../src/client/index.ts';
import { bodies, type messages } from '../src/db/tables.ts';
import { saveTenantSettings, tenantDefaults } from '../src/db/tenant-settings.ts';
import { refusalOf } from '../src/mail/errors.ts';
import { decodeStream } from '../src/mailbox/transfer.ts';
import { startHttp, type TestHttp } from './support/http.ts';
import { makeMailbox } from './support/mailbox.ts';
import { freshName } from './support/servers.ts';

/** What stands for the mail servers: encoded bytes by message and part, and everything that was asked. */
const stored = new Map<string, Buffer | (() => Promise<Buffer | null>)>();
const asked: { messageId: string; part: string | null; offset: number; length: number; signal: AbortSignal }[] = [];

let http: TestHttp;
before(async () => {
  http = await startHttp({
    async fetchRange({ messageId, part, offset, length }, signal) {
      asked.push({ messageId, part, offset, length, signal });
      signal.throwIfAborted();
      const bytes = stored.get(`${messageId} ${part}`) ?? null;
      return typeof bytes === 'function' ? bytes() : (bytes?.subarray(offset, offset + length) ?? null);
    },
  });
});
after(() => http.stop());

// biome-ignore lint/suspicious/noExplicitAny: tests look at single fields of what came
type Json = any;
type Row = Partial<typeof messages.$inferInsert>;
const error = (name: string, more = {}) => Object.assign(new Error(name), { name }, more);
const mime = (encoding: string) => Buffer.from(`Content-Type: x/y\r\nContent-Transfer-Encoding: ${encoding}\r\n\r\n`);

/** A message whose parts are at the server. */
async function message(
  parts: Record<string, Buffer | string>,
  row: Row = {},
  { policy = 'text' as 'none' | 'text' | 'full', state = 'connected' as const, tenantId = freshName('acme') } = {},
) {
  await saveTenantSettings(http.db, tenantId, {
    ...tenantDefaults,
    bodyPolicy: policy,
    frameOrigins: ['https://crm.example'],
  });
  const mailbox = await makeMailbox(http.db, { tenantId, userId: freshName('kim') }, { state });
  const [id] = await mailbox.add(row);
  for (const [part, bytes] of Object.entries(parts)) {
    stored.set(`${id} ${part === 'source' ? 'null' : part}`, Buffer.from(bytes as string));
  }
  return { ...mailbox, tenantId, id: id!, at: `${mailbox.path}/messages/${id}` };
}
const part = (number: string, type: string, more = {}) => ({
  part: number,
  type,
  encoding: '8bit',
  charset: 'utf-8',
  size: 100,
  ...more,
});
const attached = (name: string, contentType: string, more = {}) => ({ name, contentType, size: 3, part: '2', ...more });
const json = async (path: string) => {
  const answer = await http.ask(path);
  return { status: answer.status, json: (await answer.json()) as Json };
};

describe('a message', () => {
  it('comes with its text and its HTML made safe, from the server', async () => {
    const { at, id } = await message(
      {
        '1.1': 'K=C3=A6re Kim=\r\n!',
        '1.2':
          '<p onclick="x()">Kære <b>Kim</b><script>alert(1)</script><img src="cid:logo"><img src="https://e.example/a"></p>',
      },
      {
        textParts: [part('1.1', 'text/plain', { encoding: 'quoted-printable' }), part('1.2', 'text/html')],
        attachments: [attached('logo.png', 'image/png', { cid: 'logo' })],
      },
    );
    const { status, json: whole } = await json(at);
    assert.equal(status, 200);
    assert.deepEqual(whole.body, {
      text: 'Kære Kim!',
      html: `<p>Kære <b>Kim</b><img src="${at}/attachments/1" /><img /></p>`,
      remoteImages: 1,
      missing: [],
    });
    assert.deepEqual([whole.messageId, whole.attachments[0].n], [id, 1]);
    const remote = await json(`${at}?images=remote`);
    assert.match(remote.json.body.html, /src="https:\/\/e\.example\/a"/);
  });

  it('comes without what cannot be had, and says why', async () => {
    const refusal = refusalOf({ reason: 'mailbox.access_denied', permanent: true }, { locale: 'en' });
    const row: Row = { textParts: [part('1', 'text/plain'), part('2', 'text/html')] };
    const { at, id } = await message({}, row);
    stored.set(`${id} 2`, () => Promise.reject(error('CommandExpired')));
    assert.deepEqual((await json(at)).json.body, {
      text: null,
      html: null,
      remoteImages: 0,
      missing: [
        { part: '2', why: 'the mail server did not answer in time' },
        { part: '1', why: 'it is not on the mail server any more' },
      ],
    });
    stored.set(`${id} 2`, () => Promise.reject(error('CommandRefused', { refusal })));
    assert.equal((await json(at)).json.body.missing[0].why, 'the mail server refused it: mailbox.access_denied');
    const paused = await message({}, row, { state: 'paused' as 'connected' });
    const { json: whole } = await json(paused.at);
    assert.equal(whole.body.missing[0].why, 'the mailbox is not connected now: paused');
    assert.ok(!asked.some(({ messageId }) => messageId === paused.id), 'nobody is asked');
  });

  it('is nobody else’s: not of another user, not of another tenant, and not there is the same', async () => {
    const mine = await message({}, {});
    const other = await message({}, {}, { tenantId: mine.tenantId });
    for (const id of [other.id, randomUUID()]) {
      for (const tail of ['', '/html', '/source', '/attachments/1']) {
        assert.equal((await http.ask(`${mine.path}/messages/${id}${tail}`)).status, 404, tail);
      }
    }
    assert.equal((await http.ask(`${mine.at}/attachments/1`)).status, 404);
    assert.equal((await http.ask(`/v1/accounts/acme/nobody/messages/${mine.id}`)).status, 404);
    assert.equal((await http.ask(`${mine.path}/messages/1`)).status, 400);
  });

  it('is kept whole by the policy `full`, once for two users, and then no server is asked', async () => {
    const row: Row = { textParts: [part('1', 'text/html')], attachments: [attached('a.bin', 'x/y')] };
    const file = randomBytes(1_000);
    const parts = { '1': `<p>${freshName('kept')}</p>`, '2.MIME': mime('base64'), '2': file.toString('base64') };
    const one = await message(parts, row, { policy: 'full' });
    const other = await message(parts, row, { policy: 'full', tenantId: one.tenantId });
    for (const { at } of [one, other]) {
      await json(at);
      assert.deepEqual(Buffer.from(await (await http.ask(`${at}/attachments/1`)).arrayBuffer()), file);
    }
    assert.equal((await http.db.select().from(bodies).where(eq(bodies.tenantId, one.tenantId))).length, 2);
    const before = asked.length;
    assert.match((await json(other.at)).json.body.html, /kept/);
    const again = await http.ask(`${other.at}/attachments/1`);
    assert.equal(again.headers.get('content-length'), '1000');
    assert.deepEqual(Buffer.from(await again.arrayBuffer()), file);
    assert.equal(asked.length, before);
  });
});

describe('the page of a message', () => {
  it('can do nothing: its policy lets it run, load and send nothing', async () => {
    const png = randomBytes(30);
    const { at } = await message(
      {
        '1': '<p>Hej</p><script>alert(1)</script><img src="cid:logo"><img src="https://e.example/a">',
        '2.MIME': mime('base64'),
        '2': png.toString('base64'),
      },
      {
        subject: '<script>"title"</script>',
        textParts: [part('1', 'text/html')],
        attachments: [attached('logo.png', 'image/png', { cid: 'logo' })],
      },
    );
    const answer = await http.ask(`${at}/html`);
    const page = await answer.text();
    const policy = answer.headers.get('content-security-policy') ?? '';
    assert.match(answer.headers.get('content-type') ?? '', /^text\/html/);
    for (const rule of [
      "default-src 'none'",
      'img-src data:;',
      "form-action 'none'",
      'frame-ancestors https://crm.example',
    ]) {
      assert.ok(policy.includes(rule), rule);
    }
    assert.match(policy, /sandbox allow-popups allow-popups-to-escape-sandbox$/);
    assert.ok(!page.includes('<script') && !page.includes('e.example'));
    assert.ok(page.includes(`<img src="data:image/png;base64,${png.toString('base64')}" />`));
    const remote = await http.ask(`${at}/html?images=remote`);
    assert.match(remote.headers.get('content-security-policy') ?? '', /img-src data: https: http:;/);
    assert.match(await remote.text(), /src="https:\/\/e\.example\/a"/);
  });

  it('shows a text as it is, and is a problem when there is nothing to show', async () => {
    const row: Row = { textParts: [part('1', 'text/plain')] };
    const { at } = await message({ '1': 'a < b & <b>c</b>\r\nd' }, row);
    assert.match(await (await http.ask(`${at}/html`)).text(), /<pre>a &lt; b &amp; &lt;b&gt;c&lt;\/b&gt;\r\nd<\/pre>/);
    const paused = await message({}, row, { state: 'paused' as 'connected' });
    const problem = await json(`${paused.at}/html`);
    assert.deepEqual([problem.status, problem.json.type], [503, '/docs#mailbox-away']);
    assert.match(problem.json.detail, /paused/);
  });
});

describe('the source of a message', () => {
  it('is streamed byte for byte, as a file', async () => {
    const source = randomBytes(900_000);
    const { at } = await message({ source });
    const answer = await http.ask(`${at}/source`);
    assert.equal(answer.headers.get('content-type'), 'message/rfc822');
    assert.match(answer.headers.get('content-disposition') ?? '', /^attachment; filename="[\w-]+\.eml"$/);
    assert.ok(Buffer.from(await answer.arrayBuffer()).equals(source));
    const small = await message({ source: 'From: x\r\n\r\n' });
    assert.equal((await http.ask(`${small.at}/source`)).headers.get('content-length'), '11');
  });

  it('that cannot be had is a problem that says why', async () => {
    const { at, id } = await message({});
    const problem = async () => {
      const { status, json: document } = await json(`${at}/source`);
      return [status, document.type, document.reason];
    };
    assert.deepEqual(await problem(), [410, '/docs#message-gone', undefined]);
    stored.set(`${id} null`, () => Promise.reject(error('CommandExpired')));
    assert.deepEqual(await problem(), [504, '/docs#mailbox-silent', undefined]);
    const refusal = refusalOf({ reason: 'rate.limited', permanent: false }, { locale: 'en' });
    stored.set(`${id} null`, () => Promise.reject(error('CommandRefused', { refusal })));
    assert.deepEqual(await problem(), [503, '/docs#mailbox-away', 'rate.limited']);
  });

  it('is asked for a chunk at a time, and no more once the reader has gone', async () => {
    const { at, id } = await message({ source: Buffer.alloc(60_000_000, 'x') });
    const gone = new AbortController();
    const answer = await http.ask(`${at}/source`, { signal: gone.signal });
    const reader = answer.body!.getReader();
    await reader.read();
    gone.abort();
    await assert.rejects(async () => {
      for (;;) await reader.read();
    });
    const ofThis = () => asked.filter(({ messageId }) => messageId === id);
    for (const end = Date.now() + 10_000; !ofThis().at(-1)!.signal.aborted; ) {
      assert.ok(Date.now() < end, 'the work goes on without a reader');
      await new Promise((resolve) => setImmediate(resolve));
    }
    assert.ok(ofThis().every(({ length }) => length <= 512 * 1024));
    assert.ok(ofThis().length < 100, `${ofThis().length} chunks were asked for`);
  });
});

describe('an attachment', () => {
  it('is decoded on the way, of any size and encoding', async () => {
    const file = randomBytes(3_000_000);
    const lines = file.toString('base64').replace(/.{76}/g, '$&\r\n');
    const row: Row = { attachments: [attached('fil.bin', 'application/x-thing')] };
    const { at } = await message({ '2.MIME': mime('BASE64'), '2': lines }, row);
    const answer = await http.ask(`${at}/attachments/1`);
    assert.equal(answer.headers.get('content-type'), 'application/x-thing');
    assert.ok(Buffer.from(await answer.arrayBuffer()).equals(file));
    const whole = await message(
      { '1.MIME': mime('quoted-printable'), '1': 'r=C3=B8d=\r\ngr=C3=B8d' },
      {
        attachments: [attached('x.txt', 'text/plain', { part: '1' })],
      },
    );
    assert.equal(await (await http.ask(`${whole.at}/attachments/1`)).text(), 'rødgrød');
  });

  it('is a file to save, whatever its sender called it, and never of a type that runs', async () => {
    for (const [name, type, disposition, sent] of [
      ['tilbud.pdf', 'application/pdf', 'filename="tilbud.pdf"', 'application/pdf'],
      [
        'rødgrød.pdf',
        'application/pdf',
        `filename="r_dgr_d.pdf"; filename*=UTF-8''r%C3%B8dgr%C3%B8d.pdf`,
        'application/pdf',
      ],
      ['../../etc/passwd', 'text/plain', 'filename="passwd"', 'text/plain'],
      ['a"; filename="b.exe', 'text/plain', 'filename="a__ filename=_b.exe"', 'text/plain'],
      ['x\r\nSet-Cookie: a=b', 'text/plain', 'filename="xSet-Cookie_ a=b"', 'text/plain'],
      ['\u202egpj.exe', 'image/jpeg', 'filename="gpj.exe"', 'image/jpeg'],
      ['', 'text/html', 'filename="attachment"', 'application/octet-stream'],
      ['a.svg', 'image/svg+xml', 'filename="a.svg"', 'application/octet-stream'],
      ['a.js', 'text/javascript', 'filename="a.js"', 'application/octet-stream'],
      ['a', 'text/plain\r\nx: y', 'filename="a"', 'application/octet-stream'],
    ] as const) {
      const { at } = await message({ '2.MIME': mime('7bit'), '2': 'abc' }, { attachments: [attached(name, type)] });
      const answer = await http.ask(`${at}/attachments/1`);
      assert.equal(answer.status, 200, name);
      const { headers } = answer;
      if (!name.startsWith('a"')) assert.equal(headers.get('content-disposition'), `attachment; ${disposition}`);
      assert.match(headers.get('content-disposition')!, /^attachment; filename="[^"]*"(; filename\*=[^;"]*)?$/);
      assert.equal(headers.get('content-type'), sent);
      assert.equal(headers.get('x-content-type-options'), 'nosniff');
      assert.match(headers.get('content-security-policy')!, /sandbox/);
      assert.equal(headers.get('set-cookie'), null);
    }
  });

  it('is the same wherever its bytes are cut on the way', async () => {
    const file = randomBytes(500);
    const twice = `${file.subarray(0, 100).toString('base64')}\r\n${file.subarray(100).toString('base64')}\r\n`;
    const quoted = `a=3D=\r\nb=C3=A6 =\nc=XY=`;
    for (const [encoding, encoded, wanted] of [
      ['base64', twice, file],
      ['quoted-printable', quoted, Buffer.from('a=bæ c=XY')],
      ['8bit', 'as it is', Buffer.from('as it is')],
    ] as const) {
      for (const size of [1, 2, 3, 5, 7, 64, 10_000]) {
        async function* chunks() {
          for (let at = 0; at < encoded.length; at += size) yield Buffer.from(encoded.slice(at, at + size), 'latin1');
        }
        const decoded: Buffer[] = [];
        for await (const chunk of decodeStream(chunks(), encoding)) decoded.push(chunk);
        assert.deepEqual(Buffer.concat(decoded), wanted, `${encoding} by ${size}`);
      }
    }
  });
});

describe('the client', () => {
  it('reads folders, messages, a body, an attachment and the source', async () => {
    const row: Row = {
      subject: 'Hej',
      textParts: [part('1', 'text/plain')],
      attachments: [attached('a.txt', 'text/plain')],
    };
    const { tenantId, path, id } = await message(
      { '1': 'Kære Kim', '2.MIME': mime('base64'), '2': 'YWJj', source: 'x: y' },
      row,
    );
    const userId = path.split('/').at(-1)!;
    const postbud = openPostbud({ url: http.address, token: http.adminToken, redis: http.redisUrl, tenantId });
    assert.deepEqual(
      (await postbud.listFolders(userId)).map(({ role }) => role),
      ['inbox'],
    );
    const { messages: found } = await postbud.listMessages(userId, {
      unread: true,
      since: new Date(0),
      folder: 'inbox',
    });
    assert.deepEqual([found.length, found[0]!.messageId, found[0]!.subject], [1, id, 'Hej']);
    assert.equal((await postbud.readMessage(userId, id)).body.text, 'Kære Kim');
    assert.equal(await new Response(await postbud.readAttachment(userId, id, 1)).text(), 'abc');
    assert.equal(await new Response(await postbud.readSource(userId, id)).text(), 'x: y');
    await assert.rejects(postbud.readAttachment(userId, id, 2), (problem: PostbudProblem) => problem.status === 404);
    await postbud.close();
  });
});
