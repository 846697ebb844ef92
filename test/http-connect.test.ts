import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Envelope } from '../src/events.ts';
import { startDaemon } from './support/daemon.ts';
import { freshName, useServers } from './support/servers.ts';

describe('a CRM that knows HTTP only', () => {
  it('connects a mailbox, hears of its mail, sends one, and lets it go', { timeout: 60_000 }, async () => {
    const { mailServer } = await useServers();
    const daemon = await startDaemon();
    const ada = await mailServer.addUser();
    const tenantId = freshName('acme');
    const path = `/v1/accounts/${tenantId}/42`;
    const heard = follow(
      await daemon.fetch(`/v1/events?tenantId=${tenantId}`, { headers: { accept: 'text/event-stream' } }),
    );
    const order = async (method: string, to: string, body?: object) => {
      const headers = { 'content-type': 'application/json' };
      const answer = await daemon.fetch(to, { method, headers, ...(body ? { body: JSON.stringify(body) } : {}) });
      assert.equal(answer.status, 200, await answer.clone().text());
      return (await answer.json()) as Record<string, unknown>;
    };

    const login = (server: { host: string; port: number }) => ({
      host: server.host,
      port: server.port,
      security: 'tls',
      username: ada.address,
    });
    const connected = await order('POST', '/v1/accounts', {
      tenantId,
      userId: '42',
      email: ada.address,
      credentials: { kind: 'password', password: ada.password },
      imap: login(ada.imap),
      smtp: login(ada.smtp),
    });
    assert.equal(connected.outcome, 'connected');
    await heard.next('postbud.mailbox.sync_completed');

    await ada.deliver({ subject: 'Tilbud?' });
    const received = await heard.next('postbud.message.received');
    assert.equal(received.data.subject, 'Tilbud?');
    const account = (await (await daemon.fetch(path)).json()) as { state: string; accountId: string };
    assert.deepEqual([account.state, account.accountId], ['connected', connected.accountId]);

    const sent = await order('POST', `${path}/sends`, {
      idempotencyKey: 'crm-1',
      to: [{ address: ada.address }],
      subject: 'Svar',
      text: 'Ja',
    });
    assert.equal(sent.status, 'sent');
    const send = (await (await daemon.fetch(`${path}/sends/${sent.sendId}`)).json()) as { status: string };
    assert.equal(send.status, 'sent');

    assert.deepEqual(await order('DELETE', path), { outcome: 'disconnected' });
    await heard.next('postbud.account.disconnected');
    assert.equal((await daemon.fetch(path)).status, 404);
    assert.ok(!JSON.stringify(daemon.logs).includes(ada.password));
    await daemon.stop();
  });
});

/** Hears server-sent events, in their order. */
function follow(answer: Response) {
  const events = (async function* () {
    const decoder = new TextDecoder();
    let text = '';
    for await (const chunk of answer.body!) {
      text += decoder.decode(chunk, { stream: true });
      const blocks = text.split('\n\n');
      text = blocks.pop()!;
      for (const block of blocks) {
        const [, data] = /^data: (.*)$/m.exec(block) ?? [];
        // biome-ignore lint/suspicious/noExplicitAny: what is in it differs by type
        if (data) yield JSON.parse(data) as Envelope & { data: any };
      }
    }
  })();
  return {
    /** The next event of a type; those before it are passed over. */
    async next(type: string) {
      for (;;) {
        const { value, done } = await events.next();
        if (done) throw new Error(`the stream ended before ${type}`);
        if (value.type === type) return value;
      }
    },
  };
}
