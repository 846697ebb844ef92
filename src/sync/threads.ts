import { createHash, randomUUID } from 'node:crypto';
import { sql } from 'drizzle-orm';
import type { AccountParts } from '../accounts/index.ts';
import type { FetchedMessage } from '../mail/imap.ts';
import type { Mailbox } from './mailbox.ts';

/** What a thread is told by. */
type Linked = Pick<FetchedMessage, 'messageIdHeader' | 'inReplyTo' | 'references' | 'threadId' | 'uid'>;

/** Ids that are looked up for each message: the nearest ones are the likeliest to be here. */
const mostParents = 10;

/**
 * Which thread each message of a batch belongs to, as far as the batch tells. Threads are named after their first message
 * (the first of References, RFC 5256), so that all of a thread get the same name also when they are read in any order;
 * where the server names threads itself, its name counts. The store then looks for parents that are here already.
 */
export function threadsOf(
  batch: readonly Linked[],
): Map<number, { threadId: string; ownThread: string | null; parents: string[] }> {
  const byHeader = new Map<string, Linked>();
  for (const message of batch) if (message.messageIdHeader) byHeader.set(message.messageIdHeader, message);
  return new Map(
    batch.map((message) => {
      const { uid, messageIdHeader, threadId } = message;
      if (threadId !== null) return [uid, { threadId: `s:${threadId}`, ownThread: null, parents: [] }];
      const root = rootOf(message, byHeader);
      const parents = parentsOf(message).slice(-mostParents);
      return [
        uid,
        {
          threadId: threadNamed(root ?? randomUUID()),
          ownThread: messageIdHeader && threadNamed(messageIdHeader),
          parents,
        },
      ];
    }),
  );
}

/** The first message of the thread, by the batch alone. A ring of replies ends where it began. */
function rootOf(message: Linked, byHeader: Map<string, Linked>): string | null {
  const seen = new Set<Linked>();
  let at = message;
  for (;;) {
    seen.add(at);
    const root = parentsOf(at)[0] ?? at.messageIdHeader;
    const next = root === null ? undefined : byHeader.get(root);
    if (!next || seen.has(next)) return root;
    at = next;
  }
}

/** Ids of the messages before this one, the oldest first. */
function parentsOf({ references, inReplyTo }: Linked): string[] {
  if (inReplyTo === null || references.includes(inReplyTo)) return references;
  return [...references, inReplyTo];
}

export const threadNamed = (root: string) => createHash('sha256').update(root).digest('base64url').slice(0, 22);

/** Two threads that a message, which came after its replies, has shown to be one. */
export type Joined = { from: string; to: string };

/** Give the messages of one thread the name of the other. Done again by the next one that shows it, if it is lost. */
export async function joinThreads({ db }: AccountParts, { lease }: Mailbox, joined: readonly Joined[]): Promise<void> {
  for (const { from, to } of joined) {
    await db.execute(sql`
      update messages set thread_id = ${to}
      where account_id = ${lease.accountId}::uuid and thread_id = ${from} and exists (
        select from accounts where id = ${lease.accountId}::uuid and holder = ${lease.processId}::uuid
          and token = ${lease.token})`);
  }
}
