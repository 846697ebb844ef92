import { randomUUIDv7 } from 'node:crypto';
import { sql } from 'drizzle-orm';
import { type Lease, LeaseLost } from '../accounts/lease.ts';
import type { Database, Drizzle } from '../db/database.ts';
import type { Command } from '../db/tables.ts';
import type { Refusal } from '../words.ts';
import { createTurns } from './turns.ts';

/** Tells the holder of a mailbox that there is something to do, and whoever asked that it is done. */
export const commandChannel = 'postbud_command';
export const answerChannel = 'postbud_answer';

/** A lost notification is made good by looking. */
const lookEveryMs = 500;
/** Whoever waits for bytes is a person, or a program with little patience. */
const fetchLimitMs = 20_000;
/** So many questions for bytes of one mailbox stand open at a time, for each process that asks: each is looked for. */
const mostFetches = 8;

/** What the mailbox was asked to do, and what it answered. */
export type Answer = { answer: Record<string, unknown>; bytes: Buffer | null };

/** The mail server refused the command. */
export class CommandRefused extends Error {
  override name = 'CommandRefused';
  readonly refusal: Refusal;
  constructor(refusal: Refusal) {
    super(refusal.reason);
    this.refusal = refusal;
  }
}

/** Nobody carried the command out in time: the mailbox is not connected now. */
export class CommandExpired extends Error {
  override name = 'CommandExpired';
}

export type Commands = ReturnType<typeof openCommands>;

/** Ask for something to be done on a mailbox's open connection, wherever it is held. */
export function openCommands(database: Pick<Database, 'db' | 'notify' | 'listen'>) {
  const { db } = database;
  const waiting = new Map<string, () => void>();
  const inTurn = createTurns(mostFetches);

  /** Write the command down; the same order is the same command. */
  async function add(
    accountId: string,
    kind: Command['kind'],
    payload: Record<string, unknown>,
    { orderKey = null, limitMs }: { orderKey?: string | null; limitMs: number },
  ): Promise<string> {
    const id = randomUUIDv7();
    const [row] = await db.execute<{ id: string }>(sql`
      insert into commands (id, account_id, kind, payload, order_key, expires_at)
      values (${id}::uuid, ${accountId}::uuid, ${kind}, ${JSON.stringify(payload)}::text::jsonb, ${orderKey},
        now() + ${limitMs} * interval '1 millisecond')
      on conflict (account_id, order_key) where order_key is not null do update set order_key = excluded.order_key
      returning id`);
    database.notify(commandChannel, accountId);
    return row!.id;
  }

  /**
   * Wait for the answer.
   * @throws {CommandRefused} when the mail server refused; {CommandExpired} when nobody has done it by then.
   */
  async function answerTo(id: string, { limitMs, signal }: { limitMs: number; signal?: AbortSignal }): Promise<Answer> {
    const until = performance.now() + limitMs;
    try {
      for (;;) {
        signal?.throwIfAborted();
        const heard = nextSign(id, Math.min(lookEveryMs, Math.max(1, until - performance.now())), signal);
        const [row] = await db.execute<Pick<Command, 'answer' | 'bytes' | 'refusal'> & { ended: boolean }>(sql`
          select answer, bytes, refusal, ended_at is not null as ended from commands where id = ${id}::uuid`);
        if (!row) throw new CommandExpired('the command is not there any more');
        if (row.refusal) throw new CommandRefused(row.refusal);
        if (row.ended) return { answer: row.answer ?? {}, bytes: row.bytes };
        if (performance.now() >= until) throw new CommandExpired('the mailbox is not connected now');
        await heard;
      }
    } finally {
      waiting.delete(id);
    }
  }

  function nextSign(id: string, ms: number, signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve) => {
      const over = () => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', over);
        resolve();
      };
      const timer = setTimeout(over, ms);
      signal?.addEventListener('abort', over);
      waiting.set(id, over);
    });
  }

  async function ask(
    accountId: string,
    kind: Command['kind'],
    payload: Record<string, unknown>,
    { limitMs, signal }: { limitMs: number; signal?: AbortSignal },
  ): Promise<Answer> {
    const id = await add(accountId, kind, payload, { limitMs });
    try {
      return await answerTo(id, { limitMs, ...(signal && { signal }) });
    } finally {
      await db.execute(sql`delete from commands where id = ${id}::uuid`).catch(() => {}); // it expires, and is trimmed
    }
  }

  return {
    /** Hear of answers at once. Until then, and when a notification is lost, they are found by looking. */
    listen: () => database.listen(answerChannel, (id) => waiting.get(id)?.()),
    add,
    answerTo,

    /** Nobody wants it any more. */
    async drop(id: string): Promise<void> {
      await db.execute(sql`delete from commands where id = ${id}::uuid and ended_at is null`);
    },

    /**
     * Bytes of a message as they stand on the server; of its whole source without a part. Null when it is gone, or has no
     * such part. Nothing of the question stays behind.
     */
    async fetchRange(
      {
        accountId,
        ...wanted
      }: { accountId: string; messageId: string; part: string | null; offset: number; length: number },
      signal: AbortSignal,
    ): Promise<Buffer | null> {
      const late = AbortSignal.timeout(fetchLimitMs);
      const within = AbortSignal.any([signal, late]);
      const asking = () => ask(accountId, 'fetch', wanted, { limitMs: fetchLimitMs, signal: within });
      try {
        const { answer, bytes } = await inTurn(accountId, within, asking);
        return answer.found === true ? (bytes ?? Buffer.alloc(0)) : null;
      } catch (error) {
        if (error !== late.reason || signal.aborted) throw error;
        throw new CommandExpired('too much is asked of the mailbox now, or it is not connected');
      }
    },
  };
}

/** How often a command is begun that nobody ended: after that it is to blame for the connections that broke over it. */
const mostTries = 3;

/**
 * The next command of a mailbox, for the holder of its lease. Beginning it is written down; one that was begun too often
 * is ended with `tooOften`, so that nobody waits for it any longer.
 * @throws {LeaseLost}
 */
export async function nextCommand(db: Drizzle, lease: Lease, tooOften: Refusal): Promise<Command | null> {
  const { accountId, processId, token } = lease;
  const [row] = await db.execute<{
    held: boolean;
    id: string | null;
    kind: Command['kind'];
    payload: Command['payload'];
    tries: number;
  }>(sql`
    with held as (
      select id from accounts
      where id = ${accountId}::uuid and holder = ${processId}::uuid and token = ${token}
    ), given_up as (
      update commands c set ended_at = now(), refusal = ${JSON.stringify(tooOften)}::text::jsonb from held
      where c.account_id = held.id and c.ended_at is null and c.tries >= ${mostTries}
    ), next as (
      select c.id from held, commands c
      where c.account_id = ${accountId}::uuid and c.ended_at is null and c.expires_at > now() and c.tries < ${mostTries}
      order by c.no limit 1
    ), begun as (
      update commands set tries = tries + 1 from next where commands.id = next.id
      returning commands.id, kind, payload, tries
    )
    select exists (select from held) as held, begun.* from (select 1) as one left join begun on true`);
  if (!row?.held) throw new LeaseLost(accountId);
  return row.id === null ? null : ({ ...row, accountId } as unknown as Command);
}

/** A command is done, or was refused: its answer is there for whoever waits. */
export async function endCommand(
  db: Drizzle,
  id: string,
  {
    answer = null,
    bytes = null,
    refusal = null,
  }: { answer?: object | null; bytes?: Buffer | null; refusal?: Refusal | null },
): Promise<void> {
  await db.execute(sql`
    update commands set ended_at = now(), answer = ${answer && JSON.stringify(answer)}::text::jsonb, bytes = ${bytes},
      refusal = ${refusal && JSON.stringify(refusal)}::text::jsonb
    where id = ${id}::uuid and ended_at is null`);
}
