import type { ImapFlow } from 'imapflow';

/** What a mailbox has to tell: new messages, messages gone, changed flags; or that it was quiet and still answers. */
export type News = 'exists' | 'expunge' | 'flags' | 'quiet';
type Change = Exclude<News, 'quiet'>;

/** News of the selected mailbox, kept until somebody asks: what comes between two commands is not lost. */
export interface NewsBox {
  /** The most urgent news, once; undefined when there is none. */
  take(): Change | undefined;
  /** News that was found in another way than by an untagged answer. */
  add(change: Change, messages?: number): void;
  /** All messages are about to be read, or another mailbox is selected: what came so far is no news any more. */
  forget(change?: 'exists'): void;
  /** Hear which messages are gone, also those that went before this session, instead of news; returns how to stop. */
  hearVanished(heard: (uids: string) => void): () => void;
  /** How many messages have arrived since they were last forgotten. */
  arrived(): number;
  /** Call `heard` when there is news, also if it is there already; returns how to stop. */
  listen(heard: () => void): () => void;
}

/** Listen to a connection's untagged answers about the mailbox that is watched. */
export function createNewsBox(client: ImapFlow, isWatched: (path: string) => boolean): NewsBox {
  const order = ['exists', 'expunge', 'flags'] as const;
  const pending = new Set<Change>();
  const listeners = new Set<() => void>();
  let arrived = 0;

  const add = (change: Change, messages = 0) => {
    pending.add(change);
    arrived += messages;
    for (const heard of listeners) heard();
  };
  client.on('exists', ({ path, count, prevCount }) => {
    if (isWatched(path) && count > prevCount) add('exists', count - prevCount);
  });
  let vanished: ((uids: string) => void) | undefined;
  readVanished(client, (uids, earlier) => {
    vanished?.(uids);
    // `VANISHED (EARLIER)` is an answer, and tells of what we never counted.
    const { mailbox } = client;
    if (earlier || !mailbox) return;
    mailbox.exists = Math.max(0, mailbox.exists - sizeOf(uids));
    if (!vanished && isWatched(mailbox.path)) add('expunge');
  });
  client.on('expunge', ({ path }) => isWatched(path) && add('expunge'));
  client.on('flags', ({ path }) => isWatched(path) && add('flags'));

  return {
    add,
    take() {
      const change = order.find((one) => pending.has(one));
      if (change) pending.delete(change);
      return change;
    },
    forget(change) {
      if (change) pending.delete(change);
      else pending.clear();
      arrived = 0;
    },
    hearVanished(heard) {
      vanished = heard;
      return () => {
        vanished = undefined;
      };
    },
    arrived: () => arrived,
    listen(heard) {
      listeners.add(heard);
      if (pending.size > 0) heard();
      return () => listeners.delete(heard);
    },
  };
}

type Vanished = { attributes?: unknown[] };

/**
 * ImapFlow tells of each UID in a VANISHED by itself: `1:16777216` from a hostile server holds up all mailboxes of this
 * process for a minute. So it is taken as it stands.
 */
function readVanished(client: ImapFlow, gone: (uids: string, earlier: boolean) => void) {
  // The method, because SELECT calls it too, past the table of handlers.
  Object.assign(client, {
    untaggedVanished: async ({ attributes = [] }: Vanished) => {
      const set = attributes.at(-1);
      if (!set || Array.isArray(set)) return;
      gone(String((set as { value?: unknown }).value ?? ''), attributes.length > 1);
    },
  });
}

/** How many UIDs a set of ranges names. */
function sizeOf(set: string): number {
  let size = 0;
  for (const [, first, last] of set.matchAll(/(\d{1,10})(?::(\d{1,10}))?/g)) {
    size += Math.abs(Number(last ?? first) - Number(first)) + 1;
  }
  return size;
}
