import { connect } from 'node:tls';
import { lineDialogue } from './line-dialogue.ts';

/** One untagged answer: its text, with the literals it held taken out in order. */
export type Untagged = { text: string; literals: Buffer[] };

/** A bare IMAP connection, for what tests do to a mailbox from outside and for looking what is in it. */
export type ImapSession = {
  /** Send one command, where a Buffer is a literal, and get its untagged answers; rejects unless it ends with OK. */
  command(...parts: (string | Buffer)[]): Promise<Untagged[]>;
  /** The next untagged answer, such as the one that IDLE waits for. */
  untagged(): Promise<Untagged>;
  /** Begin IDLE; `DONE` by calling what it returns. */
  idle(): Promise<() => Promise<void>>;
  logout(): Promise<void>;
  close(): void;
};

/** Log in over TLS. */
export async function openImapSession(login: {
  port: number;
  username: string;
  password: string;
}): Promise<ImapSession> {
  const { port, username, password } = login;
  const socket = connect({ port, host: '127.0.0.1', rejectUnauthorized: false });
  socket.setNoDelay(true);
  const dialogue = lineDialogue(socket);
  let last = 0;

  const readLine = async (): Promise<Untagged> => {
    const literals: Buffer[] = [];
    let text = '';
    for (;;) {
      const line = await dialogue.line();
      text += line;
      const size = /\{(\d+)\}$/.exec(line)?.[1];
      if (size === undefined) return { text, literals };
      literals.push(await dialogue.bytes(Number(size)));
    }
  };
  const readUntil = async (tag: string) => {
    const untagged: Untagged[] = [];
    for (;;) {
      const answer = await readLine();
      if (answer.text.startsWith(`${tag} OK`)) return untagged;
      if (answer.text.startsWith(`${tag} `)) throw new Error(`IMAP: ${answer.text.slice(tag.length + 1)}`);
      untagged.push(answer);
    }
  };
  const session: ImapSession = {
    async command(...parts) {
      const tag = `t${++last}`;
      // LITERAL+ (RFC 7888): the server need not be asked before each literal.
      const bytes = parts.map((part) =>
        typeof part === 'string' ? Buffer.from(part) : Buffer.concat([Buffer.from(`{${part.length}+}\r\n`), part]),
      );
      dialogue.write(Buffer.concat([Buffer.from(`${tag} `), ...bytes, Buffer.from('\r\n')]));
      return readUntil(tag);
    },
    untagged: readLine,
    async idle() {
      const tag = `t${++last}`;
      dialogue.write(`${tag} IDLE\r\n`);
      while (!(await readLine()).text.startsWith('+'));
      return async () => {
        dialogue.write('DONE\r\n');
        await readUntil(tag);
      };
    },
    async logout() {
      await session.command('LOGOUT');
      dialogue.close();
    },
    close: () => dialogue.close(),
  };
  try {
    await readLine();
    await session.command(`LOGIN ${quoted(username)} ${quoted(password)}`);
  } catch (error) {
    dialogue.close();
    throw error;
  }
  return session;
}

/** An IMAP quoted string. */
export const quoted = (text: string) => `"${text.replace(/["\\]/g, '\\$&')}"`;
