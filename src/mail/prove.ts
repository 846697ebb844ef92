import type { GuardedImap, GuardedSmtp } from '../doors/guard.ts';
import type { Server } from '../words.ts';
import { MailError } from './errors.ts';
import type { ImapConnection } from './imap.ts';
import type { Login } from './login.ts';

/** What trying one door showed. `inbox` is where INBOX stood when the login succeeded. */
export type Tried = {
  error: MailError | null;
  skipped: boolean;
  capabilities: string[];
  tls: string | null;
  tookMs: number;
};
export type Proof = {
  imap: Tried & { inbox: { path: string; uidValidity: number; uidNext: number } | null };
  smtp: Tried;
};

/** How far each door is, for somebody who watches. */
export type DoorState = 'waiting' | 'trying' | 'accepted' | 'refused' | 'skipped';
export type DoorStates = { imap: DoorState; smtp: DoorState };

const limitMs = 25_000;
/** A server that takes the login and then says nothing about INBOX. */
const selectLimitMs = 10_000;

/**
 * Try both doors with one knock each, and leave again. SMTP is skipped after a definite refusal of the same secret by
 * IMAP: each knock counts towards the provider's limit.
 */
export async function proveLogins(
  { imap, smtp }: { imap: GuardedImap; smtp: GuardedSmtp },
  doors: { imap: Server; smtp: Server; imapLogin: Login; smtpLogin: Login; sameSecret: boolean },
  signal: AbortSignal,
  tell: (states: DoorStates) => unknown = () => {},
): Promise<Proof> {
  tell({ imap: 'trying', smtp: 'waiting' });
  let inbox: Proof['imap']['inbox'] = null;
  const imapTried = await tryDoor(async () => {
    const connection = await imap.open(
      { server: doors.imap, login: doors.imapLogin, why: 'order' },
      { signal, timeLimitMs: limitMs },
    );
    try {
      const { uidValidity, uidNext } = await selectInbox(connection);
      inbox = { path: 'INBOX', uidValidity, uidNext };
      return { capabilities: connection.capabilities, tls: connection.tls };
    } finally {
      await connection.logout();
    }
  });
  const refused = imapTried.error?.permanent === true && /^(auth|login|account)\./.test(imapTried.error.reason);
  if (refused && doors.sameSecret) {
    const skipped = { error: null, skipped: true, capabilities: [], tls: null, tookMs: 0 };
    tell({ imap: 'refused', smtp: 'skipped' });
    return { imap: { ...imapTried, inbox }, smtp: skipped };
  }
  const imapState = imapTried.error ? 'refused' : 'accepted';
  tell({ imap: imapState, smtp: 'trying' });
  const smtpTried = await tryDoor(async () => {
    const connection = await smtp.open(
      { server: doors.smtp, login: doors.smtpLogin, why: 'order' },
      { signal, timeLimitMs: limitMs },
    );
    const found = { capabilities: connection.extensions, tls: connection.tls };
    await connection.quit();
    return found;
  });
  tell({ imap: imapState, smtp: smtpTried.error ? 'refused' : 'accepted' });
  return { imap: { ...imapTried, inbox }, smtp: smtpTried };
}

/** Without a limit of its own a silent server would use up the job's time, and nobody would hear of a refusal. */
async function selectInbox(connection: ImapConnection) {
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    connection.destroy();
  }, selectLimitMs);
  try {
    return await connection.select('INBOX');
  } catch (error) {
    if (!late) throw error;
    throw new MailError({ reason: 'network.timeout', permanent: false, protocol: 'imap' }, { cause: error });
  } finally {
    clearTimeout(timer);
  }
}

async function tryDoor(open: () => Promise<{ capabilities: string[]; tls: string | null }>): Promise<Tried> {
  const startedAt = performance.now();
  const tookMs = () => Math.round(performance.now() - startedAt);
  try {
    return { error: null, skipped: false, ...(await open()), tookMs: tookMs() };
  } catch (error) {
    if (!(error instanceof MailError)) throw error;
    return { error, skipped: false, capabilities: [], tls: null, tookMs: tookMs() };
  }
}
