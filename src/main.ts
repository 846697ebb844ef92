import { expireAttempts } from './accounts/authorize.ts';
import { accountChanged, accountChannel } from './accounts/changed.ts';
import { openAccounts } from './accounts/index.ts';
import type { Lease } from './accounts/lease.ts';
import { secretPlace } from './accounts/secrets.ts';
import { type Config, ConfigError, readConfig } from './config.ts';
import { openDatabase } from './db/database.ts';
import { migrate } from './db/migrate.ts';
import { sealingKeyStore } from './db/sealing-key-store.ts';
import { openBudget } from './doors/budget.ts';
import { guardDoors } from './doors/guard.ts';
import { openRamp } from './doors/ramp.ts';
import { listen } from './http/listen.ts';
import { type Heartbeat, startHeartbeat } from './leases/heartbeat.ts';
import { type Log, openLog } from './log.ts';
import { startLookout } from './lookout/lookout.ts';
import { createDoor } from './mail/addresses.ts';
import { createDiscovery } from './mail/discovery/index.ts';
import { createImap } from './mail/imap.ts';
import { loginFrom } from './mail/login.ts';
import { createOAuthClient } from './mail/oauth/client.ts';
import { createOAuthFetch } from './mail/oauth/fetch.ts';
import { openGrants } from './mail/oauth/grants.ts';
import { openProviders } from './mail/oauth/providers.ts';
import { createSmtp } from './mail/smtp.ts';
import { readTls } from './mail/tls.ts';
import { openMetrics } from './metrics.ts';
import { ownServers } from './own-servers.ts';
import { openQueues } from './queues/queues.ts';
import { openRedis } from './queues/redis.ts';
import { eventChannel, type Relay, startRelay } from './relay/relay.ts';
import { SealingKeys } from './secrets/sealing-keys.ts';
import { batchedWrites } from './sending/accept-at-once.ts';
import { startSending } from './sending/engine.ts';
import { recoverSends } from './sending/recover.ts';
import { createWaiting } from './sending/waiting.ts';
import { type Parts, startParts, untilItAnswers } from './start.ts';
import { answerChannel, commandChannel, openCommands } from './sync/commands.ts';
import { fileCopies } from './watchers/file-copies.ts';
import { openWatchers } from './watchers/watchers.ts';
import { startWorkers } from './workers/index.ts';

const copyChannel = 'postbud_copy';

/** The whole of Postbud on one page: what starts, in which order. It stops in reverse. */
async function start(config: Config, log: Log, { part }: Parts) {
  const has = (role: 'http' | 'jobs' | 'watch' | 'relay') => config.roles.has(role);

  const servers = await part('servers', ownServers(config, log), (own) => own.stop());
  const { keyRing: ring, redisUrl } = servers;
  let alive: Heartbeat | undefined;
  let relay: Relay | undefined;
  const now = () => new Date();
  const database = await part(
    'database',
    openDatabase({
      url: servers.databaseUrl,
      directUrl: servers.databaseDirectUrl,
      readUrl: config.databaseReadUrl,
      log,
    }),
    (open) => open.close(),
  );
  const { db } = database;
  const queues = await part('queues', openQueues({ redisUrl, prefix: config.prefix, log }), (open) => open.close());
  const redis = await part('redis', openRedis(redisUrl, { log, role: 'relay' }), (client) => client.disconnect());

  const keys = new SealingKeys({ ring, store: sealingKeyStore(db), now });
  const metrics = openMetrics();

  const door = createDoor(config);
  const tls = readTls(config);
  const providers = openProviders(config.oauth);
  const client = createOAuthClient({ fetch: createOAuthFetch({ door, tls }) });
  const grants = openGrants({ db, ring, providers, client });
  const wake = wakeRelay();
  const sealing = { keys, ring, acceptPlain: config.acceptPlainSecrets, now };
  const commands = openCommands(database);
  const accounts = openAccounts({
    db,
    grants,
    sealing,
    now,
    heard: metrics.messageHeard,
    answered: (commandId) => database.notify(answerChannel, commandId),
    wake,
    changed: accountChanged({ database, queues, log }),
  });

  if (has('http')) {
    await part(
      'http',
      listen({
        http: config.http,
        adminToken: servers.adminToken,
        publicUrl: config.publicUrl,
        redisUrl,
        database,
        queues,
        sealingKeys: keys,
        ring,
        // Up before the database is: `/readyz` says what is missing.
        heartbeat: { isFresh: () => alive?.isFresh() ?? false },
        metrics,
        eventsWritten: wake,
        uploadBytes: config.uploadBytes,
        giveUpAfterMs: config.giveUpAfterMs,
        fetchRange: commands.fetchRange,
        signIn: { accounts, providers, client, redirectUri: `${config.publicUrl}/oauth/callback` },
        log,
      }),
      (open) => open.stop(),
    );
  }

  await untilItAnswers('Postgres', () => migrate(servers.databaseDirectUrl), log);
  const heartbeat = await part(
    'heartbeat',
    startHeartbeat({ db: database.pulse, roles: config.roles, log, onGap: () => afterGap() }),
    (beating) => beating.stop(),
  );
  alive = heartbeat;
  const { processId } = heartbeat;

  relay = has('relay')
    ? await part(
        'relay',
        startRelay({ db, redis, heartbeat, source: config.publicUrl, log, published: metrics.eventsPublished }),
        (open) => open.stop(),
      )
    : undefined;
  if (relay) await database.listen(eventChannel, relay.wake, relay.wake);

  const budget = openBudget({ db, ring, now });
  const ramp = openRamp({ redis, prefix: config.prefix, isOwn: (host) => door.isOwn(host), log });
  const edge = { imap: createImap({ door, tls }), smtp: createSmtp({ door, tls }) };
  const doors = guardDoors(edge, {
    budget,
    ramp,
    now,
    unknown(protocol, words) {
      metrics.answerUnknown(protocol);
      log.warn({ protocol, words }, 'a mail server said something that no rule knows');
    },
  });

  const waiting = createWaiting();
  const ledger = {
    db,
    wake,
    changed: waiting.changed,
    mac: (text: string) => ring.lastingHmac('message-id', text),
    giveUpAfterMs: config.giveUpAfterMs,
  };
  const logins = { ring, grants };
  const sending = has('jobs')
    ? await part(
        'sending',
        startSending({
          ledger,
          processId,
          isFresh: heartbeat.isFresh,
          smtp: doors.smtp,
          loginOf: ({ id, smtp, smtpSecret, secretKind: kind }) =>
            loginFrom(logins, {
              ciphertext: smtpSecret!,
              at: { ...secretPlace('accounts', id, 'smtp'), host: smtp!.host, username: smtp!.username },
              kind,
            }),
          log,
          concurrency: config.sendAtOnce,
          perAccount: config.sendPerAccount,
          perSite: config.sendPerProvider,
          onErrand: (accountId) => database.notify(copyChannel, accountId),
        }),
        (engine) => engine.stop(),
      )
    : undefined;

  const again = (lease: Lease, nextTryAt: Date) => {
    queues
      .addWatch(lease, nextTryAt.getTime() - Date.now())
      .catch((error) => log.warn({ err: error, accountId: lease.accountId }, 'the sweep will add the watch job'));
  };
  const watchers = await part(
    'watchers',
    openWatchers({
      accounts,
      processId,
      capacity: config.watchCapacity,
      fileCopies: fileCopies({
        db,
        log,
        wake,
        commanded: (accountId) => database.notify(commandChannel, accountId),
      }),
      again,
      changed: (count) => {
        metrics.mailboxesWatched(count);
        void workers.makeRoom();
      },
      log,
    }),
    async (open) => {
      for (const lease of await open.stop()) again(lease, new Date());
    },
  );
  // What was told while nobody could hear it is found by looking.
  for (const [channel, what] of [
    [copyChannel, 'copies'],
    [commandChannel, 'commands'],
  ] as const) {
    await database.listen(
      channel,
      (accountId) => watchers.poke(accountId, what),
      () => watchers.pokeAll(what),
    );
  }
  await database.listen(accountChannel, (accountId) => {
    sending?.drop(accountId);
    sending?.poke(accountId);
    lookAgain(accountId);
  });

  await commands.listen();
  const workers = await part(
    'workers',
    startWorkers({
      config,
      redisUrl,
      accounts,
      doors,
      ramp,
      finding: { discovery: createDiscovery({ ...config, tls, log }), providers },
      sending: {
        ledger: { ...ledger, writeAtOnce: batchedWrites(ledger) },
        waiting,
        poke: (accountId) => sending?.poke(accountId),
      },
      watchers,
      commands,
      processId,
      again,
      ended: metrics.jobEnded,
      log,
    }),
    (running) => running.stop(),
  );
  if (has('relay')) {
    const recover = async () => {
      for (const accountId of await recoverSends(ledger)) sending?.poke(accountId);
      await expireAttempts(accounts);
    };
    const { eventDays } = config;
    await part('lookout', startLookout({ accounts, queues, heartbeat, recover, eventDays, log }), (open) =>
      open.stop(),
    );
  }
  log.info({ roles: [...config.roles], processId, url: config.publicUrl }, 'Postbud is up');

  /** Event rows are published by whoever leads: here at once, elsewhere by a notification. */
  function wakeRelay() {
    return () => (relay?.leads() ? relay.wake() : database.notify(eventChannel));
  }

  /** Somebody changed an account, or this process was away for a while: let go of what others hold by now. */
  function lookAgain(accountId?: string) {
    watchers
      .check(accountId)
      .catch((error) => log.warn({ err: error }, 'leases could not be compared; the token fences them'));
  }
  function afterGap() {
    lookAgain();
  }
}

if (import.meta.main) await run();

/** Start, and stop at the first SIGTERM or SIGINT; a second one does not wait. */
export async function run() {
  let config: Config;
  try {
    config = readConfig(process.env);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    console.error(error.message);
    process.exit(2);
  }
  const log = openLog({ level: config.logLevel });
  // One connection's forgotten rejection is a bug to be told, and no reason to drop thousands of mailboxes.
  process.on('unhandledRejection', (error) => log.error({ err: error }, 'unhandled rejection'));
  const ending = new Promise<string>((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) {
      process.once(signal, () => {
        process.once(signal, () => process.exit(130));
        resolve(signal);
      });
    }
  });
  try {
    const parts = startParts(log);
    const signal = await Promise.race([start(config, log, parts).then(() => ending), ending]);
    log.info({ signal }, 'stopping');
    await parts.stop();
    log.info('stopped');
    process.exit(0);
  } catch (error) {
    log.fatal({ err: error }, 'Postbud could not start');
    process.exit(1);
  }
}
