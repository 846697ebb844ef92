/** The life of an account: one table. No other file compares states to choose what comes next. */
import { type State, states } from '../db/accounts.ts';

/** What a processor, a watcher or an order can report. */
export type News =
  /** A connect order was accepted and its logins are being tried. */
  | 'connect.started'
  /** The owner has to log in at the provider. */
  | 'login.wanted'
  /** IMAP and SMTP accepted what a connect order named. */
  | 'connect.accepted'
  /** A person has to complete or correct what a connect order named. */
  | 'connect.refused'
  /** Logged in, caught up, and handed to a watcher. */
  | 'mailbox.opened'
  /** Logged in and watched, and its first sync is not done. */
  | 'mailbox.reading'
  /** The first sync is done: all that was in it before is here. */
  | 'mailbox.synced'
  /** The connection ended, or could not be made; nothing is known against the login. */
  | 'connection.lost'
  /** The server no longer accepts the credentials. */
  | 'login.refused'
  /** The provider blocks the login until its owner does something there. */
  | 'login.blocked'
  /** The provider asks to slow down. */
  | 'server.throttled'
  /** The CRM wants it to rest. */
  | 'order.pause'
  /** The CRM wants it to go on, or to try now. */
  | 'order.resume'
  /** The same, of an account that never had a login that worked. */
  | 'order.resume-without-login'
  /** The CRM wants it gone. */
  | 'order.disconnect';

type Arrows = Partial<Record<News, State>>;

/** What can happen to a mailbox that has a login which once worked. */
const working: Arrows = {
  // An edit runs beside; only when it is accepted does the state change.
  'connect.accepted': 'syncing',
  'mailbox.opened': 'connected',
  'mailbox.reading': 'syncing',
  'mailbox.synced': 'connected',
  'connection.lost': 'reconnecting',
  'login.refused': 'auth-failed',
  'login.blocked': 'login-blocked',
  'server.throttled': 'throttled',
  'order.pause': 'paused',
  'order.disconnect': 'disconnected',
};

const incomplete: Arrows = {
  'connect.started': 'validating',
  'login.wanted': 'authorizing',
  'connect.accepted': 'syncing',
  'connect.refused': 'needs-settings',
  'order.pause': 'paused',
  'order.disconnect': 'disconnected',
};

const arrows: Record<State, Arrows> = {
  authorizing: incomplete,
  'needs-settings': incomplete,
  validating: incomplete,
  // A connection that is lost during the first sync is made again; until then it is not "reconnecting".
  syncing: { ...working, 'connection.lost': 'syncing', 'order.resume': 'syncing' },
  connected: working,
  reconnecting: { ...working, 'order.resume': 'reconnecting' },
  throttled: { ...working, 'connection.lost': 'throttled', 'order.resume': 'reconnecting' },
  // A lost connection says nothing about a refused login: only a login that works leads out, or the owner.
  'login-blocked': {
    ...working,
    'connection.lost': 'login-blocked',
    'server.throttled': 'login-blocked',
    'order.resume': 'reconnecting',
  },
  'auth-failed': {
    ...working,
    'connection.lost': 'auth-failed',
    'server.throttled': 'auth-failed',
    'order.resume': 'reconnecting',
  },
  paused: {
    'connect.accepted': 'syncing',
    'order.pause': 'paused',
    'order.resume': 'reconnecting',
    'order.resume-without-login': 'needs-settings',
    'order.disconnect': 'disconnected',
  },
  disconnected: {},
};

/** What a piece of news makes of a state; null when it comes too late or means nothing there. Pure. */
export function next(state: State, news: News): State | null {
  return arrows[state][news] ?? null;
}

/** The job that a state wants. `connect-account` is started by its order and not by a state. */
export const jobOf = {
  authorizing: null,
  'needs-settings': null,
  validating: null,
  syncing: 'watch-mailbox',
  connected: 'watch-mailbox',
  reconnecting: 'watch-mailbox',
  throttled: 'watch-mailbox',
  'login-blocked': 'watch-mailbox',
  'auth-failed': 'watch-mailbox',
  paused: null,
  disconnected: null,
} as const satisfies Record<State, 'watch-mailbox' | null>;

/** States in which a watcher holds, or wants, the connection. */
export const watchedStates = states.filter((state) => jobOf[state] === 'watch-mailbox');

/** States in which mails may leave. */
export const sendingStates: readonly State[] = ['syncing', 'connected', 'reconnecting', 'throttled'];
