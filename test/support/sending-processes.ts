import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUIDv7 } from 'node:crypto';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { openDatabase } from '../../src/db/database.ts';
import { accounts, type Send, type SendState } from '../../src/db/tables.ts';
import { sendPayload } from '../../src/queues/orders.ts';
import { acceptSend } from '../../src/sending/accept.ts';
import type { Server } from '../../src/words.ts';
import { keep } from './keeper.ts';
import type { SendingProcessOptions } from './sending-process.ts';
import { freshName, useServers } from './servers.ts';

const program = fileURLToPath(new URL('sending-process.ts', import.meta.url));

/** A database, and processes that send from it and may be killed. */
export async function openSendingProcesses() {
  const testDatabase = await (await useServers()).freshDatabase();
  const database = openDatabase({ url: testDatabase.url, poolSize: 2, log: { warn: () => {} } });
  const { sql } = testDatabase;
  const children = new Set<ChildProcess>();
  return {
    /** A mailbox whose mails go to this server, with the password "secret". */
    async mailbox(smtp: Server, email = 'kim@postbud.test') {
      const who = { tenantId: 'acme', userId: freshName('user') };
      const id = randomUUIDv7();
      const rest = { email, state: 'connected', smtp, smtpSecret: 'sealed' } as const;
      await database.db.insert(accounts).values({ id, ...who, ...rest });
      return {
        /** Put a mail into the ledger. A large one is larger than all buffers between two processes. */
        async order(idempotencyKey: string, { large = false, to = 'bo@example.com' } = {}): Promise<Send> {
          const order = { ...who, idempotencyKey, to: [{ address: to }], text: 'Good morning.' };
          const ledger = { db: database.db, wake: () => {}, changed: () => {} };
          const { send } = await acceptSend(ledger, sendPayload.parse(order));
          const big = sql`repeat(E'words and words, words and words, words and words\\n', 250000)`;
          if (large) {
            await sql`update sends set content = jsonb_set(content, '{text}', to_jsonb(${big})) where id = ${send!.id}`;
          }
          return send!;
        },
        async until(send: Send, wanted: SendState): Promise<void> {
          let seen = '';
          for (const end = Date.now() + 40_000; Date.now() < end && seen !== wanted; await delay(50)) {
            [{ state: seen }] = (await sql`select state from sends where id = ${send.id}`) as unknown as [
              { state: string },
            ];
          }
          assert.equal(seen, wanted);
        },
        /** What the CRM heard of a mail; in all its user's events there is no gap. */
        async told(send: Send): Promise<string[]> {
          const rows = await sql`select type, user_seq, data->>'sendId' as id from events
            where user_id = ${who.userId} order by user_seq`;
          assert.deepEqual(
            rows.map((row) => Number(row.user_seq)),
            rows.map((_, at) => at + 1),
          );
          return rows.filter((row) => row.id === send.id).map((row) => row.type);
        },
        async state(send: Send): Promise<SendState> {
          const [row] = await sql`select state from sends where id = ${send.id}`;
          return row!.state;
        },
      };
    },
    async start(options: Omit<SendingProcessOptions, 'databaseUrl'> = {}): Promise<ChildProcess> {
      const settings = JSON.stringify({ ...options, databaseUrl: testDatabase.url });
      const child = spawn(process.execPath, [program, settings], {
        stdio: ['ignore', 'pipe', 'inherit'],
        detached: true,
      });
      keep({ group: child.pid as number, signal: 'SIGKILL' });
      children.add(child);
      const lines = createInterface({ input: child.stdout! });
      await once(lines, 'line');
      return child;
    },
    async close() {
      for (const child of children) child.kill('SIGKILL');
      await database.close();
      await testDatabase.drop();
    },
  };
}

/** Wait for the end of a process. */
export async function isOver(child: ChildProcess) {
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
}
