import { readFileSync } from 'node:fs';
import ipaddr from 'ipaddr.js';
import { z } from 'zod';
import { parseKeyRing } from './secrets/key-ring.ts';

/** What a process does. One process may do all of it; many processes may share it out. */
export const roles = ['http', 'jobs', 'watch', 'relay'] as const;
export type Role = (typeof roles)[number];

const list = z.string().transform((text) =>
  text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== ''),
);

const flag = z.enum(['true', 'false', '1', '0']).transform((text) => text === 'true' || text === '1');

const hostOrCidr = list.refine(
  (entries) => entries.every((entry) => !entry.includes('/') || ipaddr.isValidCIDR(entry)),
  'a comma-separated list of host names, addresses or CIDR ranges',
);

const redisUrl = z
  .string()
  .regex(/^(redis|rediss)(\+sentinel|\+cluster)?:\/\//, 'must begin with redis://, rediss://, redis+sentinel:// …');

const postgresUrl = z.string().regex(/^postgres(ql)?:\/\//, 'must begin with postgres:// or postgresql://');

const hostAndPort = z
  .string()
  .regex(/^(.+):(\d{1,5})$/, 'must be host:port')
  .transform((text) => {
    const at = text.lastIndexOf(':');
    return { host: text.slice(0, at).replace(/^\[(.*)\]$/, '$1'), port: Number(text.slice(at + 1)) };
  })
  .refine(({ port }) => port <= 65_535, 'the port must be at most 65535');

/** A server as OAuth settings name it: `host:port`, where 143 and 587 mean STARTTLS; `/tls` or `/starttls` says otherwise. */
const mailServer = z
  .string()
  .regex(/^[A-Za-z0-9.-]+:\d{1,5}(\/(tls|starttls))?$/, 'must be host:port, host:port/tls or host:port/starttls')
  .transform((text) => {
    const [, host = '', digits = '', said] = /^([^:]+):(\d+)(?:\/(\w+))?$/.exec(text) ?? [];
    const port = Number(digits);
    const usual = port === 143 || port === 587 ? 'starttls' : 'tls';
    return { host: host.toLowerCase(), port, security: (said as 'tls' | 'starttls' | undefined) ?? usual } as const;
  })
  .refine(({ port }) => port >= 1 && port <= 65_535, 'the port must be 1 to 65535');

const issuer = z
  .url()
  .refine(
    (url) => new URL(url).protocol === 'https:' || isLoopback(new URL(url).hostname),
    'must be https (http only on a loopback address)',
  )
  .refine((url) => !/[?#@]/.test(url), 'must have no user, query or fragment')
  .transform((url) => url.replace(/\/\.well-known\/openid-configuration$/, ''));

/** One login provider, from `POSTBUD_OAUTH_<NAME>_*`. What is left out, the built-in ones know. */
export const oauthSettings = z.object({
  CLIENT_ID: z
    .string('is required with any other setting of this provider')
    .min(1)
    .describe(
      'Client id of this installation at a login provider: `GOOGLE`, `MICROSOFT`, `YAHOO` or a name of your own. Redirect URI: `<public URL>/oauth/callback`.',
    ),
  CLIENT_SECRET: z.string().min(1).optional().describe('Its secret, where the provider gave one.'),
  ISSUER: issuer
    .optional()
    .describe(
      'OpenID issuer of any other provider; for Microsoft `https://login.microsoftonline.com/<tenant or organizations>/v2.0` instead of `common`.',
    ),
  SCOPES: z
    .string()
    .transform((text) => text.split(/[\s,]+/).filter((scope) => scope !== ''))
    .optional()
    .describe('Scopes to ask for instead of the usual ones.'),
  DOMAINS: list
    .pipe(
      z.array(
        z
          .string()
          .toLowerCase()
          .regex(/^[^\s@/:]+\.[^\s@/:.]+$/, 'must be mail domains'),
      ),
    )
    .prefault('')
    .describe('Mail domains whose users log in there, beside those that discovery knows.'),
  IMAP: mailServer.optional().describe('Its IMAP server, `host:port`, also `host:port/tls` or `/starttls`.'),
  SMTP: mailServer.optional().describe('Its submission server, in the same form.'),
});
export type OAuthSettings = { name: string } & z.infer<typeof oauthSettings>;

/** Known without an issuer: `src/mail/oauth/providers.ts` has their facts. */
export const builtInProviders = ['google', 'microsoft', 'yahoo'] as const;

/**
 * Every setting: its form, its default and why it exists. The README's table is made from this.
 * Secrets may be given as `<NAME>_FILE` instead: the file's content, without the last line end.
 */
export const settings = {
  DATABASE_URL: postgresUrl.optional().describe('Postgres 15 or newer. Not set: an embedded Postgres in `./data`.'),
  DATABASE_DIRECT_URL: postgresUrl
    .optional()
    .describe('The same database past a transaction pooler, for LISTEN and migrations. Default: `DATABASE_URL`.'),
  DATABASE_READ_URL: postgresUrl
    .optional()
    .describe(
      'A read replica for the lists of accounts and of sent mails over HTTP, which then lag as it does. Default: the database itself.',
    ),
  REDIS_URL: redisUrl
    .optional()
    .describe(
      'Redis 7 or Valkey, with AOF and `noeviction`. Also `rediss://`, `redis+sentinel://user:pass@host:port,host:port/name`, `redis+cluster://host:port,host:port`. Not set: a local `redis-server` or `valkey-server` in `./data`.',
    ),
  POSTBUD_PREFIX: z
    .string()
    .regex(/^[A-Za-z0-9._-]{1,64}$/, 'letters, digits, dot, dash and underscore only')
    .default('postbud')
    .describe('BullMQ prefix; braces are added, so that all queues share one Cluster slot.'),
  POSTBUD_KEYS: z
    .string()
    .transform((text, context) => {
      try {
        return parseKeyRing(text);
      } catch (error) {
        context.addIssue({ code: 'custom', message: (error as Error).message.replace(/^POSTBUD_KEYS: /, '') });
        return z.NEVER;
      }
    })
    .describe('Key ring for secrets at rest: `id:base64 of 32 bytes`, comma-separated; the first one encrypts.'),
  POSTBUD_ADMIN_TOKEN: z
    .string()
    .min(24, 'must be at least 24 characters')
    .describe("The installation's own token for HTTP."),
  POSTBUD_HTTP: hostAndPort.prefault('127.0.0.1:3040').describe('Address that HTTP listens on.'),
  POSTBUD_PUBLIC_URL: z
    .url()
    .transform((url) => url.replace(/\/+$/, ''))
    .optional()
    .describe(
      'Where browsers and the CRM reach this installation; the `source` of events. Default: from `POSTBUD_HTTP`.',
    ),
  POSTBUD_ROLES: list
    .pipe(z.array(z.enum(roles)).min(1, 'name at least one role'))
    .prefault(roles.join(','))
    .describe('What this process does, comma-separated.'),
  POSTBUD_WATCH_CAPACITY: z.coerce
    .number()
    .int()
    .min(0)
    .default(5_000)
    .describe('Mailboxes that this process watches at the most.'),
  POSTBUD_ALLOW_HOSTS: hostOrCidr
    .prefault('')
    .describe(
      'Mail servers on private addresses that may be connected to: hosts or CIDRs. Empty: public addresses only.',
    ),
  POSTBUD_ALLOW_CLEARTEXT_HOSTS: hostOrCidr
    .prefault('')
    .describe("Mail servers that `security: 'none'` is allowed for."),
  POSTBUD_ACCEPT_PLAIN_SECRETS: flag
    .prefault('false')
    .describe('Takes passwords in clear in jobs. For trying out only: starts only with a loopback public URL.'),
  POSTBUD_CA_FILE: z.string().optional().describe('PEM file of certificates to trust beside the public ones.'),
  POSTBUD_DNS: list.prefault('').describe("DNS servers (`ip` or `ip:port`) instead of the system's."),
  POSTBUD_AUTOCONFIG_URL: z
    .union([z.literal(''), z.url({ protocol: /^https$/ })])
    .default('https://autoconfig.thunderbird.net/v1.1')
    .describe('Database of mail settings that is asked about unknown domains, by the domain alone; empty: none is.'),
  POSTBUD_EVENT_DAYS: z.coerce.number().int().min(1).max(3_650).default(30).describe('Days that events are kept.'),
  POSTBUD_UPLOAD_MB: z.coerce
    .number()
    .int()
    .min(1)
    .max(1_024)
    .default(50)
    .describe('Largest file that `POST /v1/uploads` takes, in MiB.'),
  POSTBUD_GIVE_UP_HOURS: z.coerce
    .number()
    .int()
    .min(1)
    .max(240)
    .default(48)
    .describe('Hours after which a mail that could not be sent has failed.'),
  POSTBUD_SEND_AT_ONCE: z.coerce
    .number()
    .int()
    .min(1)
    .max(1_000)
    .default(100)
    .describe('Mails that this process sends at the same time, over all mailboxes.'),
  POSTBUD_SEND_PER_PROVIDER: z.coerce
    .number()
    .int()
    .min(1)
    .max(1_000)
    .default(50)
    .describe('Connections that this process has at the same time to the submission servers of one provider.'),
  POSTBUD_SEND_PER_ACCOUNT: z.coerce
    .number()
    .int()
    .min(1)
    .max(20)
    .default(1)
    .describe('Mails of one mailbox at the same time. With more than one they overtake each other.'),
  POSTBUD_FOLDER_SECONDS: z.coerce
    .number()
    .int()
    .min(1)
    .max(86_400)
    .optional()
    .describe(
      'How often folders beside INBOX are looked at. Default: each minute, or each five minutes where that takes a question for each folder; watched ones at least once a minute.',
    ),
  POSTBUD_LOG_LEVEL: z
    .enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'])
    .default('info')
    .describe('How much is logged.'),
} as const;

const schema = z.object(settings).partial({ POSTBUD_KEYS: true, POSTBUD_ADMIN_TOKEN: true });

/** What Kubernetes injects for a service of this name; never meant as a setting. */
const injected = /^POSTBUD_(SERVICE_|PORT(_|$))/;
const oauthSetting = /^POSTBUD_OAUTH_([A-Z0-9]+)_(CLIENT_ID|CLIENT_SECRET|ISSUER|SCOPES|DOMAINS|IMAP|SMTP)$/;

/** Thrown by {@link readConfig}: every bad setting, one a line, none with its value. */
export class ConfigError extends Error {
  override name = 'ConfigError';
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(`The settings are not right:\n${problems.map((problem) => `  ${problem}`).join('\n')}`);
    this.problems = problems;
  }
}

/**
 * Read all settings from an environment, once.
 * @throws {ConfigError} that names every bad or unknown setting.
 */
export function readConfig(env: NodeJS.ProcessEnv) {
  const problems: string[] = [];
  const values: Record<string, string> = {};
  const oauth: Record<string, string> = {};
  for (const [name, value] of Object.entries(env)) {
    if (value === undefined) continue;
    const known = name.endsWith('_FILE') && !(name in settings) ? name.slice(0, -'_FILE'.length) : name;
    const into = oauthSetting.test(known) ? oauth : values;
    if (into === values && !(known in settings)) {
      if (name.startsWith('POSTBUD_') && !injected.test(name)) problems.push(`${name}: there is no such setting`);
      continue;
    }
    if (known === name) {
      // An empty value means "not set": compose files pass empty strings for what is unset.
      if (value !== '' || name === 'POSTBUD_AUTOCONFIG_URL') into[name] = value;
      continue;
    }
    try {
      into[known] ??= readFileSync(value, 'utf8').replace(/\r?\n$/, '');
    } catch (error) {
      problems.push(`${name}: the file cannot be read (${(error as NodeJS.ErrnoException).code})`);
    }
  }
  const providers = readProviders(oauth, problems);
  const parsed = schema.safeParse(values);
  if (!parsed.success) {
    problems.push(...parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`));
    throw new ConfigError(problems);
  }
  const set = parsed.data;
  const publicUrl = set.POSTBUD_PUBLIC_URL ?? `http://${urlHost(set.POSTBUD_HTTP.host)}:${set.POSTBUD_HTTP.port}`;
  if (set.POSTBUD_ACCEPT_PLAIN_SECRETS && !isLoopback(new URL(publicUrl).hostname)) {
    problems.push('POSTBUD_ACCEPT_PLAIN_SECRETS: only with a POSTBUD_PUBLIC_URL on a loopback address');
  }
  for (const name of ['POSTBUD_KEYS', 'POSTBUD_ADMIN_TOKEN'] as const) {
    if (set.DATABASE_URL !== undefined && set[name] === undefined) {
      problems.push(`${name}: is required when DATABASE_URL is set`);
    }
  }
  if (problems.length > 0) throw new ConfigError(problems);
  return {
    databaseUrl: set.DATABASE_URL,
    databaseDirectUrl: set.DATABASE_DIRECT_URL,
    databaseReadUrl: set.DATABASE_READ_URL,
    redisUrl: set.REDIS_URL,
    prefix: `{${set.POSTBUD_PREFIX}}`,
    keyRing: set.POSTBUD_KEYS,
    adminToken: set.POSTBUD_ADMIN_TOKEN,
    http: set.POSTBUD_HTTP,
    publicUrl,
    roles: new Set<Role>(set.POSTBUD_ROLES),
    watchCapacity: set.POSTBUD_WATCH_CAPACITY,
    allowHosts: set.POSTBUD_ALLOW_HOSTS,
    allowCleartextHosts: set.POSTBUD_ALLOW_CLEARTEXT_HOSTS,
    acceptPlainSecrets: set.POSTBUD_ACCEPT_PLAIN_SECRETS,
    caFile: set.POSTBUD_CA_FILE,
    dnsServers: set.POSTBUD_DNS,
    autoconfigUrl: set.POSTBUD_AUTOCONFIG_URL,
    oauth: providers,
    eventDays: set.POSTBUD_EVENT_DAYS,
    uploadBytes: set.POSTBUD_UPLOAD_MB * 1024 * 1024,
    giveUpAfterMs: set.POSTBUD_GIVE_UP_HOURS * 60 * 60_000,
    sendAtOnce: set.POSTBUD_SEND_AT_ONCE,
    sendPerProvider: set.POSTBUD_SEND_PER_PROVIDER,
    sendPerAccount: set.POSTBUD_SEND_PER_ACCOUNT,
    folderSeconds: set.POSTBUD_FOLDER_SECONDS,
    logLevel: set.POSTBUD_LOG_LEVEL,
  };
}

export type Config = ReturnType<typeof readConfig>;

/** The login providers that are set up, each by its name in lower case. */
function readProviders(values: Record<string, string>, problems: string[]): OAuthSettings[] {
  const groups = new Map<string, Record<string, string>>();
  for (const [setting, value] of Object.entries(values)) {
    const [, name = '', field = ''] = oauthSetting.exec(setting) ?? [];
    groups.set(name, { ...groups.get(name), [field]: value });
  }
  const providers: OAuthSettings[] = [];
  for (const [name, fields] of groups) {
    const at = `POSTBUD_OAUTH_${name}_`;
    const parsed = oauthSettings.safeParse(fields);
    if (!parsed.success) {
      problems.push(...parsed.error.issues.map(({ path, message }) => `${at}${path[0] as string}: ${message}`));
    } else if (
      parsed.data.ISSUER === undefined &&
      !(builtInProviders as readonly string[]).includes(name.toLowerCase())
    ) {
      problems.push(`${at}ISSUER: is required for a provider that is not built in`);
    } else providers.push({ name: name.toLowerCase(), ...parsed.data });
  }
  return providers;
}

function urlHost(host: string): string {
  if (host === '0.0.0.0' || host === '::') return '127.0.0.1';
  return host.includes(':') ? `[${host}]` : host;
}

function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d{1,3}){3}$/.test(hostname);
}
