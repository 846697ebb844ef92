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
    arrived: () => arrived,
    listen(heard) {
      listeners.add(heard);
      if (pending.size > 0) heard();
      return () => listeners.delete(heard);
    },
  };
}
