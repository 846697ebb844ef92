import type { ImapFlow, MailboxObject } from 'imapflow';
import type { Commands } from './imap-commands.ts';
import type { Can } from './imap-contract.ts';
import type { Exec } from './imap-exec.ts';
import type { NewsBox } from './imap-news.ts';

/** What the commands of one connection are made from. */
export interface Wire {
  client: ImapFlow;
  exec: Exec;
  commands: Commands;
  news: NewsBox;
  can: Can;
  /** Folders' lasting names as they were told, by path. */
  mailboxIds: Map<string, { uidValidity: number; id: string | null }>;
  /** Do something in another folder, within one command, and come back to the one that is watched. */
  elsewhere<T>(path: string, work: () => Promise<T>): Promise<T>;
  /** Throw what ImapFlow swallowed and only wrote to its log. */
  refusedInLog(): never;
}

/** What a server can do, as agreed on after the login. */
export function canOf({ enabled, capabilities }: ImapFlow): Can {
  return {
    qresync: enabled.has('QRESYNC'),
    condstore: enabled.has('CONDSTORE') || enabled.has('QRESYNC'),
    move: capabilities.has('MOVE'),
    uidplus: capabilities.has('UIDPLUS'),
    objectId: capabilities.has('OBJECTID'),
    gmail: capabilities.has('X-GM-EXT-1'),
    listStatus: capabilities.has('LIST-STATUS'),
  };
}

/** The selected folder. Commands about messages need one; that there is none is a mistake of the caller. */
export function selectedIn(client: ImapFlow): MailboxObject {
  if (!client.mailbox) throw new Error('No folder is selected');
  return client.mailbox;
}
