import type { Server } from '../words.ts';
import type { Door } from './addresses.ts';
import { MailError } from './errors.ts';
import type { ImapConnection } from './imap-contract.ts';
import { openAt } from './imap-open.ts';
import type { Login } from './login.ts';
import type { MailTls } from './tls.ts';

export type { FlagRow, FolderChanges, UidRanges } from './imap-changes.ts';
export type {
  Appended,
  Can,
  FetchedText,
  ImapConnection,
  Moved,
  SelectedFolder,
  SelectOptions,
  WantedTexts,
} from './imap-contract.ts';
export type { FolderRole, FolderState, ListedFolder } from './imap-folders.ts';
export type { FetchedMessage } from './imap-message.ts';
export type { News } from './imap-news.ts';
export type { Attachment } from './imap-structure.ts';
export type { Login } from './login.ts';

/** How one login may take its time. */
export type OpenOptions = { signal?: AbortSignal; timeLimitMs?: number };

/** The IMAP side of Postbud. Nobody else opens an IMAP connection. */
export interface Imap {
  /** Connect and log in, with one attempt to authenticate. @throws {MailError} */
  open(to: { server: Server; login: Login }, options?: OpenOptions): Promise<ImapConnection>;
  /** Try a login, and tell what was found. @throws {MailError} */
  probe(to: { server: Server; login: Login }, options?: OpenOptions): Promise<Probe>;
}

/** What a login that worked has shown. `tookMs` is the time until the server had accepted it. */
export type Probe = { capabilities: string[]; tls: string | null; address: string; tookMs: number };

/** The IMAP edge: `door` says where it may connect to, `tls` how it encrypts. */
export function createImap({ door, tls }: { door: Door; tls: MailTls }): Imap {
  async function open({ server, login }: { server: Server; login: Login }, options: OpenOptions = {}) {
    const { signal, timeLimitMs = 45_000 } = options;
    signal?.throwIfAborted();
    const until = performance.now() + timeLimitMs;
    refuseBeforehand(server, door);
    const addresses = await door.resolve(server.host, signal);
    for (const [tried, address] of addresses.entries()) {
      const isLast = tried === addresses.length - 1;
      const { connection, fault, answered } = await openAt({ server, login, address, tls }, { signal, until });
      if (connection) return connection;
      // The next address only where nobody answered the knock: whoever answered has had the one attempt.
      if (isLast || answered || performance.now() >= until) throw fault;
    }
    throw new MailError({ reason: 'network.dns', permanent: false, protocol: 'dns', response: 'no address' });
  }

  return {
    open,
    async probe(to, options) {
      const begun = performance.now();
      const connection = await open(to, options);
      const { capabilities, tls: version, address } = connection;
      const tookMs = Math.round(performance.now() - begun);
      await connection.logout();
      return { capabilities, tls: version, address, tookMs };
    },
  };
}

/** What needs no connection to be refused. */
function refuseBeforehand({ host, port, security }: Server, door: Door) {
  const refuse = (reason: 'protocol.pop3' | 'tls.required', response: string) => {
    throw new MailError({ reason, permanent: true, protocol: 'imap', response });
  };
  if (port === 110 || port === 995) refuse('protocol.pop3', `port ${port} is POP3`);
  if (security === 'none' && !door.isAllowedCleartext(host)) refuse('tls.required', 'this host needs encryption');
}
