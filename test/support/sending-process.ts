/**
 * A process that sends, and nothing else: heartbeat, engine, recovery. Tests start it as a child, so that it can be killed
 * and frozen. `dieAt` names the moment at which it kills itself, for moments that cannot be seen from outside.
 */
import { type SQL, StringChunk } from 'drizzle-orm';
import { openDatabase } from '../../src/db/database.ts';
import { startHeartbeat } from '../../src/leases/heartbeat.ts';
import { createDoor } from '../../src/mail/addresses.ts';
import { createSmtp } from '../../src/mail/smtp.ts';
import { readTls } from '../../src/mail/tls.ts';
import { startSending } from '../../src/sending/engine.ts';
import { recoverSends } from '../../src/sending/recover.ts';

export type SendingProcessOptions = {
  databaseUrl: string;
  /** `marked`: the mark is committed, the final dot is not sent. `answered`: the server said yes, nothing is stored. */
  dieAt?: 'marked' | 'answered';
  /** `SIGSTOP`: it freezes instead of dying. */
  dieBy?: 'SIGKILL' | 'SIGSTOP';
  /** Mails at a time, of all accounts. With one, a process that is stuck takes no other. */
  concurrency?: number;
  /** Recover what others left behind. */
  recovers?: boolean;
};

const options = JSON.parse(process.argv[2]!) as SendingProcessOptions;
const say = (level: string) => (fields: object, message: string) =>
  console.log(JSON.stringify({ level, message, ...fields, err: String((fields as { err?: unknown }).err ?? '') }));
const log = { debug: say('debug'), info: say('info'), warn: say('warn'), error: say('error') } as never;

const database = openDatabase({ url: options.databaseUrl, log });
const heartbeat = await startHeartbeat({ db: database.db, roles: ['jobs'], log });
const smtp = createSmtp({
  door: createDoor({ allowHosts: ['127.0.0.0/8', '::1'], allowCleartextHosts: ['localhost'] }),
  tls: readTls(),
});
const ledger = { db: dyingAt(options.dieAt), wake: () => {}, changed: () => {} };
const engine = startSending({
  ledger,
  processId: heartbeat.processId,
  isFresh: heartbeat.isFresh,
  smtp,
  loginOf: () => ({ kind: 'password', reveal: () => 'secret' }),
  log,
  concurrency: options.concurrency ?? 50,
});
if (options.recovers) {
  setInterval(() => {
    if (heartbeat.canJudge()) void recoverSends(ledger).then(() => engine.poke());
  }, 250);
}
process.once('SIGTERM', async () => {
  await engine.stop();
  await heartbeat.stop();
  await database.close();
  process.exit(0);
});
console.log(JSON.stringify({ message: 'up', processId: heartbeat.processId }));

/** The database, but the process dies at one statement: after the mark, or before the outcome. */
function dyingAt(moment: SendingProcessOptions['dieAt']): typeof database.db {
  let hasDied = false;
  const die = () => {
    // Once: what froze and woke goes on like any other.
    if (!hasDied) process.kill(process.pid, options.dieBy ?? 'SIGKILL');
    hasDied = true;
  };
  return new Proxy(database.db, {
    get(db, name) {
      const value = Reflect.get(db, name, db);
      if (typeof value !== 'function') return value;
      return (...args: unknown[]) => {
        const statement = name === 'execute' ? textOf(args[0] as SQL) : '';
        if (moment === 'answered' && (name === 'transaction' || /set state = 'accepted'/.test(statement))) die();
        const result = value.apply(db, args);
        if (moment === 'marked' && /set state = 'data-sent'/.test(statement)) {
          return Promise.resolve(result).finally(die);
        }
        return result;
      };
    },
  });
}

/** The literal parts of a statement. */
const textOf = ({ queryChunks }: SQL) =>
  queryChunks.map((chunk) => (chunk instanceof StringChunk ? chunk.value.join('') : '')).join(' ? ');
