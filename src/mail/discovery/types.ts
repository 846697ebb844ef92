import type { Prefill, Server } from '../../words.ts';
import type { Reason } from '../refusals/index.ts';

/**
 * How good a source is, best first: A the own table, B the mail exchanger of a large provider, C a file that the domain
 * itself serves over https (or the database keeps for it), D the exchanger of a known hoster, E SRV records, F signs of
 * Microsoft behind a filter, G a file for the exchanger's domain, H a guess that was proved.
 */
export type Rank = 'A' | 'B' | 'C' | 'D' | 'E' | 'F' | 'G' | 'H';

/** Where an answer came from. */
export type Source =
  | 'table'
  | 'mx'
  | 'pacc'
  | 'autoconfig'
  | 'well-known'
  | 'database'
  | 'srv'
  | 'microsoft'
  | 'mx-autoconfig'
  | 'mx-database'
  | 'guess';

/** How a user name follows from the address. `ask`: not at all; `unknown`: nobody said, so the address is tried first. */
export type UserForm = 'address' | 'local-part' | 'ask' | 'unknown' | { template: string };

export type LoginMethod = 'password' | 'app-password' | 'oauth2';
/** Ways to log in, the best first, and whose OAuth it is. */
export type Login = { methods: readonly [LoginMethod, ...LoginMethod[]]; oauth?: 'google' | 'microsoft' | 'yahoo' };

/** A server that a source offers. Cleartext is never offered. */
export type Offer = { host: string; port: number; security: 'tls' | 'starttls'; user: UserForm };

/** What one source says. The best offer of each protocol stands first. */
export type Candidate = {
  rank: Rank;
  source: Source;
  provider?: string;
  login: Login;
  imap: readonly Offer[];
  smtp: readonly Offer[];
};

/** A source that tells why there is nothing to connect to. */
export type DeadEnd = { reason: Reason; source: string; provider?: string };

/** One step of a discovery that did not lead anywhere, for the log and for whoever asks why. */
export type Tried = { source: string; host?: string; port?: number; reason: Reason };

/** Another mailbox that the address may have. */
export type Alternative = Pick<Found, 'imap' | 'smtp' | 'login' | 'rank' | 'source'> & { provider?: string };

/** The servers of an address, each of which has answered with a matching certificate. Nobody has logged in. */
export type Found = {
  imap: Server;
  smtp: Server;
  login: LoginMethod;
  /** All ways to log in, the best first: an installation without the provider's OAuth takes the next one. */
  logins: readonly LoginMethod[];
  oauth?: 'google' | 'microsoft' | 'yahoo';
  provider?: string;
  rank: Rank;
  source: Source;
  /** What the user has to agree to before a password goes there: the domain of the servers. */
  confirmDomain?: string;
  /** May a password go there at once? Only where no unsigned DNS record had a say in a stranger's favour. */
  certain: boolean;
  /** `unknown`: a refused login may be tried once more with the local part. `ask`: the name cannot be told. */
  usernameForm: 'address' | 'local-part' | 'template' | 'ask' | 'unknown';
  alternatives?: Alternative[];
};

/** Why nothing was found, and what is known all the same. */
export type NotFound = { reason: Reason; prefill: Prefill; tried: readonly Tried[] };

/** The result of a discovery. */
export type Discovered = { found: Found; notFound?: never } | { notFound: NotFound; found?: never };
