import type { AccountParts } from '../accounts/index.ts';
import type { Lease } from '../accounts/lease.ts';
import type { Finding } from '../accounts/way-in.ts';
import type { Config } from '../config.ts';
import type { Ramp } from '../doors/ramp.ts';
import type { Log } from '../log.ts';
import type { QueueName } from '../queues/orders.ts';
import { type JobKind, type Runner, startWorker } from '../queues/runner.ts';
import type { Commands } from '../sync/commands.ts';
import type { Watchers } from '../watchers/watchers.ts';
import { changeMessagesJob } from './change-messages.ts';
import { connectAccount, type Doors } from './connect-account.ts';
import { type SendMessageParts, sendMessage, strip } from './send-message.ts';
import { disconnectAccountJob, pauseAccountJob, resumeAccountJob } from './short-orders.ts';
import { validateCredentials } from './validate-credentials.ts';
import { watchMailbox } from './watch-mailbox.ts';

export type Workers = ReturnType<typeof startWorkers>;

/** Work the queues that this process has a role for. */
export function startWorkers({
  config,
  redisUrl,
  accounts,
  doors,
  ramp,
  finding,
  sending,
  watchers,
  commands,
  processId,
  again,
  ended,
  log,
}: {
  config: Pick<Config, 'roles' | 'prefix' | 'publicUrl' | 'folderSeconds'>;
  redisUrl: string;
  accounts: AccountParts;
  doors: Doors;
  ramp: Ramp;
  finding: Finding;
  sending: SendMessageParts;
  watchers: Watchers;
  commands: Commands;
  processId: string;
  again: (lease: Lease, nextTryAt: Date) => void;
  ended: (queue: QueueName, outcome: string, tookMs: number) => void;
  log: Log;
}) {
  const runners: Runner[] = [];
  const work = <Q extends QueueName>(kind: JobKind<Q>) => {
    const runner = startWorker(kind, { redisUrl, prefix: config.prefix, log, ended });
    runners.push(runner);
    return runner;
  };

  if (config.roles.has('jobs')) {
    work(connectAccount(accounts, { doors, finding, publicUrl: config.publicUrl }));
    work(validateCredentials(accounts, { doors, finding }));
    work(pauseAccountJob(accounts));
    work(resumeAccountJob(accounts));
    work(disconnectAccountJob(accounts));
    work(changeMessagesJob(accounts, commands));
    work<'send-message'>({
      name: 'send-message',
      concurrency: 400,
      timeLimitMs: 60_000,
      strip,
      process: (payload, { key, keep, signal }) =>
        sendMessage(sending, payload, { orderId: key.orderId, keep, signal }),
    });
  }
  const watching = config.roles.has('watch')
    ? work(
        watchMailbox({ accounts, doors, ramp, watchers, processId, folderSeconds: config.folderSeconds, again, log }),
      )
    : undefined;

  return {
    /** Take logins only while there is room for the connections. */
    async makeRoom() {
      if (!watching) return;
      const { worker } = watching;
      if (!watchers.hasRoom() && !worker.isPaused()) await worker.pause(true);
      else if (watchers.hasRoom() && worker.isPaused()) void worker.resume();
    },
    async stop() {
      await Promise.all(runners.map((runner) => runner.stop()));
    },
  };
}
