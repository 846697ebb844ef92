import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { eq, sql } from 'drizzle-orm';
import PostalMime from 'postal-mime';
import { blobChunks, blobs, uploads } from '../src/db/tables.ts';
import { trimOld } from '../src/db/trim.ts';
import { copyDone, nextCopy } from '../src/sending/copies.ts';
import { openSendingStage, type SendingStage } from './support/sending-stage.ts';
import { freshName } from './support/servers.ts';

let stage: SendingStage;
before(async () => {
  stage = await openSendingStage({ extensions: ['AUTH PLAIN', '8BITMIME', 'SIZE 3000000'] });
});
after(() => stage.close());

async function upload(tenantId: string, bytes: Buffer, { filename = 'fil.bin', type = 'application/pdf' } = {}) {
  const answer = await stage.http.ask(`/v1/uploads?${new URLSearchParams({ tenantId, filename })}`, {
    method: 'POST',
    headers: { 'content-type': type },
    body: new Uint8Array(bytes),
  });
  return { status: answer.status, json: (await answer.json()) as { uploadId: string; size: number; type?: string } };
}

const digest = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');
const blobsOf = (tenantId: string) => stage.db.select().from(blobs).where(eq(blobs.tenantId, tenantId));

describe('an uploaded file', () => {
  it('goes out as it came in, under its name, and is dropped when the mail is filed', async () => {
    const kim = await stage.mailbox();
    const bytes = randomBytes(1_400_001);
    const { status, json } = await upload(kim.who.tenantId, bytes, { filename: 'køreplan – æøå.pdf' });
    assert.deepEqual([status, json.size], [201, bytes.length]);
    const { id, messageIdHeader } = await kim.send('with file', { attachments: [{ uploadId: json.uploadId }] });
    await kim.until(id, 'accepted');
    const { raw } = stage.sink.mails.find((one) => one.messageId === messageIdHeader)!;
    const [file] = (await PostalMime.parse(Buffer.from(raw, 'latin1'))).attachments;
    assert.equal(digest(new Uint8Array(file!.content as ArrayBuffer)), digest(bytes));
    assert.deepEqual([file!.filename, file!.mimeType], ['køreplan – æøå.pdf', 'application/pdf']);
    // The copy has the same bytes as what went out.
    const copy = await nextCopy(stage.ledger, kim.id);
    assert.equal((await copy!.bytes()).toString('latin1'), raw);

    const old = sql`now() - interval '2 hours'`;
    await stage.db.update(uploads).set({ expiresAt: old }).where(eq(uploads.id, json.uploadId));
    await stage.db.update(blobs).set({ createdAt: old }).where(eq(blobs.tenantId, kim.who.tenantId));
    await trimOld(stage.db, { eventDays: 30 });
    assert.equal((await blobsOf(kim.who.tenantId)).length, 1, 'a mail needs it still');
    await copyDone(stage.ledger, id, 'filed');
    await trimOld(stage.db, { eventDays: 30 });
    assert.equal((await blobsOf(kim.who.tenantId)).length, 0);
  });

  it('is kept once for each tenant, under as many names as it got', async () => {
    const [one, other] = [freshName('acme'), freshName('other')];
    const bytes = randomBytes(300_000);
    const all = await Promise.all([
      upload(one, bytes),
      upload(one, bytes, { filename: 'b.bin' }),
      upload(other, bytes),
    ]);
    assert.equal(new Set(all.map(({ json }) => json.uploadId)).size, 3);
    assert.deepEqual([(await blobsOf(one)).length, (await blobsOf(other)).length], [1, 1]);
    const [{ n }] = (await stage.db.execute(sql`
      select count(*)::int as n from blob_chunks where blob_id not in (select id from blobs)`)) as unknown as [
      { n: number },
    ];
    assert.equal(n, 0);
  });

  it('that is too large is refused, also one that does not say so before, and nothing of it is kept', async () => {
    const tenantId = freshName('acme');
    const bytes = randomBytes(3 * 1024 * 1024 + 1);
    assert.equal((await upload(tenantId, bytes)).status, 413);
    const stream = new ReadableStream({
      start(controller) {
        for (let at = 0; at < bytes.length; at += 65_536) controller.enqueue(bytes.subarray(at, at + 65_536));
        controller.close();
      },
    });
    const answer = await stage.http.ask(`/v1/uploads?tenantId=${tenantId}&filename=x`, {
      method: 'POST',
      body: stream,
      duplex: 'half',
    } as RequestInit);
    assert.equal(answer.status, 413);
    assert.equal((await blobsOf(tenantId)).length, 0);
  });

  it('of another tenant, or one that has expired, is not attached', async () => {
    const kim = await stage.mailbox();
    const theirs = (await upload(freshName('other'), randomBytes(10))).json.uploadId;
    const old = (await upload(kim.who.tenantId, randomBytes(10))).json.uploadId;
    await stage.db
      .update(uploads)
      .set({ expiresAt: new Date(0) })
      .where(eq(uploads.id, old));
    for (const uploadId of [theirs, old]) {
      const refused = await kim.accept(`no-${uploadId}`, { attachments: [{ uploadId }] });
      assert.ok(!refused.send);
      assert.equal(refused.refusal.reason, 'send.content_rejected');
      assert.match(refused.refusal.response, /there is no upload/);
    }
  });

  it('is not sent to a server that takes no mail of that size, not a byte of it', async () => {
    const kim = await stage.mailbox();
    const { json } = await upload(kim.who.tenantId, randomBytes(2_900_000));
    let bytes = 0;
    const undo = stage.sink.at('mail', ({ text }) => {
      bytes += text.length;
      return undefined;
    });
    const { id } = await kim.send('too large', { attachments: [{ uploadId: json.uploadId }] });
    await kim.until(id, 'failed');
    undo();
    assert.equal(bytes, 0);
    const { refusal } = await kim.read(id);
    assert.equal(refusal?.reason, 'send.message_too_large');
    // In base64 it is a third larger than the file was.
    assert.match(refusal!.response, /^the mail has 39\d{5} octets, and the server takes 3000000$/);
  });

  it('whose bytes are missing does not go out cut: the mail is not sent', async () => {
    const kim = await stage.mailbox({ paused: true });
    const { json } = await upload(kim.who.tenantId, randomBytes(700_000));
    const { id, messageIdHeader } = await kim.send('cut', { attachments: [{ uploadId: json.uploadId }] });
    const [blob] = await blobsOf(kim.who.tenantId);
    await stage.db.delete(blobChunks).where(sql`${blobChunks.blobId} = ${blob!.id} and ${blobChunks.no} = 1`);
    await kim.resume();
    for (const end = Date.now() + 10_000; Date.now() < end && (await kim.told()).length === 0; ) await kim.read(id);
    assert.equal((await kim.told())[0]!.type, 'send.deferred');
    assert.equal(stage.sink.ends.filter(({ messageId }) => messageId === messageIdHeader).length, 0);
  });
});
