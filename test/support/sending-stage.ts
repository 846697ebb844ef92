import assert from 'node:assert/strict';
import { randomUUIDv7 } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { eq, sql } from 'drizzle-orm';
import { accounts, sends } from '../../src/db/tables.ts';
import { createDoor } from '../../src/mail/addresses.ts';
import { createSmtp } from '../../src/mail/smtp.ts';
import { readTls } from '../../src/mail/tls.ts';
import { sendPayload } from '../../src/queues/orders.ts';
import { acceptSend } from '../../src/sending/accept.ts';
import { startSending } from '../../src/sending/engine.ts';
import { createWaiting } from '../../src/sending/waiting.ts';
import type { Server } from '../../src/words.ts';
import { startHttp } from './http.ts';
import { quietLog } from './quiet-log.ts';
import { freshName, useServers } from './servers.ts';
import { startSmtpSink } from './smtp-sink.ts';

// biome-ignore lint/suspicious/noExplicitAny: tests look at single fields of what came
type Json = any;

/** HTTP and sending over one database, a counting SMTP server, and mailboxes that send to it. */
export async function openSendingStage(
  sinkOptions: Parameters<typeof startSmtpSink>[0] = {},
  limits: Pick<Parameters<typeof startSending>[0], 'concurrency' | 'perAccount' | 'perSite'> = {},
) {
  const http = await startHttp();
  const sink = await startSmtpSink(sinkOptions);
  const { log, lines } = quietLog();
  const waiting = createWaiting();
  const ledger = { db: http.db, wake: () => {}, changed: waiting.changed };
  const door = createDoor({ allowHosts: ['127.0.0.0/8', '::1'], allowCleartextHosts: ['localhost', '127.0.0.1'] });
  const errands: string[] = [];
  const engine = startSending({
    ledger,
    processId: http.parts.heartbeat.processId,
    isFresh: () => true,
    smtp: createSmtp({ door, tls: readTls({ caFile: (await useServers()).caFile }) }),
    loginOf: ({ smtpSecret }) => ({ kind: 'password', reveal: () => smtpSecret! }),
    log,
    ...limits,
    onErrand: (accountId) => errands.push(accountId),
  });

  async function ask(path: string, { body, ...init }: { method?: string; body?: object; token?: string } = {}) {
    const answer = await http.ask(path, {
      ...init,
      headers: {
        ...(body ? { 'content-type': 'application/json' } : {}),
        ...(init.token ? { authorization: `Bearer ${init.token}` } : {}),
      },
      ...(body ? { body: JSON.stringify(body) } : {}),
    });
    return { status: answer.status, json: (await answer.json()) as Json };
  }

  /** A mailbox of a new user. A paused one sends nothing until it is told to. */
  async function mailbox({
    tenantId = freshName('acme'),
    paused = false,
    server = {} as Partial<Server>,
    email = 'kim@postbud.test',
    smtpSecret = 'secret',
  } = {}) {
    const who = { tenantId, userId: freshName('user') };
    const id = randomUUIDv7();
    const smtp = { host: 'localhost', port: sink.port, security: 'none', username: 'kim', ...server } as const;
    const state = paused ? ('paused' as const) : ('connected' as const);
    await http.db.insert(accounts).values({ id, ...who, email, state, smtp, smtpSecret });
    const base = `/v1/accounts/${tenantId}/${who.userId}/sends`;
    const read = async (sendId: string) => (await http.db.select().from(sends).where(eq(sends.id, sendId)))[0]!;
    return {
      id,
      who,
      base,
      read,
      accept: async (key: string, more: object = {}) => {
        const order = { ...who, idempotencyKey: key, to: [{ address: 'bo@example.com' }], subject: key, text: 'Hej' };
        const accepted = await acceptSend(ledger, sendPayload.parse({ ...order, ...more }));
        engine.poke(id);
        return accepted;
      },
      async send(key: string, more: object = {}) {
        const { send } = await this.accept(key, more);
        assert.ok(send, 'the order was refused');
        return send;
      },
      pause: () => http.db.update(accounts).set({ state: 'paused' }).where(eq(accounts.id, id)),
      async resume() {
        await http.db.update(accounts).set({ state: 'connected' }).where(eq(accounts.id, id));
        engine.poke(id);
      },
      /** Its next try is due. */
      async due(sendId: string) {
        await http.db
          .update(sends)
          .set({ nextTryAt: new Date(0) })
          .where(eq(sends.id, sendId));
        engine.poke(id);
      },
      async until(sendId: string, state: string) {
        let seen = '';
        for (const end = Date.now() + 20_000; Date.now() < end; await delay(20)) {
          seen = (await read(sendId)).state;
          if (seen === state) return;
        }
        assert.equal(seen, state);
      },
      async told(): Promise<{ type: string; data: Json }[]> {
        return (await http.db.execute(
          sql`select type, data from events where user_id = ${who.userId} order by user_seq`,
        )) as unknown as { type: string; data: Json }[];
      },
    };
  }

  return {
    http,
    db: http.db,
    sink,
    ledger,
    errands,
    lines,
    ask,
    mailbox,
    engine,
    async close() {
      await engine.stop();
      await sink.close();
      await http.stop();
    },
  };
}

export type SendingStage = Awaited<ReturnType<typeof openSendingStage>>;
