import { connect } from 'node:net';
import MailComposer from 'nodemailer/lib/mail-composer/index.js';
import type Mail from 'nodemailer/lib/mailer/index.js';
import { type LineDialogue, lineDialogue } from './line-dialogue.ts';

/** A message to deliver: Nodemailer's fields, or a whole message as `raw`. */
export type TestMessage = Omit<Mail.Options, 'raw'> & { raw?: string | Buffer };

/** What became of a delivery. */
export type Delivered = { messageId: string; at: number };

/** The bytes of a message, made from as little as the test cares about. */
export async function composeMessage(message: TestMessage, to: string): Promise<Buffer> {
  if (message.raw !== undefined) return Buffer.from(message.raw);
  const defaults = { from: 'Bo Berg <bo@example.com>', to, subject: 'A message', text: 'Good morning.' };
  return new MailComposer({ ...defaults, ...(message as Mail.Options) }).compile().build();
}

/**
 * Hand messages to one recipient over one connection, one after another, as another mail server would.
 * `at` is when the server took responsibility for it (milliseconds since 1970).
 */
export async function deliverAll(options: {
  protocol: 'lmtp' | 'smtp';
  port: number;
  to: string;
  messages: TestMessage[];
}): Promise<Delivered[]> {
  const { protocol, port, to, messages } = options;
  const dialogue = lineDialogue(connect({ port, host: '127.0.0.1', noDelay: true }));
  try {
    await expectReply(dialogue, '220');
    dialogue.write(`${protocol === 'lmtp' ? 'LHLO' : 'EHLO'} outside.example\r\n`);
    await expectReply(dialogue, '250');
    const delivered: Delivered[] = [];
    for (const message of messages) {
      const raw = await composeMessage(message, to);
      dialogue.write(`MAIL FROM:<${envelopeSender(message)}>\r\nRCPT TO:<${to}>\r\nDATA\r\n`);
      for (const code of ['250', '250', '354']) await expectReply(dialogue, code);
      dialogue.write(Buffer.from(`${stuffed(raw)}\r\n.\r\n`, 'latin1'));
      await expectReply(dialogue, '250');
      delivered.push({ messageId: messageIdOf(raw), at: Date.now() });
    }
    dialogue.write('QUIT\r\n');
    return delivered;
  } finally {
    dialogue.close();
  }
}

async function expectReply(dialogue: LineDialogue, code: string) {
  for (;;) {
    const line = await dialogue.line();
    if (!line.startsWith(code)) throw new Error(`The mail server answered "${line}" where ${code} was due.`);
    if (line[3] !== '-') return;
  }
}

const envelopeSender = (message: TestMessage) => {
  const sender = message.envelope?.from;
  return typeof sender === 'string' ? sender : 'bo@example.com';
};

/** Line ends as SMTP wants them, and a dot that begins a line doubled (RFC 5321, 4.5.2). */
const stuffed = (raw: Buffer) =>
  raw.toString('latin1').replace(/\r?\n/g, '\r\n').replace(/^\./gm, '..').replace(/\r\n$/, '');

const messageIdOf = (raw: Buffer) => /^message-id:\s*(<[^>]*>)/im.exec(raw.toString('latin1'))?.[1] ?? '';
